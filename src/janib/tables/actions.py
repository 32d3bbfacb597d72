"""Actions on a table: run, status, controls, published, render, check and submission."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig
from rich.console import Console

from janib.errors import ConfigError, DataError, IncompleteError, JanibError, suggest
from janib.models.llm.address import URL_VARIABLE
from janib.runs.experiment import list_tasks
from janib.tables.control_results import read_controls
from janib.tables.controls import run_controls
from janib.tables.execution import (
    NO_ENDPOINT,
    NO_WEIGHTS,
    NOT_HERE,
    list_unsettled,
    register_best,
    run_table,
    select_runs,
)
from janib.tables.forecast import forecast
from janib.tables.kept_predictions import KeptPredictions
from janib.tables.pages.article_content import make_article_content
from janib.tables.pages.comparison import show_comparison
from janib.tables.pages.content import TableContent
from janib.tables.pages.own_pictures import draw_pictures
from janib.tables.pages.quotes import Quotations
from janib.tables.pages.render import find_differences, render
from janib.tables.pages.run_content import make_run_content
from janib.tables.pages.table import show_table
from janib.tables.pages.use import describe_use
from janib.tables.planned_runs import PlannedRun, TablePlan, check_plan, list_seeded_rows, plan_table
from janib.tables.published import compare_published, pair_published, read_pairings, write_pairings
from janib.tables.results_csv import FailedRun, FinishedRun, read_failures, read_results
from janib.tables.statistics import list_score_differences
from janib.tables.status import list_states, show_states
from janib.tables.submission import write_submissions
from janib.tables.table_config import GIVEN, is_own, read_table

log = logging.getLogger(__name__)

TABLE_RESULTS = Path("experiments") / "results"
"""The folder of the checkout that has a folder for each table that documents quote."""

ACTIONS = ("run", "status", "controls", "published", "render", "check", "submission")


def act(config: DictConfig, conf: Path, runs: Path, console: Console) -> None:
    """Do an action on a table, and show the table.

    ``conf`` is the folder of configs, in the checkout whose documents quote results; the runs' own folders go to
    ``runs``.

    Raises
    ------
    ConfigError
        If there is no such action.
    DataError
        If a check finds differences.
    JanibError
        At the end, if runs failed.
    """
    if config.action not in ACTIONS:
        hint = suggest(str(config.action), ACTIONS)
        raise ConfigError(f"action={config.action}: expected one of {', '.join(ACTIONS)}{hint}")
    read_table(config)
    if config.table.get("scored"):
        _act_on_articles(config, conf, console)
    elif config.action == "status":
        folder, unfinished = Path(config.table.folder), runs.parent / "unfinished"
        console.print(show_states(config.table.title, list_states(_plan(config, conf), folder, unfinished)))
    else:
        _act_on_runs(config, conf, runs, console)


def _act_on_articles(config: DictConfig, conf: Path, console: Console) -> None:
    """Write or check a table whose rows ``experiments/evaluate.py`` has scored; it has no runs of its own."""
    table = config.table
    if config.action in ("run", "render", "check"):
        _write_or_check(config, conf, make_article_content(table, Path(table.folder)), [], console)
    else:
        sets = ", ".join(f"{name}.csv" for name in table.scored)
        log.info("%s: nothing to do, its scores are in %s as experiments/evaluate.py wrote them", table.name, sets)


def _act_on_runs(config: DictConfig, conf: Path, runs: Path, console: Console) -> None:
    table, action, folder = config.table, config.action, Path(config.table.folder)
    plan = _plan(config, conf)
    planned, only = plan.runs, _read_only(config)
    if action == "run":
        _run(config, plan, runs, only)
    if action == "controls":
        run_controls(table, planned, folder)
    finished, failures = select_runs(read_results(folder), planned), read_failures(folder)
    if not finished:
        log.warning("%s: no run has finished", table.name)
    elif action == "submission":
        for path in write_submissions(planned[0], finished, KeptPredictions(folder), runs):
            console.print(str(path), highlight=False, soft_wrap=True)
    elif action == "run" and only is None and list_unsettled(planned, finished, failures):
        log.info("%s: other processes have the runs that are left; the last of them writes the table", table.name)
    else:
        _show_runs(config, conf, planned, finished, failures, console)
    if action == "run":
        chosen = [one for one in planned if only is None or one.row in only]
        _report_failures(chosen, failures, folder)


def _run(config: DictConfig, plan: TablePlan, runs: Path, only: Sequence[str] | None) -> None:
    folder = Path(config.table.folder)
    check_plan(plan)
    if not is_own(config):  # of a user's file nothing is known beforehand: runs of that name were of another
        for line in forecast(plan, folder, only):
            log.info("%s: %s", config.table.name, line)
    run_table(plan, folder, runs, only)


def _show_runs(
    config: DictConfig,
    conf: Path,
    planned: Sequence[PlannedRun],
    finished: Sequence[FinishedRun],
    failures: Sequence[FailedRun],
    console: Console,
) -> None:
    """Write or check the pages of a table whose runs have finished, as far as they have."""
    table, folder, is_check = config.table, Path(config.table.folder), config.action == "check"
    task, seeded = planned[0].task, list_seeded_rows(planned)
    predictions = KeptPredictions(folder)
    if config.action == "published":
        pairings = pair_published(table, task, finished, predictions, seeded)
        if pairings:
            write_pairings(folder, pairings)
        else:
            log.info("%s: none of its published rows names predictions, so nothing was fetched", table.name)
    published, stale = compare_published(table, task, finished, predictions, read_pairings(folder), seeded)
    for problem in () if is_check else stale:
        log.warning("%s; it is left out: run action=published", problem)
    controls = read_controls(folder)
    content = make_run_content(table, task, finished, failures, predictions, controls, published, seeded=seeded)
    if is_own(config):
        content = replace(content, pictures=_draw_pictures(table, finished, predictions, folder))
    problems = [*list_score_differences(task, table.columns, finished, predictions), *stale] if is_check else []
    _write_or_check(config, conf, content, problems, console)
    _register(config, finished, console)


def plan_own(config: DictConfig, conf: Path) -> Sequence[PlannedRun]:
    """Return the planned runs of a table of the user's own file, checked.

    Raises
    ------
    ConfigError
        As :func:`janib.tables.table_config.read_table` and :func:`janib.tables.planned_runs.check_plan`.
    """
    read_table(config)
    plan = _plan(config, conf)
    check_plan(plan)
    return plan.runs


def _plan(config: DictConfig, conf: Path) -> TablePlan:
    return plan_table(config.table, config.tracking, conf, {key: config[key] for key in GIVEN if key in config})


def _draw_pictures(
    table: DictConfig, finished: Sequence[FinishedRun], predictions: KeptPredictions, folder: Path
) -> list[str]:
    split = str(table.compared[0]).partition("/")[0] if table.compared else "valid"
    return draw_pictures(split, [run.key for run in finished], predictions, folder)


def _register(config: DictConfig, finished: Sequence[FinishedRun], console: Console) -> None:
    if config.action == "run" and config.table.register:
        best, registered = register_best(finished, config.tracking.uri, config.table.register)
        console.print(f"best on validation: {best.row}, {registered}", highlight=False, soft_wrap=True)
        if is_own(config):
            for line in describe_use(registered.address, config.data, list_tasks(config.task)[0]):
                console.print(line, highlight=False, soft_wrap=True)


def _write_or_check(
    config: DictConfig, conf: Path, content: TableContent, problems: Sequence[str], console: Console
) -> None:
    """Write the pages and quotations of a table; with ``action=check``, raise DataError where they differ."""
    table, folder, results = config.table, Path(config.table.folder), conf.parent / TABLE_RESULTS
    is_quoted = folder.resolve().is_relative_to(results)
    quotations = Quotations(content, read_controls(folder), conf.parent, results)
    if config.action != "check":
        render(content, folder)
        if is_quoted:
            quotations.update()
        console.print(show_table(content))
        for part in show_comparison(content) if is_own(config) else ():
            console.print(part, highlight=False, soft_wrap=isinstance(part, str))
        return
    problems = [*problems, *find_differences(content, folder)]
    if is_quoted:
        problems += [f"{path} quotes other numbers" for path in quotations.find_stale()]
    for problem in problems:
        log.error("%s: %s", table.name, problem)
    if problems:
        raise DataError(
            f"{folder} differs from what its results give: {'; '.join(problems)}; "
            f"write it again: experiments/table.py table={table.name} action=render"
        )
    log.info("%s: as its results give it", table.name)


def _read_only(config: DictConfig) -> list[str] | None:
    """Return the rows that are to be run, None for all."""
    given = config.get("only")
    if given is None:
        return None
    only = given.split(",") if isinstance(given, str) else list(given)
    for row in only:
        if row not in config.table.rows:
            hint = suggest(str(row), config.table.rows)
            raise ConfigError(
                f"only={row}: {config.table.name} has no such row, only {', '.join(config.table.rows)}{hint}"
            )
    return only


def _report_failures(planned: Sequence[PlannedRun], failures: Sequence[FailedRun], folder: Path) -> None:
    """Raise an error that names the chosen runs that failed, or those whose weights or endpoint are elsewhere."""
    ran = {one.key: one for one in planned}
    failures = [failure for failure in failures if failure.key in ran]
    failed = [failure for failure in failures if failure.reason not in NOT_HERE]
    if failed:
        names = "; ".join(f"{failure.row}, seed {failure.seed}: {failure.reason}" for failure in failed)
        raise JanibError(
            f"{len(failed)} run{'s' if len(failed) > 1 else ''} failed, the others are done ({names}); "
            f"see {folder / 'failed.csv'}, mend the cause and start the table again"
        )
    missing = []
    for reason, said in ((NO_WEIGHTS, "weights are not here"), (NO_ENDPOINT, "no endpoint is at hand")):
        own = [ran[failure.key] for failure in failures if failure.reason == reason]
        if own:
            count = f"{len(own)} run{'s' if len(own) > 1 else ''} of {', '.join(dict.fromkeys(one.row for one in own))}"
            way = _name_encoders(own) if reason == NO_WEIGHTS else f"set {URL_VARIABLE} (docs/guides/llm.md)"
            missing.append(
                f"{count} could not run, since {said}, the others are done; {way}; then start the table again"
            )
    if missing:
        raise IncompleteError(*missing)


def _name_encoders(planned: Sequence[PlannedRun]) -> str:
    """Return the commands that get the encoders of runs."""
    encoders = dict.fromkeys(str(one.config.model.encoder) for one in planned)
    fetched = " ".join(name for name in encoders if name.count("/") == 1)
    ways = [f"run where there is a network: janib encoder fetch {fetched}"] * bool(fetched)
    ways += [f"run: janib encoder build {name}" for name in encoders if "/" not in name]
    return ", ".join(ways) or "the log says which"
