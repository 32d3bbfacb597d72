"""Words that move a label: exact for TF-IDF, by occlusion for any other model; and ``janib explain``."""

import json
import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janib.errors import DataError
from janib.inference.classifier import Classifier
from janib.inference.explain import explain_row
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example

FOR, AGAINST, NEITHER = ["نؤيد", "ممتاز"], ["نرفض", "كارثة"], ["اجتماع", "غدا"]
COMMON = ["القانون", "الوزارة", "#وسم_جديد", "😀", "من", "رِحْلة", "الـمـيناء"]


def make_tfidf(target, **options):
    draw = np.random.default_rng(0)
    told = [
        (stance, word) for stance, words in zip(STANCE_LABELS, (AGAINST, NEITHER, FOR), strict=True) for word in words
    ]
    rows = [
        Example(str(number), " ".join([*draw.choice(COMMON, 4), word]), f"هدف {number % 2}", stance=stance)
        for number, (stance, word) in enumerate(told * 12)
    ]
    settings = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 4], "min_df": 2, "classifier": {"name": "logreg"}}
    model = TfidfModel(labels={"stance": STANCE_LABELS}, seed=0, target=target, **(settings | options))
    return Classifier(model.fit(rows, []), {"provenance": {"target_is_given": True}})


TFIDF = {target: make_tfidf(target) for target in ("per_target", "crossed", "ignored")}
WORDS = st.sampled_from([*FOR, *AGAINST, *NEITHER, *COMMON, "لم", "يُرَ", "؟!", "\u0640", "ﻻ", "👨‍👩‍👧", "&amp;", "@من"])
TEXTS = st.lists(st.tuples(WORDS | st.text(max_size=6), st.sampled_from([" ", "\n", "\u00a0", "  "])), max_size=9).map(
    lambda parts: "".join(word + space for word, space in parts)
)


@settings(max_examples=60, deadline=None)
@given(text=TEXTS, target=st.sampled_from(["هدف 0", "هدف 1", "غيره"]), use=st.sampled_from(list(TFIDF)))
def test_exact_weights_sum_to_the_log_odds(text, target, use):
    row = Example("1", text, target)
    found = explain_row(TFIDF[use], row)
    shares = TFIDF[use].predict_rows([row])["stance"][0].probabilities
    assert math.isclose(found.log_odds, math.log(shares[found.label] / shares[found.other]), abs_tol=1e-9)
    assert [text[word.start : word.end] for word in found.words] == text.split() == [word.word for word in found.words]
    if found.method == "weights":
        assert math.isclose(found.rest + sum(word.effect for word in found.words), found.log_odds, abs_tol=1e-6)


@settings(max_examples=50, deadline=None)
@given(words=st.lists(WORDS, min_size=1, max_size=8))
def test_ordinary_words_are_weighed_exactly(words):
    assert explain_row(TFIDF["crossed"], Example("1", " ".join(words), "هدف 0")).method == "weights"


def test_the_words_that_tell_are_found():
    found = explain_row(TFIDF["ignored"], Example("1", "القانون نرفض من الوزارة", "هدف 0"))
    assert found.label == "against"
    for_it, _ = found.rank_words(1)
    assert [word.word for word in for_it] == ["نرفض"]
    other = explain_row(TFIDF["ignored"], Example("1", "القانون نرفض من الوزارة", "هدف 0"), label="favor")
    assert (other.label, other.other) == ("favor", "against")
    assert math.isclose(other.probability + found.probability, 1, abs_tol=0.5)
    _, against_it = other.rank_words(1)
    assert [word.word for word in against_it] == ["نرفض"]


def test_a_cleaning_across_words_is_occluded():
    classifier = make_tfidf("ignored", cleaning=["strip_retweet", "tfidf"])
    assert explain_row(classifier, Example("1", "نرفض RT القانون", "هدف 0")).method == "occlusion"


class CountingModel:
    """Says favor by the number of words ``نعم``: the logarithm of the odds is that number."""

    kind = "counting"
    labels = {"stance": ("against", "favor"), "sentiment": SENTIMENT_LABELS}  # noqa: RUF012

    def predict_proba(self, rows):
        odds = np.exp([row.text.split().count("نعم") for row in rows])
        stance = np.stack([1 / (1 + odds), odds / (1 + odds)], axis=1)
        return {"stance": stance, "sentiment": np.full((len(rows), 3), 1 / 3)}


COUNTING = Classifier(CountingModel(), {"provenance": {}})


@given(words=st.lists(st.sampled_from(["نعم", "لا"]), max_size=12))
def test_occlusion_is_the_difference_without_the_word(words):
    found = explain_row(COUNTING, Example("1", " ".join(words)), label="favor")
    assert (found.method, found.rest, found.other) == ("occlusion", None, "against")
    assert np.allclose([word.effect for word in found.words], [float(word == "نعم") for word in words])


