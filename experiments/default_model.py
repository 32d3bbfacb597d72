"""Make the model that ships, from seeds of its last stage: ``python experiments/default_model.py FOLDER…``.

The folders are saved models of ``experiment=ant_positions/second_stage``. Their weights are averaged. On the validation
rows of ANT positions, which none of them has learned, the temperatures are fitted, and the threshold below which a side
is not shown is chosen: the smallest with which :data:`PRECISION` of the sides shown of pairs drawn at random are right.
The result is written to ``outputs/default``; ``janib export --quantize`` then makes the folder that ships.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from janib.corpora import read_corpus
from janib.corpora.readers.ant_positions import read_positions
from janib.errors import ConfigError
from janib.labels import STANCE_LABELS, Stance
from janib.models.store import load_model, save_model
from janib.models.transformer.model import TransformerModel
from janib.provenance import describe_commit
from janib.schema import Example
from janib.scoring.metrics import Floats

OUT = Path("outputs/default")
RESULTS = Path(__file__).resolve().parent / "results" / "default_model"
PRECISION = 0.7
FEWEST = 30
"""Sides that must be shown for a precision to count."""

log = logging.getLogger("janib.default_model")


def main(folders: Sequence[Path]) -> None:
    """Average the models, calibrate, choose the threshold, and save."""
    loaded = [load_model(folder) for folder in folders]
    models = [model for model, _ in loaded if isinstance(model, TransformerModel)]
    rows = read_corpus("ant_positions")[1]["valid"]
    model = models[0].average(models[1:]).calibrate(rows)
    drawn = {one["id"] for one in read_positions() if one["half"] == "random"}
    natural = [row for row in rows if row.id in drawn]
    threshold, precision, recall = choose_threshold(model.predict_proba(natural)["stance"], natural)
    chosen = {"threshold": threshold, "precision": precision, "recall": recall, "rows": len(natural)}
    about = loaded[0][1]["provenance"] | describe_commit()
    about |= {"seed": [manifest["provenance"]["seed"] for _, manifest in loaded], "side_threshold": threshold}
    save_model(model, OUT, about, "# The model that ships, before it is exported\n")
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "threshold.json").write_text(json.dumps(chosen | {"temperature": model.temperature}, indent=2) + "\n")
    log.info("%s; written to %s", chosen, OUT)


def choose_threshold(shares: Floats, rows: Sequence[Example]) -> tuple[float, float, float]:
    """Return the smallest threshold with which enough shown sides are right, their precision, and their recall.

    Parameters
    ----------
    shares
        Probabilities of the stances, shape (n_rows, 3), in the order of :data:`janib.labels.STANCE_LABELS`.
    rows
        The rows, with gold stances.

    Raises
    ------
    ConfigError
        If no threshold gives that precision.
    """
    gold = np.array([STANCE_LABELS.index(str(row.stance)) for row in rows])
    found, p = shares.argmax(axis=1), shares.max(axis=1)
    neutral = STANCE_LABELS.index(Stance.NEUTRAL)
    for threshold in np.arange(0.34, 1, 0.01):
        shown = (found != neutral) & (p >= threshold)
        right = (found == gold) & shown
        if shown.sum() >= FEWEST and right.sum() >= PRECISION * shown.sum():
            return (
                round(float(threshold), 2),
                float(right.sum() / shown.sum()),
                float(right.sum() / (gold != neutral).sum()),
            )
    raise ConfigError(f"no threshold gives a precision of {PRECISION} on the validation rows")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main([Path(folder) for folder in sys.argv[1:]])
