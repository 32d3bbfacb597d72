"""Excel workbooks in and out."""

import csv
import datetime
import errno
import gc
import re
import resource
import sys
import zipfile

import pytest

import janib
from janib.errors import DataError, MissingExtraError
from janib.inference.predict_file import Options, predict_file
from janib.inference.rows import Columns
from janib.io import workbook
from janib.io.formats import open_table
from janib.io.workbook import write_workbook

openpyxl = pytest.importorskip("openpyxl", reason="the extra excel is not installed")

TEXTS = [
    "بِسْمِ اللَّهِ",
    "مـــرحبًا أإآ ٠١٢",
    "\u200fنصّ\u202b مع\u202c",
    "ﻻ ﷲ",
    "👨‍👩‍👧 🇸🇦",
    "سطر\nثان\tx",
    "=1+1",
    "+1",
    "@x",
    "007",
    " فراغ ",
    "_x0041_",
    "_x005F_x0041_",
]


@pytest.fixture
def save(tmp_path):
    """Save a workbook of sheets of rows; return its path."""

    def save_rows(*sheets, name="in.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for number, rows in enumerate(sheets):
            sheet = book.create_sheet(f"ورقة {number}")
            for row in rows:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return save_rows


@pytest.fixture
def predict(tmp_path, model_folder, monkeypatch):
    """Label one file of the working folder into another."""
    from rich.console import Console

    monkeypatch.chdir(tmp_path)
    classifier = janib.load(model_folder)

    def label(source, target, **options):
        return predict_file(classifier, source, target, Columns(), None, Console(stderr=True), Options(**options))

    return label


def read(path):
    with open_table(path) as reader:
        return reader.columns, [(record.number, record.line, *record.fields.values()) for record in reader]


def read_error(path):
    with pytest.raises(DataError) as raised:
        read(path)
    return str(raised.value)


def test_cells_of_every_kind(save):
    cells = [1, 1.0, 2.5, True, datetime.date(2024, 5, 2), datetime.datetime(2024, 5, 2, 13, 30), None, "نص", "#N/A"]
    columns, rows = read(save([[*map(str, range(9))], cells]))
    assert columns == list(map(str, range(9)))
    assert rows == [(1, 2, 1, 1, 2.5, "TRUE", "2024-05-02", "2024-05-02 13:30:00", "", "نص", "#N/A")]


def test_empty_rows_and_columns_around_the_table(save):
    rows = [
        [],
        [None, None],
        ["text ", None, "\u200ftarget", None],
        ["نص", 1, "أ"],
        [],
        ["آخر", None, "ب", None],
        [None],
        [],
    ]
    assert read(save([], rows)) == (
        ["text", "Unnamed: 1", "target"],
        [(1, 4, "نص", 1, "أ"), (2, 5, "", "", ""), (3, 6, "آخر", "", "ب")],
    )


def test_a_column_without_a_name_and_a_doubled_one(save):
    with open_table(save([["text", "target"], ["نص", "أ", "ملاحظة"]])) as reader:
        assert [record.problem for record in reader] == [
            "it has more cells than the 2 of the header; name all columns, or empty the cells"
        ]
    path = save([["text", "text"], ["نص", "أ"]])
    assert read_error(path) == f"{path} has the column 'text' 2 times; keep one of them"


def test_of_several_sheets_the_first_is_read_and_named(save, caplog):
    path = save([], [["text"], ["نص"]], [["ملاحظات"]])
    assert read(path) == (["text"], [(1, 2, "نص")])
    assert caplog.messages == [f"{path}: only the sheet 'ورقة 1' is read, not 'ورقة 2'"]


def test_without_a_header_columns_are_named_by_place(save):
    with open_table(save([["نص", "أ"], ["آخر", "ب"]])) as reader:
        reader.name_by_place(["0", "1"])
        assert [record.fields for record in reader] == [{"0": "نص", "1": "أ"}, {"0": "آخر", "1": "ب"}]


def test_a_formula_is_its_saved_value_and_is_not_computed(save):
    path = save([["text", "n"], ["نص", "=1+1"]])
    assert read(path)[1] == [(1, 2, "نص", "")]
    with zipfile.ZipFile(path) as parts:
        content = {part: parts.read(part) for part in parts.namelist()}
    name = "xl/worksheets/sheet1.xml"
    content[name] = (
        content[name].replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>")
    )
    with zipfile.ZipFile(path, "w") as parts:
        for part, value in content.items():
            parts.writestr(part, value)
    assert read(path)[1] == [(1, 2, "نص", 2)]


def test_texts_are_never_formulas_and_come_back(tmp_path):
    path = tmp_path / "out.xlsx"
    with write_workbook(path, ["text", "p"]) as writer:
        for text in TEXTS:
            writer.write({"text": text, "p": 0.25})
    sheet = openpyxl.load_workbook(path).active
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row[:1]} <= {"s", "inlineStr"}
    assert [row[2:] for row in read(path)[1]] == [(text, 0.25) for text in TEXTS]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist; check the path"),
        (b"text,target\n", "is no workbook, or it is damaged; save it as .xlsx or CSV again"),
        (b"", "is no workbook, or it is damaged; save it as .xlsx or CSV again"),
        (b"PK\x03\x04" + bytes(100), "is no workbook, or it is damaged; save it as .xlsx or CSV again"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old or locked workbook; save it as .xlsx without a password"),
    ],
)
def test_files_that_are_none(tmp_path, content, said):
    path = tmp_path / "in.xlsx"
    if content is not None:
        path.write_bytes(content)
    assert read_error(path) == f"{path} {said}"


