"""Mawqif: Saudi tweets on three targets, with stance, sentiment and sarcasm (Alturayeif et al., 2022).

The same tweets are split in two ways: by the authors, with every target in train and test, and by StanceEval-2026
track 2, with two targets in train and the third in test.
"""

from __future__ import annotations

from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.io.text_tables import RecordReader
from janib.labels import Sarcasm, Sentiment, Stance
from janib.schema import Example

_STANCE = LabelMap({"Against": Stance.AGAINST, "None": Stance.NEUTRAL, "Favor": Stance.FAVOR})
_SENTIMENT = LabelMap({"Negative": Sentiment.NEGATIVE, "Neutral": Sentiment.NEUTRAL, "Positive": Sentiment.POSITIVE})
_SARCASM = LabelMap({"No": Sarcasm.NOT_SARCASTIC, "Yes": Sarcasm.SARCASTIC})
_METRICS = {"sentiment": "macro_f1", "sarcasm": f"f1/{Sarcasm.SARCASTIC}"}
_SEEN = "https://raw.githubusercontent.com/NoraAlt/Mawqif-Arabic-Stance/1310ffe31762dae33ccb33c6446875ded1c02391/Data/"
_UNSEEN = (
    "https://raw.githubusercontent.com/StanceEval/stanceeval.github.io/"
    "a92976fa7bc50740c2f6d99abc6302156bb27078/MawqifV2/Track%202/"
)


def _read_file(path: Path) -> list[Example]:
    with RecordReader(path) as reader:
        return [
            Example(
                id=record.fields["ID"],
                text=record.fields["text"],
                target=record.fields["target"],
                stance=_STANCE(record.fields["stance"], f"{path}, {record.place}"),
                sentiment=_SENTIMENT(record.fields["sentiment"], f"{path}, {record.place}"),
                sarcasm=_SARCASM(record.fields["sarcasm"], f"{path}, {record.place}"),
            )
            for record in reader
        ]


def _read(paths: list[Path]) -> Splits:
    return dict(zip(("train", "test"), map(_read_file, paths), strict=True))


MAWQIF = Corpus(
    name="mawqif",
    title="Mawqif: stance, sentiment and sarcasm of Saudi tweets towards three targets",
    homepage="https://github.com/NoraAlt/Mawqif-Arabic-Stance",
    licence="none stated; downloaded from its authors, never redistributed",
    citation="Alturayeif, Luqman, Ahmed: Mawqif: A Multi-label Arabic Dataset for Target-specific Stance Detection. "
    "WANLP 2022",
    read=_read,
    metrics={"stance": "f_avg_by_target", **_METRICS},
    files=(
        SourceFile(
            "mawqif/Mawqif_AllTargets_Train.csv",
            _SEEN + "Mawqif_AllTargets_Train.csv",
            "70715ac6b58b737ab0eb3a377e898765eda7607521388ce7a3c8f0d4c602c179",
        ),
        SourceFile(
            "mawqif/Mawqif_AllTargets_Test.csv",
            _SEEN + "Mawqif_AllTargets_Test.csv",
            "4c984b462efc1490e46dade0db0173341c53d8e8961085e27f8c7a7c1ae92621",
        ),
    ),
    notes="The StanceEval-2024 blind test and the StanceEval-2026 dev set are these 619 test tweets. "
    "Stance None is the canonical neutral. No sentiment result on this split was found published.",
)

MAWQIF_UNSEEN = Corpus(
    name="mawqif_unseen",
    title="Mawqif v2, StanceEval-2026 track 2: a target never seen in training",
    homepage="https://github.com/StanceEval/stanceeval.github.io",
    licence="none stated; downloaded from its authors, never redistributed",
    citation="StanceEval-2026, track 2; tweets of Alturayeif et al., WANLP 2022",
    read=_read,
    metrics={"stance": "favg2", **_METRICS},
    files=(
        SourceFile(
            "mawqif_v2/train_track_2.csv",
            _UNSEEN + "train_track_2.csv",
            "ee079f157417d2867cd39186de541ec64a972faa6d8afb037646c43bcc15b84e",
        ),
        SourceFile(
            "mawqif_v2/dev_track_2.csv",
            _UNSEEN + "dev_track_2.csv",
            "da0f09d83f6752b3a5ee53b1fb2f7075ad1c9122e38a21c74abbaa8b83ce7731",
        ),
    ),
    notes="Train: covid vaccine and digital transformation; test (the track's dev file): women empowerment. "
    "Train holds about 409 of mawqif's 619 test tweets: never train on it to test on mawqif. Of these 1,400 test "
    "tweets mawqif's train holds 1,193 and its test 210: never train on mawqif to test here.",
)
