"""Tasks of Label Studio: positions to label, with the model's answers, and people's labels from its export."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import janib
from janib.errors import DataError
from janib.io.files import write_text
from janib.io.strict_json import format_json
from janib.io.text_tables import decode_text, open_bytes

CONFIG_SUFFIX = ".xml"

_LABEL, _TEXT, _NOTE = "stance", "text", "note"  # names in the configuration


def write_config(path: Path) -> None:
    """Write the configuration of Label Studio's page (*Settings, Labeling Interface, Code*)."""
    config = files("janib") / "data" / "checking" / "label_studio.xml"
    write_text(path, config.read_text(encoding="utf-8"))


def write_tasks(path: Path, rows: Sequence[Mapping[str, Any]], *, blind: bool = False) -> None:
    """Write the rows of a sheet as tasks to import; ``blind`` leaves out the model's answers."""
    tasks = [_make_task(row, blind=blind) for row in rows]
    write_text(path, format_json(tasks, indent=1) + "\n")


def read_tasks(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Read an export of Label Studio, JSON or JSON-MIN.

    Yields
    ------
    data : dict
        What the task was made of.
    words : dict
        Each reader's label; a task that was skipped has none.

    Raises
    ------
    DataError
        If the file is no such export.
    """
    with open_bytes(str(path), str(path)) as stream:
        text = decode_text(stream.read(), str(path))
    try:
        tasks = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON ({error}); export it again as JSON") from error
    if not isinstance(tasks, list):
        raise DataError(f"{path} holds no list of tasks; export it from Label Studio as JSON or JSON-MIN")
    for number, task in enumerate(tasks, 1):
        try:
            yield _read_task(task)
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            raise DataError(
                f"{path}, task {number} has not the form of Label Studio's export ({type(error).__name__}: {error}); "
                "export it again as JSON or JSON-MIN"
            ) from error


def _make_task(row: Mapping[str, Any], *, blind: bool) -> dict[str, Any]:
    task: dict[str, Any] = {"data": {name: value for name, value in row.items() if name not in (_LABEL, _NOTE)}}
    if not blind:
        answer = {
            "id": "model",
            "from_name": _LABEL,
            "to_name": _TEXT,
            "type": "choices",
            "value": {"choices": [row["predicted"]]},
        }
        version = f"janib {janib.__version__}"
        task["predictions"] = [{"model_version": version, "score": row["probability"], "result": [answer]}]
    return task


def _read_task(task: Any) -> tuple[dict[str, Any], dict[str, str]]:
    if "data" not in task:  # JSON-MIN: a line for each annotation
        word = task.get(_LABEL)
        return task, {} if word is None else {_name_reader(task.get("annotator")): str(word)}
    if not isinstance(task["data"], dict):
        raise TypeError(f"data is of type {type(task['data']).__name__}, expected an object")
    words = {}
    for annotation in task.get("annotations", ()):
        found = [one["value"]["choices"][0] for one in annotation["result"] if one.get("from_name") == _LABEL]
        if found and not annotation.get("was_cancelled"):
            words[_name_reader(annotation.get("completed_by"))] = str(found[0])
    return task["data"], words


def _name_reader(who: Any) -> str:
    """Return a name of the person who labelled, whom exports tell by number or by an object."""
    if isinstance(who, dict):
        return str(who.get("email") or who.get("id"))
    return f"reader {who}" if who is not None else "reader"
