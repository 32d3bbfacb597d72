"""From kept predictions to what a reader sees: nothing is trained here."""

import csv
import gzip
import re
import shutil
import subprocess

import numpy as np
import pytest

from janib.errors import ConfigError, DataError
from janib.io.figures import Mark, Panel, draw_forest
from janib.schema import Example
from janib.tables.kept_predictions import write_clusters
from janib.tables.pages import quotes as documents
from janib.tables.pages.render import RENDERED, find_differences, render
from janib.tables.results_csv import ABOUT, write_results
from janib.tables.statistics import compute_statistics

LABELS = ("against", "neutral", "favor")
IDS = [f"r{i}" for i in range(150)]


def write_predictions(folder, row, seed, predicted, gold, split="test"):
    path = folder / "predictions" / f"{row}_seed{seed}_{split}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "target", "gold", "predicted", *(f"p_{label}" for label in LABELS)])
        for key, right, label in zip(IDS, gold, predicted, strict=True):
            writer.writerow([key, "t", right, label, *("1.0" if label == name else "0.0" for name in LABELS)])


def make_line(folder, row, seed, predicted, gold):
    write_predictions(folder, row, seed, predicted, gold)
    accuracy = f"{np.mean([a == b for a, b in zip(predicted, gold, strict=True)]):.6f}"
    about = dict.fromkeys(ABOUT, "") | {"model": row, "seed": str(seed), "commit": "0" * 40, "run_id": f"{row}{seed}"}
    return about | {"wall_seconds": "30.5", "scorings": "3", "chosen_by": "valid/accuracy", "test/accuracy": accuracy}


@pytest.fixture
def made(tmp_path):
    """A good row, a middling one with two seeds, and a poor one."""
    rng = np.random.default_rng(0)
    gold = rng.choice(LABELS, len(IDS)).tolist()

    def answer(share):
        keep = rng.random(len(IDS)) < share
        return [
            right if kept else LABELS[(LABELS.index(right) + 1) % 3] for right, kept in zip(gold, keep, strict=True)
        ]

    folder = tmp_path / "results" / "made"
    lines = [
        make_line(folder, "good", 0, answer(0.95), gold),
        make_line(folder, "middle", 0, answer(0.6), gold),
        make_line(folder, "middle", 1, answer(0.6), gold),
        make_line(folder, "poor", 0, answer(0.3), gold),
    ]
    write_results(folder, lines)
    write_clusters(folder, {"test": [Example(key, "نص") for key in IDS]})
    table = {
        **{"name": "made", "title": "Made_up, 100 %", "protocol": "Invented.", "columns": ["test/accuracy"]},
        **{"compared": ["test/accuracy"], "baseline": "middle", "rows": dict.fromkeys(("good", "middle", "poor"))},
        "published": [{"model": "حزب النهضة & others", "source": "somewhere_2026", "test/accuracy": 99.5}],
    }
    return table, lines, folder


def test_the_best_is_bold_only_where_its_lead_stands(made):
    table, lines, folder = made
    statistics = compute_statistics(table, "label", lines, folder)
    assert statistics.best == {"test/accuracy": "good"}
    assert statistics.is_bold("good", "test/accuracy")
    assert not statistics.is_bold("middle", "test/accuracy")
    # Two against the baseline and two against the best; one of them is the same.
    assert [(one.row, one.other, one.role) for one in statistics.comparisons] == [
        ("good", "middle", "baseline and best"),
        ("poor", "middle", "baseline"),
        ("poor", "good", "best"),
    ]
    (first, *_) = statistics.comparisons
    assert first.holm_bootstrap == pytest.approx(3 / 10_001)
    low, high = statistics.intervals["middle", "test/accuracy"]
    means = [float(line["test/accuracy"]) for line in lines[1:3]]
    assert low < np.mean(means) < high
    assert first.difference == pytest.approx(float(lines[0]["test/accuracy"]) - np.mean(means), abs=1e-6)


def test_a_lead_of_a_row_or_two_is_not_bold(made):
    table, lines, folder = made
    shutil.copyfile(folder / "predictions/good_seed0_test.csv.gz", folder / "predictions/middle_seed0_test.csv.gz")
    two = [lines[0], lines[1] | {"test/accuracy": lines[0]["test/accuracy"]}]
    statistics = compute_statistics(table, "label", two, folder)
    (one,) = statistics.comparisons
    assert (one.difference, one.p_bootstrap, one.p_randomisation, one.p_mcnemar, one.stands) == (0, 1, 1, 1, False)
    assert not statistics.is_bold("good", "test/accuracy")


