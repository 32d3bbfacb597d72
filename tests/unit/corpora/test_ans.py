from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora.base import Splits
from janib.corpora.readers.ans import ANS
from janib.errors import DataError
from janib.schema import Example

HEADER = "\ufeffs1,s2,stance"


def test_the_first_headline_is_the_target(write: Callable[..., Path]) -> None:
    train = write(
        "train.csv",
        HEADER,
        "الوزير يفتتح المعرض,افتتاح المعرض بحضور الوزير,agree",
        '"الوزير ""يفتتح"" المعرض, اليوم",الوزير يلغي المعرض,disagree',
    )
    other = write("dev.csv", HEADER, "الوزير يفتتح المعرض,أمطار غزيرة في الجبال,other")
    splits = ANS.read([train, other, other])
    assert list(splits) == ["train", "valid", "test"]
    assert splits["train"] == [
        Example(
            id="train-1",
            text="افتتاح المعرض بحضور الوزير",
            target="الوزير يفتتح المعرض",
            group="الوزير يفتتح المعرض",
            stance="favor",
            label="agree",
        ),
        Example(
            id="train-2",
            text="الوزير يلغي المعرض",
            target='الوزير "يفتتح" المعرض, اليوم',
            group='الوزير "يفتتح" المعرض, اليوم',
            stance="against",
            label="disagree",
        ),
    ]
    assert [(row.id, row.label, row.stance) for row in splits["valid"]] == [("valid-1", "other", "neutral")]
    assert splits["test"][0].id == "test-1"


def test_an_unknown_label_is_named_with_its_place(write: Callable[..., Path]) -> None:
    path = write("train.csv", HEADER, "أ ب,ج د,Agree")
    with pytest.raises(DataError) as caught:
        ANS.read([path, path, path])
    assert str(caught.value) == (
        f"{path}, row 1 (line 2): label 'Agree' is unknown, expected one of agree, disagree, other"
    )


def test_counts(read_mirror: Callable[[str], Splits]) -> None:
    splits = read_mirror("ans")
    assert {split: Counter(row.label for row in rows) for split, rows in splits.items()} == {
        "train": {"disagree": 1686, "agree": 903, "other": 63},
        "valid": {"disagree": 471, "agree": 268, "other": 16},
        "test": {"disagree": 242, "agree": 130, "other": 7},
    }
    known = {row.target for row in splits["train"]}
    assert sum(row.target in known for row in splits["test"]) == 19  # as the notes say
