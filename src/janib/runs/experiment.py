"""Typed configs of runs: the data, tasks, model and seeds of an experiment, read once from Hydra's config."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, fields
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, TypeVar

from hydra.errors import InstantiationException
from hydra.utils import get_class, get_method, instantiate
from omegaconf import DictConfig, OmegaConf

from janib.corpora import NAMES, get_corpus
from janib.corpora.base import Corpus, Splits
from janib.corpora.folds import Fold, make_folds
from janib.corpora.mixture import leave_out, read_others, sample_rows
from janib.errors import ConfigError, JanibError, suggest
from janib.io.files import hash_file, hash_path
from janib.models.base import Model
from janib.models.ensemble.members import find_files
from janib.models.store import import_kind, name_class
from janib.provenance import describe_commit, describe_device, describe_versions, hash_config
from janib.runs.own_names import check_data_name, check_plain_name, name_file
from janib.schema import Example
from janib.tracking.store import VALIDATION, TrackedRun, track_run

log = logging.getLogger(__name__)

IDENTITY = ("data", "task", "model", "split", "split_seed", "seed", "test")
"""The parts of a config that decide a run's numbers; they make its hash. A null says the same as no key."""

MIXTURE = ("train", "sampling_temperature", "most_rows")
"""Keys of ``data`` that say which corpora are trained on; its other keys are its reader's."""

_MAX_SEED = 2**32 - 1

_KINDS = {
    **dict.fromkeys(("split", "data", "task", "model", "tracking"), (dict, "keys with values")),
    **dict.fromkeys(("test", "register", "resume"), (bool, "true or false")),
    **dict.fromkeys(("ledger", "unfinished"), (str, "a path")),
}
"""Types of the keys of a config, in Python and in words; numbers are checked by their range."""

_ROLES = ("path", "test_path")
"""Keys of ``data`` that name the user's own files."""

_OWN_READER = ".read_own_file"
"""The reader whose ``data.name`` is only a name; for others it says which reader it is."""

_OWN_CHOICE = "csv"
"""The user's own file in ``data.train``, whatever its name is."""

_KNOWN = {
    "split": ("by", "parts", "used", "refit", "drop_leaks"),
    "task": ("name", "tasks"),
    "tracking": ("uri", "artifacts", "experiment", "run"),
}
"""Keys inside the keys of a config; those of ``data`` and ``model`` are the options of a reader and of a class."""

_OLD_READERS = {
    "csv": "janib.corpora.own.read_own_file",
    "arastance": "janib.corpora.arastance.read_arastance",
}
"""Corpora whose reader had a path of its own in the hashes of version 0.1."""


_C = TypeVar("_C", bound="RunConfig")


