"""What ``action=`` does to a table."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from janib.errors import ConfigError, DataError, JanibError, suggest
from janib.tables.article_table import list_lines, read_scored
from janib.tables.cells import make_cells
from janib.tables.controls import run_controls
from janib.tables.pages.quotes import find_stale, write_documents
from janib.tables.pages.render import find_differences, render
from janib.tables.pages.table import show_table
from janib.tables.results_csv import Line, read_failures, read_results
from janib.tables.runs import NO_WEIGHTS, list_left, register_best, run_table, select_lines
from janib.tables.status import list_states, show_states
from janib.tables.submission import write_submissions

log = logging.getLogger(__name__)

RESULTS = Path("experiments") / "results"
"""Below the checkout, where every table's folder is that documents quote."""

ACTIONS = ("run", "status", "controls", "render", "check", "submission")


def act(config: DictConfig, conf: Path, runs: Path, console: Console) -> None:
    """Do an action to a table.

    Parameters
    ----------
    config
        As ``conf/table.yaml`` composes it, with ``action``.
    conf
        The folder of configs, in the checkout whose documents quote results.
    runs
        Where the runs' own folders go.
    console
        Where the table is shown.

    Raises
    ------
    ConfigError
        If there is no such action.
    DataError
        If a check finds differences.
    JanibError
        After everything else, if cells failed.
    """
    table, folder = config.table, Path(config.table.folder)
    if config.action not in ACTIONS:
        hint = suggest(str(config.action), ACTIONS)
        raise ConfigError(f"action={config.action}: expected one of {', '.join(ACTIONS)}{hint}")
    if table.get("scored"):
        _act_on_scored(config, conf, console)
        return
    if config.action == "status":
        states = list_states(table, config.tracking, conf, folder, runs.parent / "unfinished")
        console.print(show_states(table.title, states))
        return
    if config.action == "run":
        run_table(table, config.tracking, conf, folder, runs)
    cells = make_cells(table, config.tracking, conf)
    if config.action == "controls":
        run_controls(table, cells, folder)
    lines, failures = select_lines(read_results(folder), cells), read_failures(folder)
    if not lines:
        log.warning("%s: no cell has run", table.name)
    elif config.action == "submission":
        for path in write_submissions(cells, lines, folder, runs):
            console.print(str(path), highlight=False, soft_wrap=True)
    elif config.action == "run" and list_left(cells, lines, failures):
        log.info("%s: other processes run the cells that are left; the last of them writes the table", table.name)
    else:
        _write_or_check(config, conf, cells[0].task, lines, failures, console)
        if config.action == "run" and table.register:
            address = register_best(lines, config.tracking.uri, table.register)
            console.print(f"best on validation: {address}", highlight=False)
    if config.action == "run":
        _report_failures(failures, folder)


def _act_on_scored(config: DictConfig, conf: Path, console: Console) -> None:
    """Write or check a table whose rows ``experiments/evaluate.py`` has scored; nothing of it runs."""
    table = config.table
    if config.action in ("run", "render", "check"):
        _write_or_check(config, conf, "", list_lines(read_scored(table, Path(table.folder))), [], console)
    else:
        sets = ", ".join(f"{name}.csv" for name in table.scored)
        log.info("%s: nothing to do, its rows stand in %s as experiments/evaluate.py wrote them", table.name, sets)


def _write_or_check(
    config: DictConfig, conf: Path, task: str, lines: Sequence[Line], failures: Sequence[Line], console: Console
) -> None:
    table, folder, results = config.table, Path(config.table.folder), conf.parent / RESULTS
    is_quoted = folder.resolve().is_relative_to(results)
    if config.action != "check":
        render(table, task, lines, failures, folder, folder)
        if is_quoted:
            write_documents(conf.parent, results)
        console.print(show_table(table.title, lines, table.columns))
        return
    problems = find_differences(table, task, lines, failures, folder)
    if is_quoted:
        problems += [f"{path} quotes other numbers" for path in find_stale(conf.parent, results)]
    for problem in problems:
        log.error("%s: %s", table.name, problem)
    if problems:
        raise DataError(
            f"{folder} is not what its results give: {'; '.join(problems)}; "
            f"write it anew: experiments/table.py table={table.name} action=render"
        )
    log.info("%s: as its results give it", table.name)


def _report_failures(failures: Sequence[Line], folder: Path) -> None:
    failed = [line for line in failures if line["reason"] != NO_WEIGHTS]
    if failed:
        names = "; ".join(f"{line['model']}, seed {line['seed']}: {line['reason']}" for line in failed)
        raise JanibError(
            f"{len(failed)} cells failed, the others are done ({names}); see {folder / 'failed.csv'}, mend the cause "
            "and start the table again"
        )
