"""What is said not to depend on a seed predicts the same labels with another one."""

import numpy as np
import pytest
import yaml

from janib.labels import STANCE_LABELS
from janib.models.seeds import depends_on_seed
from janib.runs.experiment import make_model
from janib.schema import Example

WORDS = {"favor": "نؤيد الخطة وندعمها", "against": "نرفض الخطة وندينها", "neutral": "بحث الطرفان الخطة"}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    labels = rng.choice(STANCE_LABELS, 240)
    noise = [" ".join(f"كلمة{word}" for word in rng.integers(0, 60, 6)) for _ in labels]
    return [
        Example(str(i), f"{words} {WORDS[label]}" if i % 3 else words, target=f"الجهة {i % 2}", stance=label)
        for i, (label, words) in enumerate(zip(labels.tolist(), noise, strict=True))
    ]


def read_settings(root, name):
    return yaml.safe_load((root / "conf" / "model" / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["majority", "lexicon", "tfidf_logreg", "tfidf_nb", "tfidf_svm", "tfidf_nbsvm"])
def test_another_seed_predicts_the_same_labels(rows, pytestconfig, name):
    settings = read_settings(pytestconfig.rootpath, name)
    assert not depends_on_seed(settings)
    train, other = rows[:160], rows[160:]
    predicted = [
        make_model(settings, {"stance": STANCE_LABELS}, seed).fit(train, []).predict_proba(other)["stance"]
        for seed in (0, 1, 2)
    ]
    first = predicted[0].argmax(axis=1)
    assert all((found.argmax(axis=1) == first).all() for found in predicted)


@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("e5_small_ar", {}, True),
        ("arabert_v02_twitter", {}, True),
        ("probe", {}, False),
        ("probe", {"encoder": "tiny"}, True),
        ("hybrid", {}, False),
        ("hybrid", {"hints": ["sentiment"]}, True),
        ("hybrid", {"encoder": "tiny"}, True),
        ("llm", {}, False),
        ("llm", {"shots": 4}, True),
        ("ensemble", {"combination": "average"}, False),
        ("ensemble", {"combination": "stacking"}, True),
        ("majority", {"kind": None, "_target_": "mine.MyModel"}, True),
    ],
)
def test_models_that_draw_are_known(pytestconfig, name, changes, expected):
    assert depends_on_seed({**read_settings(pytestconfig.rootpath, name), **changes}) is expected
