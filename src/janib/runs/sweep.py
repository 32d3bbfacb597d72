"""Outcomes of the jobs of a sweep, so that every failure is told at its end and not only the first."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, ClassVar

from hydra.core.hydra_config import HydraConfig
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from janib.errors import IncompleteError, JanibError

log = logging.getLogger(__name__)

JOBS = "jobs.jsonl"
"""File in a sweep's folder: number, overrides and error of each job, in the order in which they end."""


class SweepFolder(Callback):
    """Hydra's callback that notes the folder of a sweep, and clears what an earlier sweep left of :data:`JOBS`."""

    folder: ClassVar[Path | None] = None

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Note the folder before the first job."""
        SweepFolder.folder = Path(config.hydra.sweep.dir)
        (SweepFolder.folder / JOBS).unlink(missing_ok=True)


def note_job(error: Exception | None) -> None:
    """Write what the current job of a sweep came to; an error is also told in its log, at once.

    ``error`` is None where the job ended well.
    """
    hydra = HydraConfig.get()
    lines = None
    if error is not None:
        is_ours = isinstance(error, JanibError)
        lines = list(error.lines) if isinstance(error, JanibError) else [f"{type(error).__name__}: {error}"]
        log.error("job %s failed: %s", hydra.job.num, " ".join(lines), exc_info=None if is_ours else error)
    record = {"job": hydra.job.num, "overrides": OmegaConf.to_container(hydra.overrides.task), "error": lines}
    record["incomplete"] = isinstance(error, IncompleteError)
    with (Path(hydra.sweep.dir) / JOBS).open("a", encoding="utf-8") as stream:
        stream.write(f"{json.dumps(record, ensure_ascii=False)}\n")


def report_sweep() -> None:
    """Raise one error for all jobs of the sweep that failed; do nothing after a single run.

    Raises
    ------
    JanibError
        If jobs failed: their number, and each with the overrides in which it differs from others.
    IncompleteError
        If none failed, but what some needed is not here.
    """
    folder, SweepFolder.folder = SweepFolder.folder, None
    if folder is None or not (folder / JOBS).exists():
        return
    jobs = [json.loads(line) for line in (folder / JOBS).read_text(encoding="utf-8").splitlines()]
    failed = sorted((job for job in jobs if job["error"]), key=lambda job: int(job["job"]))
    if failed:
        shared = set.intersection(*(set(job["overrides"]) for job in jobs)) if len(jobs) > 1 else set()
        is_incomplete = all(job["incomplete"] for job in failed)
        ended = "are not complete; get what they name" if is_incomplete else "failed; mend them"
        lines = [f"{len(failed)} of {len(jobs)} jobs {ended} and run them again"]
        for job in failed:
            own = [word for word in job["overrides"] if word not in shared]
            lines.append(f"job {job['job']} ({' '.join(own or job['overrides'])}): {job['error'][0]}")
        raise IncompleteError(*lines) if is_incomplete else JanibError(*lines)
