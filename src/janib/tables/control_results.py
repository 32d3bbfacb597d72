"""Records of a table's controls (``controls.csv``), and conclusions from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from janib.io.files import write_csv
from janib.tables.results_csv import read_records
from janib.tables.statistics import ALPHA

CONTROLS = "controls.csv"
CONTROL_COLUMNS = (
    *("model", "config_hash", "commit", "dirty", "control", "split", "rows", "metric", "value"),
    *("changed", "moved", "p"),
)

AS_IT_IS, NO_TARGET, NO_TEXT, SHUFFLED = "as it is", "text without target", "target without text", "labels shuffled"
CHANCE = "those predictions permuted"
OTHER_TARGET, OTHER_NAME, NO_LEAKS = "target exchanged", "name exchanged in the text", "without leaked rows"


@dataclass(frozen=True, slots=True)
class ControlScore:
    """A score under a control.

    Attributes
    ----------
    control, split
        The control, and the split whose rows were scored.
    n_rows
        How many rows.
    metric, value
        The score, a fraction of 1.
    changed
        Share of the predicted labels that differ from those without the control.
    moved
        Half the sum of absolute differences of the probabilities, averaged over the rows.
    p
        That of approximate randomisation against the row without the control; of :data:`CHANCE`, the share of
        permutations that score at least as high as the model of shuffled labels.
    """

    control: str
    split: str
    n_rows: int
    metric: str
    value: float
    changed: float | None = None
    moved: float | None = None
    p: float | None = None


@dataclass(frozen=True, slots=True)
class ControlRecord:
    """A line of ``controls.csv``: a row of the table, the provenance of its control, and the score."""

    row: str
    config_hash: str
    commit: str
    is_dirty: bool
    score: ControlScore


def read_controls(folder: Path) -> list[ControlRecord]:
    """Return the records of a folder's ``controls.csv``; none if there is no such file."""
    return read_records(folder / CONTROLS, CONTROL_COLUMNS, _parse)


def write_controls(folder: Path, records: Sequence[ControlRecord]) -> None:
    """Write ``controls.csv``."""
    write_csv(folder / CONTROLS, CONTROL_COLUMNS, map(_format, records))


def is_blind(scores: Sequence[ControlScore]) -> bool:
    """Say whether a row's controls show a model that does not use the target.

    It is target-blind if another target changes no label, or if neither the absence of the target nor another one
    lowers the score by what approximate randomisation finds significant.
    """
    found = {score.control: score for score in scores}
    exchanged = found.get(OTHER_TARGET)
    if exchanged is None:
        return False
    return exchanged.changed == 0 or not any(
        found[name].value < found[AS_IT_IS].value and _is_significant(found[name]) for name in (OTHER_TARGET, NO_TARGET)
    )


def knows_more_than_chance(scores: Sequence[ControlScore]) -> bool:
    """Say whether a row whose training labels were shuffled scores above chance, which points to a fault."""
    return any(score.control == CHANCE and _is_significant(score) for score in scores)


def _is_significant(score: ControlScore) -> bool:
    return score.p is not None and score.p <= ALPHA


def _parse(record: Mapping[str, str]) -> ControlRecord:
    changed, moved, p = (float(record[name]) if record[name] else None for name in ("changed", "moved", "p"))
    about = record["control"], record["split"], int(record["rows"]), record["metric"], float(record["value"])
    score = ControlScore(*about, changed, moved, p)
    return ControlRecord(record["model"], record["config_hash"], record["commit"], record["dirty"] == "true", score)


def _format(record: ControlRecord) -> dict[str, str | int]:
    score = asdict(record.score)
    digits = {"value": 6, "changed": 6, "moved": 6, "p": 4}
    numbers = {name: "" if score[name] is None else f"{score[name]:.{n}f}" for name, n in digits.items()}
    return {
        "model": record.row,
        "config_hash": record.config_hash,
        "commit": record.commit,
        "dirty": "true" if record.is_dirty else "false",
        **{name: score[name] for name in ("control", "split", "metric")},
        "rows": record.score.n_rows,
        **numbers,
    }
