import itertools
import sys
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import janib
from janib.errors import DataError, MissingExtraError, ModelError
from janib.inference.classifier import Classifier, find_folder, make_predictions
from janib.inference.explain import explain_row
from janib.inference.workers import label_rows
from janib.models.store import save_model
from janib.schema import Example

NAN = float("nan")

SHARES = {"against": 0.25, "neutral": 0.25, "favor": 0.5}


@pytest.fixture
def classifier(model_folder):
    return janib.load(model_folder)


def explain(classifier, *arguments, **options):
    with pytest.raises(DataError) as raised:
        classifier.predict(*arguments, **options)
    return str(raised.value)


def test_labels_and_probabilities_in_order(classifier):
    assert classifier.tasks == ("stance",)
    assert classifier.needs_target
    found = classifier.predict(["رحّب الوزير", "رفضت النقابة"], targets=["الاتفاق", "القانون"])
    assert [prediction.label for prediction in found] == ["favor", "favor"]
    assert found[0].probabilities == SHARES
    assert list(found[0].probabilities) == ["against", "neutral", "favor"]
    assert classifier.predict(["نص"], "المجلس", speakers=["الوزير"], contexts=["سؤال"], task="stance") == found[:1]
    assert classifier.predict((text for text in ["نص"]), "المجلس") == found[:1]
    assert classifier.predict([], targets=[]) == []


def test_a_model_without_targets_needs_none(majority):
    classifier = Classifier(majority, {"provenance": {}})
    assert not classifier.needs_target
    assert classifier.predict(["نص"])[0].probabilities == SHARES
    assert classifier.predict(["نص"], targets=[""])[0].label == "favor"


@pytest.mark.parametrize(
    ("texts", "options", "said"),
    [
        ("نص", {}, "texts is one string, expected a list of strings; write [text]"),
        (["نص"], {}, "the model judges statements towards a target; pass targets=, one a text or one for all"),
        (["نص"], {"targets": ["a", "b"]}, "there are 1 texts and 2 targets; expected as many"),
        (["نص"], {"targets": "a", "speakers": []}, "there are 1 texts and 0 speakers; expected as many"),
        (["نص", ""], {"targets": "a"}, "texts[1] is blank; every row needs one"),
        (["نص", None], {"targets": "a"}, "texts[1] is blank; every row needs one"),
        ([float("nan")], {"targets": "a"}, "texts[0] is of type float, expected a string"),
        (["نص\0"], {"targets": "a"}, "texts[0] holds a NUL byte, the sign of a damaged or binary file; remove it"),
        (
            ["نص" * 50_001],
            {"targets": "a"},
            "texts[0] has 100,002 characters, the most is 100,000; check the file's quoting, or cut the text",
        ),
        (["نص"], {"targets": [None]}, "targets[0] is blank; every row needs one"),
        (
            ["نص"],
            {"targets": "a", "task": "stanse"},
            "the model has no task 'stanse', only stance; did you mean 'stance'?",
        ),
    ],
)
def test_what_cannot_be_labelled(classifier, texts, options, said):
    assert explain(classifier, texts, **options) == said


def test_the_first_of_equals_wins():
    assert [found.label for found in make_predictions(("a", "b"), [(0.5, 0.5), (0.4, 0.6)])] == ["a", "b"]


def test_a_stream_is_labelled_as_it_comes(classifier, monkeypatch):
    monkeypatch.setattr("janib.inference.classifier.CHUNK", 2)
    taken = []

    def give():
        for number in itertools.count():
            taken.append(number)
            yield f"نص {number}"

    found = classifier.stream(give(), itertools.repeat("المجلس"))
    assert taken == []
    assert [one.label for one in itertools.islice(found, 3)] == ["favor"] * 3
    assert taken == [0, 1, 2, 3]
    assert list(classifier.stream(["أ", "ب", "ج"], "المجلس")) == classifier.predict(["أ", "ب", "ج"], "المجلس")
    assert list(classifier.stream([], [])) == []


