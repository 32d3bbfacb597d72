"""The places of pretrained encoders: a mirror folder, a path, Janib's or Hugging Face's cache, and the hub."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

from huggingface_hub import HfApi, ModelInfo, constants, snapshot_download
from huggingface_hub.errors import GatedRepoError, RevisionNotFoundError
from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

from janib.corpora.fetch import get_cache_folder
from janib.errors import FULL_DISK, ModelError
from janib.io.files import write_text
from janib.models.folder import check_file_name, read_json, summarise

log = logging.getLogger(__name__)

MIRROR = "JANIB_MODEL_MIRROR"
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

_SINGLE, _SHARDED = ("model.safetensors", "pytorch_model.bin"), ("model-*.safetensors", "pytorch_model-*.bin")


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


@dataclass(frozen=True, slots=True)
class Download:
    """The files of an encoder on the hub that PyTorch reads.

    Attributes
    ----------
    name
        The hub's id, ``owner/name``.
    revision
        The commit.
    ref
        The branch or tag that led to it.
    files
        Names of configuration and tokenizer.
    weights
        Names of the weights.
    size
        Bytes of all of them; None if the hub does not say it.
    """

    name: str
    revision: str
    ref: str
    files: Sequence[str]
    weights: Sequence[str]
    size: int | None

    def show_size(self) -> str:
        """Return the size in megabytes, with its unit."""
        return "unknown size" if self.size is None else f"{self.size / 1e6:,.0f} MB"


def find_encoder(name: str, revision: str | None = None) -> Encoder:
    """Find an encoder: in ``$JANIB_MODEL_MIRROR``, at a path, where ``janib encoder build`` wrote it, or on the hub.

    The variables of Hugging Face count, such as ``HF_HOME``, ``HF_ENDPOINT``, ``HF_TOKEN``, ``HF_HUB_OFFLINE`` and
    ``HF_HUB_ETAG_TIMEOUT``. What is in the cache is taken without asking the hub.

    Parameters
    ----------
    name
        A folder's name in the mirror (``-`` and ``_`` are equivalent), a path, or a hub id ``owner/name``, which the
        mirror may hold as ``owner/name`` or ``name``.
    revision
        A commit, branch or tag of the hub. None for the commit of :func:`get_known_commit`, or else another that the
        cache has, or else the newest. It does not matter for a folder.

    Raises
    ------
    ModelError
        If there is no whole local copy and none on the hub, or the download breaks off.
    """
    found = find_here(name, revision)
    return found or download_encoder(plan_download(name, revision))


def find_cached(name: str, revision: str | None = None) -> Encoder | None:
    """Find an encoder in Hugging Face's cache without asking the hub; None if it is not there whole."""
    cached = _find_cached(name, revision) if _HUB_ID.fullmatch(name) else None
    return Encoder(cached, cached.name) if cached else None


def plan_download(name: str, revision: str | None = None) -> Download:
    """Ask the hub for the files of an encoder that PyTorch reads; parameters as of :func:`find_encoder`.

    Raises
    ------
    ModelError
        If the hub cannot be reached, or has no such encoder.
    """
    if not _HUB_ID.fullmatch(name):
        raise _make_missing_error(name, "it is no hub id (owner/name)")
    known = get_known_commit(name)
    try:
        info = _ask_hub(name, revision or known)
    except ModelError as error:
        if revision or not isinstance(error.__cause__, RevisionNotFoundError):
            raise
        log.warning("encoder %s: %s has no commit %s, the newest is taken", name, constants.ENDPOINT, known)
        info, known = _ask_hub(name, None), None
    revision = revision or known
    sizes = {file.rfilename: file.size for file in info.siblings or [] if "/" not in file.rfilename}
    missing = _list_missing(sizes)
    if missing:
        raise _make_missing_error(name, f"its hub page has no {missing}")
    weights = _choose_weights(list(sizes))
    others = [file for file in sizes if file.endswith((".json", ".txt", ".model")) and file not in weights]
    parts = [sizes[file] for file in (*others, *weights)]
    size = None if None in parts else sum(part or 0 for part in parts)
    return Download(name, str(info.sha), revision or "main", others, weights, size)


