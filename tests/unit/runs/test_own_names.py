"""Names of a user's own files in results."""

import pytest

from janib.io.formats import TABLE_SUFFIXES
from janib.runs.own_names import name_file


def test_points_in_a_name_keep_files_apart():
    names = ["2024.03 آراء.csv", "2024.04 آراء.csv", "2024.csv", "v1.2.csv", "v1.3.csv", "د. علي.csv", "د. عمر.csv"]
    assert len(set(map(name_file, names))) == len(names)
    assert name_file("a/2024.03 آراء.csv") == "2024_03_آراء"


@pytest.mark.parametrize("suffix", [*TABLE_SUFFIXES, ".CSV", ".csv.gz", ".JSONL.GZ", ".gz", ""])
def test_the_suffix_of_a_table_is_no_part_of_its_name(suffix):
    assert name_file(f"بيانات.x/آراء (1){suffix}") == "آراء_1"


def test_a_file_that_is_all_suffix_has_a_name():
    assert name_file(".csv").startswith("unnamed")
