"""AraStance: Arabic claims and articles that agree, disagree or discuss (Alhindi et al., 2021).

It is read from a folder of the user's and is not in :data:`janib.corpora.NAMES`, since no checksum of its files is
known here. The files are ``train.jsonl``, ``dev.jsonl`` and ``test.jsonl``. Each line is a claim with parallel lists of
its articles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, Splits
from janib.errors import DataError
from janib.io.text_tables import Record, RecordReader
from janib.labels import Stance
from janib.schema import Example, check_example

_LABELS = ("agree", "disagree", "discuss", "unrelated")
_LABEL = LabelMap({label.capitalize(): label for label in _LABELS})
_STANCE = {"agree": Stance.FAVOR, "disagree": Stance.AGAINST, "discuss": Stance.NEUTRAL}  # as in unifiedfc
_FILES = {"train": "train.jsonl", "valid": "dev.jsonl", "test": "test.jsonl"}


def read_arastance(path: str | Path, task: str, *, name: str = "arastance") -> tuple[Corpus, Splits]:
    """Read AraStance from a folder that holds its three files as published.

    Parameters
    ----------
    path
        The folder ``data`` in a clone of the authors' repository.
    task
        ``label`` or ``stance``; rows without a gold label for it are left out.
    name
        What the corpus is called in results.

    Raises
    ------
    DataError
        If a file is missing or not as published, or the corpus does not have the task.
    """
    corpus = replace(_CORPUS, name=name)
    corpus.task_labels(task)
    splits = {
        split: [row for row in _read_file(Path(path) / file, split) if row.gold(task) is not None]
        for split, file in _FILES.items()
    }
    return corpus, splits


def _read_file(path: Path, split: str) -> Iterator[Example]:
    with RecordReader(path) as reader:
        for record in reader:
            place = f"{path}, {record.place}"
            for row in _make_rows(record, split, place):
                problem = check_example(row, needs_target=True)
                if problem:
                    raise DataError(f"{place}: {problem}")
                yield row


def _make_rows(record: Record, split: str, place: str) -> Iterator[Example]:
    if record.problem:
        raise DataError(f"{place}: {record.problem}")
    missing = [key for key in ("claim", "article", "stance") if key not in record.fields]
    if missing:
        raise DataError(f"{place}: {', '.join(missing)} is missing; expected the files as their authors publish them")
    articles, words = record.fields["article"], record.fields["stance"]
    if len(articles) != len(words):
        raise DataError(f"{place}: found {len(articles)} articles and {len(words)} stances, expected one for each")
    for number, (article, word) in enumerate(zip(articles, words, strict=True)):
        label = _LABEL(word, place)
        yield Example(
            id=f"{split}-{record.number}.{number}",
            text=article,
            target=record.fields["claim"],
            group=record.fields["claim"],
            stance=_STANCE.get(label),
            label=label,
        )


_CORPUS = Corpus(
    name="arastance",
    title="AraStance: Arabic articles on claims from many countries and domains",
    homepage="https://github.com/Tariq60/arastance",
    licence="CC BY 4.0 (card on the Hugging Face hub)",
    citation="Alhindi, Alabdulkarim, Alshehri, Abdul-Mageed, Nakov: AraStance: A Multi-Country and Multi-Domain "
    "Dataset of Arabic Stance Detection for Fact Checking. NLP4IF 2021",
    read=lambda paths: {split: list(_read_file(path, split)) for split, path in zip(_FILES, paths, strict=True)},
    metrics={"label": "macro_f1", "stance": "macro_f1"},
    labels=_LABELS,
    target_is_text=True,
    notes="Its card counts 2,848, 569 and 646 pairs; the files are not pinned, so no count is checked. Stance leaves "
    "unrelated pairs out (agree is favor, disagree is against, discuss is neutral).",
)
