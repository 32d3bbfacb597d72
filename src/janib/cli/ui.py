"""The command ``janib ui``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import Annotated

import typer

from janib.cli.console import open_console
from janib.errors import JanibError, need_extra

_SECONDS = 300
"""How long a server may take to start; on a busy machine that is a minute."""

_SHOWN = 10
"""Lines of a server's output that are shown where it does not start."""


def ui(
    *,
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 5000,
    store: Annotated[
        str, typer.Option(help="MLflow store of the runs.", envvar="MLFLOW_TRACKING_URI")
    ] = "sqlite:///mlflow.db",
) -> None:
    """Look at runs and registered models in MLflow, on this machine only.

    The address of each experiment's runs is shown, newest first, and the first is opened in a browser where there is
    one. Ctrl-C ends it.
    """
    with need_extra("looking at runs", "experiments"):
        from janib.tracking.store import list_pages
    pages = list_pages(store)
    with _serve(store, port) as (server, address):
        console = open_console()
        width = max(map(len, pages))
        for name, page in pages.items():
            console.print(f"{name:<{width}}  {address}{page}", soft_wrap=True)
        console.print("Ctrl-C ends it")
        if sys.stdout.isatty():
            webbrowser.open(address + next(iter(pages.values())))
        server.wait()


@contextmanager
def _serve(store: str, port: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Yield MLflow's server, once it answers, and its address; end it afterwards."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise JanibError(f"port {port} cannot be used: {error.strerror}; choose another with --port") from error
    address = f"http://127.0.0.1:{port}/"
    # One worker is enough for one reader; jobs, of which we have none, would be seven processes.
    command = [sys.executable, "-m", "mlflow", "ui", "--workers", "1", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--backend-store-uri", store, "--uvicorn-opts", "--log-level warning"]
    variables = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    with (
        TemporaryFile() as log,
        subprocess.Popen(command, stdout=log, stderr=log, env=variables) as server,
    ):
        try:
            if not _answers(server, f"{address}health"):
                log.seek(0)
                lines = log.read().decode(errors="replace").splitlines()
                raise JanibError("MLflow's server did not start; it said:", *lines[-_SHOWN:])
            yield server, address
        finally:
            server.terminate()


def _answers(server: subprocess.Popen[bytes], page: str) -> bool:
    """Wait until a page is there; return whether it is before the server ends or the patience does."""
    for _ in range(_SECONDS):
        if server.poll() is not None:
            return False
        try:
            urllib.request.urlopen(page, timeout=5).close()
        except OSError:
            time.sleep(1)
        else:
            return True
    return False
