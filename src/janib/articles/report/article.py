"""What the page of one article shows: the marked text, and the sentences of each speaker and party."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from janib.articles.analysis import Analysis, Article
from janib.articles.positions import Position
from janib.articles.report.graph import EDGE_KINDS, draw_network
from janib.articles.report.grid import GridMaker, count_whole
from janib.articles.report.matrix import (
    MIXED,
    OTHERS,
    UNDECIDED,
    Key,
    PositionGroup,
    count_pairs,
    find_others,
    gather_others,
    introduce_speaker,
    is_sure,
)
from janib.articles.report.pieces import Piece
from janib.articles.report.reasons import show_reasons
from janib.articles.report.standing import find_sides, rank_standings
from janib.articles.report.wording import Wording
from janib.articles.spans import Mention
from janib.labels import Stance

_MOST_SPEAKERS, _MOST_NAMES = 3, 4  # of the sentence under the title


class ArticlePage:
    """The page of one article, in parts that its template lays out."""

    def __init__(self, analysis: Analysis, wording: Wording) -> None:
        self.analysis, self.wording = analysis, wording
        self.names = dict(analysis.names) | {OTHERS: wording.count("others", 0)}
        pairs = count_pairs([analysis])
        self.others = find_others(pairs)
        self.pairs = dict(sorted(gather_others(pairs, self.others).items(), key=lambda one: -len(one[1].found)))
        self.links = {pair: f"pair-{number}" for number, pair in enumerate(self.pairs)}
        self.grids = GridMaker(self.names, wording)

    def show(self) -> dict[str, object]:
        """Return the values of the template ``article.html``."""
        whole = count_whole([self.analysis])
        article = self.analysis.article
        return {
            "title": self.analysis.title,
            "about": [part for part in (article.outlet, show_date(article, self.wording)) if part],
            "sides": find_sides(self.pairs, _MOST_SPEAKERS),
            "most_names": _MOST_NAMES,
            "names": self.names,
            "matrix": self.grids.make_matrix(self.pairs, whole, self.links),
            "has_others": bool(self.others),
            "has_joint": any(len(one.speakers) > 1 for one in self.analysis.positions),
            "network": draw_network(self.pairs, self.names, self.wording),
            "edge_kinds": EDGE_KINDS,
            "standings": rank_standings(whole),
            "statements": list(self._show_statements()),
            "pairs": [self._show_pair(pair, group) for pair, group in self.pairs.items()],
            "is_ambiguous": any(one.how == "ambiguous" for one in self.analysis.mentions),
            "is_explained": any(one.explanation for one in self.analysis.positions),
        }

    def _show_statements(self) -> Iterator[dict[str, object]]:
        analysis = self.analysis
        places = {(position.statement, position.party): position for position in analysis.positions}
        mentions = sorted(analysis.mentions, key=lambda one: (one.start, one.end))
        starts = [one.start for one in mentions]
        notes: defaultdict[int, list[Position]] = defaultdict(list)
        for (number, _), position in places.items():
            notes[number].append(position)
        before = 0
        for place, statement in enumerate(analysis.statements):
            inside = mentions[bisect_left(starts, statement.start) : bisect_left(starts, statement.end)]
            speakers = dict.fromkeys(map(analysis.introduce, statement.speakers))
            yield {
                "id": f"s{place}",
                "opens": "\n" in analysis.text[before : statement.start] or not place,
                "speakers": self.wording["speaker_join"].join(speakers),
                "pieces": list(self._cut(place, inside, places)),
                "positions": list(map(self._show_note, notes[place])),
            }
            before = statement.end

    def _cut(
        self, place: int, inside: Sequence[Mention], positions: Mapping[tuple[int, str], Position]
    ) -> Iterator[Piece]:
        """Cut a statement at its mentions, which are in order; of overlapping ones the first is marked."""
        text, statement = self.analysis.text, self.analysis.statements[place]
        end = statement.start
        for (start, stop), group in groupby(inside, lambda one: (one.start, one.end)):
            if start < end or stop > statement.end:
                continue
            if end < start:
                yield Piece(text[end:start])
            yield self._mark(text[start:stop], [(one, positions.get((place, one.party))) for one in group])
            end = stop
        if end < statement.end:
            yield Piece(text[end : statement.end])

    def _mark(self, text: str, held: Sequence[tuple[Mention, Position | None]]) -> Piece:
        found = [(self.names[mention.party], position) for mention, position in held if position]
        unclear = [self.names[mention.party] for mention, _ in held if mention.how == "ambiguous"]
        notes = [f"{name}: {self.wording.name_label(one.stance)}" for name, one in found] or [self.wording["speaks"]]
        doubts = [self.wording.fill("ambiguous_read", name=name) for name in unclear]
        return Piece(
            text,
            classes=_list_classes([one for _, one in found], bool(unclear)),
            signs="".join(self.wording.sign(one.stance) for _, one in found),
            note=self.wording["list_join"].join([*notes, *doubts]),
        )

    def _show_note(self, position: Position) -> dict[str, object]:
        """Return a position as it stands in the margin, with a link to the sentences of its first speaker."""
        speaker = position.speakers[0].party
        return {
            "party": self.names[position.party],
            "kind": _list_classes([position], is_ambiguous=False),
            "sign": self.wording.sign(position.stance),
            "label": self.wording.name_label(position.stance),
            "share": show_share(position.stance_p, position.stance),
            "link": self.links[OTHERS if speaker in self.others else speaker, position.party],
        }

    def _show_pair(self, pair: Key, group: PositionGroup) -> dict[str, object]:
        analysis = self.analysis
        speaker = introduce_speaker([analysis], pair[0], group) if pair[0] != OTHERS else self.names[OTHERS]
        return {
            "id": self.links[pair],
            "speaker": speaker,
            "party": self.names[pair[1]],
            "counts": self.grids.describe_counts(group),
            "sentences": [
                {
                    "pieces": self._cut_around(position),
                    "is_ambiguous": position.is_ambiguous,
                    "stance": self.wording.name_label(position.stance),
                    "stance_p": show_share(position.stance_p, position.stance),
                    "sentiment": self.wording.name_label(position.sentiment),
                    "sentiment_p": show_share(position.sentiment_p, position.sentiment),
                    "link": f"s{position.statement}",
                    "number": position.statement + 1,
                    "speakers": self.wording["speaker_join"].join(map(analysis.introduce, position.speakers)),
                    "reasons": position.explanation
                    and show_reasons(analysis.text, position, position.explanation, self.wording),
                }
                for _, position in group.found
            ],
        }

    def _cut_around(self, position: Position) -> tuple[Piece, Piece, Piece]:
        """Cut a position's statement at the mention that carries it."""
        text, statement = self.analysis.text, self.analysis.statements[position.statement]
        start, end = position.mention_start, position.mention_end
        classes = _list_classes([position], position.is_ambiguous)
        return (
            Piece(text[statement.start : start]),
            Piece(text[start:end], classes, self.wording.sign(position.stance)),
            Piece(text[end : statement.end]),
        )


def show_date(article: Article, wording: Wording) -> str:
    """Return an article's date and where it comes from; nothing without a date."""
    return f"{article.date} ({wording[f'date_{article.date_from}']})" if article.date else ""


def show_share(shares: Mapping[str, float], label: str | None) -> str:
    """Return the probability of a label, of a withheld one that of the most probable."""
    return f"{max(shares.values()) if label is None else shares[label]:.0%}"


def _list_classes(positions: Sequence[Position], is_ambiguous: bool) -> str:
    """Return the CSS classes of a mark: the side that is taken, mixed if both are, or else what is left."""
    stances = [one.stance for one in positions]
    sided = {stance for stance in stances if stance not in (Stance.NEUTRAL, None)}
    kinds = [*sided, *(stance for stance in stances if stance), *(UNDECIDED for _ in stances), "speaks"]
    is_unsure = len(sided) == 1 and not any(is_sure(one) for one in positions if one.stance in sided)
    classes = [MIXED if len(sided) > 1 else str(kinds[0]), *["unsure"] * is_unsure, *["ambiguous"] * is_ambiguous]
    return " ".join(classes)
