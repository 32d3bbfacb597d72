"""Label Parquet files with Spark, past one machine, as ``janib predict`` does on one.

    python experiments/score_spark.py models:/janib-statements-stance@champion statements.parquet labelled

SOURCE is a Parquet file or a folder of them. Each file is labelled into a folder of its own below OUTPUT, with its own
columns and those that ``janib predict`` adds; the rows are those that it writes, their order is Spark's. A file that is
done is left alone, so that an interrupted run goes on when it is started again; what it had begun of a file is
written anew. Text and target stand in the columns ``text`` and ``target``. Needs the extra ``spark`` and Java 17 or
later; ``--master`` names a cluster, by default all cores of this machine.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession, functions
from rich.console import Console

from janib.commandline import report_errors
from janib.errors import DataError
from janib.tracking import open_spark

READ = ("text", "target", "speaker", "context")
DONE = "_SUCCESS"  # what Spark writes last
VERSION = "model_version"


def label_files(spark: SparkSession, model: str, source: Path, output: Path) -> None:
    """Label each file of ``source`` that is not labelled yet.

    Raises
    ------
    DataError
        If there is no file, or one lacks a column that the model needs, or has one that would be overwritten.
    """
    files = sorted(source.glob("*.parquet")) if source.is_dir() else [source]
    if not files or not all(path.is_file() for path in files):
        raise DataError(f"{source} does not exist, or holds no .parquet file; check the path")
    label, needed = open_spark(spark, model)
    for number, path in enumerate(files, start=1):
        place = output / path.stem
        if (place / DONE).exists():
            Console(stderr=True).print(f"{number} of {len(files)}: {place} is there already", soft_wrap=True)
            continue
        table = spark.read.parquet(str(path))
        for name in needed:
            if name not in table.columns:
                raise DataError(f"{path} has no column {name!r}, only {', '.join(table.columns)}; rename the right one")
        label_table(table, label, path).write.mode("overwrite").parquet(str(place))
        Console(stderr=True).print(f"{number} of {len(files)}: {place}", soft_wrap=True)


def label_table(table: DataFrame, label: Callable[[Column], Column], path: Path) -> DataFrame:
    """Return a table with the model's columns beside its own."""
    read = [table[name].cast("string").alias(name) for name in READ if name in table.columns]
    found = label(functions.struct(*read))
    both = table.withColumn("_found", found)
    added = [name for name in both.select("_found.*").columns if name != VERSION]
    clash = [name for name in added if name in table.columns]
    if clash:
        raise DataError(f"{path} has a column {clash[0]!r} already, which the prediction would overwrite; rename it")
    return both.select(*table.columns, *(f"_found.{name}" for name in added))


def main() -> None:
    """Read the command line and label."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="runs:/… or models:/…")
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--master", default="local[*]")
    given = parser.parse_args()
    with report_errors():
        builder = SparkSession.builder.master(given.master).appName("janib").config("spark.ui.enabled", "false")
        if given.master.startswith("local"):
            builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else its workers are whatever python3 PATH has
        spark = builder.getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        try:
            label_files(spark, given.model, given.source, given.output)
        finally:
            spark.stop()


if __name__ == "__main__":
    main()
