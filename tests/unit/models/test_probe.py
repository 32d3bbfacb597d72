import json
import os
from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from janib.errors import ConfigError, DataError, ModelError
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.models import probe
from janib.models.base import Model
from janib.models.encoders.hub import MIRROR
from janib.models.linear import apply_softmax
from janib.models.probe import ProbeModel
from janib.models.store import load_model, save_model
from janib.schema import Example

pytestmark = pytest.mark.usefixtures("one_thread")

STANCE = {"stance": STANCE_LABELS}
BOTH = {"stance": STANCE_LABELS, "sentiment": SENTIMENT_LABELS}
TEXTS = {"against": "نرفض هذا القرار", "neutral": "صدر القرار امس", "favor": "نؤيد القرار كثيرا"}
ROWS = [
    Example(f"{stance}{i}", f"{text} {'جدا ' * (i % 5)}", ("القرار", "المجلس")[i % 2], stance=stance)
    for i in range(2 * probe.FEWEST_ROWS // len(TEXTS) + 2)
    for stance, text in TEXTS.items()
]


def make(labels=STANCE, **settings):
    return ProbeModel(labels=labels, encoder="tiny", **{"c": 1.0, **settings})


def predict(model, rows):
    return model.predict_proba(rows)["stance"]


@pytest.fixture(scope="module")
def fitted():
    return make().fit(ROWS, [])


@pytest.fixture
def encoder(tmp_path):
    """A tiny encoder as a folder, in fp16."""
    embedder = make().fit(ROWS, [])._embedder
    embedder._dtype = torch.float16
    embedder.save(tmp_path / "encoder")
    return tmp_path / "encoder"


def test_it_is_a_model(fitted):
    assert isinstance(fitted, Model)
    assert predict(fitted, ROWS).shape == (len(ROWS), 3)
    np.testing.assert_allclose(predict(fitted, ROWS).sum(axis=1), 1)


def test_learns_what_can_be_learned(fitted):
    assert [STANCE_LABELS[i] for i in predict(fitted, ROWS).argmax(axis=1)] == [row.stance for row in ROWS]


def test_no_rows_give_no_probabilities(fitted):
    assert predict(fitted, []).shape == (0, 3)


def test_rows_are_scored_the_same_in_any_batch_and_gold_is_not_read(fitted):
    rows = [replace(row, text=f"{row.text} غدا", stance=None) for row in ROWS]  # not remembered from training
    together = predict(fitted, rows)
    np.testing.assert_allclose(predict(fitted, rows[::-1])[::-1], together, atol=1e-5)
    np.testing.assert_allclose(np.concatenate([predict(fitted, [row]) for row in rows]), together, atol=1e-5)


def test_embeds_the_mean_over_a_pair_s_tokens(fitted, tmp_path):
    fitted.save(tmp_path)
    tokenizer, model = AutoTokenizer.from_pretrained(tmp_path), AutoModel.from_pretrained(tmp_path)
    row = Example("x", "نؤيد القرار غدا", "القرار")
    with torch.inference_mode():
        mean = model(**tokenizer(row.target, row.text, return_tensors="pt")).last_hidden_state[0].mean(dim=0).numpy()
    ours = fitted._embedder.embed(fitted._reader, [row])
    np.testing.assert_allclose(ours[0], mean / np.linalg.norm(mean), atol=1e-5)


def test_the_prefix_comes_first(fitted):
    with_prefix = make(prefix="query: ")._reader.encode([ROWS[0]], fitted._embedder.pairs)
    written = replace(ROWS[0], target=f"query: {ROWS[0].target}")
    assert with_prefix == make()._reader.encode([written], fitted._embedder.pairs)
    no_target = make(prefix="query: ")._reader.encode([replace(ROWS[0], target="")], fitted._embedder.pairs)
    assert fitted._embedder.tokenizer.decode(no_target[0]["input_ids"]).startswith("[CLS] query :")


def test_what_is_saved_equals_the_regression_on_standardised_features(fitted):
    # The saved coefficients take plain vectors; scaling features by hand and fitting again gives the same predictions.
    embedder, reader = fitted._embedder, fitted._reader
    plain = embedder.embed(reader, ROWS)
    stretched = make()
    stretched._embedder, stretched._targets = embedder, fitted._targets
    linear = fitted._fitted["stance"]
    mean, scale = np.full(32, 0.3), np.linspace(0.5, 2, 32)
    again = stretched._unscale(linear, mean, scale)
    direct = fitted._cross((plain - mean) / scale, ROWS) @ linear.weights + linear.bias
    ours = fitted._cross(plain, ROWS) @ again.weights + again.bias
    np.testing.assert_allclose(apply_softmax(ours), apply_softmax(direct), atol=1e-9)


def test_an_unknown_target_gets_an_answer_of_what_all_share(fitted):
    row = replace(ROWS[0], target="طرف جديد")
    linear = fitted._fitted["stance"]
    vector = fitted._embedder.embed(fitted._reader, [row])
    shared = apply_softmax(vector @ linear.weights[:32] + linear.bias)
    np.testing.assert_allclose(predict(fitted, [row]), shared)


def test_a_target_of_few_rows_is_labelled_by_what_all_share():
    rare = [replace(row, target=f"طرف {i % 30}") for i, row in enumerate(ROWS)]
    model = make().fit([*ROWS, *rare], [])
    assert model._targets == ["القرار", "المجلس"]
    assert len(make().fit(rare, [])._fitted["stance"].weights) == 33


def test_targets_are_told_apart():
    # The same words mean the opposite towards another target.
    swap = {"against": "favor", "favor": "against", "neutral": "neutral"}
    rows = [replace(row, target=t, stance=s) for row in ROWS for t, s in (("ا", row.stance), ("ب", swap[row.stance]))]
    model = make(c=10.0).fit(rows, [])
    assert [STANCE_LABELS[i] for i in predict(model, rows).argmax(axis=1)] == [row.stance for row in rows]


@pytest.mark.parametrize("labels", [STANCE, BOTH])
def test_saves_and_loads(labels, tmp_path):
    rows = [replace(row, sentiment=SENTIMENT_LABELS[i % 3] if i % 4 else None) for i, row in enumerate(ROWS)]
    model = make(labels, cleaning=["strip_tatweel"], prefix="query: ").fit(rows, [])
    save_model(model, tmp_path / "model", {"target_is_given": True}, "# Card\n")
    again, manifest = load_model(tmp_path / "model")
    new = [replace(row, text=f"{row.text} غـــدا") for row in rows]
    for task, probabilities in model.predict_proba(new).items():
        np.testing.assert_array_equal(again.predict_proba(new)[task], probabilities)
    assert json.loads(json.dumps(manifest["settings"])) == model.save(tmp_path)


def test_an_encoder_is_saved_in_its_own_precision(encoder, tmp_path):
    model = ProbeModel(labels=STANCE, encoder=str(encoder)).fit(ROWS, [])
    save_model(model, tmp_path / "model", {}, "# Card\n")
    assert (tmp_path / "model/model.safetensors").read_bytes() == (encoder / "model.safetensors").read_bytes()
    encoder.rename(tmp_path / "gone")  # the saved folder works by itself
    again, _ = load_model(tmp_path / "model")
    new = [replace(row, text=f"{row.text} غدا") for row in ROWS]
    np.testing.assert_array_equal(predict(again, new), predict(model, new))


def test_folds_embed_a_row_once(encoder, monkeypatch):
    computed = []
    compute = probe.Embedder._compute
    monkeypatch.setattr(
        probe.Embedder, "_compute", lambda self, rows: computed.append(len(rows)) or compute(self, rows)
    )
    for fold in (ROWS[:24], ROWS[12:], ROWS):
        ProbeModel(labels=STANCE, encoder=str(encoder)).fit(fold, [])
    assert computed[0] > 0
    assert sum(computed) == len({(row.text, row.target) for row in ROWS})


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    make().fit(ROWS, [])
    assert torch.equal(torch.get_rng_state(), before)


def test_a_label_without_rows_gets_no_probability():
    model = make().fit([row for row in ROWS if row.stance != "neutral"], [])
    assert (predict(model, ROWS)[:, 1] == 0).all()


def expect(error, message, call):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == message


def test_errors_of_the_config():
    expect(ConfigError, "c is 0, expected a number above 0", lambda: make(c=0))
    expect(ConfigError, "fields names party, expected some of target, speaker, context", lambda: make(fields=["party"]))
    expect(
        ConfigError,
        "max_length is 1024, encoder 'tiny' reads at most 512 tokens",
        lambda: make(max_length=1024).fit(ROWS, []),
    )


def test_errors_of_the_data():
    expect(
        DataError,
        "task 'stance' has 1 classes in the training rows (favor), expected at least 2; check the split and the "
        "label column",
        lambda: make().fit([row for row in ROWS if row.stance == "favor"], []),
    )
    expect(
        DataError,
        "the target of row 'x' has more than 4 tokens, half of max_length 8; raise max_length or shorten the target",
        lambda: make(max_length=8).fit([replace(ROWS[0], id="x", target="حزب العدل والبناء"), *ROWS], []),
    )


@pytest.mark.parametrize(
    ("name", "said"), [("probe.npz", "has its weights there"), ("config.json", "no whole encoder")]
)
def test_a_file_that_is_gone(fitted, tmp_path, name, said):
    told = fitted.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ModelError, match=said):
        ProbeModel.load(tmp_path, {**told, "labels": STANCE})


def test_weights_of_other_labels(fitted, tmp_path):
    told = fitted.save(tmp_path)
    expect(
        ModelError,
        f"{tmp_path}/probe.npz is damaged (weights of 3 labels, not 2); expected the arrays that training wrote. "
        "Copy the model folder again",
        lambda: ProbeModel.load(tmp_path, {**told, "labels": {"stance": ("against", "favor")}}),
    )


@pytest.mark.skipif(MIRROR not in os.environ, reason=f"{MIRROR} names no folder of encoders")
def test_the_real_encoder_fits(tmp_path):
    model = ProbeModel(labels=STANCE, encoder="e5_small_ar", prefix="query: ").fit(ROWS, [])
    save_model(model, tmp_path / "model", {}, "# Card\n")
    again, _ = load_model(tmp_path / "model")
    row = Example("x", "نؤيد قرار المجلس", "المجلس")
    np.testing.assert_array_equal(predict(again, [row]), predict(model, [row]))
