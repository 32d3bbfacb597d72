"""Training speed of Janib's loop and of Hugging Face's Trainer with the same encoder, rows and batch size.

    python experiments/benchmarks/finetune.py
    python experiments/benchmarks/finetune.py --whole

Three ways take turns in one process, ROUNDS times STEPS timed steps each, on the same rows within a round: ``janib``
(``model=e5_small_ar``), and the Trainer in fp32 with batches padded to 128 tokens (``trainer_padded``) or to their
longest row (``trainer_dynamic``, its default). The Trainer has the dropout, learning rate and schedule of the config,
no layer decay and no moving average, and its own other settings. The rows are Mawqif's training pairs. The first steps
of a turn, loading and tokenizing are not timed. Writes ``experiments/results/benchmarks/finetune.csv`` (a line for each
turn) and ``finetune.md`` (medians and ratios).

With ``--whole``, each trains an epoch on six sevenths of Mawqif's training rows, Janib with SEEDS seeds and the Trainer
with one, and the stance of the held-out rows is scored, to compare quality too. Writes ``finetune_whole.md``. Needs the
extras ``transformers`` and ``dev``.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from hydra import compose, initialize_config_dir
from numpy.typing import NDArray
from omegaconf import DictConfig
from rich.console import Console
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)
from turns import RESULTS, describe_machine

from janib.corpora import Corpus, read_corpus
from janib.corpora.folds import make_folds
from janib.io.files import write_csv, write_text
from janib.labels import STANCE_LABELS
from janib.models.base import StepwiseModel
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.huggingface import NEW_PARTS, load_pretrained
from janib.models.linear import apply_softmax
from janib.runs.experiment import read_experiment
from janib.schema import Example
from janib.scoring.metrics import score
from janib.text.cleaning import compose as compose_cleaning

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, STEPS = 6, 10
WARM_UP = 2  # untimed steps of the Trainer; Janib's loop reports every tenth step, so its first ten are not timed
SEEDS = 3
WAYS = ("janib", "trainer_padded", "trainer_dynamic")
ASKED = {"trainer_padded": 2.5, "trainer_dynamic": 1.4}
PACKAGES = ("torch", "transformers", "accelerate")


class Clock(TrainerCallback):
    """Records the time at which each optimiser step ends."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Record the time."""
        self.times.append(time.perf_counter())


def time_janib(config: DictConfig, corpus: Corpus, rows: Sequence[Example]) -> float:
    """Return seconds of the last STEPS steps; the loop reports every tenth."""
    model = read_experiment(config).make_model(corpus)
    assert isinstance(model, StepwiseModel)
    times: dict[int, float] = {}

    def note(step: int, _: dict[str, float]) -> None:
        times.setdefault(step, time.perf_counter())

    model.on_log = note
    model.fit(rows, [])
    return times[2 * STEPS] - times[STEPS]


def time_trainer(config: DictConfig, rows: Sequence[Example], padded: bool) -> float:
    """Return seconds of the last STEPS steps of Hugging Face's Trainer."""
    clock = Clock()
    train_with_trainer(config, rows, padded, clock, max_steps=WARM_UP + STEPS)
    return clock.times[WARM_UP + STEPS - 1] - clock.times[WARM_UP - 1]


def train_with_trainer(
    config: DictConfig, rows: Sequence[Example], padded: bool, clock: Clock, max_steps: int = -1
) -> Callable[[Sequence[Example]], NDArray[np.float64]]:
    """Train an epoch, or some steps; return a function from rows to probabilities, shape (n_rows, n_labels)."""
    settings = config.model
    folder = find_encoder(settings.encoder, settings.revision).folder
    clean = compose_cleaning(settings.cleaning)
    tokenizer = load_pretrained(AutoTokenizer, folder)
    model = load_pretrained(
        AutoModelForSequenceClassification,
        folder,
        may_lack=NEW_PARTS,
        dtype=torch.float32,
        num_labels=len(STANCE_LABELS),
        attention_probs_dropout_prob=settings.attention_dropout,
    )

    def encode(rows: Sequence[Example]) -> list[dict[str, Any]]:
        encoded = tokenizer(
            [clean(row.target) for row in rows],
            [clean(row.text) for row in rows],
            truncation="only_second",
            max_length=settings.max_length,
            padding="max_length" if padded else False,
        )
        return [
            {**{name: encoded[name][i] for name in encoded}, "labels": STANCE_LABELS.index(str(row.stance))}
            for i, row in enumerate(rows)
        ]

    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place,
            per_device_train_batch_size=settings.training.batch_size,
            num_train_epochs=1,
            learning_rate=settings.training.learning_rate,
            weight_decay=settings.training.weight_decay,
            warmup_steps=settings.training.warmup,
            max_steps=max_steps,
            save_strategy="no",
            report_to="none",
            dataloader_pin_memory=False,
            disable_tqdm=True,
            logging_strategy="no",
        )
        trainer = Trainer(model, arguments, DataCollatorWithPadding(tokenizer), encode(rows), callbacks=[clock])
        trainer.train()
    return lambda rows: apply_softmax(trainer.predict(encode(rows)).predictions.astype(np.float64))


