"""The encoding of a text, found by trying which one gives Arabic, and the one in which it was read by mistake.

Nothing is decoded by guess: the error says what the text is in, and how to convert it.
"""

from __future__ import annotations

import codecs
import re
import shlex
from collections.abc import Collection
from itertools import islice
from pathlib import Path

from janib.errors import DataError

NOT_UTF8 = re.compile("[\udc80-\udcff]")
"""A byte that Python's ``surrogateescape`` could not decode."""

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip, as workbooks are too",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
"""First bytes of compressed files."""

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_WIDE = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",  # after UTF-32, whose mark begins with the same bytes
    codecs.BOM_UTF16_BE: "UTF-16",
}
_WIDE_UNMARKED = ("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE")
_BYTES = {"WINDOWS-1256": "cp1256", "ISO-8859-6": "iso8859_6"}
"""Encodings of Arabic in single bytes: iconv's name, and Python's."""

_SHOWN = {"WINDOWS-1256": "Windows-1256", "WINDOWS-1252": "Windows-1252"}

_COMMON = frozenset("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئ")
"""Letters that Arabic is written with. Vowel marks are not counted: wrong encodings yield them too."""

_FREQUENT = frozenset("اليمونرتبة")
"""Letters that make two thirds of an Arabic text."""

_LEAST_ARABIC = 0.85  # share of common Arabic letters in a text that is decoded rightly; names may have foreign ones
_LEAST_FREQUENT = 0.4
_MOST_UNDEFINED = 0.02  # bytes that an encoding does not have
_MOST_MIXED = 0.3  # share of these letters that touch an ASCII letter, as those with an accent do
_LEAST_MISREAD = 0.5  # share of the characters outside ASCII that are in misread words
_WORDS = 500  # that are tried
_FEWEST_MISREAD = 3  # different words, for less may be chance
_MIXED = re.compile(r"(?<=[A-Za-z])[^\0-\x7f]|[^\0-\x7f](?=[A-Za-z])")
_WORD = re.compile(r"[^\0-\x7f\s]{3,}")


def check_encoding(content: bytes, name: str) -> None:
    """Raise DataError if a text is compressed, in another encoding than UTF-8, or was once read in a wrong one.

    A few damaged bytes are allowed.

    Parameters
    ----------
    content
        The text, or its beginning.
    name
        The text's name in messages: its path, if it has one.
    """
    for mark, kind in _COMPRESSED.items():
        if content.startswith(mark):
            raise DataError(f"{name} is compressed ({kind}); unpack it first")
    if content.startswith(_OLD_OFFICE):
        raise DataError(f"{name} is an old or locked workbook; save it as .xlsx without a password, or as CSV in UTF-8")
    found = find_encoding(content)
    if found == "":
        raise DataError(f"{name} is not UTF-8; save it as UTF-8")
    if found:
        line = _format_conversion(name, (found, "UTF-8"))
        raise DataError(f"{name} is not UTF-8, it looks like {_SHOWN.get(found, found)}; convert it: {line}")
    text = content.decode("utf-8", "ignore")
    if misread := find_misreading(text):
        wrong, right = misread
        steps = [("UTF-8", wrong), (right, "UTF-8")] if right != "UTF-8" else [("UTF-8", wrong)]
        advice = f", or mend it: {_format_conversion(name, *steps)}" if _has_all(wrong, text) else ""
        raise DataError(
            f"{name} has Arabic in {_SHOWN.get(right, right)} that was read as {_SHOWN.get(wrong, wrong)} before it "
            f"was saved; save it again from where it comes{advice}"
        )


