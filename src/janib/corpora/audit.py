"""What corpora hold twice, label in two ways, or ask about though it is not there: numbers and ids, never a text."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields, replace
from itertools import permutations, product
from pathlib import Path
from typing import NamedTuple

from janib.corpora.base import Corpus, Splits
from janib.corpora.duplicates import find_near, join_clusters, normalise_text
from janib.io.files import write_file
from janib.io.markdown import tabulate
from janib.labels import TASK_LABELS
from janib.schema import Example

FINDINGS = "findings.csv.gz"
SUMMARY = "summary.md"


class Part(NamedTuple):
    """A split of a corpus."""

    corpus: str
    split: str

    def __str__(self) -> str:
        """Return ``corpus/split``."""
        return f"{self.corpus}/{self.split}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know of one row.

    Attributes
    ----------
    kind
        ``copy``: the text stands elsewhere too; ``conflict``: another row with the same text, target, speaker and
        context has another label; ``near_conflict``: one with nearly the same text has; ``no_target``: the target is
        not where it is meant to stand; ``doubt``: a classifier that has not seen the row is sure of another label.
    text
        Number of the normalised text: rows that share it are copies.
    cluster
        Number of its cluster: rows that share it are near-duplicates, or near-duplicates of such.
    task, given, other
        For conflicts and doubts: the task, the row's label, and the label (or labels) against it.
    score
        For a doubt: the probability of the given label.
    """

    kind: str
    corpus: str
    split: str
    id: str
    text: str = ""
    cluster: str = ""
    task: str = ""
    given: str = ""
    other: str = ""
    score: str = ""


