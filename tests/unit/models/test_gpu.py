"""What a GPU changes, simulated on a CPU."""

import copy

import pytest
import torch

from janib.errors import ConfigError, ModelError
from janib.models.distributed import choose_device
from janib.models.encoders.huggingface import compute_batches
from janib.models.transformer import training
from janib.models.transformer.checkpoints import get_random_states, set_random_states
from janib.models.transformer.model import TransformerModel
from janib.schema import Example

ROWS = [Example(str(i), "نَعَمْ" if i % 2 else "لا ٣", "الحزب", stance=("against", "favor")[i % 2]) for i in range(8)]
LABELS = {"stance": ("against", "favor")}


@pytest.fixture
def gpus(monkeypatch):
    def show(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return show


@pytest.mark.parametrize(
    ("rank", "shown", "number"), [("0", 1, 0), ("1", 1, 0), ("1", 2, 1), ("5", 4, 1), (None, 2, 0)]
)
def test_a_process_takes_a_gpu_that_it_sees(gpus, monkeypatch, rank, shown, number):
    gpus(shown)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("LOCAL_RANK", rank)
    assert choose_device() == torch.device("cuda", number)


@pytest.mark.parametrize(("before", "now"), [(4, 1), (1, 4), (2, 2), (0, 2)])
def test_a_training_goes_on_with_another_number_of_gpus(gpus, monkeypatch, before, now):
    set_on = []
    monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: [torch.tensor([i]) for i in range(before)])
    monkeypatch.setattr(torch.cuda, "set_rng_state_all", lambda states: set_on.extend(range(len(states))))
    gpus(before)
    states = get_random_states()
    gpus(now)
    set_random_states(states)
    assert set_on == list(range(min(before, now)))


@pytest.mark.parametrize(
    ("precision", "device", "has_bf16", "dtype"),
    [
        ("auto", "cuda", True, torch.bfloat16),
        ("auto", "cuda", False, torch.float16),
        ("fp32", "cuda", True, torch.float32),
        ("fp16", "cpu", True, torch.float16),
    ],
)
def test_the_dtype_is_what_the_card_computes(monkeypatch, precision, device, has_bf16, dtype):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    assert training.choose_dtype(precision, torch.device(device)) is dtype


def fit(**options):
    return TransformerModel(labels=LABELS, encoder="tiny", training={"epochs": 2, "learning_rate": 1e-3, **options})


def test_fp16_trains_as_fp32_does():
    whole, half = (fit(precision=precision).fit(ROWS, []) for precision in ("fp32", "fp16"))
    expected, found = (model.predict_proba(ROWS)["stance"] for model in (whole, half))
    assert abs(expected - found).max() < 0.02
    with pytest.raises(ConfigError, match="expected auto, fp32, bf16, fp16"):
        fit(precision="fp8")


def test_a_batch_that_is_too_large_for_the_memory_is_halved():
    done, tried = [], []

    def compute(batch):
        tried.append(len(batch))
        if len(batch) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        done.extend(batch)

    compute_batches([list(range(10)), [10]], compute)
    assert done == list(range(11))
    assert tried[0] == 10
    with pytest.raises(ModelError, match="CUDA_VISIBLE_DEVICES= to compute on the CPU"):
        compute_batches([[1, 2]], lambda batch: compute([0] * 4))


def test_prediction_survives_a_full_memory_and_training_says_what_to_do(monkeypatch):
    model = fit().fit(ROWS, [])
    expected = model.predict_proba(ROWS)["stance"]
    forward = type(model._model).forward

    def fail(self, input_ids, **inputs):
        if len(input_ids) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(self, input_ids, **inputs)

    monkeypatch.setattr(type(model._model), "forward", fail)
    assert abs(copy.copy(model).predict_proba(ROWS)["stance"] - expected).max() < 1e-6
    with pytest.raises(ModelError, match=r"full at a batch of 8 rows; train with model\.training\.batch_size=8 "):
        fit().fit(ROWS, [])
