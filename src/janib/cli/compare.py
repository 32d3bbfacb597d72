"""The command ``janib compare``: from a labelled file to a table of models."""

from __future__ import annotations

import logging
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import MemoryHandler
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

import typer

from janib.cli.console import open_console, say_columns
from janib.errors import ConfigError, JanibError, need_extra, suggest
from janib.labels import TASK_LABELS

if TYPE_CHECKING:
    from omegaconf import DictConfig


_H = TypeVar("_H", bound=logging.Handler)

LOG = "compare.log"
_LOG_FORMAT = ("%(asctime)s %(message)s", "%H:%M:%S")


def _format_word(found: re.Match[str]) -> str:
    """Return --word for a shell's word such as ``'data.words.favor="نعم لا"'``."""
    (key,) = shlex.split(found[0])
    label, _, quoted = key.removeprefix("data.words.").partition("=")
    word = quoted.removeprefix('"').removesuffix('"').replace('\\"', '"')
    return f"--word {shlex.quote(f'{label}={word}')}"


_FLAGS: dict[str, str | Callable[[re.Match[str]], str]] = {
    r"""'data\.words\.(?:[^']|'"'"')*'""": _format_word,
    r"data\.columns\.(?:stance|sentiment|sarcasm|label)=": "--label ",
    r"data\.columns\.(\w+)=": r"--\1 ",
    r"data\.columns\.(\w+)": r"--\1",
    r"data\.words\.(\w+)=": r"--word \1=",
    r"data\.words": "--word",
    r"data\.bad_rows=skip": "--skip-bad-rows",
    r"split\.drop_leaks=true": "--drop-leaks",
    r"split\.parts(?:=\d+)?": "--folds",
    r"data\.test_path=?": "--test",
    r"data\.metric=": "--metric ",
    r"data\.name=": "--name ",
}
"""Keys of the configs, which messages name, and the flags that stand for them here."""


def compare(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="File of labelled rows to train on.")],
    *,
    test: Annotated[
        Path | None, typer.Option(help="File to test on [default: the training rows validate one another in folds]")
    ] = None,
    text: Annotated[
        str | None, typer.Option("--text", "--text-column", help="Column that holds the statement.")
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", "--target-column", help="Column that holds the party, topic or claim; false: none."),
    ] = None,
    label: Annotated[str | None, typer.Option("--label", "--label-column", help="Column that holds the label.")] = None,
    identifier: Annotated[
        str | None, typer.Option("--id", help="Column of an id that no two rows share; false: the row's number.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="Column whose rows stay together, as those of one article.")] = None,
    word: Annotated[
        list[str] | None, typer.Option(help="What a word of the file means, as --word favor=مؤيد; repeat it.")
    ] = None,
    task: Annotated[
        Literal["stance", "sentiment", "sarcasm", "label"] | None,
        typer.Option(help="What the labels are; label takes them as they are [default: found by their words]"),
    ] = None,
    models: Annotated[str | None, typer.Option(help="Models to compare, with commas [default: the quick ones]")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="An encoder to fine-tune too: one of conf/model, of the hub, or a folder.")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts of the training rows; each validates once.")] = 5,
    drop_leaks: Annotated[
        bool, typer.Option("--drop-leaks", help="Leave out training rows whose text is, or nearly, in scored rows.")
    ] = False,
    metric: Annotated[str, typer.Option(help="Score by which models are compared.")] = "macro_f1",
    name: Annotated[str | None, typer.Option(help="Name in results and MLflow [default: that of the file]")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write to [default: outputs/own/NAME]")
    ] = None,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave bad rows out and say so, instead of stopping.")
    ] = False,
) -> None:
    """Compare models on a labelled file of your own.

    The quick models are trained, validated in folds, and tested if there is a test file. The folder gets a README with
    intervals and paired tests, the table for LaTeX, and pictures. The best by validation is registered in MLflow. The
    last lines say how to load it, explain its labels, and label a new file.

    The same command goes on where it was stopped, and trains nothing twice.
    """
    with need_extra("comparing models", "experiments"):
        from janib.tables.actions import act

    named = {"text": text, "target": target, "label": label}
    unread = {"target": False} if _read_column(target) is False else {}
    others = {"id": _read_column(identifier), "group": _read_column(group)} | unread
    with _explain_by_flags():
        words = _read_words(word or [])
        columns, chosen = _read_columns(source, {key: one for key, one in named.items() if one}, words, task)
        config = _compose(chosen)
        rows = _choose_rows(config.table.rows, models, encoder, has_target="target" in columns)
        config.table.rows = rows
        config.table.baseline = config.table.baseline if config.table.baseline in rows else next(iter(rows))
        own: dict[str, str | bool | None] = {
            chosen if field == "label" else field: column for field, column in columns.items()
        }
        _fill(config, own | others, words)
        _set(config.data, path=source, test_path=test, metric=metric, bad_rows="skip" if skip_bad_rows else "stop")
        _set(config.data, name=name)
        _set(config.table, folder=out, command=shlex.join(["janib", *sys.argv[1:]]))
        _set(config.tracking, uri=os.environ.get("MLFLOW_TRACKING_URI"))
        config.split.parts = config.split.used = folds
        config.split.drop_leaks = drop_leaks or None
        folder = Path(config.table.folder)
        with _log_lines(logging.StreamHandler()) as console, _log_lines(MemoryHandler(1)) as kept:
            _check(config)
            console.addFilter(_is_of_table)  # each run would say again what was said of the file
            runs = folder / "runs" / datetime.now(UTC).strftime("%Y-%m-%d_%H-%M-%S_%f")
            with _write_log(kept, folder / LOG):  # not before: what is refused leaves no folder
                act(config, _find_configs(), runs, open_console())
    open_console().print(f"page of the comparison: {folder / 'README.md'}", soft_wrap=True)
    open_console().print(f"all of the log:         {folder / LOG}", soft_wrap=True)