def test_rows_that_hang_together_make_intervals_wider(made):
    table, lines, folder = made
    alone = compute_statistics(table, "label", lines, folder).intervals["middle", "test/accuracy"]
    write_clusters(folder, {"test": [Example(key, "نص", group=str(i // 30)) for i, key in enumerate(IDS)]})
    found = compute_statistics(table, "label", lines, folder)
    assert found.sizes == {"test": (150, 5)}
    assert found.intervals["middle", "test/accuracy"] != alone


def test_what_is_written_is_found_equal_and_an_edit_is_found(made):
    table, lines, folder = made
    render(table, "label", lines, [], folder, folder)
    assert all((folder / name).exists() for name in RENDERED)
    assert find_differences(table, "label", lines, [], folder) == []
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "good is best, and its lead over every other row stands." in readme
    assert "Against the baseline middle, better: good; worse: poor." in readme
    assert "4 cells, 2 min 2 s of wall time in all" in readme
    assert "Of 1 published values, 1 lie above the interval" in readme
    markdown = (folder / "table.md").read_text(encoding="utf-8")
    assert "| good | 1 | **" in markdown
    assert "| حزب النهضة & others |  | 99.50 | somewhere_2026 |" in markdown

    (folder / "table.md").write_text(markdown.replace("99.50", "99.60"), encoding="utf-8")
    changed = lines[0] | {"test/accuracy": "0.999999"}
    problems = find_differences(table, "label", [changed, *lines[1:]], [], folder)
    assert "table.md differs" in problems
    assert any(
        problem.startswith("good, seed 0, test/accuracy: 0.999999, predictions give 0.9") for problem in problems
    )


def test_a_row_that_did_not_run_says_why_and_has_no_number(made):
    table, lines, folder = made
    table["rows"] |= {"large": None, "next": None}
    failures = [{"model": "large", "seed": "0", "config_hash": "", "commit": "", "reason": "weights not available"}]
    render(table, "label", lines, failures, folder, folder)
    markdown = (folder / "table.md").read_text(encoding="utf-8")
    assert "| large | 0 |  | weights not available |" in markdown
    assert "| next | 0 |  | has not run |" in markdown
    assert "Not run here: large (weights not available)." in (folder / "README.md").read_text(encoding="utf-8")


def test_costs_are_means_over_seeds_and_blank_where_they_were_not_measured(made):
    table, lines, folder = made
    cost = {"predict_seconds": "0.5", "predict_rows": "150", "parameters": "33000000", "machine": "Abacus, 2 cores"}
    lines[1] |= cost | {"train_seconds": "60.04", "peak_mib": "1200", "device": "cpu"}
    lines[2] |= cost | {"train_seconds": "70", "peak_mib": "1300", "device": "cpu"}
    render(table, "label", lines, [], folder, folder)
    (_, section) = (folder / "README.md").read_text(encoding="utf-8").split("## Cost")
    assert "| model | wall time | training, s | rows/s | parameters | peak memory, MiB |" in section
    assert "| middle | 30 s | 65.0 | 300 | 33,000,000 | 1,250 |" in section
    assert "| poor | 30 s |  |  |  |  |" in section
    assert "on Abacus, 2 cores, perhaps beside other work. 2 of the cells ran before" in section


def test_latex_is_whole(made, tmp_path):
    table, lines, folder = made
    render(table, "label", lines, [], folder, folder)
    text = (folder / "table.tex").read_text(encoding="utf-8")
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    columns = text.split(r"\begin{tabular}{", 1)[1].split("}", 1)[0]
    assert {line.replace(r"\&", "").count("&") + 1 for line in body} == {len(columns)}
    assert text.count("{") == text.count("}")
    assert text.count(r"\begin") == text.count(r"\end") == 1
    assert r"\textbf{" in text
    assert r"somewhere\_2026" in text
    latex = shutil.which("lualatex") or shutil.which("xelatex") or shutil.which("tectonic")
    if latex:
        document = r"\documentclass{article}\usepackage{booktabs}\begin{document}" + text + r"\end{document}"
        (tmp_path / "t.tex").write_text(document, encoding="utf-8")
        subprocess.run([latex, "t.tex"], cwd=tmp_path, check=True, capture_output=True, timeout=120)


def test_the_same_values_draw_the_same_bytes(tmp_path):
    panels = [Panel("المقياس", [Mark("المحكمة الدولية", 50, (40, 60)), Mark("published", 70, None)])]
    for name in ("one", "two"):
        draw_forest(panels, "عنوان", [tmp_path / f"{name}.svg", tmp_path / f"{name}.png"])
    for suffix in ("svg", "png"):
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"two.{suffix}").read_bytes()


def test_arabic_labels_are_joined_and_run_from_right_to_left(tmp_path):
    """The letters' own forms, unjoined and in logical order, would draw another picture."""

    def draw(label):
        path = tmp_path / "label.svg"
        draw_forest([Panel("x", [Mark(label, 50, (40, 60))])], "", [path])
        return re.sub("<!--.*?-->", "", path.read_text(encoding="utf-8"))

    shaped = draw("محكمة")
    assert shaped == draw("محكمة")
    assert shaped != draw("\u200c".join("محكمة"))  # kept from joining
    assert shaped != draw("\u202dمحكمة\u202c")  # kept from left to right


def test_wrong_settings_and_files_are_named(made):
    table, lines, folder = made
    with pytest.raises(ConfigError, match=r"^baseline=nobody: expected a row of the table, one of good, middle, poor$"):
        compute_statistics(table | {"baseline": "nobody"}, "label", lines, folder)
    with pytest.raises(ConfigError, match=r"^compared=test/f1: expected one of the table's columns, test/accuracy$"):
        compute_statistics(table | {"compared": ["test/f1"]}, "label", lines, folder)
    path = folder / "predictions" / "poor_seed0_test.csv.gz"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"poor_seed0_test.csv.gz cannot be read .*restore it, or run its cell again$"):
        compute_statistics(table, "label", lines, folder)
    (folder / "clusters.csv.gz").unlink()
    with pytest.raises(DataError, match=r"clusters.csv.gz is missing"):
        compute_statistics(table, "label", lines, folder)


def test_documents_quote_results(made, tmp_path):
    table, lines, folder = made
    render(table, "label", lines, [], folder, folder)
    path = tmp_path / "README.md"
    before = "Best <!-- value made good test/accuracy -->1.23<!-- end -->.\n\n<!-- table made -->\nold\n<!-- end -->\n"
    path.write_text(before, encoding="utf-8")
    assert documents.find_stale(tmp_path, tmp_path / "results") == [path]
    documents.write_documents(tmp_path, tmp_path / "results")
    text = path.read_text(encoding="utf-8")
    assert f"-->{100 * float(lines[0]['test/accuracy']):.2f}<!-- end -->." in text
    assert f"<!-- table made -->\n{(folder / 'table.md').read_text(encoding='utf-8')}<!-- end -->" in text
    assert documents.find_stale(tmp_path, tmp_path / "results") == []
    head, line = (
        "model,control,split,rows,metric,value,changed,moved,p",
        "good,without leaked rows,test,12,f1,0.516476,,,",
    )
    (folder / "controls.csv").write_text(f"{head}\n{line}\n", encoding="utf-8")
    path.write_text("<!-- clean made good test -->1<!-- end --> leaked", encoding="utf-8")
    documents.write_documents(tmp_path, tmp_path / "results")
    assert path.read_text(encoding="utf-8") == "<!-- clean made good test -->51.65<!-- end --> leaked"
    path.write_text("<!-- value made nobody test/accuracy -->1<!-- end -->", encoding="utf-8")
    with pytest.raises(DataError, match="quotes made nobody test/accuracy, which"):
        documents.find_stale(tmp_path, tmp_path / "results")


def test_a_row_with_a_seed_on_the_other_side_is_better_only_on_average(made):
    table, lines, folder = made
    seeds = [line | {"seed": str(seed)} for line in lines if line["model"] == "good" for seed in (0, 1, 2)]
    seeds[2]["test/accuracy"] = "0.01"
    for seed in (1, 2):
        shutil.copy(
            folder / "predictions" / "good_seed0_test.csv.gz", folder / "predictions" / f"good_seed{seed}_test.csv.gz"
        )
    lines = [line for line in lines if line["model"] != "good"] + seeds
    render(table, "label", lines, [], folder, folder)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "only on average: good (better, but for 1 of its 3 seeds)" in readme
