"""Training rows a second: Janib's loop against Hugging Face's Trainer, on the same encoder, rows and batch size.

    python experiments/benchmarks/finetune.py

Three ways take turns in one process, ROUNDS times STEPS timed steps each, on the same rows within a round:
``janib`` (``model=e5_small_ar`` as it is configured), and the Trainer in fp32 with batches padded to 128 tokens
(``trainer_padded``) or to their longest row (``trainer_dynamic``, its default). The Trainer's other settings are its
own; dropout, learning rate and schedule are those of the config. The rows are Mawqif's training pairs. The first
STEPS steps of each turn are not timed, nor are loading and tokenizing. Needs the extras ``transformers`` and ``dev``.

Writes ``experiments/results/benchmarks/finetune.csv`` (a line a turn) and ``finetune.md`` (medians and ratios).
"""

from __future__ import annotations

import csv
import os
import random
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch
from hydra import compose, initialize_config_dir
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

from janib.corpora import Corpus, read_corpus
from janib.files import write_file
from janib.labels import STANCE_LABELS
from janib.models.hub import find_encoder
from janib.models.transformer import quiet_transformers
from janib.pipeline import make_model
from janib.provenance import describe_commit, describe_versions
from janib.schema import Example
from janib.text.cleaning import compose as compose_cleaning

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "experiments" / "results" / "benchmarks"
ROUNDS, STEPS = 6, 10
WAYS = ("janib", "trainer_padded", "trainer_dynamic")
ASKED = {"trainer_padded": 2.5, "trainer_dynamic": 1.4}
PACKAGES = ("python", "torch", "transformers", "accelerate")


class Clock(TrainerCallback):
    """Notes when each optimiser step ended."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Note the time."""
        self.times.append(time.perf_counter())


def time_janib(config: DictConfig, corpus: Corpus, rows: Sequence[Example]) -> float:
    """Return seconds of the last STEPS steps; the loop reports every tenth."""
    model = make_model(config, corpus)
    times: dict[int, float] = {}
    model.on_log = lambda step, _: times.setdefault(step, time.perf_counter())  # type: ignore[attr-defined]
    model.fit(rows, [])
    return times[2 * STEPS] - times[STEPS]


def time_trainer(config: DictConfig, rows: Sequence[Example], padded: bool) -> float:
    """Return seconds of the last STEPS steps of Hugging Face's Trainer."""
    settings = config.model
    folder = find_encoder(settings.encoder, settings.revision).folder
    clean = compose_cleaning(settings.cleaning)
    with quiet_transformers():
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForSequenceClassification.from_pretrained(
            folder,
            local_files_only=True,
            dtype=torch.float32,
            num_labels=len(STANCE_LABELS),
            attention_probs_dropout_prob=settings.attention_dropout,
        )
    encoded = tokenizer(
        [clean(row.target or "") for row in rows],
        [clean(row.text) for row in rows],
        truncation="only_second",
        max_length=settings.max_length,
        padding="max_length" if padded else False,
    )
    dataset = [
        {**{name: encoded[name][i] for name in encoded}, "labels": STANCE_LABELS.index(str(row.stance))}
        for i, row in enumerate(rows)
    ]
    clock = Clock()
    with tempfile.TemporaryDirectory() as place:
        arguments = TrainingArguments(
            output_dir=place,
            per_device_train_batch_size=settings.training.batch_size,
            learning_rate=settings.training.learning_rate,
            weight_decay=settings.training.weight_decay,
            warmup_steps=settings.training.warmup,
            max_steps=2 * STEPS,
            save_strategy="no",
            report_to="none",
            dataloader_pin_memory=False,
            disable_tqdm=True,
            logging_strategy="no",
        )
        Trainer(model, arguments, DataCollatorWithPadding(tokenizer), dataset, callbacks=[clock]).train()
    return clock.times[2 * STEPS - 1] - clock.times[STEPS - 1]


def describe_machine() -> str:
    """Return cores, instruction sets and versions."""
    has = torch.cpu.get_capabilities()
    sets = [name for name in ("avx2", "avx512_f", "avx512_bf16", "amx_bf16") if has.get(name)]
    cores = f"{os.cpu_count()} cores ({has['architecture']}, {', '.join(sets)}), {torch.get_num_threads()} threads"
    found = describe_versions() | {"accelerate": version("accelerate")}
    return f"{cores}; {', '.join(f'{name} {found[name]}' for name in PACKAGES)}"


def run() -> None:
    """Time all ways in turn and write what was found."""
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("train", ["model=e5_small_ar", "data=mawqif", "model.training.epochs=1"])
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
    commit = describe_commit()
    changed = " with changes" if commit["dirty"] == "true" else ""
    body = "\n".join(table)
    text = f"""# Fine-tuning speed against Hugging Face's Trainer

`experiments/benchmarks/finetune.py`, commit {commit["commit"][:12]}{changed}: {ROUNDS} rounds of {STEPS} timed steps a
way, in turn, on {rows} rows a round. {describe_machine()}.

{body}
"""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with write_file(RESULTS / "finetune.csv") as path, path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, lines[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({**line, "rows_per_second": f"{line['rows_per_second']:.2f}"} for line in lines)
    with write_file(RESULTS / "finetune.md") as path:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run()
