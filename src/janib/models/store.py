"""Model folders: ``janib.json`` says what the other files are. Paths only; nothing is ever unpickled."""

from __future__ import annotations

import json
import pickletools
import warnings
import zipfile
from collections.abc import Mapping
from importlib import import_module
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from janib.errors import ConfigError, MissingExtraError, ModelError, suggest
from janib.io.files import hash_file, list_others, write_folder
from janib.models.base import Model

MANIFEST = "janib.json"
CARD = "README.md"
FORMAT = 1

_KINDS = {
    "ensemble": ("janib.models.ensemble.model", "EnsembleModel"),
    "lexicon": ("janib.models.cue_lexicon", "LexiconModel"),
    "majority": ("janib.models.majority", "MajorityModel"),
    "onnx": ("janib.models.onnx", "OnnxModel"),
    "probe": ("janib.models.probe", "ProbeModel"),
    "tfidf": ("janib.models.tfidf.model", "TfidfModel"),
    "transformer": ("janib.models.transformer.model", "TransformerModel"),
}
EXTRAS = {"probe": "transformers", "transformer": "transformers"}
"""What else a kind needs to be loaded."""

_PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt"}
_CALLS = {"REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX"}
_NPY_HEADER = 4096


def save_model(model: Model, folder: Path, provenance: Mapping[str, Any], card: str) -> None:
    """Write a model folder; it appears whole or not at all.

    Parameters
    ----------
    model
        A fitted model.
    folder
        Where; what stands there is replaced.
    provenance
        What the model was trained on and how, JSON-ready.
    card
        Text of the model card.

    Raises
    ------
    ModelError
        If other files than a model's stand in the folder.
    """
    parts = read_manifest(folder)["files"] if (folder / MANIFEST).is_file() else ()
    others = list_others(folder, (CARD, MANIFEST, *(Path(name).parts[0] for name in parts)))
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
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        (partial / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check a model folder's ``janib.json``.

    Raises
    ------
    ModelError
        If the folder or the file is missing or damaged, was written by a newer version, or the folder holds a pickle.
    """
    if not folder.exists():
        raise ModelError(f"{folder} does not exist; expected a model folder, one that holds {MANIFEST}")
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(f"{folder} holds no {MANIFEST}; expected a model folder that Janib saved")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version = int(manifest["format"])
        if version <= FORMAT:  # a newer one may have other keys
            _check_keys(manifest)
    except PermissionError as error:
        raise ModelError(f"{path} cannot be read: permission denied; check its owner and mode") from error
    except KeyError as error:
        raise ModelError(f"{path} is damaged: it has no {error}; copy the model folder again") from error
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path} is damaged ({error}); copy the model folder again") from error
    if version > FORMAT:
        raise ModelError(f"{path} has format {version}, this Janib reads up to {FORMAT}; upgrade: pip install -U janib")
    kind = manifest["kind"]
    if kind not in _KINDS:
        raise ModelError(f"{path} has the kind {kind!r}, this Janib knows {', '.join(_KINDS)}{suggest(kind, _KINDS)}")
    _refuse_pickles(folder)
    _check_files(folder, manifest["files"])
    manifest["labels"] = {task: tuple(labels) for task, labels in manifest["labels"].items()}
    return dict(manifest)


def import_kind(kind: str, what: str) -> type[Model]:
    """Import the class of a kind of models.

    Raises
    ------
    ConfigError
        If there is no such kind.
    MissingExtraError
        If packages of its extra are not installed; ``what`` needs them.
    """
    _check_kind(kind)
    module, name = _KINDS[kind]
    try:
        found: type[Model] = getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if kind not in EXTRAS:
            raise
        raise MissingExtraError(what, EXTRAS[kind]) from error
    return found


def name_class(settings: Mapping[str, Any]) -> str:
    """Return the import path of the class that a config of ``conf/model`` names, without importing it.

    Parameters
    ----------
    settings
        With ``kind``; a class of the user's own has ``_target_``, its import path, instead.

    Raises
    ------
    ConfigError
        If there is no such kind.
    """
    if "_target_" in settings:
        return str(settings["_target_"])
    _check_kind(settings["kind"])
    return ".".join(_KINDS[settings["kind"]])


def load_model(folder: Path) -> tuple[Model, dict[str, Any]]:
    """Load a model from its folder; return it and its manifest.

    Raises
    ------
    ModelError
        As :func:`read_manifest`, or if the weights do not fit the manifest.
    """
    manifest = read_manifest(folder)
    kind = manifest["kind"]
    found = import_kind(kind, f"a model of the kind {kind}")
    try:
        model: Model = found.load(folder, {**manifest["settings"], "labels": manifest["labels"]})
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{folder} cannot be read as a model of the kind {manifest['kind']} "
            f"({type(error).__name__}: {error}); copy the model folder again"
        ) from error
    return model, manifest


def _check_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise ConfigError(f"kind={kind}: expected one of {', '.join(_KINDS)}{suggest(kind, _KINDS)}")


def _check_keys(manifest: Mapping[str, Any]) -> None:
    for key, kind in (("kind", str), ("labels", dict), ("settings", dict), ("provenance", dict), ("files", dict)):
        if not isinstance(manifest[key], kind):
            raise TypeError(f"{key} is of type {type(manifest[key]).__name__}, expected {kind.__name__}")
    for task, labels in manifest["labels"].items():
        if not isinstance(labels, list) or len(labels) < 2:
            raise TypeError(f"the task {task} has no list of labels")


def _refuse_pickles(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and (path.suffix.lower() in _PICKLE_SUFFIXES or _holds_pickle(path)):
            raise ModelError(
                f"{path} is, or may be, a pickle, which can run any code when it is read; "
                "Janib loads none. Take the model from a source that gives safetensors"
            )


def _holds_pickle(path: Path) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        if _is_pickle(content):
            return True
    if not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:  # torch's .pt, numpy's .npz
            return any(
                Path(name).suffix.lower() in _PICKLE_SUFFIXES or _is_pickle(archive.open(name))
                for name in archive.namelist()
            )
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):  # damaged, or locked by a password
        return True


def _is_pickle(content: Any) -> bool:
    """Say whether a stream of bytes is a pickle of any protocol, whole or cut off; nothing in it is run."""
    start = content.read(_NPY_HEADER)
    if start.startswith(b"\x93NUMPY"):
        return b"|O" in start.partition(b"'fortran_order'")[0]  # an array of objects is pickled
    content.seek(0)
    names: list[str] = []
    stack: list[object] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pickletools reads any bytes after an S as Python's escapes
        try:
            for operation, _, _ in pickletools.genops(content):
                _follow(operation, stack)
                names.append(operation.name)
                if operation.name in _CALLS:
                    return True
        except ValueError:  # safetensors too may begin with a pickle's first two bytes
            return names[:1] == ["PROTO"] and len(names) > 2
    return len(names) > 2


def _follow(operation: pickletools.OpcodeInfo, stack: list[object]) -> None:
    mark, taken = pickletools.markobject, operation.stack_before
    if mark in taken:
        taken = taken[: taken.index(mark)]
        if mark not in stack:
            raise ValueError("no mark")
        while stack.pop() is not mark:
            pass
    if len(taken) > len(stack):
        raise ValueError("too few values")
    del stack[len(stack) - len(taken) :]
    stack.extend(operation.stack_after)


def _check_files(folder: Path, expected: Mapping[str, str]) -> None:
    for name, sha256 in expected.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path} is missing; copy the model folder again")
        if hash_file(path) != sha256:
            raise ModelError(f"{path} is cut off or changed (its sha256 is not the saved one); copy it again")
