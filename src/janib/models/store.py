"""Model folders: the files of a saved model and ``janib.json``, their manifest. No pickle is ever read."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from janib.errors import ConfigError, MissingExtraError, ModelError, suggest
from janib.io.files import hash_file, list_others, write_folder
from janib.io.strict_json import format_json
from janib.models.base import Model
from janib.models.folder import check_file_name, check_links, explain_damage, list_files, read_json
from janib.models.options import check_number

MANIFEST = "janib.json"
CARD = "README.md"
FORMAT = 1

MAX_LABEL_CHARS = 200

MODEL_SUFFIXES = (".json", ".npz", ".safetensors", ".onnx", ".data", ".model", ".txt", ".jinja", ".md")
"""Suffixes of the files that a model folder may hold. What reads them runs no code of theirs, as a pickle would."""


class ModelKind(NamedTuple):
    """The class behind a ``kind`` of ``janib.json`` and ``conf/model``.

    Attributes
    ----------
    module, class_name
        The import path of the class, in two parts.
    extra
        The extra of the package that the class needs; None if the package alone will do.
    """

    module: str
    class_name: str
    extra: str | None = None


_KINDS = {
    "ensemble": ModelKind("janib.models.ensemble.model", "EnsembleModel"),
    "hybrid": ModelKind("janib.models.hybrid", "HybridModel", "transformers"),
    "lexicon": ModelKind("janib.models.cue_lexicon", "LexiconModel"),
    "llm": ModelKind("janib.models.llm.model", "LlmModel", "llm"),
    "majority": ModelKind("janib.models.majority", "MajorityModel"),
    "onnx": ModelKind("janib.models.onnx", "OnnxModel"),
    "probe": ModelKind("janib.models.probe", "ProbeModel", "transformers"),
    "tfidf": ModelKind("janib.models.tfidf.model", "TfidfModel"),
    "transformer": ModelKind("janib.models.transformer.model", "TransformerModel", "transformers"),
}


def save_model(model: Model, folder: Path, provenance: Mapping[str, Any], card: str) -> None:
    """Write a model folder, whole or not at all.

    Parameters
    ----------
    model
        A fitted model.
    folder
        A new folder, or that of a saved model, which is replaced.
    provenance
        What the model was trained on and how, JSON-ready.
    card
        Text of the model card.

    Raises
    ------
    ModelError
        If the folder holds files that belong to no model.
    """
    names = read_manifest(folder)["files"] if (folder / MANIFEST).is_file() else ()
    others = list_others(folder, (CARD, MANIFEST, *(Path(name).parts[0] for name in names)))
    if others:
        raise ModelError(f"{folder} holds {others[0]}, which is of no model and would be lost; name a new folder")
    with write_folder(folder) as partial:
        settings = model.save(partial)
        (partial / CARD).write_text(card, encoding="utf-8")
        manifest = {
            "format": FORMAT,
            "kind": model.kind,
            "labels": {task: list(labels) for task, labels in model.labels.items()},
            "settings": settings,
            "provenance": dict(provenance),
            "files": {
                path.relative_to(partial).as_posix(): hash_file(path)
                for path in sorted(partial.rglob("*"))
                if path.is_file() and path.name != CARD
            },
        }
        text = format_json(manifest, indent=2) + "\n"
        (partial / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check a model folder's ``janib.json``.

    Raises
    ------
    ModelError
        If the folder or the file is missing or damaged, a newer version wrote it, or the folder holds a file whose
        suffix is none of :data:`MODEL_SUFFIXES`, or a link that leads out of it.
    """
    if not folder.exists():
        raise ModelError(f"{folder} does not exist; expected a model folder, one that holds {MANIFEST}")
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(f"{folder} holds no {MANIFEST}; expected a model folder that Janib saved")
    try:
        check_links(folder)
        manifest = read_json(path)
        version = _read_version(manifest)
        if version <= FORMAT:  # a newer one may have other keys
            _check_keys(manifest)
    except PermissionError as error:
        raise ModelError(
            f"{error.filename or path} cannot be read: permission denied; check its owner and mode"
        ) from error
    except KeyError as error:
        raise ModelError(f"{path} is damaged: it has no {error}; copy the model folder again") from error
    except (ValueError, TypeError, ConfigError) as error:
        raise ModelError(f"{path} is damaged ({error}); copy the model folder again") from error
    if version > FORMAT:
        raise ModelError(f"{path} has format {version}, this Janib reads up to {FORMAT}; upgrade: pip install -U janib")
    kind = manifest["kind"]
    if kind not in _KINDS:
        raise ModelError(f"{path} has the kind {kind!r}, this Janib knows {', '.join(_KINDS)}{suggest(kind, _KINDS)}")
    _check_suffixes(folder)
    _check_files(folder, manifest["files"])
    manifest["labels"] = {task: tuple(labels) for task, labels in manifest["labels"].items()}
    return dict(manifest)


