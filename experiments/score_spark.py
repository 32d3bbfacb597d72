"""Labelling of Parquet files with Spark, on one machine or many, with the rows that ``janib predict`` writes.

    python experiments/score_spark.py models:/janib-statements-stance@champion statements.parquet labelled

SOURCE is a Parquet file or a folder of them; hidden files (``.…``, ``_…``) and folders in it are left out. Every
machine must see SOURCE and OUTPUT. Each file is labelled into a folder of its own below OUTPUT, with its own columns
and those that ``janib predict`` adds; Spark decides the order of the rows. The columns ``text`` and ``target`` hold
text and target. They, ``speaker`` and ``context`` are texts, whole numbers or truth values. A column of another type, a
text that is not UTF-8, or a file that Spark cannot read is an error.

An interrupted run goes on when it is started again: files that are done are skipped, and one that was begun is written
again. A file is done if its ``_janib.json`` has the version of this model and the sha256 of this file. Rows of another
model or of another file are an error, and are not overwritten. The extra ``spark`` and Java 17 or later are needed;
``--master`` names a cluster, by default all cores of this machine.
"""

from __future__ import annotations

import json
import os
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException, PythonException
from pyspark.sql import Column, DataFrame, SparkSession, functions
from rich.console import Console
from rich.text import Text

from janib.errors import DataError, report_errors
from janib.io.files import hash_file, list_others, write_text
from janib.models.store import read_manifest
from janib.provenance import name_version
from janib.tracking.store import download_model, open_spark

READ = ("text", "target", "speaker", "context")
# Types whose values have the same text in Spark and in `janib predict`; of fractions, 10000000.0 is 1.0E7 in Spark.
TEXTS = ("string", "tinyint", "smallint", "int", "bigint", "boolean", "void")
HIDDEN = (".", "_")  # first characters of files that Spark does not read
PART = "part-"  # first characters of files that it writes
DONE = "_janib.json"  # written last
VERSION = "model_version"

_PATTERN = re.compile(r"[\\\[\]{}*?]")  # characters of a pattern of names in Spark


def list_files(source: Path) -> list[Path]:
    """Return ``source`` itself, or the Parquet files in it if it is a folder.

    Raises
    ------
    DataError
        If there is no file, or one is a folder or hidden from Spark.
    """
    if source.name.startswith(HIDDEN) and source.is_file():
        raise DataError(f"{source} is hidden from Spark, as its name begins with {source.name[0]!r}; rename it")
    files = [source]
    if source.is_dir():
        shown = sorted(path for path in source.iterdir() if not path.name.startswith(HIDDEN))
        files = [path for path in shown if path.name.endswith(".parquet")]
        folder = next((path for path in files or shown if path.is_dir()), None)
        if folder is not None:
            raise DataError(f"{folder} is a folder, expected a file; to label the files in it, name it as the source")
    if not files or not all(path.is_file() for path in files):
        raise DataError(f"{source} does not exist, or holds no .parquet file; check the path")
    return files


def label_files(spark: SparkSession, model: str, files: list[Path], output: Path) -> None:
    """Label each of the files that is not labelled yet.

    Raises
    ------
    DataError
        If a file cannot be read, lacks a column that the model needs, or has a column of a type that is not read or
        that would be overwritten; or if other files are where its rows should be.
    ModelError
        If there is no such model.
    """
    version = name_version(read_manifest(download_model(model)))
    label, needed = open_spark(spark, model)
    for number, path in enumerate(files, start=1):
        place = output / path.stem
        made = {"model": version, "sha256": hash_file(path)}
        told = Text(f"{number} of {len(files)}: {place}")
        if is_done(place, made, path):
            Console(stderr=True).print(told.append(" is there already"), soft_wrap=True)
            continue
        with explain_spark(path):
            table = spark.read.parquet(_PATTERN.sub(r"\\\g<0>", locate(path)))
            check_columns(table, needed, path)
            label_table(table, label, path).write.mode("overwrite").parquet(locate(place))
        write_text(place / DONE, json.dumps(made) + "\n")
        Console(stderr=True).print(told, soft_wrap=True)


