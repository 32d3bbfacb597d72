"""Corpora by name: each is read into validated rows with the authors' own splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from typing import TYPE_CHECKING

from janib.corpora.base import Corpus, Splits
from janib.corpora.fetch import fetch_file
from janib.errors import DataError, suggest
from janib.schema import COLUMNS, Example, check_example

if TYPE_CHECKING:
    from datasets import DatasetDict

_WHERE = {
    "mawqif": ("mawqif", "SEEN"),
    "mawqif_unseen": ("mawqif", "UNSEEN"),
    "ans": ("ans", "CORPUS"),
    "exaasc": ("exaasc", "CORPUS"),
    "semeval2017": ("semeval2017", "CORPUS"),
    "semeval2017_political": ("semeval2017", "CORPUS_POLITICAL"),
    "unifiedfc": ("unifiedfc", "CORPUS"),
    "arsarcasm_v2": ("arsarcasm", "CORPUS"),
    "newsmtsc": ("newsmtsc", "CORPUS"),
    "dse": ("dse", "CORPUS"),
    "dse_directed": ("dse", "CORPUS_DIRECTED"),
    "statements": ("statements", "CORPUS"),
}

NAMES: tuple[str, ...] = tuple(_WHERE)
"""Corpora that can be named; a user's own file is read by :mod:`janib.corpora.readers.own_file`."""


def get_corpus(name: str) -> Corpus:
    """Return what is known of a corpus, without reading it.

    Raises
    ------
    DataError
        If no corpus has that name.
    """
    if name not in _WHERE:
        raise DataError(f"no corpus is called {name!r}, only {', '.join(NAMES)}{suggest(name, NAMES)}")
    module, attribute = _WHERE[name]
    corpus: Corpus = getattr(import_module(f"janib.corpora.readers.{module}"), attribute)
    return corpus


def read_corpus(name: str, task: str | Sequence[str] | None = None) -> tuple[Corpus, Splits]:
    """Read a corpus into lists of rows, fetching its files first.

    Parameters
    ----------
    name
        One of :data:`NAMES`.
    task
        Keep the rows that have a gold label for this task, or for one of these; by default all.

    Raises
    ------
    DataError
        If a file cannot be had, a row is not as the corpus promises, or the corpus does not have the task.
    """
    corpus = get_corpus(name)
    tasks = [task] if isinstance(task, str) else task
    for one in tasks or ():
        corpus.task_labels(one)
    splits = corpus.read([fetch_file(file) for file in corpus.files])
    _check(corpus, splits)
    if tasks is not None:
        splits = {
            split: [row for row in rows if any(row.gold(one) is not None for one in tasks)]
            for split, rows in splits.items()
        }
    return corpus, splits


def load(name: str) -> DatasetDict:
    """Read a corpus as a ``datasets.DatasetDict`` whose columns are those of :class:`janib.schema.Example`."""
    return make_dataset(read_corpus(name)[1])


def make_dataset(splits: Splits) -> DatasetDict:
    """Turn lists of rows into a ``datasets.DatasetDict``; absent values are None, all columns are strings."""
    from datasets import Dataset, DatasetDict, Features, Value

    features = Features({column: Value("string") for column in COLUMNS})
    return DatasetDict(
        {split: Dataset.from_list([asdict(row) for row in rows], features) for split, rows in splits.items()}
    )


def _check(corpus: Corpus, splits: Splits) -> None:
    seen: set[str] = set()
    for split, rows in splits.items():
        for row in rows:
            problem = check_example(row, needs_target=corpus.target_is_given) or _check_own_label(corpus, row)
            if problem is None and row.id in seen:
                problem = "the id stands twice"
            if problem:
                raise DataError(f"corpus {corpus.name}, {split}, id {row.id!r}: {problem}")
            seen.add(row.id)


def _check_own_label(corpus: Corpus, row: Example) -> str | None:
    if row.label is None or row.label in corpus.labels:
        return None
    return f"label {row.label!r} is not among {', '.join(corpus.labels)}"
