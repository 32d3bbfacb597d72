"""What a user's own rows are like, told before a model is trained on them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from statistics import median
from typing import Any, NamedTuple

from janib.corpora.base import Corpus, Splits
from janib.labels import TASK_LABELS
from janib.schema import Example
from janib.scoring import metrics
from janib.text.cleaning import PRESETS, Step, compose
from janib.text.legibility import find_damage
from janib.text.letters import is_foreign, measure_arabic

FEW_ROWS = 10
SMALL_SHARE = 0.05
"""A label with fewer training rows, or a smaller share of them, is rare."""

LONG_WORDS = 100
"""Longer texts than this have more tokens than an encoder reads by default."""

_TRAIN = "train"

_NO_VALUE = frozenset({"nan", "none", "null", "na", "n/a", "#n/a", "<na>", "nat"})
"""How programs write an empty cell."""


class Note(NamedTuple):
    """Something in the rows that may mislead, in one sentence without a text.

    ``kind`` is ``spelling``, ``best_score``, ``untrained_label``, ``rare_label``, ``one_target``, ``unseen_target``,
    ``no_value``, ``conflict``, ``repetition``, ``leak``, ``damage``, ``not_arabic`` or ``no_letter``.
    """

    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SplitProfile:
    """Counts of a split.

    Attributes
    ----------
    labels
        Task to label to number of rows, in label order.
    words, longest
        Words of the median text and of the longest.
    long
        Number of texts with more than :data:`LONG_WORDS` words.
    """

    rows: int
    targets: int
    labels: Mapping[str, Mapping[str, int]]
    words: float
    longest: int
    long: int

    def __str__(self) -> str:
        """Return the counts as one line."""
        shown = [f"{self.rows:,} rows"]
        shown += [f"{self.targets:,} target{'' if self.targets == 1 else 's'}"] if self.targets else []
        for task, counts in self.labels.items():
            shown.append(f"{task}: {', '.join(f'{label} {count:,}' for label, count in counts.items())}")
        long = f", {self.long:,} above {LONG_WORDS}" if self.long else ""
        shown.append(f"a text has {self.words:,.0f} words (median; at most {self.longest:,}{long})")
        return "; ".join(shown)


@dataclass(frozen=True, slots=True)
class Profile:
    """The counts of each split, and what in its rows may mislead; it holds no text."""

    splits: Mapping[str, SplitProfile]
    notes: Sequence[Note]

    def list_lines(self) -> list[str]:
        """Return everything as lines for people."""
        return [*(f"{split}: {part}" for split, part in self.splits.items()), *(note.sentence for note in self.notes)]

    def to_dict(self) -> dict[str, Any]:
        """Return everything JSON-ready."""
        return {
            "splits": {split: asdict(part) for split, part in self.splits.items()},
            "notes": [note._asdict() for note in self.notes],
        }


def describe_rows(corpus: Corpus, splits: Splits, tasks: Sequence[str]) -> Profile:
    """Describe a user's rows: counts, and whatever will make a score mean something else than it seems to.

    Time and memory grow nearly linearly with the rows (:mod:`janib.corpora.duplicates`).

    Parameters
    ----------
    corpus, splits
        As a reader returns them. Without a split ``train``, nothing is said of what a model has seen.
    tasks
        Those that are trained and scored.

    Raises
    ------
    DataError
        If the corpus does not have a task.
    """
    notes = [Note("spelling", f"{remark}.") for remark in corpus.remarks]
    for task in tasks:
        notes += _note_labels(corpus, splits, task)
    notes += _note_targets(splits)
    for field in ("target", "label"):
        notes += _note_missing(splits, field)
    clean = _make_cleaning()
    notes += _note_copies(splits, tasks, clean)
    notes += _note_leaks(splits, clean)
    notes += _note_texts(splits)
    return Profile({split: _count(corpus, rows, tasks) for split, rows in splits.items()}, notes)


def _count(corpus: Corpus, rows: Sequence[Example], tasks: Sequence[str]) -> SplitProfile:
    lengths = [len(row.text.split()) for row in rows] or [0]
    counts = {task: Counter(row.gold(task) for row in rows) for task in tasks}
    return SplitProfile(
        rows=len(rows),
        targets=len({row.target for row in rows} - {""}),
        labels={task: {label: counts[task][label] for label in corpus.task_labels(task)} for task in tasks},
        words=median(lengths),
        longest=max(lengths),
        long=sum(length > LONG_WORDS for length in lengths),
    )


def _note_labels(corpus: Corpus, splits: Splits, task: str) -> Iterator[Note]:
    labels = corpus.task_labels(task)
    counts = {split: Counter(row.gold(task) for row in rows) for split, rows in splits.items()}
    for split, rows in splits.items():
        yield from _note_best_score(corpus, task, split, rows)
    if _TRAIN not in splits:
        return
    trained = counts[_TRAIN]
    for split in splits:
        unknown = [label for label in labels if counts[split][label] and not trained[label]]
        if unknown:
            found = _list_counts(unknown, counts[split])
            yield Note("untrained_label", f"{split} has rows of a label that no training row has: {found}.")
    n_rows = sum(trained[label] for label in labels)
    rare = [label for label in labels if 0 < trained[label] < max(FEW_ROWS, SMALL_SHARE * n_rows)]
    if rare == [label for label in labels if trained[label]]:
        yield Note("rare_label", f"only {n_rows:,} training rows: what they show may be chance.")
    elif rare:
        yield Note(
            "rare_label",
            f"few of the {n_rows:,} training rows: {_list_counts(rare, trained)}. macro_f1 gives each label the same "
            f"weight, 1/{len(labels)}, so these rows decide much of it, and a model may never predict such a label.",
        )


def _note_best_score(corpus: Corpus, task: str, split: str, rows: Sequence[Example]) -> Iterator[Note]:
    """Note that right answers alone would not score 1, as the mean over labels or targets that have no row."""
    labels, key = corpus.task_labels(task), corpus.metrics[task]
    known = [row for row in rows if row.gold(task) is not None]
    gold = [str(row.gold(task)) for row in known]
    best = metrics.score(task, gold, gold, [row.target for row in known], labels).get(key, 1) if known else 1
    if best > 1 - 1e-9:
        return
    missing = [label for label in labels if label not in gold]
    reason = f"no row is {' or '.join(missing)}" if missing else "some targets have rows of one side alone"
    advice = ""
    if missing and task in TASK_LABELS:
        advice = f" Where there is no such label at all, take task=label with data.columns.label={task}."
    yield Note("best_score", f"{split}: {reason}, so even perfect answers have {key} {best:.3f}.{advice}")


def _note_targets(splits: Splits) -> Iterator[Note]:
    targets = {row.target for row in splits.get(_TRAIN, ())}
    if not targets - {""}:
        return
    if len(targets) == 1:
        (only,) = targets
        yield Note("one_target", f"all training rows have one target, {only!r}; of others nothing is learned.")
    for split, rows in splits.items():
        n_unseen = sum(row.target not in targets for row in rows)
        if n_unseen:
            yield Note(
                "unseen_target", f"{n_unseen:,} of {len(rows):,} rows of {split} have a target of no training row."
            )


def _note_missing(splits: Splits, field: str) -> Iterator[Note]:
    values = Counter(str(getattr(row, field)) for rows in splits.values() for row in rows if getattr(row, field))
    for value, count in values.items():
        if value.lower() in _NO_VALUE:
            yield Note("no_value", f"the {field} {value!r} ({count:,}) is what programs write for an empty cell.")


def _note_copies(splits: Splits, tasks: Sequence[str], clean: Step) -> Iterator[Note]:
    """Note rows that contradict another, and training rows that repeat another."""
    together: dict[tuple[str, ...], list[tuple[str, Example]]] = defaultdict(list)
    for split, rows in splits.items():
        for row in rows:
            key = clean(row.text), row.target, clean(row.speaker or ""), clean(row.context or "")
            together[key].append((f"{split} {row.id!r}", row))
    n_rows = sum(map(len, splits.values()))
    for task in tasks:
        groups = [same for same in together.values() if len({row.gold(task) for _, row in same} - {None}) > 1]
        if groups:
            first = " and ".join(place for place, _ in groups[0][:2])
            yield Note(
                "conflict",
                f"{sum(map(len, groups)):,} of {n_rows:,} rows contradict another: the same text and target with "
                f"another {task} (first: {first}).",
            )
    train = splits.get(_TRAIN, [])
    n_repeated = len(train) - len({(clean(row.text), row.target) for row in train})
    if n_repeated:
        yield Note("repetition", f"{n_repeated:,} of {len(train):,} training rows repeat another's text and target.")


def _note_leaks(splits: Splits, clean: Step) -> Iterator[Note]:
    train = splits.get(_TRAIN, [])
    known = {clean(row.text) for row in train}
    for split, rows in splits.items():
        if split == _TRAIN:
            continue
        n_same = sum(clean(row.text) in known for row in rows)
        n_near, how = _count_near(rows, train, n_same)
        if n_near:
            yield Note(
                "leak",
                f"the texts of {n_near:,} of {len(rows):,} rows of {split} stand in training too, {n_same:,} word for "
                f"word{how}; split.drop_leaks=true leaves them out of training.",
            )


def _count_near(rows: Sequence[Example], train: Sequence[Example], n_same: int) -> tuple[int, str]:
    """Return how many rows have a text of training rows, or nearly, and in words what of the others is known."""
    try:
        from janib.corpora.duplicates import find_leaks
    except ModuleNotFoundError:  # in the base installation
        return n_same, " (near copies are found with janib[experiments])"
    n_near = len(find_leaks(rows, train))
    return n_near, " and the others nearly" if n_near > n_same else ""


def _note_texts(splits: Splits) -> Iterator[Note]:
    """Note texts that are damaged, foreign or without a letter."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for split, rows in splits.items():
        for row in rows:
            found[_judge_text(row.text)].append(f"{split} {row.id!r}")
    n_rows = sum(map(len, splits.values()))
    for (kind, what), places in found.items():
        if kind:
            yield Note(kind, f"{len(places):,} of {n_rows:,} texts {what} (first: {places[0]}).")


def _judge_text(text: str) -> tuple[str, str]:
    """Return the kind of a note and what it says of the text; both empty for an Arabic text."""
    damage = find_damage(text)
    if damage:
        return "damage", f"look damaged, {damage}; make the file again from its source, as UTF-8"
    if measure_arabic(text) is None:
        return "no_letter", "have no letter, but links, digits or emoji alone"
    return ("not_arabic", "are hardly Arabic: most of their letters are not") if is_foreign(text) else ("", "")


def _list_counts(labels: Sequence[str], counts: Mapping[str | None, int]) -> str:
    return ", ".join(f"{label} {counts[label]:,}" for label in labels)


def _make_cleaning() -> Step:
    """Return what gives copies one spelling; a text that would become empty stays as it is."""
    clean = compose(PRESETS["duplicates"])
    return cache(lambda text: clean(text) or text)
