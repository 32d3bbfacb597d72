"""Model folders: ``janib.json`` says what the other files are. Paths only; nothing is ever unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from janib.errors import MissingExtraError, ModelError, suggest
from janib.files import hash_file, write_folder
from janib.models.base import Model

MANIFEST = "janib.json"
CARD = "README.md"
FORMAT = 1

_KINDS = {
    "majority": ("janib.models.majority", "MajorityModel", "experiments"),
    "tfidf": ("janib.models.tfidf", "TfidfModel", "experiments"),
    "transformer": ("janib.models.transformer", "TransformerModel", "transformers"),
}
_PICKLE_SUFFIXES = {".pkl", ".pickle", ".joblib", ".pt", ".pth", ".bin", ".ckpt"}
_PICKLE_START = b"\x80"


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
    """
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
    if not folder.is_dir():
        raise ModelError(f"{folder} is no folder; expected a model folder, one that holds {MANIFEST}")
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelError(f"{folder} holds no {MANIFEST}; expected a model folder that Janib saved")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version, kind = int(manifest["format"]), str(manifest["kind"])
        expected = dict(manifest["files"])
        if not isinstance(manifest["labels"], dict) or not isinstance(manifest["settings"], dict):
            raise TypeError("labels and settings must be objects")
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged ({error}); copy the model folder again") from error
    if version > FORMAT:
        raise ModelError(f"{path} has format {version}, this Janib reads up to {FORMAT}; upgrade: pip install -U janib")
    if kind not in _KINDS:
        raise ModelError(f"{path} has the kind {kind!r}, this Janib knows {', '.join(_KINDS)}{suggest(kind, _KINDS)}")
    _refuse_pickles(folder)
    _check_files(folder, expected)
    manifest["labels"] = {task: tuple(labels) for task, labels in manifest["labels"].items()}
    return dict(manifest)


def load_model(folder: Path) -> tuple[Model, dict[str, Any]]:
    """Load a model from its folder; return it and its manifest.

    Raises
    ------
    ModelError
        As :func:`read_manifest`, or if the weights do not fit the manifest.
    """
    manifest = read_manifest(folder)
    module, name, extra = _KINDS[manifest["kind"]]
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"a model of the kind {manifest['kind']}", extra) from error
    model: Model = getattr(found, name).load(folder, {**manifest["settings"], "labels": manifest["labels"]})
    return model, manifest


def _refuse_pickles(folder: Path) -> None:
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        with path.open("rb") as stream:
            start = stream.read(1)
        if path.suffix.lower() in _PICKLE_SUFFIXES or start == _PICKLE_START:
            raise ModelError(
                f"{path} is, or may be, a pickle, which can run any code when it is read; "
                "Janib loads none. Take the model from a source that gives safetensors"
            )


def _check_files(folder: Path, expected: Mapping[str, str]) -> None:
    for name, sha256 in expected.items():
        path = folder / name
        if not path.is_file():
            raise ModelError(f"{path} is missing; copy the model folder again")
        if hash_file(path) != sha256:
            raise ModelError(f"{path} is cut off or changed (its sha256 is not the saved one); copy it again")
