"""Predictions that others published are read, scored again and compared in pairs with a table's own."""

import csv
import gzip
from copy import deepcopy
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import janib.runs.own_names  # which the configs ask  # noqa: F401
from janib.errors import ConfigError, DataError
from janib.io.files import read_csv
from janib.labels import STANCE_LABELS
from janib.schema import Example
from janib.tables.kept_predictions import KeptPredictions, write_clusters
from janib.tables.pages.render import render
from janib.tables.pages.run_content import make_run_content
from janib.tables.published import (
    PUBLISHED,
    check_scores,
    compare_published,
    pair_published,
    read_pairings,
    write_pairings,
)
from janib.tables.published_files import list_published_files, read_labels
from janib.tables.results_csv import FinishedRun
from janib.tables.statistics import SplitTests

ROOT = Path(__file__).parents[3]
N_ROWS = 120
WORDS = dict(zip(STANCE_LABELS, ("Against", "None", "Favor"), strict=True))


def write_file(path, labels, words=WORDS, end="\n", start=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((start + "".join(f"{words[label]}{end}" for label in labels)).encode())
    return path


def write_predictions(folder, row, seed, predicted, gold):
    path = folder / "predictions" / f"{row}_seed{seed}_test.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "target", "gold", "predicted", *(f"p_{label}" for label in STANCE_LABELS)])
        for place, (right, label) in enumerate(zip(gold, predicted, strict=True)):
            writer.writerow([f"r{place}", f"طرف {place % 2}", right, label, *("0.3" for _ in STANCE_LABELS)])
    scores = {"test/accuracy": round(float(np.mean([a == b for a, b in zip(predicted, gold, strict=True)])), 6)}
    about = dict.fromkeys(("commit", "config_hash", "data_sha", "device", "versions", "run_id", "chosen_by"), "")
    return FinishedRun(
        row=row, seed=seed, is_dirty=False, wall_seconds=1, scorings=1, cost=None, scores=scores, **about
    )


@pytest.fixture
def made(tmp_path, monkeypatch):
    """A table with a row of one seed and one of two, and a published row that is better: table, runs, folder, file."""
    rng = np.random.default_rng(3)
    gold = rng.choice(STANCE_LABELS, N_ROWS).tolist()

    def answer(share):
        return [one if rng.random() < share else str(rng.choice(STANCE_LABELS)) for one in gold]

    folder, theirs = tmp_path / "results" / "made", answer(0.9)
    runs = [write_predictions(folder, row, seed, answer(0.3), gold) for row, seed in (("a", 0), ("b", 0), ("b", 1))]
    write_clusters(folder, {"test": [Example(f"r{place}", "نص") for place in range(N_ROWS)]})
    file = write_file(tmp_path / "mirror" / "published" / "made" / "theirs.txt", theirs)
    monkeypatch.setenv("JANIB_DATA_MIRROR", str(tmp_path / "mirror"))
    accuracy = 100 * np.mean([a == b for a, b in zip(theirs, gold, strict=True)])
    place = {"url": "https://example.org/0123/theirs.txt", "sha256": sha256(file.read_bytes()).hexdigest()}
    published = [
        {"model": "others, 2024", "source": "a paper", "test/accuracy": 40},
        {
            "model": "theirs",
            "source": "a repository",
            "test/accuracy": round(float(accuracy), 2),
            "predictions": {**place, "chosen_on": "the test rows"},
        },
    ]
    table = {
        **{"name": "made", "title": "Made up", "protocol": "Invented.", "columns": ["test/accuracy", "test/favg2"]},
        **{"compared": ["test/accuracy", "test/favg2"], "baseline": "a", "rows": dict.fromkeys("ab")},
        "published": published,
    }
    return table, runs, folder, file


def pair(table, runs, folder):
    return pair_published(table, "stance", runs, KeptPredictions(folder), seeded=())


def compare(table, runs, folder):
    return compare_published(table, "stance", runs, KeptPredictions(folder), read_pairings(folder), seeded=())


@pytest.mark.parametrize(
    ("words", "end", "start"),
    [
        (WORDS, "\n", ""),
        (WORDS, "\r\n", "\ufeff"),
        (dict(zip(STANCE_LABELS, ("AGAINST", "neutral", " favour "), strict=True)), "\n", ""),
        (dict(zip(STANCE_LABELS, ("ضِدّ", "مُحايِد", "مـــع"), strict=True)), "\n", ""),
        (dict(zip(STANCE_LABELS, ("-1", "0", "1"), strict=True)), "\n", ""),
    ],
)
def test_a_file_is_read_with_the_words_and_line_ends_that_people_use(tmp_path, words, end, start):
    labels = ["favor", "against", "neutral", "favor"]
    path = write_file(tmp_path / "labels.txt", labels, words, end, start)
    assert read_labels(path, "", "stance", STANCE_LABELS, 4) == labels


def test_a_checksum_is_of_the_text_whatever_its_line_ends(tmp_path):
    labels = ["favor", "against"]
    checksum = sha256(b"Favor\nAgainst\n").hexdigest()
    path = write_file(tmp_path / "labels.txt", labels, end="\r\n", start="\ufeff")
    assert read_labels(path, checksum, "stance", STANCE_LABELS, 2) == labels


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Favor\nAgainst\n", r"has 2 lines, expected 3, a label for each test row"),
        (b"Favor\nAgainst\nNone\nNone\n", r"has 4 lines, expected 3"),
        (b"", r"has 1 lines?, expected 3"),
        (b"Favor\n\nNone\n", r"line 2: '' is no label, expected one of against, neutral, favor"),
        (b"Favor\nUnsure\nNone\n", r"line 2: 'Unsure' is no label"),
        (b"<html>\n<p>Not found</p>\n</html>\n", r"line 1: '<html>' is no label"),
        ("Favor\nضد\nNone\n".encode("utf-16"), r"cannot be read"),
        (b"None\nAgainst\nFavor\n", r"is not the file that was scored: its text has sha256 [0-9a-f]{64}, expected "),
    ],
)
def test_another_file_is_one_clear_error(tmp_path, content, message):
    path = tmp_path / "labels.txt"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as refused:
        read_labels(path, sha256(b"Favor\nAgainst\nNone\n").hexdigest(), "stance", STANCE_LABELS, 3)
    assert str(path) in str(refused.value)
    assert str(refused.value).endswith("restore it, or remove it so that it is downloaded again")


