"""What a result must say of where it came from: commit, config hash, versions, memory."""

from __future__ import annotations

import hashlib
import json
import platform
import resource
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("janib", "numpy", "scikit-learn", "datasets", "hydra-core", "mlflow", "torch", "transformers")

# Results and the list of test scorings grow by running: they do not make the code that ran another.
_NOT_CODE = ":(top,exclude)experiments/results"


def describe_commit() -> dict[str, str]:
    """Return ``commit`` (empty outside a checkout of this repository) and ``dirty`` (``true``, ``false``)."""
    here = Path(__file__).parent
    # Installed below somebody else's checkout, this file is not in it.
    is_ours = _ask_git(here, "ls-files", "--error-unmatch", Path(__file__).name) is not None
    if not is_ours:
        return {"commit": "", "dirty": "false"}
    commit = _ask_git(here, "rev-parse", "HEAD")
    changes = _ask_git(here, "status", "--porcelain", "--", ":/", _NOT_CODE)
    return {"commit": commit or "", "dirty": "true" if changes else "false"}


def describe_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide results, where they are installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def list_requirements() -> list[str]:
    """Return pinned requirements of the packages in :func:`describe_versions`."""
    return [f"{name}=={found}" for name, found in describe_versions().items() if name != "python"]


def hash_config(config: Mapping[str, Any]) -> str:
    """Return the first 12 hexadecimal digits of the sha256 of a config; the order of keys does not count."""
    text = json.dumps(config, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def measure_peak_memory() -> float:
    """Return the largest memory this process has held, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform != "darwin" else 1024 * 1024)


def _ask_git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
