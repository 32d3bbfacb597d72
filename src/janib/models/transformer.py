"""Fine-tuned encoders: a statement and its target as a pair, one linear head a task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    BertConfig,
    BertForSequenceClassification,
    BertTokenizer,
    PreTrainedTokenizerBase,
)
from transformers.utils import logging as transformers_logging

from janib.errors import ConfigError, DataError, MissingExtraError, ModelError, suggest
from janib.models.base import Probabilities
from janib.models.hub import find_encoder
from janib.models.pairs import PairReader, batch_by_length
from janib.models.processes import choose_device, get_rank
from janib.models.training import SCORE, Encoding, Log, Training, TrainingOptions, pad
from janib.schema import Example

TINY = "tiny"
"""The name of the encoder that is made on the spot, for tests."""

_SETTINGS = (
    *("seed", "encoder", "revision", "cleaning", "max_length", "fields", "dropout", "attention_dropout"),
    *("label_smoothing", "class_weights", "class_weight_power", "loss_weights", "lora"),
)

MISSING = -100


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
        A name that :func:`janib.models.hub.find_encoder` knows, or ``tiny``.
    revision
        The hub's revision; None for the newest.
    cleaning
        Steps of :func:`janib.text.cleaning.compose` for text, target, speaker and context.
    max_length
        Tokens of a pair, special ones included.
    fields
        Which of :data:`janib.models.pairs.FIELDS` stand beside the text.
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
    training
        :class:`~janib.models.training.TrainingOptions` by name.

    Attributes
    ----------
    temperature
        Task to the number its logits are divided by: fitted on the validation rows, without them 1 or what
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
        self.training = TrainingOptions.read(training or {})
        self.temperature = dict.fromkeys(self.labels, 1.0)
        self._adopted = dict(self.temperature)
        self.best_epoch: int | None = None
        self.checkpoint_dir: Path | None = None
        self.on_log: Log | None = None
        self._model: Any  # transformers types its models in part only
        self._tokenizer: PreTrainedTokenizerBase
        self._reader = PairReader(self.cleaning, max_length, self.fields)
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
        gold = self._read_gold(train)
        for task, column in gold.items():
            found = sorted({self.labels[task][i] for i in column.tolist() if i != MISSING})
            if len(found) < 2:
                raise DataError(
                    f"task {task!r} has {len(found)} classes in the training rows "
                    f"({', '.join(found) or 'none'}), expected at least 2; check the split and the label column"
                )
        cuda = list(range(torch.cuda.device_count()))
        with torch.random.fork_rng(devices=cuda):
            torch.manual_seed(self.seed)
            self._model, self._tokenizer = self._load_encoder()
            most = min(self._tokenizer.model_max_length, self._model.config.max_position_embeddings)
            if self.max_length > most:
                raise ConfigError(
                    f"max_length is {self.max_length}, encoder {self.encoder!r} reads at most {most} tokens"
                )
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

            encoded_valid = self._reader.encode_windows(valid, self._tokenizer)
            valid_gold = self._read_gold(valid)
            training = Training(
                model=self._model,
                rows=self._reader.encode(train, self._tokenizer),
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
        logits = self._split(self._compute_logits(self._reader.encode_windows(rows, self._tokenizer)))
        return {task: softmax(values / self.temperature[task]) for task, values in logits.items()}

    def save(self, folder: Path) -> dict[str, Any]:
        """Write a Hugging Face folder: config, weights as safetensors, tokenizer."""
        with quiet_transformers():
            self._model.save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)
        return {**self._make_settings(), "temperature": self.temperature}

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Read what :meth:`save` wrote; no network is asked."""
        arguments = {name: value for name, value in settings.items() if name != "temperature"}
        model = cls(**arguments)
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
        model.temperature = dict(settings["temperature"])
        return model

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

    def _read_gold(self, rows: Sequence[Example]) -> dict[str, NDArray[np.int64]]:
        return {
            task: np.array(
                [MISSING if (gold := row.gold(task)) is None else labels.index(gold) for row in rows],
                dtype=np.int64,
            )
            for task, labels in self.labels.items()
        }

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
                inputs = pad([encoded[i] for i in batch], self._pad_id, self._model.device)
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