def test_a_file_is_downloaded_once(made, monkeypatch, tmp_path):
    table, runs, folder, file = made
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(file.read_bytes())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("JANIB_DATA_MIRROR")
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    table["published"][1]["predictions"]["url"] = f"http://127.0.0.1:{server.server_port}/0123/theirs.txt"
    try:
        assert pair(table, runs, folder) == pair(table, runs, folder)
    finally:
        server.shutdown()
        server.server_close()
    assert asked == ["/0123/theirs.txt"]


def test_the_counts_give_what_the_rows_give(made):
    """The tests need no more than ``published.csv`` has: on the rows themselves they find the same."""
    table, runs, folder, file = made
    write_pairings(folder, pair(table, runs, folder))
    found, faults = compare(table, runs, folder)
    assert faults == []
    assert [(one.column, one.row, one.other, one.role) for one in found] == [
        (column, row, "theirs", "published") for row in "ab" for column in ("test/accuracy", "test/favg2")
    ]
    kept = KeptPredictions(folder).read_split("test", [run.key for run in runs])
    theirs = read_labels(file, "", "stance", STANCE_LABELS, N_ROWS)
    by_run = {**kept.by_run, ("theirs", 0): theirs}
    whole = SplitTests(
        "stance", type(kept)(kept.ids, kept.targets, kept.gold, kept.labels, kept.ids, by_run), ["favg2"]
    )
    for row in "ab":
        expected = whole.compare("test/favg2", "favg2", row, "theirs", "published")
        (one,) = (one for one in found if (one.row, one.column) == (row, "test/favg2"))
        assert one.difference == pytest.approx(expected.difference)
        assert (one.low, one.high) == pytest.approx((expected.low, expected.high), abs=0.01)  # other draws
        assert one.p_mcnemar == pytest.approx(expected.p_mcnemar)
        assert one.is_significant
        # Holm: the least of four p-values, times four.
        assert one.holm_randomisation == pytest.approx(4 * one.p_randomisation)


