from collections import Counter

import pytest

from janib.corpora.readers import mawqif
from janib.errors import DataError
from janib.schema import Example

HEADER = "ID,text,target,stance,sarcasm,sentiment"


def test_rows_as_their_authors_write_them(write):
    train = write(
        "train.csv",
        f"\ufeff{HEADER}",
        "7,نص,Covid Vaccine,None,No,Negative",
        "8,نص آخر,Covid Vaccine,Favor,Yes,Positive",
    )
    test = write("test.csv", HEADER, '9,"سطر\nثان",Women empowerment,Against,No,Neutral')
    assert mawqif.MAWQIF.read([train, test]) == {
        "train": [
            Example("7", "نص", "Covid Vaccine", stance="neutral", sentiment="negative", sarcasm="not_sarcastic"),
            Example("8", "نص آخر", "Covid Vaccine", stance="favor", sentiment="positive", sarcasm="sarcastic"),
        ],
        "test": [
            Example(
                "9", "سطر\nثان", "Women empowerment", stance="against", sentiment="neutral", sarcasm="not_sarcastic"
            )
        ],
    }


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("7,نص,Covid Vaccine,favor,No,Neutral", "label 'favor' is unknown, expected one of Against, None, Favor"),
        ("7,نص,Covid Vaccine,Favor,no,Neutral", "label 'no' is unknown, expected one of No, Yes"),
    ],
)
def test_unknown_label(write, row, problem):
    path = write("train.csv", HEADER, row)
    with pytest.raises(DataError) as raised:
        mawqif.MAWQIF.read([path, path])
    assert str(raised.value) == f"{path}, row 1 (line 2): {problem}"


def test_a_task_that_it_does_not_have():
    with pytest.raises(DataError) as raised:
        mawqif.MAWQIF.task_labels("label")
    assert str(raised.value) == (
        "the corpus mawqif has no labels for the task 'label', only for stance, sentiment, sarcasm; "
        "choose one of these with task="
    )


def test_the_authors_split(read_mirror):
    splits = read_mirror("mawqif")
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 3502, "test": 619}
    assert {row.target for row in splits["train"]} == {"Covid Vaccine", "Digital Transformation", "Women empowerment"}
    assert Counter(row.stance for row in splits["test"]) == {"favor": 380, "against": 180, "neutral": 59}
    assert Counter(row.sarcasm for row in splits["test"]) == {"not_sarcastic": 593, "sarcastic": 26}


def test_a_target_never_seen(read_mirror):
    splits = read_mirror("mawqif_unseen")
    assert {row.target for row in splits["train"]}.isdisjoint(row.target for row in splits["test"])
    assert {row.target for row in splits["test"]} == {"Women empowerment"}
