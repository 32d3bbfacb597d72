import json
import logging
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertConfig, BertModel

from janib.errors import ConfigError, DataError, ModelError
from janib.labels import SARCASM_LABELS, SENTIMENT_LABELS, STANCE_LABELS, TASK_LABELS
from janib.models.base import Model
from janib.models.encoders.huggingface import make_tiny, read_tokenizer
from janib.models.label_ids import MISSING
from janib.models.store import load_model, save_model
from janib.models.transformer.calibration import fit_temperature, measure_loss, measure_macro_f1
from janib.models.transformer.model import TransformerModel
from janib.schema import Example

pytestmark = pytest.mark.usefixtures("one_thread")

STANCE = {"stance": STANCE_LABELS}
BOTH = {"stance": STANCE_LABELS, "sentiment": SENTIMENT_LABELS}
TEXTS = {"against": "نرفض هذا القرار", "neutral": "صدر القرار امس", "favor": "نؤيد القرار كثيرا"}
ROWS = [
    Example(f"{stance}{i}", f"{text} {'جدا ' * (i % 5)}", "القرار", stance=stance)
    for i in range(12)
    for stance, text in TEXTS.items()
]
QUICK = {"epochs": 2, "batch_size": 8}


def make(labels=STANCE, seed=0, **settings):
    return TransformerModel(labels=labels, encoder="tiny", seed=seed, **{"training": QUICK, **settings})


@pytest.fixture(scope="module")
def fitted():
    return make().fit(ROWS, ROWS[:9])


def weights(model, folder):
    folder.mkdir()
    model.save(folder)
    return (folder / "model.safetensors").read_bytes()


def test_it_is_a_model(fitted):
    assert isinstance(fitted, Model)
    probabilities = fitted.predict_proba(ROWS)
    assert list(probabilities) == ["stance"]
    assert probabilities["stance"].shape == (len(ROWS), 3)
    assert probabilities["stance"].dtype == np.float64
    np.testing.assert_allclose(probabilities["stance"].sum(axis=1), 1)


def test_learns_what_can_be_learned():
    model = make(training={"epochs": 30, "batch_size": 8, "learning_rate": 1e-3}).fit(ROWS, [])
    found = model.predict_proba(ROWS)["stance"].argmax(axis=1)
    assert [STANCE_LABELS[i] for i in found] == [row.stance for row in ROWS]


def test_no_rows_give_no_probabilities(fitted):
    assert fitted.predict_proba([])["stance"].shape == (0, 3)


def test_rows_keep_their_order_and_gold_is_not_read(fitted):
    probabilities = fitted.predict_proba(ROWS)["stance"]
    blind = [replace(row, stance=None) for row in ROWS]
    np.testing.assert_allclose(fitted.predict_proba(blind[::-1])["stance"][::-1], probabilities, atol=1e-6)
    np.testing.assert_allclose(
        np.concatenate([fitted.predict_proba([row])["stance"] for row in blind]), probabilities, atol=1e-6
    )


def test_predictions_are_deterministic(fitted):
    assert (fitted.predict_proba(ROWS)["stance"] == fitted.predict_proba(ROWS)["stance"]).all()


def test_the_seed_decides_the_weights_and_the_global_generator_is_left_alone(tmp_path):
    before = torch.get_rng_state()
    first = weights(make().fit(ROWS, []), tmp_path / "a")
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(3)
    assert weights(make().fit(ROWS, []), tmp_path / "b") == first
    assert weights(make(seed=1).fit(ROWS, []), tmp_path / "c") != first


def test_validation_rows_do_not_change_the_weights_without_patience(tmp_path):
    first = make().fit(ROWS, [])
    second = make().fit(ROWS, ROWS[:9])
    assert weights(first, tmp_path / "a") == weights(second, tmp_path / "b")
    assert (first.best_epoch, first.temperature) == (None, {"stance": 1.0})
    assert second.best_epoch in (1, 2)
    assert second.temperature != {"stance": 1.0}


