"""SemEval-2017 task 4, Arabic: sentiment of tweets towards a topic (Rosenthal et al., 2017).

Subtasks C and E share one training file. It is tab separated and has no header; its columns are tweet id, topic,
sentiment and tweet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.errors import DataError
from janib.labels import Sentiment
from janib.schema import Example

# One tweet of 3,355 is -2 and one is 2: too few for classes of their own.
_SENTIMENT = LabelMap(
    {
        "-2": Sentiment.NEGATIVE,
        "-1": Sentiment.NEGATIVE,
        "0": Sentiment.NEUTRAL,
        "1": Sentiment.POSITIVE,
        "2": Sentiment.POSITIVE,
    }
)
_SPELLINGS = {"سورية": "سوريا", "غوغل": "جوجل", "باراك أوباما": "اوباما"}
POLITICAL = frozenset(
    {
        "إسرائيل",
        "إيران",
        "اردوغان",
        "الارهاب",
        "الاسلام",  # a religion: some of its tweets are devotion, many argue over sects and parties
        "السعودية",
        "العراق",
        "اوباما",
        "بشار الأسد",
        "حلب",
        "داعش",
        "دونالد ترامب",
        "سوريا",
        "سيسي",
        "هيلاري كلنتون",
    }
)
"""The topics of ``semeval2017_political``; with the two doubled ones, 17 of upstream's 34."""


def _read_file(path: Path) -> Iterator[Example]:
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, start=1):
            place = f"{path}, line {number}"
            cells = line.rstrip("\n").split("\t")
            if len(cells) != 4:
                raise DataError(f"{place}: found {len(cells)} cells, expected tweet id, topic, sentiment and tweet")
            tweet, topic, sentiment, text = cells
            target = _SPELLINGS.get(topic, topic)
            yield Example(
                id=f"{tweet}/{topic}",
                text=_unwrap(text, place),
                target=target,
                document=tweet,
                group=target,
                sentiment=_SENTIMENT(sentiment, place),
            )


def _unwrap(text: str, place: str) -> str:
    # Upstream put every tweet in a pair of quotes. Quotes inside it are not doubled, so this is no CSV.
    if len(text) < 2 or not text[0] == text[-1] == '"':
        raise DataError(f"{place}: the tweet is not in quotes; expected one pair around every tweet")
    return text[1:-1]


def _read(paths: list[Path]) -> Splits:
    return {"train": list(_read_file(paths[0]))}


def _read_political(paths: list[Path]) -> Splits:
    return {"train": [row for row in _read_file(paths[0]) if row.target in POLITICAL]}


SEMEVAL2017 = Corpus(
    name="semeval2017",
    title="SemEval-2017 task 4, Arabic: sentiment of tweets towards a topic",
    homepage="https://alt.qcri.org/semeval2017/task4",
    licence="CC BY 3.0, tweets under the platform's terms",
    citation="Rosenthal, Farra, Nakov: SemEval-2017 Task 4: Sentiment Analysis in Twitter. SemEval 2017",
    read=_read,
    metrics={"sentiment": "macro_f1"},
    files=(
        SourceFile(
            "semeval2017/SemEval2017-task4-train.subtask-CE.arabic.txt",
            "https://raw.githubusercontent.com/BaiqingL/Language-Model-Benchmarks/"
            "0c4ada65c521ab32c6f47e8d2d400b694ec7fb05/data/2017_Arabic_train_final/GOLD/"
            "SemEval2017-task4-train.subtask-CE.arabic.txt",
            "e6649baf428666ee91cff316c77788d37ef1552d139dfd007be9e92755d62972",
        ),
    ),
    notes="No official split: there is only the training file of subtasks C and E, so scores cannot be compared with "
    "the shared task's. Its official error on five ordered classes is not computed: the file has one tweet of each "
    "outer class, counted with the next class. Three topics have two spellings or names, which are merged, 34 to 31. "
    "Folds leave topics out. 3,207 of its 3,264 distinct tweets are in ArSarcasm-v2: never train on one and test on "
    "the other.",
)

SEMEVAL2017_POLITICAL = replace(
    SEMEVAL2017,
    name="semeval2017_political",
    title="SemEval-2017 task 4, Arabic: the political topics",
    read=_read_political,
    notes=f"{len(POLITICAL)} of the 31 topics of semeval2017, chosen by us. {SEMEVAL2017.notes}",
)
