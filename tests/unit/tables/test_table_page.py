"""From kept predictions to what a reader sees: nothing is trained here."""

import csv
import gzip
import re
import shutil
import subprocess
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from janib.errors import ConfigError, DataError
from janib.io.figures import Mark, Panel, draw_forest
from janib.schema import Example
from janib.tables.control_results import read_controls
from janib.tables.kept_predictions import KeptPredictions, write_clusters
from janib.tables.pages.plain_names import name_plainly
from janib.tables.pages.quotes import Quotations, find_quotations, list_documents
from janib.tables.pages.render import RENDERED, find_differences, render
from janib.tables.pages.run_content import make_run_content
from janib.tables.pages.table import format_latex
from janib.tables.results_csv import FailedRun, FinishedRun, RunCost
from janib.tables.statistics import compute_statistics, list_score_differences

ROOT = Path(__file__).parents[3]

LABELS = ("against", "neutral", "favor")
IDS = [f"r{i}" for i in range(150)]


def write_predictions(folder, row, seed, predicted, gold, targets, split="test"):
    path = folder / "predictions" / f"{row}_seed{seed}_{split}.csv.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "target", "gold", "predicted", *(f"p_{label}" for label in LABELS)])
        for key, target, right, label in zip(IDS[: len(gold)], targets, gold, predicted, strict=True):
            writer.writerow([key, target, right, label, *("1.0" if label == name else "0.0" for name in LABELS)])


def make_run(folder, row, seed, predicted, gold, targets=None):
    write_predictions(folder, row, seed, predicted, gold, targets or ["t"] * len(gold))
    accuracy = round(float(np.mean([a == b for a, b in zip(predicted, gold, strict=True)])), 6)
    return FinishedRun(
        row=row,
        seed=seed,
        commit="0" * 40,
        is_dirty=False,
        config_hash="",
        data_sha="",
        device="",
        versions="",
        run_id=f"{row}{seed}",
        wall_seconds=30.5,
        scorings=3,
        chosen_by="valid/accuracy",
        cost=None,
        scores={"test/accuracy": accuracy},
    )


def compute(table, runs, folder, seeded=("middle",)):
    return compute_statistics(table, "label", runs, KeptPredictions(folder), seeded)


def make_content(table, runs, folder, failures=(), seeded=("middle",)):
    kept, controls = KeptPredictions(folder), read_controls(folder)
    return make_run_content(table, "label", runs, failures, kept, controls, seeded=seeded)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A good row, a middling one with two seeds, and a poor one: table, runs, folder."""
    rng = np.random.default_rng(0)
    gold = rng.choice(LABELS, len(IDS)).tolist()

    def answer(share):
        keep = rng.random(len(IDS)) < share
        return [
            right if kept else LABELS[(LABELS.index(right) + 1) % 3] for right, kept in zip(gold, keep, strict=True)
        ]

    folder = tmp_path_factory.mktemp("results") / "made"
    runs = [
        make_run(folder, "good", 0, answer(0.95), gold),
        make_run(folder, "middle", 0, answer(0.6), gold),
        make_run(folder, "middle", 1, answer(0.6), gold),
        make_run(folder, "poor", 0, answer(0.3), gold),
    ]
    write_clusters(folder, {"test": [Example(key, "نص") for key in IDS]})
    table = {
        **{"name": "made", "title": "Made_up, 100 %", "protocol": "Invented.", "columns": ["test/accuracy"]},
        **{"compared": ["test/accuracy"], "baseline": "middle", "rows": dict.fromkeys(("good", "middle", "poor"))},
        "published": [{"model": "حزب النهضة & others", "source": "somewhere_2026", "test/accuracy": 99.5}],
    }
    return table, runs, folder


@pytest.fixture
def made(whole, tmp_path):
    """A copy of the table that a test may change."""
    table, runs, folder = whole
    copied = tmp_path / "results" / "made"
    shutil.copytree(folder, copied)
    return deepcopy(table), list(runs), copied


@pytest.fixture(scope="module")
def content(whole):
    """The table's content, for tests that change nothing in it: its statistics take most of the time."""
    return make_content(*whole)


