import dataclasses
import json
import logging
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from janib.errors import ConfigError, DataError, ModelError
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.models.base import Model
from janib.models.tfidf import vocabulary
from janib.models.tfidf.model import MIN_TARGET_ROWS, TfidfModel
from janib.models.tfidf.vocabulary import Vocabulary
from janib.schema import Example
from janib.text.cleaning import compose

CLASSIFIERS = [{"name": "logreg"}, {"name": "svm"}, {"name": "nbsvm"}, {"name": "naive_bayes", "smoothing": 0.1}]
TARGET_USES = ["per_target", "crossed", "ignored"]
WORDS = {
    "favor": ["نؤيد", "ممتاز", "نرحب", "خطوة"],
    "against": ["نرفض", "سيئ", "ضد", "كارثة"],
    "neutral": ["اجتماع", "تقرير", "غدا", "موعد"],
}
COMMON = ["القانون", "الوزارة", "مشروع", "اليوم", "في", "المدينة", "#وسم_جديد", "😀", "من", "هذا"]


def make_rows(n_rows: int = 120, targets: tuple[str, ...] = ("الميناء", "الجسر"), seed: int = 0) -> list[Example]:
    """Rows whose words tell the stance; towards the second target they tell the opposite."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(n_rows):
        stance = str(rng.choice(STANCE_LABELS, p=[0.3, 0.2, 0.5]))
        target = targets[number % len(targets)]
        opposite = {"favor": "against", "against": "favor", "neutral": "neutral"}[stance]
        told = opposite if target == targets[-1] and len(targets) > 1 else stance
        words = [*rng.choice(COMMON, 6), *rng.choice(WORDS[told], 2)]
        rng.shuffle(words)
        sentiment = {"favor": "positive", "against": "negative", "neutral": "neutral"}[told]
        rows.append(Example(str(number), " ".join(words), target, stance=stance, sentiment=sentiment))
    return rows


def make_model(**settings: Any) -> TfidfModel:
    defaults = {
        "labels": {"stance": STANCE_LABELS},
        "seed": 0,
        "cleaning": ["tfidf"],
        "words": [1, 2],
        "chars": [2, 5],
        "min_df": 1,
        "classifier": {"name": "logreg"},
        "target": "per_target",
    }
    return TfidfModel(**(defaults | settings))


def save_and_load(model: TfidfModel, folder: Path) -> TfidfModel:
    return TfidfModel.load(folder, json.loads(json.dumps(model.save(folder))) | {"labels": model.labels})


def count_right(model: TfidfModel, rows: list[Example]) -> float:
    columns = model.predict_proba(rows)["stance"].argmax(axis=1)
    return float(np.mean([STANCE_LABELS[column] == row.stance for column, row in zip(columns, rows, strict=True)]))


CHARACTERS = st.one_of(st.sampled_from("ابتو وا  .#_😀\n\u00a0\u064e"), st.characters(exclude_categories=["Cs"]))
TEXTS = st.lists(st.text(CHARACTERS, max_size=30), min_size=1, max_size=8)


def count_in_scikit_learn(
    texts: list[str], others: list[str], analyzer: str, spans: tuple[int, int], min_df: int
) -> list[np.ndarray]:
    theirs = CountVectorizer(analyzer=analyzer, ngram_range=spans, lowercase=False, min_df=min_df)
    try:
        return [theirs.fit_transform(texts).toarray(), theirs.transform(others).toarray()]
    except ValueError:  # scikit-learn's way to say that there are no terms
        return [np.empty((len(some), 0), int) for some in (texts, others)]


@hypothesis.settings(max_examples=200, deadline=None)
@given(texts=TEXTS, others=TEXTS, low=st.integers(1, 4), more=st.integers(0, 3), min_df=st.integers(1, 2))
def test_ngrams_are_those_of_scikit_learn(texts: list[str], others: list[str], low: int, more: int, min_df: int):
    spans = (low, low + more)
    vocabulary = Vocabulary(spans, spans, list)
    counts = [vocabulary.fit(list(map(str.split, texts)), min_df), vocabulary.count(list(map(str.split, others)))]
    kinds = [count_in_scikit_learn(texts, others, analyzer, spans, min_df) for analyzer in ("word", "char_wb")]
    for found, *theirs in zip(counts, *kinds, strict=True):
        expected = np.hstack(theirs)
        dense = np.zeros(expected.shape, int)
        dense[found.rows, found.terms] = found.values
        np.testing.assert_array_equal(dense, expected)
        assert len(found.rows) == np.count_nonzero(dense)


def test_ngrams_of_a_very_long_word_and_of_no_text():
    vocabulary = Vocabulary((1, 2), (2, 3), list)
    assert not len(vocabulary.count([["كلمة"]]).rows)
    assert vocabulary.fit([["ا" * 200_000], []], 1).values.tolist() == [1, 1, 1, 1, 199_999, 1, 199_998]
    assert not len(vocabulary.count([]).rows)


@pytest.mark.parametrize("cleaning", [["tfidf"], ["strip_retweet", "unify_alif"], ["arabert_v02"]], ids=" ".join)
def test_words_are_cleaned_as_their_text_is(cleaning: list[str]):
    bits = [
        "RT",
        "@x:",
        "إلى",
        "الأمـــام",
        "#وسم_جديد",
        "a.com/ب",
        "😀😀",
        "\u200f",
        "حلووووة",
        "\ue000",
        "&#xE000;",
        "&#10;ا",
    ]
    rng = np.random.default_rng(0)
    rows = [
        Example(str(number), " ".join(rng.choice(bits, 8)), stance=STANCE_LABELS[number % 3]) for number in range(60)
    ]
    clean = compose(cleaning)
    cleaned = [dataclasses.replace(row, text=clean(row.text)) for row in rows]
    ours = make_model(cleaning=cleaning, target="ignored").fit(rows).predict_proba(rows)["stance"]
    expected = make_model(cleaning=[], target="ignored").fit(cleaned).predict_proba(cleaned)["stance"]
    np.testing.assert_array_equal(ours, expected)


@pytest.mark.parametrize(
    ("settings", "theirs"),
    [
        ({"name": "logreg", "c": 2.0}, LogisticRegression(C=2.0, class_weight="balanced", max_iter=1000)),
        ({"name": "svm", "c": 0.5}, LinearSVC(C=0.5, class_weight="balanced", random_state=0)),
        ({"name": "naive_bayes", "smoothing": 0.2}, ComplementNB(alpha=0.2)),
    ],
    ids=lambda value: value.get("name", "") if isinstance(value, dict) else "",
)
def test_predicts_what_the_same_pipeline_in_scikit_learn_predicts(settings: dict[str, Any], theirs: Any):
    rows, others = make_rows(), make_rows(seed=1)
    model = make_model(classifier=settings, cleaning=[]).fit(rows, [])
    ours = model.predict_proba(others)["stance"]
    for target in {row.target for row in rows}:
        features = make_union(
            TfidfVectorizer(lowercase=False, ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(lowercase=False, ngram_range=(2, 5), sublinear_tf=True, analyzer="char_wb"),
        )
        pipeline = make_pipeline(features, theirs)
        own = [row for row in rows if row.target == target]
        pipeline.fit([row.text for row in own], [row.stance for row in own])
        chosen = [place for place, row in enumerate(others) if row.target == target]
        texts = [others[place].text for place in chosen]
        columns = [pipeline.classes_.tolist().index(label) for label in STANCE_LABELS]
        if settings["name"] == "svm":  # calibrated by one factor, which keeps the order
            margins = pipeline.decision_function(texts)[:, columns]
            np.testing.assert_array_equal(ours[chosen].argmax(axis=1), margins.argmax(axis=1))
        else:
            np.testing.assert_allclose(ours[chosen], pipeline.predict_proba(texts)[:, columns], atol=1e-6)


@pytest.mark.parametrize("target", TARGET_USES)
@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda settings: settings["name"])
def test_a_loaded_model_predicts_the_same_to_the_bit(classifier: dict[str, Any], target: str, tmp_path: Path):
    rows = make_rows(80)
    labels = {"stance": STANCE_LABELS, "sentiment": SENTIMENT_LABELS}
    model = make_model(labels=labels, classifier=classifier, target=target).fit(rows, [])
    assert isinstance(model, Model)
    again = save_and_load(model, tmp_path)
    refitted = make_model(labels=labels, classifier=classifier, target=target).fit(rows, [])
    others = [*make_rows(40, seed=1), Example("x", "كلام عن غير ذلك", "هدف جديد"), Example("y", "؟", "الجسر")]
    expected = model.predict_proba(others)
    assert list(expected) == list(labels)
    assert again.labels == model.labels
    for task, probabilities in expected.items():
        assert probabilities.shape == (42, 3)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        for other in (again, refitted):
            assert other.predict_proba(others)[task].tobytes() == probabilities.tobytes()
        one_by_one = np.concatenate([model.predict_proba([row])[task] for row in others])
        assert one_by_one.tobytes() == probabilities.tobytes()
        assert model.predict_proba([])[task].shape == (0, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["tfidf.npz"]


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda settings: settings["name"])
def test_uses_of_the_target(classifier: dict[str, Any]):
    rows, others = make_rows(240), make_rows(120, seed=1)
    right = {
        use: count_right(make_model(classifier=classifier, target=use).fit(rows, []), others) for use in TARGET_USES
    }
    assert right["per_target"] > 0.9
    assert right["crossed"] > 0.8
    assert right["ignored"] < 0.7  # a word means one side of one target and the other side of the other


def test_small_targets_and_targets_of_one_label_use_the_weights_of_all_rows(caplog: pytest.LogCaptureFixture):
    few = [
        Example(f"f{number}", "نرحب", "قليل", stance=STANCE_LABELS[number % 3]) for number in range(MIN_TARGET_ROWS - 1)
    ]
    one_sided = [Example(f"o{number}", "نرفض", "واحد", stance="favor") for number in range(MIN_TARGET_ROWS)]
    model = make_model().fit([*make_rows(), *few, *one_sided], [])
    asked = [Example(target, "نرفض المشروع", target) for target in ("قليل", "واحد", "غير معروف", "الجسر")]
    with caplog.at_level(logging.WARNING):
        answers = model.predict_proba(asked)["stance"]
        model.predict_proba(asked)
    assert caplog.messages == [
        "targets that are unknown or too rare in training are labelled by the weights of all training rows: "
        "'غير معروف', 'قليل', 'واحد'"
    ]
    np.testing.assert_array_equal(answers[0], answers[1])
    np.testing.assert_array_equal(answers[0], answers[2])
    assert not np.array_equal(answers[0], answers[3])


def test_rows_without_a_target_are_a_target_of_their_own():
    model = make_model().fit(make_rows(targets=("", "الجسر")), [])
    blank, unknown = model.predict_proba([Example("a", "نرحب", ""), Example("b", "نرحب", "غير معروف")])["stance"]
    assert blank.argmax() == 2
    assert not np.array_equal(blank, unknown)


@pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda settings: settings["name"])
def test_labels_and_rows_that_training_lacks(classifier: dict[str, Any]):
    rows = [row for row in make_rows() if row.stance != "neutral"]
    unlabelled = [Example("u", "كلمات بلا حكم", "الجسر", stance=None)]
    model = make_model(classifier=classifier, target="ignored").fit([*rows, *unlabelled], [])
    probabilities = model.predict_proba(rows)["stance"]
    assert (probabilities[:, 1] == 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_a_label_of_one_row_is_no_obstacle():
    rows = [*(row for row in make_rows() if row.stance != "neutral"), Example("n", "موعد", "الجسر", stance="neutral")]
    probabilities = make_model(classifier={"name": "svm"}, target="ignored").fit(rows, []).predict_proba(rows)["stance"]
    assert probabilities[-1].argmax() == 1


def test_needs_two_labels():
    rows = [Example(str(number), "نص", "هدف", stance="favor") for number in range(3)]
    message = (
        "task 'stance' has 1 classes in the training rows (favor), expected at least 2; "
        "check the split and the label column"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        make_model().fit(rows, [])


def test_needs_terms():
    rows = [Example("a", "واحد", stance="favor"), Example("b", "ثلج", stance="against")]
    message = (
        "no word or character n-gram is in 2 or more of the 2 training rows; "
        "lower min_df, or check the texts and their cleaning"
    )
    with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
        make_model(min_df=2, chars=[3, 5]).fit(rows, [])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"target": "per_targets"},
            "target use 'per_targets' is unknown; did you mean 'per_target'? "
            "expected one of per_target, crossed, ignored",
        ),
        (
            {"classifier": {"name": "logregg"}},
            "classifier 'logregg' is unknown; did you mean 'logreg'? expected one of logreg, svm, nbsvm, naive_bayes",
        ),
        ({"classifier": {}}, "classifier None is unknown; expected one of logreg, svm, nbsvm, naive_bayes"),
        (
            {"classifier": {"name": "naive_bayes", "c": 1.0}},
            "classifier 'naive_bayes' has no parameter 'c'; it has: smoothing",
        ),
    ],
)
def test_unknown_names(settings: dict[str, Any], message: str):
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        make_model(**settings)


def test_presets_are_saved_step_by_step(tmp_path: Path):
    settings = make_model(target="ignored").fit(make_rows(), []).save(tmp_path)
    assert "tfidf" not in settings["cleaning"]
    assert "unify_alif" in settings["cleaning"]


def test_a_loaded_model_needs_numpy_alone(tmp_path: Path):
    model = make_model(target="crossed").fit(make_rows(), [])
    settings = model.save(tmp_path) | {"labels": {"stance": list(map(str, STANCE_LABELS))}}
    program = f"""