@pytest.mark.parametrize(
    ("texts", "targets", "said"),
    [
        ("نص", "المجلس", "texts is one string, expected strings one after another; write [text]"),
        (["نص", "نص"], ["المجلس"], "there are 2 texts and 1 targets; expected as many"),
        (["نص"], None, "the model judges statements towards a target; pass targets=, one a text or one for all"),
        (["نص", "نص", "نص", " "], "المجلس", "texts[3] is blank; every row needs one"),
    ],
)
def test_a_bad_stream_is_one_clear_error(classifier, texts, targets, said, monkeypatch):
    monkeypatch.setattr("janib.inference.classifier.CHUNK", 2)
    with pytest.raises(DataError) as raised:
        list(classifier.stream(texts, targets))
    assert str(raised.value) == said


def test_without_a_name_the_shipped_model_is_loaded(majority, tmp_path, monkeypatch):
    monkeypatch.setattr("janib.inference.classifier.SHIPPED", tmp_path / "default")
    save_model(majority, tmp_path / "default", {"which": "both"}, "")
    assert janib.load().manifest["provenance"] == {"which": "both"}


def test_the_shipped_model_knows_who_is_meant():
    text = "رحبت النقابة بقرار الوزارة، وأدانت المجلس"
    assert janib.load().predict([text], ["المجلس"])[0].label == "against"


class Fixed:
    """A model that gives the same numbers whatever it is asked; one row of them for each row."""

    kind = "fixed"
    labels: ClassVar = {"stance": ("against", "neutral", "favor")}

    def __init__(self, *shares):
        self.shares = np.array(shares, np.float64)

    def predict_proba(self, rows):
        if any(row.text == "خلل" for row in rows):
            raise IndexError("out of range")
        return {"stance": self.shares[: len(rows)]}


GOOD = [0.2, 0.3, 0.5]
NO_PROBABILITIES = [
    [NAN, NAN, NAN],
    [NAN, 0.5, 0.5],
    [np.inf, 0, 0],
    [0, 0, 0],
    [1, 1, 1],
    [-0.5, 0.5, 1],
    [0.1, 0.1, 0.1],
]


@pytest.mark.parametrize("bad", NO_PROBABILITIES, ids=str)
def test_a_row_without_probabilities_costs_no_other(bad):
    classifier = Classifier(Fixed(GOOD, bad, GOOD), {"provenance": {}})
    rows = [Example(str(number), "نص") for number in range(3)]
    first, second, third = label_rows(classifier, rows)
    assert first == third == {"stance": classifier.predict(["نص"])[0]}
    assert second.startswith("the stance has the probabilities ")
    assert second.endswith("expected some that sum to 1; the model is damaged, or fails at this text")
    with pytest.raises(DataError, match=r"^row '1': the stance has the probabilities "):
        classifier.predict(["نص"] * 3)
    with pytest.raises(DataError, match="has the probabilities"):
        explain_row(Classifier(Fixed(bad), {"provenance": {}}), rows[0])


def test_a_model_of_a_folder_that_fails_is_one_error():
    assert Classifier(Fixed(GOOD), {"provenance": {}}, Path("model")).predict(["نص"])[0].label == "favor"
    with pytest.raises(ModelError) as raised:
        Classifier(Fixed(GOOD), {"provenance": {}}, Path("model")).predict(["خلل"])
    assert str(raised.value) == (
        "the model in model cannot label these rows (IndexError: out of range); copy the model folder again"
    )
    with pytest.raises(IndexError):  # a fault of a model in memory is a bug
        Classifier(Fixed(GOOD), {"provenance": {}}).predict(["خلل"])


def test_a_model_of_mlflow_needs_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "janib.tracking.store", None)
    with pytest.raises(MissingExtraError, match=r"models:/one@champion.*janib\[experiments\]"):
        find_folder("models:/one@champion")
