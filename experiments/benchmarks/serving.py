"""``mlflow models serve`` under load: ``python experiments/benchmarks/serving.py models:/janib-…@champion``.

The server runs on loopback, in this environment; CLIENTS clients ask it for SECONDS, each its next question when the
last is answered, one statement a question. Required: no error, and no growth in memory of the server's processes from
the end of the first fifth to the end. Writes ``serving.md`` to ``experiments/results/benchmarks/``: answers a second,
the median and the 99th percentile of a client's wait, errors, memory. Needs the extras ``experiments`` and ``dev``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from itertools import cycle
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console

from janib.io.files import write_text
from janib.provenance import describe_commit

OUT = Path(__file__).parents[1] / "results" / "benchmarks"
CLIENTS, SECONDS, WORKERS = 32, 60.0, 1
TEXTS = ("رحبت الوزارة بقرار المجلس", "رفضت النقابة قرار المجلس", "اجتمع المجلس أمس في العاصمة")


def ask_until(port: int, end: float) -> tuple[list[float], int]:
    """Ask until a moment; return seconds of each answer, and how many were none or errors."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    waits, errors = [], 0
    for text in cycle(TEXTS):
        if time.perf_counter() > end:
            break
        body = json.dumps({"dataframe_records": [{"text": text, "target": "المجلس"}]})
        start = time.perf_counter()
        try:
            connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            found = json.loads(answer.read())
            errors += answer.status != 200 or not found["predictions"][0]["predicted"]
        except (OSError, HTTPException, ValueError, KeyError):
            errors += 1
            connection.close()
        waits.append(time.perf_counter() - start)
    return waits, errors


def measure_memory(process: psutil.Process) -> float:
    """Return what a process and those it started hold, in MiB."""
    return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 2**20


def wait_for(port: int, process: psutil.Process) -> None:
    """Return once the server answers."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    raise SystemExit("the server ended before it answered")


def measure(model: str, clients: int, seconds: float, workers: int) -> list[tuple[str, str]]:
    """Serve, ask, stop; return what was found, a name and a value each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", model, "-h", "127.0.0.1", "-p", str(port)]
    process = psutil.Popen(
        [*command, "--env-manager", "local", "-w", str(workers)],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},  # MLflow looks for uvicorn
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        start = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            asked = [pool.submit(ask_until, port, start + seconds) for _ in range(clients)]
            time.sleep(seconds / 5)
            before = measure_memory(process)
            answers = [one.result() for one in asked]
        after, took = measure_memory(process), time.perf_counter() - start
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
    waits = np.concatenate([waits for waits, _ in answers])
    return [
        ("clients", f"{clients}"),
        ("server's workers", f"{workers}"),
        ("seconds", f"{took:.1f}"),
        ("answers", f"{len(waits):,}"),
        ("errors", f"{sum(errors for _, errors in answers)}"),
        ("answers a second", f"{len(waits) / took:.1f}"),
        ("p50, ms", f"{np.percentile(waits, 50) * 1000:.0f}"),
        ("p99, ms", f"{np.percentile(waits, 99) * 1000:.0f}"),
        ("memory after a fifth, MiB", f"{before:.0f}"),
        ("memory at the end, MiB", f"{after:.0f}"),
    ]


def main() -> None:
    """Measure and write."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="runs:/… or models:/…")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    found = measure(given.model, given.clients, given.seconds, given.workers)
    body = "\n".join(f"| {name} | {value} |" for name, value in found)
    commit = describe_commit()
    text = f"""# `mlflow models serve` under load

`experiments/benchmarks/serving.py {given.model}`, commit
{commit["commit"][:12]}{" with changes" * (commit["dirty"] == "true")}; server and clients share this machine.

| | |
|---|---|
{body}
"""
    Console().print(text)
    write_text(given.out / "serving.md", text)


if __name__ == "__main__":
    main()