import sys
from pathlib import Path
from janib.models.tfidf.model import TfidfModel
from janib.schema import Example
TfidfModel.load(Path({str(tmp_path)!r}), {settings!r}).predict_proba([Example("a", "نؤيد المشروع", "الجسر")])
print(sorted({{"sklearn", "scipy", "pandas", "torch"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_saving_twice_writes_the_same_bytes(saved: tuple[Path, dict[str, Any]], tmp_path: Path):
    path, settings = saved
    again = tmp_path / "again"
    again.mkdir()
    TfidfModel.load(path.parent, settings).save(again)
    assert (again / path.name).read_bytes() == path.read_bytes()


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    model = make_model().fit(make_rows(), [])
    return tmp_path / "tfidf.npz", model.save(tmp_path) | {"labels": model.labels}


def test_a_missing_file(saved: tuple[Path, dict[str, Any]]):
    path, settings = saved
    path.unlink()
    message = f"{path} is missing; a model of the kind tfidf has its weights there. Copy the model folder again"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        TfidfModel.load(path.parent, settings)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_a_truncated_file(saved: tuple[Path, dict[str, Any]], share: float):
    path, settings = saved
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    expected = r"is damaged \(.*\); expected the arrays that training wrote. Copy the model folder again"
    with pytest.raises(ModelError, match=f"^{re.escape(str(path))} {expected}$"):
        TfidfModel.load(path.parent, settings)


def test_a_file_of_pickles(saved: tuple[Path, dict[str, Any]]):
    path, settings = saved
    np.savez(path, allow_pickle=True, words=np.array([{}], dtype=object))
    with pytest.raises(ModelError, match=r"words\.npy is an array of object, expected numbers"):
        TfidfModel.load(path.parent, settings)


def test_a_file_of_another_model(saved: tuple[Path, dict[str, Any]]):
    path, settings = saved
    settings["labels"] = {"stance": ("against", "favor")}
    message = (
        f"{path} is damaged (weights of 3 labels, not 2); expected the arrays that training wrote. "
        "Copy the model folder again"
    )
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        TfidfModel.load(path.parent, settings)


def test_threads_share_a_model(tmp_path):
    model = save_and_load(make_model(target="ignored").fit(make_rows()), tmp_path)
    parts = [[Example("1", f"نؤيد القانون {part}{number} ممتاز") for number in range(40)] for part in range(64)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda rows: model.predict_proba(rows)["stance"], parts))
    alone = [model.predict_proba(rows)["stance"] for rows in parts]
    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))


def test_earlier_predictions_change_no_later_one(tmp_path):
    model = make_model(target="ignored").fit(make_rows())
    rows = make_rows(seed=3)
    expected = save_and_load(model, tmp_path).predict_proba(rows)["stance"]
    for asked in (rows[:1], rows[:1], [], [Example("1", "")]):  # also without a new word
        model.predict_proba(asked)
    assert np.array_equal(model.predict_proba(rows)["stance"], expected)


def test_a_full_cache_is_emptied_and_predictions_stay_the_same(tmp_path, monkeypatch):
    model = make_model(target="ignored").fit(make_rows())
    rows = make_rows(seed=3)
    expected = model.predict_proba(rows)["stance"]
    monkeypatch.setattr(vocabulary, "_MAX_WORDS", 3)
    small = save_and_load(model, tmp_path)
    assert np.array_equal(np.concatenate([small.predict_proba([row])["stance"] for row in rows]), expected)
