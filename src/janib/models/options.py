"""Checks of models' options, which configs and model folders give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from janib.errors import ConfigError
from janib.models.base import SUM_TOLERANCE


def check_number(
    name: str,
    value: Any,
    least: float = -math.inf,
    most: float = math.inf,
    *,
    above: float | None = None,
    whole: bool = False,
) -> None:
    """Refuse a value that is no number in a range.

    Parameters
    ----------
    name, value
        The option.
    least, most
        Ends of the range, which belong to it.
    above
        An end that does not belong to it, in place of ``least``.
    whole
        Whether it must be a whole number.

    Raises
    ------
    ConfigError
        If it is none, is infinite, or is out of range.
    """
    is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    lowest = least if above is None else above
    if is_number and lowest <= value <= most and abs(value) < math.inf and value != above:
        return
    kind = "a whole number" if whole else "a number"
    ranges = [
        f"above {above}" * (above is not None),
        f"of at least {least}" * (math.isfinite(least) and not math.isfinite(most)),
        f"from {least} to {most}" * (math.isfinite(least) and math.isfinite(most)),
        f"of at most {most}" * (math.isfinite(most) and not math.isfinite(least)),
    ]
    raise ConfigError(f"{name} is {value!r:.100}, expected {' '.join(filter(None, [kind, *ranges]))}")


def check_span(name: str, value: Any, least: int, most: int) -> None:
    """Refuse a value that is no list of two whole numbers in a range, the smaller first.

    Raises
    ------
    ConfigError
        If it is none.
    """
    is_pair = isinstance(value, list | tuple) and len(value) == 2 and all(type(end) is int for end in value)
    if not (is_pair and least <= value[0] <= value[1] <= most):
        raise ConfigError(
            f"{name} is {value!r:.100}, expected two whole numbers from {least} to {most}, the smaller first, "
            f"as [{least}, {least + 1}]"
        )


def check_temperatures(temperature: Mapping[str, Any], labels: Mapping[str, Sequence[str]]) -> None:
    """Refuse temperatures that are not one number above 0 for each task.

    Raises
    ------
    ConfigError
        If they are not.
    """
    if not isinstance(temperature, Mapping) or temperature.keys() != labels.keys():
        raise ConfigError(f"temperature is {temperature!r:.100}, expected a number for each of {', '.join(labels)}")
    for task, value in temperature.items():
        check_number(f"temperature.{task}", value, above=0)


def check_shares(one: str, several: str, shares: Sequence[Any], count: int) -> None:
    """Refuse values that are not so many numbers from 0 to 1 whose sum is 1.

    Parameters
    ----------
    one, several
        What a value is, and what they are together, for messages.
    shares
        The values.
    count
        How many there must be.

    Raises
    ------
    ConfigError
        If one is no number from 0 to 1.
    ValueError
        If there are more or fewer, or their sum is another.
    """
    for share in shares:
        check_number(one, share, 0, 1)
    if len(shares) != count or abs(sum(shares) - 1) > SUM_TOLERANCE:
        raise ValueError(f"{several}, expected {count} whose sum is 1")


def check_texts(name: str, value: Any) -> None:
    """Refuse a value that is no list of texts.

    Raises
    ------
    ConfigError
        If it is none.
    """
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise ConfigError(f"{name} is {value!r:.100}, expected a list of texts")
