"""Provenance of a result: commit, config hash, versions, device, process, memory."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from packaging.requirements import Requirement

PACKAGES = (
    "janib",
    "numpy",
    "scikit-learn",
    "datasets",
    "hydra-core",
    "mlflow",
    "onnxruntime",
    "torch",
    "transformers",
)

# Results and the ledger of test scorings change with every run; the code stays the same.
_CODE = (":/src", ":/conf", ":/experiments")
_NOT_CODE = ":(top,exclude)experiments/results"


def describe_commit(written: Iterable[Path] = ()) -> dict[str, str]:
    """Return ``commit`` (empty outside a checkout of this repository) and ``dirty`` (``true``, ``false``).

    ``written`` are files and folders that runs write, wherever the user puts them; they are no changes of the code.
    """
    here = Path(__file__).parent
    # A package installed inside another project's checkout is not part of it.
    is_ours = _ask_git(here, "ls-files", "--error-unmatch", Path(__file__).name) is not None
    if not is_ours:
        return {"commit": "", "dirty": "false"}
    commit = _ask_git(here, "rev-parse", "HEAD")
    top = Path(_ask_git(here, "rev-parse", "--show-toplevel") or here)
    places = {Path(follow(path)) for path in written for follow in (os.path.abspath, os.path.realpath)}
    inside = sorted(path for path in places if path.is_relative_to(top) and path != top)
    ours = [f":(top,exclude,literal){path.relative_to(top).as_posix()}" for path in inside]
    # A new file is code where code is: a table of the user's own that lies in the checkout is none.
    changes = _ask_git(here, "status", "--porcelain", "--untracked-files=no", "--", ":/", _NOT_CODE, *ours)
    added = _ask_git(here, "status", "--porcelain", "--", *_CODE, _NOT_CODE, *ours)
    is_clean = changes == added == ""  # neither, if git cannot answer
    return {"commit": commit or "", "dirty": "false" if is_clean else "true"}


def list_changes(folder: Path, commit: str) -> dict[str, str] | None:
    """Return the files below a folder that differ from a commit, by name, each with its name at the commit.

    Names are relative to the folder. The two names differ where a file was moved; a new file has its own. None where
    the checkout does not have the commit.
    """
    if not commit:
        return None
    found = _ask_git(folder, "diff", "--find-renames", "--name-status", "--relative", commit, "--", ".")
    if found is None:
        return None
    changes = (line.split("\t")[1:] for line in found.splitlines() if not line.startswith("D"))
    return {names[-1]: names[0] for names in changes}


def read_at_commit(folder: Path, name: str, commit: str) -> str:
    """Return the text that a file below a folder had at a commit; empty where there was no such file."""
    return _ask_git(folder, "show", f"{commit}:./{name}") or ""


def describe_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide results, where they are installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def list_requirements(extras: Iterable[str]) -> list[str]:
    """Return pinned requirements: those of Janib's base installation and of some of its extras, and MLflow."""
    from packaging.requirements import Requirement

    asked = [Requirement(line) for line in requires("janib") or []]
    names = {one.name for one in asked if any(_asks(one, extra) for extra in ("", *extras))} | {"mlflow", "pandas"}
    return [f"{name}=={version(name)}" for name in sorted(names)]


def name_version(manifest: Mapping[str, Any]) -> str:
    """Return a model's version: its kind and a hash of its manifest, which has the hashes of its files."""
    return f"{manifest['kind']}-{hash_config(manifest)}"


def describe_device() -> str:
    """Return the name of the GPU that PyTorch trains on, where it is loaded and has one, or ``cpu``."""
    torch = sys.modules.get("torch")
    return str(torch.cuda.get_device_name()) if torch and torch.cuda.is_available() else "cpu"


def describe_machine() -> str:
    """Return the processor's name and how many cores this process may use, for instance ``AMD EPYC, 2 cores``."""
    name = platform.processor() or platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{name}, {cores} core{'' if cores == 1 else 's'}"


def name_process() -> str:
    """Return the machine, the number and the start of this process: ``node7 4026531836 815 123456``.

    The second part tells containers of one machine apart. Where the system does not tell (it is not Linux), it and the
    start are 0.
    """
    return f"{_name_machine()} {os.getpid()} {_read_start(os.getpid())}"


def is_dead(process: str) -> bool:
    """Return whether a process of this machine, as :func:`name_process` names it, has ended."""
    machine, _, rest = process.rpartition(" ")[0].rpartition(" ")
    if machine != _name_machine() or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:  # of another user
        pass
    return _read_start(int(rest)) != process.rpartition(" ")[2]


def _name_machine() -> str:
    space = Path("/proc/self/ns/pid")
    return f"{platform.node()} {space.stat().st_ino if space.exists() else 0}"


def _read_start(number: int) -> str:
    """Return when a process began, in ticks since the machine started; the 20th field after its name in brackets."""
    try:
        return Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except OSError:
        return "0"


def hash_config(config: Mapping[str, Any]) -> str:
    """Return the first 12 hexadecimal digits of the sha256 of a config; the order of keys does not matter."""
    text = json.dumps(config, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def reset_peak_memory() -> None:
    """Make :func:`measure_peak_memory` begin at the memory of this moment, where the system can (Linux)."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def measure_peak_memory() -> float:
    """Return the largest memory this process has held, or held since :func:`reset_peak_memory`, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)


def _asks(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": extra})


def _ask_git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