def test_a_refit_takes_over_what_the_folds_chose():
    folds = [make(training={"epochs": 3, "patience": 1}).fit(ROWS, ROWS[:9]) for _ in range(2)]
    choices = [json.loads(json.dumps(fold.report_choices())) for fold in folds]
    assert choices[0] == {"temperature": folds[0].temperature, "epochs": folds[0].best_epoch}
    refit = make(training={"epochs": 3, "patience": 1})
    refit.adopt_choices([{"temperature": {"stance": 2.0}, "epochs": 1}, {"temperature": {"stance": 8.0}, "epochs": 3}])
    refit.fit(ROWS, [])
    assert refit.temperature == {"stance": pytest.approx(4.0)}
    assert (refit.training.epochs, refit.training.patience) == (2, None)


def test_a_temperature_that_was_fitted_elsewhere_can_be_given():
    given = {"stance": 2.0}
    model = make(temperature=given).fit(ROWS, [])

    assert model.temperature == given
    plain = make().fit(ROWS, []).predict_proba(ROWS)["stance"]
    np.testing.assert_allclose(model.predict_proba(ROWS)["stance"], sharpen(plain, 1 / 2.0), rtol=1e-5)
    assert make(temperature=given).fit(ROWS, ROWS[:6]).temperature != given
    with pytest.raises(ConfigError, match="expected a number for each of stance"):
        make(temperature={"tone": 1.0})


def test_a_model_that_hides_names_says_the_same_of_every_party():
    model = make(hide_target=True).fit(ROWS, [])
    parties = ["القرار", "روسيا", "الأمم المتحدة"]
    rows = [Example(party, f"نرفض {party} كثيرا", party) for party in parties]

    first, *others = model.predict_proba(rows)["stance"]

    assert all(
        np.allclose(first, other, rtol=0, atol=1e-6) for other in others
    )  # rows of one batch differ in the last bit
    assert len({row.tobytes() for row in make().fit(ROWS, []).predict_proba(rows)["stance"]}) == len(parties)


def sharpen(probabilities, power):
    return probabilities**power / (probabilities**power).sum(axis=1, keepdims=True)


def test_class_weights_within_targets():
    rows = [
        *[Example(f"a{i}", "نص", "أ", stance="favor" if i else "against") for i in range(4)],
        *[Example(f"b{i}", "نص", "ب", stance="against") for i in range(2)],
        Example("c", "نص", "أ", sentiment="positive"),
    ]
    gold = np.array([0, 2, 2, 2, 0, 0, MISSING])

    def weigh(**options):
        return make(**options)._weigh_rows(rows, gold).tolist()

    assert weigh() == [1, 1, 1, 1, 1, 1, 0]
    assert weigh(class_weights="target") == pytest.approx([2, *[2 / 3] * 3, 1, 1, 0])
    assert weigh(class_weights="target", class_weight_power=0.5) == pytest.approx(
        [2**0.5, *[(2 / 3) ** 0.5] * 3, 1, 1, 0]
    )
    assert weigh(class_weights="label") == pytest.approx([1, 1, 1, 1, 1, 1, 0])


@pytest.mark.parametrize("labels", [STANCE, TASK_LABELS])
def test_saves_and_loads(labels, tmp_path):
    rows = [
        replace(row, sentiment=SENTIMENT_LABELS[i % 3], sarcasm=SARCASM_LABELS[i % 2]) for i, row in enumerate(ROWS)
    ]
    model = make(labels, cleaning=["strip_tatweel"], class_weights="label").fit(rows, rows[:6])
    settings = model.save(tmp_path)
    again = TransformerModel.load(tmp_path, {**json.loads(json.dumps(settings)), "labels": labels})
    for task, probabilities in model.predict_proba(rows).items():
        assert (again.predict_proba(rows)[task] == probabilities).all()
    assert again.save(tmp_path) == settings


def test_loads_as_any_hugging_face_classifier(fitted, tmp_path):
    fitted.save(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path, local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path, local_files_only=True)
    assert [model.config.id2label[i] for i in range(3)] == list(STANCE_LABELS)
    with torch.inference_mode():
        logits = model(**tokenizer(ROWS[0].target, ROWS[0].text.strip(), return_tensors="pt")).logits
    expected = torch.softmax(logits.double() / fitted.temperature["stance"], dim=-1)
    np.testing.assert_allclose(fitted.predict_proba(ROWS[:1])["stance"], expected, atol=1e-6)


