"""Two or more ways to do the same, in turns, so that whatever else the machine does hits all of them alike."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from matplotlib.figure import Figure
from rich.console import Console

from janib.io.files import write_csv, write_file, write_text
from janib.provenance import describe_commit

EXTENSIONS = ("amx_int8", "avx512_vnni", "avx_vnni", "avx512f", "avx2")
RESULTS = Path(__file__).resolve().parents[1] / "results" / "benchmarks"


def take_turns(ways: Mapping[str, Callable[[], float]], rounds: int, about: str = "") -> list[dict[str, Any]]:
    """Call every way once a round; return a line for each call: round, way, seconds."""
    console = Console(stderr=True)
    lines: list[dict[str, Any]] = []
    for turn in range(rounds):
        for way, measure in ways.items():
            lines.append({"round": turn, "way": way, "seconds": measure()})
            console.print(f"{about} round {turn} {way}: {lines[-1]['seconds']:.2f} s")
    return lines


def compare_seconds(lines: Sequence[Mapping[str, Any]], ours: str, theirs: str) -> str:
    """Return how many times less time ours takes: the median of the rounds, the least and the most."""
    seconds = {way: [line["seconds"] for line in lines if line["way"] == way] for way in (ours, theirs)}
    ratios = sorted(peer / own for own, peer in zip(seconds[ours], seconds[theirs], strict=True))
    return f"{median(ratios):.2f} ({ratios[0]:.2f}, {ratios[-1]:.2f})"


def find_median(lines: Sequence[Mapping[str, Any]], way: str) -> float:
    """Return a way's median seconds."""
    return median(line["seconds"] for line in lines if line["way"] == way)


def describe_machine(*packages: str) -> str:
    """Return commit, processor, cores and versions."""
    commit = describe_commit()
    name = commit["commit"][:12] + (" with changes" if commit["dirty"] == "true" else "")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"Commit {name}; {os.cpu_count()} cores ({name_processor()}); Python {platform.python_version()}, {versions}."
    )


def name_processor() -> str:
    """Return the processor's architecture and, where the system tells, the best of its extensions for products."""
    listed = Path("/proc/cpuinfo")
    flags = set(listed.read_text(encoding="utf-8").split()) if listed.is_file() else set()
    best = next((name for name in EXTENSIONS if name in flags), None)
    return platform.machine() if best is None else f"{platform.machine()}, {best}"


def write_turns(name: str, lines: Sequence[Mapping[str, Any]], text: str) -> None:
    """Write the lines as ``name.csv`` and the text as ``name.md``."""
    rows = ({**line, "seconds": f"{line['seconds']:.3f}"} for line in lines)
    write_csv(RESULTS / f"{name}.csv", lines[0], rows)
    write_text(RESULTS / f"{name}.md", text)


def draw_bars(name: str, bars: Mapping[str, Sequence[float]], label: str, title: str) -> None:
    """Draw a bar a way, the median of its rounds with the rounds as points, as ``name.png``."""
    figure = Figure(figsize=(6, 1.1 + 0.5 * len(bars)), layout="constrained")
    axes = figure.subplots()
    for place, (way, values) in enumerate(bars.items()):
        axes.barh(place, median(values), color="tab:blue" if way.startswith("janib") else "tab:gray")
        axes.plot(values, [place] * len(values), "k|")
    axes.set_yticks(range(len(bars)), list(bars))
    axes.invert_yaxis()
    axes.set(xlabel=label)
    figure.suptitle(title, fontsize=10)
    RESULTS.mkdir(parents=True, exist_ok=True)
    with write_file(RESULTS / f"{name}.png") as path:
        figure.savefig(path, dpi=120)
