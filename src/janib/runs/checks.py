"""What is told before a run's first fit: what the rows are like, and what would stop it after hours."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median

from janib.corpora.base import Corpus, Splits
from janib.corpora.profile import Profile, describe_rows
from janib.errors import ConfigError, DataError
from janib.io.files import check_writable
from janib.models.base import BoundedModel, RowCheck
from janib.models.label_ids import encode_train_labels
from janib.runs.experiment import Experiment, RunConfig
from janib.schema import Example
from janib.scoring import metrics
from janib.scoring.ledger import check_ledger

log = logging.getLogger(__name__)

_MOST_NAMED = 10

_MOST_UNKNOWN = 0.02
"""The share of tokens for unknown words above which a vocabulary is told not to suit the texts.

That is one token in fifty. An encoder of the language lacks far fewer: rare emoji and signs.
"""


def profile_rows(config: RunConfig, corpus: Corpus, splits: Splits) -> Profile | None:
    """Describe the user's own rows, and log it; None for a corpus that this project describes."""
    if not corpus.is_own:
        return None
    profile = describe_rows(corpus, splits, config.tasks)
    for line in profile.list_lines():
        log.info(line)
    return profile


def check_run(
    experiment: Experiment, corpus: Corpus, splits: Splits, others: list[Example]
) -> tuple[Splits, list[Example]]:
    """Check everything about a run that can be checked before its first fit.

    Parameters
    ----------
    others
        Rows of other corpora that are trained on.

    Returns
    -------
    tuple[Splits, list[Example]]
        The rows, the user's own without those that the model cannot read, where ``data.bad_rows`` is ``skip``.

    Raises
    ------
    ConfigError
        If the metric is unknown, an option of the model is wrong, or the ledger or the artifacts cannot be written.
    DataError
        If a task has fewer than two labels in the training rows, or the model cannot read a row.
    MissingExtraError
        If packages that the model needs are not installed.
    ModelError
        If the model's encoder is not found.
    """
    model = experiment.make_model(corpus)
    check_places(experiment, is_scored=experiment.test)
    check_metrics(corpus, splits)
    if isinstance(model, BoundedModel):
        is_skipped = experiment.data.get("bad_rows") == "skip"
        splits, others = _check_rows(model, splits, others, is_skipped=is_skipped)
    for task in experiment.tasks:
        encode_train_labels([*experiment.list_own_rows(splits), *others], task, corpus.task_labels(task))
    return splits, others


def check_places(config: RunConfig, *, is_scored: bool = True) -> None:
    """Check that the ledger can be written, where test rows are scored, and the artifacts of a local MLflow store.

    Raises
    ------
    ConfigError
        If one of them cannot.
    """
    if is_scored:
        check_ledger(Path(config.ledger))
    if config.tracking["uri"].startswith("sqlite:"):
        check_writable(Path(config.tracking["artifacts"]), "tracking.artifacts")


def check_metrics(corpus: Corpus, splits: Splits) -> None:
    """Check that the metric of each task is a score of every split.

    Raises
    ------
    ConfigError
        If it is not.
    """
    for task, name in corpus.metrics.items():
        for rows in splits.values():
            targets = metrics.name_targets([row.target for row in rows if row.gold(task) is not None])
            try:
                metrics.check_name(name, metrics.list_measures(task, corpus.task_labels(task), targets))
            except ConfigError as error:
                raise ConfigError(f"data.metric={name}: {error}") from error


def _check_rows(
    model: BoundedModel, splits: Splits, others: list[Example], *, is_skipped: bool
) -> tuple[Splits, list[Example]]:
    """Return the rows that a model can read; say how many texts it cuts, and how many words it does not know.

    Raises
    ------
    DataError
        If it cannot read a row, and it is not the user's own, or such rows are not to be skipped.
    """
    checked = [(split, rows, model.check_rows(rows)) for split, rows in (("data.train", others), *splits.items())]
    kept = {}
    for split, rows, checks in checked:
        if not split.startswith("test"):  # there they become several windows
            _tell_cuts(model, split, checks)
        kept[split] = _keep_rows(split, rows, checks, is_skipped=is_skipped and rows is not others)
    _tell_unknown([(row, check) for _, rows, checks in checked for row, check in zip(rows, checks, strict=True)])
    others = kept.pop("data.train")
    return kept, others


def _keep_rows(split: str, rows: Sequence[Example], checks: Sequence[RowCheck], *, is_skipped: bool) -> list[Example]:
    problems = [
        f"{split} row {row.id!r}: {check.problem}" for row, check in zip(rows, checks, strict=True) if check.problem
    ]
    if problems and not is_skipped:
        more = [f"and {len(problems) - _MOST_NAMED:,} more rows"] if len(problems) > _MOST_NAMED else []
        raise DataError(*problems[:_MOST_NAMED], *more)
    for problem in problems:
        log.warning("left out: %s", problem)
    return [row for row, check in zip(rows, checks, strict=True) if check.problem is None]


def _tell_cuts(model: BoundedModel, split: str, checks: Sequence[RowCheck]) -> None:
    cuts = [check.cut for check in checks if check.cut]
    if cuts:
        about = f"{split}: {len(cuts):,} of {len(checks):,} texts are longer than model.max_length={model.max_length}"
        log.info("%s tokens and are cut in training; the median of these loses %.0f %%", about, 100 * median(cuts))


def _tell_unknown(checked: Sequence[tuple[Example, RowCheck]]) -> None:
    """Warn, in one line, of an encoder that does not know words of the targets, or too many of the texts."""
    share = fmean(check.unknown for _, check in checked) if checked else 0.0
    targets = {row.target for row, _ in checked if row.target}
    unknown = sorted({row.target for row, check in checked if check.is_target_unknown})
    parts = []
    if share > _MOST_UNKNOWN:
        limit = f"more than {100 * _MOST_UNKNOWN:.0f} % means that it does not suit them"
        parts.append(f"{100 * share:.0f} % of the tokens of the texts ({limit})")
    if unknown:
        parts.append(f"words of {len(unknown):,} of {len(targets):,} targets, such as {unknown[0]!r}")
    if parts:
        log.warning(
            "the encoder's vocabulary lacks %s; it reads each as the same unknown word. "
            "Choose an encoder of this language, or other steps in model.cleaning",
            " and ".join(parts),
        )