def test_what_does_not_move_anything_has_no_effect():
    found = explain_row(COUNTING, Example("1", "نعم " * 600), "sentiment")
    assert [word.effect for word in found.words] == [0.0] * 600
    assert found.rank_words(4) == ([], [])


class FailingModel(CountingModel):
    """Has no probabilities for a text of one word."""

    def predict_proba(self, rows):
        found = super().predict_proba(rows)
        found["stance"][[len(row.text.split()) == 1 for row in rows]] = np.nan
        return found


def test_what_is_no_probability_is_no_effect():
    classifier = Classifier(FailingModel(), {"provenance": {}})
    assert explain_row(classifier, Example("1", "نعم لا نعم")).method == "occlusion"
    with pytest.raises(DataError, match=r"^row '1': the stance has the "):
        explain_row(classifier, Example("1", "نعم لا"))


def test_wrong_names():
    with pytest.raises(DataError) as raised:
        explain_row(COUNTING, Example("1", "نعم"), "stanse")
    assert str(raised.value) == "the model has no task 'stanse', only stance, sentiment; did you mean 'stance'?"
    with pytest.raises(DataError) as raised:
        explain_row(COUNTING, Example("1", "نعم"), label="favour")
    assert str(raised.value) == ("the task stance has no label 'favour', only against, favor; did you mean 'favor'?")


@pytest.fixture
def run(tmp_path, monkeypatch, run_janib):
    """Run ``janib explain --model model …``."""
    monkeypatch.chdir(tmp_path)
    save_model(TFIDF["ignored"].model, tmp_path / "model", {"target_is_given": True}, "# Card\n")
    rows = "id,text,target\n1,نرفض القانون,الميناء\n2,,الميناء\n3,نؤيد هذا,الميناء\n"
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")
    return partial(run_janib, "explain", "--model", "model")


def test_a_table_to_read(run):
    code, out, err = run("in.csv")
    assert (code, err) == (0, "")
    assert "\u2068نرفض\u2069" in out
    assert "error: text is blank" in out
    assert "over " in out


def test_json_lines_out(run, tmp_path):
    assert run("in.csv", "out.jsonl") == (0, "", "")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["1", "2", "3"]
    found = lines[0]["explanation"]
    assert [found["task"], found["label"], found["method"]] == ["stance", "against", "weights"]
    assert [word["word"] for word in found["words"]] == ["نرفض", "القانون"]
    total = found["rest"] + sum(word["effect"] for word in found["words"])
    assert math.isclose(total, found["log_odds"], abs_tol=1e-6)
    assert (lines[1]["explanation"], lines[1]["error"]) == (None, "text is blank; every row needs one")


def test_standard_streams(run):
    code, out, _ = run(
        "-", "-", "--format", "jsonl", "--label", "favor", stdin='{"text": "نؤيد", "target": "أ"}'.encode()
    )
    assert code == 0
    assert json.loads(out)["explanation"]["label"] == "favor"


def test_standard_output_by_its_file(run):
    code, out, err = run("in.csv", "/dev/stdout")
    assert (code, err) == (0, "")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["1", "2", "3"]


def test_without_a_name_the_model_that_ships_explains(run_janib):
    row = {"text": "رحّبت الوزارة بقرار المجلس", "target": "المجلس"}
    code, out, _ = run_janib("explain", "-", "-", "--format", "jsonl", stdin=json.dumps(row).encode())
    found = json.loads(out)["explanation"]
    assert (code, found["method"], found["label"]) == (0, "occlusion", "favor")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in.csv", "out.csv"], "out.csv: explanations are written as JSON lines; name it .jsonl"),
        (["in.csv", "out.jsonl", "--strict"], "in.csv, row 2 (line 3): text is blank; every row needs one"),
        (
            ["in.csv", "out.jsonl", "--task", "tone"],
            "the model has no task 'tone', only stance; did you mean 'stance'?",
        ),
        (
            ["in.csv", "--text-column", "txt"],
            "in.csv has no column 'txt', only 'id', 'text', 'target'; "
            "name the right one with --text-column; did you mean 'text'?",
        ),
    ],
)
def test_what_cannot_be_explained(run, tmp_path, arguments, said):
    before = sorted(tmp_path.iterdir())
    assert run(*arguments) == (2, "", f"error: {said}\n")
    assert sorted(tmp_path.iterdir()) == before


def test_a_row_that_the_model_refuses_costs_no_other(run, monkeypatch):
    def refuse(model, rows):
        if any(row.text.startswith("نرفض") for row in rows):
            raise DataError("the target of row '1' has more than 64 tokens")
        return predict_proba(model, rows)

    predict_proba = TfidfModel.predict_proba
    monkeypatch.setattr(TfidfModel, "predict_proba", refuse)
    code, out, _ = run("in.csv", "-")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, [line["error"] for line in lines]) == (
        0,
        ["the target of row '1' has more than 64 tokens", "text is blank; every row needs one", ""],
    )
    assert [line["explanation"] is None for line in lines] == [True, True, False]
