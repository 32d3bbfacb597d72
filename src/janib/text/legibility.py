"""Signs that a text is not what its author wrote: bytes decoded as another encoding, or letters lost."""

from __future__ import annotations

import re
from collections.abc import Sequence

_EXAMINED = 2_000
"""Characters of a text that are examined; a file is wrongly decoded as a whole."""

_FEWEST_LETTERS = 3

_COMMON = re.compile("[\u0621-\u063a\u0641-\u064a]")
_BOTH_SCRIPTS = re.compile(r"[\u0621-\u064a][\u00c0-\u00ff]|[\u00c0-\u00ff][\u0621-\u064a]")
_ARTICLE = "ال"

_MISREADINGS: Sequence[tuple[str, str, str]] = (
    ("cp1252", "utf-8", "UTF-8 read as Windows-1252"),
    ("cp1256", "utf-8", "UTF-8 read as Windows-1256"),
    ("cp1252", "cp1256", "Windows-1256 read as Windows-1252 or Latin-1"),
    ("cp1252", "iso8859-6", "ISO-8859-6 read as Windows-1252 or Latin-1"),
    ("cp1256", "iso8859-6", "ISO-8859-6 read as Windows-1256"),
)
"""The encoding that a text was decoded by, the one that it was in, and both in words."""

_ERRORS = {"cp1252": "ignore", "cp1256": "strict"}
"""How bytes are decoded again: Windows-1252 has no letter for some bytes, which are lost."""

_NOTHING = (0.0, 0)


def find_damage(text: str) -> str | None:
    """Return by what a text was damaged before it came here, in words; None if nothing shows.

    A misreading is found by undoing it: what comes out must be common Arabic letters.

    Examples
    --------
    >>> find_damage("نرفض القرار".encode("cp1256").decode("latin-1"))
    'Windows-1256 read as Windows-1252 or Latin-1'
    >>> find_damage("نرفض القرار")
    """
    text = text[:_EXAMINED]
    if text.isascii():
        n_letters = sum(map(str.isalpha, text))
        is_lost = text.count("?") > 2 * max(_FEWEST_LETTERS, n_letters)
        return "letters lost: question marks stand for them" if is_lost else None
    found = {words: _judge_undone(text, wrong, right) for wrong, right, words in _MISREADINGS}
    best = max(found, key=found.__getitem__)
    if found[best] > _NOTHING:
        return best
    is_lost = text.count("\ufffd") >= _FEWEST_LETTERS
    return "bytes lost: the replacement character stands for them" if is_lost else None


def _judge_undone(text: str, wrong: str, right: str) -> tuple[float, int]:
    """Say how Arabic a text is when it is encoded by ``wrong`` and decoded by ``right``.

    Returns
    -------
    tuple[float, int]
        The share of common Arabic letters among all that is not ASCII, and how often they are the article;
        :data:`_NOTHING` where the text cannot have been misread so.
    """
    if wrong == "cp1256" and right == "iso8859-6" and len(_BOTH_SCRIPTS.findall(text)) < 2:
        return _NOTHING  # most letters are the same in both, so any Arabic text would do
    try:
        undone = b"".join(_encode(letter, wrong) for letter in text).decode(right, _ERRORS[wrong])
    except UnicodeError:
        return _NOTHING
    letters = list(filter(str.isalpha, undone))
    foreign = [letter for letter in letters if not letter.isascii()]
    n_common = len(_COMMON.findall(undone))
    if n_common < max(_FEWEST_LETTERS, 0.8 * len(foreign), 0.5 * len(letters)):
        return _NOTHING
    return n_common / len(foreign), undone.count(_ARTICLE)


def _encode(letter: str, encoding: str) -> bytes:
    """Encode a letter. A control character is a byte that has no letter; the replacement character stands for none."""
    if "\x80" <= letter <= "\x9f":
        return bytes([ord(letter)])
    return b"" if letter == "\ufffd" else letter.encode(encoding)