def test_goes_through_the_store(fitted, tmp_path):
    save_model(fitted, tmp_path / "model", {}, "card")
    again, _ = load_model(tmp_path / "model")
    assert (again.predict_proba(ROWS)["stance"] == fitted.predict_proba(ROWS)["stance"]).all()


def test_loading_a_folder_without_weights_is_an_error(fitted, tmp_path):
    settings = fitted.save(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"holds no whole encoder .*; copy the folder again$"):
        TransformerModel.load(tmp_path, {**settings, "labels": STANCE})


def test_loading_cut_off_weights_is_an_error(fitted, tmp_path):
    settings = fitted.save(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match="holds no whole encoder"):
        TransformerModel.load(tmp_path, {**settings, "labels": STANCE})


def test_missing_labels_count_in_no_loss(tmp_path):
    known = [replace(row, sentiment=SENTIMENT_LABELS[i % 3]) for i, row in enumerate(ROWS)]
    partly = [replace(row, sentiment=None) if i % 2 else replace(row, stance=None) for i, row in enumerate(known)]
    model = make(BOTH).fit(partly, partly)
    probabilities = model.predict_proba(partly)
    assert all(np.isfinite(values).all() for values in probabilities.values())
    unlabelled = [Example("x", "بلا رأي", "القرار")]
    assert make(BOTH).fit(partly, unlabelled).best_epoch is None
    assert make(BOTH).fit(partly, partly[::2]).temperature["sentiment"] != 1.0
    assert weights(make(BOTH).fit([*partly, *unlabelled], []), tmp_path / "a") == weights(
        make(BOTH).fit(partly, []), tmp_path / "b"
    )


def test_a_third_head_learns_beside_rows_without_its_labels():
    marks = {"against": "not_sarcastic", "neutral": "not_sarcastic", "favor": "sarcastic"}
    rows = [replace(row, sentiment=SENTIMENT_LABELS[i % 3]) for i, row in enumerate(ROWS)]
    rows = [replace(row, sarcasm=marks[row.stance]) if i % 2 else row for i, row in enumerate(rows)]
    options = {"epochs": 20, "batch_size": 8, "learning_rate": 2e-3}
    model = make(TASK_LABELS, loss_weights={"sentiment": 0.3, "sarcasm": 0.2}, training=options).fit(rows, [])
    found = model.predict_proba(ROWS)
    assert {task: shares.shape[1] for task, shares in found.items()} == {"stance": 3, "sentiment": 3, "sarcasm": 2}
    assert [SARCASM_LABELS[i] for i in found["sarcasm"].argmax(axis=1)] == [marks[row.stance] for row in ROWS]


def test_a_task_without_weight_learns_nothing(tmp_path):
    rows = [replace(row, sentiment=SENTIMENT_LABELS[i % 3]) for i, row in enumerate(ROWS)]
    other = [replace(row, sentiment=SENTIMENT_LABELS[(i + 1) % 3]) for i, row in enumerate(ROWS)]
    first, second = (make(BOTH, loss_weights={"sentiment": 0.0}).fit(given, []) for given in (rows, other))
    assert weights(first, tmp_path / "a") == weights(second, tmp_path / "b")


def test_one_class_is_an_error():
    rows = [row for row in ROWS if row.stance == "favor"]
    with pytest.raises(DataError) as caught:
        make().fit(rows, [])
    assert str(caught.value) == (
        "task 'stance' has 1 classes in the training rows (favor), expected at least 2; "
        "check the split and the label column"
    )


class Seen:
    """Records what the encoder is given."""

    def __init__(self, model):
        self.texts = []
        self.names = set()
        forward = model._model.forward

        def record(**inputs):
            self.names |= set(inputs)
            self.texts += model._tokenizer.batch_decode(inputs["input_ids"])
            return forward(**inputs)

        model._model.forward = record


def read(row, **settings):
    model = make(**settings, training={"epochs": 1}).fit(ROWS[:3], [])
    seen = Seen(model)
    model.predict_proba([row])
    return seen.texts[0].replace("[PAD]", "").strip()


def test_the_pair_is_target_then_text():
    assert read(Example("1", " نعم ", "حزب")) == "[CLS] حزب [SEP] نعم [SEP]"


