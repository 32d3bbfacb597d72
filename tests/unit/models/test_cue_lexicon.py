"""The lexicon model: labels depend on the target, and weights are the same after saving."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.errors import DataError
from janib.labels import STANCE_LABELS
from janib.models import cue_lexicon
from janib.models.base import Model
from janib.models.cue_lexicon import LexiconModel, read_words
from janib.models.store import load_model, save_model
from janib.schema import Example

LABELS = {"stance": STANCE_LABELS}

STATEMENTS = [
    ("رحبت اللجنة بخطوة البلدية ونددت بموقف الشركة", {"البلدية": "favor", "الشركة": "against"}),
    ("أشاد الوزير بدور النقابة واتهم المصرف بالتقصير", {"النقابة": "favor", "المصرف": "against"}),
    ("شكرت الجمعية المدرسة وانتقدت المجلس", {"المدرسة": "favor", "المجلس": "against"}),
    ("التقى الوفد أعضاء الهيئة في مقر الاتحاد", {"الهيئة": "neutral", "الاتحاد": "neutral"}),
    ("بحث الوزير مع المحافظ ملف الطرق في الأردن", {"المحافظ": "neutral", "الأردن": "neutral"}),
]


@pytest.fixture(scope="module")
def model():
    rows = [
        Example(f"{number}.{target}", text, target, stance=stance)
        for number, (text, pairs) in enumerate(STATEMENTS)
        for target, stance in pairs.items()
    ]
    return LexiconModel(labels=LABELS).fit(rows, [])


def label(model, text, target):
    return STANCE_LABELS[model.predict_proba([Example("1", text, target)])["stance"][0].argmax()]


def test_is_a_model(model):
    assert isinstance(model, Model)


def test_one_statement_two_targets(model):
    text = "رحّب الناطق بقرار المحكمة، وندّد بتصريحات الحزب"
    assert label(model, text, "المحكمة") == "favor"
    assert label(model, text, "الحزب") == "against"


@pytest.mark.parametrize(
    "text",
    [
        "ورحّبـــت الجمعيّة بموقفِ البلديّةِ",  # marks and tatweel
        "ورحبت الجمعية بموقف البلدية",
        "ﻭﺭﺣﺒﺖ الجمعية بموقف ﺍﻟﺒﻠﺪﻳﺔ",  # presentation forms
        "\u202bورحبت الجمعية بموقف البلدية\u202c 🎉",
    ],
)
def test_spelling_does_not_matter(model, text):
    assert label(model, text, "البلدية") == "favor"


def test_clitics_before_the_target(model):
    assert label(model, "شكرا للبلدية وبالبلدية نفخر", "البلدية") == "favor"


def test_after_li_the_article_is_written_without_its_alif(lexicon):
    texts = [f"وجّه الوزير شكره {name} على دعمها، وندد بالمعارضة" for name in ("للحكومة", "وللحُكومة", "إلى الحكومة")]
    assert [found.label for found in lexicon.predict(texts, ["الحكومة"] * 3)] == ["favor"] * 3


def test_the_longest_reading_of_a_word_counts_alone(model):
    found = {name for _, _, name in model._find_cues(["وسلامه"])}  # not لام, "blamed"
    assert found == {"side"}
    phrase = model._find_cues(["الحاق", "الهزيمه", "بالنادي"])
    assert phrase == [(0, 1, "condemn")]  # and هزيمة not once more
    assert model._find_cues(["الدعم", "السريع"]) == []


@pytest.mark.parametrize(
    ("text", "target", "stance"),
    [
        ("أكد الناطق عزم البلدية إلحاق الهزيمة بالعصابة", "العصابة", "against"),
        ("وأعلن الناطق فرض عقوبات على النادي", "النادي", "against"),
        ("وتوعد الناطق بتوجيه ضربة قاسية للعصابة", "العصابة", "against"),
        ("وقرر المجلس شن هجوم على العصابة", "العصابة", "against"),
        ("وقال إن العمل مستمر إلى أن يتم القضاء على العصابة", "العصابة", "against"),
        ("وتعهد الناطق بتقديم الدعم للمدرسة", "المدرسة", "favor"),
    ],
)
def test_light_verbs_take_the_side_of_their_noun(lexicon, text, target, stance):
    assert lexicon.predict([text], [target])[0].label == stance


def test_loads_as_it_was_saved(model, tmp_path: Path):
    settings = json.loads(json.dumps({**model.save(tmp_path), "labels": LABELS}))
    again = LexiconModel.load(tmp_path, settings)
    rows = [Example("1", text, target) for text, pairs in STATEMENTS for target in pairs]
    np.testing.assert_allclose(again.predict_proba(rows)["stance"], model.predict_proba(rows)["stance"], atol=1e-3)
    assert not list(tmp_path.iterdir())


def test_own_words_replace_the_shipped_ones():
    rows = [
        Example("1", "زقزق النادي", "النادي", stance="favor"),
        Example("2", "نعق النادي", "النادي", stance="against"),
    ]
    model = LexiconModel(labels=LABELS, words={"praise": ["زقزق"], "condemn": ["نعق"]}).fit(rows, [])
    assert label(model, "وزقزقت للمدرسة", "المدرسة") == "favor"


def test_needs_two_labels():
    with pytest.raises(DataError, match="task 'stance' has 1 classes"):
        LexiconModel(labels=LABELS).fit([Example("1", "نص", stance="favor")], [])


def test_the_list_is_clean():
    words = read_words()
    assert all(words.values())
    for name, found in words.items():
        assert len(set(found)) == len(found), name


@given(text=st.text(), target=st.text())
def test_any_text_has_probabilities(model, text, target):
    shares = model.predict_proba([Example("1", text, target)])["stance"]
    assert shares.shape == (1, 3)
    assert shares.sum() == pytest.approx(1)


def count_slowly(indices, start, end):
    return sum(start <= index < end for index in indices)


@given(
    st.lists(st.sampled_from(["قال", ":", "،", "لم", "لكن", "رحبت", "نددت", "الهيئة", "مجلس", "الأمن"]), max_size=40)
)
def test_features_are_those_of_the_definition(model, words):
    rows = [Example("1", " ".join(words), target) for target in ("الهيئة", "مجلس الأمن", "غيرها")]
    found = model._count(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cue_lexicon, "_count_between", count_slowly)
        np.testing.assert_array_equal(found, model._count(rows))


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("قال: " * 20_000, "الهيئة"),
        ("رحبت، لكن لم " * 7_000, "الهيئة"),
        ("ا " * 50_000, "ا " * 20_000 + "ب"),
        ("مجلس " * 20_000, "مجلس " * 9_000 + "الأمن"),
    ],
)
def test_a_long_text_takes_no_time(model, text, target):
    begun = time.process_time()
    model.predict_proba([Example("1", text, target)])
    assert time.process_time() - begun < 4


def test_a_label_without_training_rows_is_saved_as_strict_json(tmp_path):
    rows = [Example("1", "رحبت", "أ", stance="favor"), Example("2", "نددت", "أ", stance="against")]
    save_model(LexiconModel(labels=LABELS).fit(rows, []), tmp_path / "model", {}, "")
    json.loads((tmp_path / "model/janib.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    found = load_model(tmp_path / "model")[0].predict_proba(rows)["stance"]
    assert found[:, STANCE_LABELS.index("neutral")].tolist() == [0, 0]