class RunConfig:
    """The part of a config that every run has: a corpus, its tasks, the ledger and the MLflow store.

    Attributes
    ----------
    data
        ``name`` of the corpus, ``_target_`` and options of its reader, and the keys of :data:`MIXTURE`.
    task
        ``name``, and ``tasks`` where there are several.
    ledger
        The list of test scorings.
    tracking
        ``uri`` and ``artifacts`` of the MLflow store; ``experiment``, which its experiments' names begin with; and
        ``run``, a run's name, or None.
    """

    data: Mapping[str, Any]
    task: Mapping[str, Any]
    ledger: str
    tracking: Mapping[str, str]

    @property
    def tasks(self) -> list[str]:
        """The tasks that are trained and scored; the first is the main one."""
        return list_tasks(self.task)

    @property
    def is_own(self) -> bool:
        """Whether the rows are of the user's own file."""
        return str(self.data.get("_target_")).endswith(_OWN_READER)

    def list_corpora(self) -> list[str]:
        """Return the names of all corpora that are read, the scored one first, without a user's own files."""
        names = dict.fromkeys([self.data["name"], *(self.data.get("train") or [])])
        return [name for name in names if name in NAMES]

    def list_checksums(self) -> dict[str, str]:
        """Return path and sha256 of the files of all corpora that are read; a user's own are in the run's hash."""
        return {path: sha for name in self.list_corpora() for path, sha in get_corpus(name).list_checksums().items()}

    def read_data(self) -> tuple[Corpus, Splits]:
        """Read the corpus, with the rows that have a label for one of the tasks."""
        log.info("reading %s", self.data["name"])
        settings = {key: value for key, value in self.data.items() if key not in MIXTURE}
        check_keys("data", settings, get_method(settings["_target_"]))
        corpus, splits = _instantiate(settings, task=self.tasks)
        if not corpus.is_own:  # of which more is told
            log.info(", ".join(f"{split}: {len(rows):,} rows" for split, rows in splits.items()))
        return corpus, splits

    def describe(self, corpus: Corpus) -> dict[str, Any]:
        """Return the provenance of a run that begins now: commit, data, task, device and versions."""
        return {
            **describe_commit(self.list_written()),
            "data": corpus.name,
            "data_sha256": self.list_checksums(),
            "task": self.task["name"],
            "target_is_given": corpus.target_is_given,
            "device": describe_device(),
            "versions": describe_versions(),
        }

    def list_written(self) -> list[Path]:
        """Return the files and folders that are no code: the user's data, and what the run writes beside its folder."""
        own = [Path(self.data[role]) for role in _ROLES if self.data.get(role)]
        artifacts, store = self.tracking["artifacts"], self.tracking["uri"].removeprefix("sqlite:///")
        return [*own, *map(Path, (self.ledger, f"{self.ledger}.lock", artifacts, store, f"{store}-lock"))]

    def track(
        self, corpus: Corpus, provenance: Mapping[str, Any], run_id: str | None = None
    ) -> AbstractContextManager[TrackedRun]:
        """Open an MLflow run, or go on with the run ``run_id``."""
        experiment = f"{self.tracking['experiment']}-{corpus.name}-{self.task['name']}"
        name = self.tracking.get("run") or f"{provenance['model']}-seed{provenance['seed']}"
        about = f"{corpus.title}: {', '.join(self.tasks)}. {corpus.homepage}".strip()
        return track_run(self.tracking["uri"], self.tracking["artifacts"], experiment, name, provenance, run_id, about)

    def to_dict(self) -> dict[str, Any]:
        """Return the config as it was read, by key."""
        return dict(vars(self))

    def to_yaml(self) -> str:
        """Return the config as the text of ``config.yaml``."""
        return OmegaConf.to_yaml(OmegaConf.create(self.to_dict()))


