"""NewsMTSC: sentiment towards people and groups in English political news (Hamborg and Donnay, 2021)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.errors import DataError
from janib.io.text_tables import RecordReader
from janib.labels import Sentiment
from janib.schema import Example

_SENTIMENT = LabelMap({"2.0": Sentiment.NEGATIVE, "4.0": Sentiment.NEUTRAL, "6.0": Sentiment.POSITIVE})
_DOCUMENT = re.compile(r"(allsides_\d+_\d+|polusa_v1_\d+)_")
_URL = (
    "https://raw.githubusercontent.com/fhamborg/NewsMTSC/b9d9b79704ed1b35cecaf1d7c2343dc1bd734fb7/"
    "NewsSentiment/controller_data/datasets/NewsMTSC-dataset/"
)


def _read_file(path: Path) -> Iterator[Example]:
    with RecordReader(path) as reader:
        for record in reader:
            place = f"{path}, {record.place}"
            document = _find_document(record.fields["primary_gid"], place)
            for mention in record.fields["targets"]:
                yield Example(
                    id=mention["Input.gid"],
                    text=record.fields["sentence_normalized"],
                    target=mention["mention"],
                    document=document,
                    group=document,
                    sentiment=_SENTIMENT(str(mention["polarity"]), place),
                )


def _find_document(name: str, place: str) -> str:
    found = _DOCUMENT.match(name)
    if not found:
        raise DataError(f"{place}: {name!r} names no document, expected allsides_N_N_… or polusa_v1_N_…")
    return found[1]


def _read(paths: list[Path]) -> Splits:
    return {split: list(_read_file(path)) for split, path in zip(("train", "test_mt", "test_rw"), paths, strict=True)}


NEWSMTSC = Corpus(
    name="newsmtsc",
    title="NewsMTSC: sentiment towards people and groups in English political news",
    homepage="https://github.com/fhamborg/NewsMTSC",
    licence="MIT",
    citation="Hamborg, Donnay: NewsMTSC: A Dataset for (Multi-)Target-dependent Sentiment Classification in Political "
    "News Articles. EACL 2021",
    read=_read,
    metrics={"sentiment": "macro_f1"},
    files=(
        SourceFile(
            "newsmtsc/train.jsonl",
            _URL + "train.jsonl",
            "fb80ff05993dd59016c36abefaa7bd00d77cb0cb38a781c1f9edd9ad7c61471e",
        ),
        SourceFile(
            "newsmtsc/devtest_mt.jsonl",
            _URL + "devtest_mt.jsonl",
            "f7657900083bc12f41f1dcd7f19ae5b3eec87844da5eeb22d07ee916fe83a865",
        ),
        SourceFile(
            "newsmtsc/devtest_rw.jsonl",
            _URL + "devtest_rw.jsonl",
            "c915d6461625cc610a43fd0bac7a25dddfc1252e1331a4bfb7cc30e75b35982a",
        ),
    ),
    target_in="text",
    notes="A row is a pair of sentence and mention; polarity 2, 4 and 6 is negative, neutral and positive. test_mt "
    "holds sentences with several targets, and test_rw has the distribution of real news. Upstream calls them devtest, "
    "and the hub halves each into validation and test. The official F1m is macro_f1. Targets are mentions as "
    "written, pronouns too; about one in 17 occurs more than once in its sentence. Test sentences come from "
    "articles that train has other sentences of: 325 of 672 in test_mt, 480 of 1,018 in test_rw; six sentences are "
    "the same.",
)
