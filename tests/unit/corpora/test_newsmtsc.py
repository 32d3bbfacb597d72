import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora.base import Splits
from janib.corpora.readers.newsmtsc import NEWSMTSC
from janib.errors import DataError
from janib.schema import Example


def make_line(document: str = "polusa_v1_77_-1", polarity: float = 2.0) -> str:
    text = "Adams thanked the council, and she left."
    return json.dumps(
        {
            "primary_gid": f"{document}_3_Ann Adams_0_5",
            "sentence_normalized": text,
            "targets": [
                {
                    "Input.gid": f"{document}_3_Ann Adams_0_5",
                    "from": 0,
                    "to": 5,
                    "mention": "Adams",
                    "polarity": polarity,
                    "further_mentions": [{"from": 31, "to": 34, "mention": "she"}],
                },
                {
                    "Input.gid": f"{document}_3_council_18_25",
                    "from": 18,
                    "to": 25,
                    "mention": "council",
                    "polarity": 6.0,
                },
            ],
        }
    )


def test_a_row_for_each_target(write: Callable[..., Path]) -> None:
    train = write("train.jsonl", make_line(), make_line("allsides_10_4"))
    test = write("devtest.jsonl", make_line("polusa_v1_8_-1", 4.0))
    splits = NEWSMTSC.read([train, test, test])
    assert list(splits) == ["train", "test_mt", "test_rw"]
    assert splits["train"][0] == Example(
        id="polusa_v1_77_-1_3_Ann Adams_0_5",
        text="Adams thanked the council, and she left.",
        target="Adams",
        document="polusa_v1_77",
        group="polusa_v1_77",
        sentiment="negative",
    )
    assert [(row.target, row.group, row.sentiment) for row in splits["train"][1:]] == [
        ("council", "polusa_v1_77", "positive"),
        ("Adams", "allsides_10_4", "negative"),
        ("council", "allsides_10_4", "positive"),
    ]
    assert splits["test_mt"][0].sentiment == "neutral"


def test_an_unknown_polarity_is_named_with_its_place(write: Callable[..., Path]) -> None:
    path = write("train.jsonl", make_line(polarity=5.0))
    with pytest.raises(DataError) as caught:
        NEWSMTSC.read([path, path, path])
    assert str(caught.value) == f"{path}, row 1 (line 1): label '5.0' is unknown, expected one of 2.0, 4.0, 6.0"


def test_a_row_without_a_document_is_refused(write: Callable[..., Path]) -> None:
    path = write("train.jsonl", make_line("other_1"))
    with pytest.raises(DataError) as caught:
        NEWSMTSC.read([path, path, path])
    assert str(caught.value) == (
        f"{path}, row 1 (line 1): 'other_1_3_Ann Adams_0_5' names no document, expected allsides_N_N_… or polusa_v1_N_…"
    )


def test_counts(read_mirror: Callable[[str], Splits]) -> None:
    splits = read_mirror("newsmtsc")
    assert {split: Counter(row.sentiment for row in rows) for split, rows in splits.items()} == {
        "train": {"negative": 3316, "neutral": 3028, "positive": 2395},
        "test_mt": {"neutral": 748, "negative": 482, "positive": 246},
        "test_rw": {"neutral": 455, "negative": 429, "positive": 262},
    }
    documents = {split: {row.document for row in rows} for split, rows in splits.items()}
    shared = {split: len(documents[split] & documents["train"]) for split in ("test_mt", "test_rw")}
    assert shared == {"test_mt": 325, "test_rw": 480}  # as the notes say
    assert [len(documents[split]) for split in shared] == [672, 1018]
    assert all(row.target in row.text for rows in splits.values() for row in rows)
