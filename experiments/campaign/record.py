"""The record of the campaign: ``campaign.csv``, a line a part, and its table in ``campaign.md`` beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from tally import Tally

from janib.io.files import read_csv, write_csv, write_text
from janib.io.markdown import tabulate
from janib.provenance import describe_commit, describe_machine

COLUMNS = [
    *("part", "trials", "kept", "equal", "clear_errors", "faults", "seconds"),
    *("date", "commit", "dirty", "machine", "about"),
]
SHOWN = ["part", "trials", "kept", "equal", "clear_errors", "faults", "seconds", "about"]


def record(path: Path, part: str, tally: Tally, seconds: float, order: Sequence[str]) -> None:
    """Put a part's line into the file, in place of an older one and in the order of the parts; renew the page."""
    line = {
        "part": part,
        "trials": tally.trials,
        "kept": tally.kept,
        "equal": tally.equal,
        "clear_errors": tally.clear_errors,
        "faults": len(tally.faults),
        "seconds": round(seconds),
        "date": time.strftime("%Y-%m-%d"),
        **describe_commit(),
        "machine": describe_machine(),
        "about": tally.about,
    }
    lines = {one["part"]: one for one in read_csv(path, COLUMNS)} | {part: line}
    write_csv(path, COLUMNS, [lines[name] for name in order if name in lines])
    page = path.with_suffix(".md")
    if page.exists():
        write_text(page, renew(page.read_text(encoding="utf-8"), path))


def renew(page: str, path: Path) -> str:
    """Return a page whose only table is that of the record."""
    rows = ([one[name] for name in SHOWN] for one in read_csv(path, COLUMNS))
    table = tabulate([name.replace("_", " ") for name in SHOWN], rows)
    lines = page.splitlines()
    places = [number for number, line in enumerate(lines) if line.startswith("|")]
    return "\n".join([*lines[: places[0]], table, *lines[places[-1] + 1 :], ""])
