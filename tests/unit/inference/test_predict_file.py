"""``janib predict`` from file to file, through the command's own door, ``main()``."""

import csv
import errno
import json
import os
import tracemalloc
from functools import partial
from pathlib import Path

import pytest

from janib.errors import DataError
from janib.inference import predict_file as predictions
from janib.inference import rows
from janib.io.resumable import open_partial
from janib.io.text_tables import RecordReader, RecordWriter
from janib.labels import STANCE_LABELS
from janib.models.cue_lexicon import LexiconModel
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.schema import MAX_TEXT_CHARS, Example

HEADER = "id,text,target"
ADDED = ["predicted", "p_against", "p_neutral", "p_favor", "target_found", "error"]
GOOD = ["favor", "0.25", "0.25", "0.5", "no", ""]


@pytest.fixture
def work(tmp_path, model_folder, monkeypatch):
    """A working folder that holds the model."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def predict(work, run_janib):
    """Run ``janib predict --model model …``."""
    return partial(run_janib, "predict", "--model", "model")


def read_csv(path):
    with Path(path).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def list_names(folder):
    return sorted(path.name for path in folder.iterdir())


def write(path, *lines):
    Path(path).write_bytes("".join(f"{line}\n" for line in lines).encode())


def test_rows_keep_their_order_their_columns_and_their_bytes(work, predict):
    texts = [
        "بِسْمِ اللَّهِ",
        "مـــرحبًا",
        "\u200fنصّ\u202b مع\u202c \u2067علامات\u2069",
        "ﻻ ﷲ ﷺ",
        "👨‍👩‍👧 🇸🇦 🫨",
        'فيه "اقتباس"، وفاصلة,',
        "سطر\nثان\r\nثالث\rرابع",
        " بينها فراغ ",
        "\ufeffنص",
        "\u2028نص\x85",
    ]
    with (work / "in.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows(
            [["target", "more", "text", "المصدر"], *(["المجلس", "", text, "و"] for text in texts)]
        )
    code, out, err = predict("in.csv", "out.csv")
    assert (code, out) == (0, "")
    found = read_csv("out.csv")
    assert found[0] == ["target", "more", "text", "المصدر", *ADDED]
    assert found[1:] == [["المجلس", "", text, "و", *GOOD] for text in texts]
    assert err.startswith("10 rows in ")
    assert err.endswith(" rows/s), 0 bad, 10 do not name the target, 1 hardly Arabic, favor 100.0%\n")


@pytest.mark.parametrize("option", [[], ["--no-bom"]])
def test_a_csv_begins_with_the_mark_that_excel_expects(work, predict, option):
    write("in.csv", HEADER, "1,نص,المجلس")
    assert predict("in.csv", "out.csv", *option)[0] == 0
    content = (work / "out.csv").read_bytes()
    assert content.startswith(b"id," if option else b"\xef\xbb\xbfid,")
    assert content.count(b"\xef\xbb\xbf") == (0 if option else 1)
    assert predict("in.csv", "-", *option)[1].startswith("id,")


def test_a_file_without_a_header(work, predict):
    write("in.csv", "نص;المجلس", "آخر;الوزارة")
    assert predict("in.csv", "out.csv", "--text-column", "0", "--target-column", "1")[0] == 0
    assert read_csv("out.csv") == [["0", "1", *ADDED], ["نص", "المجلس", *GOOD], ["آخر", "الوزارة", *GOOD]]


def test_bad_rows_come_out_in_their_place(work, predict):
    write("in.csv", HEADER, "1,نص,المجلس", "2,,المجلس", "3,نص", "4,\u200f,المجلس", "5,نص,", '6,نص"نص,أ', '7,"نص"نص,أ')
    with (work / "in.csv").open("ab") as stream:
        stream.write(b"8,\0,x\n9,\xe9,x\n" + "10,نص,المجلس\n".encode() + '11,"مقطو'.encode())
    code, out, err = predict("in.csv", "out.csv")
    assert (code, out) == (0, "")
    nothing = [""] * 5
    problems = {
        "2": "text is blank; every row needs one",
        "3": "expected 3 cells as in the header, found 2; check commas and quotes",
        "4": "text is blank; every row needs one",
        "5": "target is blank; every row needs one",
        "7": "the row cannot be read as CSV (',' expected after '\"'); check its quoting",
        "8": "text holds a NUL byte, the sign of a damaged or binary file; remove it",
        "9": "the byte 0xe9 is not UTF-8; save the file as UTF-8",
        "11": "a quoted field does not end: the file is cut off, or a quote is missing",
    }
    assert read_csv("out.csv") == [
        ["id", "text", "target", *ADDED],
        ["1", "نص", "المجلس", *GOOD],
        ["2", "", "المجلس", *nothing, problems["2"]],
        ["3", "نص", "", *nothing, problems["3"]],
        ["4", "\u200f", "المجلس", *nothing, problems["4"]],
        ["5", "نص", "", *nothing, problems["5"]],
        ["6", 'نص"نص', "أ", *GOOD],
        ["", "", "", *nothing, problems["7"]],
        ["8", "\0", "x", *nothing, problems["8"]],
        ["9", "\\udce9", "x", *nothing, problems["9"]],
        ["10", "نص", "المجلس", *GOOD],
        ["", "", "", *nothing, problems["11"]],
    ]
    lines = err.splitlines()
    assert lines[:-1] == [f"in.csv, row {number} (line {int(number) + 1}): {said}" for number, said in problems.items()]
    assert lines[-1].endswith("8 bad, 3 do not name the target, of 3 labelled: favor 100.0%")


def test_bad_json_lines_come_out_in_their_place(work, predict):
    write(
        "in.jsonl",
        '{"text": "نص", "target": "أ", "id": 7, "more": {"a": [1, null]}}',
        '{"text": ["نص"], "target": "أ"}',
        '{"tweet": "نص", "target": "أ"}',
        '{"text": "نص", "text": "آخر", "target": "أ"}',
        '{"text": "\\ud83d", "target": "أ"}',
        '{"text": 5, "target": "أ"}',
        '{"text": "مقطو',
    )
    code, out, _ = predict("in.jsonl", "out.jsonl")
    assert (code, out) == (0, "")
    good = {
        "predicted": "favor",
        "p_against": 0.25,
        "p_neutral": 0.25,
        "p_favor": 0.5,
        "target_found": "no",
        "error": "",
    }
    bad = dict.fromkeys(ADDED, "")
    assert [json.loads(line) for line in (work / "out.jsonl").read_text(encoding="utf-8").splitlines()] == [
        {"text": "نص", "target": "أ", "id": 7, "more": {"a": [1, None]}, **good},
        {"text": ["نص"], "target": "أ", **bad, "error": "text is of type list, expected a string"},
        {
            "tweet": "نص",
            "target": "أ",
            **bad,
            "error": "there is no 'text', only 'tweet', 'target'; did you mean 'tweet'?",
        },
        {"text": "آخر", "target": "أ", **bad, "error": "the key 'text' occurs twice; keep one of them"},
        {
            "text": "\ud83d",
            "target": "أ",
            **bad,
            "error": r"text holds half a character ('\ud83d'), cut or wrongly converted; remove it",
        },
        {"text": 5, "target": "أ", **good},
        {**bad, "error": "the line is not JSON (Invalid control character at: character 15)"},
    ]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_the_longest_text(work, predict, suffix):
    for length in (MAX_TEXT_CHARS, MAX_TEXT_CHARS + 1):
        text = "ع" * length
        if suffix == "csv":
            write("in.csv", "text,target", f"{text},أ")
        else:
            write("in.jsonl", json.dumps({"text": text, "target": "أ"}, ensure_ascii=False))
        code, _, err = predict(f"in.{suffix}", f"out.{suffix}")
        assert code == 0
        problem = (
            f"in.{suffix}, row 1 (line {2 if suffix == 'csv' else 1}): text has 100,001 characters, "
            "the most is 100,000; check the file's quoting, or cut the text\n"
        )
        assert err.startswith(problem) is (length > MAX_TEXT_CHARS)
        assert text.encode() in (work / f"out.{suffix}").read_bytes()


def test_strict_stops_at_the_first_bad_row(work, predict):
    write("in.csv", HEADER, "1,نص,المجلس", "2,,المجلس", "3,,المجلس")
    before = list_names(work)
    code, out, err = predict("in.csv", "out.csv", "--strict")
    assert (code, out) == (2, "")
    assert err == "error: in.csv, row 2 (line 3): text is blank; every row needs one\n"
    assert list_names(work) == before


@pytest.mark.parametrize(
    ("lines", "arguments", "said"),
    [
        ([], [], "in.csv is empty; expected a header and at least one row"),
        (
            ["id,txt,target"],
            [],
            "in.csv has no column 'text', only 'id', 'txt', 'target'; "
            "name the right one with --text-column; did you mean 'txt'?",
        ),
        (
            ["text,targets"],
            [],
            "in.csv has no column 'target', only 'text', 'targets'; "
            "name the right one with --target-column, or give one for all rows with --target; did you mean 'targets'?",
        ),
        (["text,text"], [], "in.csv has the column 'text' 2 times; keep one of them"),
        (
            ["text,error"],
            ["--target", "أ"],
            "in.csv has a column 'error' already, which the prediction would overwrite; rename or drop it",
        ),
        (["text", "نص"], ["--target", " "], "--target is blank; every row needs one"),
    ],
)
def test_files_that_cannot_be_labelled(work, predict, lines, arguments, said):
    write("in.csv", *lines)
    before = list_names(work)
    assert predict("in.csv", "out.csv", *arguments) == (2, "", f"error: {said}\n")
    assert list_names(work) == before


def test_a_column_of_json_lines_that_would_be_overwritten(work, predict):
    write("in.jsonl", '{"text": "نص", "target": "أ", "predicted": "مع"}', '{"text": "نص", "target": "أ"}')
    before = list_names(work)
    assert predict("in.jsonl", "out.jsonl") == (
        2,
        "",
        "error: in.jsonl, row 1 (line 1) has a column 'predicted' already, which the prediction would overwrite; "
        "rename or drop it\n",
    )
    assert list_names(work) == before


@pytest.mark.parametrize("name", ADDED)
def test_a_row_with_an_added_column_costs_no_other(work, predict, name):
    own = json.dumps({"text": "نص", "target": "أ", name: "مع"}, ensure_ascii=False)
    write("in.jsonl", '{"text": "نص", "target": "أ"}', own, '{"text": "نص", "target": "أ"}')
    code, _, err = predict("in.jsonl", "out.jsonl")
    assert code == 0
    problem = f"there is a {name!r} already; rename or drop it"
    assert err.startswith(f"in.jsonl, row 2 (line 2): {problem}\n3 rows in ")
    first, second, third = (json.loads(line) for line in (work / "out.jsonl").read_text(encoding="utf-8").splitlines())
    assert (first["predicted"], third["predicted"]) == ("favor", "favor")
    assert second == {"text": "نص", "target": "أ", **dict.fromkeys(ADDED, ""), "error": problem, name: "مع"}
    assert predict("in.jsonl", "two.jsonl", "--strict")[0] == 2


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("in.csv", "in.csv", "in.csv is both input and output; name another file for the output"),
        ("in.csv", "link.csv", "in.csv is both input and output; name another file for the output"),
        (
            "in.csv",
            "out.tsv",
            "out.tsv: the suffix '.tsv' names no known format, expected one of .csv, .jsonl, .ndjson, .parquet, .xlsx",
        ),
        (
            "in.csv",
            "in.csv/out.csv",
            "{work}/in.csv/out.csv cannot be written: {work}/in.csv is a file; choose another place",
        ),
        ("in.csv", "folder.csv", "{work}/folder.csv is a folder, expected a file; name one"),
        ("none.csv", "out.csv", "none.csv does not exist; check the path"),
        (
            "in.jsonl",
            "out.csv",
            "in.jsonl is JSON lines, where each row may have its own keys, so the output cannot be CSV; name it .jsonl",
        ),
    ],
)
def test_paths_that_cannot_be_used(work, predict, source, target, said):
    write("in.csv", HEADER, "1,نص,المجلس")
    write("in.jsonl", '{"text": "نص", "target": "أ"}')
    (work / "link.csv").symlink_to("in.csv")
    (work / "folder.csv").mkdir()
    before = list_names(work)
    assert predict(source, target) == (2, "", f"error: {said.format(work=work)}\n")
    assert list_names(work) == before
    assert (work / "in.csv").read_text(encoding="utf-8") == f"{HEADER}\n1,نص,المجلس\n"


def test_standard_streams(work, predict):
    given = f"{HEADER}\n1,نص,المجلس\n2,,المجلس\n"
    code, out, err = predict("-", "-", stdin=given.encode())
    assert code == 0
    assert out == (
        f"{HEADER},{','.join(ADDED)}\n1,نص,المجلس,favor,0.25,0.25,0.5,no,\n"
        "2,,المجلس,,,,,,text is blank; every row needs one\n"
    )
    assert err.startswith("standard input, row 2 (line 3): text is blank; every row needs one\n2 rows in ")
    code, out, _ = predict("-", "-", "--format", "jsonl", stdin='{"text": "نص", "target": "أ"}'.encode())
    assert code == 0
    assert out == (
        '{"text": "نص", "target": "أ", "predicted": "favor", "p_against": 0.25, "p_neutral": 0.25, "p_favor": 0.5, '
        '"target_found": "no", "error": ""}\n'
    )
    write("in.jsonl", '{"text": "نص", "target": "أ"}')
    assert predict("in.jsonl", "-")[1] == out
    assert predict("in.jsonl", "-", "--format", "csv") == (
        2,
        "",
        "error: in.jsonl is JSON lines, where each row may have its own keys, so the output cannot be CSV; "
        "pass --format jsonl\n",
    )
    assert predict("-", "-") == (
        2,
        "",
        "error: standard input is empty; expected a header and at least one row\n",
    )


def test_csv_to_json_lines_and_one_target_for_all(work, predict):
    write("in.csv", "tweet", "نص", "آخر")
    assert predict("in.csv", "out.jsonl", "--text-column", "tweet", "--target", "المجلس")[0] == 0
    assert [json.loads(line)["tweet"] for line in (work / "out.jsonl").read_text(encoding="utf-8").splitlines()] == [
        "نص",
        "آخر",
    ]


def test_a_header_alone_gives_a_header_alone(work, predict):
    write("in.csv", HEADER)
    code, _, err = predict("in.csv", "out.csv")
    assert code == 0
    assert err.endswith(", 0 bad\n")
    assert read_csv("out.csv") == [["id", "text", "target", *ADDED]]


def test_without_output_the_first_rows_are_shown(work, predict):
    write("in.csv", HEADER, "1,نص [bold]غريب[/x] :smile:,المجلس", "2,,المجلس", *["3,نص,المجلس"] * 50)
    code, out, err = predict("in.csv")
    assert (code, err) == (0, "")
    assert "[bold]غريب[/x] :smile:" in out
    assert "error: text is blank" in out
    assert out.endswith("the first 50 rows; name an output file for all\n")


def test_marks_in_file_names_and_values_are_no_markup(work, predict):
    write("[red]in[x]:smile:.csv", HEADER, "1,,المجلس")
    code, _, err = predict("[red]in[x]:smile:.csv", "out.csv")
    assert code == 0
    assert err.startswith("[red]in[x]:smile:.csv, row 1 (line 2): text is blank")


@pytest.mark.parametrize("step", ["touch", "write", "replace"])
def test_a_full_disk_leaves_nothing(work, predict, monkeypatch, step):
    write("in.csv", HEADER, *["1,نص,المجلس"] * 3)
    write("out.csv", "old")
    before = list_names(work)
    calls = []

    def fill_disk(*_args, **_options):
        calls.append(step)
        if step != "write" or len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(RecordWriter if step == "write" else Path, step, fill_disk)
    code, out, err = predict("in.csv", "out.csv")
    assert (code, out) == (2, "")
    assert err == f"error: the disk is full while writing {work}/out.csv; free some space and run again\n"
    assert list_names(work) == before
    assert (work / "out.csv").read_text(encoding="utf-8") == "old\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_is_full_only_when_the_file_is_closed(work, predict, monkeypatch):
    write("in.csv", HEADER, "1,نص,المجلس")
    before = list_names(work)
    real = Path.open

    def open_full(self, mode="r", *args, **options):
        return real(Path("/dev/full") if mode == "a" else self, mode, *args, **options)

    monkeypatch.setattr(Path, "open", open_full)
    code, _, err = predict("in.csv", "out.csv")
    assert code == 2
    assert err == f"error: the disk is full while writing {work}/out.csv; free some space and run again\n"
    assert list_names(work) == before


@pytest.fixture
def interrupt_at(monkeypatch):
    """Hold two rows at once, and interrupt the n-th prediction; with None, none is interrupted any more."""
    real = MajorityModel.predict_proba
    monkeypatch.setattr(predictions, "CHUNK", 2)
    monkeypatch.setattr(rows, "CHUNK", 2)

    def arrange(number):
        calls = []

        def interrupt(self, rows):
            calls.append(rows)
            if len(calls) == number:
                raise KeyboardInterrupt
            return real(self, rows)

        monkeypatch.setattr(MajorityModel, "predict_proba", interrupt)

    return arrange


def test_an_interrupt_before_anything_is_done_leaves_nothing(work, predict, interrupt_at):
    write("in.csv", HEADER, *["1,نص,المجلس"] * 3)
    before = list_names(work)
    interrupt_at(1)
    assert predict("in.csv", "out.csv") == (130, "", "interrupted\n")
    assert list_names(work) == before


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_an_interrupted_output_is_gone_on_with(work, predict, interrupt_at, suffix):
    lines = ["1,نص,المجلس", "2,,المجلس", '3,"سطر\nثان",المجلس', "4,نص", "5,نص,المجلس", "6,,المجلس", "7,نص,أ"]
    write("in.csv", HEADER, *lines)
    interrupt_at(None)
    assert predict("in.csv", f"whole.{suffix}")[0] == 0
    interrupt_at(3)
    code, _, err = predict("in.csv", f"out.{suffix}")
    assert code == 130
    kept = f"4 rows are kept in out.{suffix}.partial"
    assert err.endswith(f"{kept}; the same command with --resume goes on\ninterrupted\n")
    with (work / f"out.{suffix}.partial" / f"rows.{suffix}").open("ab") as stream:
        stream.write(b'5,"half a')  # what was written after the last commit
    assert predict("in.csv", f"out.{suffix}") == (
        2,
        "",
        f"error: {work}/out.{suffix}.partial holds the beginning of out.{suffix}, whose writing was interrupted; "
        "go on with --resume, or remove it to begin again\n",
    )
    interrupt_at(None)
    code, _, err = predict("in.csv", f"out.{suffix}", "--resume")
    assert code == 0
    assert err.splitlines()[-1].startswith("7 rows in ")
    assert err.endswith("3 bad, 4 do not name the target, of 4 labelled: favor 100.0%\n")
    assert (work / f"out.{suffix}").read_bytes() == (work / f"whole.{suffix}").read_bytes()
    assert f"out.{suffix}.partial" not in list_names(work)


def test_what_is_gone_on_with_must_be_the_same(work, predict, interrupt_at, majority):
    write("in.csv", HEADER, *["1,نص,المجلس"] * 5)
    interrupt_at(2)
    assert predict("in.csv", "out.csv")[0] == 130
    interrupt_at(None)
    kept = (work / "out.csv.partial" / "rows.csv").read_bytes()
    same = "give the same to go on, or remove it to begin again"
    assert predict("in.csv", "out.csv", "--resume", "--target", "الوزارة") == (
        2,
        "",
        f"error: {work}/out.csv.partial was begun with another target (None, now 'الوزارة'); {same}\n",
    )
    write("other.csv", HEADER, "1,آخر,المجلس", *["1,نص,المجلس"] * 4)
    assert predict("other.csv", "out.csv", "--resume") == (
        2,
        "",
        "error: the first 2 rows of other.csv are not those that were labelled before the interruption; "
        "give the same file to go on, or remove the unfinished output to begin again\n",
    )
    majority.shares["stance"] = [0.5, 0.25, 0.25]
    save_model(majority, work / "model", {"target_is_given": True}, "")
    code, _, err = predict("in.csv", "out.csv", "--resume")
    assert code == 2
    assert f"{work}/out.csv.partial was begun with another model ('majority-" in err
    assert (work / "out.csv.partial" / "rows.csv").read_bytes() == kept


def test_a_strict_stop_goes_on_once_the_row_is_mended(work, predict, interrupt_at):
    good = [f"{number},نص,المجلس" for number in range(6)]
    interrupt_at(None)
    write("in.csv", HEADER, *good[:4], "4,,المجلس", *good[5:])
    code, _, err = predict("in.csv", "out.csv", "--strict")
    assert (code, err) == (
        2,
        "4 rows are kept in out.csv.partial; the same command with --resume goes on\n"
        "error: in.csv, row 5 (line 6): text is blank; every row needs one\n",
    )
    write("in.csv", HEADER, *good)
    assert predict("in.csv", "out.csv", "--strict", "--resume")[0] == 0
    assert [row[0] for row in read_csv("out.csv")[1:]] == ["0", "1", "2", "3", "4", "5"]


def test_resume_without_anything_to_go_on_with_begins(work, predict):
    write("in.csv", HEADER, "1,نص,المجلس")
    assert predict("in.csv", "out.csv", "--resume")[0] == 0
    assert len(read_csv("out.csv")) == 2
    assert predict("-", "-", "--resume", stdin=f"{HEADER}\n1,نص,المجلس\n".encode()) == (
        2,
        "",
        "error: a stream cannot be gone on with; name an output file, or leave --resume out\n",
    )


def test_two_processes_do_not_write_one_file(work, predict):
    write("in.csv", HEADER, "1,نص,المجلس")
    with open_partial(work / "out.csv", {}, ".csv", resume=False):
        assert predict("in.csv", "out.csv", "--resume") == (
            2,
            "",
            f"error: another process writes {work}/out.csv at this moment; wait for it, or end it\n",
        )


def test_workers_change_nothing(work, predict):
    texts = ["رحبت اللجنة بخطوة البلدية", "نددت اللجنة بموقف البلدية"]
    rows = [Example(str(i), texts[i % 2], "البلدية", stance=("favor", "against")[i % 2]) for i in range(6)]
    save_model(
        LexiconModel(labels={"stance": STANCE_LABELS}).fit(rows, []), work / "model", {"target_is_given": True}, ""
    )
    order = [number % 7 % 2 for number in range(3000)]
    write("in.csv", HEADER, *[f"{number},{texts[i]},البلدية" for number, i in enumerate(order)], "x,,البلدية")
    assert predict("in.csv", "one.csv")[0] == 0
    code, _, err = predict("in.csv", "two.csv", "--workers", "2")
    assert code == 0
    assert err.splitlines()[-1].startswith("3,001 rows in ")
    assert (work / "two.csv").read_bytes() == (work / "one.csv").read_bytes()
    assert [row[3] for row in read_csv("two.csv")[1:-1]] == [("favor", "against")[i] for i in order]


def test_labels_below_the_threshold_are_withheld(work, predict):
    write("in.csv", HEADER, "1,نص,المجلس", "2,,المجلس")
    code, _, err = predict("in.csv", "out.csv", "--threshold", "0.6")
    assert code == 0
    assert err.endswith("1 bad, 1 withheld, 1 does not name the target\n")
    assert read_csv("out.csv")[1] == ["1", "نص", "المجلس", "", "0.25", "0.25", "0.5", "no", ""]
    code, _, err = predict("in.csv", "out.csv", "--threshold", "1.5")
    assert (code, err) == (2, "error: the threshold is 1.5, expected a probability from 0 to 1\n")


def test_two_tasks(work, predict, majority):
    majority.labels["sentiment"] = ("negative", "neutral", "positive")
    majority.shares["sentiment"] = [0.2, 0.2, 0.6]
    save_model(majority, work / "model", {}, "")
    write("in.csv", "text", "نص")
    assert predict("in.csv", "out.csv")[0] == 0
    assert read_csv("out.csv") == [
        [
            "text",
            *ADDED[:-2],
            "sentiment_predicted",
            "sentiment_p_negative",
            "sentiment_p_neutral",
            "sentiment_p_positive",
            "error",
        ],
        ["نص", *GOOD[:-2], "positive", "0.2", "0.2", "0.6", ""],
    ]


def test_rows_are_held_a_few_at_a_time(work, model_folder):
    import janib

    def measure(number):
        write("in.csv", HEADER, *["1,نص طويل بعض الشيء,المجلس"] * number)
        tracemalloc.start()
        with RecordReader("in.csv") as reader:
            chunks = rows.label_chunks(classifier, iter(reader), rows.Columns(), workers=1)
            count = sum(map(len, chunks))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == number
        return peak

    classifier = janib.load(model_folder)
    measure(rows.CHUNK)
    assert measure(8 * rows.CHUNK) < 1.2 * measure(2 * rows.CHUNK)


class PickyModel(MajorityModel):
    """Refuses a row by its target, as an encoder does whose target is too long."""

    def predict_proba(self, rows):
        for row in rows:
            if row.target == "طويل":
                raise DataError(f"the target of row {row.id!r} has more than 64 tokens")
        return super().predict_proba(rows)


@pytest.mark.parametrize("bad", [[], [1], [1, 2, 5], [1, 2, 3, 4, 5]])
def test_a_row_that_the_model_refuses_costs_no_other(work, model_folder, bad):
    import janib

    classifier = janib.load(model_folder)
    classifier.model.__class__ = PickyModel
    write("in.csv", HEADER, *[f"{i},نص,{'طويل' if i in bad else 'المجلس'}" for i in range(1, 6)])
    with RecordReader("in.csv") as reader:
        (chunk,) = rows.label_chunks(classifier, iter(reader), rows.Columns(), workers=1)
    assert [problem for _, _, problem in chunk] == [
        f"the target of row '{i}' has more than 64 tokens" if i in bad else None for i in range(1, 6)
    ]
    assert [found is None for _, found, _ in chunk] == [i in bad for i in range(1, 6)]


def test_a_missing_value_written_as_nan_is_blank(work, predict):
    Path("in.jsonl").write_text('{"text": NaN, "target": "x"}\n{"text": "نص", "target": "x"}\n', encoding="utf-8")
    assert predict("in.jsonl", "out.jsonl")[0] == 0
    lines = Path("out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["error"] for line in lines] == ["text is blank; every row needs one", ""]


def test_a_folder_of_mine_is_not_taken_for_an_unfinished_output(work, predict):
    write("in.csv", HEADER, "1,نص,المجلس")
    Path("out.csv.partial").mkdir()
    Path("out.csv.partial", "mine.txt").write_text("x")
    code, _, err = predict("in.csv", "out.csv")
    assert (code, err) == (
        2,
        f"error: {work / 'out.csv.partial'} holds mine.txt, which is not of .partial files; move the folder away\n",
    )
    assert Path("out.csv.partial", "mine.txt").read_text() == "x"


@pytest.mark.parametrize("content", ["{", "{}", "[]"])
def test_a_damaged_record_of_progress_is_one_clear_error(work, predict, content):
    write("in.csv", HEADER, "1,نص,المجلس")
    Path("out.csv.partial").mkdir()
    Path("out.csv.partial", "rows.csv").touch()
    Path("out.csv.partial", "progress.json").write_text(content)
    code, _, err = predict("in.csv", "out.csv", "--resume")
    folder = work / "out.csv.partial"
    assert (code, err) == (2, f"error: {folder / 'progress.json'} is damaged; remove {folder} to begin again\n")
