from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora.base import Splits
from janib.corpora.readers.semeval2017 import POLITICAL, SEMEVAL2017, SEMEVAL2017_POLITICAL
from janib.errors import DataError
from janib.schema import Example


def test_the_wrapping_quotes_go_and_all_else_stays(write: Callable[..., Path]) -> None:
    text = '"قال": رائع<br /> "جدا \\" \u2028 جدا"'
    path = write("ce.txt", f'12\tميسي\t1\t"{text}"')
    assert SEMEVAL2017.read([path]) == {
        "train": [
            Example(id="12/ميسي", text=text, target="ميسي", document="12", group="ميسي", sentiment="positive"),
        ]
    }


def test_doubled_topics_are_merged_and_keep_their_ids(write: Callable[..., Path]) -> None:
    path = write("ce.txt", '1\tسورية\t0\t"خبر"', '1\tسوريا\t0\t"خبر"', '2\tغوغل\t0\t"خبر"', '3\tباراك أوباما\t0\t"خبر"')
    rows = SEMEVAL2017.read([path])["train"]
    assert [row.target for row in rows] == ["سوريا", "سوريا", "جوجل", "اوباما"]
    assert [row.group for row in rows] == [row.target for row in rows]
    assert len({row.id for row in rows}) == 4


@pytest.mark.parametrize(
    ("points", "sentiment"),
    [("-2", "negative"), ("-1", "negative"), ("0", "neutral"), ("1", "positive"), ("2", "positive")],
)
def test_the_outer_classes_are_clipped(write: Callable[..., Path], points: str, sentiment: str) -> None:
    (row,) = SEMEVAL2017.read([write("ce.txt", f'1\tميسي\t{points}\t"نص"')])["train"]
    assert row.sentiment == sentiment


def test_the_political_corpus_leaves_other_topics_out(write: Callable[..., Path]) -> None:
    path = write("ce.txt", '1\tميسي\t0\t"نص"', '2\tسورية\t0\t"نص"', '3\tحلب\t0\t"نص"')
    assert [row.target for row in SEMEVAL2017_POLITICAL.read([path])["train"]] == ["سوريا", "حلب"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1\tميسي\t0", "found 3 cells, expected tweet id, topic, sentiment and tweet"),
        ("1\tميسي\t0\tنص", "the tweet is not in quotes; expected one pair around every tweet"),
        ('1\tميسي\t0\t"', "the tweet is not in quotes; expected one pair around every tweet"),
        ('1\tميسي\t3\t"نص"', "label '3' is unknown, expected one of -2, -1, 0, 1, 2"),
    ],
)
def test_an_odd_line_is_refused(write: Callable[..., Path], line: str, problem: str) -> None:
    path = write("ce.txt", '9\tميسي\t0\t"نص"', line)
    with pytest.raises(DataError) as caught:
        SEMEVAL2017.read([path])
    assert str(caught.value) == f"{path}, line 2: {problem}"


def test_counts(read_mirror: Callable[[str], Splits]) -> None:
    splits = read_mirror("semeval2017")
    assert {split: Counter(row.sentiment for row in rows) for split, rows in splits.items()} == {
        "train": {"neutral": 1699, "positive": 884 + 1, "negative": 770 + 1}
    }
    rows = splits["train"]
    assert len({row.target for row in rows}) == 31
    assert len({row.id.partition("/")[2] for row in rows}) == 34
    assert max(len(row.text) for row in rows) < 400  # no line swallowed its neighbours


def test_counts_of_the_political_topics(read_mirror: Callable[[str], Splits]) -> None:
    rows = read_mirror("semeval2017_political")["train"]
    assert len(rows) == 1670
    assert {row.target for row in rows} == POLITICAL
    assert len({row.id.partition("/")[2] for row in rows}) == 17
