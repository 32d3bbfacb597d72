"""The training loop of a classifier: options, schedule, batches of similar length, checkpoints."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import torch
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from torch import Tensor, nn

from janib.errors import ConfigError, ModelError, suggest
from janib.models.distributed import get_rank, sum_gradients, take_share
from janib.models.encoder_inputs import Encoding, pad
from janib.models.options import check_number
from janib.models.transformer.checkpoints import get_random_states, read_checkpoint, set_random_states, write_checkpoint

log = logging.getLogger(__name__)

OnLog = Callable[[int, dict[str, float]], None]
"""Called with the number of optimiser steps done and the values measured then."""

SCORE = "valid/macro_f1"
"""The value by which early stopping chooses an epoch; higher is better."""

PRECISIONS: Mapping[str, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
"""The dtypes that a training may compute in, by their names in configs."""

LOG_STEPS = 10
MEGABATCH = 50  # batches within which rows are sorted by length
SHORT = 192
"""Tokens up to which eager attention in bf16 is faster on a CPU: a third of the fused time at 57, half at 128."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """Options of a training.

    Attributes
    ----------
    epochs
        Passes over the rows; the learning rate falls linearly to 0 at the end of the last.
    batch_size, accumulation
        Rows of a forward pass, and forward passes of an optimiser step.
    learning_rate, head_learning_rate
        Learning rate of the encoder's top layer, and of the pooler and classifier (the same if None).
    layer_decay
        Factor of the learning rate for each layer further down.
    weight_decay
        Weight decay of AdamW, for matrices only.
    warmup
        Share of the steps in which the learning rate rises from 0.
    max_grad_norm
        Norm to which gradients are clipped.
    ema
        Decay of a moving average of the weights, which is then evaluated and kept in their place; 0 for none.
    patience
        Number of epochs without a better :data:`SCORE` after which training stops and keeps the best epoch's weights.
        None trains all epochs and keeps the last weights, as a refit without validation rows does.
    precision
        ``fp32``, ``bf16`` or ``fp16`` (autocast with fp32 weights), or ``auto``: bf16 if the processor has
        instructions for it, else fp16 on a GPU and fp32 on a CPU.
    gradient_checkpointing
        Whether to recompute activations in the backward pass, which saves memory and takes a third more time.
    checkpoint_steps
        Number of optimiser steps between checkpoints; one more is written after each epoch.
    """

    epochs: int = 5
    batch_size: int = 16
    accumulation: int = 1
    learning_rate: float = 5e-5
    head_learning_rate: float | None = None
    layer_decay: float = 1.0
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    ema: float = 0.0
    patience: int | None = None
    precision: str = "auto"
    gradient_checkpointing: bool = False
    checkpoint_steps: int = 200

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulation", "checkpoint_steps"):
            check_number(f"training.{name}", getattr(self, name), 1, whole=True)
        if self.patience is not None:
            check_number("training.patience", self.patience, 1, whole=True)
        for name in ("learning_rate", "layer_decay", "max_grad_norm"):
            check_number(f"training.{name}", getattr(self, name), above=0)
        check_number("training.weight_decay", self.weight_decay, 0)
        if self.head_learning_rate is not None:
            check_number("training.head_learning_rate", self.head_learning_rate, above=0)
        for name in ("warmup", "ema"):
            check_number(f"training.{name}", getattr(self, name))
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"training.{name} is {getattr(self, name)}, expected 0 or more and below 1")
        if self.precision not in ("auto", *PRECISIONS):
            raise ConfigError(f"training.precision is {self.precision!r}, expected auto, {', '.join(PRECISIONS)}")

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Make options from a mapping; raise ConfigError for an unknown key."""
        known = [option.name for option in fields(cls)]
        for name in values:
            if name not in known:
                raise ConfigError(f"training has no option {name!r}{suggest(name, known)}; it has {', '.join(known)}")
        return cls(**values)


