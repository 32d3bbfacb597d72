"""Which models depend on their seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def depends_on_seed(settings: Mapping[str, Any]) -> bool:
    """Say whether another seed would give a model that predicts other labels.

    A kind that is not known, as a class of the user's own, is taken to depend on it. So is an ensemble that is not the
    plain average; the average depends on its members, which its own options do not tell. The solver and the
    calibration of a support vector machine draw too, but its optimum is one, and calibration moves no label.

    Parameters
    ----------
    settings
        As a file of ``conf/model`` has them.
    """
    rule = _RULES.get(settings.get("kind", ""))
    return rule is None or rule(settings)


def _has_random_encoder(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("encoder") == "tiny")  # its weights are drawn, not learned


_RULES: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "ensemble": lambda settings: settings.get("combination", "average") != "average",
    "hybrid": lambda settings: bool(settings.get("hints")) or _has_random_encoder(settings),  # folds of the hints
    "lexicon": lambda settings: False,
    "llm": lambda settings: bool(settings.get("shots")),  # examples are drawn
    "majority": lambda settings: False,
    "probe": _has_random_encoder,
    "tfidf": lambda settings: False,
}