def test_the_best_is_bold_only_where_its_lead_is_significant(whole, content):
    _, runs, _ = whole
    statistics = content.statistics
    assert statistics.best == {"test/accuracy": "good"}
    assert statistics.is_bold("good", "test/accuracy")
    assert not statistics.is_bold("middle", "test/accuracy")
    # Three against the baseline and three against the best; one of them is the same.
    assert [(one.row, one.other, one.role) for one in statistics.comparisons] == [
        ("good", "middle", "baseline and best"),
        ("middle_averaged", "middle", "baseline"),
        ("poor", "middle", "baseline"),
        ("middle_averaged", "good", "best"),
        ("poor", "good", "best"),
    ]
    (first, *_) = statistics.comparisons
    assert first.holm_bootstrap == pytest.approx(5 / 10_001)
    low, high = statistics.intervals["middle", "test/accuracy"]
    means = [run.scores["test/accuracy"] for run in runs[1:3]]
    assert low < np.mean(means) < high
    assert first.difference == pytest.approx(runs[0].scores["test/accuracy"] - np.mean(means), abs=1e-6)


def test_a_lead_of_a_row_or_two_is_not_bold(made):
    table, runs, folder = made
    shutil.copyfile(folder / "predictions/good_seed0_test.csv.gz", folder / "predictions/middle_seed0_test.csv.gz")
    statistics = compute(table, [runs[0], replace(runs[1], scores=runs[0].scores)], folder)
    (one,) = statistics.comparisons
    assert (one.difference, one.p_bootstrap, one.p_randomisation, one.p_mcnemar) == (0, 1, 1, 1)
    assert not one.is_significant
    assert not statistics.is_bold("good", "test/accuracy")