def choose_dtype(precision: str, device: torch.device) -> torch.dtype:
    """Return the dtype to compute in: what was asked for, or for ``auto`` bf16 if the processor has it.

    A GPU without it, such as a T4 or a V100, computes in fp16, and a CPU in fp32: it would emulate bf16, which is
    fifteen times slower.
    """
    if precision != "auto":
        return PRECISIONS[precision]
    if device.type == "cuda":
        has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if has_bf16 else torch.float16
    found = torch.cpu.get_capabilities()
    return torch.bfloat16 if found.get("avx512_bf16") or found.get("amx_bf16") else torch.float32


def make_batches(lengths: Sequence[int], size: int, seed: int, epoch: int) -> list[list[int]]:
    """Shuffle rows into batches of similar length; only the arguments decide, so that a training can be resumed."""
    generator = torch.Generator().manual_seed((seed << 16) + epoch)
    order = torch.randperm(len(lengths), generator=generator).tolist()
    batches: list[list[int]] = []
    for start in range(0, len(order), MEGABATCH * size):
        near = sorted(order[start : start + MEGABATCH * size], key=lengths.__getitem__)
        batches += [near[i : i + size] for i in range(0, len(near), size)]
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]


def stack(rows: Sequence[Encoding], pad_id: int, device: torch.device) -> dict[str, Tensor]:
    """Return padded encodings as tensors of shape (n_rows, longest)."""
    return {name: torch.from_numpy(values).to(device) for name, values in pad(rows, pad_id).items()}


