"""Fine-tuned encoders: a statement and its target as a pair of segments, and one linear head for each task."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertForSequenceClassification,
    PreTrainedTokenizerBase,
)

from janib.errors import ConfigError, suggest
from janib.io.files import write_text
from janib.labels import TASKS
from janib.models.base import Probabilities, RowCheck
from janib.models.distributed import choose_device, get_rank
from janib.models.encoder_inputs import Encoding, PairReader, batch_by_length
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.huggingface import (
    NEW_PARTS,
    TINY,
    compute_batches,
    find_max_length,
    load_pretrained,
    make_tiny,
    quiet_transformers,
    read_tokenizer,
)
from janib.models.export.traced import ExportableModule, LogitsOnly
from janib.models.label_ids import MISSING, encode_labels, encode_train_labels
from janib.models.linear import apply_softmax
from janib.models.options import check_number, check_temperatures
from janib.models.transformer.calibration import fit_temperature, measure_loss, measure_macro_f1
from janib.models.transformer.lora import add_adapters
from janib.models.transformer.loss import MultitaskLoss, weigh_rows
from janib.models.transformer.names import NameVariation
from janib.models.transformer.training import SCORE, OnLog, Training, TrainingOptions, stack
from janib.schema import Example
from janib.scoring.metrics import Floats, Ids

log = logging.getLogger(__name__)

_SETTINGS = (
    *("seed", "encoder", "revision", "cleaning", "max_length", "fields", "dropout", "attention_dropout"),
    *("label_smoothing", "class_weights", "class_weight_power", "loss_weights", "lora", "hide_target"),
    *("mark_target", "vary_names"),
)


class TransformerModel:
    """A pretrained encoder with one linear head for each task, all layers trained.

    The heads share one pooled vector and are stored as one matrix, one task's labels after another's, so that every
    saved folder loads with ``AutoModelForSequenceClassification``. The encoder reads the pair (target, text), as
    :class:`~janib.models.encoder_inputs.PairReader` makes it. A text that is too long is cut in training. In prediction
    and validation it becomes overlapping windows, whose logits are averaged.

    Parameters
    ----------
    labels
        Each task's labels in column order.
    seed
        Seed of the new weights, of dropout and of the order of rows.
    encoder
        A name for :func:`janib.models.encoders.hub.find_encoder`, or ``tiny``.
    revision
        The hub's revision; None as in :func:`janib.models.encoders.hub.find_encoder`.
    cleaning
        Steps of :func:`janib.text.cleaning.compose` for text, target, speaker and context.
    max_length
        Tokens of a pair, special ones included.
    fields
        Which of :data:`janib.models.encoder_inputs.FIELDS` are in the first segment.
    dropout, attention_dropout
        None for the encoder's own. On a CPU, attention without dropout is a fifth faster.
    label_smoothing
        Probability mass that is divided among all labels.
    class_weights
        ``label`` weights a row by the inverse frequency of its label, ``target`` by that frequency among the rows of
        its target, which suits metrics that average over targets. None weights all rows alike.
    class_weight_power
        Exponent of these weights: 0.5 goes half the way.
    loss_weights
        Each task's weight in the sum of losses; 1 for a task that is not named.
    lora
        ``rank``, ``alpha`` and ``dropout`` of low-rank adapters (Hu et al. 2022). They are trained in place of the
        attention and feed-forward matrices, and merged into them at the end; pooler and heads are trained as they are.
        None trains all weights.
    hide_target
        Whether the mask token replaces the target's name (:class:`~janib.models.encoder_inputs.PairReader`).
    mark_target
        Whether braces stand around the target's name in the text (:class:`~janib.models.encoder_inputs.PairReader`).
    vary_names
        ``exchange`` and ``hide``: shares of the training rows of each epoch whose target is called by another target's
        name of the same form, or by the mask token, so that little hangs on the name. None varies nothing.
    temperature
        Task to the divisor of its logits if there are no validation rows to fit it; 1 for a task that is not named.
    training
        :class:`~janib.models.transformer.training.TrainingOptions` by name.

    Attributes
    ----------
    temperature
        Task to the divisor of its logits. It is fitted on the validation rows; without them it is the argument's, or
        that of :meth:`adopt_choices`.
    best_epoch
        The epoch, counted from 1, with the best score on the validation rows of :meth:`fit`; None without them.
    checkpoint_dir
        Folder of checkpoints, set before :meth:`fit`; training resumes from the newest in it.
    on_log
        Called with losses and validation scores by step, if it is set before :meth:`fit`.

    Examples
    --------
    >>> from janib.schema import Example
    >>> rows = [Example("1", "نعم", "الحزب", stance="favor"), Example("2", "لا", "الحزب", stance="against")]
    >>> labels = {"stance": ("against", "favor")}
    >>> model = TransformerModel(labels=labels, encoder="tiny", training={"epochs": 1}).fit(rows, [])
    >>> model.predict_proba(rows)["stance"].shape
    (2, 2)
    """

    kind: ClassVar[str] = "transformer"

    def __init__(
        self,
        *,
        labels: Mapping[str, tuple[str, ...]],
        encoder: str,
        seed: int = 0,
        revision: str | None = None,
        cleaning: Sequence[str] = (),
        max_length: int = 128,
        fields: Sequence[str] = ("target",),
        dropout: float | None = None,
        attention_dropout: float | None = None,
        label_smoothing: float = 0.0,
        class_weights: str | None = None,
        class_weight_power: float = 1.0,
        loss_weights: Mapping[str, float] | None = None,
        lora: Mapping[str, float] | None = None,
        hide_target: bool | None = None,
        mark_target: bool | None = None,
        vary_names: Mapping[str, float] | None = None,
        temperature: Mapping[str, float] | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        self.seed = seed
        self.encoder = encoder
        self.revision = revision
        self.cleaning = list(cleaning)
        self.max_length = max_length
        self.fields = list(fields)
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.label_smoothing = label_smoothing
        self.class_weights = class_weights
        self.class_weight_power = class_weight_power
        self.loss_weights = dict(loss_weights or {})
        self.lora = dict(lora) if lora else None
        self.hide_target = hide_target
        self.mark_target = mark_target
        self.vary_names = dict(vary_names) if vary_names else None
        self.training = TrainingOptions.read(training or {})
        self.temperature = dict.fromkeys(self.labels, 1.0) | dict(temperature or {})
        self._check_numbers()
        self._adopted = dict(self.temperature)
        self.best_epoch: int | None = None
        self.checkpoint_dir: Path | None = None
        self.on_log: OnLog | None = None
        self._model: Any  # transformers types its models in part only
        self._tokenizer: PreTrainedTokenizerBase
        self._reader = PairReader(
            self.cleaning, max_length, self.fields, hide_target=bool(hide_target), mark_target=bool(mark_target)
        )
        if class_weights not in (None, "label", "target"):
            raise ConfigError(f"class_weights is {class_weights!r}, expected label, target or null")

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fine-tune on ``train``; ``valid`` gives curves, the temperature and, with patience, the epoch.

        Rows without any label are left out; a row with labels of some tasks counts in their losses alone.

        Raises
        ------
        ConfigError
            If ``max_length`` is more than the encoder reads.
        DataError
            If a task has fewer than two classes in ``train``, or a target is too long.
        ModelError
            If the encoder is not found, or ``checkpoint_dir`` holds another training.
        """
        train, valid = (
            [row for row in rows if any(row.gold(task) is not None for task in self.labels)] for rows in (train, valid)
        )
        gold = {task: encode_train_labels(train, task, labels) for task, labels in self.labels.items()}
        valid_gold = {task: encode_labels(valid, task, labels) for task, labels in self.labels.items()}
        with torch.random.fork_rng(devices=list(range(torch.cuda.device_count()))):
            torch.manual_seed(self.seed)
            adapted = self._prepare_model()
            encoded_valid = self._reader.encode_windows(valid, read_tokenizer(self._tokenizer))
            evaluate = partial(self._evaluate, encoded_valid, valid_gold) if valid else None
            training = self._make_training(train, gold, evaluate)
            if get_rank():
                torch.manual_seed(self.seed + get_rank())  # each process draws its own dropout
            training.run()
        if adapted is not None:
            self._model = adapted.merge_and_unload()
        self.best_epoch = training.best_epoch
        if valid:
            logits = self._split(self._compute_logits(encoded_valid))
            self.temperature = {task: fit_temperature(logits[task], valid_gold[task]) for task in self.labels}
        else:
            self.temperature = {task: self._adopted[task] for task in self.labels}
        return self

    def check_rows(self, rows: Sequence[Example]) -> list[RowCheck]:
        """Say of each row what :meth:`fit` would refuse, and how much is cut in training or not known."""
        if self.encoder == TINY:
            _, tokenizer = make_tiny({})
            return self._reader.check(rows, replace(read_tokenizer(tokenizer), unknown_id=None))  # it knows few letters
        tokenizer = load_pretrained(AutoTokenizer, find_encoder(self.encoder, self.revision).folder)
        return self._reader.check(rows, read_tokenizer(tokenizer))

    def report_choices(self) -> dict[str, Any]:
        """Return each task's temperature, with patience the epoch whose weights were kept, and the hub's commit."""
        epochs = {} if self.training.patience is None else {"epochs": self.best_epoch}
        commit = {"revision": self.revision} if self.revision else {}
        return {"temperature": dict(self.temperature), **epochs, **commit}

    def adopt_choices(self, choices: Sequence[Mapping[str, Any]]) -> None:
        """Take the folds' geometric mean temperature, mean number of epochs, and commit of the encoder."""
        self._adopted = {
            task: float(np.exp(np.mean([np.log(choice["temperature"][task]) for choice in choices])))
            for task in self.labels
        }
        epochs = [choice["epochs"] for choice in choices if choice.get("epochs")]
        if epochs:
            self.training = replace(self.training, epochs=round(float(np.mean(epochs))), patience=None)
        self.revision = next((choice["revision"] for choice in choices if choice.get("revision")), self.revision)

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); gold labels are not read."""
        logits = self._split(self._compute_logits(self._reader.encode_windows(rows, read_tokenizer(self._tokenizer))))
        return {task: apply_softmax(values / self.temperature[task]) for task, values in logits.items()}

    def save(self, folder: Path) -> dict[str, Any]:
        """Write a Hugging Face folder: config, weights as safetensors, tokenizer."""
        with quiet_transformers():
            self._model.save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)
        return {**self._make_settings(), "temperature": self.temperature}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote, without a network.

        Raises
        ------
        ModelError
            If a file is missing or damaged.
        """
        model = cls(**settings)
        model._model = load_pretrained(AutoModelForSequenceClassification, folder, dtype=torch.float32)
        model._tokenizer = load_pretrained(AutoTokenizer, folder)
        n_outputs = model._model.config.num_labels
        if n_outputs != sum(model._n_labels.values()):
            raise ValueError(f"weights of {n_outputs} labels, not {sum(model._n_labels.values())}")
        model._model.to(choose_device()).eval()
        return model

    def make_module(self) -> ExportableModule:
        """Return the fitted model as one module for :mod:`janib.models.export`."""
        settings = {
            "reader": self._reader.arguments,
            "windows": True,
            "targets": None,
            "temperature": self.temperature,
        }
        return ExportableModule(LogitsOnly(self._model), read_tokenizer(self._tokenizer), settings)

    def _check_numbers(self) -> None:
        for name in ("dropout", "attention_dropout"):
            if getattr(self, name) is not None:
                check_number(name, getattr(self, name), 0, 1)
        check_number("label_smoothing", self.label_smoothing, 0, 1)
        check_number("class_weight_power", self.class_weight_power, 0)
        for task, weight in self.loss_weights.items():
            if task not in (*TASKS, *self.labels):
                raise ConfigError(f"loss_weights.{task}: expected a task, {', '.join(TASKS)}{suggest(task, TASKS)}")
            check_number(f"loss_weights.{task}", weight, 0)
        check_temperatures(self.temperature, self.labels)

    def _make_settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _SETTINGS} | {"training": asdict(self.training)}

    @property
    def _pad_id(self) -> int:
        return int(self._tokenizer.pad_token_id)

    def _prepare_model(self) -> Any:
        """Load the encoder and move it to its device; return its adapters, None without."""
        self._model, self._tokenizer = self._load_encoder()
        self._reader.check_length(find_max_length(self._model, self._tokenizer), self.encoder)
        adapted = add_adapters(self._model, self.lora) if self.lora else None
        self._model.to(choose_device())
        if self.training.gradient_checkpointing:
            self._model.activation_checkpointing_enable()
        return adapted

    def _load_encoder(self) -> tuple[Any, PreTrainedTokenizerBase]:
        head = self._make_head_config()
        if self.encoder == TINY:
            config, tokenizer = make_tiny(head)
            return BertForSequenceClassification(config), tokenizer
        found = find_encoder(self.encoder, self._keep_revision() or self.revision)
        self.revision = found.revision
        if found.revision:
            log.info("encoder %s: commit %s", self.encoder, found.revision)
            self._keep_revision(found.revision)
        tokenizer = load_pretrained(AutoTokenizer, found.folder)
        model = load_pretrained(
            AutoModelForSequenceClassification, found.folder, may_lack=NEW_PARTS, dtype=torch.float32, **head
        )
        return model, tokenizer

    def _keep_revision(self, revision: str | None = None) -> str | None:
        """Note the encoder's commit beside the checkpoints, which are of no other; return the one noted before."""
        if self.checkpoint_dir is None:
            return None
        path = self.checkpoint_dir / "revision"
        if revision is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, revision)
            return revision
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def _make_head_config(self) -> dict[str, Any]:
        names = [
            label if len(self.labels) == 1 else f"{task}:{label}"
            for task, labels in self.labels.items()
            for label in labels
        ]
        head: dict[str, Any] = {
            "num_labels": len(names),
            "id2label": dict(enumerate(names)),
            "label2id": {name: i for i, name in enumerate(names)},
        }
        if self.dropout is not None:
            head |= {"hidden_dropout_prob": self.dropout, "classifier_dropout": self.dropout}
        if self.attention_dropout is not None:
            head |= {"attention_probs_dropout_prob": self.attention_dropout}
        return head

    def _make_training(
        self, train: Sequence[Example], gold: Mapping[str, Ids], evaluate: Callable[[], dict[str, float]] | None
    ) -> Training:
        identity = repr((self._make_settings(), {task: column.tolist() for task, column in gold.items()}))
        return Training(
            model=self._model,
            encode=self._make_encode(train),
            pad_id=self._pad_id,
            loss=self._make_loss(train, gold),
            options=self.training,
            identity=identity,
            seed=self.seed,
            evaluate=evaluate,
            checkpoint_dir=self.checkpoint_dir,
            on_log=self.on_log,
        )

    def _make_encode(self, train: Sequence[Example]) -> Callable[[int], Sequence[Encoding]]:
        """Return what encodes the training rows of an epoch; without varied names they are encoded once."""
        tokenizer = read_tokenizer(self._tokenizer)
        if self.vary_names is None:
            encoded = self._reader.encode(train, tokenizer)
            return lambda _: encoded
        names = NameVariation(train, **self.vary_names, mask=tokenizer.mask, seed=self.seed)
        return lambda epoch: self._reader.encode(names.vary(epoch), tokenizer)

    def _make_loss(self, train: Sequence[Example], gold: Mapping[str, Ids]) -> MultitaskLoss:
        device = self._model.device
        return MultitaskLoss(
            gold={task: torch.from_numpy(column).to(device) for task, column in gold.items()},
            row_weights={task: self._weigh_rows(train, column).to(device) for task, column in gold.items()},
            n_labels=self._n_labels,
            task_weights=self.loss_weights,
            label_smoothing=self.label_smoothing,
        )

    def _weigh_rows(self, rows: Sequence[Example], gold: Ids) -> Tensor:
        groups = {None: None, "label": [""] * len(rows), "target": [row.target for row in rows]}
        return weigh_rows(gold, groups[self.class_weights], self.class_weight_power)

    @property
    def _n_labels(self) -> dict[str, int]:
        return {task: len(labels) for task, labels in self.labels.items()}

    def _split(self, logits: Tensor) -> dict[str, Floats]:
        """Return the logits of each task, shape (n_rows, n_labels)."""
        parts = torch.split(logits.double().cpu(), list(self._n_labels.values()), dim=-1)
        return {task: part.numpy() for task, part in zip(self.labels, parts, strict=True)}

    def _compute_logits(self, rows: Sequence[Sequence[Encoding]]) -> Tensor:
        """Return logits of shape (n_rows, n_outputs), for each row the mean over its windows."""
        encoded = [window for windows in rows for window in windows]
        outputs = torch.zeros(len(encoded), sum(self._n_labels.values()))

        def compute(batch: list[int]) -> None:
            inputs = stack([encoded[i] for i in batch], self._pad_id, self._model.device)
            outputs[batch] = self._model(**inputs).logits.float().cpu()

        with torch.inference_mode():
            compute_batches(batch_by_length(encoded, self._model.device.type), compute)
        parts = torch.split(outputs, [len(windows) for windows in rows])
        return torch.stack([part.mean(dim=0) for part in parts]) if rows else outputs

    def _evaluate(self, encoded: Sequence[Sequence[Encoding]], gold: Mapping[str, Ids]) -> dict[str, float]:
        logits = self._split(self._compute_logits(encoded))
        tasks = [task for task, column in gold.items() if (column != MISSING).any()]
        return {
            "valid/loss": float(np.mean([measure_loss(logits[task], gold[task]) for task in tasks])),
            SCORE: float(np.mean([measure_macro_f1(logits[task], gold[task]) for task in tasks])),
        }