def test_damaged_and_hostile_workbooks(save, tmp_path, monkeypatch):
    path = save([["text"], ["نص"]])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert read_error(path) == f"{path} is no workbook, or it is damaged; save it as .xlsx or CSV again"
    for gone in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"):
        save([["text"], ["نص"]], name="whole.xlsx")
        with zipfile.ZipFile(tmp_path / "whole.xlsx") as parts, zipfile.ZipFile(path, "w") as left:
            for part in parts.namelist():
                if part != gone:
                    left.writestr(part, parts.read(part))
        assert read_error(path).startswith(f"{path} ")
    assert read_error(save([], [])) == f"{path} is empty; expected a header and at least one row"
    monkeypatch.setattr(workbook, "_MAX_BYTES", 1000)
    assert read_error(save([["text"]])).endswith(" bytes, the most is 1,000; save it as CSV")


def test_progress_is_known_as_far_as_the_workbook_tells_it(save, tmp_path):
    with open_table(save([], [[], ["text"], *([f"نص {number}"] for number in range(8))])) as reader:
        shares = [reader.position / reader.size for _ in reader]
    assert shares == [number / 10 for number in range(3, 11)]
    path = tmp_path / "in.xlsx"
    with zipfile.ZipFile(path) as parts:
        content = {part: parts.read(part) for part in parts.namelist()}
    for told in (b"", b'<dimension ref="A1"/>'):
        with zipfile.ZipFile(path, "w") as parts:
            for part, value in content.items():
                parts.writestr(part, re.sub(rb"<dimension [^>]*>", told, value))
        with open_table(path) as reader:
            assert [reader.size for _ in reader] == [None] * 8


def test_old_workbooks_are_named(tmp_path):
    assert read_error(tmp_path / "in.xls").endswith(".parquet, .xlsx; save it as .xlsx or .csv")


def test_without_openpyxl_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(
        MissingExtraError, match=r"^a workbook \(\.xlsx\) needs packages .* -m pip install 'janib\[excel\]'$"
    ):
        read(tmp_path / "in.xlsx")


HEADER = ["text", "target"]
ROWS = [["id", "text", "target"], [7, "رحّب الوزير", "المجلس"], [8, None, "المجلس"], [9, "نص", "أ"]]


def test_predict_from_and_to_workbooks(save, predict, tmp_path):
    save(ROWS)
    assert (predict("in.xlsx", "out.xlsx").bad, predict("in.xlsx", "out.csv").rows) == (1, 3)
    assert read(tmp_path / "out.xlsx")[1] == [
        (1, 2, 7, "رحّب الوزير", "المجلس", "favor", 0.25, 0.25, 0.5, "no", ""),
        (2, 3, 8, "", "المجلس", "", "", "", "", "", "text is blank; every row needs one"),
        (3, 4, 9, "نص", "أ", "favor", 0.25, 0.25, 0.5, "no", ""),
    ]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert next(csv.DictReader(stream))["id"] == "7"
    predict("in.xlsx", "out.jsonl")
    predict("in.xlsx", "out.parquet")
    with open_table(tmp_path / "out.parquet") as reader:
        assert [record.fields["id"] for record in reader] == ["7", "8", "9"]