def download_encoder(download: Download) -> Encoder:
    """Download an encoder into Hugging Face's cache, where it is found again without the hub.

    Raises
    ------
    ModelError
        If the download breaks off.
    """
    name, revision = download.name, download.revision
    try:
        with _quiet_hub():
            # The weights come last: a snapshot that has them has all.
            for part in (download.files, download.weights):
                folder = snapshot_download(name, revision=revision, allow_patterns=list(part))
        if download.ref != revision:
            # A download by commit leaves no ref, by which others would find it; one by branch may be another commit.
            write_text(_get_cache(name) / "refs" / download.ref, revision)
    except Exception as error:  # the client raises its own errors, those of its HTTP library and the system's
        raise ModelError(f"encoder {name!r}: {_explain_download(error)}") from error
    log.info("encoder %s: downloaded commit %s", name, revision)
    return Encoder(Path(folder), revision)


def get_known_commit(name: str) -> str | None:
    """Return the commit that stands for an encoder of the hub where no revision is given; None for the newest.

    So a run means the same weights when the main branch moves. ``data/encoders/commits.json`` says where each commit
    was seen. An encoder of which no commit of the main branch was seen has none.
    """
    return _read_known_commits().get(name)


@lru_cache(maxsize=1)
def _read_known_commits() -> dict[str, str]:
    path = files("janib") / "data" / "encoders" / "commits.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    return {name: entry["commit"] for name, entry in known.items()}


def find_here(name: str, revision: str | None = None) -> Encoder | None:
    """Find an encoder as :func:`find_encoder`, without asking the hub; None if it is not here.

    Raises
    ------
    ModelError
        If a folder of that name is there, and holds no whole encoder.
    """
    for folder in _list_folders(name):
        if folder.is_dir():
            missing = _list_missing_files(folder)
            if missing:
                raise ModelError(
                    f"encoder {name!r}: {folder} holds no {missing}; copy the whole Hugging Face folder there"
                )
            return Encoder(folder, None)
    cached, known = find_cached(name, revision), get_known_commit(name)
    if cached and known and revision is None and cached.revision != known:
        _tell_commit(name, cached.revision, known)
    return cached


@lru_cache  # once in a run, however often the encoder is looked for
def _tell_commit(name: str, cached: str | None, known: str) -> None:
    log.info("encoder %s: commit %s is in the cache, and is taken in place of %s", name, cached, known)


def get_built_folder(name: str) -> Path:
    """Return where ``janib encoder build`` puts an encoder by default; ``-`` and ``_`` are equivalent."""
    return get_cache_folder() / "encoders" / name.replace("-", "_")


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
    return ", no ".join(" or ".join(each) for each in _NEEDED if found.isdisjoint(each))


def _list_missing_files(folder: Path) -> str:
    """Say which files a folder lacks; a link of the cache whose file is gone is no file, and all shards count."""
    names = [path.name for path in folder.iterdir() if path.is_file()]
    missing = _list_missing(names)
    if missing or not set(names).isdisjoint(_SINGLE):
        return missing
    try:
        index = next(path for path in sorted(folder.glob("*.index.json")) if path.name in names)
        shards = {check_file_name(name) for name in read_json(index)["weight_map"].values()}
    except (ValueError, KeyError, TypeError, AttributeError, OSError):  # loading says what is wrong with it
        return ""
    return ", no ".join(sorted(shards - set(names)))


def _choose_weights(names: Sequence[str]) -> list[str]:
    """Return the weights that are loaded: safetensors if there are any, in one file if there is one."""
    for single, sharded in zip(_SINGLE, _SHARDED, strict=True):
        if single in names:
            return [single]
        if f"{single}.index.json" in names:
            return [name for name in names if fnmatch(name, sharded)]
    return []


def _get_cache(name: str) -> Path:
    return Path(constants.HF_HUB_CACHE).expanduser() / "--".join(["models", *name.split("/")])


