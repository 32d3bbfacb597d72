import json
from dataclasses import replace

import numpy as np
import pytest

from janib.errors import ConfigError, DataError
from janib.inference.classifier import Classifier
from janib.inference.explain import explain_row
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.models.base import BoundedModel
from janib.models.hybrid import HybridModel
from janib.models.store import load_model, save_model
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example

pytestmark = pytest.mark.usefixtures("one_thread")

STANCE, SENTIMENT = {"stance": STANCE_LABELS}, {"sentiment": SENTIMENT_LABELS}
WORDS = {"against": "نرفض", "neutral": "نناقش", "favor": "نؤيّد"}
MOODS = {"negative": "بحزن 😢", "neutral": "اليوم", "positive": "بفرح 😀"}
ROWS = [
    Example(f"{i}{stance}{mood}", f"{verb} القــرار {word} {i}", target, stance=stance, sentiment=mood)
    for i, target in enumerate(["القرار", "المجلس"] * 3)
    for stance, verb in WORDS.items()
    for mood, word in MOODS.items()
]
NEW = [replace(row, text=f"{row.text} غدًا", stance=None, sentiment=None) for row in ROWS]
TERMS = {"cleaning": ["tfidf"], "words": [1, 2], "chars": [2, 3], "min_df": 1, "target": "per_target"}


def make(labels=STANCE, **settings):
    return HybridModel(labels=labels, **{**TERMS, "encoder": "tiny", "c": 10.0, **settings})


@pytest.fixture(scope="module")
def fitted():
    return make(hints=["sentiment"]).fit(ROWS, [])


def test_it_is_a_model_that_learns_what_can_be_learned(fitted):
    assert isinstance(fitted, BoundedModel)
    shares = fitted.predict_proba(ROWS)
    assert list(shares) == ["stance"]
    np.testing.assert_allclose(shares["stance"].sum(axis=1), 1)
    assert [STANCE_LABELS[i] for i in shares["stance"].argmax(axis=1)] == [row.stance for row in ROWS]
    assert fitted.predict_proba([])["stance"].shape == (0, 3)


def test_rows_are_scored_the_same_in_any_order_and_gold_is_not_read(fitted):
    together = fitted.predict_proba(NEW)["stance"]
    np.testing.assert_allclose(fitted.predict_proba(NEW[::-1])["stance"][::-1], together, atol=1e-5)
    lying = [replace(row, sentiment="positive", stance="against") for row in NEW]
    np.testing.assert_array_equal(fitted.predict_proba(lying)["stance"], together)


def test_without_weight_on_the_encoder_it_is_tfidf():
    tfidf = TfidfModel(labels=STANCE, seed=0, classifier={"name": "logreg", "c": 1.0}, **TERMS).fit(ROWS)
    hybrid = make(c=1.0, encoder_weight=1e-6).fit(ROWS, [])
    np.testing.assert_allclose(hybrid.predict_proba(NEW)["stance"], tfidf.predict_proba(NEW)["stance"], atol=1e-3)


def test_the_encoder_and_the_hint_are_heard():
    plain = make(c=1.0).fit(ROWS, []).predict_proba(NEW)["stance"]
    for settings in ({"encoder_weight": 3.0}, {"hints": ["sentiment"], "hint_weight": 3.0}, {"fields": []}):
        assert np.abs(make(c=1.0, **settings).fit(ROWS, []).predict_proba(NEW)["stance"] - plain).max() > 1e-3


def test_hints_of_training_rows_are_out_of_fold():
    # Sentiment is noise here, and each text is unique: a classifier that has seen a row knows its label, others do not.
    rng = np.random.default_rng(0)
    rows = [
        Example(str(i), f"خبر{i} نص{i}", "الطرف", stance=STANCE_LABELS[i % 3], sentiment=str(mood))
        for i, mood in enumerate(rng.choice(SENTIMENT_LABELS, 60))
    ]
    model = make(hints=["sentiment"]).fit(rows, [])
    gold = [SENTIMENT_LABELS.index(row.sentiment) for row in rows]
    vectors = model._scaling.apply(model._embedder.embed(model._reader, rows))
    seen = model._hint_classifiers["sentiment"].predict_proba(rows, vectors)["sentiment"]
    unseen = model._predict_out_of_fold("sentiment", rows, vectors)
    assert (seen.argmax(axis=1) == gold).mean() > 0.9
    assert (unseen.argmax(axis=1) == gold).mean() < 0.6


def test_rows_without_the_hints_label_are_trained_on_too():
    rows = [replace(row, sentiment=None) if i % 4 else row for i, row in enumerate(ROWS)]
    assert make(hints=["sentiment"]).fit(rows, []).predict_proba(NEW)["stance"].shape == (len(NEW), 3)


def test_an_unknown_target_is_labelled_by_the_weights_of_all_rows(fitted, caplog):
    new = [replace(row, target="طرف جديد") for row in NEW]
    assert (fitted.predict_proba(new)["stance"].argmax(axis=1) == fitted.predict_proba(NEW)["stance"].argmax(1)).all()
    assert "unknown or too rare in training" in caplog.text


@pytest.mark.parametrize(
    ("labels", "settings"),
    [
        (STANCE, {}),
        (STANCE, {"hints": ["sentiment"], "target": "crossed", "prefix": "query: "}),
        ({**STANCE, **SENTIMENT}, {"hints": ["stance", "sentiment"], "target": "ignored"}),
        (SENTIMENT, {"hints": ["stance"], "min_df": 2}),
    ],
)
def test_saves_and_loads(labels, settings, tmp_path):
    model = make(labels, **settings).fit(ROWS, [])
    save_model(model, tmp_path / "model", {"target_is_given": True}, "# Card\n")
    again, manifest = load_model(tmp_path / "model")
    for task, shares in model.predict_proba(NEW).items():
        np.testing.assert_array_equal(again.predict_proba(NEW)[task], shares)
    (tmp_path / "second").mkdir()
    assert json.loads(json.dumps(manifest["settings"])) == again.save(tmp_path / "second")


def test_words_are_explained_by_leaving_them_out(fitted):
    found = explain_row(Classifier(fitted, {"provenance": {}}), Example("x", "نؤيّد القــرار اليوم", "القرار"))
    assert found.method == "occlusion"
    assert max(found.words, key=lambda word: word.effect).word == "نؤيّد"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"c": 0}, "c is 0, expected a number above 0"),
        ({"encoder_weight": float("nan")}, "encoder_weight is nan, expected a number above 0"),
        ({"hint_weight": "1"}, "hint_weight is '1', expected a number above 0"),
        ({"hints": ["sentimant"]}, "hints names 'sentimant'; did you mean 'sentiment'? expected some of"),
        ({"hints": ["stance"]}, "hints names 'stance', the only task itself; leave it out"),
        ({"hints": "sentiment"}, "hints is 'sentiment', expected a list of texts"),
        ({"target": "each"}, "target use 'each' is unknown"),
        ({"words": [2, 1]}, "words is [2, 1], expected two whole numbers"),
        ({"fields": ["party"]}, "fields names party, expected some of"),
        ({"encoder_cleaning": ["evil"]}, "'evil'"),
    ],
)
def test_errors_of_the_config(settings, said):
    with pytest.raises(ConfigError) as raised:
        make(**settings)
    assert said in str(raised.value)


def test_labels_that_are_not_there_are_an_error_before_the_encoder_is_read():
    bare = [replace(row, sentiment=None) for row in ROWS]
    with pytest.raises(DataError, match="task 'sentiment' has 0 classes in the training rows"):
        make(hints=["sentiment"], encoder="nowhere").fit(bare, [])
