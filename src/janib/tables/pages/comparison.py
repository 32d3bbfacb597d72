"""The comparison that the terminal shows: scores, intervals and paired tests of a table's compared columns."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from janib.tables.pages.conclusions import conclude_column, tabulate_differences
from janib.tables.pages.content import TableContent


def show_comparison(content: TableContent) -> Iterator[Table | str]:
    """Yield a table for the terminal, and what one may conclude, for each compared column."""
    table, scores, statistics = content.table, content.scores, content.statistics
    for column in table["compared"]:
        if column not in statistics.best:
            continue
        header, rows = tabulate_differences(table, scores, statistics, column)
        shown = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, title=f"{table['title']}: {column}")
        shown.add_column("model", overflow="fold")
        # Two columns each, with short names: the table fits 80 letters.
        others = [table["baseline"], "top"] if len(header) > 5 else ["top"]
        for name in ["score", "interval", *(cell for other in others for cell in (f"vs {other}", "p"))]:
            shown.add_column(name, justify="right", no_wrap=True)
        for row in rows:
            shown.add_row(*row)
        yield shown
        yield conclude_column(table, scores, statistics, column)
