"""The tables of the report: positions by party, and by speaker, outlet or date."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from janib.articles.analysis import Analysis
from janib.articles.report.matrix import Key, PositionGroup, count_by
from janib.articles.report.pieces import SIGNS, name_label
from janib.labels import Stance

MOST_ROWS, MOST_COLUMNS = 60, 24
"""Size of a table on the page; ``matrix.csv`` holds the rest."""

_UNDATED, _NO_OUTLET = "بلا تاريخ", "بلا ناشر"
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DAY, _MONTH = 10, 7  # characters of a date
_MANY_DAYS = 14  # more are shown by month


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell of a table.

    Attributes
    ----------
    text
        Counts of positions by sign.
    label
        The same in words, for a screen reader.
    heat
        CSS class of its colour.
    link
        Id of the section that it links to, or empty.
    """

    text: str
    label: str
    heat: str
    link: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a row for each party, and the number of rows and columns that are left out."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[GridCell | None, ...]], ...]
    left_out: int


def make_matrix(pairs: Mapping[Key, PositionGroup], names: Mapping[str, str], links: Mapping[Key, str]) -> Grid:
    """Lay out positions by party and speaker; those with most positions come first."""
    return _make_grid(pairs, names, names, _rank(pairs, 0), links)


def compare_outlets(analyses: Sequence[Analysis], names: Mapping[str, str]) -> Grid | None:
    """Lay out positions by party and outlet; None for one article, or if no outlet is known."""
    heads = {one.article.outlet: one.article.outlet or _NO_OUTLET for one in analyses}
    if len(analyses) < 2 or not any(heads):
        return None
    return _make_grid(count_by(analyses, lambda analysis, _: [analysis.article.outlet]), names, heads, list(heads))


def compare_periods(analyses: Sequence[Analysis], names: Mapping[str, str]) -> Grid | None:
    """Lay out positions by party and day, or month if days are many; None for one article, or if no date is known."""
    days = {one.article.date[:_DAY] for one in analyses if _DATE.match(one.article.date)}
    if len(analyses) < 2 or not days:
        return None
    length = _DAY if len(days) <= _MANY_DAYS else _MONTH

    def find_period(analysis: Analysis) -> str:
        return analysis.article.date[:length] if _DATE.match(analysis.article.date) else ""

    periods = sorted({find_period(analysis) for analysis in analyses}, key=lambda period: (not period, period))
    heads = {period: period or _UNDATED for period in periods}
    return _make_grid(count_by(analyses, lambda analysis, _: [find_period(analysis)]), names, heads, periods)


def describe_counts(group: PositionGroup) -> str:
    """Return the number of positions of each stance, in Arabic."""
    return "، ".join(f"{name_label(stance)} {count}" for stance in SIGNS if (count := group.count(stance)))


def _make_grid(
    groups: Mapping[Key, PositionGroup],
    names: Mapping[str, str],
    heads: Mapping[str, str],
    columns: Sequence[str],
    links: Mapping[Key, str] | None = None,
) -> Grid:
    """Lay groups out in a table.

    Parameters
    ----------
    groups
        Positions by column and party.
    names, heads
        Arabic names of the parties and of the columns.
    columns
        Columns in order; those without a position are left out.
    links
        Id of the section that shows a group.
    """
    filled = [column for column in columns if any(key[0] == column for key in groups)]
    parties = _rank(groups, 1)
    shown_columns, shown_parties = filled[:MOST_COLUMNS], parties[:MOST_ROWS]

    def show_cell(column: str, party: str) -> GridCell | None:
        group = groups.get((column, party))
        if group is None:
            return None
        text = " ".join(f"{SIGNS[stance]}{count}" for stance in SIGNS if (count := group.count(stance)))
        label = f"{heads[column]} ← {names[party]}: {describe_counts(group)}"
        return GridCell(text, label, _name_heat(group), (links or {}).get((column, party), ""))

    return Grid(
        tuple(heads[column] for column in shown_columns),
        tuple((names[party], tuple(show_cell(column, party) for column in shown_columns)) for party in shown_parties),
        len(filled) + len(parties) - len(shown_columns) - len(shown_parties),
    )


def _rank(groups: Mapping[Key, PositionGroup], side: int) -> list[str]:
    """Return the first, or second, names of the keys; those with most positions come first."""
    weights: Counter[str] = Counter()
    for key, group in groups.items():
        weights[key[side]] += len(group.found)
    return [name for name, _ in weights.most_common()]


def _name_heat(group: PositionGroup) -> str:
    """Return the CSS class of a cell's colour, by how far one side outweighs the other."""
    if group.net == 0:
        return "even" if group.count(Stance.FAVOR) else "none"
    side = Stance.FAVOR if group.net > 0 else Stance.AGAINST
    return f"{side}-much" if abs(group.net) > 0.5 else f"{side}-some"
