"""The campaign of faults, with few trials: killed commands end as those left alone, and the script writes its line."""

import csv
import subprocess
import sys

import pytest
from kills import COMMANDS, kill_and_resume
from tally import EXPERIMENTS

pytestmark = pytest.mark.slow

KILLS = {
    "kill_training": 3,
    "kill_predict_jsonl": 2,
    "kill_predict_parquet": 2,
    "kill_predict_xlsx": 2,
    "kill_analyse": 3,
    "kill_export": 2,
}


@pytest.mark.parametrize("part", KILLS)
def test_a_killed_command_ends_as_one_left_alone(tmp_path, part):
    tally = kill_and_resume(COMMANDS[part][0](), tmp_path, KILLS[part])
    assert tally.faults == []
    assert tally.equal == tally.trials == KILLS[part]
    left_out = tmp_path / "alone/out/left_out.txt"
    assert part != "kill_analyse" or left_out.read_bytes().count(b"\n") == 2


def test_the_script_writes_a_line_a_part(tmp_path):
    out = tmp_path / "campaign.csv"
    script = EXPERIMENTS / "campaign/campaign.py"
    command = [sys.executable, script, "kill_predict_csv", "--share", "0.4", "--out", out]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with out.open(encoding="utf-8", newline="") as stream:
        (line,) = csv.DictReader(stream)
    assert (line["part"], line["trials"], line["equal"], line["faults"]) == ("kill_predict_csv", "4", "4", "0")
    assert int(line["kept"]) > 0