@dataclass(frozen=True)
class Experiment(RunConfig):
    """The config of a run that trains; made by :func:`read_experiment`. Its fields are the keys of ``conf/train.yaml``.

    Attributes
    ----------
    seed
        Seed of the model.
    split_seed
        Seed of the folds, and of the draw from other corpora.
    split
        Options of :func:`janib.corpora.folds.make_folds`, ``drop_leaks`` and ``refit``.
    test
        Whether the test splits are scored.
    resume
        Whether a run of the same config that was killed goes on.
    unfinished
        Folder in which each run keeps its finished folds and checkpoints until it ends.
    register
        Whether the model is registered in MLflow.
    model
        ``name``, ``kind`` and options of the model.
    """

    seed: int
    split_seed: int
    split: Mapping[str, Any]
    test: bool
    ledger: str
    data: Mapping[str, Any]
    resume: bool
    unfinished: str
    register: bool
    task: Mapping[str, Any]
    model: Mapping[str, Any]
    tracking: Mapping[str, str]

    def identify(self) -> dict[str, Any]:
        """Return what decides the run's numbers: the keys of :data:`IDENTITY`, and hashes of the files it reads.

        A file of the user's own counts by its content and its role. Its name and place do not, nor what the user calls
        it in results.
        """
        chosen, files = self._choose(), self._hash_files()
        if files.keys() & set(_ROLES) and self.is_own:
            del chosen["data"]["name"]
        chosen["data"] = {key: value for key, value in chosen["data"].items() if key not in files}
        return drop_nulls({**chosen, "files": files} if files else chosen)

    def hash_run(self) -> str:
        """Return the hash of what decides the run's numbers: data, task, model, split and seeds."""
        return hash_config(self.identify())

    def list_hashes(self) -> tuple[str, ...]:
        """Return the run's hash and those that earlier versions gave the same config, today's first."""
        return tuple(dict.fromkeys([self.hash_run(), *self._list_former_hashes()]))

    def _list_former_hashes(self) -> list[str]:
        """Return the hashes of earlier versions, which held the names of files.

        Two files of one name got one hash, whatever was in the first. Such a hash is left out. Until version 0.1 a hash
        held the import paths of the model's class and of the corpus's reader too.
        """
        chosen = self._choose()
        if self.is_own and self.data["name"] == name_file(self.data["path"]):
            chosen["data"]["name"] = _OWN_CHOICE  # as all own files were called
        own = [Path(self.data[role]) for role in _ROLES if self.data.get(role)]
        paths = [(path.name, path) for path in own if path.is_file()]
        paths += [(str(path), path) for path in self._list_member_files()]
        files = {name: hash_file(path) for name, path in paths}
        if len(files) < len(paths):
            return []
        chosen = drop_nulls({**chosen, "files": files} if files else chosen)
        second = hash_config(chosen)
        kind = chosen["model"].pop("kind", None)
        if kind is not None:
            chosen["model"]["_target_"] = f"janib.models.{kind}.{kind.capitalize()}Model"
        chosen["data"]["_target_"] = _OLD_READERS.get(chosen["data"]["name"], "janib.corpora.read_corpus")
        return [second, hash_config(chosen)]

    def _choose(self) -> dict[str, Any]:
        chosen = {key: value for key, value in self.to_dict().items() if key in IDENTITY}
        chosen["data"] = {key: value for key, value in self.data.items() if key != "_target_"}  # the name says it
        return chosen

    def _hash_files(self) -> dict[str, str]:
        """Return the hashes of the user's own data by its role, and one hash of an ensemble's members together."""
        own = {role: Path(self.data[role]) for role in _ROLES if self.data.get(role)}
        files = {role: hash_path(path) for role, path in own.items() if path.exists()}
        members = [hash_file(path) for path in self._list_member_files()]
        return files | ({"members": hash_config({"files": members})} if members else {})

    def _list_member_files(self) -> list[Path]:
        """Return the files of an ensemble's members, whose numbers decide its own."""
        return [path for member in self.model.get("members", []) for path in find_files(member, self.model["results"])]

    def describe(self, corpus: Corpus) -> dict[str, Any]:
        """Return the provenance of a run that begins now, with the config's hash, the model's name and the seeds."""
        return super().describe(corpus) | {
            "config_hash": self.hash_run(),
            "model": self.model["name"],
            "seed": self.seed,
            "split_seed": self.split_seed,
            VALIDATION: self.hash_validation(),
        }

    def hash_validation(self) -> str:
        """Return the hash of what is validated on: where it is the same, validation scores can be compared."""
        chosen = self.identify()
        data = {key: value for key, value in chosen["data"].items() if key not in MIXTURE}
        split = {key: self.split[key] for key in ("by", "parts", "used")}
        rows = [self.list_checksums(), chosen.get("files", {}).get("path"), self.split_seed]
        return hash_config({"data": data, "task": chosen["task"], "split": split, "rows": rows})

    def make_model(self, corpus: Corpus) -> Model:
        """Make the model, unfitted; labels are the corpus's. Errors are those of :func:`make_model`."""
        return make_model(self.model, {task: corpus.task_labels(task) for task in self.tasks}, self.seed)

    def read_others(self, splits: Splits) -> list[Example]:
        """Return the rows of other corpora that are trained on; none of their texts is in a test split."""
        names = [name for name in self.data.get("train") or [] if name not in self._names]
        others = read_others(names, self.tasks)
        temperature, most = (self.data.get(key) for key in ("sampling_temperature", "most_rows"))
        drawn = sample_rows(others, temperature, most, self.split_seed)
        kept = leave_out(drawn, list_test_rows(splits))
        if others:
            counts = ", ".join(f"{name} {sum(row.id.startswith(f'{name}/') for row in kept):,}" for name in others)
            n_left_out = len(drawn) - len(kept)
            log.info("training too on %s; %d rows left out whose text is in a test split", counts, n_left_out)
        return kept

    def list_own_rows(self, splits: Splits) -> list[Example]:
        """Return the corpus's own rows that are trained on: none where ``data.train`` names others alone."""
        names = self.data.get("train")
        is_left_out = names and self._names.isdisjoint(names)
        return [] if is_left_out else [*splits["train"], *splits.get("valid", [])]

    @property
    def _names(self) -> set[str]:
        """The names of the scored corpus in ``data.train``."""
        return {self.data["name"], *([_OWN_CHOICE] if self.is_own else [])}

    def cut_rows(self, splits: Splits) -> Sequence[Fold]:
        """Return the folds: rows that are fitted on, and rows that validate; none where ``split.used`` is 0."""
        if not self.split["used"]:
            return []
        if not self.list_own_rows(splits):
            return [Fold([], splits.get("valid") or splits["train"])]  # none of them is trained on
        if "valid" in splits:
            return [Fold(splits["train"], splits["valid"])]
        options = {key: value for key, value in self.split.items() if key not in ("drop_leaks", "refit")}
        return make_folds(splits["train"], self.tasks[0], **options, split_seed=self.split_seed)

    def find_only_fold(self, folds: Sequence[Fold]) -> Fold | None:
        """Return the fold whose model is kept, where ``split.refit`` is false; None where all rows are refitted on.

        Raises
        ------
        ConfigError
            If there is not one fold but none or several.
        """
        if self.split.get("refit") is None:
            return None
        if len(folds) != 1:
            raise ConfigError(f"split.refit=false with {len(folds)} folds: expected one; set split.used=1, or refit")
        return folds[0]

    def drop_leaks(self, train: list[Example], scored: list[Example]) -> list[Example]:
        """Leave out, where ``split.drop_leaks`` is set, the training rows whose text is, or nearly, in scored rows."""
        kept = leave_out(train, scored) if self.split.get("drop_leaks") else train
        if len(kept) < len(train):
            log.info("%d of %d training rows left out whose text is scored", len(train) - len(kept), len(train))
        return kept


