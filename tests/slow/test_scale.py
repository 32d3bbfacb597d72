"""Memory of ``janib predict`` does not grow with the file."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow

MEASURE = """
import resource, sys
from janib.cli.commands import commands
try:
    commands(sys.argv[1:])
finally:
    print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def write_rows(path, count):
    source = (ROOT / "examples" / "statements.csv").read_text(encoding="utf-8").splitlines()[1:]
    texts = [line.split(",")[1] for line in source]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "target"])
        for i in range(count):
            writer.writerow([i, f"{texts[i % len(texts)]} {i}", "الحكومة"])


def measure_peak(model, source, target):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, "predict", "--model", str(model), str(source), str(target)],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert "PEAK" in done.stdout, done.stderr
    return int(done.stdout.split("PEAK")[1])


def test_memory_does_not_grow_with_rows(statements_model, tmp_path):
    peaks = []
    for count in (20_000, 200_000):
        source, target = tmp_path / f"{count}.csv", tmp_path / f"{count}.out.csv"
        write_rows(source, count)
        peaks.append(measure_peak(statements_model, source, target))
        with target.open(encoding="utf-8") as stream:
            assert sum(1 for _ in stream) == count + 1
    assert peaks[1] - peaks[0] < 100