class QuickDropout(nn.Dropout):
    """Dropout that draws 16 random bits for each value, which takes a third of nn.Dropout's time on a CPU."""

    def forward(self, values: Tensor) -> Tensor:
        """Zero a share ``p`` of the values, to the nearest 1/65536, and divide the others by 1 - p."""
        if not self.training or self.p == 0 or values.device.type != "cpu":
            return super().forward(values)
        count = values.numel()
        words = torch.empty(-(-count // 4), dtype=torch.int64).random_(torch.iinfo(torch.int64).min, None)
        bits = words.view(torch.int16)[:count].view(values.shape)
        kept = bits >= round(self.p * 2**16) - 2**15
        return values * (kept * (1 / (1 - self.p))).to(values.dtype)


def quicken_dropout(model: nn.Module) -> None:
    """Replace every nn.Dropout by :class:`QuickDropout`."""
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if type(child) is nn.Dropout:
                setattr(parent, name, QuickDropout(child.p))


def group_parameters(model: nn.Module, options: TrainingOptions) -> list[dict[str, Any]]:
    """Group parameters by learning rate and weight decay; pooler and classifier have the head's learning rate."""
    encoder = f"{model.base_model_prefix}."
    depth: int = model.config.num_hidden_layers  # type: ignore[union-attr, assignment]
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        layer = re.search(r"\.layer\.(\d+)\.", name)
        if not name.startswith(encoder) or ".pooler." in name:
            rate = options.head_learning_rate or options.learning_rate
        else:
            below_top = depth - 1 - int(layer[1]) if layer else depth
            rate = options.learning_rate * options.layer_decay**below_top
        decay = options.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": group, "lr": rate, "base_lr": rate, "weight_decay": decay} for (rate, decay), group in groups.items()
    ]


@dataclass
class Training:
    """One training of one model; after :meth:`run` the model has the chosen weights.

    Attributes
    ----------
    model
        A Hugging Face model whose output has ``logits``; trained in place.
    encode
        Takes an epoch, counted from 0, and returns the encoding of each training row.
    pad_id
        The tokenizer's padding id.
    loss
        Takes logits of shape (n, n_outputs), the indices of their rows, and the indices of the whole batch, of which
        another process may compute other rows. Returns their scalar share of the batch's mean loss.
    options
        Options of the training.
    identity
        What else a training must have in common with its checkpoints: encoder, labels, gold.
    seed
        Seed of the order of rows. Dropout draws from torch's global generators, which the caller seeds.
    evaluate
        Returns values of the model on validation rows, among them :data:`SCORE`; None if there are no such rows.
    checkpoint_dir
        Folder of checkpoints; training resumes from the newest in it. None writes none.
    on_log
        Called with losses, learning rates and validation values.
    history
        The values of ``evaluate`` after each epoch.
    """

    model: nn.Module
    encode: Callable[[int], Sequence[Encoding]]
    pad_id: int
    loss: Callable[[Tensor, list[int], list[int]], Tensor]
    options: TrainingOptions
    identity: str
    seed: int
    evaluate: Callable[[], dict[str, float]] | None = None
    checkpoint_dir: Path | None = None
    on_log: OnLog | None = None
    history: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        options = self.options
        self._parameters = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        self._device = self._parameters[0].device
        self._dtype = choose_dtype(options.precision, self._device)
        # Small gradients would be 0 in fp16; for other dtypes the scaler does nothing.
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=self._dtype is torch.float16)
        self._attention = self.model.config._attn_implementation  # type: ignore[union-attr]
        quicken_dropout(self.model)
        self._optimizer = torch.optim.AdamW(group_parameters(self.model, options), fused=True)
        self._average = self._copy_weights() if options.ema else None
        self._best: list[Tensor] | None = None
        self._rows = self.encode(0)
        batches = math.ceil(len(self._rows) / options.batch_size)
        self._epoch_steps = math.ceil(batches / options.accumulation)
        self._steps = self._epoch_steps * options.epochs
        self._step = 0
        ids = [row["input_ids"] for row in self._rows]
        text = repr((asdict(options), self.identity, self.seed, ids))
        self._fingerprint = sha256(text.encode()).hexdigest()

    @property
    def best_epoch(self) -> int | None:
        """The epoch, counted from 1, with the best :data:`SCORE`; None without validation rows."""
        if not self.history:
            return None
        return 1 + max(range(len(self.history)), key=lambda epoch: self.history[epoch][SCORE])

    def run(self) -> None:
        """Train to the end, from the newest checkpoint if there is one.

        Raises
        ------
        ModelError
            If the checkpoint is another training's: other options, rows, labels or seed.
        """
        if self.checkpoint_dir is not None:
            self.checkpoint_dir.mkdir(parents=True, exist_ok=True)
            self._resume(self.checkpoint_dir)
        with _open_progress() as progress:
            batches: list[list[int]] = []
            losses: list[float] = []
            bar = progress.add_task("", total=self._steps, completed=self._step, epoch=1, loss=math.nan, score="")
            while self._step < self._steps and not self._has_lost_patience():
                epoch, index = divmod(self._step, self._epoch_steps)
                if index == 0 or not batches:
                    self._rows = self.encode(epoch)
                    lengths = [len(row["input_ids"]) for row in self._rows]
                    batches = make_batches(lengths, self.options.batch_size, self.seed, epoch)
                size = self.options.accumulation
                losses.append(self._update(batches[index * size : (index + 1) * size]))
                loss = sum(losses) / len(losses)
                at_end = index + 1 == self._epoch_steps
                if self._step % LOG_STEPS == 0 or at_end:
                    rate = max(group["lr"] for group in self._optimizer.param_groups)
                    self._log({"train/loss": loss, "train/learning_rate": rate})
                    losses.clear()
                if at_end:
                    self._close_epoch(epoch + 1, loss)
                if self.checkpoint_dir is not None and (at_end or self._step % self.options.checkpoint_steps == 0):
                    write_checkpoint(self.checkpoint_dir, self._step, self._get_state())
                score = f"{SCORE} {self.history[-1][SCORE]:.3f}" if self.history else ""
                progress.update(bar, completed=self._step, epoch=epoch + 1, loss=loss, score=score)
        self._set_weights(self._best or self._average)
        self._choose_attention(None)
        self.model.eval()
        if self._device.type == "cuda":
            log.info("peak memory of the GPU: %d MiB", torch.cuda.max_memory_allocated(self._device) // 2**20)

    def _update(self, batches: Sequence[list[int]]) -> float:
        """Do one optimiser step; return the mean loss of its batches."""
        self.model.train()
        self._set_learning_rates()
        total = sum(self._compute_gradients(batch, len(batches)) for batch in batches)
        total = sum_gradients(self._parameters, total)
        self._scaler.unscale_(self._optimizer)
        nn.utils.clip_grad_norm_(self._parameters, self.options.max_grad_norm)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad()
        self._step += 1
        if self._average is not None:
            decay = min(self.options.ema, (1 + self._step) / (10 + self._step))
            torch._foreach_lerp_(self._average, [p.detach() for p in self._parameters], 1 - decay)
        return total

    def _set_learning_rates(self) -> None:
        warm = max(1, round(self.options.warmup * self._steps))
        left = (self._steps - self._step) / max(1, self._steps - warm)
        for group in self._optimizer.param_groups:
            group["lr"] = group["base_lr"] * min((self._step + 1) / warm, left)

    def _compute_gradients(self, batch: list[int], n_batches: int) -> float:
        """Add the gradients of this process's share of a batch; return its share of the step's loss."""
        share = take_share(batch)
        if not share:
            return 0.0
        inputs = stack([self._rows[i] for i in share], self.pad_id, self._device)
        self._choose_attention(inputs["input_ids"].shape[1])
        try:
            with torch.autocast(self._device.type, dtype=self._dtype, enabled=self._dtype is not torch.float32):
                logits = self.model(**inputs).logits
            loss = self.loss(logits.float(), share, batch) / n_batches
            self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        except torch.OutOfMemoryError as error:
            raise ModelError(
                f"the GPU's memory is full at a batch of {len(share)} rows; train with "
                f"model.training.batch_size={max(1, self.options.batch_size // 2)} "
                f"model.training.accumulation={2 * self.options.accumulation}, or with gradient_checkpointing=true"
            ) from error
        return loss.item()

    def _choose_attention(self, width: int | None) -> None:
        """Choose the faster attention for ``width`` tokens; None restores the model's own."""
        is_eager = width is not None and width <= SHORT and self._dtype is torch.bfloat16 and self._device.type == "cpu"
        self.model.set_attn_implementation("eager" if is_eager else self._attention)  # type: ignore[operator]

    def _close_epoch(self, epoch: int, loss: float) -> None:
        values = {}
        if self.evaluate is not None:
            trained = self._copy_weights() if self._average else None
            self._set_weights(self._average)
            self._choose_attention(None)
            self.model.eval()
            values = self.evaluate()
            self.history.append(values)
            if self.options.patience is not None and self.best_epoch == epoch:
                self._best = self._copy_weights()
            self._set_weights(trained)
            self._log(values)
        shown = "".join(f", {name} {value:.4f}" for name, value in values.items())
        log.info("epoch %d of %d: train/loss %.4f%s", epoch, self.options.epochs, loss, shown)

    def _has_lost_patience(self) -> bool:
        patience = self.options.patience
        return patience is not None and len(self.history) - (self.best_epoch or 0) >= patience

    def _copy_weights(self) -> list[Tensor]:
        return [parameter.detach().clone() for parameter in self._parameters]

    def _set_weights(self, weights: Sequence[Tensor] | None) -> None:
        if weights is not None:
            with torch.no_grad():
                torch._foreach_copy_(list[Tensor](self._parameters), list(weights))

    def _log(self, values: dict[str, float]) -> None:
        if self.on_log is not None:
            self.on_log(self._step, values)

    def _get_state(self) -> dict[str, Any]:
        return {
            "fingerprint": self._fingerprint,
            "step": self._step,
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "average": self._average,
            "best": self._best,
            "history": self.history,
            "random": get_random_states(),
        }

    def _resume(self, folder: Path) -> None:
        state = read_checkpoint(folder)
        if state is None:
            return
        if state["fingerprint"] != self._fingerprint:
            raise ModelError(
                f"the checkpoints in {folder} are of another training (other options, rows, seed or encoder); "
                "give an empty folder, or delete them to start again"
            )
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        if state.get("scaler"):
            self._scaler.load_state_dict(state["scaler"])
        self._step, self._best = state["step"], state["best"]
        if state["average"] is not None:
            self._average = [weight.to(self._device) for weight in state["average"]]
        self.history[:] = state["history"]
        set_random_states(state["random"])
        log.info("resuming from step %d of %d", self._step, self._steps)


def _open_progress() -> Progress:
    """Return a progress bar, which only the first process shows, and only on a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.3f}"),
        TextColumn("{task.fields[score]}"),
        TimeRemainingColumn(),
    )
    is_hidden = get_rank() > 0 or not console.is_terminal
    return Progress(*columns, console=console, disable=is_hidden, transient=True)