@dataclass(frozen=True)
class Evaluation(RunConfig):
    """The config of a run that scores a saved model without training; made by :func:`read_evaluation`.

    Attributes
    ----------
    saved
        Model folder, ``runs:/…`` or ``models:/…``.
    """

    saved: str
    data: Mapping[str, Any]
    task: Mapping[str, Any]
    ledger: str
    tracking: Mapping[str, str]


def read_experiment(config: DictConfig) -> Experiment:
    """Read and check a config that ``conf/train.yaml`` composed.

    Raises
    ------
    ConfigError
        If it has an unknown key, or a value of the wrong type.
    """
    values: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    known = [field.name for field in fields(Experiment)]
    for key in values:
        if key not in known:
            raise ConfigError(f"{key!s}: no experiment reads such a key{suggest(str(key), known)}")
    _check_values(values, _KINDS)
    split = values["split"]
    numbers = {key: values[key] for key in ("seed", "split_seed")}
    numbers |= {f"split.{key}": split.get(key) for key in ("parts", "used")}
    for key, value in numbers.items():
        if type(value) is not int or not 0 <= value <= _MAX_SEED:
            raise ConfigError(f"{key}={value}: expected a whole number from 0 to {_MAX_SEED}")
    if split.get("refit") not in (None, False):
        raise ConfigError(f"split.refit={split['refit']}: expected false, or null for yes")
    if split.get("drop_leaks") not in (None, True):
        raise ConfigError(f"split.drop_leaks={split['drop_leaks']}: expected true, or null for no")
    if isinstance(values["data"].get("train"), str):
        raise ConfigError(f"data.train={values['data']['train']}: expected a list, [{values['data']['train']}]")
    return _check_names(Experiment(**values))


def read_evaluation(config: DictConfig) -> Evaluation:
    """Read and check a config that ``conf/evaluate.yaml`` composed.

    Raises
    ------
    ConfigError
        If it names several models.
    """
    values: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    if not isinstance(values["saved"], str):
        raise ConfigError(f"saved={values['saved']}: expected one model; only annotated articles take several")
    known = [field.name for field in fields(Evaluation)]
    _check_values(values, {key: kind for key, kind in _KINDS.items() if key in known})
    return _check_names(Evaluation(**{key: values[key] for key in known}))


