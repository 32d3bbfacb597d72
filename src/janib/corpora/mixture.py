"""Training rows of several corpora, in canonical labels and without the texts that a run is scored on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from janib.corpora import read_corpus
from janib.corpora.duplicates import find_leaks
from janib.errors import ConfigError
from janib.labels import STANCE_OF_SENTIMENT
from janib.schema import Example


def read_others(names: Sequence[str], tasks: Sequence[str]) -> dict[str, list[Example]]:
    """Read the training rows of other corpora; the corpus's name begins each id, so that ids stay unique.

    Where a corpus labels only the sentiment towards its targets, that is taken as the stance. One may regret a friend's
    loss, but in news and tweets about parties the two mostly agree.

    Parameters
    ----------
    names
        Corpora by name.
    tasks
        Tasks of :data:`janib.labels.TASK_LABELS`; rows with a label for one of them are kept.

    Raises
    ------
    ConfigError
        If the task is ``label``, whose labels differ by corpus, or a corpus has no row for any of the tasks.
    """
    if names and "label" in tasks:
        raise ConfigError("data.train: the task label has each corpus's own labels, which cannot be mixed")
    others = {}
    for name in names:
        corpus, splits = read_corpus(name)
        read_as_stance = "stance" in tasks and "stance" not in corpus.metrics and corpus.target_is_given
        rows = []
        for row in (*splits["train"], *splits.get("valid", ())):
            stance = STANCE_OF_SENTIMENT[row.sentiment] if read_as_stance and row.sentiment else row.stance
            row = replace(row, id=f"{name}/{row.id}", stance=stance)
            if any(row.gold(task) is not None for task in tasks):
                rows.append(row)
        if not rows:
            raise ConfigError(f"data.train: {name} has no labels for {' or '.join(tasks)}; leave it out")
        others[name] = rows
    return others


def sample_rows(
    others: Mapping[str, Sequence[Example]], temperature: float | None, most: int | None, seed: int
) -> list[Example]:
    """Draw rows of each corpus so that their numbers n become proportional to n^(1/temperature).

    No row is repeated: the smallest corpus is kept whole and larger ones are cut.

    Parameters
    ----------
    others
        Corpus to rows.
    temperature
        1 or None keeps all rows; the higher it is, the more equal the corpora's weights.
    most
        Corpora larger than this count as this large; None for no limit.
    seed
        Seed of the draw.

    Raises
    ------
    ConfigError
        If the temperature is below 1 or ``most`` below 1.
    """
    power = 1 / (temperature or 1.0)
    if not 0 < power <= 1:
        raise ConfigError(f"data.sampling_temperature is {temperature}, expected 1 or more, or null")
    if most is not None and most < 1:
        raise ConfigError(f"data.most is {most}, expected 1 or more, or null")
    counts = {name: min(len(rows), most or len(rows)) for name, rows in others.items()}
    smallest = min(counts.values(), default=1)
    drawn = []
    for name, rows in others.items():
        size = min(counts[name], round(smallest * (counts[name] / smallest) ** power))
        order = np.random.default_rng([seed, len(rows)]).permutation(len(rows))
        drawn += [rows[i] for i in sorted(order[:size].tolist())]
    return drawn


def leave_out(rows: Sequence[Example], held_out: Sequence[Example]) -> list[Example]:
    """Return the rows whose text is not in ``held_out``, as a copy or a near copy."""
    leaks = set(find_leaks(rows, held_out))
    return [row for place, row in enumerate(rows) if place not in leaks]
