from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora.base import Splits
from janib.corpora.readers.arsarcasm import ARSARCASM_V2
from janib.errors import DataError
from janib.schema import Example

HEADER = "tweet,sarcasm,sentiment,dialect"


def test_tweets_stay_as_published(write: Callable[..., Path]) -> None:
    train = write("train.csv", HEADER, '"""مباراة جميلة 😍""",FALSE,POS,msa', '"سطر,', 'ثان",TRUE,NEG,egypt')
    test = write("test.csv", HEADER, "خبر عادي ,FALSE,NEU,gulf")
    assert ARSARCASM_V2.read([train, test]) == {
        "train": [
            Example(id="train-1", text='"مباراة جميلة 😍"', sentiment="positive", sarcasm="not_sarcastic"),
            Example(id="train-2", text="سطر,\nثان", sentiment="negative", sarcasm="sarcastic"),
        ],
        "test": [Example(id="test-1", text="خبر عادي ", sentiment="neutral", sarcasm="not_sarcastic")],
    }


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("نص,FALSE,MIX,msa", "label 'MIX' is unknown, expected one of NEG, NEU, POS"),
        ("نص,MAYBE,NEG,msa", "label 'MAYBE' is unknown, expected one of FALSE, TRUE"),
    ],
)
def test_an_unknown_label_is_named_with_its_place(write: Callable[..., Path], row: str, problem: str) -> None:
    path = write("train.csv", HEADER, row)
    with pytest.raises(DataError) as caught:
        ARSARCASM_V2.read([path, path])
    assert str(caught.value) == f"{path}, row 1 (line 2): {problem}"


def test_counts(read_mirror: Callable[[str], Splits]) -> None:
    splits = read_mirror("arsarcasm_v2")
    assert {split: Counter(row.sentiment for row in rows) for split, rows in splits.items()} == {
        "train": {"neutral": 5747, "negative": 4621, "positive": 2180},
        "test": {"negative": 1677, "neutral": 748, "positive": 575},
    }
    assert {split: Counter(row.sarcasm for row in rows) for split, rows in splits.items()} == {
        "train": {"not_sarcastic": 10380, "sarcastic": 2168},
        "test": {"not_sarcastic": 2179, "sarcastic": 821},
    }
    quoted = {split: sum(row.text[0] == row.text[-1] == '"' for row in rows) for split, rows in splits.items()}
    assert quoted == {"train": 7617, "test": 6}  # as the notes say
