"""AraBERT's own cleaning: a checkpoint reads text in the form that it had in pretraining.

Each function returns exactly what ``ArabertPreprocessor(model).preprocess`` of the PyPI package ``arabert`` 1.0.1
returns with its defaults; tests/fixtures/arabert/make.py records the package's outputs. The package itself is not used:
it pins ``emoji`` 1.4.2, and where Farasa's jar is missing it warns and returns empty texts.

Credit: Wissam Antoun, Fady Baly and Hazem Hajj (American University of Beirut), "AraBERT: Transformer-based Model
for Arabic Language Understanding", LREC 2020 workshop OSACT4, https://github.com/aub-mind/arabert. The package's
metadata names no licence; the repository's LICENSE (copyright 2020 American University of Beirut) lets anyone use,
copy, modify and distribute it without fee, with its notice kept and works built upon it under the same terms: this
file is under that licence, LICENSES/LicenseRef-AraBERT.txt.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from shutil import which

from janib.errors import ModelError, need_extra

FARASA_ZIP = "https://farasa-api.qcri.org/farasapy/releases/download/toolkit-bins-released/farasa_bin.zip"
"""Farasa's jars, at the address that farasapy's own download has."""

_URL, _EMAIL, _USER = "[رابط]", "[بريد]", "[مستخدم]"

# The package's second pattern is left out: it can match nothing, since it asks for text after the end of the text, and
# it takes exponential time.
_URLS = [
    re.compile(pattern)
    for pattern in (
        r"(?:https?://.)?(?:www\.)?[-a-zA-Z0-9@:%._+~#=]{2,256}\.[a-z]{2,6}\b[-a-zA-Z0-9@:%_+.~#?&/=]*",
        r"https?://[a-zA-Z0-9_\-./~?=%&]+",
        r"www[a-zA-Z0-9_\-?=%&/.~]+",
        r"[a-zA-Z]+\.com",
        r"http\S*",
        r"www\S*",
        r"://",
    )
]
_V1_URLS = [_URLS[4], _URLS[5], _URLS[0]]
_EMAILS = [re.compile(r"[\w-]+@(?:[\w-]+\.)+[\w-]+"), re.compile(r"\S+@\S+")]
_MENTION = re.compile(r"@\w+")
_TAG = re.compile("</?[^>]+>")

_MARKS = re.compile("[\u064b-\u0652]+")
_REPETITION = re.compile(r"(\D)\1{2,}", re.DOTALL)
_WESTERN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")

_LETTERS = "\u0621-\u063a\u0641-\u064a"
_SET_OFF = re.compile(rf"[^0-9{_LETTERS}\u0660-\u0669a-zA-Z\[\]]")
_NUMBER_WORD = re.compile(rf"(\d+)([{_LETTERS}\u0660-\u066c]+)")
_WORD_NUMBER = re.compile(rf"([{_LETTERS}\u0660-\u066c]+)(\d+)")

_KEPT = r"\s!-%'-.0-~«·»،؛؟\u0621-\u063a\u0640-\u066c\u0671-\u0674\u06da\u0b4d–—‘’“”…"
# Every character of a sequence in the emoji package's version 1.4.2, which the twitter models keep.
_EMOJI = """
    23 2A 30-39 A9 AE 200D 203C 2049 20E3 2122 2139 2194-2199 21A9-21AA 231A-231B 2328 23CF 23E9-23F3 23F8-23FA
    24C2 25AA-25AB 25B6 25C0 25FB-25FE 2600-2604 260E 2611 2614-2615 2618 261D 2620 2622-2623 2626 262A 262E-262F
    2638-263A 2640 2642 2648-2653 265F-2660 2663 2665-2666 2668 267B 267E-267F 2692-2697 2699 269B-269C 26A0-26A1
    26A7 26AA-26AB 26B0-26B1 26BD-26BE 26C4-26C5 26C8 26CE-26CF 26D1 26D3-26D4 26E9-26EA 26F0-26F5 26F7-26FA 26FD
    2702 2705 2708-270D 270F 2712 2714 2716 271D 2721 2728 2733-2734 2744 2747 274C 274E 2753-2755 2757 2763-2764
    2795-2797 27A1 27B0 27BF 2934-2935 2B05-2B07 2B1B-2B1C 2B50 2B55 3030 303D 3297 3299 FE0F 1F004 1F0CF
    1F170-1F171 1F17E-1F17F 1F18E 1F191-1F19A 1F1E6-1F1FF 1F201-1F202 1F21A 1F22F 1F232-1F23A 1F250-1F251
    1F300-1F321 1F324-1F393 1F396-1F397 1F399-1F39B 1F39E-1F3F0 1F3F3-1F3F5 1F3F7-1F4FD 1F4FF-1F53D 1F549-1F54E
    1F550-1F567 1F56F-1F570 1F573-1F57A 1F587 1F58A-1F58D 1F590 1F595-1F596 1F5A4-1F5A5 1F5A8 1F5B1-1F5B2 1F5BC
    1F5C2-1F5C4 1F5D1-1F5D3 1F5DC-1F5DE 1F5E1 1F5E3 1F5E8 1F5EF 1F5F3 1F5FA-1F64F 1F680-1F6C5 1F6CB-1F6D2
    1F6D5-1F6D7 1F6E0-1F6E5 1F6E9 1F6EB-1F6EC 1F6F0 1F6F3-1F6FC 1F7E0-1F7EB 1F90C-1F93A 1F93C-1F945 1F947-1F978
    1F97A-1F9CB 1F9CD-1F9FF 1FA70-1FA74 1FA78-1FA7A 1FA80-1FA86 1FA90-1FAA8 1FAB0-1FAB6 1FAC0-1FAC2 1FAD0-1FAD6
    E0062-E0063 E0065 E0067 E006C E006E E0073-E0074 E0077 E007F
