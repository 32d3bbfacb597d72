"""A sample that people read: drawn, written, read back, and what it says of all positions."""

import csv
import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.articles.checking.agreement import estimate_share, measure_agreement
from janib.articles.checking.readings import ReadPosition, read_sheets
from janib.articles.checking.sample import draw_sample, share_out
from janib.corpora.readers.own_file import read_own_file
from janib.errors import DataError
from janib.labels import STANCE_LABELS
from janib.scoring.metrics import kappa

SCHEMA = json.loads((Path(__file__).parents[2] / "fixtures" / "label_studio_tasks.json").read_text(encoding="utf-8"))
SENTENCE = "قالت النقابةُ إنَّ المجلـــس أخطأ ١٢ مرّة 🎉"


def make_line(number, likeliest, is_shown=True):
    """A line of positions.jsonl; two positions an article."""
    return {
        "article": f"a{number // 2}",
        "outlet": "صدى",
        "date": "2024-02-11",
        "statement": number % 2,
        "text": f"{SENTENCE} {number}",
        "start": 0,
        "end": len(SENTENCE),
        "speakers": [
            {
                "name": "",
                "office": "",
                "party": "النقابة",
                "party_id": "union",
                "surface": "النقابة",
                "how": "named",
            }
        ],
        "party": "المجلس",
        "party_id": "council",
        "mention_start": SENTENCE.index("المجلـــس"),
        "mention_end": SENTENCE.index("المجلـــس") + len("المجلـــس"),
        "stance": likeliest if is_shown else None,
        "stance_p": {label: 0.5 if label == likeliest else 0.25 for label in STANCE_LABELS},
        "sentiment": "neutral",
        "sentiment_p": {"negative": 0.2, "neutral": 0.6, "positive": 0.2},
    }


