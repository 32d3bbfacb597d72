import json

import pytest
import torch

from janib.errors import ConfigError, MissingExtraError
from janib.labels import STANCE_LABELS
from janib.models.transformer.lora import add_adapters
from janib.models.transformer.model import TransformerModel
from janib.schema import Example

pytest.importorskip("peft")

ROWS = [
    Example(str(i), f"{word} {i}", "الحزب", stance=STANCE_LABELS[i % 3])
    for i, word in enumerate(["أدان الوزير", "اجتمع المجلس", "رحبت النقابة"] * 6)
]
LORA = {"rank": 4, "alpha": 8, "dropout": 0.1}


def make(**settings):
    training = {"epochs": 2, "learning_rate": 1e-2, "checkpoint_steps": 1, "precision": "fp32"}
    return TransformerModel(labels={"stance": STANCE_LABELS}, encoder="tiny", lora=LORA, training=training, **settings)


def test_adapters_pooler_and_head_alone_are_trained():
    model = make()._load_encoder()[0]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    add_adapters(model, LORA)
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert {"lora_A" in name or "lora_B" in name for name in trained if ".layer." in name} == {True}
    assert [name for name in trained if ".layer." not in name] == [
        *("bert.pooler.dense.weight", "bert.pooler.dense.bias", "classifier.weight", "classifier.bias")
    ]
    assert sum("lora_A" in name for name in trained) == 12  # six matrices in each of two layers
    assert all(name in before or "base_layer" in name or "lora" in name for name in model.state_dict())


def test_what_is_saved_is_merged(tmp_path):
    model = make().fit(ROWS, ROWS[:6])
    settings = json.loads(json.dumps(model.save(tmp_path)))
    assert settings["lora"] == LORA
    again = TransformerModel.load(tmp_path, {**settings, "labels": {"stance": STANCE_LABELS}})
    assert (again.predict_proba(ROWS)["stance"] == model.predict_proba(ROWS)["stance"]).all()
    assert not any("lora" in name for name in again._model.state_dict())


def test_merged_adapters_say_what_they_said():
    torch.manual_seed(0)
    model, tokenizer = make()._load_encoder()
    adapted = add_adapters(model, LORA)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # zero at first
            torch.nn.init.normal_(parameter, std=0.1)
    inputs = tokenizer("رحبت النقابة بالقرار", return_tensors="pt")
    with torch.inference_mode():
        before = model.eval()(**inputs).logits
    merged = adapted.merge_and_unload()
    with torch.inference_mode():
        torch.testing.assert_close(merged.eval()(**inputs).logits, before, atol=1e-5, rtol=0)


def test_it_goes_on_from_a_checkpoint(tmp_path):
    undisturbed = make().fit(ROWS, [])
    model = make()
    model.checkpoint_dir = tmp_path
    steps = []

    def stop(step, values):
        steps.append(step)
        raise KeyboardInterrupt

    model.on_log = stop
    with pytest.raises(KeyboardInterrupt):
        model.fit(ROWS, [])
    model = make()
    model.checkpoint_dir = tmp_path
    model.fit(ROWS, [])
    assert steps
    assert (model.predict_proba(ROWS)["stance"] == undisturbed.predict_proba(ROWS)["stance"]).all()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rnak": 4}, "lora has no setting 'rnak'; did you mean 'rank'?; it has rank, alpha, dropout"),
        ({"rank": 0}, "lora.rank is 0, expected a whole number of at least 1"),
        ({"rank": 2.5}, "lora.rank is 2.5, expected a whole number of at least 1"),
        ({"alpha": -1}, "lora.alpha is -1, expected a number above 0"),
        ({"dropout": 1.5}, "lora.dropout is 1.5, expected 0 or more and below 1"),
    ],
)
def test_wrong_settings(settings, said):
    with pytest.raises(ConfigError) as caught:
        add_adapters(make()._load_encoder()[0], settings)
    assert str(caught.value) == said


def test_without_peft(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "peft", None)
    with pytest.raises(MissingExtraError) as caught:
        make().fit(ROWS, [])
    assert str(caught.value).endswith("pip install 'janib[lora]'")
