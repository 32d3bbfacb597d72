"""``janib predict`` with Parquet in and out."""

import csv
import datetime
import json
import re
import sys

import pyarrow
import pyarrow.parquet
import pytest

import janib
from janib.errors import DataError, MissingExtraError
from janib.inference.predict_file import predict_file
from janib.inference.rows import Columns
from janib.io import parquet
from janib.io.formats import open_table
from janib.io.parquet import ParquetReader
from janib.io.text_tables import RecordReader

CP1256 = "نددت ".encode("cp1256")
NUMBERS = ["p_against", "p_neutral", "p_favor"]


@pytest.fixture
def predict(tmp_path, model_folder, monkeypatch):
    """Label one file of the working folder into another."""
    from rich.console import Console

    monkeypatch.chdir(tmp_path)
    classifier = janib.load(model_folder)
    return lambda source, target: predict_file(classifier, source, target, Columns(), None, Console(stderr=True))


def make_table():
    return pyarrow.table(
        {
            "id": pyarrow.array([1, 2, 3, None], pyarrow.int32()),
            "text": ["رحّب الوزير بالاتفاق", None, "سطر\nثان", "👨‍👩‍👧 نصّ"],
            "target": pyarrow.array(["المجلس", "المجلس", "", "الوزارة"]).dictionary_encode(),
            "at": pyarrow.array([datetime.datetime(2026, 1, 2, 3, 4, 5, 6), None, None, None], pyarrow.timestamp("ns")),
            "tags": [["أ"], [], None, ["ب", "ج"]],
        }
    )


def make_texts(*texts, kind=None):
    """Texts as Parquet's writers take them, UTF-8 or not."""
    of_bytes, of_texts = pyarrow.binary(), pyarrow.string()
    if kind == pyarrow.large_string():
        of_bytes, of_texts = pyarrow.large_binary(), kind
    array = pyarrow.array([text.encode() if isinstance(text, str) else text for text in texts], of_bytes)
    return pyarrow.Array.from_buffers(of_texts, len(array), array.buffers())


def read_json(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_own_columns_keep_their_types_and_values(tmp_path, predict):
    table = make_table()
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    summary = predict("in.parquet", "out.parquet")
    assert (summary.rows, summary.bad) == (4, 2)
    found = pyarrow.parquet.read_table(tmp_path / "out.parquet")
    spelled = table.set_column(2, "target", table["target"].cast(pyarrow.string()))
    assert found.select(table.column_names).equals(spelled)
    assert found["predicted"].to_pylist() == ["favor", "", "", "favor"]
    assert found["p_favor"].to_pylist() == [0.5, None, None, 0.5]
    assert [str(found.schema.field(name).type) for name in NUMBERS] == ["double"] * 3
    assert found["error"].to_pylist() == [
        "",
        "text is blank; every row needs one",
        "target is blank; every row needs one",
        "",
    ]


def test_to_csv_and_to_json_lines(tmp_path, predict):
    pyarrow.parquet.write_table(make_table(), tmp_path / "in.parquet")
    predict("in.parquet", "out.csv")
    predict("in.parquet", "out.jsonl")
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as stream:
        first, second, *_ = csv.DictReader(stream)
    assert (first["id"], first["text"], first["p_favor"]) == ("1", "رحّب الوزير بالاتفاق", "0.5")
    assert first["at"].startswith("2026-01-02 03:04:05.000006")
    assert (second["text"], second["at"], second["predicted"]) == ("", "", "")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert (lines[3]["id"], lines[3]["text"], lines[3]["target"]) == (None, "👨‍👩‍👧 نصّ", "الوزارة")


def test_from_csv(tmp_path, predict):
    (tmp_path / "in.csv").write_bytes("text,target\nنص,أ\n".encode() + b"caf\xe9,x\n")
    predict("in.csv", "out.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist() == [
        {"text": "نص", "target": "أ", "predicted": "favor", **dict(zip(NUMBERS, [0.25, 0.25, 0.5], strict=True))}
        | {"target_found": "no", "error": ""},
        {"text": "caf\\udce9", "target": "x", "predicted": "", **dict.fromkeys(NUMBERS)}
        | {"target_found": "", "error": "the byte 0xe9 is not UTF-8; save the file as UTF-8"},
    ]


def test_json_lines_have_no_columns_for_it(tmp_path, predict):
    (tmp_path / "in.jsonl").write_text('{"text": "نص", "target": "أ"}\n', encoding="utf-8")
    with pytest.raises(DataError) as raised:
        predict("in.jsonl", "out.parquet")
    assert str(raised.value) == (
        "in.jsonl is JSON lines, where each row may have its own keys, so the output cannot be Parquet; name it .jsonl"
    )


def test_many_rows(tmp_path, predict, monkeypatch):
    monkeypatch.setattr(parquet, "_GROUP", 1)
    rows = 2500
    pyarrow.parquet.write_table(
        pyarrow.table({"n": range(rows), "text": ["نص"] * rows, "target": ["أ"] * rows}), tmp_path / "in.parquet"
    )
    predict("in.parquet", "out.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet")["n"].to_pylist() == list(range(rows))


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary", "list"])
@pytest.mark.parametrize("out", ["out.parquet", "out.csv", "out.jsonl"])
def test_a_text_that_is_not_utf8_is_one_clear_error(tmp_path, predict, kind, out):
    text = make_texts("نص", CP1256, None, "آخر", kind=pyarrow.large_string() if kind == "large_string" else None)
    if kind == "dictionary":
        places = pyarrow.array([0, 1, None, 2], pyarrow.int32())  # pyarrow itself refuses to read other widths
        text = pyarrow.DictionaryArray.from_arrays(places, make_texts("نص", CP1256, "آخر"))
    if kind == "string_view":
        text = text.cast(pyarrow.binary()).cast(pyarrow.binary_view()).view(pyarrow.string_view())
    if kind == "list":  # in a column that no model reads
        text = pyarrow.ListArray.from_arrays(pyarrow.array([0, 1, 2, 3, 4], pyarrow.int32()), text)
    columns = {"text": ["نص"] * 4, "target": ["أ"] * 4} | {"tags" if kind == "list" else "text": text}
    pyarrow.parquet.write_table(pyarrow.table(columns), tmp_path / "in.parquet")
    with pytest.raises(DataError) as raised:
        predict("in.parquet", out)
    assert re.fullmatch(
        r"in\.parquet is damaged after row 0 \(.*Invalid UTF8 sequence at string index 1\); write its texts as UTF-8",
        str(raised.value),
    )
    assert not list(tmp_path.glob("out*"))


def test_a_column_whose_name_is_not_utf8(tmp_path, predict):
    schema = pyarrow.schema([pyarrow.field(CP1256, pyarrow.string())])
    table = pyarrow.Table.from_arrays([pyarrow.array(["نص"])], schema=schema)
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    with pytest.raises(DataError) as raised:
        predict("in.parquet", "out.parquet")
    assert str(raised.value) == "in.parquet has a column whose name is not UTF-8 (the byte 0xe4); rename the column"


@pytest.mark.parametrize("kind", ["list", "struct"])
def test_dictionaries_inside_other_values_are_refused(tmp_path, predict, kind):
    words = pyarrow.array(["أ", "ب"]).dictionary_encode()
    tags = {
        "list": lambda: pyarrow.ListArray.from_arrays(pyarrow.array([0, 1, 2], pyarrow.int32()), words),
        "struct": lambda: pyarrow.StructArray.from_arrays([words], ["word"]),
    }[kind]()
    pyarrow.parquet.write_table(pyarrow.table({"text": ["نص"] * 2, "tags": tags}), tmp_path / "in.parquet")
    with pytest.raises(DataError) as raised:
        predict("in.parquet", "out.parquet")
    assert str(raised.value) == (
        "in.parquet has a column 'tags' with dictionaries inside its values; write it without them"
    )


def test_a_number_that_is_none_is_null_in_json_lines(tmp_path, predict):
    table = pyarrow.table({"text": ["نص"] * 3, "target": ["أ"] * 3, "score": [1.5, float("nan"), float("-inf")]})
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    predict("in.parquet", "out.jsonl")
    assert [line["score"] for line in read_json(tmp_path / "out.jsonl")] == [1.5, None, None]
    predict("in.parquet", "out.parquet")
    assert str(pyarrow.parquet.read_table(tmp_path / "out.parquet")["score"].to_pylist()) == "[1.5, nan, -inf]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "in.parquet does not exist; check the path"),
        (b"text,target\n", "in.parquet cannot be read as Parquet ("),
        (b"", "in.parquet cannot be read as Parquet ("),
    ],
)
def test_files_that_are_none(tmp_path, predict, content, said):
    if content is not None:
        (tmp_path / "in.parquet").write_bytes(content)
    with pytest.raises(DataError) as raised:
        predict("in.parquet", "out.parquet")
    assert str(raised.value).startswith(said)
    assert not list(tmp_path.glob("out*"))