def test_without_a_target_there_is_one_segment():
    assert read(Example("1", "نعم")) == "[CLS] نعم [SEP]"
    assert read(Example("1", "نعم", "حزب"), fields=[]) == "[CLS] نعم [SEP]"


def test_speaker_and_context_follow_the_target():
    row = Example("1", "نعم", "حزب", speaker="عمر", context="سؤال")
    assert read(row, fields=["target", "speaker", "context"]) == "[CLS] حزب [SEP] عمر [SEP] سؤال [SEP] نعم [SEP]"
    assert read(row, fields=["context"]) == "[CLS] سؤال [SEP] نعم [SEP]"


def test_every_part_is_cleaned():
    row = Example("1", "نعـم", "حـزب", context="ســؤال")
    assert read(row, fields=["target", "context"], cleaning=["strip_tatweel"]) == (
        "[CLS] حزب [SEP] سؤال [SEP] نعم [SEP]"
    )


LONG = Example("1", "ب" * 5 + "ج" * 3 + "د" * 6, "ت" * 8)  # five letters have room


def test_in_training_the_text_is_cut_and_the_target_is_not():
    model = make(max_length=16, training={"epochs": 1}).fit(ROWS[:3], [])
    (read_in_training,) = model._reader.encode([LONG], read_tokenizer(model._tokenizer))
    assert model._tokenizer.batch_decode([read_in_training["input_ids"]]) == [f"[CLS] {'ت' * 8} [SEP] {'ب' * 5} [SEP]"]


def test_a_long_text_is_read_in_windows_that_overlap_and_its_logits_are_averaged():
    model = make(max_length=16, training={"epochs": 1}).fit(ROWS[:3], [])
    (windows,) = model._reader.encode_windows([LONG], read_tokenizer(model._tokenizer))
    assert [model._tokenizer.decode(window["input_ids"]).replace(" ", "") for window in windows] == [
        f"[CLS]{'ت' * 8}[SEP]{part}[SEP]" for part in ("ببببب", "ببججج", "ججددد", "ددددد")
    ]
    alone = model._compute_logits([[window] for window in windows]).double().mean(dim=0)
    found = model.predict_proba([ROWS[0], LONG, ROWS[1]])["stance"][1]
    np.testing.assert_allclose(found, torch.softmax(alone, dim=0), atol=1e-6)


def test_the_context_is_cut_at_half():
    row = Example("1", "ب" * 5, "تتت", context="ثث ججججججججج")
    assert read(row, max_length=16, fields=["target", "context"]) == "[CLS] تتت [SEP] ثث جج [SEP] ببببب [SEP]"


def test_a_target_longer_than_half_is_an_error(fitted):
    with pytest.raises(DataError) as caught:
        fitted.predict_proba([Example("7", "نص", "ت" * 65)])
    assert str(caught.value) == (
        "the target of row '7' has more than 64 tokens, half of max_length 128; raise max_length or shorten the target"
    )


def test_more_tokens_than_the_encoder_reads_is_an_error():
    with pytest.raises(ConfigError) as caught:
        make(max_length=513).fit(ROWS, [])
    assert str(caught.value) == "max_length is 513, encoder 'tiny' reads at most 512 tokens"


def test_token_types_follow_the_tokenizer(tmp_path, monkeypatch):
    config, tokenizer = make_tiny({})
    BertModel(config).save_pretrained(tmp_path / "typed")
    tokenizer.save_pretrained(tmp_path / "typed")
    BertModel(config).save_pretrained(tmp_path / "untyped")
    tokenizer.save_pretrained(tmp_path / "untyped")
    path = tmp_path / "untyped" / "tokenizer_config.json"
    names = {"tokenizer_class": "TokenizersBackend", "model_input_names": ["input_ids", "attention_mask"]}
    path.write_text(json.dumps(json.loads(path.read_text()) | names))
    monkeypatch.setenv("JANIB_MODEL_MIRROR", str(tmp_path))
    for name, typed in (("typed", True), ("untyped", False)):
        model = TransformerModel(labels=STANCE, encoder=name, training=QUICK).fit(ROWS, [])
        seen = Seen(model)
        model.predict_proba(ROWS)
        assert ("token_type_ids" in seen.names) is typed


