"""Choose the model that ships among seeds of its last stage: ``python experiments/default_model.py FOLDER…``.

The folders are saved models of ``experiment=ant_positions/third_stage``. They have learned with names exchanged and
hidden, and are used with names hidden: that costs little on real news, and what is said decides and not of whom.

For each, the threshold below which a side is not shown is chosen on the validation rows of ANT positions, which none of
them has learned: the smallest with which :data:`PRECISION` of the sides shown of pairs drawn at random are right. The
seed that then finds most sides is written to ``outputs/default``, with its threshold; ``janib export outputs/default
FOLDER --quantize`` makes what ships.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from janib.corpora import read_corpus
from janib.corpora.readers.ant_positions import read_positions
from janib.errors import ConfigError
from janib.io.files import write_text
from janib.labels import STANCE_LABELS, Stance
from janib.models.store import read_manifest, save_model
from janib.models.transformer.model import TransformerModel
from janib.schema import Example
from janib.scoring.metrics import Floats

OUT = Path("outputs/default")
RESULT = Path(__file__).resolve().parent / "results" / "default_model" / "threshold.json"
PRECISION = 0.7
FEWEST = 30
"""Sides that must be shown for a precision to count."""

log = logging.getLogger("janib.default_model")


def main(folders: Sequence[Path]) -> None:
    """Choose a threshold for each model, then the model, and save it with its threshold."""
    rows = keep_drawn(read_corpus("ant_positions")[1]["valid"])
    loaded, tried = [load_hiding(folder) for folder in folders], []
    for model, manifest in loaded:
        threshold, precision, recall = choose_threshold(model.predict_proba(rows)["stance"], rows)
        seed = manifest["provenance"]["seed"]
        tried.append(
            {"seed": seed, "threshold": threshold, "precision": precision, "recall": recall, "rows": len(rows)}
        )
    best = max(range(len(tried)), key=lambda place: tried[place]["recall"])
    model, manifest = loaded[best]
    about = manifest["provenance"] | {"side_threshold": tried[best]["threshold"]}
    save_model(model, OUT, about, "# The model that ships, before it is exported\n")
    write_text(RESULT, json.dumps({"chosen": tried[best]["seed"], "tried": tried}, indent=2) + "\n")
    log.info("%s; written to %s", tried[best], OUT)


def keep_drawn(rows: Sequence[Example]) -> list[Example]:
    """Return the rows of ANT positions whose pairs were drawn at random."""
    drawn = {one["id"] for one in read_positions() if one["half"] == "random"}
    return [row for row in rows if row.id in drawn]


def load_hiding(folder: Path) -> tuple[TransformerModel, dict[str, Any]]:
    """Load a saved encoder so that it hides the target's name; return it and its manifest."""
    manifest = read_manifest(folder)
    settings = {**manifest["settings"], "labels": manifest["labels"], "hide_target": True}
    return TransformerModel.load(folder, settings), manifest


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