def test_clusters_make_other_intervals(made, content):
    table, runs, folder = made
    alone = content.statistics.intervals["middle", "test/accuracy"]
    write_clusters(folder, {"test": [Example(key, "نص", group=str(i // 30)) for i, key in enumerate(IDS)]})
    found = compute(table, runs, folder)
    assert found.sizes == {"test": (150, 5)}
    assert found.intervals["middle", "test/accuracy"] != alone


def test_what_is_written_is_found_equal_and_an_edit_is_found(made, content):
    table, runs, folder = made
    render(content, folder)
    assert all((folder / name).exists() for name in RENDERED)
    assert find_differences(content, folder) == []
    assert list_score_differences("label", table["columns"], runs, KeptPredictions(folder)) == []
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "good is best, and its lead over every other row is significant." in readme
    assert (
        "Against the baseline middle, better, with the seeds that were run: good; worse, with the seeds that were run: "
        "poor; not shown to differ: middle_averaged."
    ) in readme
    assert "4 runs, 2 min 2 s of wall time in all" in readme
    assert "Of 1 published values, 1 lie above the interval" in readme
    markdown = (folder / "table.md").read_text(encoding="utf-8")
    assert "| good | 1 | **" in markdown
    assert "| حزب النهضة & others |  | 99.50 | somewhere_2026 |" in markdown

    (folder / "table.md").write_text(markdown.replace("99.50", "99.60"), encoding="utf-8")
    assert find_differences(content, folder) == ["table.md differs"]
    (folder / "table.tex").unlink()
    assert find_differences(content, folder) == ["table.md differs", "table.tex is missing"]
    changed = [replace(runs[0], scores={"test/accuracy": 0.999999}), *runs[1:]]
    (problem,) = list_score_differences("label", table["columns"], changed, KeptPredictions(folder))
    assert problem.startswith("good, seed 0, test/accuracy: 0.999999, predictions give 0.9")


def test_a_row_that_did_not_run_says_why_and_has_no_number(made):
    table, runs, folder = made
    table["rows"] |= {"large": None, "next": None}
    render(make_content(table, runs, folder, [FailedRun("large", 0, "", "", "weights not available")]), folder)
    markdown = (folder / "table.md").read_text(encoding="utf-8")
    assert "| large | 0 |  | weights not available |" in markdown
    assert "| next | 0 |  | has not run |" in markdown
    assert "Not run here: large (weights not available)." in (folder / "README.md").read_text(encoding="utf-8")


def test_costs_are_means_over_seeds_and_blank_where_they_were_not_measured(made):
    table, runs, folder = made
    for place, train_seconds, peak_mib in ((1, 60.04, 1200), (2, 70, 1300)):
        cost = RunCost(train_seconds, 0.5, 150, 33_000_000, peak_mib, "Abacus, 2 cores")
        runs[place] = replace(runs[place], cost=cost, device="cpu")
    render(make_content(table, runs, folder), folder)
    (_, section) = (folder / "README.md").read_text(encoding="utf-8").split("## Cost")
    assert "| model | wall time | training, s | rows/s | parameters | peak memory, MiB |" in section
    assert "| middle | 30 s | 65.0 | 300 | 33,000,000 | 1,250 |" in section
    assert "| poor | 30 s |  |  |  |  |" in section
    assert "on Abacus, 2 cores, perhaps while other programs ran. 2 of the runs ended before" in section


def test_each_target_is_scored_by_itself_as_the_mean_of_the_seeds(tmp_path):
    targets = ["أرامكو"] * 4 + ["تعدّد الزوجات|٢"] * 2
    gold = ["favor", "against", "favor", "against", "neutral", "favor"]
    answers = {
        ("one", 0): gold,
        ("two", 0): ["favor"] * 4 + ["neutral", "against"],
        ("two", 1): [*gold[:4], "against", "against"],
    }
    runs = [make_run(tmp_path, *key, predicted, gold, targets) for key, predicted in answers.items()]
    write_clusters(tmp_path, {"test": [Example(key, "نص") for key in IDS[:6]]})
    table = {
        **{"name": "made", "columns": ["test/accuracy"], "compared": [], "baseline": None, "published": []},
        **{"rows": dict.fromkeys(("one", "two")), "by_target": ["test/accuracy"]},
    }
    details = make_content(table, runs, tmp_path).details
    assert details[details.index("## Targets") + 2 :][:2] == [
        "### test/accuracy of each target",
        "| target | rows | one | two |\n|---|---|---|---|\n| أرامكو | 4 | 100.00 | 75.00 |\n"
        "| تعدّد الزوجات\\|٢ | 2 | 100.00 | 25.00 |",
    ]
    assert "## Targets" not in make_content({**table, "by_target": ["valid/accuracy"]}, runs, tmp_path).details
    marked = make_content({**table, "post_hoc": {"one": "why"}}, runs, tmp_path, seeded=["two"]).details
    found = marked[marked.index("## Targets") + 3].splitlines()[0]
    assert found == "| target | rows | one (post hoc) | two | two_averaged |"


def test_latex_is_whole(content, tmp_path):
    text = format_latex(content)
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


@pytest.mark.parametrize("path", sorted((ROOT / "conf" / "table").glob("*.yaml")), ids=lambda path: path.stem)
def test_pictures_of_committed_tables_name_their_rows_plainly(path):
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    rows = config.get("table", config)["rows"]
    names = [name_plainly(row) for row in rows if path.stem != "smoke"]
    assert not [name for name in names if "_" in name]
    assert len(set(names)) == len(names)


def test_wrong_settings_and_files_are_named(made):
    table, runs, folder = made
    with pytest.raises(ConfigError, match=r"^baseline=nobody: expected a row of the table, one of good, middle, poor$"):
        compute(table | {"baseline": "nobody"}, runs, folder)
    with pytest.raises(ConfigError, match=r"^compared=test/f1: expected one of the table's columns, test/accuracy$"):
        compute(table | {"compared": ["test/f1"]}, runs, folder)
    path = folder / "predictions" / "poor_seed0_test.csv.gz"
    whole = path.read_bytes()
    path.write_bytes(whole[:200])
    with pytest.raises(DataError, match=r"poor_seed0_test.csv.gz cannot be read .*restore it, or repeat its run$"):
        compute(table, runs, folder)
    path.write_bytes(gzip.compress(b"id,target,gold,predicted\n"))
    with pytest.raises(
        DataError, match=r"poor_seed0_test.csv.gz is damaged or not ours; restore it, or repeat its run"
    ):
        compute(table, runs, folder)
    path.write_bytes(whole)
    (folder / "clusters.csv.gz").unlink()
    with pytest.raises(DataError, match=r"clusters.csv.gz is missing"):
        compute(table, runs, folder)


def test_documents_quote_results(made, content, tmp_path):
    _, runs, folder = made
    head, line = (
        "model,config_hash,commit,dirty,control,split,rows,metric,value,changed,moved,p",
        "good,,,false,without leaked rows,test,12,f1,0.516476,,,",
    )
    (folder / "controls.csv").write_text(f"{head}\n{line}\n", encoding="utf-8")
    render(content, folder)
    quotations = Quotations(content, read_controls(folder), tmp_path, tmp_path / "results")
    path = tmp_path / "README.md"
    before = "Best <!-- value made good test/accuracy -->1.23<!-- end -->.\n\n<!-- table made -->\nold\n<!-- end -->\n"
    path.write_text(before, encoding="utf-8")
    assert quotations.find_stale() == [path]
    quotations.update()
    text = path.read_text(encoding="utf-8")
    assert f"-->{100 * runs[0].scores['test/accuracy']:.2f}<!-- end -->." in text
    assert f"<!-- table made -->\n{(folder / 'table.md').read_text(encoding='utf-8')}<!-- end -->" in text
    assert quotations.find_stale() == []
    path.write_text("<!-- clean made good test -->1<!-- end --> leaked", encoding="utf-8")
    quotations.update()
    assert path.read_text(encoding="utf-8") == "<!-- clean made good test -->51.65<!-- end --> leaked"
    path.write_text('<!-- value made "حزب النهضة & others" test/accuracy -->1<!-- end -->', encoding="utf-8")
    quotations.update()
    assert "-->99.50<!-- end -->" in path.read_text(encoding="utf-8")
    for unknown in ("nobody test/accuracy", '"nobody at all" test/accuracy', '"حزب النهضة & others" test/f1'):
        path.write_text(f"<!-- value made {unknown} -->1<!-- end -->", encoding="utf-8")
        with pytest.raises(DataError, match=f"quotes made {unknown}, which"):
            quotations.find_stale()
    path.write_text("<!-- value unknown good test/accuracy -->1<!-- end -->", encoding="utf-8")
    with pytest.raises(DataError, match="quotes unknown, which is no folder of"):
        quotations.find_stale()


@pytest.mark.parametrize(
    "line",
    [
        "{} begins a line",
        "a line ends with {}",
        "| a cell | {} |",
        "- two of {} and {} in a line",
        "({}), in brackets, and **{}** bold",
    ],
)
def test_a_quotation_may_be_anywhere_in_a_line(content, tmp_path, line):
    path = tmp_path / "README.md"
    mark = "<!-- value made good test/accuracy -->{}<!-- end -->"
    path.write_text(line.replace("{}", mark.format("0.00")), encoding="utf-8")
    Quotations(content, [], tmp_path, tmp_path / "results").update()
    value = f"{100 * content.scores['good'][0]['test/accuracy']:.2f}"
    assert path.read_text(encoding="utf-8") == line.replace("{}", mark.format(value))


@pytest.mark.parametrize(
    "text",
    [
        "<!-- value made good test/accuracy -->1 without an end",
        "1<!-- end --> without a beginning",
        "<!-- value made good test/accuracy -->1 <!-- value made good test/accuracy -->1<!-- end -->",
        "<!-- value made good test/accuracy extra -->1<!-- end -->",
        "<!-- value made good test/accuracy-->1<!-- end -->",
    ],
)
def test_a_damaged_mark_is_no_lost_quotation(content, tmp_path, text):
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"README.md has the mark <!-- .* outside a quotation"):
        Quotations(content, [], tmp_path, tmp_path / "results").find_stale()


def test_no_quotation_of_this_repository_is_lost():
    documents = list_documents(ROOT)
    assert {ROOT / "README.md", ROOT / "experiments" / "results" / "README.md"} <= set(documents)
    for path in documents:
        text = path.read_text(encoding="utf-8")
        n_openings = len(re.findall("<!-- *(?:table|value|clean) ", text))
        assert n_openings == text.count("<!-- end -->") == len(find_quotations(path)) > 0


@pytest.fixture
def seeds(made):
    """The table with three equal seeds of its best row."""
    table, runs, folder = made
    predictions = folder / "predictions"
    for seed in (1, 2):
        shutil.copy(predictions / "good_seed0_test.csv.gz", predictions / f"good_seed{seed}_test.csv.gz")
    return table, [*(replace(runs[0], seed=seed) for seed in (0, 1, 2)), *runs[1:]], folder


def test_a_row_with_a_seed_on_the_other_side_is_better_only_on_average(seeds):
    table, runs, folder = seeds
    runs[2] = replace(runs[2], scores={"test/accuracy": 0.01})
    render(make_content(table, runs, folder), folder)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "only on average: good (better, but for 1 of its 3 seeds)" in readme


@pytest.mark.parametrize(
    ("n_seeds", "is_seeded", "is_bold"), [(1, False, True), (1, True, False), (2, True, False), (3, True, True)]
)
def test_a_row_that_depends_on_its_seed_is_bold_from_three_seeds_on(seeds, n_seeds, is_seeded, is_bold):
    """Wherever a table marks its best: README, Markdown, LaTeX, and the words of the conclusion."""
    table, runs, folder = seeds
    runs = [run for run in runs if run.row != "middle" and run.seed < n_seeds]
    # The average of equal seeds is the row itself, which no test can tell from it.
    table["rows"], table["baseline"] = dict.fromkeys(("good", "poor")), None
    statistics = compute(table, runs, folder, ["good"] * is_seeded)
    alone = replace(
        statistics, comparisons=[one for one in statistics.comparisons if "good_averaged" not in (one.row, one.other)]
    )
    assert alone.is_bold("good", "test/accuracy") == is_bold
    if n_seeds > 1:
        return
    render(make_content(table, runs, folder, seeded=["good"] * is_seeded), folder)
    readme, markdown, latex = (
        (folder / name).read_text(encoding="utf-8") for name in ("README.md", "table.md", "table.tex")
    )
    assert {"**" in readme, "**" in markdown, r"\textbf" in latex} == {is_bold}
    assert ("good is best, and its lead over every other row is significant." in readme) == is_bold
    told = "good has the highest number; its lead over poor is significant, with the seeds that were run."
    assert (told in readme) == (not is_bold)
    assert ("For good, another seed would give another model, and fewer than 3" in readme) == is_seeded


def test_seeds_are_averaged_in_a_row_of_their_own(made):
    """Its predictions are the largest of the averaged probabilities; it costs all seeds, and counts as one."""
    table, runs, folder = made
    gold = KeptPredictions(folder).read_split("test", [runs[0].key]).gold
    by_id = dict(zip(IDS, gold, strict=True))
    shares = {0: (0.5, 0.4, 0.1), 1: (0.1, 0.45, 0.45), 2: (0.3, 0.2, 0.5)}  # each alone says another label
    for seed, own in shares.items():
        ids = IDS if seed < 2 else IDS[::-1]
        rows = [[key, "t", by_id[key], LABELS[int(np.argmax(own))], *map(str, own)] for key in ids]
        with gzip.open(folder / f"predictions/middle_seed{seed}_test.csv.gz", "wt", encoding="utf-8") as stream:
            csv.writer(stream).writerows([["id", "target", "gold", "predicted", "p_against", "p_neutral", "p_favor"]])
            csv.writer(stream).writerows(rows)
    cost = RunCost(60.0, 0.5, 150, 33_000_000, 1200, "Abacus, 2 cores")
    seeds = [replace(runs[1], seed=seed, cost=cost) for seed in shares]
    content = make_content(table, [runs[0], *seeds, runs[3]], folder)
    share = gold.count("neutral") / len(gold)
    assert content.scores["middle_averaged"] == [{"test/accuracy": round(share, 6)}]
    assert list(content.scores) == list(content.table["rows"]) == ["good", "middle", "middle_averaged", "poor"]
    assert not content.statistics.evidence["middle_averaged"].covers_seeds
    render(content, folder)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"| middle_averaged | 3 averaged | {100 * share:.2f} | this repository |" in readme
    assert "middle_averaged averages the probabilities of the 3 seeds of middle: arithmetic on kept" in readme
    assert "It is one model that costs 3, to train, to keep and to run." in readme
    assert "| middle_averaged | 1 min 32 s | 180.0 | 100 | 99,000,000 |  |" in readme
    assert "\n5 runs, " in readme  # an average is none


def test_what_no_seed_changes_is_not_averaged_nor_a_split_that_a_seed_lacks(made):
    table, runs, folder = made
    assert "middle_averaged" not in make_content(table, runs, folder, seeded=()).scores
    gold = KeptPredictions(folder).read_split("test", [runs[0].key]).gold
    write_predictions(folder, "middle", 0, gold, gold, ["t"] * len(gold), split="valid")
    shown = table | {"columns": ["valid/accuracy", "test/accuracy"]}
    assert [list(own) for own in make_content(shown, runs, folder).scores["middle_averaged"]] == [["test/accuracy"]]


def test_a_post_hoc_row_is_marked_and_never_the_best(made):
    """In the README, the Markdown, LaTeX and the picture; its higher number is told, not hidden."""
    table, runs, folder = made
    table["post_hoc"] = {"good": "chosen among twenty", "middle": "its commit is lost"}
    content = make_content(table, runs, folder)
    render(content, folder)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    latex = (folder / "table.tex").read_text(encoding="utf-8")
    assert content.statistics.best == {"test/accuracy": "poor"}
    assert "**" not in readme
    assert r"\textbf" not in latex
    scores, tests = readme.split("## How sure")
    for row in ("good", "middle", "middle_averaged"):
        assert f"| {row} (post hoc) | " in scores
        assert f"| {row} (post hoc) | " in tests
        assert f"{row} (post hoc)".replace("_", r"\_") in latex
    assert "nothing shows that it came before: good (chosen among twenty); middle (its commit is lost). Such" in scores
    assert "% Post hoc, since a choice came after" in latex
    higher = "good, middle and middle_averaged"
    assert f"poor has the highest number of the rows that are not post hoc (higher: {higher})." in tests
