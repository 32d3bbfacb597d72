"""The tables of the report: positions by party, and by speaker, outlet or period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from janib.articles.analysis import Analysis
from janib.articles.report.matrix import ALL, OTHERS, UNDECIDED, Key, PositionGroup, count_by
from janib.articles.report.periods import Periods, name_period, parse_day
from janib.articles.report.wording import SHOWN_STANCES, Wording
from janib.labels import Stance

MOST_ROWS, MOST_COLUMNS, MOST_PERIODS = 40, 24, 62
"""Size of a table on the page; ``matrix.csv`` holds the rest."""

MOST_COMPARED = 25
"""Rows of a table by outlet or period."""

BLOCK = 7
"""Columns that fit on a sheet of A4; a table with more is printed on its side, in blocks of :data:`WIDE_BLOCK`."""

WIDE_BLOCK = 11


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
class GridColumn:
    """A column's head; a gap is a period without articles."""

    id: str
    name: str
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A table with a row for each party, and the number of rows and columns that are left out."""

    columns: tuple[GridColumn, ...]
    rows: tuple[tuple[str, tuple[GridCell | None, ...]], ...]
    left_out: int

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """The first column and the end of each block of columns that fits on a sheet of paper."""
        step = WIDE_BLOCK if self.is_wide else BLOCK
        return [(first, first + step) for first in range(0, len(self.columns), step)]

    @property
    def is_wide(self) -> bool:
        """Whether the sheet is turned."""
        return len(self.columns) > BLOCK


class GridMaker:
    """A maker of tables with the names of parties and the words of a language."""

    def __init__(self, names: Mapping[str, str], wording: Wording) -> None:
        self.names, self.wording = names, wording

    def make_matrix(
        self, pairs: Mapping[Key, PositionGroup], whole: Mapping[Key, PositionGroup], links: Mapping[Key, str]
    ) -> Grid:
        """Lay out positions by party and speaker; the speakers with most positions come first.

        Parameters
        ----------
        pairs
            Positions by speaker and party, perhaps with :data:`OTHERS`, who come last.
        whole
            Positions by :data:`ALL` and party: the first column.
        links
            Id of the section that shows a pair.
        """
        speakers = rank(pairs, 0)
        last = [OTHERS] if OTHERS in speakers else []
        most = MOST_COLUMNS - 1 - len(last)
        shown = [one for one in speakers if one != OTHERS][:most] + last
        heads = dict(self.names) | {ALL: self.wording["all"], OTHERS: self.wording.count("others", 0)}
        columns = [GridColumn(one, heads[one]) for one in (ALL, *shown)]
        return self._lay_out({**whole, **pairs}, columns, MOST_ROWS, links, len(speakers) - len(shown))

    def compare_outlets(self, analyses: Sequence[Analysis]) -> Grid | None:
        """Lay out positions by party and outlet; None if no outlet is known."""
        outlets = Counter(one.article.outlet for one in analyses)
        if not any(outlets):
            return None
        groups = count_by(analyses, lambda analysis, _: [analysis.article.outlet])
        columns = [GridColumn(one, one or self.wording["no_outlet"]) for one, _ in outlets.most_common()]
        shown = columns[:MOST_COLUMNS]
        return self._lay_out(groups, shown, MOST_COMPARED, {}, len(columns) - len(shown))

    def compare_periods(self, analyses: Sequence[Analysis], periods: Periods) -> Grid:
        """Lay out positions by party and period, the undated last."""
        days = [parse_day(one.article.date) for one in analyses]
        names = [name_period(day, periods.unit) if day else "" for day in days]
        groups: dict[Key, PositionGroup] = {}
        for number, (analysis, name) in enumerate(zip(analyses, names, strict=True)):
            for position in analysis.positions:
                groups.setdefault((name, position.party), PositionGroup()).found.append((number, position))
        columns = [GridColumn(one, one, one not in periods.filled) for one in periods.names]
        if "" in names:
            columns.append(GridColumn("", self.wording["undated"]))
        shown = columns[-MOST_PERIODS:]
        return self._lay_out(groups, shown, MOST_COMPARED, {}, len(columns) - len(shown))

    def describe_counts(self, group: PositionGroup) -> str:
        """Return the number of positions of each stance in words, and how many of those for and against are sure."""
        return self.wording["list_join"].join(
            self._describe_count(group, stance, count) for stance in SHOWN_STANCES if (count := group.count(stance))
        )

    def _describe_count(self, group: PositionGroup, stance: str | None, count: int) -> str:
        told = f"{self.wording.name_label(stance)} {count:,}"
        sure = group.count_sure(stance) if stance in (Stance.FAVOR, Stance.AGAINST) else count
        return told if sure == count else f"{told} ({self.wording.fill('of_which_sure', n=f'{sure:,}')})"

    def _lay_out(
        self,
        groups: Mapping[Key, PositionGroup],
        columns: Sequence[GridColumn],
        most_rows: int,
        links: Mapping[Key, str],
        left_out: int,
    ) -> Grid:
        parties = rank_parties(groups)
        rows = tuple(
            (self.names[party], tuple(self._show_cell(column, party, groups, links) for column in columns))
            for party in parties[:most_rows]
        )
        return Grid(tuple(columns), rows, left_out + len(parties) - len(rows))

    def _show_cell(
        self, column: GridColumn, party: str, groups: Mapping[Key, PositionGroup], links: Mapping[Key, str]
    ) -> GridCell | None:
        group = groups.get((column.id, party))
        if group is None:
            return None
        text = " ".join(
            f"{self.wording.sign(stance)}{count}" for stance in SHOWN_STANCES if (count := group.count(stance))
        )
        label = f"{column.name} ← {self.names[party]}: {self.describe_counts(group)}"
        return GridCell(text, label, name_heat(group), links.get((column.id, party), ""))


def count_whole(analyses: Sequence[Analysis]) -> dict[Key, PositionGroup]:
    """Gather positions by party alone, under :data:`ALL`; a joint statement counts once."""
    return count_by(analyses, lambda *_: [ALL])


def rank(groups: Mapping[Key, PositionGroup], side: int) -> list[str]:
    """Return the first, or second, names of the keys; those with most positions come first."""
    weights: Counter[str] = Counter()
    for key, group in groups.items():
        weights[key[side]] += len(group.found)
    return [name for name, _ in weights.most_common()]


def rank_parties(groups: Mapping[Key, PositionGroup]) -> list[str]:
    """Return the parties; those with most positions for or against them come first, then those with most at all."""
    sided: Counter[str] = Counter()
    for (_, party), group in groups.items():
        sided[party] += group.sided
    return sorted(rank(groups, 1), key=lambda party: -sided[party])


def name_heat(group: PositionGroup) -> str:
    """Return the CSS class of a cell's colour, by how far one side outweighs the other, and how sure it is."""
    if group.net == 0:
        kinds = {position.stance for _, position in group.found}
        return "even" if group.sided else UNDECIDED if kinds == {None} else "none"
    side = Stance.FAVOR if group.net > 0 else Stance.AGAINST
    is_much = abs(group.net) > 0.5 and 2 * group.count_sure(side) >= group.count(side)
    return f"{side}-much" if is_much else f"{side}-some"