def add_adapters(model: Any, settings: Mapping[str, float]) -> Any:
    """Put adapters into a model in place and freeze what they stand for; return what merges them.

    Raises
    ------
    ConfigError
        If a setting is unknown, or has a value it cannot have.
    MissingExtraError
        If peft is not installed.
    """
    known = {"rank": "r", "alpha": "lora_alpha", "dropout": "lora_dropout"}
    for name in settings:
        if name not in known:
            raise ConfigError(f"lora has no setting {name!r}{suggest(name, known)}; it has {', '.join(known)}")
    rank, alpha, dropout = (
        settings.get(name, default) for name, default in (("rank", 8), ("alpha", 8), ("dropout", 0))
    )
    if type(rank) is not int or rank < 1:
        raise ConfigError(f"lora.rank is {rank!r}, expected a whole number of at least 1")
    if not isinstance(alpha, int | float) or alpha <= 0:
        raise ConfigError(f"lora.alpha is {alpha!r}, expected a number above 0")
    if not isinstance(dropout, int | float) or not 0 <= dropout < 1:
        raise ConfigError(f"lora.dropout is {dropout!r}, expected 0 or more and below 1")
    try:
        from peft import LoraConfig, LoraModel
    except ModuleNotFoundError as error:
        raise MissingExtraError("training with lora", "lora") from error
    options: dict[str, Any] = {known[name]: value for name, value in settings.items()}
    layers = r".*\.layer\.\d+\..*\.(query|key|value|dense)"
    adapted = LoraModel(model, LoraConfig(target_modules=layers, **options), "default")
    encoder = f"{model.base_model_prefix}."
    for name, parameter in model.named_parameters():
        if not name.startswith(encoder) or ".pooler." in name:
            parameter.requires_grad = True
    return adapted


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn each row of logits into probabilities."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def measure_loss(logits: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """Return the mean cross-entropy in nats over the rows that have a label."""
    known = np.flatnonzero(gold != MISSING)
    chosen = softmax(logits[known])[np.arange(len(known)), gold[known]]
    return float(-np.log(np.maximum(chosen, 1e-300)).mean())


def measure_macro_f1(logits: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """Return the mean over labels of F1, 0 for a label neither found nor there."""
    known = gold != MISSING
    predicted, gold = logits.argmax(axis=1)[known], gold[known]
    scores = []
    for label in range(logits.shape[1]):
        both = ((predicted == label) & (gold == label)).sum()
        scores.append(2 * both / max(1, (predicted == label).sum() + (gold == label).sum()))
    return float(np.mean(scores))


def fit_temperature(logits: NDArray[np.float64], gold: NDArray[np.int64]) -> float:
    """Return the temperature between e^-3 and e^3 with the least cross-entropy (Guo et al. 2017, section 4.2).

    The cross-entropy is convex in the inverse temperature, so its least is where the slope changes sign, which
    halving the interval finds. Without labelled rows it is 1.
    """
    known = np.flatnonzero(gold != MISSING)
    if not len(known):
        return 1.0
    logits = logits[known]
    chosen = logits[np.arange(len(known)), gold[known]]
    low, high = -3.0, 3.0
    for _ in range(50):
        middle = (low + high) / 2
        expected = (softmax(logits / np.exp(middle)) * logits).sum(axis=1)
        if (expected - chosen).mean() > 0:  # the slope along the inverse temperature: too sharp
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def make_tiny(head: Mapping[str, Any]) -> tuple[BertConfig, PreTrainedTokenizerBase]:
    """Make the configuration of a BERT with two layers of width 32 and a tokenizer of single characters."""
    letters = [*"ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي", *"abcdefghijklmnopqrstuvwxyz0123456789.,!?#@:_"]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = {piece: i for i, piece in enumerate(pieces)}
    tokenizer = BertTokenizer(vocab=vocabulary, strip_accents=False, model_max_length=512)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        **head,
    )
    return config, tokenizer


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep transformers from reporting, with a bar, which heads are new or left out."""
    verbosity, bar = transformers_logging.get_verbosity(), transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bar:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
