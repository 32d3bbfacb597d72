"""ExaASC: replies to Arabic tweets, with their stance on a target that the tweet names (Jaziriyan et al., 2021)."""

from __future__ import annotations

import re
from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.io.text_tables import RecordReader
from janib.labels import Stance
from janib.schema import Example

# A comment replies without taking a side on the target.
_STANCE = LabelMap({"support": Stance.FAVOR, "deny": Stance.AGAINST, "comment": Stance.NEUTRAL})
_MARK = re.compile(r"</?span\b[^>]*>")
_URL = "https://raw.githubusercontent.com/exaco/exaasc/344c68a5c5608698830666e2b79094163a262a7a/"


def _decode(cell: str) -> str:
    # Upstream wrote the tweets as CSV twice: a tweet with a quote in it is still quoted, and its quotes are doubled.
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _name_target(marked: str) -> str:
    # The target is the marked part of the tweet. Without its hashtag and punctuation one name is spelled one way.
    return marked.replace("#", "").replace("_", " ").strip(" .:")


def _read_file(path: Path) -> list[Example]:
    rows, tweets = [], dict[str, str]()
    with RecordReader(path) as reader:
        for record in reader:
            target = _name_target(record.fields["target"])
            tweet = _MARK.sub("", _decode(record.fields["main"]))
            rows.append(
                Example(
                    id=record.fields["id"],
                    text=_decode(record.fields["reply"]),
                    target=target,
                    context=tweet,
                    document=tweets.setdefault(tweet, f"tweet {len(tweets) + 1}"),
                    group=target,
                    stance=_STANCE(record.fields["majority"], f"{path}, {record.place}"),
                )
            )
    return rows


def _read(paths: list[Path]) -> Splits:
    return {"train": _read_file(paths[0])}


EXAASC = Corpus(
    name="exaasc",
    title="ExaASC: stance of Arabic replies on a target in the tweet",
    homepage="https://github.com/exaco/exaasc",
    licence="Apache-2.0",
    citation="Jaziriyan, Akbari, Karbasi: ExaASC: A General Target-Based Stance Detection Corpus in Arabic Language. "
    "ICCKE 2021",
    read=_read,
    metrics={"stance": "macro_f1"},
    files=(
        SourceFile(
            "exaasc/test_final.csv",
            _URL + "test_final.csv",
            "e673d572b0a8a5914ee558cd17fec31ae7c75dfb8e25efc20334818778bb9cb8",
        ),
    ),
    target_in="context",
    notes="No official split: only upstream's test_final.csv is read, as train, for folds that leave targets out. "
    "Upstream's train_final.csv is not pinned, since no checksum of it is known here. Scores cannot be compared with "
    "the paper's, which trains on that file. All rows reply to 22 tweets on 18 targets (19 spellings), so rows are far "
    "from independent: resample by document. Support is favor, deny is against, and comment is neutral, since it "
    "replies without taking a side on the target.",
)