def _find_cached(name: str, revision: str | None) -> Path | None:
    """Return a whole snapshot of the cache: of the revision, or for None the known, the main, or the newest one.

    Other tools write no ref for what they download by commit.
    """
    cache = _get_cache(name)
    snapshots, ref = cache / "snapshots", cache / "refs" / (revision or "main")
    first = revision or get_known_commit(name)
    wanted = [snapshots / first] if first else []
    wanted += [snapshots / ref.read_text(encoding="ascii").strip()] if ref.is_file() else []
    if revision is None and snapshots.is_dir():
        wanted += sorted(snapshots.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    return next((folder for folder in wanted if folder.is_dir() and not _list_missing_files(folder)), None)


def _ask_hub(name: str, revision: str | None) -> ModelInfo:
    """Ask the hub in another thread, since the name resolver has no time limit; a dropped connection is tried again."""
    if constants.HF_HUB_OFFLINE:
        raise _make_missing_error(name, "HF_HUB_OFFLINE forbids to ask the hub")
    timeout = max(constants.HF_HUB_ETAG_TIMEOUT, constants.HF_HUB_DOWNLOAD_TIMEOUT)
    replies: Queue[ModelInfo | Exception] = Queue()

    def ask() -> None:
        for last in (False, True):
            try:
                answer = HfApi().model_info(name, revision=revision, timeout=timeout, files_metadata=True)
            except Exception as error:  # the client's own, those of its HTTP library and the system's
                if last or not _is_passing(error):
                    replies.put(error)
                    return
            else:
                replies.put(answer)
                return

    reply: ModelInfo | Exception
    with _quiet_hub():
        Thread(target=ask, daemon=True).start()
        try:
            reply = replies.get(timeout=timeout + 1)
        except Empty:
            reply = TimeoutError(f"no answer in {timeout} s; HF_HUB_ETAG_TIMEOUT sets how long to wait")
    if isinstance(reply, Exception):
        advice = _advise_on_refusal(name, revision, reply)
        raise _make_missing_error(name, f"{constants.ENDPOINT} gives none ({advice}{summarise(reply)})") from reply
    return reply


def _advise_on_refusal(name: str, revision: str | None, error: Exception) -> str:
    """Say what to do about a hub that answers, and refuses."""
    if isinstance(error, GatedRepoError):
        return f"ask for access on its page, {constants.ENDPOINT}/{name}, and set HF_TOKEN; "
    if isinstance(error, RevisionNotFoundError):
        return f"it has no commit, branch or tag {revision}; "
    status = getattr(getattr(error, "response", None), "status_code", None)
    return "if it is private, set HF_TOKEN to the token of who may read it; " if status in (401, 403, 404) else ""


def _is_passing(error: Exception) -> bool:
    """Say whether a second attempt may succeed at once: the hub is busy, or the connection was dropped."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status in (429, 500, 502, 503, 504) if status else "timeout" not in type(error).__name__.lower()


def _explain_download(error: BaseException) -> str:
    """Say why a download broke off, and what to do."""
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and cause not in causes:
        causes.append(cause)
    if any(isinstance(cause, OSError) and cause.errno in FULL_DISK for cause in causes):
        return f"the disk of {constants.HF_HUB_CACHE} is full; free some, or let HF_HOME name another place"
    if any(isinstance(cause, PermissionError) for cause in causes):
        return f"{constants.HF_HUB_CACHE} cannot be written ({summarise(error)}); let HF_HOME name another place"
    return (
        f"the hub at {constants.ENDPOINT} answers, but its files do not come whole ({summarise(error)}); start again, "
        "what has come is kept. If a proxy blocks the servers of the files, let HF_ENDPOINT name a mirror of the hub, "
        f"or copy the encoder's folder into one that {MIRROR} names"
    )


@contextmanager
def _quiet_hub() -> Iterator[None]:
    """Keep the client from a log line for each request, and from progress bars where no terminal shows them."""
    loggers = [logging.getLogger(name) for name in ("httpx", "httpx2")]
    levels = [logger.level for logger in loggers]
    has_bars = not (are_progress_bars_disabled() or sys.stderr.isatty())
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    if has_bars:
        disable_progress_bars()
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if has_bars:
            enable_progress_bars()


def _make_missing_error(name: str, hub: str) -> ModelError:
    mirror = os.environ.get(MIRROR)
    ways = [f"copy its folder into one that {MIRROR} names"]
    if _HUB_ID.fullmatch(name):
        ways.insert(0, f"run: janib encoder fetch {name} (with a network)")
    elif name.replace("-", "_") == BUILT_HERE:
        ways.insert(0, f"run: janib encoder build {BUILT_HERE}")
    return ModelError(
        f"encoder {name!r} is missing (config.json, model.safetensors, tokenizer.json): {MIRROR} "
        f"({mirror or 'not set'}) has no such folder, there is none at that path nor in "
        f"{constants.HF_HUB_CACHE}, and {hub}; {', or '.join(ways)}"
    )