def _read_columns(
    source: Path, named: Mapping[str, str], words: Mapping[str, Sequence[str]], task: str | None
) -> tuple[dict[str, str], str]:
    """Find the columns and the task that are not named, and say which they are."""
    from janib.corpora.own_columns import choose_task, find_columns
    from janib.corpora.readers.own_file import explain_unread

    columns = find_columns(source, named)
    if _read_column(named.get("target")) is False:
        del columns["target"]
    say_columns(columns, named, "--{}")
    if task is None:
        task = choose_task(source, columns, words)
        about = "as they are" if task == "label" else ", ".join(TASK_LABELS[task])
        console = open_console(stderr=True)
        console.print(f"the labels are of the task {task} ({about}); --task names another", soft_wrap=True)
        if task == "label" and "target" not in {*columns, *named}:
            console.print(
                "no column is known to hold the target, so the labels are taken as they are; "
                "for stance add --target COLUMN --task stance",
                soft_wrap=True,
            )
    for label in words:
        if label not in TASK_LABELS.get(task, ()):
            raise ConfigError(explain_unread(label, [task]))
    return columns, task


def _read_words(given: Sequence[str]) -> dict[str, list[str]]:
    """Return the words of each label, from ``label=word``."""
    known = list(dict.fromkeys(label for labels in TASK_LABELS.values() for label in labels))
    words: dict[str, list[str]] = {}
    for one in given:
        label, equals, word = one.partition("=")
        if not equals or label not in known:
            raise ConfigError(
                f"--word {one}: expected LABEL=WORD, a label of {', '.join(known)}{suggest(label, known)}"
            )
        words.setdefault(label, []).append(word)
    return words


def _find_configs() -> Path:
    from janib.runs.config_folder import find_configs

    return find_configs()


