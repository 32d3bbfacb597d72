import json
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora.readers.arastance import read_arastance
from janib.errors import DataError
from janib.schema import Example

CLAIM = {
    "filename": "a.json",
    "claim": "أغلقت المدارس",
    "claim_url": "http://c/1",
    "article": ["أغلقت المدارس أمس", "المدارس مفتوحة", "سؤال عن المدارس", "كرة القدم"],
    "stance": ["Agree", "Disagree", "Discuss", "Unrelated"],
    "article_title": ["", "", "", ""],
    "article_url": ["http://a/1", "http://a/2", "http://a/3", "http://a/4"],
}


@pytest.fixture
def write_folder(write: Callable[..., Path]) -> Callable[..., Path]:
    """Write the three files, the first with the claim given."""

    def write_files(claim: dict[str, object]) -> Path:
        for name in ("dev.jsonl", "test.jsonl"):
            write(name, json.dumps(CLAIM))
        return write("train.jsonl", json.dumps(claim)).parent

    return write_files


def test_a_row_for_each_article(write_folder: Callable[..., Path]) -> None:
    corpus, splits = read_arastance(write_folder(CLAIM), "label")
    assert corpus.name == "arastance"
    assert corpus.task_labels("label") == ("agree", "disagree", "discuss", "unrelated")
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 4, "valid": 4, "test": 4}
    assert splits["train"][0] == Example(
        id="train-1.0",
        text="أغلقت المدارس أمس",
        target="أغلقت المدارس",
        group="أغلقت المدارس",
        stance="favor",
        label="agree",
    )
    assert [(row.id, row.label, row.stance) for row in splits["valid"][1:]] == [
        ("valid-1.1", "disagree", "against"),
        ("valid-1.2", "discuss", "neutral"),
        ("valid-1.3", "unrelated", None),
    ]


def test_stance_leaves_unrelated_articles_out(write_folder: Callable[..., Path]) -> None:
    _, splits = read_arastance(write_folder(CLAIM), "stance", name="mine")
    assert [row.stance for row in splits["test"]] == ["favor", "against", "neutral"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"stance": ["Agree", "agree", "Discuss", "Unrelated"]},
            "label 'agree' is unknown, expected one of Agree, Disagree, Discuss, Unrelated",
        ),
        ({"stance": ["Agree"]}, "found 4 articles and 1 stances, expected one for each"),
        ({"claim": " "}, "target is blank; every row needs one"),
        ({"article": ["", "", "", ""]}, "text is blank; every row needs one"),
    ],
)
def test_an_odd_claim_is_refused(write_folder: Callable[..., Path], change: dict[str, object], problem: str) -> None:
    folder = write_folder({**CLAIM, **change})
    with pytest.raises(DataError) as caught:
        read_arastance(folder, "label")
    assert str(caught.value) == f"{folder / 'train.jsonl'}, row 1 (line 1): {problem}"


def test_a_claim_without_its_columns_is_refused(write_folder: Callable[..., Path]) -> None:
    folder = write_folder({"claim": "نص", "stance": []})
    with pytest.raises(DataError) as caught:
        read_arastance(folder, "label")
    assert str(caught.value) == (
        f"{folder / 'train.jsonl'}, row 1 (line 1): article is missing; "
        "expected the files as their authors publish them"
    )


def test_a_line_that_is_not_json_is_refused(write: Callable[..., Path]) -> None:
    path = write("train.jsonl", "[]")
    with pytest.raises(DataError) as caught:
        read_arastance(path.parent, "label")
    assert str(caught.value) == f"{path}, row 1 (line 1): the line is a JSON list, expected an object"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_arastance(tmp_path, "stance")
    assert str(caught.value) == f"{tmp_path / 'train.jsonl'} does not exist; check the path"


def test_a_task_it_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_arastance(tmp_path, "sentiment")
    assert str(caught.value) == (
        "the corpus arastance has no labels for the task 'sentiment', only for label, stance; "
        "choose one of these with task="
    )
