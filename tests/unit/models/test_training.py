import functools
import logging
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from transformers import BertForSequenceClassification

from janib.errors import ConfigError, ModelError
from janib.models.encoders.huggingface import make_tiny
from janib.models.transformer.checkpoints import read_checkpoint, write_checkpoint
from janib.models.transformer.training import (
    SCORE,
    SHORT,
    QuickDropout,
    Training,
    TrainingOptions,
    choose_dtype,
    group_parameters,
    make_batches,
    stack,
)

pytestmark = pytest.mark.usefixtures("one_thread")

ROWS = [{"input_ids": [2, *range(5, 6 + i % 7), 3], "attention_mask": [1] * (3 + i % 7)} for i in range(42)]
GOLD = torch.tensor([i % 7 // 3 for i in range(42)])
OPTIONS = {"epochs": 3, "batch_size": 4, "learning_rate": 1e-3, "checkpoint_steps": 4}
STEPS = 33


class KilledError(Exception):
    pass


def make(folder=None, scores=(), seed=0, die_at=None, log=None, **options):
    """Make a training of a tiny BERT; validation says ``scores``, and ``die_at`` kills it at that step."""
    torch.manual_seed(seed)
    model = BertForSequenceClassification(make_tiny({"num_labels": 3})[0])

    def tell(step, values):
        if log is not None:
            log.append((step, values))

    def loss(logits, rows, batch):
        if training._step == die_at:
            raise KilledError
        return nn.functional.cross_entropy(logits, GOLD[rows])

    training = Training(
        model=model,
        encode=lambda _: ROWS,
        pad_id=0,
        loss=loss,
        options=TrainingOptions(**{**OPTIONS, **options}),
        identity="tiny",
        seed=seed,
        evaluate=(lambda: {SCORE: scores[len(training.history)]}) if scores else None,
        checkpoint_dir=folder,
        on_log=tell,
    )
    return training


def weigh(training):
    return torch.cat([parameter.detach().flatten() for parameter in training.model.parameters()])


def train(**arguments):
    training = make(**arguments)
    training.run()
    return training


train_once = functools.cache(train)  # undisturbed, and compared with many times


@pytest.mark.parametrize("options", [{}, {"accumulation": 3, "ema": 0.9, "patience": 2}, {"precision": "bf16"}])
@pytest.mark.parametrize("deaths", [(1,), (4,), (7, 12, 30)])
def test_a_resumed_training_ends_with_the_same_weights(tmp_path, options, deaths):
    scores = (0.5, 0.7, 0.6)
    undisturbed = train_once(scores=scores, **options)
    for step in deaths:
        with pytest.raises(KilledError):
            train(folder=tmp_path, scores=scores, die_at=step // options.get("accumulation", 1), **options)
    resumed = train(folder=tmp_path, scores=scores, **options)
    assert torch.equal(weigh(resumed), weigh(undisturbed))
    assert resumed.history == undisturbed.history


def test_a_finished_training_is_not_done_again(tmp_path):
    first = train(folder=tmp_path)
    second = make(folder=tmp_path, die_at=STEPS)
    second.run()
    assert torch.equal(weigh(first), weigh(second))


def test_the_newest_two_checkpoints_stay_and_nothing_else(tmp_path):
    train(folder=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000032.pt", "step-00000033.pt"]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_newest_checkpoint_gives_way_to_the_one_before(tmp_path, caplog, damage):
    undisturbed = train_once()
    with pytest.raises(KilledError):
        train(folder=tmp_path, die_at=14)
    path = max(tmp_path.glob("step-*.pt"))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes({"cut": content[: len(content) // 2], "flip": content, "empty": b""}[damage])
    resumed = train(folder=tmp_path)
    assert caplog.messages == [f"checkpoint {path} is damaged; resuming from the one before"]
    assert torch.equal(weigh(resumed), weigh(undisturbed))


def test_with_every_checkpoint_damaged_it_starts_again(tmp_path, caplog):
    with pytest.raises(KilledError):
        train(folder=tmp_path, die_at=14)
    for path in tmp_path.glob("step-*.pt"):
        path.write_bytes(b"no checkpoint")
    assert torch.equal(weigh(train(folder=tmp_path)), weigh(train_once()))
    assert len(caplog.messages) == 2


def test_a_checkpoint_that_could_run_code_is_not_read(tmp_path):
    write_checkpoint(tmp_path, 1, {"step": KilledError})
    assert read_checkpoint(tmp_path) is None


@pytest.mark.parametrize("change", [{"seed": 1}, {"learning_rate": 1e-4}])
def test_another_trainings_checkpoints_are_refused(tmp_path, change):
    train(folder=tmp_path, epochs=1)
    with pytest.raises(ModelError) as caught:
        train(folder=tmp_path, **{"epochs": 1, **change})
    assert str(caught.value) == (
        f"the checkpoints in {tmp_path} are of another training (other options, rows, seed or encoder); "
        "give an empty folder, or delete them to start again"
    )


def test_patience_stops_and_keeps_the_best_epoch(caplog):
    caplog.set_level(logging.INFO)
    scores = (0.2, 0.5, 0.4, 0.4, 0.9)
    stopped = train(scores=scores, epochs=5, patience=2)
    assert (len(stopped.history), stopped.best_epoch) == (4, 2)
    assert re.fullmatch(r"epoch 2 of 5: train/loss \d\.\d{4}, valid/macro_f1 0\.5000", caplog.messages[1])
    whole = make(scores=scores, epochs=5)
    seen = []
    whole.evaluate = lambda: seen.append(weigh(whole)) or {SCORE: 0.0}
    whole.run()
    assert torch.equal(weigh(stopped), seen[1])
    assert torch.equal(weigh(whole), seen[4])


def test_no_validation_means_no_best_epoch():
    assert train(epochs=1).best_epoch is None


def test_the_learning_rate_rises_then_falls_to_nothing():
    log = []
    train(log=log, epochs=10, batch_size=42, warmup=0.2, learning_rate=1.0)
    rates = [values["train/learning_rate"] for _, values in log]
    assert rates == pytest.approx([0.5, 1, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8])


def test_accumulated_batches_are_as_one():
    with_dropout_off = {"epochs": 1, "max_grad_norm": 1.0, "precision": "fp32"}
    weights = []
    for size, count in ((42, 1), (21, 2)):
        training = make(**with_dropout_off, batch_size=size, accumulation=count)
        for module in training.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        training.model.config.attention_probs_dropout_prob = 0.0
        for layer in training.model.bert.encoder.layer:
            layer.attention.self.dropout.p = 0.0
        training.run()
        weights.append(weigh(training))
    torch.testing.assert_close(*weights, atol=1e-4, rtol=0)


def test_the_average_lags_behind():
    plain, averaged, start = train_once(), train(ema=0.99), make()
    assert not torch.equal(weigh(plain), weigh(averaged))
    assert (weigh(averaged) - weigh(start)).norm() < (weigh(plain) - weigh(start)).norm()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_quick_dropout_is_dropout(p):
    values = torch.full((501, 401), 2.0, requires_grad=True)
    dropout = QuickDropout(p)
    torch.manual_seed(0)
    found = dropout(values)
    found.sum().backward()
    assert (found == 0).float().mean().item() == pytest.approx(p, abs=0.005)
    assert found.unique().tolist() == pytest.approx([0, 2 / (1 - p)])
    torch.testing.assert_close(values.grad, found.detach() / 2)
    assert not torch.equal(found, dropout(values))
    assert torch.equal(dropout.eval()(values), values)


def test_layers_have_their_learning_rates():
    model = make().model
    options = TrainingOptions(learning_rate=1.0, head_learning_rate=7.0, layer_decay=0.5, weight_decay=0.1)
    groups = group_parameters(model, options)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    found = {names[id(p)]: (group["lr"], group["weight_decay"]) for group in groups for p in group["params"]}
    assert set(found) == set(names.values())
    assert found["classifier.weight"] == found["bert.pooler.dense.weight"] == (7.0, 0.1)
    assert found["classifier.bias"] == (7.0, 0.0)
    assert found["bert.encoder.layer.1.output.dense.weight"] == (1.0, 0.1)
    assert found["bert.encoder.layer.0.output.dense.weight"] == (0.5, 0.1)
    assert found["bert.encoder.layer.0.output.LayerNorm.weight"] == (0.5, 0.0)
    assert found["bert.embeddings.word_embeddings.weight"] == (0.25, 0.1)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=300), st.integers(1, 9), st.integers(0, 3))
def test_batches_hold_every_row_once(lengths, size, epoch):
    batches = make_batches(lengths, size, 0, epoch)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size
    assert batches == make_batches(lengths, size, 0, epoch)


def test_batches_hold_rows_of_like_length_in_another_order_each_epoch():
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(10, 100, (800,), generator=generator).tolist()
    batches = make_batches(lengths, 16, 0, 0)
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    assert padded < 1.05 * sum(lengths)
    assert batches != make_batches(lengths, 16, 0, 1)
    assert batches != make_batches(lengths, 16, 1, 0)


def test_padding_is_masked():
    rows = [{"input_ids": [5], "attention_mask": [1]}, {"input_ids": [6, 7], "attention_mask": [1, 1]}]
    padded = stack(rows, 9, torch.device("cpu"))
    assert padded["input_ids"].tolist() == [[5, 9], [6, 7]]
    assert padded["attention_mask"].tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize("capability", ["avx512_bf16", "amx_bf16", None])
def test_bf16_only_where_the_processor_has_it(monkeypatch, capability):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {capability: True})
    cpu = torch.device("cpu")
    assert choose_dtype("auto", cpu) is (torch.float32 if capability is None else torch.bfloat16)
    assert choose_dtype("bf16", cpu) is torch.bfloat16
    assert choose_dtype("fp32", cpu) is torch.float32


def test_bf16_keeps_full_weights():
    training = train(epochs=1, precision="bf16")
    assert weigh(training).dtype == torch.float32
    assert not torch.equal(weigh(training), weigh(train(epochs=1, precision="fp32")))


@pytest.mark.parametrize(("width", "attention"), [(9, "eager"), (SHORT + 1, "sdpa"), (None, "sdpa")])
def test_short_batches_have_another_attention_that_says_the_same(width, attention):
    training = make(precision="bf16")
    training.model.eval()
    batch = stack(ROWS[:8], 0, torch.device("cpu"))
    with torch.no_grad():
        expected = training.model(**batch).logits
        training._choose_attention(width)
        found = training.model(**batch).logits
    assert training.model.config._attn_implementation == attention
    torch.testing.assert_close(found, expected)


def test_training_leaves_the_models_own_attention():
    assert train(epochs=1, precision="bf16").model.config._attn_implementation == "sdpa"


def test_gradient_checkpointing_changes_no_weight():
    training = make(epochs=1)
    training.model.activation_checkpointing_enable()
    training.run()
    torch.testing.assert_close(weigh(training), weigh(train(epochs=1)))


def test_patience_of_nothing_is_an_error():
    with pytest.raises(ConfigError, match=r"^training.patience is 0, expected a whole number of at least 1$"):
        TrainingOptions(patience=0)
