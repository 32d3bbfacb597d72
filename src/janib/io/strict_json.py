"""JSON that every parser reads: without NaN and infinities, and not too deep."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any


def format_json(value: Any, *, indent: int | None = None, default: Callable[[Any], Any] | None = None) -> str:
    """Return a value as JSON; NaN and infinities become null, which JSON has in their place.

    ``default`` makes JSON of a value that has none, as a date's text; without it such a value is a TypeError.
    """
    try:
        return json.dumps(value, ensure_ascii=False, default=default, allow_nan=False, indent=indent)
    except ValueError:  # NaN or an infinity
        return json.dumps(_drop_nan(value), ensure_ascii=False, default=default, allow_nan=False, indent=indent)


def measure_depth(content: Any, most: int) -> int:
    """Return how deep lists and objects of JSON nest; counting ends above ``most``.

    >>> measure_depth({"a": [1, []]}, 10)
    3
    """
    level, depth = [content], 0
    while depth <= most:
        level = [part for one in level if isinstance(one, list | dict) for part in _list_parts(one)]
        if not level:
            break
        depth += 1
    return depth


def _list_parts(content: list[Any] | dict[str, Any]) -> Any:
    parts = content.values() if isinstance(content, dict) else content
    return parts or (None,)  # an empty list is a level too


def _drop_nan(value: Any) -> Any:
    """Return a value with None in place of NaN and infinities, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _drop_nan(part) for key, part in value.items()}
    return [_drop_nan(part) for part in value] if isinstance(value, list | tuple) else value