def is_done(place: Path, made: Mapping[str, str], path: Path) -> bool:
    """Say whether ``place`` holds the labelled rows of ``path`` with this model and sha256, or may be written.

    Raises
    ------
    DataError
        If it holds other rows, or files that Spark did not write.
    """
    found = None
    with suppress(FileNotFoundError, NotADirectoryError, ValueError):  # not there, or damaged
        found = json.loads((place / DONE).read_text(encoding="utf-8"))
    if found == made:
        return True
    if isinstance(found, dict):
        differs = []
        if found.get("model") != made["model"]:
            differs.append(f"by the model {found.get('model')}, not {made['model']}")
        if found.get("sha256") != made["sha256"]:
            differs.append(f"from other rows than {path} has")
        raise DataError(f"{place} was made {' and '.join(differs)}; remove it, or name another output")
    others = [name for name in list_others(place, ()) if not name.startswith((*HIDDEN, PART))]
    if others or place.is_file():
        raise DataError(f"{place / others[0] if others else place} would be overwritten; name another output")
    return False


def check_columns(table: DataFrame, needed: list[str], path: Path) -> None:
    """Raise DataError unless a table has the columns that the model needs, in types that can be read."""
    for name in needed:
        if name not in table.columns:
            raise DataError(f"{path} has no column {name!r}, only {', '.join(table.columns)}; rename the right one")
    for name in READ:
        kind = table.schema[name].dataType.simpleString() if name in table.columns else TEXTS[0]
        if kind not in TEXTS:
            raise DataError(f"{path} has the column {name!r} as {kind}, expected text; write it as text, or rename it")


def label_table(table: DataFrame, label: Callable[[Column], Column], path: Path) -> DataFrame:
    """Return a table with its own columns and the model's."""
    read = [table[name].cast("string").alias(name) for name in READ if name in table.columns]
    both = table.select(functions.struct("*").alias("own"), label(functions.struct(*read)).alias("found"))
    added = [name for name in both.select("found.*").columns if name != VERSION]
    own = {name.lower(): name for name in table.columns}  # to Spark, Error is error
    clash = [own[name.lower()] for name in added if name.lower() in own]
    if clash:
        raise DataError(f"{path} has a column {clash[0]!r} already, which the prediction would overwrite; rename it")
    return both.select("own.*", *(f"found.`{name}`" for name in added))


def locate(path: Path) -> str:
    """Return a path's address for Spark, which looks for relative paths in the cluster's file system."""
    return f"file://{path.absolute()}"


@contextmanager
def explain_spark(path: Path) -> Iterator[None]:
    """Raise DataError for an error of Spark's, with the line that gives the cause."""
    try:
        yield
    except Py4JJavaError as error:
        cause = error.java_exception
        while cause.getCause() is not None:
            cause = cause.getCause()
        raise _refuse(path, (cause.getMessage() or cause.toString()).strip().splitlines()[0]) from error
    except PythonException as error:  # a traceback
        raise _refuse(path, str(error).strip().splitlines()[-1]) from error
    except PySparkException as error:
        raise _refuse(path, str(error).strip().splitlines()[0]) from error


def _refuse(path: Path, why: str) -> DataError:
    return DataError(f"{path} cannot be labelled with Spark ({why}); mend that, or label it with janib predict")


@contextmanager
def open_session(master: str) -> Iterator[SparkSession]:
    """Yield a Spark session, and stop it at the end."""
    builder = SparkSession.builder.master(master).appName("janib").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")  # INT96 has no time zone
    if master.startswith("local"):
        builder = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # otherwise workers run the first python3 of PATH
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("FATAL")  # errors are raised and reported on one line
    try:
        yield spark
    finally:
        spark.stop()


def main() -> None:
    """Label the files that the command line names."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("model", help="runs:/… or models:/…")
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--master", default="local[*]")
    given = parser.parse_args()
    with report_errors():
        files = list_files(given.source)
        with open_session(given.master) as spark:
            label_files(spark, given.model, files, given.output)


if __name__ == "__main__":
    main()