@pytest.fixture
def positions(tmp_path):
    """60 neutral positions, 20 for, of which five are undecided, and ten against."""
    stances = ["neutral"] * 60 + ["favor"] * 20 + ["against"] * 10
    lines = [make_line(number, stance, not 60 <= number < 65) for number, stance in enumerate(stances)]
    path = tmp_path / "positions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def fill_in(path, label, column="stance"):
    """Label each row of a CSV, as a reader does; ``label`` makes a word of the row."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row[column] = label(row)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return rows


def make_rows(counts, sizes=None):
    """Rows by gold and predicted label, all shown, each of its own article."""
    return [
        ReadPosition(str(n), str(n), "نص", "", "", predicted, True, (sizes or {}).get(predicted), {"r": gold})
        for n, (gold, predicted) in enumerate(pair for pair, times in counts.items() for _ in range(times))
    ]


@given(
    st.integers(1, 300), st.dictionaries(st.tuples(st.sampled_from(STANCE_LABELS), st.booleans()), st.integers(1, 90))
)
def test_a_share_is_no_more_than_there_is_and_none_is_left(count, sizes):
    shares = share_out(count, sizes)
    assert all(shares[key] <= size for key, size in sizes.items())
    assert sum(shares.values()) == min(count, sum(sizes.values()))
    most = max(shares.values(), default=0)
    assert all(shares[key] in (size, most, most - 1) for key, size in sizes.items())


def test_rare_sides_are_drawn_as_often_as_neutral(positions):
    drawn = draw_sample(positions, 30, seed=1)
    assert Counter(one.stratum for one in drawn) == {
        ("favor", "no"): 5,
        ("favor", "yes"): 8,
        ("against", "yes"): 8,
        ("neutral", "yes"): 9,
    }
    assert {one.stratum: one.stratum_size for one in drawn}["neutral", "yes"] == 60
    assert [one.id for one in drawn] == [one.id for one in draw_sample(positions, 30, seed=1)]
    assert [one.id for one in drawn] != [one.id for one in draw_sample(positions, 30, seed=2)]
    assert len({one.id for one in draw_sample(positions, 500)}) == 90


def test_a_csv_is_drawn_read_and_trained_on(positions, tmp_path, run_janib):
    sheet, labels = tmp_path / "sheet.csv", tmp_path / "labels.csv"
    code, out, err = run_janib("sample", positions, sheet, "-n", 40)
    assert (code, err) == (0, "")
    assert f"written to {sheet}" in out
    assert sheet.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = fill_in(sheet, lambda row: "ضدّ " if row["predicted"] == "against" else "Neutral")
    assert all(row["text"].startswith(SENTENCE) for row in rows)
    code, out, err = run_janib("agree", sheet, "-o", labels)
    assert (code, err) == (0, "")
    # All neutral and all against are right, of 90 positions.
    assert f"{70 / 90:.2f}" in out
    assert "40 labels written" in out
    _, splits = read_own_file(labels, "stance")
    assert {row.stance for row in splits["train"]} == {"neutral", "against"}
    assert {(row.target, row.speaker) for row in splits["train"]} == {("المجلـــس", "النقابة")}
    assert all(row.group == row.document for row in splits["train"])


def test_a_workbook_hides_the_model_and_is_read_back(positions, tmp_path, run_janib):
    openpyxl = pytest.importorskip("openpyxl", reason="needs the extra excel")
    sheet = tmp_path / "sheet.xlsx"
    assert run_janib("sample", positions, sheet, "-n", 40)[0] == 0
    book = openpyxl.load_workbook(sheet)
    names = {cell.value: cell.column_letter for cell in book.active[1]}
    hidden = {name for name, letter in names.items() if book.active.column_dimensions[letter].hidden}
    assert {"predicted", "probability", "shown"} <= hidden
    assert hidden.isdisjoint({"text", "target", "speaker", "stance"})
    (menu,) = book.active.data_validations.dataValidation
    assert (menu.formula1, str(menu.sqref).split("2:")[0]) == ('"favor,neutral,against"', names["stance"])
    for row in range(2, 42):
        book.active[f"{names['stance']}{row}"] = book.active[f"{names['predicted']}{row}"].value
    book.save(sheet)
    code, out, err = run_janib("agree", sheet)
    assert (code, err) == (0, "")
    assert "40 positions of" in out
    assert measure_agreement(read_sheets([sheet])).scores["accuracy"].value == 1


def export(tasks, label, **about):
    """Make of tasks what Label Studio exports when a person has labelled them."""
    return [
        task
        | {
            "id": number,
            "annotations": [
                {
                    "id": number,
                    "completed_by": {"id": 7, "email": "reader@example.test"},
                    "was_cancelled": False,
                    "result": [
                        {
                            "id": "x",
                            "from_name": "stance",
                            "to_name": "text",
                            "type": "choices",
                            "value": {"choices": [label(task["data"])]},
                        },
                        {
                            "id": "y",
                            "from_name": "note",
                            "to_name": "text",
                            "type": "textarea",
                            "value": {"text": ["؟"]},
                        },
                    ],
                    **about,
                }
            ],
        }
        for number, task in enumerate(tasks, 1)
    ]


@pytest.mark.parametrize("blind", [False, True])
def test_label_studio_takes_the_tasks_and_its_export_is_read(positions, tmp_path, run_janib, blind):
    sheet = tmp_path / "tasks.json"
    assert run_janib("sample", positions, sheet, "-n", 40, *["--blind"] * blind)[0] == 0
    tasks = json.loads(sheet.read_text(encoding="utf-8"))
    jsonschema.validate(tasks, SCHEMA)
    config = ElementTree.parse(tmp_path / "tasks.xml").getroot()
    assert all("predictions" not in task for task in tasks) == blind
    shown = {value.get("value").split("$")[1] for value in config.iter() if "$" in value.get("value", "")}
    assert all(shown <= task["data"].keys() for task in tasks)
    (choices,) = config.iter("Choices")
    assert (choices.get("name"), choices.get("toName")) == ("stance", config.find(".//Text").get("name"))
    assert {choice.get("value") for choice in choices} == set(STANCE_LABELS)

    exports = {
        "export.json": export(tasks, lambda data: data["predicted"]),
        "min.json": [
            task["data"] | {"id": 1, "stance": task["data"]["predicted"], "annotator": 7, "annotation_id": 1}
            for task in tasks
        ],
    }
    for name, content in exports.items():
        (tmp_path / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        rows = read_sheets([tmp_path / name])
        assert len(rows) == 40
        found = measure_agreement(rows)
        assert (found.scores["accuracy"].value, found.scores["kappa"].value) == (1, 1)
        assert found.shares.sum() == pytest.approx(1)


def test_a_task_that_was_skipped_has_no_label(positions, tmp_path, run_janib):
    run_janib("sample", positions, tmp_path / "tasks.json", "-n", 4)
    tasks = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    content = export(tasks[:2], lambda _: "favor") + export(tasks[2:], lambda _: "favor", was_cancelled=True)
    (tmp_path / "export.json").write_text(json.dumps(content), encoding="utf-8")
    assert [list(row.labels) for row in read_sheets([tmp_path / "export.json"])] == [["reader@example.test"]] * 2 + [
        []
    ] * 2


def test_a_sheet_that_people_may_have_filled_in_is_not_replaced(positions, tmp_path, run_janib):
    for name in ("sheet.csv", "tasks.xml"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    for name, held in (("sheet.csv", "sheet.csv"), ("tasks.json", "tasks.xml")):
        code, _, err = run_janib("sample", positions, tmp_path / name)
        assert (code, err) == (
            2,
            f"error: {tmp_path / held} exists, and may hold labels that people gave; name a new file\n",
        )
        assert (tmp_path / held).read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("name", ["sheet.csv", "./sheet.csv", "link.csv"])
def test_labels_do_not_replace_the_sheet_that_they_are_from(positions, tmp_path, run_janib, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    run_janib("sample", positions, "sheet.csv")
    fill_in(tmp_path / "sheet.csv", lambda row: row["predicted"])
    (tmp_path / "link.csv").symlink_to("sheet.csv")
    before = (tmp_path / "sheet.csv").read_bytes()
    code, _, err = run_janib("agree", "sheet.csv", "-o", name)
    assert (code, err) == (2, "error: sheet.csv is both input and output; name another file for the output\n")
    assert (tmp_path / "sheet.csv").read_bytes() == before


def test_unknown_labels_are_named_all_at_once_and_blank_ones_wait(positions, tmp_path, run_janib):
    sheet = tmp_path / "sheet.csv"
    run_janib("sample", positions, sheet, "-n", 40)
    code, _, err = run_janib("agree", sheet)
    assert (code, "nobody has labelled a row yet" in err) == (2, True)
    places = iter(range(40))
    fill_in(sheet, lambda _: ["maybe", "", "ضدد", *["neutral"] * 37][next(places)])
    code, _, err = run_janib("agree", sheet, "-o", tmp_path / "labels.csv")
    assert code == 2
    assert f"{sheet}, row 1 (line 2): the label 'maybe' is unknown" in err
    assert f"{sheet}, row 3 (line 4): the label 'ضدد' is unknown" in err
    assert not (tmp_path / "labels.csv").exists()


def test_two_readers_and_where_they_differ(positions, tmp_path, run_janib):
    sheets = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for sheet in sheets:
        run_janib("sample", positions, sheet, "-n", 40)
        fill_in(sheet, lambda row: row["predicted"])
    fill_in(sheets[1], lambda row: "neutral" if row["predicted"] == "against" else row["predicted"])
    rows = read_sheets(sheets)
    found = measure_agreement(rows)
    assert (found.n_read, found.n_disputed) == (30, 10)
    assert found.unread_strata == {("against", True): 10}
    ((names, (estimate, n_both)),) = found.readers.items()
    assert (names, n_both) == (("one.csv", "two.csv"), 40)
    assert 0 < estimate.low <= estimate.value <= estimate.high < 1
    code, out, err = run_janib("agree", *sheets)
    assert code == 0
    assert "30 positions of 22 articles have a label" in out
    assert "10 left out" in err


def test_any_table_with_predictions_can_be_checked(tmp_path, run_janib):
    table = tmp_path / "labelled.csv"
    table.write_text("text,predicted,person\nأ ب,favor,مع\nج د,against,محايد\n", encoding="utf-8")
    code, out, _ = run_janib("agree", table, "--column", "person")
    assert (code, "0.50" in out) == (0, True)
    code, _, err = run_janib("agree", table)
    assert (code, "has no column 'stance'" in err) == (2, True)


def test_readers_of_files_of_one_name_are_two(positions, tmp_path, run_janib):
    sheets = [tmp_path / name / "sheet.csv" for name in ("a", "b")]
    for sheet in sheets:
        run_janib("sample", positions, sheet, "-n", 20)
        fill_in(sheet, lambda row: row["predicted"])
    assert {len(row.labels) for row in read_sheets(sheets)} == {2}
    tasks = [tmp_path / f"{name}.json" for name in ("x", "y")]
    for path in tasks:  # each from a Label Studio of its own, where the reader is the first
        run_janib("sample", positions, path, "-n", 20)
        made = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(export(made, lambda data: data["predicted"], completed_by=1)), encoding="utf-8")
    assert {tuple(row.labels) for row in read_sheets(tasks)} == {("reader 1 in x.json", "reader 1 in y.json")}


def test_a_label_that_predict_withheld_is_read_from_its_probabilities(tmp_path):
    table = tmp_path / "labelled.csv"
    head = "text,predicted,p_against,p_neutral,p_favor,stance"
    table.write_text(f"{head}\nأ,,0.2,0.3,0.5,favor\nب,against,0.8,0.1,0.1,against\n", encoding="utf-8")
    assert [(row.predicted, row.is_shown) for row in read_sheets([table])] == [("favor", False), ("against", True)]
    table.write_text("text,predicted,stance\nأ,,favor\n", encoding="utf-8")
    with pytest.raises(DataError, match="predicted is blank, and no probabilities tell the label"):
        read_sheets([table])


@pytest.mark.parametrize("words", [("-1", "0", "1"), ("معارض", "محايد", "مؤيد"), ("Against", "NEUTRAL", "in favour")])
def test_readers_may_write_numbers_or_words_of_their_own(positions, tmp_path, run_janib, words):
    sheet = tmp_path / "sheet.csv"
    run_janib("sample", positions, sheet, "-n", 40)
    fill_in(sheet, lambda row: dict(zip(STANCE_LABELS, words, strict=True))[row["predicted"]])
    assert measure_agreement(read_sheets([sheet])).scores["accuracy"].value == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('{"a": 1}', "holds no list of tasks"),
        ("[1]", "task 1 has not the form"),
        ('[{"data": {}, "annotations": [{"result": [{"from_name": "stance"}]}]}]', "task 1 has not the form"),
        ('[{"data": null, "annotations": []}]', "data is of type NoneType, expected an object"),
        ('[{"data": {}, "annotations": null}]', "task 1 has not the form"),
        ("[{", "is not JSON"),
        ('[{"data": {"predicted": "maybe"}}]', "the label 'maybe' is unknown"),
        ('[{"data": {"predicted": "favor", "stratum_size": "x"}}]', "stratum_size is 'x'"),
    ],
)
def test_an_export_that_cannot_be_read_says_so(tmp_path, run_janib, content, fault):
    (tmp_path / "x.json").write_text(content, encoding="utf-8")
    code, _, err = run_janib("agree", tmp_path / "x.json")
    assert (code, fault in err, "Traceback" in err) == (2, True, False)


def test_weights_bring_back_the_shares_of_all_positions():
    # Of 900 neutral ones 10 were read and 9 are right; of 100 for, 10 and 5.
    counts = {
        ("neutral", "neutral"): 9,
        ("favor", "neutral"): 1,
        ("favor", "favor"): 5,
        ("against", "favor"): 5,
    }
    found = measure_agreement(make_rows(counts, {"neutral": 900, "favor": 100}))
    assert found.scores["accuracy"].value == pytest.approx(0.9 * 0.9 + 0.1 * 0.5)
    assert found.shares.sum(axis=0) == pytest.approx([0, 0.9, 0.1])
    assert found.scores["shown sides that are right"].value == pytest.approx(0.5)
    assert found.scores["kappa"].value == pytest.approx(float(kappa(found.shares)))
    assert found.counts.sum() == 20


def test_kappa_of_a_published_example():
    """Cohen (1960), table 1, has kappa .492 for agreement .70 where .41 is expected by chance."""
    shares = np.array([[0.44, 0.05, 0.01], [0.07, 0.20, 0.03], [0.09, 0.05, 0.06]])
    assert float(kappa(shares)) == pytest.approx(0.492, abs=5e-4)


def test_an_interval_of_a_perfect_score_is_not_a_point():
    estimate = measure_agreement(make_rows({("favor", "favor"): 10})).scores["accuracy"]
    assert (estimate.value, estimate.high) == (1, 1)
    assert estimate.low == pytest.approx(0.7225, abs=1e-4)  # Wilson's for 10 of 10


def test_rows_of_one_article_tell_less_than_rows_of_many():
    is_one = np.tile([True, True, True, False], 10)
    alike = np.repeat(np.arange(10), 4)[np.argsort(is_one, kind="stable")]
    narrow = estimate_share(is_one, np.ones(40), np.arange(40))
    wide = estimate_share(is_one[np.argsort(is_one, kind="stable")], np.ones(40), np.sort(alike))
    assert narrow.value == wide.value == 0.75
    assert wide.high - wide.low > narrow.high - narrow.low


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    sizes, truths = (900, 60, 40), (0.95, 0.7, 0.5)
    truth = sum(size * share for size, share in zip(sizes, truths, strict=True)) / 1000
    weights = np.repeat(np.array(sizes) / 30, 30)
    held = 0
    for _ in range(400):
        is_one = rng.random(90) < np.repeat(truths, 30)
        estimate = estimate_share(is_one, weights, np.arange(90))
        held += estimate.low <= truth <= estimate.high
    assert 0.9 <= held / 400 <= 0.995


def test_sheets_of_a_sample_and_of_none_are_not_mixed():
    rows = make_rows({("favor", "favor"): 2}, {"favor": 10}) + make_rows({("neutral", "neutral"): 2})
    with pytest.raises(DataError, match="give sheets of one sample"):
        measure_agreement(rows)