def _compose(task: str) -> DictConfig:
    """Compose the config of the table of a user's own file."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    import janib.runs.own_names  # which the configs ask  # noqa: F401

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(_find_configs()), version_base="1.3"):
        return compose("table", ["table=own", f"task={task}"])


def _choose_rows(
    rows: Mapping[str, Sequence[str]], models: str | None, encoder: str | None, *, has_target: bool
) -> dict[str, Sequence[str]]:
    """Return the rows that are asked for: name and overrides of each."""
    conf = _find_configs()
    known = {path.stem: [f"model={path.stem}"] for path in sorted((conf / "model").glob("*.yaml"))} | dict(rows)
    chosen = [name.strip() for name in models.split(",")] if models is not None else list(rows)
    for name in chosen:
        if name not in known:
            raise ConfigError(f"--models {name}: expected some of {', '.join(known)}{suggest(name, known)}")
    found = {name: known[name] for name in chosen if has_target or not name.endswith("_per_target")}
    return found | (_make_row(conf, encoder) if encoder is not None else {})


def _make_row(conf: Path, encoder: str) -> dict[str, Sequence[str]]:
    """Return the row of an encoder: a config of its own, or the multilingual one's with this encoder."""
    from janib.scoring.metrics import slugify

    if (conf / "model" / f"{encoder}.yaml").is_file():
        return {encoder: [f"model={encoder}"]}
    name = slugify(encoder.rstrip("/").rpartition("/")[2])
    return {name: ["model=multilingual_e5_small", f"model.encoder={encoder}", f"model.name={name}"]}


def _read_column(given: str | None) -> str | bool | None:
    """Return the column that a flag names; False, as the configs have it, for a field that is not to be read."""
    return False if given is not None and given.lower() == "false" else given


def _fill(config: DictConfig, columns: Mapping[str, str | bool | None], words: Mapping[str, Sequence[str]]) -> None:
    _set(config.data.columns, **columns)
    for label, own in words.items():
        config.data.words[label] = [_escape(word) for word in own]


def _set(node: DictConfig, **values: object) -> None:
    """Set the keys that have a value."""
    for key, value in values.items():
        if value is not None:
            node[key] = value if isinstance(value, bool) else _escape(str(value))


def _escape(text: str) -> str:
    return text.replace("${", "\\${")  # no reference to another key


def _check(config: DictConfig) -> None:
    """Say what is in the file, and check all that can be checked before the first run."""
    from janib.runs.checks import check_run, profile_rows
    from janib.tables.actions import plan_own

    experiments = [run.experiment for run in plan_own(config, _find_configs())]
    corpus, splits = experiments[0].read_data()
    profile_rows(experiments[0], corpus, splits)
    experiments[0].cut_rows(splits)
    for experiment in experiments:
        check_run(experiment, corpus, splits, [])


def _is_of_table(record: logging.LogRecord) -> bool:
    return record.name.startswith("janib.tables") or record.levelno >= logging.ERROR


@contextmanager
def _log_lines(handler: _H) -> Iterator[_H]:
    """Let a handler have the lines of the log."""
    log = logging.getLogger("janib")
    level = log.level
    handler.setFormatter(_FlagFormatter(*_LOG_FORMAT))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield handler
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        handler.close()


@contextmanager
def _write_log(kept: MemoryHandler, path: Path) -> Iterator[None]:
    """Write the lines that are kept, and those that follow, to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = logging.FileHandler(path, encoding="utf-8")
    file.setFormatter(_FlagFormatter(*_LOG_FORMAT))
    kept.setTarget(file)
    kept.flush()
    try:
        yield
    finally:
        kept.setTarget(None)
        file.close()


class _FlagFormatter(logging.Formatter):
    """Lines of a log that name this command's flags."""

    def format(self, record: logging.LogRecord) -> str:
        return _name_flags(super().format(record))


@contextmanager
def _explain_by_flags() -> Iterator[None]:
    """Let errors name this command's flags."""
    try:
        yield
    except JanibError as error:
        error.lines = tuple(map(_name_flags, error.lines))
        raise


def _name_flags(text: str) -> str:
    """Replace the configs' keys by this command's flags."""
    for key, flag in _FLAGS.items():
        text = re.sub(key, flag, text)
    return text
