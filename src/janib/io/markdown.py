"""Tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def tabulate(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, without a line end after its last row.

    >>> print(tabulate(["model", "macro-F1"], [["majority", "24.10"]]))
    | model | macro-F1 |
    |---|---|
    | majority | 24.10 |
    """
    lines = [f"| {' | '.join(cells)} |" for cells in (header, *rows)]
    lines.insert(1, "|---" * len(header) + "|")
    return "\n".join(lines)
