"""What is between the cells of a CSV, and its cells where that is a tab."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

DELIMITERS = ",;\t|"
"""Characters that are found between cells; where nothing tells, the first."""

_TRIED_ROWS = 50
_NAMED = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # Excel's own first line
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def read_named_delimiter(line: str) -> str | None:
    r"""Return the delimiter that a file's first line names; None if it does not.

    >>> read_named_delimiter("sep=;\r\n")
    ';'
    """
    found = _NAMED.fullmatch(line)
    return found[1] if found else None


def find_delimiter(head: str) -> str:
    r"""Return the delimiter of a table by its first rows: the one that gives most rows as many cells as the header.

    >>> find_delimiter("id;text, raw;target\n1;نص, آخر;المجلس\n")
    ';'
    """

    def score(mark: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(head, ""), delimiter=mark)
        try:
            rows = [len(cells) for cells in islice(reader, _TRIED_ROWS) if cells]
        except csv.Error:  # a cell that is too long
            rows = []
        if not rows or rows[0] == 1:
            return 0.0, 1
        return (sum(count == rows[0] for count in rows[1:]) / (len(rows) - 1) if len(rows) > 1 else 1.0), rows[0]

    return max(DELIMITERS, key=score)


def split_tabs(line: str, expected: int) -> list[str] | None:
    r"""Return the cells of a line with tabs, if there are as many as expected, and perhaps empty ones; else None.

    Most programs that write tabs quote nothing, so that a quotation mark may be a text's own.

    >>> split_tabs('1\t"نعم" قال الوزير\t"قال ""لا"" أمس"\n', 3)
    ['1', '"نعم" قال الوزير', 'قال "لا" أمس']
    """
    cells = line.rstrip("\r\n").split("\t")
    if len(cells) < expected or any(cells[expected:]):
        return None
    return [cell[1:-1].replace('""', '"') if _QUOTED.fullmatch(cell) else cell for cell in cells[:expected]]
