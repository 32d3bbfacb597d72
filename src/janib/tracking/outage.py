"""Outages of an MLflow store: what a run logs meanwhile waits until the store answers again."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from requests import HTTPError, RequestException

from janib.errors import FULL_DISK

PATIENCE = 180.0
"""Seconds for which the end of a run asks again; a server is up again by then."""

_PAUSE = 5.0
"""Seconds between two trials."""

_SHARE = 20
"""A training waits so many times longer than the last trial took, so that trials take a twentieth of its time."""

_BATCH = 1000
"""The store takes no more metrics at once."""

_TOO_MANY, _SERVER_ERROR = 429, 500

REMOTE_ERRORS = (MlflowException, RequestException)
"""Errors of a call to a store; those of the second kind come from uploads."""

Returned = TypeVar("Returned")

log = logging.getLogger(__name__)


class WaitingMetrics:
    """Metrics on their way to a store; those that it does not take are kept, in order, and sent again later.

    Parameters
    ----------
    send
        Sends at most :data:`_BATCH` metrics to the store.
    """

    def __init__(self, send: Callable[[Sequence[Metric]], object]) -> None:
        self._send = send
        self._metrics: list[Metric] = []
        self._path: Path | None = None
        self._resting_until = 0.0

    def keep_in(self, path: Path) -> None:
        """Keep what waits in a file too, so that a later process sends it; what is there already waits first.

        A metric that was sent before the process died is sent again: the store holds equal values once.
        """
        self._path = path
        if path.exists():
            # The last line of a process that was killed may be torn; its step is trained, and logged, again.
            lines = path.read_text(encoding="utf-8").split("\n")[:-1]
            self._metrics[:0] = [Metric(**json.loads(line)) for line in lines]

    def add(self, metrics: Sequence[Metric]) -> None:
        """Send metrics, or keep them while the store does not answer; other errors of the store are raised."""
        self._metrics += metrics
        begun = time.monotonic()
        if begun < self._resting_until:
            self._write(metrics)
            return
        try:
            self.flush()
        except REMOTE_ERRORS as error:
            if not may_pass(error):
                raise
            if not self._resting_until:
                log.warning("the MLflow store does not answer; the training goes on, its metrics are logged later")
            self._write(metrics)
            now = time.monotonic()
            self._resting_until = now + max(_PAUSE, _SHARE * (now - begun))

    def flush(self) -> None:
        """Send all that is kept; an error of the store is raised."""
        while self._metrics:
            self._send(self._metrics[:_BATCH])
            del self._metrics[:_BATCH]
        if self._resting_until:
            log.info("the MLflow store answers again; all metrics are logged")
        self._resting_until = 0.0
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _write(self, metrics: Sequence[Metric]) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(_describe(metric)) + "\n" for metric in metrics)


def insist(call: Callable[[], Returned]) -> Returned:
    """Return what a call to the store returns; while the store does not answer, ask again for :data:`PATIENCE`.

    Raises
    ------
    MlflowException, requests.RequestException
        If the store still does not answer, or refuses the call.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except REMOTE_ERRORS as error:
            if not may_pass(error) or time.monotonic() > end:
                raise
            log.warning("the MLflow store does not answer; asking again until %s", _name_time(end))
        time.sleep(_PAUSE)


def may_pass(error: MlflowException | RequestException) -> bool:
    """Return whether a later call may succeed: no answer, a server's own error, a lock, too many requests.

    MLflow calls the faults of a local store a server's own too: of those only a lock passes by waiting.
    """
    fault = find_fault(error)
    if is_disk_full(error) or (isinstance(fault, sqlite3.Error) and "locked" not in str(fault)):
        return False
    if isinstance(error, MlflowException):
        status: int = error.get_http_status_code()  # type: ignore[no-untyped-call]
    elif isinstance(error, HTTPError) and error.response is not None:
        status = error.response.status_code
    else:
        return True
    return bool(status >= _SERVER_ERROR or status == _TOO_MANY)


def find_fault(error: BaseException) -> BaseException:
    """Return the fault of the store's own database that is behind an error; the error itself where there is none."""
    return next((cause for cause in _list_causes(error) if isinstance(cause, sqlite3.Error)), error)


def is_disk_full(error: BaseException) -> bool:
    """Return whether a full disk of this machine is behind an error."""
    said = ("database or disk is full", *map(os.strerror, FULL_DISK))
    local = (cause for cause in _list_causes(error) if isinstance(cause, OSError | sqlite3.Error))
    return any(words in str(cause) for cause in local for words in said)


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _describe(metric: Metric) -> dict[str, object]:
    return {"key": metric.key, "value": metric.value, "timestamp": metric.timestamp, "step": metric.step}


def _name_time(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(time.time() + moment - time.monotonic()))