@dataclass(slots=True)
class Overlap:
    """Places of rows of one part that have counterparts in another, or elsewhere in the same.

    Attributes
    ----------
    verbatim, same, near
        Whose text stands there unchanged; after normalisation; or nearly (the former are among the latter).
    twins
        Whose normalised text stands there with the same target, speaker and context; a corpus that has none of these
        agrees with any.
    conflicts, near_conflicts
        To which a twin, or a row with nearly the same text and the same target, speaker and context, gives another
        label: to the place, task and label; labels of a corpus's own are compared within it alone.
    documents
        From documents of which the other split of the corpus has rows.
    """

    verbatim: set[int] = field(default_factory=set)
    same: set[int] = field(default_factory=set)
    near: set[int] = field(default_factory=set)
    twins: set[int] = field(default_factory=set)
    conflicts: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    near_conflicts: dict[int, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    documents: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Audit:
    """What :func:`audit_corpora` found.

    Attributes
    ----------
    parts
        The splits in the order of reading, with their numbers of rows.
    texts
        Each split's number of distinct normalised texts.
    overlaps
        Ordered pairs of splits that have rows in common, by any measure.
    texts_found
        For these, how many of the first's distinct normalised texts stand in the second, or nearly.
    findings
        Row by row.
    sought
        For ``no_target`` and ``doubt``, the corpora in which they were looked for.
    """

    parts: Mapping[Part, int]
    texts: Mapping[Part, int]
    overlaps: Mapping[tuple[Part, Part], Overlap]
    texts_found: Mapping[tuple[Part, Part], int]
    findings: list[Finding]
    sought: Mapping[str, frozenset[str]]


class Sheet(NamedTuple):
    """A table to read."""

    title: str
    header: tuple[str, ...]
    lines: list[tuple[str, ...]]


_Details = tuple[str, str, str]
_Rows = dict[Part, dict[_Details, list[int]]]
"""Rows of one text by split, and by target, speaker and context."""


def audit_corpora(corpora: Sequence[tuple[Corpus, Splits]], doubts: Sequence[Finding] | None = None) -> Audit:
    """Compare the rows of corpora with each other, within and across their splits.

    ``doubts`` are labels in doubt that were found elsewhere, and are listed with the rest; None if nobody looked.

    Time and memory are nearly linear in the number of rows, see :mod:`janib.corpora.duplicates`.
    """
    parts = [Part(corpus.name, split) for corpus, splits in corpora for split, rows in splits.items() for _ in rows]
    rows = [row for _, splits in corpora for part in splits.values() for row in part]
    place_of: dict[str, int] = {}
    texts = [place_of.setdefault(normalise_text(row.text), len(place_of)) for row in rows]
    near = [(left, right) for left, right, _ in find_near(list(place_of))]
    clusters = join_clusters(len(place_of), near).tolist()

    links = _link_texts(texts, near)
    by_text = _group_rows(rows, parts, texts, links)
    overlaps: dict[tuple[Part, Part], Overlap] = defaultdict(Overlap)
    for left, right in links:
        for one, other in product(by_text[left], by_text[right]):
            _compare(overlaps[one, other], rows, by_text[left][one], by_text[right][other], (one, other), left == right)
    _compare_documents(overlaps, rows, parts)
    overlaps = {pair: found for pair, found in overlaps.items() if found.near or found.documents}
    texts_found = {pair: len({texts[place] for place in found.near}) for pair, found in overlaps.items()}

    findings = [
        *_list_copies(rows, parts, texts, clusters),
        *_list_conflicts(overlaps, rows, parts, texts, clusters),
        *_list_missing(corpora),
        *(doubts or ()),
    ]
    distinct = Counter(part for part, _ in set(zip(parts, texts, strict=True)))
    sought = {
        "no_target": frozenset(corpus.name for corpus, _ in corpora if corpus.target_in),
        "doubt": frozenset(corpus.name for corpus, _ in corpora if doubts is not None),
    }
    return Audit(Counter(parts), distinct, overlaps, texts_found, findings, sought)


def make_sheets(audit: Audit) -> list[Sheet]:
    """Return the audit as tables: what stands where, and what else there is to say of each split."""
    copies = []
    for (one, other), found in sorted(audit.overlaps.items(), key=lambda item: _rank(audit, *item[0])):
        if one == other or _is_named_first(audit, one, other):
            numbers = (found.verbatim, found.same, found.near, found.twins, found.conflicts, found.near_conflicts)
            copies.append(
                (
                    str(one),
                    "itself" if one == other else str(other),
                    f"{audit.parts[one]:,}",
                    *(f"{len(places):,}" for places in numbers),
                    f"{audit.texts_found[one, other]:,} of {audit.texts[one]:,}",
                    f"{len(found.documents):,}",
                )
            )
    kinds = Counter((finding.kind, finding.corpus, finding.split) for finding in audit.findings)
    others = [
        (
            str(part),
            f"{count:,}",
            *(f"{kinds[kind, *part]:,}" if part.corpus in names else "" for kind, names in audit.sought.items()),
        )
        for part, count in audit.parts.items()
    ]
    header = ("rows of", "stand in", "rows", "verbatim", "same", "near", "twins", "conflicts", "near conflicts")
    return [
        Sheet("Copies", (*header, "texts", "same document"), copies),
        Sheet("Rows", ("split", "rows", "target not there", "label in doubt"), others),
    ]


def write_audit(audit: Audit, folder: Path) -> None:
    """Write ``summary.md``, the tables, and ``findings.csv.gz``, the ids; no text is in either."""
    lines = ["# Audit"]
    for sheet in make_sheets(audit):
        lines += ["", f"## {sheet.title}", "", tabulate(sheet.header, sheet.lines)]
    with write_file(folder / SUMMARY) as path:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([column.name for column in fields(Finding)])
    writer.writerows(astuple(finding) for finding in audit.findings)
    with write_file(folder / FINDINGS) as path:
        path.write_bytes(gzip.compress(stream.getvalue().encode(), mtime=0))  # the same findings are the same bytes


def _link_texts(texts: Sequence[int], near: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    # A text that stands twice is its own neighbour.
    twice = [(text, text) for text, times in Counter(texts).items() if times > 1]
    return [*twice, *near, *((right, left) for left, right in near)]


def _group_rows(
    rows: Sequence[Example], parts: Sequence[Part], texts: Sequence[int], links: Sequence[tuple[int, int]]
) -> dict[int, _Rows]:
    wanted = {text for text, _ in links}
    by_text: dict[int, _Rows] = {text: defaultdict(lambda: defaultdict(list)) for text in wanted}
    for place, (row, part, text) in enumerate(zip(rows, parts, texts, strict=True)):
        if text in wanted:
            target, speaker, context = map(normalise_text, (row.target, row.speaker or "", row.context or ""))
            by_text[text][part][target, speaker, context].append(place)
    return by_text


def _compare(
    found: Overlap,
    rows: Sequence[Example],
    left: Mapping[_Details, list[int]],
    right: Mapping[_Details, list[int]],
    pair: tuple[Part, Part],
    is_same: bool,
) -> None:
    here = [place for places in left.values() for place in places]
    there = [place for places in right.values() for place in places]
    if here == there and len(here) == 1:
        return
    found.near.update(here)
    if is_same:
        found.same.update(here)
        times = Counter(rows[place].text for place in there)
        found.verbatim.update(place for place in here if times[rows[place].text] > (here == there))
    tasks = (*TASK_LABELS, "label") if pair[0].corpus == pair[1].corpus else tuple(TASK_LABELS)
    conflicts = found.conflicts if is_same else found.near_conflicts
    for one, other in product(left, right):
        if any(a != b and a and b for a, b in zip(one, other, strict=True)):
            continue
        if is_same:
            found.twins.update(place for place in left[one] if right[other] != [place])
        for task in tasks:
            answers = {rows[place].gold(task) for place in right[other]} - {None}
            for place in left[one]:
                given = rows[place].gold(task)
                if given is not None and answers - {given}:
                    conflicts[place].update((task, str(answer)) for answer in answers - {given})


def _compare_documents(
    overlaps: dict[tuple[Part, Part], Overlap], rows: Sequence[Example], parts: Sequence[Part]
) -> None:
    places: dict[tuple[str, str], dict[Part, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (row, part) in enumerate(zip(rows, parts, strict=True)):
        if row.document is not None:
            places[part.corpus, row.document][part].append(place)
    for by_part in places.values():
        for one, other in permutations(by_part, 2):
            overlaps[one, other].documents.update(by_part[one])


def _list_copies(
    rows: Sequence[Example], parts: Sequence[Part], texts: Sequence[int], clusters: Sequence[int]
) -> Iterator[Finding]:
    members: dict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        members[clusters[text]].append(place)
    for places in members.values():
        # One sentence asked about several targets is no copy of itself.
        homes = {(parts[place], rows[place].document or place) for place in places}
        if len(homes) > 1:
            yield from (_make_finding("copy", rows, parts, texts, clusters, place) for place in places)


def _list_conflicts(
    overlaps: Mapping[tuple[Part, Part], Overlap],
    rows: Sequence[Example],
    parts: Sequence[Part],
    texts: Sequence[int],
    clusters: Sequence[int],
) -> Iterator[Finding]:
    for kind in ("conflict", "near_conflict"):
        others: dict[tuple[int, str], set[str]] = defaultdict(set)
        for found in overlaps.values():
            for place, answers in (found.conflicts if kind == "conflict" else found.near_conflicts).items():
                for task, answer in answers:
                    others[place, task].add(answer)
        for (place, task), labels in sorted(others.items()):
            about = _make_finding(kind, rows, parts, texts, clusters, place)
            yield replace(about, task=task, given=str(rows[place].gold(task)), other="|".join(sorted(labels)))


def _make_finding(
    kind: str,
    rows: Sequence[Example],
    parts: Sequence[Part],
    texts: Sequence[int],
    clusters: Sequence[int],
    place: int,
) -> Finding:
    text = texts[place]
    return Finding(kind, *parts[place], rows[place].id, str(text), str(clusters[text]))


def _list_missing(corpora: Sequence[tuple[Corpus, Splits]]) -> Iterator[Finding]:
    for corpus, splits in corpora:
        for split, rows in splits.items() if corpus.target_in else ():
            for row in rows:
                if normalise_text(row.target) not in normalise_text(getattr(row, corpus.target_in) or ""):
                    yield Finding("no_target", corpus.name, split, row.id)


def _rank(audit: Audit, one: Part, other: Part) -> tuple[int, int]:
    order = list(audit.parts)
    return order.index(one), order.index(other)


def _is_named_first(audit: Audit, one: Part, other: Part) -> bool:
    """Say of a pair that is listed once whether this is its way: what is tested on first, or else what is smaller."""
    if one.corpus == other.corpus and (one.split == "train") != (other.split == "train"):
        return other.split == "train"
    return (audit.parts[one], one) < (audit.parts[other], other)
