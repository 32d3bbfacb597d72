import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from janib.errors import ConfigError, DataError, ModelError
from janib.models.adaptation import adapt_encoder, hide_tokens
from janib.models.store import load_model, save_model
from janib.models.transformer import TransformerModel
from janib.schema import Example

TEXTS = ["أكد البيان دعم المبادرة", "رفض الوزير العقوبات", "قال المتحدث إن الاتفاق قريب"]
TRAINING = {"batch_size": 3, "learning_rate": 1e-2}


def adapt(folder, texts=TEXTS, **options):
    options = {"encoder": "tiny", "tokens": 500, "training": TRAINING, "max_length": 32} | options
    return adapt_encoder(texts, folder, **options)


@given(st.lists(st.lists(st.integers(5, 40), max_size=12), max_size=6), st.floats(0.05, 0.9), st.integers(0, 3))
def test_hidden_tokens_come_back(texts, share, seed):
    rows = [{"input_ids": [2, *ids, 3], "attention_mask": [1] * (len(ids) + 2)} for ids in texts]
    masked, answers = hide_tokens(rows, {0, 2, 3, 4}, 4, share, 100, seed)
    whole = {tuple(row["input_ids"]) for row in rows}
    for row, answer in zip(masked, answers, strict=True):
        ids = np.array(row["input_ids"])
        assert len(answer) == (ids == 4).sum() >= 1
        ids[ids == 4] = answer
        assert tuple(ids.tolist()) in whole
    read = sum(len(row["input_ids"]) for row in masked)
    assert (100 <= read < 114) if any(texts) else read == 0


def test_encoder_learns_the_texts_and_is_fine_tuned_afterwards(tmp_path):
    losses = []
    read = adapt(tmp_path / "adapted", tokens=4000, on_log=lambda step, values: losses.append(values["train/loss"]))
    assert losses[-1] < losses[0] - 0.5
    assert read["texts"] == 3
    assert 4000 <= read["tokens"] < 4040
    assert 0 < read["hidden"] < read["tokens"]
    assert json.loads((tmp_path / "adapted" / "adaptation.json").read_text())["tokens"] == read["tokens"]
    rows = [Example("1", TEXTS[0], "البيان", stance="favor"), Example("2", TEXTS[1], "الوزير", stance="against")]
    labels = {"stance": ("against", "favor")}
    model = TransformerModel(labels=labels, encoder=str(tmp_path / "adapted"), training={"epochs": 1}, max_length=32)
    model.fit(rows, [])
    save_model(model, tmp_path / "model", {"target_is_given": True}, "stance")
    loaded = load_model(tmp_path / "model")[0].predict_proba(rows)["stance"]
    assert np.allclose(loaded, model.predict_proba(rows)["stance"], atol=1e-5)


def test_every_weight_but_the_poolers_moves(tmp_path):
    from transformers import AutoModel

    before, after = tmp_path / "before", tmp_path / "after"
    adapt(before, tokens=1)
    adapt(after, encoder=str(before))
    old, new = (AutoModel.from_pretrained(folder, local_files_only=True).state_dict() for folder in (before, after))
    assert list(old) == list(new)
    same = {name for name in old if torch.equal(old[name], new[name])}
    assert {"pooler.dense.weight", "pooler.dense.bias"} <= same
    assert not any("layer.0" in name and name.endswith("weight") for name in same)


def test_same_seed_same_weights(tmp_path):
    for name in ("one", "two"):
        adapt(tmp_path / name, seed=7)
    one, two = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "two"))
    assert one == two


def test_bad_input_is_told_before_anything_is_written(tmp_path):
    with pytest.raises(ConfigError, match="share is 1"):
        adapt(tmp_path / "new", share=1)
    with pytest.raises(DataError, match="no texts"):
        adapt(tmp_path / "new", [])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(ModelError, match="is there already"):
        adapt(tmp_path / "full")
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