def test_missing_column(tmp_path, predict):
    pyarrow.parquet.write_table(pyarrow.table({"txt": ["نص"], "target": ["أ"]}), tmp_path / "in.parquet")
    with pytest.raises(DataError) as raised:
        predict("in.parquet", "out.parquet")
    assert str(raised.value) == (
        "in.parquet has no column 'text', only 'txt', 'target'; "
        "name the right one with --text-column; did you mean 'txt'?"
    )


def test_a_damaged_row_group_names_the_last_good_row(tmp_path):
    path = tmp_path / "in.parquet"
    table = pyarrow.table({"text": [f"نص {number}" for number in range(3000)]})
    pyarrow.parquet.write_table(table, path, row_group_size=1024, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle - 2000 : middle + 2000] = b"\xff" * 4000
    path.write_bytes(content)
    with ParquetReader(path) as reader, pytest.raises(DataError, match=r"in\.parquet is damaged after row \d+"):
        list(reader)


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError) as raised, open_table(tmp_path / "in.parquet"):
        pass
    assert str(raised.value) == (
        "a Parquet file needs packages that are not installed; "
        f"install them with: {sys.executable} -m pip install 'janib[parquet]'"
    )
    assert isinstance(open_table("in.csv"), RecordReader)


def test_views_of_strings_are_read_and_columns_that_no_model_reads_are_kept(tmp_path, predict):
    table = make_table()
    text = table["text"].cast(pyarrow.string_view())
    table = table.set_column(table.column_names.index("text"), "text", text)
    table = table.append_column("context", table["at"]).append_column("speaker", table["tags"])
    pyarrow.parquet.write_table(table, tmp_path / "in.parquet")
    assert predict("in.parquet", "out.parquet").bad == 2


def test_what_a_killed_writer_left_before_it_committed_is_written_over(tmp_path, predict):
    pyarrow.parquet.write_table(make_table(), tmp_path / "in.parquet")
    (tmp_path / "out.parquet.partial").mkdir()
    for name in ("rows.parquet", "rows.whole.parquet", ".1a2b3c4d.partial.parquet"):
        (tmp_path / "out.parquet.partial" / name).write_bytes(b"cut")
    assert predict("in.parquet", "out.parquet").rows == 4
    assert not (tmp_path / "out.parquet.partial").exists()
