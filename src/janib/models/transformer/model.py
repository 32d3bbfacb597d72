"""Fine-tuned encoders: a statement and its target as a pair, one linear head a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor
from torch.nn import functional
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BertForSequenceClassification,
    PreTrainedTokenizerBase,
)

from janib.errors import ConfigError, ModelError
from janib.models.base import Probabilities
from janib.models.distributed import choose_device, get_rank
from janib.models.encoder_inputs import Encoding, PairReader, batch_by_length
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.huggingface import TINY, make_tiny, quiet_transformers, read_tokenizer
from janib.models.export.traced import ExportableModule, LogitsOnly
from janib.models.label_ids import MISSING, encode_labels, encode_train_labels
from janib.models.linear import apply_softmax
from janib.models.transformer.calibration import fit_temperature, measure_loss, measure_macro_f1
from janib.models.transformer.lora import add_adapters
from janib.models.transformer.training import SCORE, Log, Training, TrainingOptions, stack
from janib.schema import Example

_SETTINGS = (
    *("seed", "encoder", "revision", "cleaning", "max_length", "fields", "dropout", "attention_dropout"),
    *("label_smoothing", "class_weights", "class_weight_power", "loss_weights", "lora", "hide_target"),
)


class TransformerModel:
    """A pretrained encoder with one linear head for each task, all layers trained.

    The heads share one pooled vector and are stored as one matrix, the tasks' labels one after the other, so that
    every saved folder loads with ``AutoModelForSequenceClassification``. The encoder reads the pair (target, text).
    The target's side may also hold the speaker and the context, which are cut where that side passes half of
    ``max_length``. What then is left is for the text: in training a longer one is cut; in prediction and validation
    it is read whole, in overlapping windows each beside the same first segment, and their logits are averaged.

    Parameters
    ----------
    labels
        Each task's labels in column order.
    seed
        Of the new weights, dropout and the order of rows.
    encoder
        A name that :func:`janib.models.encoders.hub.find_encoder` knows, or ``tiny``.
    revision
        The hub's revision; None for the newest.
    cleaning
        Steps of :func:`janib.text.cleaning.compose` for text, target, speaker and context.
    max_length
        Tokens of a pair, special ones included.
    fields
        Which of :data:`janib.models.encoder_inputs.FIELDS` stand beside the text.
    dropout, attention_dropout
        None for the encoder's own. On a CPU, attention without dropout is a fifth faster.
    label_smoothing
        Probability mass given to all labels alike.
    class_weights
        ``label`` weights a row by the inverse frequency of its label, ``target`` by that among the rows of its target,
        as metrics that average over targets ask for; None weights all rows alike.
    class_weight_power
        Exponent on these weights: 0.5 goes half the way.
    loss_weights
        Each task's weight in the sum of losses; 1 where it is not named.
    lora
        ``rank``, ``alpha`` and ``dropout`` of low-rank adapters (Hu et al. 2022) on the attention and feed-forward
        matrices, trained in their place and merged into them at the end; pooler and heads are trained whole. None
        trains all weights.
    hide_target
        Whether the mask token stands for the target's name (:class:`~janib.models.encoder_inputs.PairReader`).
    temperature
        Task to the number its logits are divided by where no validation rows fit it; 1 where it is not named.
    training
        :class:`~janib.models.transformer.training.TrainingOptions` by name.

    Attributes
    ----------
    temperature
        Task to the number its logits are divided by: fitted on the validation rows, without them as given or what
        :meth:`adopt_choices` was told.
    best_epoch
        The epoch that scored best on the validation rows of :meth:`fit`, counted from 1; None without them.
    checkpoint_dir
        Set it before :meth:`fit` to have checkpoints there, and to go on from the newest that it holds.
    on_log
        Set it before :meth:`fit` to be told losses and validation scores by step.

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
        self.training = TrainingOptions.read(training or {})
        self.temperature = dict.fromkeys(self.labels, 1.0) | dict(temperature or {})
        self._adopted = dict(self.temperature)
        self.best_epoch: int | None = None
        self.checkpoint_dir: Path | None = None
        self.on_log: Log | None = None
        self._model: Any  # transformers types its models in part only
        self._tokenizer: PreTrainedTokenizerBase
        self._reader = PairReader(self.cleaning, max_length, self.fields, hide_target=bool(hide_target))
        unknown = [task for task in self.temperature if task not in self.labels]
        if unknown:
            raise ConfigError(f"temperature names {', '.join(unknown)}, expected some of {', '.join(self.labels)}")
        if class_weights not in (None, "label", "target"):
            raise ConfigError(f"class_weights is {class_weights!r}, expected label, target or null")

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fine-tune on ``train``; ``valid`` gives curves, the temperature and, with patience, the epoch.

        Rows without any label are passed over; a row with labels for some tasks counts in their losses alone.

        Raises
        ------
        ConfigError
            If ``max_length`` is more than the encoder reads.
        DataError
            If a task has fewer than two classes in ``train``, or a target is too long.
        ModelError
            If the encoder is not at hand, or ``checkpoint_dir`` holds another training.
        """
        train, valid = (
            [row for row in rows if any(row.gold(task) is not None for task in self.labels)] for rows in (train, valid)
        )
        gold = {task: encode_train_labels(train, task, labels) for task, labels in self.labels.items()}
        cuda = list(range(torch.cuda.device_count()))
        with torch.random.fork_rng(devices=cuda):
            torch.manual_seed(self.seed)
            self._model, self._tokenizer = self._load_encoder()
            longest = min(self._tokenizer.model_max_length, self._model.config.max_position_embeddings)
            self._reader.check_length(longest, self.encoder)
            adapted = add_adapters(self._model, self.lora) if self.lora else None
            device = choose_device()
            self._model.to(device)
            if self.training.gradient_checkpointing:
                self._model.activation_checkpointing_enable()
            moved = {task: torch.from_numpy(column).to(device) for task, column in gold.items()}
            weights = {task: self._weigh_rows(train, column).to(device) for task, column in gold.items()}

            def compute_loss(logits: Tensor, rows: list[int], batch: list[int]) -> Tensor:
                gold_of_rows, weights_of_rows = (
                    {task: column[rows] for task, column in columns.items()} for columns in (moved, weights)
                )
                sums = {task: column[batch].sum() for task, column in weights.items()}
                return self._compute_loss(logits, gold_of_rows, weights_of_rows, sums)

            tokenizer = read_tokenizer(self._tokenizer)
            encoded_valid = self._reader.encode_windows(valid, tokenizer)
            valid_gold = {task: encode_labels(valid, task, labels) for task, labels in self.labels.items()}
            training = Training(
                model=self._model,
                rows=self._reader.encode(train, tokenizer),
                pad_id=self._pad_id,
                loss=compute_loss,
                options=self.training,
                identity=repr((self._make_settings(), {task: column.tolist() for task, column in gold.items()})),
                seed=self.seed,
                evaluate=(lambda: self._evaluate(encoded_valid, valid_gold)) if valid else None,
                checkpoint_dir=self.checkpoint_dir,
                on_log=self.on_log,
            )
            if get_rank():
                torch.manual_seed(self.seed + get_rank())  # dropout of its own
            training.run()
        if adapted is not None:
            self._model = adapted.merge_and_unload()
        self.best_epoch = training.best_epoch
        logits = self._split(self._compute_logits(encoded_valid))
        self.temperature = {
            task: fit_temperature(logits[task], valid_gold[task]) if valid else self._adopted[task]
            for task in self.labels
        }
        return self

    def report_choices(self) -> dict[str, Any]:
        """Return the temperature of each task and, with patience, the epoch whose weights were kept."""
        stopped = self.training.patience is not None
        return {"temperature": dict(self.temperature)} | ({"epochs": self.best_epoch} if stopped else {})

    def adopt_choices(self, choices: Sequence[Mapping[str, Any]]) -> None:
        """Take the folds' mean temperature (of logarithms) and train for their mean number of epochs."""
        self._adopted = {
            task: float(np.exp(np.mean([np.log(choice["temperature"][task]) for choice in choices])))
            for task in self.labels
        }
        epochs = [choice["epochs"] for choice in choices if choice.get("epochs")]
        if epochs:
            self.training = replace(self.training, epochs=round(float(np.mean(epochs))), patience=None)

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, of shape (n_rows, n_labels); gold labels are not read."""
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
        """Read what :meth:`save` wrote; no network is asked."""
        model = cls(**settings)
        try:
            with quiet_transformers():
                model._model, report = AutoModelForSequenceClassification.from_pretrained(
                    folder, local_files_only=True, dtype=torch.float32, output_loading_info=True
                )
                model._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"{folder} holds no whole encoder ({error}); copy the model folder again") from error
        if report["missing_keys"]:
            raise ModelError(f"{folder} lacks weights of its encoder; copy the model folder again")
        model._model.to("cuda" if torch.cuda.is_available() else "cpu").eval()
        return model

    def make_module(self) -> ExportableModule:
        """Return the fitted model as :mod:`janib.models.export` takes it."""
        settings = {
            "reader": self._reader.arguments,
            "windows": True,
            "targets": None,
            "temperature": self.temperature,
        }
        return ExportableModule(LogitsOnly(self._model), read_tokenizer(self._tokenizer), settings)

    def _make_settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _SETTINGS} | {"training": asdict(self.training)}

    @property
    def _pad_id(self) -> int:
        return int(self._tokenizer.pad_token_id)

    def _load_encoder(self) -> tuple[Any, PreTrainedTokenizerBase]:
        names = [
            label if len(self.labels) == 1 else f"{task}:{label}"
            for task, labels in self.labels.items()
            for label in labels
        ]
        head = {
            "num_labels": len(names),
            "id2label": dict(enumerate(names)),
            "label2id": {name: i for i, name in enumerate(names)},
        }
        if self.dropout is not None:
            head |= {"hidden_dropout_prob": self.dropout, "classifier_dropout": self.dropout}
        if self.attention_dropout is not None:
            head |= {"attention_probs_dropout_prob": self.attention_dropout}
        if self.encoder == TINY:
            config, tokenizer = make_tiny(head)
            return BertForSequenceClassification(config), tokenizer
        found = find_encoder(self.encoder, self.revision)
        self.revision = found.revision
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(found.folder, local_files_only=True)
            model = AutoModelForSequenceClassification.from_pretrained(
                found.folder, local_files_only=True, dtype=torch.float32, **head
            )
        return model, tokenizer

    def _weigh_rows(self, rows: Sequence[Example], gold: NDArray[np.int64]) -> Tensor:
        """Return each row's weight in the loss, shape (n_rows,), 0 where it has no label."""
        weights = (gold != MISSING).astype(np.float32)
        if self.class_weights is not None:
            groups = [row.target if self.class_weights == "target" else "" for row in rows]
            cells = Counter(zip(groups, gold.tolist(), strict=True))
            sizes = Counter(group for group, label in zip(groups, gold.tolist(), strict=True) if label != MISSING)
            labels = Counter(group for group, label in cells if label != MISSING)
            for i, (group, label) in enumerate(zip(groups, gold.tolist(), strict=True)):
                if label != MISSING:
                    weights[i] = (sizes[group] / (labels[group] * cells[group, label])) ** self.class_weight_power
        return torch.from_numpy(weights)

    def _compute_loss(
        self,
        logits: Tensor,
        gold: Mapping[str, Tensor],
        weights: Mapping[str, Tensor],
        sums: Mapping[str, Tensor],
    ) -> Tensor:
        """Return the weighted loss, divided by the weights' ``sums`` over the whole batch."""
        total = logits.new_zeros(())
        for (task, column), part in zip(gold.items(), self._cut(logits), strict=True):
            if (column != MISSING).any():
                losses = functional.cross_entropy(
                    part, column, ignore_index=MISSING, reduction="none", label_smoothing=self.label_smoothing
                )
                part_of_mean = (losses * weights[task]).sum() / sums[task]
                total = total + self.loss_weights.get(task, 1.0) * part_of_mean
        return total

    def _cut(self, logits: Tensor) -> tuple[Tensor, ...]:
        return torch.split(logits, [len(labels) for labels in self.labels.values()], dim=-1)

    def _split(self, logits: Tensor) -> dict[str, NDArray[np.float64]]:
        parts = self._cut(logits.double().cpu())
        return {task: part.numpy() for task, part in zip(self.labels, parts, strict=True)}

    def _compute_logits(self, rows: Sequence[Sequence[Encoding]]) -> Tensor:
        """Return logits of shape (n_rows, n_outputs), a row's the mean of its windows', in batches of like length."""
        encoded = [window for windows in rows for window in windows]
        outputs = torch.zeros(len(encoded), sum(map(len, self.labels.values())))
        with torch.inference_mode():
            for batch in batch_by_length(encoded, self._model.device.type):
                inputs = stack([encoded[i] for i in batch], self._pad_id, self._model.device)
                outputs[batch] = self._model(**inputs).logits.float().cpu()
        parts = torch.split(outputs, [len(windows) for windows in rows])
        return torch.stack([part.mean(dim=0) for part in parts]) if rows else outputs

    def _evaluate(
        self, encoded: Sequence[Sequence[Encoding]], gold: Mapping[str, NDArray[np.int64]]
    ) -> dict[str, float]:
        logits = self._split(self._compute_logits(encoded))
        tasks = [task for task, column in gold.items() if (column != MISSING).any()]
        return {
            "valid/loss": float(np.mean([measure_loss(logits[task], gold[task]) for task in tasks])),
            SCORE: float(np.mean([measure_macro_f1(logits[task], gold[task]) for task in tasks])),
        }
