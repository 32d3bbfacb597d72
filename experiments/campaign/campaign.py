"""A campaign of faults: everything that may go wrong is made to, and what is left is compared.

    python experiments/campaign/campaign.py                        # all parts
    python experiments/campaign/campaign.py kill_training serving  # some of them
    python experiments/campaign/campaign.py --share 0.1            # a tenth of the trials of each

Each part works in a scratch folder, which is kept where there are faults, and has a line in
``experiments/results/campaign.csv`` when it is done; a part that is run again replaces its line. Needs the extras
``experiments``, ``export`` and ``dev``, and those of the formats. Exit status 1 where there is a fault.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path

import disks
from crowds import run_together
from disks import fill_disks
from folders import load_folders
from kills import COMMANDS, kill_and_resume
from load import SECONDS, put_under_load
from record import record
from rich.console import Console
from tally import EXPERIMENTS, NotRunError, Tally
from texts import analyse_texts, predict_texts

Part = Callable[[Path, float], Tally]


def count(share: float, whole: int) -> int:
    """Return a share of a number of trials, at least one."""
    return max(1, round(share * whole))


def kill(name: str, place: Path, share: float) -> Tally:
    """Kill a command."""
    make, times = COMMANDS[name]
    return kill_and_resume(make(), place, count(share, times))


PARTS: dict[str, Part] = {
    **{name: partial(kill, name) for name in COMMANDS},
    "together_8": lambda place, share: run_together(place, count(share, 8)),
    "together_16": lambda place, share: run_together(place, count(share, 16)),
    "full_disk": partial(fill_disks, disks.COMMANDS),
    "full_disk_training": partial(fill_disks, disks.TRAININGS),
    "texts_predict": lambda place, share: predict_texts(place, count(share, 10_000)),
    "texts_analyse": lambda place, share: analyse_texts(place, count(share, 2_000)),
    "model_folders": load_folders,
    "serving": lambda place, share: put_under_load(place, share * SECONDS),
}


def main() -> None:
    """Run the parts that are asked for."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"parts to run [default: all]: {', '.join(PARTS)}")
    parser.add_argument("--share", type=float, default=1.0, help="share of the trials, from 0 to 1")
    parser.add_argument("--out", type=Path, default=EXPERIMENTS / "results" / "campaign.csv")
    given = parser.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}; expected some of {', '.join(PARTS)}")
    console = Console(stderr=True)
    found = 0
    for name in given.parts or PARTS:
        place = Path(tempfile.mkdtemp(prefix=f"janib_{name}_")) / "work"  # logs lie beside it
        place.mkdir()
        began = time.monotonic()
        try:
            tally = PARTS[name](place, given.share)
        except NotRunError as error:
            tally = Tally(f"not run: {error}")
        record(given.out, name, tally, time.monotonic() - began, list(PARTS))
        counts = f"{tally.trials} trials, {tally.equal} equal, {tally.clear_errors} clear errors"
        console.print(f"{name}: {counts} ({tally.about})", markup=False, highlight=False, soft_wrap=True)
        for fault in tally.faults:
            console.print(f"  fault: {fault}", style="red", markup=False, highlight=False, soft_wrap=True)
        if tally.faults:
            console.print(f"  see {place.parent}", highlight=False, soft_wrap=True)
        else:
            shutil.rmtree(place.parent)
        found += len(tally.faults)
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
