"""DSE: who holds which sentiment towards whom, in English political news (Park, Pan and Joo, 2021).

The files are tab separated and have no header. A line holds the sentence with the entities p and q in square brackets,
p, q and a label. A cell with a quote in it is quoted as in CSV, and the authors' own script reads it so.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.errors import DataError
from janib.labels import STANCE_OF_SENTIMENT, Sentiment
from janib.schema import Example

_LABELS = (
    Sentiment.NEUTRAL.value,
    *(f"{way}_{held}" for held in (Sentiment.POSITIVE, Sentiment.NEGATIVE) for way in ("p_to_q", "q_to_p")),
)
_LABEL = LabelMap({str(number): label for number, label in enumerate(_LABELS)})
_MARKED = re.compile(r"\[([^\[\]]*)\]")
_SPLITS = ("train", "valid", "test")
_URL = (
    "https://raw.githubusercontent.com/bywords/directed_sentiment_analysis/"
    "6a1275f070e40e8d9ae7499963556653c05d439c/dataset/"
)


def _read_file(path: Path, split: str) -> Iterator[Example]:
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines, delimiter="\t", strict=True)
        for number, cells in enumerate(reader, start=1):
            place = f"{path}, line {reader.line_num}"
            if len(cells) != 4:
                raise DataError(f"{place}: found {len(cells)} cells, expected sentence, p, q and label")
            text, p, q, label = cells
            if len(_MARKED.findall(text)) != 2:
                raise DataError(f"{place}: expected two entities in square brackets; check the line")
            yield Example(f"{split}-{number}", text, target=q, speaker=p, label=_LABEL(label, place))


def _direct(row: Example) -> Iterator[Example]:
    plain = _MARKED.sub(r"\1", row.text)
    for way, speaker, target in (("p_to_q", row.speaker, row.target), ("q_to_p", row.target, row.speaker)):
        found, _, sentiment = (row.label or "").rpartition("_")
        held = Sentiment(sentiment) if found == way else Sentiment.NEUTRAL
        yield Example(
            id=f"{row.id}.{way}",
            text=plain,
            target=target or "",
            speaker=speaker,
            group=row.id,
            stance=STANCE_OF_SENTIMENT[held],  # one entity of a pair is the speaker, so its sentiment is its stance
            sentiment=held,
        )


def _read(paths: list[Path]) -> Splits:
    return {split: list(_read_file(path, split)) for split, path in zip(_SPLITS, paths, strict=True)}


def _read_directed(paths: list[Path]) -> Splits:
    return {split: [pair for row in rows for pair in _direct(row)] for split, rows in _read(paths).items()}


_FILES = (
    SourceFile(
        "dse/train.txt",
        _URL + "train.txt",
        "0b608a7e376bcd73aad9f0f211d0c29e5fe520a281d1d4b3f5e4e37a20a0636b",
    ),
    SourceFile(
        "dse/valid.txt",
        _URL + "valid.txt",
        "e4bd17fd9f419acd034912de9bfc746a7e400d84496e6082cd18e30b4cedface",
    ),
    SourceFile(
        "dse/test.txt",
        _URL + "test.txt",
        "a1dcda253f3741e5d66018cad7dc757350c853be7d905a11fd707eb708c847d0",
    ),
)
_HOMEPAGE = "https://github.com/bywords/directed_sentiment_analysis"
_LICENCE = "free to use, citing the paper"
_CITATION = (
    "Park, Pan, Joo: Who Blames or Endorses Whom? Entity-to-Entity Directed Sentiment Analysis in News Text. "
    "Findings of ACL 2021"
)
_LEAK = (
    "400 of 1,623 test rows are in train word for word, with marks and label, and 1,611 of train's rows occur twice "
    "in train itself: read scores on the published split with that in mind."
)

DSE = Corpus(
    name="dse",
    title="DSE: directed sentiment between two entities in English political news",
    homepage=_HOMEPAGE,
    licence=_LICENCE,
    citation=_CITATION,
    read=_read,
    metrics={"label": "macro_f1"},
    files=_FILES,
    labels=_LABELS,
    target_in="text",
    notes="The square brackets stay in the text, as they say which mention is p (speaker) and which is q (target); p "
    f"comes first. The paper's micro-F1 is accuracy, and it masks both names. {_LEAK}",
)

DSE_DIRECTED = Corpus(
    name="dse_directed",
    title="DSE by direction: what each of two entities holds of the other",
    homepage=_HOMEPAGE,
    licence=_LICENCE,
    citation=_CITATION,
    read=_read_directed,
    metrics={"stance": "macro_f1", "sentiment": "macro_f1"},
    files=_FILES,
    target_in="text",
    notes="Derived: each row of dse gives two, p as speaker of q and q as speaker of p, without the brackets. The "
    "direction that the label does not name is taken as neutral: annotators chose one label, so a mutual sentiment "
    f"is lost. Not comparable with published scores. {_LEAK}",
)
