"""Spark and ``janib predict`` on the same rows: how many are equal, and what Spark costs on one machine.

    python experiments/benchmarks/spark.py tfidf outputs/…/model --rows 20000
    python experiments/benchmarks/spark.py shipped src/janib/data/models/default --rows 2000

A model folder is logged in an MLflow store of its own, and --rows pairs of a Janib statement's text and a party are
labelled by ``experiments/score_spark.py`` and by ``janib predict``, whole processes, one after the other; every 997th
text is blank. Ends with 1 if a row differs in any column, probabilities included. Writes to
experiments/results/benchmarks ``spark_NAME.csv`` and ``spark_NAME.md``. Needs the extra ``spark`` and Java 17.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
from turns import describe_machine, write_turns

from janib.corpora import read_corpus
from janib.tracking.store import register_model, track_run

SCRIPT = Path(__file__).resolve().parents[1] / "score_spark.py"
EXAMPLE = {"text": "رحبت الوزارة بقرار المجلس", "target": "المجلس"}
SPARK, PREDICT = "score_spark.py", "janib predict"


def write_pairs(path: Path, count: int) -> None:
    """Write texts with parties: the statements' own, then those of statements further on."""
    found = [row for rows in read_corpus("statements")[1].values() for row in rows]
    texts = [found[number % len(found)].text if number % 997 else "" for number in range(count)]
    targets = [found[(number + number // len(found)) % len(found)].target for number in range(count)]
    pyarrow.parquet.write_table(pyarrow.table({"id": range(count), "text": texts, "target": targets}), path)


def log_model(folder: Path, uri: str, artifacts: Path) -> str:
    """Log a model folder in a store; return its address."""
    with track_run(uri, artifacts, "spark", "spark", {}) as run:
        run.log_model(folder, EXAMPLE)
    return register_model(uri, run.id, "janib-spark", "valid/macro_f1").address


def run(way: str, command: list[str], uri: str) -> dict[str, Any]:
    """Return the seconds of a whole process."""
    begun = time.perf_counter()
    environment = {**os.environ, "MLFLOW_TRACKING_URI": uri}
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{way}: {done.stderr}")
    return {"way": way, "seconds": time.perf_counter() - begun}


def read_rows(path: Path) -> list[Mapping[str, Any]]:
    """Return rows in the order of their ids, which is not Spark's."""
    rows: list[Mapping[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return sorted(rows, key=lambda row: row["id"])


def main() -> None:
    """Label, compare, write."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("name")
    parser.add_argument("model", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        source, uri = work / "pairs.parquet", f"sqlite:///{work / 'mlflow.db'}"
        write_pairs(source, given.rows)
        address = log_model(given.model, uri, work / "artifacts")
        alone = ["-m", "janib.cli", "predict", "-m", str(given.model), str(source), str(work / "alone.parquet")]
        lines = [
            run(SPARK, [str(SCRIPT), address, str(source), str(work / "out")], uri),
            run(PREDICT, alone, uri),
        ]
        by_spark, by_predict = read_rows(work / "out" / source.stem), read_rows(work / "alone.parquet")
    equal = sum(one == other for one, other in zip(by_spark, by_predict, strict=True))
    columns = ", ".join(name for name in by_predict[0] if name not in ("id", "text", "target"))
    listed = "\n".join(f"| {line['way']} | {line['seconds']:.0f} |" for line in lines)
    text = f"""# Spark and `janib predict` on the same rows: {given.name}

`experiments/benchmarks/spark.py {" ".join(sys.argv[1:])}`. {describe_machine("mlflow", "pyspark")}

**{equal:,} of {len(by_predict):,} rows are equal in every column** ({columns}). The whole processes took, one time
each:

| way | seconds |
|---|---|
{listed}
"""
    write_turns(f"spark_{given.name}", [{**line, "rows": len(by_predict), "equal": equal} for line in lines], text)
    if equal < len(by_predict):
        raise SystemExit(f"{len(by_predict) - equal} rows differ")


if __name__ == "__main__":
    main()
