from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora.base import Splits
from janib.corpora.readers.exaasc import EXAASC
from janib.errors import DataError
from janib.schema import Example

HEADER = "id,main,reply,target,user_id,stance_target_1,stance_target_2,majority,label"


def make_line(number: int, target: str, reply: str = "كلام", majority: str = "comment") -> str:
    main = f'"""قال <span class=""stance-tagging"">{target}</span> كلمته"""'
    return f"{number},{main},{reply},{target},70.0,,{majority},{majority},2.0"


def test_markup_and_double_quoting_are_undone(write: Callable[..., Path]) -> None:
    main = '"""قال <span class=""stance-tagging"">#رئيس_البلدية</span> """"سنبني"""" اليوم"""'
    reply = '"""@a نعم """"سنبني"""" &lt;3"""'
    path = write("test_final.csv", HEADER, f"7,{main},{reply},#رئيس_البلدية,70.0,support,,support,0.0")
    assert EXAASC.read([path]) == {
        "train": [
            Example(
                id="7",
                text='@a نعم "سنبني" &lt;3',
                target="رئيس البلدية",
                context='قال #رئيس_البلدية "سنبني" اليوم',
                document="tweet 1",
                group="رئيس البلدية",
                stance="favor",
            )
        ]
    }


@pytest.mark.parametrize(
    ("marked", "target"),
    [
        ("رئيس البلدية", "رئيس البلدية"),
        ("#رئيس_البلدية", "رئيس البلدية"),
        ("رئيس البلدية.", "رئيس البلدية"),
        ("رئيس البلدية:", "رئيس البلدية"),
        ("د.سليم", "د.سليم"),
    ],
)
def test_spellings_of_a_target_are_merged(write: Callable[..., Path], marked: str, target: str) -> None:
    (row,) = EXAASC.read([write("test_final.csv", HEADER, make_line(1, marked))])["train"]
    assert (row.target, row.group) == (target, target)


def test_replies_to_one_tweet_share_its_document(write: Callable[..., Path]) -> None:
    lines = [make_line(1, "سليم"), make_line(2, "سليم", "لا", "deny"), make_line(3, "كريم")]
    rows = EXAASC.read([write("test_final.csv", HEADER, *lines)])["train"]
    assert [row.document for row in rows] == ["tweet 1", "tweet 1", "tweet 2"]
    assert [row.stance for row in rows] == ["neutral", "against", "neutral"]


def test_an_unknown_label_is_named_with_its_place(write: Callable[..., Path]) -> None:
    path = write("test_final.csv", HEADER, make_line(1, "سليم", majority="favor"))
    with pytest.raises(DataError) as caught:
        EXAASC.read([path])
    assert str(caught.value) == (
        f"{path}, row 1 (line 2): label 'favor' is unknown, expected one of support, deny, comment"
    )


def test_counts(read_mirror: Callable[[str], Splits]) -> None:
    splits = read_mirror("exaasc")
    assert {split: Counter(row.stance for row in rows) for split, rows in splits.items()} == {
        "train": {"neutral": 1046, "against": 1012, "favor": 685}
    }
    rows = splits["train"]
    assert len({row.document for row in rows}) == 22
    assert len({row.target for row in rows}) == 18
    assert sum(row.target == "ولي العهد" for row in rows) == 294 + 167
    assert not any("<span" in (row.context or "") for row in rows)
    assert not any('""' in row.text for row in rows)