def compose_config() -> DictConfig:
    """Return the config of an epoch of e5_small_ar on Mawqif."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("train", ["model=e5_small_ar", "data=mawqif", "model.training.epochs=1"])


def time_all() -> None:
    """Time all ways in turn and write the results."""
    config = compose_config()
    corpus, splits = read_corpus("mawqif", "stance")
    size = config.model.training.batch_size
    console = Console(stderr=True)
    lines: list[dict[str, Any]] = []
    for turn in range(ROUNDS):
        rows = random.Random(turn).sample(splits["train"], 2 * STEPS * size)
        for way in WAYS:
            if way == "janib":
                seconds = time_janib(config, corpus, rows)
            else:
                seconds = time_trainer(config, rows, padded=way == "trainer_padded")
            lines.append({"round": turn, "way": way, "steps": STEPS, "rows_per_second": STEPS * size / seconds})
            console.print(f"round {turn} {way}: {lines[-1]['rows_per_second']:.1f} rows/s")
    write_results(lines, len(rows))


def train_whole() -> None:
    """Train an epoch each way, score the held-out rows and write the results."""
    config = compose_config()
    corpus, splits = read_corpus("mawqif", "stance")
    ((train, valid),) = make_folds(splits["train"], "stance", by="rows", parts=7, used=1, split_seed=0)
    console = Console(stderr=True)
    lines = []

    def add(way: str, seconds: float, probabilities: NDArray[np.float64]) -> None:
        gold, targets = [str(row.stance) for row in valid], [row.target for row in valid]
        found = score("stance", gold, probabilities, targets, STANCE_LABELS)
        lines.append(f"| {way} | {seconds:.0f} | {100 * found['f_avg_by_target']:.2f} | {100 * found['favg2']:.2f} |")
        console.print(lines[-1])

    for seed in range(SEEDS):
        config.seed = seed
        start = time.perf_counter()
        model = read_experiment(config).make_model(corpus).fit(train, [])
        add(f"janib, seed {seed}", time.perf_counter() - start, model.predict_proba(valid)["stance"])
    start = time.perf_counter()
    predict = train_with_trainer(config, train, padded=False, clock=Clock())
    add("trainer_dynamic", time.perf_counter() - start, predict(valid))
    body = "\n".join(lines)
    text = f"""# An epoch of fine-tuning, each way

`experiments/benchmarks/finetune.py --whole`: {len(train)} of Mawqif's training rows, stance of
the {len(valid)} left out, percent; {torch.get_num_threads()} threads. {describe_machine(*PACKAGES)}

| way | seconds | F-avg by target | Favg2 |
|---|---|---|---|
{body}
"""
    write_text(RESULTS / "finetune_whole.md", text)


def write_results(lines: Sequence[dict[str, Any]], rows: int) -> None:
    """Write the turns as CSV and the medians, with the ratios within rounds, as Markdown."""
    speeds = {way: [line["rows_per_second"] for line in lines if line["way"] == way] for way in WAYS}
    table = [
        "| way | rows/s (median of rounds) | janib is faster by (median, least, most) | asked |",
        "|---|---|---|---|",
    ]
    for way, found in speeds.items():
        ratios = sorted(ours / theirs for ours, theirs in zip(speeds["janib"], found, strict=True))
        ratio = "" if way == "janib" else f"{median(ratios):.2f} ({ratios[0]:.2f}, {ratios[-1]:.2f})"
        table.append(f"| {way} | {median(found):.1f} | {ratio} | {ASKED.get(way, '')} |")
    body = "\n".join(table)
    text = f"""# Fine-tuning speed against Hugging Face's Trainer

`experiments/benchmarks/finetune.py`: {ROUNDS} rounds of {STEPS} timed steps a way, in turn, on {rows} rows a round;
{torch.get_num_threads()} threads. {describe_machine(*PACKAGES)}

{body}
"""
    shown = ({**line, "rows_per_second": f"{line['rows_per_second']:.2f}"} for line in lines)
    write_csv(RESULTS / "finetune.csv", lines[0], shown)
    write_text(RESULTS / "finetune.md", text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--whole"]:
        train_whole()
    else:
        time_all()
