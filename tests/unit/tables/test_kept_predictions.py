"""Predictions that a table keeps, and the clusters of their rows."""

import gzip

from janib.schema import Example
from janib.tables.kept_predictions import KeptPredictions, write_clusters


def write_predictions(folder, split, *ids):
    path = folder / "predictions" / f"model_seed0_{split}.csv.gz"
    path.parent.mkdir(exist_ok=True)
    lines = ["id,target,gold,predicted,p_favor", *(f"{one},المجلس,favor,favor,1" for one in ids), ""]
    path.write_bytes(gzip.compress("\n".join(lines).encode()))


def test_rows_of_two_files_with_the_same_numbers_keep_their_own_clusters(tmp_path):
    groups = {"train": ["a", "a", "b"], "test": ["c", None, "c"]}
    splits = {
        split: [Example(str(number), "نص", group=group) for number, group in enumerate(found, start=1)]
        for split, found in groups.items()
    }
    write_clusters(tmp_path, splits)
    write_predictions(tmp_path, "valid", "1", "2", "3")
    write_predictions(tmp_path, "test", "1", "2", "3")
    kept = KeptPredictions(tmp_path)
    one, other, third = kept.read_split("valid", [("model", 0)]).clusters
    assert one == other != third
    first, alone, last = kept.read_split("test", [("model", 0)]).clusters
    assert first == last
    assert alone == "2"
    assert first not in (one, third)


def test_rows_with_an_id_of_their_own_are_named_by_it(tmp_path):
    write_clusters(tmp_path, {"train": [Example("a1", "نص", group="g")], "test": [Example("a2", "نص", group="g")]})
    lines = gzip.decompress((tmp_path / "clusters.csv.gz").read_bytes()).decode().splitlines()
    assert lines == ["id,cluster", "a1,cluster 0", "a2,cluster 0"]