@pytest.mark.parametrize("into", ["xlsx", "csv", "jsonl", "parquet"])
@pytest.mark.parametrize("source", ["xlsx", "csv", "parquet"])
def test_a_table_without_rows_gives_one_without_rows(save, predict, tmp_path, source, into):
    save([["text", "target"]])
    (tmp_path / "in.csv").write_text("text,target\n", encoding="utf-8")
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table({name: pyarrow.array([], "string") for name in HEADER}), tmp_path / "in.parquet")
    assert predict(f"in.{source}", f"out.{into}").rows == 0
    if into == "jsonl":
        assert (tmp_path / "out.jsonl").read_text() == ""
    else:
        columns, rows = read(tmp_path / f"out.{into}")
        assert (columns[:3], rows) == ([*HEADER, "predicted"], [])
    assert not (tmp_path / f"out.{into}.partial").exists()


def test_more_rows_than_a_workbook_holds_are_refused_before_the_work(predict, tmp_path, monkeypatch):
    monkeypatch.setattr("janib.inference.predict_file.MOST_ROWS", 2)
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    (tmp_path / "in.csv").write_text("text,target\n" + "نص,أ\n" * 3, encoding="utf-8")
    predict("in.csv", "in.parquet")
    (tmp_path / "few.csv").write_text("text,target\n" + "نص,أ\n" * 2, encoding="utf-8")
    with monkeypatch.context() as patched:
        patched.setattr("janib.inference.predict_file.label_chunks", None)
        for source in ("in.csv", "in.parquet"):
            with pytest.raises(DataError) as raised:
                predict(source, "out.xlsx")
            assert str(raised.value) == (
                f"{source} has more than the 2 rows that a workbook holds, so the output cannot be out.xlsx; "
                "name it .csv or .parquet"
            )
            assert not list(tmp_path.glob("out.*"))
    assert predict("few.csv", "out.xlsx").rows == 2


def test_an_interrupted_workbook_goes_on(predict, tmp_path, monkeypatch):
    lines = [f"{number},نص {number},أ" for number in range(1030)]
    (tmp_path / "in.csv").write_text("\n".join(["id,text,target", *lines]), encoding="utf-8")
    predict("in.csv", "whole.xlsx")

    def stop(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("janib.inference.predict_file.write_workbook", stop)
        with pytest.raises(KeyboardInterrupt):
            predict("in.csv", "out.xlsx")
    assert not (tmp_path / "out.xlsx").exists()
    predict("in.csv", "out.xlsx", resume=True)
    assert read(tmp_path / "out.xlsx") == read(tmp_path / "whole.xlsx")
    assert not (tmp_path / "out.xlsx.partial").exists()


def test_json_lines_have_no_columns_for_it(predict, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "نص", "target": "أ"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"so the output cannot be a workbook; name it \.jsonl$"):
        predict("in.jsonl", "out.xlsx")


@pytest.fixture
def small_files():
    """Let no file grow past 100 kB."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("writes_with", ["lxml", "et_xmlfile"])
def test_a_workbook_for_which_there_is_no_room_is_an_error_of_the_system(
    tmp_path, monkeypatch, small_files, writes_with
):
    xmlfile = pytest.importorskip(f"{writes_with}.etree" if writes_with == "lxml" else writes_with).xmlfile
    monkeypatch.setattr("openpyxl.worksheet._writer.xmlfile", xmlfile)

    def write():
        with write_workbook(tmp_path / "out.xlsx", ["text"]) as book:
            for number in range(5000):
                book.write({"text": f"نص {number}"})

    with pytest.raises(OSError, match="large") as raised:
        write()
    assert raised.value.errno == errno.EFBIG
    assert raised.value.filename
    assert list(tmp_path.iterdir()) == []
    gc.collect()  # an error in the closing of what is left would be told here
