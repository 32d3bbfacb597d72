"""ANS: pairs of Arabic news headlines that agree, disagree or neither (Khouja, 2020)."""

from __future__ import annotations

from pathlib import Path

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.io.text_tables import RecordReader
from janib.labels import Stance
from janib.schema import Example

_LABEL = LabelMap({"agree": "agree", "disagree": "disagree", "other": "other"})
# A headline that says the same takes the claim's side; one that contradicts it takes the other. "other" is neutral: it
# holds unrelated and undecided pairs, which the file does not distinguish.
_STANCE = {"agree": Stance.FAVOR, "disagree": Stance.AGAINST, "other": Stance.NEUTRAL}
_URL = "https://raw.githubusercontent.com/latynt/ans/9c5f313ab225880b9f60f4e795e6afb4da3352c8/data/stance/"


def _read_file(path: Path, split: str) -> list[Example]:
    rows = []
    with RecordReader(path) as reader:
        for record in reader:
            label = _LABEL(record.fields["stance"], f"{path}, {record.place}")
            rows.append(
                Example(
                    id=f"{split}-{record.number}",
                    text=record.fields["s2"],
                    target=record.fields["s1"],
                    group=record.fields["s1"],
                    stance=_STANCE[label],
                    label=label,
                )
            )
    return rows


def _read(paths: list[Path]) -> Splits:
    return {split: _read_file(path, split) for split, path in zip(("train", "valid", "test"), paths, strict=True)}


ANS = Corpus(
    name="ans",
    title="ANS: whether one Arabic headline agrees with another",
    homepage="https://github.com/latynt/ans",
    licence="Apache-2.0 (badge in its README)",
    citation="Khouja: Stance Prediction and Claim Verification: An Arabic Perspective. FEVER 2020",
    read=_read,
    metrics={"label": "macro_f1", "stance": "macro_f1"},
    files=(
        SourceFile(
            "ans/stance/train.csv",
            _URL + "train.csv",
            "48efb4136ed9ba1958664b68be011c5b5f287262c99e5ed552ac7dbee1c1ae4a",
        ),
        SourceFile(
            "ans/stance/dev.csv",
            _URL + "dev.csv",
            "66e3f4ce64312497d05d42c3435cddd92725e1f8246c90d9bf24e648fb027591",
        ),
        SourceFile(
            "ans/stance/test.csv",
            _URL + "test.csv",
            "d47c360122ebb8da6ca52b07b2796ecfb3cf28dea00a4fbfc8f10d32c54f89cd",
        ),
    ),
    labels=("agree", "disagree", "other"),
    target_is_text=True,
    notes="The target is the headline s1; the text is s2, written as its paraphrase or its contradiction. Stance "
    "renames the labels: agree is favor, disagree is against, other is neutral. Test has 7 rows of other, so macro-F1 "
    "varies much. 19 test rows have a target that train has too, with another text.",
)
