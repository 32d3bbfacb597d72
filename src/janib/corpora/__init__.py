"""Corpora by name, read into validated rows with the splits that their authors define.

>>> from janib.corpora import load
>>> statements = load("statements")  # ships with the package; others are downloaded, or read from a mirror folder
>>> statements.num_rows
{'train': 1502, 'test': 514, 'test_unseen': 222}
>>> statements["train"][0]["stance"]
'favor'
"""

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

_READERS = {
    "mawqif": "mawqif",
    "mawqif_unseen": "mawqif",
    "ans": "ans",
    "arabicstancex": "arabicstancex",
    "exaasc": "exaasc",
    "semeval2017": "semeval2017",
    "semeval2017_political": "semeval2017",
    "unifiedfc": "unifiedfc",
    "arsarcasm_v2": "arsarcasm",
    "newsmtsc": "newsmtsc",
    "dse": "dse",
    "dse_directed": "dse",
    "newsmtsc_ar": "newsmtsc_ar",
    "ant_positions": "ant_positions",
    "anercorp_positions": "anercorp_positions",
    "roles": "roles",
    "statements": "statements",
}

NAMES: tuple[str, ...] = tuple(_READERS)
"""The corpora that have a name; a user's own file is read by :mod:`janib.corpora.readers.own_file`."""


def load(name: str) -> DatasetDict:
    """Read a corpus as a ``datasets.DatasetDict``, a ``Dataset`` for each split.

    The columns are those of :class:`janib.schema.Example`, the same for every corpus: texts, and None where a corpus
    has no value. So ``Example(**row)`` is a row that a model reads, and splits of several corpora can be concatenated.
    Title, licence, citation and homepage are in each split's ``info``.

    Parameters
    ----------
    name
        One of :data:`NAMES`.

    Raises
    ------
    DataError
        As :func:`read_corpus`.

    Examples
    --------
    >>> test = load("statements")["test"]
    >>> Example(**test[0]).target
    'الحوثيون'

    Numbers in place of labels, in the order of a model's probabilities:

    >>> from datasets import ClassLabel
    >>> from janib.labels import STANCE_LABELS
    >>> numbered = test.cast_column("stance", ClassLabel(names=list(STANCE_LABELS)))
    >>> test[0]["stance"], numbered[0]["stance"]
    ('neutral', 1)
    """
    return make_dataset(*read_corpus(name))


def make_dataset(corpus: Corpus, splits: Splits) -> DatasetDict:
    """Turn lists of rows into a ``datasets.DatasetDict``; :func:`load` says with which columns."""
    from datasets import Dataset, DatasetDict, DatasetInfo, Features, Value

    info = DatasetInfo(
        description=corpus.title,
        citation=corpus.citation,
        homepage=corpus.homepage,
        license=corpus.licence,
        features=Features({column: Value("string") for column in COLUMNS}),
    )
    return DatasetDict(
        {split: Dataset.from_list([asdict(row) for row in rows], info=info) for split, rows in splits.items()}
    )


def get_corpus(name: str) -> Corpus:
    """Return what is known of a corpus, without reading it.

    Raises
    ------
    DataError
        If no corpus has that name.
    """
    if name not in _READERS:
        raise DataError(f"no corpus is called {name!r}, only {', '.join(NAMES)}{suggest(name, NAMES)}")
    reader = import_module(f"janib.corpora.readers.{_READERS[name]}")
    corpus: Corpus = getattr(reader, name.upper())
    return corpus


def read_corpus(name: str, task: str | Sequence[str] | None = None) -> tuple[Corpus, Splits]:
    """Read a corpus into lists of rows; its files are fetched first.

    Parameters
    ----------
    name
        One of :data:`NAMES`.
    task
        Keep the rows that have a gold label for this task, or for one of these; by default all rows are kept.

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


def _check(corpus: Corpus, splits: Splits) -> None:
    seen: set[str] = set()
    for split, rows in splits.items():
        for row in rows:
            problem = check_example(row, needs_target=corpus.target_is_given) or _check_own_label(corpus, row)
            if problem is None and row.id in seen:
                problem = "the id occurs twice"
            if problem:
                raise DataError(f"corpus {corpus.name}, {split}, id {row.id!r}: {problem}")
            seen.add(row.id)


def _check_own_label(corpus: Corpus, row: Example) -> str | None:
    if row.label is None or row.label in corpus.labels:
        return None
    return f"label {row.label!r} is not among {', '.join(corpus.labels)}"