"""
_REJECTED = re.compile(f"[^{_KEPT}]")
_REJECTED_BUT_EMOJI = re.compile(
    f"[^{_KEPT}{''.join('-'.join(chr(int(end, 16)) for end in span.split('-')) for span in _EMOJI.split())}]"
)

_V1_DATE = re.compile(r"\d+/[ء-ي]+/\d+\]")
_V1_PUNCTUATION = re.compile(r"[\s!-%'-.:-@\[-`{-~«·»،؛؟٪ـ\u06da\u0b4d–—‘’“”…【]{2,}")
_V1_LOOSE_TOKEN = re.compile(r"\[ (رابط|بريد|مستخدم) ?\]|\[(رابط|بريد|مستخدم) \]")
_V1_SET_OFF = re.compile(r"[^0-9\u0621-\u063a\u0641-\u0669\u0671-\u0673a-zA-Z\[\]]")

_PREFIXES = frozenset({"ال", "و", "ف", "ب", "ك", "ل", "لل", "س"})
_SUFFIXES = frozenset(
    {"ه", "ها", "ك", "ي", "هما", "كما", "نا", "كم", "هم", "هن", "كن", "ا", "ان", "ين", "ون", "وا", "ات", "ت", "ن", "ة"}
)


def clean_v02(text: str) -> str:
    """Clean as for bert-base-arabertv02 and bert-large-arabertv02."""
    return _clean_second_generation(text, _REJECTED)


def clean_v02_twitter(text: str) -> str:
    """Clean as for bert-base-arabertv02-twitter and bert-large-arabertv02-twitter; emoji up to 2021 stay."""
    return _clean_second_generation(text, _REJECTED_BUT_EMOJI)


def clean_v2(text: str) -> str:
    """Clean and segment as for bert-base-arabertv2 and bert-large-arabertv2.

    Raises
    ------
    MissingExtraError, ModelError
        As :func:`start_farasa`.
    """
    words = _rejoin_tokens(_segment(clean_v02(text)))
    return " ".join(piece for word in words for piece in _split_by_position(word))


def clean_v01(text: str) -> str:
    """Clean as for bert-base-arabertv01."""
    return " ".join(_clean_first_generation(text).split())


def clean_v1(text: str) -> str:
    """Clean and segment as for bert-base-arabert.

    Raises
    ------
    MissingExtraError, ModelError
        As :func:`start_farasa`.
    """
    words = _rejoin_tokens(_segment(_clean_first_generation(text)))
    return " ".join(" ".join(piece for word in words for piece in _split_by_list(word)).split())


@lru_cache(maxsize=1)
def start_farasa() -> Callable[[str], str]:
    """Start Farasa's segmenter, a Java process that ends with this one.

    Returns
    -------
    Callable[[str], str]
        A function of a text on one line; it puts ``+`` between the parts of words.

    Raises
    ------
    MissingExtraError
        If ``farasapy`` is not installed.
    ModelError
        If there is no Java, or Farasa's jar is not where ``farasapy`` keeps it.
    """
    with need_extra("The cleaning of AraBERT v1 and v2", "farasa"):
        segmenter = import_module("farasa.segmenter").FarasaSegmenter
    if which("java") is None:
        raise ModelError(
            "AraBERT v1 and v2 read words segmented by Farasa, which runs on Java, and no java is on the PATH; "
            "install a Java runtime, or use a v02 model, which needs none"
        )
    jar = segmenter.bin_dir / "lib" / "FarasaSegmenterJar.jar"
    if not jar.is_file():
        raise ModelError(
            f"AraBERT v1 and v2 read words segmented by Farasa, and its jar is not at {jar}; "
            f"download {FARASA_ZIP}, unpack it into {segmenter.base_dir}, or use a v02 model, which needs none"
        )
    # Without the jar's path, farasapy downloads it and checks no certificate. Its cache writes every text into the
    # home folder.
    segment: Callable[[str], str] = segmenter(
        interactive=True, binary_path=jar, cache=False, logging_level="ERROR"
    ).segment
    return segment


def _segment(text: str) -> str:
    if not text.strip():
        return ""
    segmented = start_farasa()(text)
    if not segmented:
        raise ModelError(
            f"Farasa returned nothing for a text of {len(text)} characters; "
            "see whether java can run FarasaSegmenterJar.jar, or use a v02 model"
        )
    return segmented


def _clean_second_generation(text: str, rejected: re.Pattern[str]) -> str:
    text = _MARKS.sub("", html.unescape(text)).replace("ـ", "")
    for url in _URLS:
        text = url.sub(f" {_URL} ", text)
    if "@" in text:
        for email in _EMAILS:
            text = email.sub(f" {_EMAIL} ", text)
        text = _MENTION.sub(f" {_USER} ", text)
    text = _TAG.sub(" ", text.replace("<br />", " "))
    text = _REPETITION.sub(r"\1\1", text.translate(_WESTERN_DIGITS))
    text = _SET_OFF.sub(r" \g<0> ", text)
    text = _WORD_NUMBER.sub(r" \1 \2 ", _NUMBER_WORD.sub(r" \1 \2 ", text))
    text = rejected.sub(" ", text.replace("/", "-"))
    return " ".join(text.replace("\ufe0f", "").split())


def _clean_first_generation(text: str) -> str:
    text = _V1_DATE.sub("", _MARKS.sub("", text)).replace("ـ", "")
    text = text.replace("«", ' " ').replace("»", ' " ')
    for url in _V1_URLS:
        text = url.sub(_URL, text)
    text = _MENTION.sub(_USER, _EMAILS[1].sub(_EMAIL, text))
    # The package writes a backslash before the full stop, as in a pattern.
    text = text.replace("…", r"\.").strip()
    text = " ".join(_V1_PUNCTUATION.sub(lambda run: f" {''.join(dict.fromkeys(run[0]))} ", text).split())
    text = _V1_LOOSE_TOKEN.sub(lambda match: f" [{match[1] or match[2]}] ", text)
    return _V1_SET_OFF.sub(r" \g<0> ", _REPETITION.sub(r"\1\1", text))


def _rejoin_tokens(segmented: str) -> list[str]:
    # Farasa makes words of brackets; all are removed, and those of a token are put back.
    words = segmented.split()
    names = {_URL[1:-1], _EMAIL[1:-1], _USER[1:-1]}
    return [
        f"[{word}]" if word in names and words[place - 1] in ("[", "]") else word
        for place, word in enumerate(words)
        if word not in ("[", "]")
    ]


def _split_by_list(word: str) -> list[str]:
    return [_mark_affix(part) for part in word.split("+")]


def _split_by_position(word: str) -> list[str]:
    """Split as v2 does: kaf, which may be a prefix or a suffix, is a prefix before the stem; the last part never is."""
    if "+" not in word:
        return [word]
    *parts, last = word.split("+")
    pieces: list[str] = []
    for part in parts:
        if part == "ك":
            pieces.append("ك+" if not pieces or pieces[-1].endswith("+") else "+ك")
        else:
            pieces.append(_mark_affix(part))
    if last:
        pieces.append(f"+{last}" if last in _SUFFIXES else last)
    return pieces


def _mark_affix(part: str) -> str:
    if part in _PREFIXES:
        return f"{part}+"
    return f"+{part}" if part in _SUFFIXES else part
