"""Content of the pages of a table of runs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from janib.provenance import hash_config
from janib.scoring.resampling import N_RESAMPLES
from janib.tables.averages import insert_averages, list_averages, score_averages
from janib.tables.control_results import ControlRecord
from janib.tables.evidence import MIN_SEEDS, explain_post_hoc
from janib.tables.execution import NOT_HERE
from janib.tables.kept_predictions import KeptPredictions
from janib.tables.pages.conclusions import describe_column, join_names
from janib.tables.pages.content import TableContent
from janib.tables.pages.controls import describe_controls
from janib.tables.pages.costs import describe_costs
from janib.tables.pages.published import describe_published
from janib.tables.pages.targets import describe_targets
from janib.tables.results_csv import FailedRun, FinishedRun
from janib.tables.row_scores import list_scores
from janib.tables.statistics import ALPHA, Comparison, Statistics, compute_statistics
from janib.tables.status import format_time

_NO_CORPUS = hash_config({})
"""Hash of the corpora's files where the rows are the user's own."""

FEW_CLUSTERS = 20
"""With fewer independent units, intervals and p-values are rough, and the README says so."""


def make_run_content(
    table: Mapping[str, Any],
    task: str,
    runs: Sequence[FinishedRun],
    failures: Sequence[FailedRun],
    predictions: KeptPredictions,
    controls: Sequence[ControlRecord],
    published: Sequence[Comparison] = (),
    *,
    seeded: Collection[str],
) -> TableContent:
    """Compute the statistics of a table of a task, and describe its runs.

    ``published`` are comparisons with published predictions, ``seeded`` the rows that depend on their seed. Each of
    these with several seeds is followed by a row that averages them.

    Raises
    ------
    ConfigError, DataError
        As :func:`janib.tables.statistics.compute_statistics`.
    """
    averages = list_averages(runs, seeded)
    averaged = {row: [own] for row, own in score_averages(task, table["columns"], runs, seeded, predictions).items()}
    scores = insert_averages(list_scores(runs), averaged)
    statistics = replace(compute_statistics(table, task, runs, predictions, seeded), published=published)
    table = {**table, "rows": insert_averages(table["rows"], dict.fromkeys(averaged))}
    columns = [part for column in table["compared"] for part in describe_column(table, scores, statistics, column)]
    targets = describe_targets(table, task, runs, predictions, seeded, statistics)
    return TableContent(
        table,
        scores,
        {failure.row: failure.reason for failure in failures},
        statistics,
        _describe_runs(runs, failures),
        " ".join([_explain_tests(statistics), *_explain_seeds(scores, statistics)]),
        [
            *columns,
            *targets,
            *describe_published(table, statistics),
            *describe_controls(controls),
            *describe_costs(runs, averages),
        ],
        notes=[*_explain_averages(averages), *explain_post_hoc(statistics.evidence)],
    )


def _describe_runs(runs: Sequence[FinishedRun], failures: Sequence[FailedRun]) -> str:
    if not runs:
        return "No run has finished yet."
    # An MLflow run of two tasks may be in the table twice.
    seconds = sum({run.run_id: run.wall_seconds for run in runs}.values())
    commits = sorted({run.commit[:7] for run in runs if run.commit})
    devices = sorted({run.device for run in runs if run.device})
    data = sorted({run.data_sha for run in runs if run.data_sha}) or ["not hashed"]
    n_scorings = max((run.scorings or 0 for run in runs), default=0)
    said = f"{len(runs)} runs, {format_time(seconds)} of wall time in all"
    said += f" on {', '.join(devices)}" if devices else ""
    said += f", at commit{'s' if len(commits) > 1 else ''} {', '.join(commits)}" if commits else ""
    said += f". Data {', '.join(data)}" if data != [_NO_CORPUS] else ". The data are the user's own file"
    if n_scorings:
        said += f"; with the last run the test splits had been scored {n_scorings} times for this task"
    said += "."
    if any(run.is_dirty for run in runs):
        said += " Some runs had code that was not committed."
    return said + _describe_failures(failures)


def _describe_failures(failures: Sequence[FailedRun]) -> str:
    missing = [f"{one.row} ({one.reason})" for one in failures if one.reason in NOT_HERE]
    others = [f"{one.row}, seed {one.seed} ({one.reason})" for one in failures if one.reason not in NOT_HERE]
    said = f" Not run here: {', '.join(dict.fromkeys(missing))}." if missing else ""
    return said + (f" Failed: {'; '.join(others)}." if others else "")


def _explain_tests(statistics: Statistics) -> str:
    if not statistics.sizes:
        return "No predictions are kept, so nothing can be tested."
    sizes = "; ".join(
        f"{split}: {rows:,} rows" + (f" in {units:,} groups, drawn whole" if units != rows else "")
        for split, (rows, units) in statistics.sizes.items()
    )
    said = (
        f"Intervals hold 95 % of {N_RESAMPLES:,} bootstrap resamples of the scored rows ({sizes}). A row with several "
        "seeds is the mean of their scores, and each resample draws its seeds first, then the rows. Differences are "
        "tested by the paired bootstrap, which draws seeds and rows, and by approximate randomisation, which swaps "
        "rows and takes the seeds as they are. Both p-values are adjusted by Holm for all "
        f"{len(statistics.comparisons)} comparisons of this table. A difference is significant (*) if both are at most "
        f"{ALPHA}. McNemar's test of accuracy, not adjusted, is a check. The tests are about other rows of the same "
        "kind, and about other seeds where a row has several: they say nothing of other splits or corpora. "
        "[comparisons.csv](comparisons.csv) has the numbers."
    )
    few = [f"{split} ({units})" for split, (_, units) in statistics.sizes.items() if units < FEW_CLUSTERS]
    if few:
        said += f" With so few groups in {', '.join(few)}, intervals and p-values are rough."
    return said


def _explain_seeds(scores: Iterable[str], statistics: Statistics) -> list[str]:
    """Say of which rows other seeds are not known."""
    evidence = statistics.evidence
    few = [row for row in scores if row in evidence and not evidence[row].covers_seeds]
    if not few:
        return []
    return [
        f"For {join_names(few)}, another seed would give another model, and fewer than {MIN_SEEDS} were trained (an "
        "average of seeds counts as one): what is said of such a row is said of its own seeds, and it is neither bold "
        "nor called best."
    ]


def _explain_averages(averages: Mapping[str, Sequence[FinishedRun]]) -> list[str]:
    return [
        f"{name} averages the probabilities of the {len(own)} seeds of {own[0].row}: arithmetic on kept predictions, "
        f"with nothing chosen. It is one model that costs {len(own)}, to train, to keep and to run."
        for name, own in averages.items()
    ]
