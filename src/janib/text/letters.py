"""One spelling for Arabic letters, marks and digits that writers use one for another.

Every function accepts any text and is idempotent. Only :func:`unfold_forms` may lengthen a text. It comes first and
:func:`squeeze_elongation` last, since different letters may become equal; the others may run in any order.

PyArabic has some of these functions and is not used: it is GPL, its ``strip_tashkeel`` leaves the dagger alif, its
``normalize_alef`` makes ى an alif, and its ``normalize_ligature`` replaces only the isolated lam-alif.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping


def _map_chars(table: Mapping[str, str]) -> Callable[[str], str]:
    # Searching for a character class is some seven times faster than str.translate.
    pattern = re.compile(f"[{re.escape(''.join(table))}]")
    return lambda text: pattern.sub(lambda match: table[match[0]], text)


def _invert(spellings: Mapping[str, str]) -> dict[str, str]:
    return {variant: letter for letter, variants in spellings.items() for variant in variants}


# Arabic presentation forms A and B, full-width ASCII, the mathematical Latin, Greek and Arabic alphabets.
_FORM = re.compile("[\ufb50-\ufdff\ufe70-\ufefc\uff01-\uff5e\U0001d400-\U0001d7ff\U0001ee00-\U0001eeff]")
# NFKC spells the first with a Farsi yeh and does not change the second.
_FORM_WORDS = {"\ufdfc": "ريال", "\ufdfd": "بسم الله الرحمن الرحيم"}


def _unfold_form(match: re.Match[str]) -> str:
    form = match[0]
    # NFKC puts a space before a mark without a letter, which would split a word.
    return _FORM_WORDS.get(form) or unicodedata.normalize("NFKC", form).lstrip(" ")


MARKS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0897-\u089f\u08ca-\u08e1\u08e3-\u08ff"
"""Arabic vowel signs and other marks on letters, as ranges of a regex class."""

_MARKS = re.compile(f"[{MARKS}]+")
_ALIF = re.compile("[أإآٱٲٳٵ]")
_ELONGATION = re.compile(r"(.)\1\1(?<![\d\s])\1*")  # asking which character it is comes last, being slow

_map_hamza = _map_chars(_invert({"و": "ؤٶٷ", "ي": "ئٸ"}))
_map_lookalikes = _map_chars(
    _invert(
        {
            "ك": "کڪګگڭػؼ",
            "ي": "یۍێېےۓؽؾؿ",
            "ه": "ھہۂۀە",
            "ة": "ۃ",
            "و": "ۆۇۈۋ",
            "ب": "پ",
            "ت": "ٹ",
            "ج": "چ",
            "د": "ڈ",
            "ر": "ڑڕ",
            "ز": "ژ",
            "ف": "ڤڥ",
            "ق": "ڨ",
            "ل": "ڵ",
            "ن": "ں",
        }
    )
)
_map_digits = _map_chars(
    {
        **dict(zip("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "0123456789" * 2, strict=True)),
        "٫": ".",
        "٬": ",",
        "٪": "%",
    }
)


def unfold_forms(text: str) -> str:
    """Replace presentation forms by the letters themselves, and compose other characters (NFC).

    NFKC is applied to Arabic presentation forms and ligatures, full-width ASCII and the mathematical alphabets of
    fancy-text generators, and NFC to everything else: ``m²``, ``½`` and ``™`` stay. ``ﷲ`` and ``ﷺ`` are written out as
    people also type them, so a text grows to at most 22 times its length.
    """
    return unicodedata.normalize("NFC", _FORM.sub(_unfold_form, text))


def strip_diacritics(text: str) -> str:
    """Remove vowel signs, shadda, dagger alif, and the small Quranic letters and pause marks.

    A hamza or madda typed as a mark of its own is removed too, unless :func:`unfold_forms` has joined it to its letter.
    """
    return _MARKS.sub("", text)


def strip_tatweel(text: str) -> str:
    """Remove the stretching stroke ``ـ``."""
    return text.replace("ـ", "")


def unify_alif(text: str) -> str:
    """Write alif with hamza, madda or wasla as bare alif."""
    return _ALIF.sub("ا", text)


def unify_ya(text: str) -> str:
    """Write alif maqsura ``ى`` as ``ي``."""
    return text.replace("ى", "ي")


def unify_ta_marbuta(text: str) -> str:
    """Write ``ة``, and its Urdu form ``ۃ``, as ``ه``."""
    return text.replace("ة", "ه").replace("ۃ", "ه")


def unify_hamza(text: str) -> str:
    """Write ``ؤ`` as ``و`` and ``ئ`` as ``ي``; a hamza on the line stays."""
    return _map_hamza(text)


def unify_lookalikes(text: str) -> str:
    """Write Persian, Urdu and Kurdish letters as the Arabic letter of the same shape.

    So ``ک گ`` become ``ك``, ``ی`` becomes ``ي``, and ``پ چ ڤ`` become ``ب ج ف``. The shape decides, since the sounds of
    ``گ`` and ``چ`` differ by dialect.
    """
    return _map_lookalikes(text)


def unify_digits(text: str) -> str:
    """Write Arabic-Indic and Persian digits, their separators ``٫ ٬`` and ``٪`` in ASCII."""
    return _map_digits(text)


def squeeze_elongation(text: str) -> str:
    """Cut three or more of one character to two; spaces and digits stay.

    Two remain, as in AraBERT's cleaning: with one, ``الله`` would lose its second lam.
    """
    return _ELONGATION.sub(r"\1\1", text)


def measure_arabic(text: str) -> float | None:
    """Return the share of a text's letters that are of the Arabic script; None if it has no letter.

    Examples
    --------
    >>> measure_arabic("قرار GPT"), measure_arabic("12 👍")
    (0.5714285714285714, None)
    """
    n_letters = sum(map(str.isalpha, text))
    return len(_ARABIC.findall(text)) / n_letters if n_letters else None


def is_foreign(text: str) -> bool:
    """Say whether half or less of a text's letters are Arabic, or it has none.

    >>> is_foreign("The court welcomed القرار"), is_foreign("رحبت المحكمة بقرار FIFA")
    (True, False)
    """
    share = measure_arabic(text)
    return share is None or share <= 0.5


_ARABIC = re.compile(
    r"[\u0620-\u064a\u066e-\u06d3\u06d5\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c9\ufb50-\ufdff\ufe70-\ufefc]"
)
