"""What the runs of a table will take, told before the first of them: time, and encoders that are downloaded."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from janib.errors import MissingExtraError, ModelError, need_extra
from janib.tables.execution import is_done
from janib.tables.planned_runs import PlannedRun, TablePlan
from janib.tables.results_csv import read_results
from janib.tables.status import expect_seconds, format_time, read_known_runs


def forecast(plan: TablePlan, folder: Path, only: Collection[str] | None = None) -> list[str]:
    """Return a line about the runs that are to be done and one about downloads; none where there is nothing to tell.

    The time is that of earlier runs of the same rows, here or on another machine. The sizes are the hub's; it is asked
    only for encoders that are not here.

    Parameters
    ----------
    plan
        The planned runs.
    folder
        The table's results; those of other tables are beside it.
    only
        The rows that are run; None for all.
    """
    finished = read_results(folder)
    store = plan.tracking if plan.table["register"] else None
    left = [
        one
        for one in plan.runs
        if (only is None or one.row in only) and not any(is_done(run, one, store) for run in finished)
    ]
    return [*_tell_time(left, folder), *_tell_downloads(left)] if left else []


def _tell_time(left: Sequence[PlannedRun], folder: Path) -> list[str]:
    finished, known = read_results(folder), read_known_runs(folder)
    expected = [expect_seconds(one.row, finished, known) for one in left]
    seconds = sum(each for each in expected if each is not None)
    n_unknown = sum(each is None for each in expected)
    parts = [f"{len(left)} run{'s' if len(left) > 1 else ''} to do"]
    if n_unknown < len(left):
        parts.append(f"about {format_time(seconds)}, as earlier runs of these rows took")
    if n_unknown:
        parts.append(f"{n_unknown} of rows that have not run yet")
    return [", ".join(parts)]


def _tell_downloads(left: Sequence[PlannedRun]) -> list[str]:
    """Say what is downloaded; where the hub gives no answer, only the names, since the runs tell why."""
    try:
        with need_extra("encoders of the hub", "transformers"):
            from janib.models.encoders.hub import Download, find_here, plan_download
    except MissingExtraError:  # each run tells it
        return []
    asked = {(one.config.model.get("encoder"), one.config.model.get("revision")) for one in left}
    sizes: list[int | None] = []
    shown = []
    for name, revision in sorted((name, revision) for name, revision in asked if name and name.count("/") == 1):
        try:
            if find_here(name, revision) is not None:
                continue
            download: Download | None = None if None in sizes else plan_download(name, revision)
        except ModelError:
            download = None
        sizes.append(download.size if download else None)
        shown.append(f"{name} ({download.show_size() if download else 'the hub gives no size'})")
    if not shown:
        return []
    known = [size for size in sizes if size is not None]
    total = f"; {sum(known) / 1e6:,.0f} MB in all" if len(known) == len(sizes) > 1 else ""
    return [f"encoders that are not here, to download: {', '.join(shown)}{total}"]
