"""Damaged and hostile model folders: those of ``tests/unit/models/test_hostile_folders.py``, which has their makers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

from tally import EXPERIMENTS, NotRunError, Tally

TESTS = "tests/unit/models/test_hostile_folders.py"
ERRORS = "test_a_hostile_folder_is_one_clear_error"
DOORS = "test_no_door_runs_code_of_a_folder"


def load_folders(place: Path, share: float) -> Tally:
    """Load each folder, or, of a share below 1, those that need no encoder; count the clear errors."""
    report = place / "report.xml"
    options = ["-q", "-p", "no:cacheprovider", f"--junit-xml={report}", "-k", f"{ERRORS} or {DOORS}"]
    if share < 1:
        options[-1] = f"{ERRORS} and majority"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, TESTS], cwd=EXPERIMENTS.parent, capture_output=True, text=True
    )
    if not report.exists():
        raise NotRunError(f"the tests did not run: {done.stdout[-300:]}")
    tally = Tally(f"pytest {TESTS}")
    for case in ElementTree.parse(report).iter("testcase"):
        tally.trials += 1
        problem = next(
            (case.find(kind) for kind in ("failure", "error", "skipped") if case.find(kind) is not None), None
        )
        if problem is None:
            tally.clear_errors += 1
        else:
            tally.faults.append(f"{case.get('name')}: {problem.get('message')}"[:500])
    return tally