def test_half_precision_checkpoints_train_in_full(tmp_path, monkeypatch):
    config, tokenizer = make_tiny({})
    BertModel(config).half().save_pretrained(tmp_path / "half")
    tokenizer.save_pretrained(tmp_path / "half")
    monkeypatch.setenv("JANIB_MODEL_MIRROR", str(tmp_path))
    model = TransformerModel(labels=STANCE, encoder="half", training=QUICK).fit(ROWS, [])
    assert {parameter.dtype for parameter in model._model.parameters()} == {torch.float32}
    assert BertConfig.from_pretrained(tmp_path / "half").dtype == torch.float16


def test_dropout_is_what_is_asked_for():
    config = make(dropout=0.3, attention_dropout=0.0).fit(ROWS[:3], [])._model.config
    assert (config.hidden_dropout_prob, config.classifier_dropout, config.attention_probs_dropout_prob) == (0.3, 0.3, 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"class_weights": "equal"}, "class_weights is 'equal', expected label, target or null"),
        ({"fields": ["author"]}, "fields names author, expected some of target, speaker, context"),
        (
            {"loss_weights": {"sarcsm": 0.2}},
            "loss_weights.sarcsm: expected a task, stance, sentiment, sarcasm, label; did you mean 'sarcasm'?",
        ),
        ({"training": {"epochs": 0}}, "training.epochs is 0, expected a whole number of at least 1"),
        ({"training": {"epochs": None}}, "training.epochs is None, expected a whole number of at least 1"),
        ({"training": {"batch_size": 2.0}}, "training.batch_size is 2.0, expected a whole number of at least 1"),
        ({"training": {"warmup": 1.0}}, "training.warmup is 1.0, expected 0 or more and below 1"),
        ({"training": {"precision": "fp8"}}, "training.precision is 'fp8', expected auto, fp32, bf16, fp16"),
    ],
)
def test_settings_that_mean_nothing_are_errors(settings, message):
    with pytest.raises(ConfigError) as caught:
        make(**settings)
    assert str(caught.value) == message


def test_an_unknown_option_names_the_nearest():
    with pytest.raises(ConfigError, match=r"^training has no option 'epoch'; did you mean 'epochs'\?; it has epochs, "):
        make(training={"epoch": 1})


@given(st.floats(0.3, 5), st.integers(0, 100))
def test_the_temperature_is_the_best(scale, seed):
    generator = np.random.default_rng(seed)
    logits = generator.normal(size=(200, 3)) * 2
    gold = np.array([generator.choice(3, p=p) for p in np.exp(logits) / np.exp(logits).sum(1, keepdims=True)])
    gold[::7] = MISSING
    found = fit_temperature(logits * scale, gold)
    best = measure_loss(logits * scale / found, gold)
    assert all(best <= measure_loss(logits * scale / (found * other), gold) + 1e-12 for other in (0.99, 1.01))
    assert fit_temperature(logits, np.full(200, MISSING)) == 1.0


def test_macro_f1_is_scikit_learns():
    sklearn_metrics = pytest.importorskip("sklearn.metrics")
    generator = np.random.default_rng(0)
    logits, gold = generator.normal(size=(50, 3)), generator.integers(0, 3, 50)
    expected = sklearn_metrics.f1_score(gold, logits.argmax(axis=1), average="macro")
    assert measure_macro_f1(logits, gold) == pytest.approx(expected)
    assert measure_macro_f1(np.append(logits, [[9, 0, 0]], axis=0), np.append(gold, MISSING)) == pytest.approx(expected)


@pytest.mark.skipif("JANIB_MODEL_MIRROR" not in os.environ, reason="JANIB_MODEL_MIRROR names no folder of encoders")
def test_the_real_encoder_fits(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    model = TransformerModel(labels=STANCE, encoder="e5_small_ar", training={"epochs": 1, "batch_size": 4})
    model.fit(ROWS[:8], ROWS[:3])
    assert "epoch 1 of 1" in caplog.text
    settings = model.save(tmp_path)
    again = TransformerModel.load(tmp_path, {**settings, "labels": STANCE})
    assert (again.predict_proba(ROWS)["stance"] == model.predict_proba(ROWS)["stance"]).all()
