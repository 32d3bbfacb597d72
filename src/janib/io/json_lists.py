"""The entries of a JSON list, one at a time; a broken entry costs no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_CHUNK, _LONGEST_CHUNK = 65_536, 1_048_576
_BEGINNING = re.compile(r"\s*\[\s*\{")
_TOKEN = re.compile(r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|["\[\]{},]')


def begins_list(head: str) -> bool:
    """Say whether a text begins as a list of objects."""
    return _BEGINNING.match(head) is not None


def split_list(read: Callable[[int], str], limit: int) -> Iterator[tuple[int, str, str | None]]:
    """Yield the line, from 1, and the text of each entry of a list, and what keeps it from being read.

    Parameters
    ----------
    read
        Returns that many characters of the text; fewer at its end.
    limit
        Characters of an entry that are kept in memory.
    """
    entries = _Entries(limit)
    # Twice as many each time, since a long text is scanned again.
    while chunk := read(min(max(_CHUNK, len(entries.rest)), _LONGEST_CHUNK)):
        yield from entries.take(chunk)
    yield from entries.end()


class _Entries:
    """A scanner that finds the entries of a list by brackets, commas and quotation marks."""

    def __init__(self, limit: int) -> None:
        self.rest = ""  # of the current entry
        self._limit, self._scanned = limit, 0
        self._depth, self._line, self._is_long = 0, 1, False

    def take(self, chunk: str) -> Iterator[tuple[int, str, str | None]]:
        self.rest += chunk
        while token := _TOKEN.search(self.rest, self._scanned):
            if token[0] == '"':  # a text that does not end: on this line, or in what was read so far
                line_end = self.rest.find("\n", token.start())
                if line_end < 0:
                    self._shorten(token.start())
                    return
                self._scanned = line_end
                continue
            self._scanned = token.end()
            if self._passes_end(token[0]):
                yield from self._give(self.rest[: token.start()])
        self._scanned = len(self.rest)
        self._shorten(len(self.rest))

    def end(self) -> Iterator[tuple[int, str, str | None]]:
        if self._depth or self.rest.strip():
            yield self._line, "", "the list does not end: the file may be cut off" if self._depth else "no list is here"

    def _passes_end(self, mark: str) -> bool:
        """Follow the nesting; say whether an entry ends here."""
        if mark in "[{":
            self._depth += 1
            if self._depth == 1:
                self._cut()
        elif mark == "]" or (mark == "}" and self._depth > 1):  # a bracket too many must not end the list
            self._depth -= 1
        return (mark == "," and self._depth == 1) or (mark == "]" and self._depth == 0)

    def _give(self, text: str) -> Iterator[tuple[int, str, str | None]]:
        line = self._line + text[: len(text) - len(text.lstrip())].count("\n")
        if self._is_long or len(text) >= self._limit:
            yield line, "", f"the entry has {self._limit:,} characters or more"
        elif text.strip():
            yield line, text.strip(), None
        self._is_long = False
        self._cut()

    def _shorten(self, end: int) -> None:
        """Drop an entry that is too long, up to ``end``, and what is known of an unfinished text after it."""
        if len(self.rest) > self._limit:
            self._is_long = True
            self._scanned = end
            self._cut()
            if len(self.rest) > self._limit:
                backslashes = len(self.rest) - len(self.rest.rstrip("\\"))
                self.rest = '"' + "\\" * (backslashes % 2)

    def _cut(self) -> None:
        """Drop what was scanned."""
        self._line += self.rest.count("\n", 0, self._scanned)
        self.rest, self._scanned = self.rest[self._scanned :], 0
