from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora.base import Splits
from janib.corpora.readers.dse import DSE, DSE_DIRECTED
from janib.errors import DataError
from janib.schema import Example


def read_one(write: Callable[..., Path], line: str, corpus=DSE) -> list[Example]:
    path = write("train.txt", line)
    return corpus.read([path, path, path])["train"]


def test_rows_stand_as_published(write: Callable[..., Path]) -> None:
    path = write("train.txt", "[Baker]s blamed [Clark ] twice.\tBaker\tClark\t3", "[A] met [B].\tA\tB\t0")
    splits = DSE.read([path, path, path])
    assert list(splits) == ["train", "valid", "test"]
    assert splits["train"] == [
        Example(
            id="train-1",
            text="[Baker]s blamed [Clark ] twice.",
            target="Clark",
            speaker="Baker",
            label="p_to_q_negative",
        ),
        Example(id="train-2", text="[A] met [B].", target="B", speaker="A", label="neutral"),
    ]
    assert splits["test"][0].id == "test-1"


def test_quoted_cells_are_read_as_csv(write: Callable[..., Path]) -> None:
    line = '"[Baker] said: ""No.""[The Clark] left."\tBaker\t"The ""Clark"""\t4'
    (row,) = read_one(write, line)
    assert row.text == '[Baker] said: "No."[The Clark] left.'
    assert row.target == 'The "Clark"'


def test_a_quote_within_a_cell_is_a_quote(write: Callable[..., Path]) -> None:
    (row,) = read_one(write, 'It was [Baker] who "met" [Clark].\tBaker\tClark\t0')
    assert row.text == 'It was [Baker] who "met" [Clark].'


@pytest.mark.parametrize(
    ("label", "p_to_q", "q_to_p"),
    [
        ("0", "neutral", "neutral"),
        ("1", "favor", "neutral"),
        ("2", "neutral", "favor"),
        ("3", "against", "neutral"),
        ("4", "neutral", "against"),
    ],
)
def test_a_label_gives_a_stance_for_each_direction(
    write: Callable[..., Path], label: str, p_to_q: str, q_to_p: str
) -> None:
    there, back = read_one(write, f"[Baker] on [Clark].\tBaker\tClark\t{label}", DSE_DIRECTED)
    assert (there.speaker, there.target, there.stance) == ("Baker", "Clark", p_to_q)
    assert (back.speaker, back.target, back.stance) == ("Clark", "Baker", q_to_p)


def test_directed_rows_lose_the_brackets_and_share_a_group(write: Callable[..., Path]) -> None:
    there, back = read_one(write, "[Baker]s blamed [Clark].\tBaker\tClark\t3", DSE_DIRECTED)
    assert there == Example(
        id="train-1.p_to_q",
        text="Bakers blamed Clark.",
        target="Clark",
        speaker="Baker",
        group="train-1",
        stance="against",
        sentiment="negative",
    )
    assert (back.id, back.group, back.sentiment, back.label) == ("train-1.q_to_p", "train-1", "neutral", None)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("[Baker] met [Clark].\tBaker\tClark", "found 3 cells, expected sentence, p, q and label"),
        ("[Baker] met Clark.\tBaker\tClark\t0", "expected two entities in square brackets; check the line"),
        ("[Baker] met [Clark].\tBaker\tClark\t5", "label '5' is unknown, expected one of 0, 1, 2, 3, 4"),
    ],
)
def test_an_odd_line_is_refused(write: Callable[..., Path], line: str, problem: str) -> None:
    path = write("train.txt", "[A] met [B].\tA\tB\t0", line)
    with pytest.raises(DataError) as caught:
        DSE.read([path, path, path])
    assert str(caught.value) == f"{path}, line 2: {problem}"


def test_counts(read_mirror: Callable[[str], Splits]) -> None:
    splits = read_mirror("dse")
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 13144, "valid": 1461, "test": 1623}
    counts = Counter(row.label for rows in splits.values() for row in rows)
    assert counts == {  # the table of the paper
        "neutral": 10604,
        "p_to_q_positive": 1656,
        "q_to_p_positive": 327,
        "p_to_q_negative": 3163,
        "q_to_p_negative": 478,
    }
    known = {row.text: row.label for row in splits["train"]}
    assert sum(known.get(row.text) == row.label for row in splits["test"]) == 400  # as the notes say
    assert len(splits["train"]) - len(known) == 1611


def test_counts_by_direction(read_mirror: Callable[[str], Splits]) -> None:
    splits = read_mirror("dse_directed")
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 26288, "valid": 2922, "test": 3246}
    stances = Counter(row.stance for rows in splits.values() for row in rows)
    assert (stances["favor"], stances["against"]) == (1656 + 327, 3163 + 478)
    assert not any("[" in row.text for rows in splits.values() for row in rows)