def find_encoding(content: bytes) -> str | None:
    """Return iconv's name of a text's encoding; None for UTF-8, and an empty string for one that is not known here."""
    for mark, name in _WIDE.items():
        if content.startswith(mark):
            return name
    if b"\0" in content:  # Arabic in UTF-16 may be valid UTF-8, but its spaces and line ends hold NUL bytes
        for name in _WIDE_UNMARKED:
            width = 4 if "32" in name else 2
            decoded = content[: len(content) // width * width].decode(name, "replace")
            if decoded and sum(map(_is_usual, decoded)) > 0.9 * len(decoded):
                return name
    decoded = content.decode("utf-8", "surrogateescape")
    foreign = len(NOT_UTF8.findall(decoded))
    if foreign <= sum(not letter.isascii() for letter in decoded) - foreign:
        return None
    tried = {name: content.decode(codec, "replace") for name, codec in _BYTES.items()}
    shares = {name: _measure(text, _FREQUENT) for name, text in tried.items() if _is_arabic(text)}
    best = [name for name, share in shares.items() if share == max(shares.values())]
    return best[0] if len(best) == 1 else ""


def find_misreading(text: str) -> tuple[str, str] | None:
    """Return the encoding that a text was read in by mistake, and the right one, by iconv's names; None if in none.

    >>> find_misreading("ÑÝÖÊ ÇáäÞÇÈÉ ÞÇäæä ÇáÃÌæÑ")
    ('ISO-8859-1', 'WINDOWS-1256')
    >>> find_misreading("Ù…Ø¬Ù„Ø³ Ø§Ù„Ø¨Ù„Ø¯ÙŠØ© Ø§Ù„ÙŠÙˆÙ…")
    ('WINDOWS-1252', 'UTF-8')
    >>> find_misreading("المجلس") or find_misreading("à l'école, über")
    """
    tried = {match[0] for match in islice(_WORD.finditer(text), _WORDS)}
    least = _LEAST_MISREAD * sum(map(len, tried))
    for wrong, right, codec in (
        ("ISO-8859-1", "UTF-8", "utf-8"),
        ("WINDOWS-1252", "UTF-8", "utf-8"),
        ("WINDOWS-1256", "UTF-8", "utf-8"),
        ("ISO-8859-1", "WINDOWS-1256", "cp1256"),
        ("WINDOWS-1252", "WINDOWS-1256", "cp1256"),
        ("ISO-8859-1", "ISO-8859-6", "iso8859_6"),
    ):
        misread = [word for word in tried if _is_misread(word, wrong, codec)]
        if len(misread) >= _FEWEST_MISREAD and sum(map(len, misread)) > least:
            return wrong, right
    return None


def _is_misread(word: str, wrong: str, right: str) -> bool:
    """Say whether a word becomes Arabic if it is read in the right encoding."""
    if any(letter in _COMMON for letter in word) and right != "utf-8":
        return False
    found = _encode(word, wrong).decode(right, "ignore")
    return sum(letter in _COMMON for letter in found) > len(word) / 3 and _measure(found, _COMMON) >= _LEAST_ARABIC


def _has_all(codec: str, text: str) -> bool:
    """Say whether an encoding has all characters of a text, as programs that convert it ask."""
    try:
        text.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def _encode(word: str, codec: str) -> bytes:
    """Return a word's bytes, or none if it has other characters than those that the encoding's bytes are read as."""
    found = bytearray()
    for letter in word:
        if _has_all(codec, letter):
            found += letter.encode(codec)
        elif ord(letter) < 0x100:  # a byte that an encoding does not have is read as the control of its number
            found.append(ord(letter))
        else:
            return b""
    return bytes(found)


def _is_arabic(text: str) -> bool:
    foreign = sum(not letter.isascii() for letter in text)
    return (
        text.count("\ufffd") <= _MOST_UNDEFINED * foreign
        and _measure(text, _COMMON) >= _LEAST_ARABIC
        and _measure(text, _FREQUENT) >= _LEAST_FREQUENT
        and len(_MIXED.findall(text)) <= _MOST_MIXED * foreign
    )


def _measure(text: str, counted: Collection[str]) -> float:
    """Return the share of some letters in the letters outside ASCII; what could not be decoded is one of these."""
    letters = [letter for letter in text if not letter.isascii() and (letter.isalpha() or letter == "\ufffd")]
    return sum(letter in counted for letter in letters) / len(letters) if letters else 0.0


def _is_usual(letter: str) -> bool:
    return "\0" < letter < "\x7f" or "\u0600" <= letter <= "\u06ff"


def _format_conversion(name: str, *steps: tuple[str, str]) -> str:
    """Return the shell's line that converts a file, or the text of a pipe, in these steps."""
    commands = [f"iconv -f {old} -t {new}" for old, new in steps]
    path = Path(name)
    if not path.is_file():
        return " | ".join(commands)
    if path.suffix.lower() == ".gz":
        commands.insert(0, "gunzip -c")
        path = path.with_suffix("")
    commands[0] += f" {shlex.quote(name)}"
    return f"{' | '.join(commands)} > {shlex.quote(str(path.with_suffix(f'.utf8{path.suffix}')))}"
