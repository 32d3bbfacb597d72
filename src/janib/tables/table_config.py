"""Checks of a table's config before its first run, and the table of a user's own file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from janib.errors import ConfigError, suggest
from janib.labels import TASK_LABELS
from janib.runs.experiment import list_tasks
from janib.scoring import metrics
from janib.tables.averages import name_average
from janib.tables.published_files import PREDICTIONS

GIVEN = ("data", "task", "split", "ledger")
"""Keys of ``train.yaml`` that a table of the user's own file has beside ``table``, for all its runs."""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_rows(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_texts, value.values()))


def _is_reasons(value: object) -> bool:
    return isinstance(value, dict) and all(map(_is_text, value.values()))


def _is_seeds(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(type(seed) is int for seed in value)


def _is_published(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and {"model", "source"} <= one.keys() for one in value)


def _check_predictions(published: Sequence[Mapping[str, Any]]) -> None:
    """Check where the predictions of published rows are, as far as it is told."""
    for one in published:
        place = one.get("predictions")
        if place is None:
            continue
        if not isinstance(place, dict) or place.keys() != set(PREDICTIONS) or not all(map(_is_text, place.values())):
            raise ConfigError(
                f"table.published: predictions of {one['model']} is {place!r:.100}, expected texts for "
                f"{', '.join(PREDICTIONS)}"
            )
        if not re.fullmatch("[0-9a-f]{64}", place["sha256"]):
            raise ConfigError(
                f"table.published: sha256 of {one['model']} is {place['sha256']!r:.80}, expected 64 digits"
            )


_REQUIRED: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "name": (_is_text, "a name"),
    "title": (_is_text, "the heading of its page"),
    "protocol": (_is_text, "a sentence on how its rows are trained and scored"),
    "folder": (_is_text, "the folder of its results"),
    "rows": (_is_rows, "a list of overrides for each row, as tfidf_nb: [model=tfidf_nb]"),
    "columns": (_is_texts, "a list of scores, as [valid/macro_f1, test/macro_f1]"),
    "baseline": (lambda value: value is None or _is_text(value), "a row of the table, or null"),
    "compared": (_is_texts, "a list of columns that are tested, or []"),
    "published": (_is_published, "a list of rows of others, each with model and source, or []"),
}
_OF_RUNS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "overrides": (_is_texts, "a list of keys of train.yaml for all rows, or []"),
    "seeds": (_is_seeds, "a list of whole numbers, as [0]"),
    "controls": (_is_texts, "a list of rows that the controls train, or []"),
    "register": (lambda value: value is None or _is_text(value), "a name for the best model, or null"),
}
_OPTIONAL = ("row_seeds", "task", "scored", "command", "post_hoc", "by_target")
_NOT_BY_TARGET = ("f_avg_by_target", "brier", "ece")
"""Scores that ``by_target`` cannot take: a mean over targets already, and those of probabilities."""


def is_own(config: DictConfig) -> bool:
    """Say whether the rows of a table are trained on the user's own file, which its config names."""
    return "data" in config


def read_table(config: DictConfig) -> None:
    """Check the config of a table, and fill in what that of a user's own file leaves open.

    Raises
    ------
    ConfigError
        If a key is missing or unknown, or a value is of the wrong kind.
    """
    table = config.table
    if is_own(config):
        _fill_columns(config)
    values: Any = OmegaConf.to_container(table, resolve=True)
    required = _REQUIRED if values.get("scored") else {**_REQUIRED, **_OF_RUNS}
    known = [*required, *_OPTIONAL]
    for key in values:
        if key not in known:
            raise ConfigError(f"table.{key}: a table has no such key{suggest(str(key), known)}")
    for key, (is_right, expected) in required.items():
        if key not in values:
            raise ConfigError(f"table.{key} is missing: expected {expected}; conf/table/demo.yaml has every key")
        if not is_right(values[key]):
            raise ConfigError(f"table.{key}={values[key]}: expected {expected}")
    if not _is_reasons(values.get("post_hoc", {})):
        raise ConfigError(
            f"table.post_hoc={values['post_hoc']}: expected, for each row whose choice cannot be shown to come before "
            "its test score, the reason, as tfidf_svm: c was changed after its first score"
        )
    _check_predictions(values["published"])
    if not _is_texts(values.get("by_target", [])):
        raise ConfigError(f"table.by_target={values['by_target']}: expected some of the columns, as [test/favg2]")
    _check_names(values, list_tasks(config.task)[0] if "task" in config else values.get("task"))


def _check_names(table: Mapping[str, Any], task: str | None) -> None:
    """Check that rows and columns that are named exist."""
    of_targets = [column for column in table["columns"] if column.partition("/")[2] not in _NOT_BY_TARGET]
    of_rows = dict.fromkeys(("controls", "row_seeds", "post_hoc"), table["rows"])
    for key, known in {"compared": table["columns"], "by_target": of_targets, **of_rows}.items():
        for name in table.get(key) or []:
            _check_choice(f"table.{key}", name, known)
    for row in table["rows"]:
        if name_average(row) in table["rows"]:
            raise ConfigError(
                f"table.rows: {name_average(row)} is what the table calls the average of the seeds of {row}; rename it"
            )
    if table["baseline"] is not None and not table.get("scored"):
        _check_choice("table.baseline", table["baseline"], table["rows"])
    if task in TASK_LABELS:
        measures = [*metrics.list_measures(task, TASK_LABELS[task]), "brier", "ece"]
        for column in table["columns"]:
            name = column.partition("/")[2]
            if "/" not in name:
                _check_choice("table.columns", name, measures)


def _check_choice(key: str, found: str, known: Collection[str]) -> None:
    if found not in known:
        raise ConfigError(f"{key}: {found!r} is none of {', '.join(known)}{suggest(found, known)}")


def _fill_columns(config: DictConfig) -> None:
    """Choose the columns of a user's own file: its metric and accuracy, of validation and of a test file."""
    if "metric" not in config.data:
        raise ConfigError(
            f"data={config.data.get('name')}: table={config.table.name} is for a file of your own, data=csv"
        )
    splits = ["valid", *(["test"] if config.data.test_path else [])]
    names = list(dict.fromkeys([config.data.metric, "accuracy"]))
    if config.table.columns is None:
        config.table.columns = [f"{split}/{name}" for split in splits for name in names]
    if config.table.compared is None:
        config.table.compared = [f"{splits[-1]}/{config.data.metric}"]