def test_the_page_says_what_was_published_and_on_what_it_was_chosen(made):
    table, runs, folder, file = made
    write_pairings(folder, pair(table, runs, folder))
    found, _ = compare(table, runs, folder)
    content = make_run_content(table, "stance", runs, [], KeptPredictions(folder), [], found, seeded=())
    render(content, folder)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "The predictions of 1 of them are public and are tested below, in pairs. Those of the others" in readme
    assert "| theirs | the test rows | [theirs.txt](https://example.org/0123/theirs.txt) |" in readme
    lines = [line for line in readme.splitlines() if line.startswith("| b | -")]
    assert len(lines) == 2
    assert all(line.endswith(" * |") for line in lines)
    assert "not shown to differ in test/favg2 from theirs: none." in readme
    assert "for all 2 comparisons of this table" in readme  # the family of its own rows is as it was
    roles = [one["role"] for one in read_csv(folder / "comparisons.csv", ["role"])]
    assert roles == ["baseline and best"] * 2 + ["published"] * 4
    assert file.read_text(encoding="utf-8") not in (folder / PUBLISHED).read_text(encoding="utf-8")


def test_predictions_that_do_not_give_the_published_score_are_refused(made):
    table, runs, folder, file = made
    lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    file.write_text("\n".join([*lines[1:], lines[0], ""]), encoding="utf-8")  # the right labels, a row too early
    table["published"][1]["predictions"]["sha256"] = sha256(file.read_bytes()).hexdigest()
    with pytest.raises(DataError, match=r"^theirs\.txt of theirs: test/accuracy is [\d.]+, but [\d.]+ was published"):
        pair(table, runs, folder)
    assert not (folder / PUBLISHED).exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("run", "the run has other predictions now"),
        ("file", "the table names another file"),
        ("row", "the table has no such published row with predictions"),
        ("score", "test/accuracy is "),
        ("gone", "no such run has finished"),
    ],
)
def test_counts_that_no_longer_fit_are_left_out_and_named(made, change, reason):
    table, runs, folder, _ = made
    write_pairings(folder, pair(table, runs, folder))
    theirs = table["published"][1]
    if change == "run":
        kept = KeptPredictions(folder).read_split("test", [runs[0].key])
        runs = [write_predictions(folder, "a", 0, kept.gold, kept.gold), *runs[1:]]
    elif change == "file":
        theirs["predictions"]["sha256"] = "0" * 64
    elif change == "row":
        theirs["model"] = "another"
    elif change == "score":
        theirs["test/accuracy"] += 0.02
    else:
        runs = runs[:1]
    found, faults = compare(table, runs, folder)
    n_left_out = 1 if change in ("run", "gone") else 2
    assert len(faults) == n_left_out
    assert len(found) == 2 * (2 - n_left_out)
    assert all(reason in fault and fault.startswith("published.csv, theirs and ") for fault in faults)


def test_rows_in_groups_are_refused(made):
    table, runs, folder, _ = made
    rows = [Example(f"r{place}", "نص", group=f"خبر {place // 4}") for place in range(N_ROWS)]
    write_clusters(folder, {"test": rows})
    with pytest.raises(ConfigError, match="the test rows come in groups: remove predictions"):
        pair(table, runs, folder)


def test_a_table_without_public_predictions_fetches_nothing(made):
    table, runs, folder, _ = made
    table = {**deepcopy(table), "published": table["published"][:1]}
    assert pair(table, runs, folder) == []
    assert compare(table, runs, folder) == ([], [])


def test_the_committed_counts_give_the_published_scores():
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        table = OmegaConf.to_container(compose("table", ["table=mawqif_stance"]).table, resolve=True)
    files = {file.model: file for file in list_published_files(table)}
    pairings = read_pairings(ROOT / table["folder"])
    assert {one.model for one in pairings} == set(files)
    for one in pairings:
        spread = one.spread(STANCE_LABELS)
        assert len(spread.ids) == 619
        check_scores(files[one.model], "stance", spread, spread.by_run[one.model, 0])
        assert {f"test/{name}" for name in ("f_avg_by_target", "favg2", "favg3")} == set(files[one.model].scores)
