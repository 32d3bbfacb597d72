"""Copies, contradictory labels and missing targets within and across corpora, as numbers and ids without texts."""

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


class CorpusSplit(NamedTuple):
    """A split of a corpus."""

    corpus: str
    split: str

    def __str__(self) -> str:
        """Return ``corpus/split``."""
        return f"{self.corpus}/{self.split}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one row.

    Attributes
    ----------
    kind
        - ``copy``: another row has the text too;
        - ``conflict``: a row with the same text, target, speaker and context has another label;
        - ``near_conflict``: one with nearly the same text, and the same target, speaker and context, has another label;
        - ``no_target``: the column that should hold the target does not;
        - ``doubt``: a classifier that has not seen the row is sure of another label.
    text
        Number of the normalised text; copies share it.
    cluster
        Number of the text's cluster; near-duplicates, and near-duplicates of these, share it.
    task, given, other
        For conflicts and doubts: the task, the row's label, and the other label or labels.
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
    """Rows of one split that have counterparts in another split, or elsewhere in the same, by place.

    Attributes
    ----------
    verbatim, same, near
        Rows whose text is there unchanged, after normalisation, or nearly. The former are among the latter.
    twins
        Rows whose normalised text is there with the same target, speaker and context. A value that a corpus lacks
        agrees with any.
    conflicts, near_conflicts
        Tasks and labels, by place, that a twin gives a row, or a row with nearly the same text and the same target,
        speaker and context, where its own label is another. The task ``label`` is compared within a corpus alone, and
        among the user's own files.
    documents
        Rows from documents of which the other split of the corpus has rows too.
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
    """The result of :func:`audit_corpora`.

    Attributes
    ----------
    splits
        Number of rows of each split, in the order of reading.
    texts
        Number of distinct normalised texts of each split.
    overlaps
        Ordered pairs of splits that have rows in common, by any measure.
    texts_found
        For each of these pairs, how many distinct normalised texts of the first are in the second, or nearly.
    findings
        Problems of single rows.
    sought
        For ``no_target`` and ``doubt``, the corpora in which they were looked for.
    """

    splits: Mapping[CorpusSplit, int]
    texts: Mapping[CorpusSplit, int]
    overlaps: Mapping[tuple[CorpusSplit, CorpusSplit], Overlap]
    texts_found: Mapping[tuple[CorpusSplit, CorpusSplit], int]
    findings: list[Finding]
    sought: Mapping[str, frozenset[str]]


class Sheet(NamedTuple):
    """A table for people to read."""

    title: str
    header: tuple[str, ...]
    lines: list[tuple[str, ...]]


_Details = tuple[str, str, str]
_Rows = dict[CorpusSplit, dict[_Details, list[int]]]
"""Places of the rows of one text, by split, and by target, speaker and context."""


@dataclass(frozen=True, slots=True)
class _Pool:
    """All rows of the corpora.

    Attributes
    ----------
    rows, splits, texts
        The rows, with the split and the number of the normalised text of each.
    clusters
        Number of the cluster of each text.
    near
        Pairs of texts that are near copies.
    own
        Names of the user's own files.
    """

    rows: list[Example]
    splits: list[CorpusSplit]
    texts: list[int]
    clusters: list[int]
    near: list[tuple[int, int]]
    own: frozenset[str]

    def list_tasks(self, one: CorpusSplit, other: CorpusSplit) -> Sequence[str]:
        """Return the tasks whose labels mean the same in both; the user's own labels do in all of the user's files."""
        is_shared = one.corpus == other.corpus or {one.corpus, other.corpus} <= self.own
        return (*TASK_LABELS, "label") if is_shared else tuple(TASK_LABELS)

    def list_links(self) -> list[tuple[int, int]]:
        """Return ordered pairs of texts to compare; a text of several rows is linked to itself."""
        repeated = [(text, text) for text, times in Counter(self.texts).items() if times > 1]
        return [*repeated, *self.near, *((right, left) for left, right in self.near)]

    def make_finding(self, kind: str, place: int) -> Finding:
        text = self.texts[place]
        return Finding(kind, *self.splits[place], self.rows[place].id, str(text), str(self.clusters[text]))


def audit_corpora(corpora: Sequence[tuple[Corpus, Splits]], doubts: Sequence[Finding] | None = None) -> Audit:
    """Compare the rows of corpora, within and across their splits.

    Time and memory grow nearly linearly with the number of rows, see :mod:`janib.corpora.duplicates`.

    Parameters
    ----------
    corpora
        Corpora and their splits.
    doubts
        Doubtful labels from :func:`janib.studies.label_noise.find_doubts`, listed with the other findings; None if they
        were not looked for.
    """
    pool = _pool_rows(corpora)
    overlaps = _compare_rows(pool)
    findings = [
        *_list_copies(pool),
        *_list_conflicts(overlaps, pool),
        *_list_missing(corpora),
        *(doubts or ()),
    ]
    sought = {
        "no_target": frozenset(corpus.name for corpus, _ in corpora if corpus.target_in),
        "doubt": frozenset(corpus.name for corpus, _ in corpora if doubts is not None),
    }
    return Audit(
        splits=Counter(pool.splits),
        texts=Counter(split for split, _ in set(zip(pool.splits, pool.texts, strict=True))),
        overlaps=overlaps,
        texts_found={pair: len({pool.texts[place] for place in found.near}) for pair, found in overlaps.items()},
        findings=findings,
        sought=sought,
    )


def make_sheets(audit: Audit) -> list[Sheet]:
    """Return the audit as two tables: what pairs of splits share, and further findings by split."""
    copies = []
    for (one, other), found in sorted(audit.overlaps.items(), key=lambda item: _rank(audit, *item[0])):
        if one == other or _is_named_first(audit, one, other):
            numbers = (found.verbatim, found.same, found.near, found.twins, found.conflicts, found.near_conflicts)
            copies.append(
                (
                    str(one),
                    "itself" if one == other else str(other),
                    f"{audit.splits[one]:,}",
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
        for part, count in audit.splits.items()
    ]
    header = ("rows of", "stand in", "rows", "verbatim", "same", "near", "twins", "conflicts", "near conflicts")
    return [
        Sheet("Copies", (*header, "texts", "same document"), copies),
        Sheet("Rows", ("split", "rows", "target not there", "label in doubt"), others),
    ]


def write_audit(audit: Audit, folder: Path) -> None:
    """Write the tables to ``summary.md`` and the findings to ``findings.csv.gz``; neither holds a text."""
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


def _pool_rows(corpora: Sequence[tuple[Corpus, Splits]]) -> _Pool:
    rows = [row for _, splits in corpora for part in splits.values() for row in part]
    homes = [
        CorpusSplit(corpus.name, split) for corpus, splits in corpora for split, part in splits.items() for _ in part
    ]
    place_of: dict[str, int] = {}
    texts = [place_of.setdefault(normalise_text(row.text), len(place_of)) for row in rows]
    near = [(left, right) for left, right, _ in find_near(list(place_of))]
    own = frozenset(corpus.name for corpus, _ in corpora if corpus.is_own)
    return _Pool(rows, homes, texts, join_clusters(len(place_of), near).tolist(), near, own)


def _compare_rows(pool: _Pool) -> dict[tuple[CorpusSplit, CorpusSplit], Overlap]:
    links = pool.list_links()
    by_text = _group_rows(pool, {text for text, _ in links})
    overlaps: dict[tuple[CorpusSplit, CorpusSplit], Overlap] = defaultdict(Overlap)
    for left, right in links:
        for one, other in product(by_text[left], by_text[right]):
            found, tasks = overlaps[one, other], pool.list_tasks(one, other)
            _compare(found, pool.rows, by_text[left][one], by_text[right][other], tasks, left == right)
    _compare_documents(overlaps, pool)
    return {pair: found for pair, found in overlaps.items() if found.near or found.documents}


def _group_rows(pool: _Pool, wanted: set[int]) -> dict[int, _Rows]:
    by_text: dict[int, _Rows] = {text: defaultdict(lambda: defaultdict(list)) for text in wanted}
    for place, (row, split, text) in enumerate(zip(pool.rows, pool.splits, pool.texts, strict=True)):
        if text in wanted:
            target, speaker, context = map(normalise_text, (row.target, row.speaker or "", row.context or ""))
            by_text[text][split][target, speaker, context].append(place)
    return by_text


def _compare(
    found: Overlap,
    rows: Sequence[Example],
    left: Mapping[_Details, list[int]],
    right: Mapping[_Details, list[int]],
    tasks: Sequence[str],
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


def _compare_documents(overlaps: dict[tuple[CorpusSplit, CorpusSplit], Overlap], pool: _Pool) -> None:
    places: dict[tuple[str, str], dict[CorpusSplit, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (row, split) in enumerate(zip(pool.rows, pool.splits, strict=True)):
        if row.document is not None:
            places[split.corpus, row.document][split].append(place)
    for by_split in places.values():
        for one, other in permutations(by_split, 2):
            overlaps[one, other].documents.update(by_split[one])


def _list_copies(pool: _Pool) -> Iterator[Finding]:
    members: dict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(pool.texts):
        members[pool.clusters[text]].append(place)
    for places in members.values():
        # Rows of one document that ask about one sentence are no copies.
        homes = {(pool.splits[place], pool.rows[place].document or place) for place in places}
        if len(homes) > 1:
            yield from (pool.make_finding("copy", place) for place in places)


def _list_conflicts(overlaps: Mapping[tuple[CorpusSplit, CorpusSplit], Overlap], pool: _Pool) -> Iterator[Finding]:
    for kind in ("conflict", "near_conflict"):
        others: dict[tuple[int, str], set[str]] = defaultdict(set)
        for found in overlaps.values():
            for place, labels in (found.conflicts if kind == "conflict" else found.near_conflicts).items():
                for task, label in labels:
                    others[place, task].add(label)
        for (place, task), named in sorted(others.items()):
            finding = pool.make_finding(kind, place)
            yield replace(finding, task=task, given=str(pool.rows[place].gold(task)), other="|".join(sorted(named)))


def _list_missing(corpora: Sequence[tuple[Corpus, Splits]]) -> Iterator[Finding]:
    for corpus, splits in corpora:
        for split, rows in splits.items() if corpus.target_in else ():
            for row in rows:
                if normalise_text(row.target) not in normalise_text(getattr(row, corpus.target_in) or ""):
                    yield Finding("no_target", corpus.name, split, row.id)


def _rank(audit: Audit, one: CorpusSplit, other: CorpusSplit) -> tuple[int, int]:
    order = list(audit.splits)
    return order.index(one), order.index(other)


def _is_named_first(audit: Audit, one: CorpusSplit, other: CorpusSplit) -> bool:
    """Say whether a pair, which is listed once, begins with ``one``: the split to test on, or else the smaller."""
    if one.corpus == other.corpus and (one.split == "train") != (other.split == "train"):
        return other.split == "train"
    return (audit.splits[one], one) < (audit.splits[other], other)
