"""Lines that load, explain and use the best model of a user's own table."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any


def describe_use(address: str, data: Mapping[str, Any], task: str) -> list[str]:
    """Return what to type next.

    Parameters
    ----------
    address
        The model's ``models:/`` address.
    data
        ``path`` and ``columns`` of the user's file.
    """
    columns = data["columns"]
    named = {field: columns.get(field) for field in ("text", "target")}
    options = [part for field, column in named.items() if column and column != field for part in _option(field, column)]
    targets = ", targets=[target]" if task == "stance" or named["target"] else ""
    model = ["--model", address]
    return [
        f"load it in Python:  janib.load({json.dumps(address, ensure_ascii=False)}).predict([text]{targets})",
        f"explain its labels: {shlex.join(['janib', 'explain', *model, *options, str(data['path'])])}",
        f"label a new file:   {shlex.join(['janib', 'predict', *model, *options, 'NEW.csv', 'labelled.csv'])}",
    ]


def _option(field: str, column: object) -> tuple[str, str]:
    return f"--{field}-column", str(column)