def import_kind(kind: str, purpose: str) -> type[Model]:
    """Import the class of a kind of models.

    Parameters
    ----------
    kind
        As in ``janib.json`` and ``conf/model``.
    purpose
        What the class is needed for, as the error message begins.

    Raises
    ------
    ConfigError
        If there is no such kind.
    MissingExtraError
        If packages of the kind's extra are not installed.
    """
    module, class_name, extra = _find_kind(kind)
    try:
        found: type[Model] = getattr(import_module(module), class_name)
    except ModuleNotFoundError as error:
        if extra is None:
            raise
        raise MissingExtraError(purpose, extra) from error
    return found


def find_extra(kind: str) -> str | None:
    """Return the extra that a kind of models needs, None if it needs none.

    Raises
    ------
    ConfigError
        If there is no such kind.
    """
    return _find_kind(kind).extra


def name_class(settings: Mapping[str, Any]) -> str:
    """Return the import path of the class that a config of ``conf/model`` names, without importing it.

    Parameters
    ----------
    settings
        Holds ``kind``, or for a class of the user's own ``_target_``, its import path.

    Raises
    ------
    ConfigError
        If there is no such kind.
    """
    if "_target_" in settings:
        return str(settings["_target_"])
    found = _find_kind(settings["kind"])
    return f"{found.module}.{found.class_name}"


def load_model(folder: Path) -> tuple[Model, dict[str, Any]]:
    """Load a model from its folder; return it and its manifest.

    Raises
    ------
    ModelError
        As :func:`read_manifest`, or if the settings are out of range, or the weights are no numbers or do not fit.
    MissingExtraError
        If packages of the kind's extra are not installed.
    """
    manifest = read_manifest(folder)
    kind = manifest["kind"]
    model_class = import_kind(kind, f"a model of the kind {kind}")
    with explain_damage(f"{folder} cannot be read as a model of the kind {kind}"):
        model: Model = model_class.load(folder, {**manifest["settings"], "labels": manifest["labels"]})
    return model, manifest


def _find_kind(kind: str) -> ModelKind:
    if kind not in _KINDS:
        raise ConfigError(f"kind={kind}: expected one of {', '.join(_KINDS)}{suggest(kind, _KINDS)}")
    return _KINDS[kind]


def _read_version(manifest: Mapping[str, Any]) -> int:
    version = manifest["format"]
    if type(version) is not int or version < 1:
        raise ValueError(f"format is {version!r:.100}, expected a whole number from 1")
    return version


def _check_keys(manifest: Mapping[str, Any]) -> None:
    for key, kind in (("kind", str), ("labels", dict), ("settings", dict), ("provenance", dict), ("files", dict)):
        if not isinstance(manifest[key], kind):
            raise TypeError(f"{key} is of type {type(manifest[key]).__name__}, expected {kind.__name__}")
    if not manifest["labels"]:
        raise ValueError("it has no task")
    for task, labels in manifest["labels"].items():
        if not isinstance(labels, list) or len(labels) < 2:
            raise TypeError(f"the task {task} has no list of labels")
        if not all(isinstance(label, str) and label.strip() for label in labels):
            raise TypeError(f"the task {task} has a label that is no word")
        if not all(label.splitlines() == [label] and len(label) <= MAX_LABEL_CHARS for label in labels):
            raise ValueError(f"the task {task} has a label with a line break or of over {MAX_LABEL_CHARS} characters")
        if len({label.strip() for label in labels}) < len(labels):
            raise ValueError(f"the task {task} has a label twice")
    check_number("side_threshold", manifest["provenance"].get("side_threshold", 0), 0, 1)


def _check_suffixes(folder: Path) -> None:
    for path in list_files(folder):
        names = path.relative_to(folder).parts
        is_hidden = any(name.startswith(".") for name in names)  # such as files of git, which no model reads
        if path.is_file() and not is_hidden and path.suffix.lower() not in MODEL_SUFFIXES:
            raise ModelError(
                f"{path} is no file of a model and may be a pickle, which can run any code when it is read; expected "
                f"only {', '.join(MODEL_SUFFIXES)}. Remove it, or take the model from a source that gives safetensors"
            )


def _check_files(folder: Path, expected: Mapping[str, str]) -> None:
    for name, sha256 in expected.items():
        with explain_damage(f"{folder / MANIFEST} is damaged"):
            path = folder / check_file_name(name)
            is_there = path.is_file()
        if not is_there:
            raise ModelError(f"{path} is missing; copy the model folder again")
        if hash_file(path) != sha256:
            raise ModelError(f"{path} is cut off or changed (its sha256 is not the saved one); copy it again")
