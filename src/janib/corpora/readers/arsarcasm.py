"""ArSarcasm-v2: sentiment, sarcasm and dialect of Arabic tweets (Abu Farha et al., 2021); dialect is not read."""

from __future__ import annotations

from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.io.text_tables import RecordReader
from janib.labels import Sarcasm, Sentiment
from janib.schema import Example

_SENTIMENT = LabelMap({"NEG": Sentiment.NEGATIVE, "NEU": Sentiment.NEUTRAL, "POS": Sentiment.POSITIVE})
_SARCASM = LabelMap({"FALSE": Sarcasm.NOT_SARCASTIC, "TRUE": Sarcasm.SARCASTIC})
_URL = "https://raw.githubusercontent.com/iabufarha/ArSarcasm-v2/eb85513e133cfc67e30aca4968fadbe2594fcb42/ArSarcasm-v2/"


def _read_file(path: Path, split: str) -> list[Example]:
    with RecordReader(path) as reader:
        return [
            Example(
                id=f"{split}-{record.number}",
                text=record.fields["tweet"],
                sentiment=_SENTIMENT(record.fields["sentiment"], f"{path}, {record.place}"),
                sarcasm=_SARCASM(record.fields["sarcasm"], f"{path}, {record.place}"),
            )
            for record in reader
        ]


def _read(paths: list[Path]) -> Splits:
    return {split: _read_file(path, split) for split, path in zip(("train", "test"), paths, strict=True)}


ARSARCASM_V2 = Corpus(
    name="arsarcasm_v2",
    title="ArSarcasm-v2: sentiment and sarcasm of Arabic tweets",
    homepage="https://github.com/iabufarha/ArSarcasm-v2",
    licence="MIT",
    citation="Abu Farha, Zaghouani, Magdy: Overview of the WANLP 2021 Shared Task on Sarcasm and Sentiment Detection "
    "in Arabic. WANLP 2021",
    read=_read,
    metrics={"sentiment": "f_pn", "sarcasm": f"f1/{Sarcasm.SARCASTIC}"},
    files=(
        SourceFile(
            "arsarcasm_v2/training_data.csv",
            _URL + "training_data.csv",
            "1da727eb763459f436c4e61f52c6a0bc63d5300af8fcc99b5675ae4616dae04a",
        ),
        SourceFile(
            "arsarcasm_v2/testing_data.csv",
            _URL + "testing_data.csv",
            "0f0a77ba8a4a0a9370846a42a93a63244092f1fb30a909595b70e17e299bcf6c",
        ),
    ),
    target_is_given=False,
    notes="The official metric of sentiment is F-PN, the mean F1 of positive and negative; macro_f1 has neutral too. "
    "That of sarcasm is the F1 of sarcastic tweets. Train holds "
    "3,207 of SemEval-2017's 3,264 distinct Arabic tweets: never train on one and test on the other. Tweets stay as "
    "published: 7,617 of train and 6 of test are in quotes as a whole, as in the corpora that train was made from.",
)
