"""What people give where a file is expected: a text that they typed, an address of the web, a document."""

from __future__ import annotations

import re
from pathlib import Path

from janib.errors import DataError

_ARABIC_WORD = re.compile("[\u0620-\u064a\u0671-\u06d3]{2}")
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,7}$")
_WEB = re.compile(r"(?:https?|ftp):/|www\.", re.IGNORECASE)  # a path has only one of the two strokes

_DOCUMENTS = {
    ".docx": "in Word, File, Save As, Plain Text (.txt) with the encoding UTF-8",
    ".doc": "in Word, File, Save As, Plain Text (.txt) with the encoding UTF-8",
    ".odt": "in LibreOffice, File, Save As, Text (.txt)",
    ".rtf": "in Word, File, Save As, Plain Text (.txt) with the encoding UTF-8",
    ".pdf": "pdftotext FILE.pdf FILE.txt, or copy its text into a .txt file",
    ".epub": "copy its text into a .txt file",
}
"""How to make a text of a document, by its suffix."""


def is_typed(source: str) -> bool:
    """Say whether a source is a text that someone typed, and not the name of a file.

    >>> is_typed("رحبت مصر بالقرار"), is_typed("مقال اليوم.txt"), is_typed("-")
    (True, False, False)
    """
    words = len(source.split())
    is_text = words > 1 if _ARABIC_WORD.search(source) else words > 2 and "/" not in source
    if not is_text or _SUFFIX.search(source):
        return False
    try:
        return not Path(source).exists()
    except (OSError, ValueError):  # too long for a name, or with a NUL byte
        return True


def refuse_foreign(source: str) -> None:
    """Raise DataError if a source is an address of the web, or a document that is not text."""
    if _WEB.match(source):
        raise DataError(
            f"{source} is a web address, and nothing is fetched from the web; save the page as .html and name that file"
        )
    way_out = _DOCUMENTS.get(Path(source).suffix.lower())
    if way_out:
        raise DataError(f"{source} is a document; save it as plain text: {way_out}")
