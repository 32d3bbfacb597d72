"""The places of pretrained encoders: a mirror folder, a path, Janib's or Hugging Face's cache, and the hub."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from huggingface_hub import HfApi, ModelInfo, constants, errors, snapshot_download

from janib.corpora.fetch import CACHE_VARIABLE
from janib.errors import ModelError

MIRROR = "JANIB_MODEL_MIRROR"
HUB_TIMEOUT = 3.0  # seconds
BUILT_HERE = "e5_small_ar"

_HUB_ID = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)

_NEEDED = (
    ("config.json",),
    (
        "model.safetensors",
        "model.safetensors.index.json",
        "pytorch_model.bin",
        "pytorch_model.bin.index.json",
    ),
    ("tokenizer.json", "vocab.txt", "sentencepiece.bpe.model", "tokenizer.model"),
)
"""A whole encoder has one file of each of these lines."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """A folder with an encoder's configuration, weights and tokenizer.

    Attributes
    ----------
    folder
        The folder.
    revision
        Its commit on the hub; None for a folder that is not from the hub.
    """

    folder: Path
    revision: str | None


def find_encoder(name: str, revision: str | None = None) -> Encoder:
    """Find an encoder: in ``$JANIB_MODEL_MIRROR``, at a path, where ``janib encoder build`` wrote it, or on the hub.

    Parameters
    ----------
    name
        A folder's name in the mirror (``-`` and ``_`` are equivalent), a path, or a hub id ``owner/name``, which the
        mirror may hold as ``owner/name`` or ``name``.
    revision
        A commit, branch or tag of the hub; None for the newest, or the cached one. It does not matter for a folder.

    Raises
    ------
    ModelError
        If there is no whole local copy and none on the hub; within five seconds if the hub cannot be reached.
    """
    for folder in _list_folders(name):
        if folder.is_dir():
            missing = _list_missing(file.name for file in folder.iterdir())
            if missing:
                raise ModelError(
                    f"encoder {name!r}: {folder} holds no {missing}; copy the whole Hugging Face folder there"
                )
            return Encoder(folder, None)
    if not _HUB_ID.fullmatch(name):
        raise _make_missing_error(name, "it is no hub id (owner/name)")
    cached = _find_cached(name, revision)
    return Encoder(cached, cached.name) if cached else _download(name, revision)


def get_built_folder(name: str) -> Path:
    """Return where ``janib encoder build`` puts an encoder by default; ``-`` and ``_`` are equivalent."""
    cache = os.environ.get(CACHE_VARIABLE) or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "janib")
    return Path(cache).expanduser() / "encoders" / name.replace("-", "_")


def _list_folders(name: str) -> list[Path]:
    built = [get_built_folder(name)] if name.replace("-", "_") == BUILT_HERE else []
    mirror = os.environ.get(MIRROR)
    if not mirror:
        return [Path(name), *built]
    inside = [Path(mirror) / each for each in (name, name.replace("_", "-"), name.replace("-", "_"))]
    of_hub = [Path(mirror) / name.rpartition("/")[2]] if _HUB_ID.fullmatch(name) else []
    return [*inside, Path(name), *of_hub, *built]


def _list_missing(names: Iterable[str]) -> str:
    found = set(names)
    return ", no ".join(" or ".join(files) for files in _NEEDED if found.isdisjoint(files))


def _find_cached(name: str, revision: str | None) -> Path | None:
    try:
        folder = Path(snapshot_download(name, revision=revision, local_files_only=True))
    except errors.IncompleteSnapshotError as error:  # it may lack only files that PyTorch does not read
        folder = Path(error.snapshot_path)
    except (errors.LocalEntryNotFoundError, errors.HFValidationError):
        return None
    return None if _list_missing(file.name for file in folder.iterdir()) else folder


def _download(name: str, revision: str | None) -> Encoder:
    info = _ask_hub(name, revision)
    files = [file.rfilename for file in info.siblings or []]
    missing = _list_missing(files)
    if missing:
        raise _make_missing_error(name, f"its hub page has no {missing}")
    weights = "model*.safetensors" if any(file.startswith("model.safetensors") for file in files) else "pytorch_model*"
    folder = snapshot_download(name, revision=info.sha, allow_patterns=["*.json", "*.txt", "*.model", weights])
    return Encoder(Path(folder), info.sha)


def _ask_hub(name: str, revision: str | None) -> ModelInfo:
    """Ask the hub once, in another thread, since the name resolver has no time limit."""
    replies: Queue[ModelInfo | Exception] = Queue()

    def ask() -> None:
        try:
            replies.put(HfApi().model_info(name, revision=revision, timeout=HUB_TIMEOUT))
        except (errors.HTTPError, errors.HFValidationError, OSError) as error:  # type: ignore[attr-defined]
            replies.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        reply = replies.get(timeout=HUB_TIMEOUT + 1)
    except Empty:
        reply = TimeoutError("no answer")
    if isinstance(reply, Exception):
        reason = " ".join(str(reply).split())
        raise _make_missing_error(name, f"{constants.ENDPOINT} gives none ({reason})") from reply
    return reply


def _make_missing_error(name: str, hub: str) -> ModelError:
    mirror = os.environ.get(MIRROR)
    ways = [f"copy its folder into one that {MIRROR} names"]
    if _HUB_ID.fullmatch(name):
        ways.insert(0, f"run: hf download {name} (with a network)")
    elif name.replace("-", "_") == BUILT_HERE:
        ways.insert(0, f"run: janib encoder build {BUILT_HERE}")
    return ModelError(
        f"encoder {name!r} is missing (config.json, model.safetensors, tokenizer.json): {MIRROR} "
        f"({mirror or 'not set'}) has no such folder, there is none at that path nor in "
        f"{constants.HF_HUB_CACHE}, and {hub}; {', or '.join(ways)}"
    )
