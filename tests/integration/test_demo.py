"""What `make demo` calls right is right, and what it calls wrong is wrong."""

import csv
from pathlib import Path

import pytest

import janib

EXAMPLES = Path(__file__).parents[2] / "examples"
RIGHT = ["favor", "against", "against", "neutral", "neutral", "favor", "against", "favor"]


@pytest.fixture(scope="module")
def classifier():
    return janib.load()


def label(classifier, name):
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = classifier.predict([row["text"] for row in rows], targets=[row["target"] for row in rows])
    return [one.label for one in found]


def test_the_statements_are_labelled_as_a_reader_does(classifier):
    assert label(classifier, "statements.csv") == RIGHT


def test_the_hard_statements_are_not(classifier):
    assert "against" not in label(classifier, "hard.csv")


def test_two_sides_of_the_article_are_wrong():
    found = janib.analyse((EXAMPLES / "article.txt").read_text(encoding="utf-8")).list_positions()
    assert {one["stance"] for one in found if one["party_id"] == "unrwa"} == {"against"}  # both defend it
    said = [one for one in found if one["party_id"] == "kuwait" and one["speakers"][0]["party_id"] == "jordan"]
    assert [one["stance"] for one in said] == ["neutral"]  # "stands with Kuwait as one row"
