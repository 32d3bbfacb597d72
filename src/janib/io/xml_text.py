"""Texts in the form that XML can hold, and so workbooks and network files."""

from __future__ import annotations

import re

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def replace_unwritable(text: str) -> str:
    """Return a text with U+FFFD in place of controls and half characters, which XML does not have."""
    return _NOT_XML.sub("\ufffd", text)