def _check_values(values: Mapping[str, Any], kinds: Mapping[str, tuple[type, str]]) -> None:
    """Check types, and the keys of :data:`_KNOWN`."""
    for key, (kind, expected) in kinds.items():
        if type(values.get(key)) is not kind:
            raise ConfigError(f"{key}={values.get(key)}: expected {expected}")
    for key in _KNOWN.keys() & kinds.keys():
        _refuse_unknown(key, values[key], _KNOWN[key])


def _check_names(config: _C) -> _C:
    if config.is_own:
        check_data_name(config.data)
    if isinstance(config, Experiment):
        check_plain_name("model.name", config.model["name"])
    for role in _ROLES:
        path = config.data.get(role)
        if path is not None and not isinstance(path, str):
            raise ConfigError(f"data.{role}={path}: expected the path of one file")
    return config


def check_keys(prefix: str, settings: Mapping[str, Any], function: Callable[..., object]) -> None:
    """Refuse keys that are no parameters of the function or class that they are for.

    Parameters
    ----------
    prefix
        The key that they are in, for the message.

    Raises
    ------
    ConfigError
        If there is such a key.
    """
    known = signature(function).parameters
    if not any(parameter.kind is Parameter.VAR_KEYWORD for parameter in known.values()):
        _refuse_unknown(prefix, settings, [*known, "_target_", "_convert_"])


def _refuse_unknown(prefix: str, settings: Mapping[str, Any], known: Collection[str]) -> None:
    for key in settings:
        if key not in known:
            hint = suggest(str(key), [name for name in known if not name.startswith("_")])
            raise ConfigError(f"{prefix}.{key}: the config has no such key{hint}")


def make_model(settings: Mapping[str, Any], labels: Mapping[str, Sequence[str]], seed: int) -> Model:
    """Make an unfitted model.

    Parameters
    ----------
    settings
        As a file of ``conf/model`` has them: ``name``, ``kind`` or ``_target_``, and the model's own options.
    labels
        Task to its labels in column order.
    seed
        Seed of the model.

    Raises
    ------
    ConfigError
        If there is no such kind or class, or it has no such option.
    MissingExtraError
        If packages that the model needs are not installed.
    """
    check_model(settings)
    options = {key: value for key, value in settings.items() if key not in ("name", "kind")}
    options["_target_"] = name_class(settings)
    model: Model = _instantiate(options, labels=labels, seed=seed)
    return model


def _instantiate(settings: Mapping[str, Any], **further: Any) -> Any:
    """Call what a config names; errors that the user can mend are raised as they are, not in Hydra's wrapping."""
    try:
        return instantiate(settings, **further, _convert_="all")
    except InstantiationException as error:
        if isinstance(error.__cause__, JanibError | OSError):
            raise error.__cause__ from error
        raise


def check_model(settings: Mapping[str, Any]) -> None:
    """Check the names of a model's options, as :func:`make_model` does before it makes the model; errors as there."""
    if "kind" in settings:
        import_kind(settings["kind"], f"model={settings['name']}")
    options = {key: value for key, value in settings.items() if key not in ("name", "kind")}
    name = name_class(settings)
    try:
        found = get_class(name)
    except (ImportError, ValueError) as error:
        raise ConfigError(f"model._target_={name} names no class that can be imported: {error.__cause__}") from error
    check_keys("model", options, found)


def list_tasks(task: Mapping[str, Any]) -> list[str]:
    """Return the tasks that a file of ``conf/task`` names; the first is the main one."""
    return [str(name) for name in task.get("tasks") or [task["name"]]]


def drop_nulls(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a config without the keys that are null, so that a new option changes no older run's hash.

    >>> drop_nulls({"seed": 0, "data": {"name": "ans", "train": None}})
    {'seed': 0, 'data': {'name': 'ans'}}
    """
    return {
        key: drop_nulls(value) if isinstance(value, Mapping) else value
        for key, value in config.items()
        if value is not None
    }


def list_tests(splits: Splits) -> list[str]:
    """Return the names of the test splits, such as ``test`` and ``test_unseen``."""
    return [split for split in splits if split.startswith("test")]


def list_test_rows(splits: Splits) -> list[Example]:
    """Return the rows of all test splits."""
    return [row for split in list_tests(splits) for row in splits[split]]
