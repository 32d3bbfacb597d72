"""The console, and texts in a form that is safe to show on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from rich.console import Console
from rich.table import Table

SHOWN_ROWS = 50
"""Number of rows that a table on the terminal shows."""


def open_console(*, stderr: bool = False) -> Console:
    """Open a console in which brackets and colons of a text are no markup."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def make_table(*header: str, names: int = 1, title: str | None = None) -> Table:
    """Return a table whose cells are folded where the terminal is narrow, but not the names in its first columns."""
    table = Table(title=title)
    for number, head in enumerate(header):
        table.add_column(head, no_wrap=number < names, overflow="fold")
    return table


def isolate(text: str) -> str:
    """Wrap a text in Unicode's first-strong isolate, so that Arabic does not reorder the cells beside it.

    Half a character, or a byte that could not be decoded, is spelled out, since no terminal shows it.
    """
    return f"\u2068{text.encode('utf-8', 'backslashreplace').decode('utf-8')}\u2069"


def say_columns(columns: Mapping[str, str], given: Collection[str], flag: str) -> None:
    """Say on standard error which column holds each field that is not given.

    ``flag`` is the command's flag for a field's column, with braces for the field.
    """
    for field, column in columns.items():
        if field not in given:
            about = f"the {field} is in the column {isolate(column)}; {flag.format(field)} names another"
            open_console(stderr=True).print(about, soft_wrap=True)
