import bz2
import codecs
import gzip
import io
import json
import lzma
import math
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from janib.errors import DataError
from janib.io import text_tables
from janib.io.text_tables import Record, RecordReader, choose_format, is_stream, write_records
from janib.schema import MAX_TEXT_CHARS, check_text

ARABIC = "id,text,target\n1,رحّب الوزير بالاتفاق، ووصفه بالخطوة الأولى,الاتفاق\n2,رفضت النقابة القانون,القانون\n"


CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    [
        "",
        " ",
        '"',
        '""',
        ",",
        "\r",
        "\n",
        "\r\n",
        "بِسْمِ اللّٰه",
        "مـــرحبا",
        "\u200fنص\u200e",
        "\ufdf2",
        "👨‍👩‍👧",
        "\u2028",
        "\x85",
        "\ufeff",
        "\0",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | CELLS,
    lambda value: st.lists(value, max_size=3) | st.dictionaries(CELLS, value, max_size=3),
    max_leaves=5,
)
SAME_FOLDER = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture
def write(tmp_path):
    """Write text or bytes to a file; return its path as users give it."""

    def write_content(content, name="in.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write_content


def read(path, form=None):
    with RecordReader(path, form) as reader:
        return list(reader)


def read_error(path):
    with pytest.raises(DataError) as raised:
        read(path)
    return str(raised.value)


def show(records):
    return [(record.number, record.line, record.problem or record.fields) for record in records]


# Files that cannot be read at all


def test_missing_file_and_folder(tmp_path):
    assert read_error(tmp_path / "in.csv") == f"{tmp_path}/in.csv does not exist; check the path"
    (tmp_path / "folder.csv").mkdir()
    assert read_error(tmp_path / "folder.csv") == f"{tmp_path}/folder.csv is a folder, expected a file"
    (tmp_path / "file").touch()
    assert read_error(tmp_path / "file" / "in.csv") == f"{tmp_path}/file/in.csv does not exist; check the path"


def test_unreadable_file(write, monkeypatch):
    path = write(ARABIC)

    def forbid(*_args, **_options):  # root, who may run the tests, is let in whatever the mode
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbid)
    assert read_error(path) == f"{path} cannot be read: permission denied; check its owner and mode"


@pytest.mark.parametrize("content", ["", "\n \n\r\n", "\ufeff", "\ufeff\n"])
def test_empty_file(write, content):
    path = write(content)
    assert read_error(path) == f"{path} is empty; expected a header and at least one row"
    path = write(content, "in.jsonl")
    assert read_error(path) == f"{path} is empty; expected one JSON object a line"


def test_unknown_suffix():
    assert read_error("in.xlsx") == (
        "in.xlsx: the suffix '.xlsx' names no known format, expected one of .csv, .tsv, .txt, .json, .jsonl, .ndjson"
    )


ENCODINGS = [
    ("utf-16-le", b"\xff\xfe", "UTF-16"),
    ("utf-16-be", b"\xfe\xff", "UTF-16"),
    ("utf-16-le", b"", "UTF-16LE"),
    ("utf-16-be", b"", "UTF-16BE"),
    ("utf-32-le", codecs.BOM_UTF32_LE, "UTF-32"),
    ("utf-32-be", codecs.BOM_UTF32_BE, "UTF-32"),
    ("utf-32-le", b"", "UTF-32LE"),
    ("utf-32-be", b"", "UTF-32BE"),
    ("cp1256", b"", "Windows-1256"),
    ("iso8859_6", b"", "ISO-8859-6"),
]


@pytest.mark.parametrize("name", ["in.csv", "in.jsonl"])
@pytest.mark.parametrize(("codec", "bom", "said"), ENCODINGS)
def test_arabic_in_another_encoding_is_named(write, name, codec, bom, said):
    content = ARABIC if name == "in.csv" else json.dumps({"text": "رحّب الوزير بالاتفاق"}, ensure_ascii=False) + "\n"
    path = write(bom + content.encode(codec), name)
    line = f"iconv -f {said.upper()} -t UTF-8 {path} > {path.replace('in.', 'in.utf8.')}"
    assert read_error(path) == f"{path} is not UTF-8, it looks like {said}; convert it: {line}"


@pytest.mark.parametrize(("codec", "bom", "said"), ENCODINGS)
def test_the_line_that_converts_a_file_does(write, tmp_path, codec, bom, said):
    if shutil.which("iconv") is None:
        pytest.skip("there is no iconv")
    (tmp_path / "it's a folder").mkdir()
    path = write(bom + ARABIC.encode(codec), "it's a folder/in (1).csv")
    subprocess.run(read_error(path).partition("convert it: ")[2], shell=True, check=True)
    assert read(tmp_path / "it's a folder" / "in (1).utf8.csv") == read(write(ARABIC, "plain.csv"))


def misread(text, right, wrong):
    """Read bytes in a wrong encoding, as programs do: a byte that it does not have is the control of that number."""
    return "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in text.encode(right))


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("utf-8", "cp1252", "UTF-8 that was read as Windows-1252"),
        ("utf-8", "latin-1", "UTF-8 that was read as ISO-8859-1"),
        ("utf-8", "cp1256", "UTF-8 that was read as Windows-1256"),
        ("cp1256", "latin-1", "Windows-1256 that was read as ISO-8859-1"),
        ("cp1256", "cp1252", "Windows-1256 that was read as ISO-8859-1"),
        ("iso8859_6", "latin-1", "ISO-8859-6 that was read as ISO-8859-1"),
    ],
)
def test_arabic_that_was_read_wrongly_before_it_was_saved(write, right, wrong, said):
    path = write(misread(ARABIC, right, wrong))
    found = read_error(path)
    assert found.startswith(f"{path} has Arabic in {said} before it was saved; save it again from where it comes")
    line = found.partition(", or mend it: ")[2]
    assert bool(line) is (wrong != "cp1252" or right != "utf-8")  # it has no character for a byte of ف
    if line and shutil.which("iconv"):
        subprocess.run(line, shell=True, check=True)
        mended = read(path.replace("in.csv", "in.utf8.csv"))
        assert mended == read(write(ARABIC.encode(right).decode(right), "plain.csv"))


@pytest.mark.parametrize(
    "text",
    [
        "été à l'école où ça naïve",
        "Die Bürger über schöne Straßen, Äußerung",
        "Русский текст о министре",
        "Ελληνικά κείμενα",
        "نص‌فارسی است که گفت پژوهش چیست",
        "👨‍👩‍👧 🇸🇦 ١٢٣ ﷺ",
        "بِسْمِ اللَّهِ مـــرحبًا",
        "Ñandú, ÀÉÎ",
    ],
)
def test_other_scripts_are_no_mistake(write, text):
    assert read(write(f"text\n{text.replace(',', '')}\n"))[0].problem is None


@pytest.mark.parametrize("codec", ["latin-1", "cp1251", "koi8-r", "cp1253", "cp1255"])
def test_an_encoding_of_another_script_is_not_called_arabic(write, codec):
    text = {"latin-1": "café crème à Évian", "cp1253": "Ελληνικά κείμενα", "cp1255": "שלום עולם טוב"}
    content = f"id,text\n1,{text.get(codec, 'Русский текст о том, что сказал министр вчера')}\n"
    path = write(content.encode(codec))
    assert read_error(path) == f"{path} is not UTF-8; save it as UTF-8"


def test_doubled_column(write):
    path = write("id,text,text\n1,a,b\n")
    assert read_error(path) == f"{path} has the column 'text' 2 times; keep one of them"


@pytest.mark.parametrize(
    "content",
    [
        "id{}text{}target\n1{}نص، وآخر{}المجلس\n",
        '"id"{}"text"{}"target"\r\n"1"{}"نص، وآخر"{}"المجلس"\r\n',
        "\ufeffid{}text{}target\n1{}نص، وآخر{}المجلس\n",
        "sep={}\nid{}text{}target\n1{}نص، وآخر{}المجلس\n",
        "id{}text{}target{}{}\n1{}نص، وآخر{}المجلس{}{}\n{}{}{}{}\n{}{}{}{}\n",
        " id {}\u200ftext{}\u061ctarget\u2060\u00ad \n1{}نص، وآخر{}المجلس\n",
    ],
)
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["in.csv", "in.tsv", "in.txt"])
def test_separators(write, content, mark, name):
    records = read(write(content.replace("{}", mark), name))
    assert [record.fields for record in records] == [{"id": "1", "text": "نص، وآخر", "target": "المجلس"}]
    assert records[0].problem is None


def test_other_signs_in_a_header_are_part_of_it(write):
    assert read(write("id,a|b,c;d\n1,نص،2|3,4\n"))[0].fields == {"id": "1", "a|b": "نص،2|3", "c;d": "4"}
    assert read(write("id;text, raw;target\n1;a, b, c;x\n2;d;y\n"))[1].fields == {
        "id": "2",
        "text, raw": "d",
        "target": "y",
    }
    assert read(write("text\nنص; وآخر\n"))[0].fields == {"text": "نص; وآخر"}


def test_quotation_marks_between_tabs_may_be_a_texts_own(write):
    lines = [
        '1\t"نعم" قال الوزير\tأ',
        '2\tقال "لا\tأ',
        '3\t"قال ""لا"" أمس"\tأ',
        '4\t"مفتوح\tأ',
        '5\tآخر"\tأ',
        '6\t"سطر\nثان"\tأ',
    ]
    records = read(write("\n".join(["id\ttext\ttarget", *lines]), "in.tsv"))
    assert [record.problem for record in records] == [None] * 6
    assert [record.fields["text"] for record in records] == [
        '"نعم" قال الوزير',
        'قال "لا',
        'قال "لا" أمس',
        '"مفتوح',
        'آخر"',
        "سطر\nثان",
    ]


def test_quotation_marks_between_tabs_before_empty_cells(write):
    records = read(write('text\ttarget\t\t\n"نعم" قال\tأ\t\t\n"نعم"\tأ\t\tب\n', "in.tsv"))
    assert [record.problem for record in records] == [
        None,
        "expected 2 cells as in the header, found 4; check the signs '\\t' and quotes",
    ]
    assert records[0].fields == {"text": '"نعم" قال', "target": "أ"}


def test_empty_rows_at_the_end_are_none_and_others_count(write):
    records = read(write('id,text\n1,نص\n,\n,\n2,"مفتوح\n3,نص\n,\n"",""\n\n,\n'))
    assert [(record.number, record.line, record.fields) for record in records] == [
        (1, 2, {"id": "1", "text": "نص"}),
        (2, 3, {"id": "", "text": ""}),
        (3, 4, {"id": "", "text": ""}),
        (4, 5, {}),
        (5, 6, {"id": "3", "text": "نص"}),
    ]
    assert read(write("id,text\n" + ",\n" * 1000)) == []


def test_columns_without_a_name(write):
    assert read(write(",text,,target,,\n0,نص,b,أ,,\n"))[0].fields == {
        "Unnamed: 0": "0",
        "text": "نص",
        "Unnamed: 2": "b",
        "target": "أ",
    }
    assert read(write("text,target,,\nنص,أ,,ملاحظة\n"))[0].problem == (
        "expected 2 cells as in the header, found 4; check commas and quotes"
    )


def test_columns_by_their_place(write):
    def read_by_place(content, *wanted):
        with RecordReader(write(content)) as reader:
            reader.name_by_place(wanted)
            return reader.columns, [(record.line, *record.fields.values()) for record in reader]

    rows = "نص;أ;مع\nآخر;ب;ضد\n"
    assert read_by_place(rows, "0", "2") == (["0", "1", "2"], [(1, "نص", "أ", "مع"), (2, "آخر", "ب", "ضد")])
    assert read_by_place("sep=;\n" + rows, "0") == (["0", "1", "2"], [(2, "نص", "أ", "مع"), (3, "آخر", "ب", "ضد")])
    assert read_by_place("0;1;2\n" + rows, "0", "2")[1][0] == (2, "نص", "أ", "مع")
    for wanted in ((), ("text",), ("0", "text")):
        assert read_by_place(rows, *wanted)[0] == ["نص", "أ", "مع"]


# JSON lists

ROWS = [{"id": 7, "text": 'سطر\nفيه [قوس] و"اقتباس" و\\ ,'}, {"text": None, "more": {"a": [1, [2.5]]}}, {"text": ""}]


@pytest.mark.parametrize("indent", [None, 0, 4])
@pytest.mark.parametrize("name", ["in.json", "in.jsonl", "in.json.gz"])
@pytest.mark.parametrize("is_ascii", [False, True])
def test_a_json_list(write, indent, name, is_ascii):
    content = json.dumps(ROWS, indent=indent, ensure_ascii=is_ascii).encode()
    assert [
        record.fields for record in read(write(gzip.compress(content) if name.endswith("gz") else content, name))
    ] == ROWS


def test_a_broken_entry_costs_no_other(write):
    good = '{"text": "نص"}'
    broken = [
        '{"text": "a",}',
        '{"text": "مفتوح\n}',
        '{"text": 1}}',
        '"نص"',
        "[1]",
        '{"a": 1, "a": 2}',
        "3",
        '{"a": "\\x"}',
    ]
    content = f"[{good},\n" + "".join(f"{one},\n {good},\n" for one in broken) + f"{good}]\n"
    records = read(write(content, "in.json"))
    assert [record.problem is None for record in records] == [True, *[False, True] * len(broken), True]
    assert [records[1].line, records[2].line] == [2, 3]


def test_a_list_that_is_cut_off(write):
    content = json.dumps(ROWS)
    records = read(write(content[:-20], "in.json"))
    assert [record.problem for record in records] == [None, "the list does not end: the file may be cut off"]
    records = read(write(content + "\nنص", "in.json"))
    assert records[-1].problem == "no list is here"


@SAME_FOLDER
@given(
    rows=st.lists(st.dictionaries(CELLS, VALUES, max_size=4), min_size=1, max_size=6), indent=st.sampled_from([None, 1])
)
def test_json_list_round_trip(tmp_path, rows, indent):
    path = tmp_path / "in.json"
    path.write_text(json.dumps(rows, indent=indent, ensure_ascii=False), encoding="utf-8", errors="surrogatepass")
    assert [record.fields for record in read(path)] == rows


def test_an_endless_entry_costs_itself_alone(write, monkeypatch):
    monkeypatch.setattr(text_tables, "_LINE_LIMIT", 100_000)
    lengths = [5, 70_000, 400_000, 6, 99_999, 7]
    rows = [{"text": "ع" * length, "more": ["\\" * length]} for length in lengths]
    records = read(write(json.dumps(rows, ensure_ascii=False), "in.json"))
    assert [record.problem for record in records] == [
        None if length < 20_000 else "the entry has 100,000 characters or more" for length in lengths
    ]


def test_broken_header(write):
    path = write('id,"text\n1,نص\n')
    assert read_error(path) == f"{path}: the header cannot be read (unexpected end of data); check its quoting"


def test_missing_column_names_the_nearest(write):
    path = write("id,txt,target\n1,نص,المجلس\n")
    with RecordReader(path) as reader, pytest.raises(DataError) as raised:
        reader.require(["id", "text"], "--text-column")
    assert str(raised.value) == (
        f"{path} has no column 'text', only 'id', 'txt', 'target'; "
        "name the right one with --text-column; did you mean 'txt'?"
    )


# Rows that cannot be used, beside rows that can


def test_bom_is_no_part_of_the_first_column(write):
    assert read(write("\ufeff" + ARABIC)) == read(write(ARABIC, "plain.csv"))
    assert read(write('\ufeff{"text": "نص"}\n', "in.jsonl"))[0].fields == {"text": "نص"}
    assert read(write('\ufeff"id","text"\n1,نص\n'))[0].fields == {"id": "1", "text": "نص"}


def test_file_cut_inside_a_quoted_field_keeps_the_rows_before(write):
    assert show(read(write('id,text\n1,نص\n\n2,"سطر\nثان"\n3,"مقطو'))) == [
        (1, 2, {"id": "1", "text": "نص"}),
        (2, 4, {"id": "2", "text": "سطر\nثان"}),
        (3, 6, "a quoted field does not end: the file is cut off, or a quote is missing"),
    ]


def test_an_open_quote_costs_its_own_row_alone(write):
    assert show(read(write('id,text\n1,"مفتوح\n2,نص\n3,"بين ""قوسين"""\n4,آخر\n'))) == [
        (1, 2, "the row cannot be read as CSV (',' expected after '\"'); check its quoting"),
        (2, 3, {"id": "2", "text": "نص"}),
        (3, 4, {"id": "3", "text": 'بين "قوسين"'}),
        (4, 5, {"id": "4", "text": "آخر"}),
    ]


def test_an_open_quote_in_a_long_file_is_found_quickly(write):
    rows = [f"{number},{'نص ' * 30}" for number in range(60_000)]
    rows[7] = '7,"مفتوح'
    start = time.process_time()
    records = read(write("id,text\n" + "\n".join(rows)))
    assert time.process_time() - start < 5
    assert [record.number for record in records if record.problem] == [8]
    assert len(records) == 60_000


def test_ragged_rows(write):
    assert [record.problem for record in read(write("id,text,target\n1,a\n2,a,b\n3,a,b,c\n"))] == [
        "expected 3 cells as in the header, found 2; check commas and quotes",
        None,
        "expected 3 cells as in the header, found 4; check commas and quotes",
    ]


def test_bytes_that_are_not_utf8_cost_their_own_row_alone(write):
    lines = ARABIC.encode().splitlines(keepends=True)
    path = write(b"".join([*lines, b"3,caf\xe9,x\n", lines[1]]))
    assert [record.problem for record in read(path)] == [
        None,
        None,
        "the byte 0xe9 is not UTF-8; save the file as UTF-8",
        None,
    ]
    path = write('{"text": "نص"}\n'.encode() + b'{"text": "\xd9"}\n', "in.jsonl")
    assert show(read(path))[1] == (2, 2, "the byte 0xd9 is not UTF-8; save the file as UTF-8")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_csv_of_any_line_ending(write, ending):
    path = write(ending.join(["id,text", '1,"سطر', 'ثان ""مقتبس"""', "", "2,نص", ""]))
    assert show(read(path)) == [
        (1, 2, {"id": "1", "text": f'سطر{ending}ثان "مقتبس"'}),
        (2, 5, {"id": "2", "text": "نص"}),
    ]


def test_json_lines(write):
    path = write('{"id": 7, "text": "سطر\u2028ثان\\r"}\r\n\n{"text": null, "more": {"a": [1, 2.5]}}', "in.jsonl")
    records = read(path)
    assert show(records) == [
        (1, 1, {"id": 7, "text": "سطر\u2028ثان\r"}),
        (2, 3, {"text": None, "more": {"a": [1, 2.5]}}),
    ]
    assert records[0].place == "row 1 (line 1)"
    assert [records[0].text("id"), records[1].text("text"), records[1].text("none"), records[1].text(None)] == [
        "7",
        None,
        None,
        None,
    ]
    assert records[1].text("more") == '{"a": [1, 2.5]}'


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"text": "نص', "the line is not JSON (Invalid control character at: character 13)"),
        ("text", "the line is not JSON (Expecting value: character 1)"),
        ('["نص"]', "the line is a JSON list, expected an object"),
        ("3", "the line is a JSON int, expected an object"),
        ('{"text": "a", "text": "b"}', "the key 'text' occurs twice; keep one of them"),
        ('{"text": "a", "more": {"b": 1, "b": 2}}', "the key 'b' occurs twice; keep one of them"),
        ('{"text": "\0"}', "the line is not JSON (Invalid control character at: character 11)"),
        ("[" * 100_000, "the line nests its lists or objects too deeply"),
        ("9" * 5000, "the line holds a number of too many digits"),
    ],
)
def test_json_lines_that_are_none(write, line, problem):
    good = '{"text": "نص"}\n'
    records = read(write(f"{good}{line}\n{good}", "in.jsonl"))
    assert [record.problem for record in records] == [None, problem, None]
    assert [record.line for record in records] == [1, 2, 3]


def test_json_line_cut_off(write):
    records = read(write('{"text": "نص"}\n{"text": "مق', "in.jsonl"))
    assert [record.problem for record in records] == [
        None,
        "the line is not JSON (Unterminated string starting at: character 10); the file ends here: it may be cut off",
    ]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_megabyte_of_text_is_read_quickly(tmp_path, form):
    start = time.perf_counter()
    path = tmp_path / f"in.{form}"
    with write_records(path, ["text"]) as writer:
        for more in (0, 1, 0):
            writer.write({"text": "ع\n" * (MAX_TEXT_CHARS // 2) + "ع" * more})
    assert [record.problem or check_text(record.text("text")) for record in read(path)] == [
        None,
        "text has 100,001 characters, the most is 100,000; check the file's quoting, or cut the text",
        None,
    ]
    assert time.perf_counter() - start < 5


# What goes out comes in again


@SAME_FOLDER
@given(rows=st.lists(st.fixed_dictionaries({"id": CELLS, "text": CELLS, "النص": CELLS}), max_size=6))
def test_csv_round_trip(tmp_path, rows):
    path = tmp_path / "out.csv"
    with write_records(path, ["id", "text", "النص"]) as writer:
        for row in rows:
            writer.write(row)
    while rows and not any(rows[-1].values()):  # an empty row at the end is none
        rows = rows[:-1]
    records = read(path)
    assert [record.problem for record in records] == [None] * len(rows)
    assert [record.fields for record in records] == rows
    assert [record.number for record in records] == list(range(1, len(rows) + 1))


@SAME_FOLDER
@given(rows=st.lists(st.dictionaries(CELLS, VALUES, max_size=4), min_size=1, max_size=6))
def test_json_lines_round_trip(tmp_path, rows):
    path = tmp_path / "out.jsonl"
    with write_records(path, []) as writer:
        for row in rows:
            writer.write(row)
    assert [record.fields for record in read(path)] == rows


@SAME_FOLDER
@given(content=st.binary(max_size=80))
def test_any_bytes_are_rows_or_one_error(tmp_path, content):
    for name in ("in.csv", "in.jsonl"):
        path = tmp_path / name
        path.write_bytes(b"text\n" + content)
        try:
            records = read(path)
        except DataError:
            continue
        assert [record.number for record in records] == list(range(1, len(records) + 1))
        assert all(record.line <= content.count(b"\n") + content.count(b"\r") + 2 for record in records)


def test_numbers_that_json_has_no_word_for_are_written_as_null(tmp_path):
    path = tmp_path / "out.jsonl"
    with write_records(path, []) as writer:
        writer.write({"a": math.nan, "b": [math.inf, {"c": -math.inf}], "d": 1.5, "text": "NaN"})
        writer.write({"a": 2.0})
    assert path.read_text(encoding="utf-8") == (
        '{"a": null, "b": [null, {"c": null}], "d": 1.5, "text": "NaN"}\n{"a": 2.0}\n'
    )


def test_half_a_character_is_written_as_its_escape(tmp_path):
    path = tmp_path / "out.jsonl"
    with write_records(path, []) as writer:
        writer.write({"text": "نص \ud83d"})
    assert path.read_bytes() == '{"text": "نص \\ud83d"}\n'.encode()
    assert read(path)[0].fields == {"text": "نص \ud83d"}


def test_standard_streams(monkeypatch):
    class Standard:
        def __init__(self, content=b""):
            self.buffer = io.BytesIO(content)

    source, target = Standard(ARABIC.encode()), Standard()
    monkeypatch.setattr("sys.stdin", source)
    monkeypatch.setattr("sys.stdout", target)
    with RecordReader("-") as reader, write_records("-", ["text"]) as writer:
        assert (reader.name, reader.size, reader.position) == ("standard input", None, 0)
        for record in reader:
            writer.write({"text": record.fields["text"]})
    assert not source.buffer.closed
    assert target.buffer.getvalue().decode().splitlines() == [
        "text",
        "رحّب الوزير بالاتفاق، ووصفه بالخطوة الأولى",
        "رفضت النقابة القانون",
    ]
    monkeypatch.setattr("sys.stdin", Standard())
    assert read_error("-") == "standard input is empty; expected a header and at least one row"
    monkeypatch.setattr("sys.stdin", Standard(b'{"text": "a"}'))
    assert read("-", "jsonl") == [Record(1, 1, {"text": "a"})]


def test_rows_are_read_one_at_a_time(write):
    path = write("text\n" + "نص\n" * 100_000)
    with RecordReader(path) as reader:
        next(iter(reader))
        assert reader.position < reader.size / 2


def refuse_constant(name):
    pytest.fail(f"{name} is no JSON")


@pytest.mark.parametrize("depth", [90, 99, 101, 800, 900, 100_000])
def test_a_deep_row_costs_no_other(write, tmp_path, depth):
    deep = '{"text": "نص", "a": ' + "[" * depth + "NaN" + "]" * depth + "}\n"
    first, second, third = read(write('{"text": "أول"}\n' + deep + '{"text": "آخر"}\n', "in.jsonl"))
    assert (first.problem, third.problem) == (None, None)
    assert (second.problem is None) is (depth < 100)
    assert second.problem in (None, "the line nests its lists or objects too deeply")
    with write_records(tmp_path / "out.jsonl", []) as writer:
        for record in (first, second, third):
            writer.write(record.fields)
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line, parse_constant=refuse_constant).get("text") for line in lines][::2] == ["أول", "آخر"]


@pytest.mark.parametrize(
    ("name", "header", "row"), [("in.jsonl", "", '{"text": "%s"}\n'), ("in.csv", "a,b\n", "%s,b\n")]
)
def test_an_endless_line_costs_its_own_row_alone(write, monkeypatch, name, header, row):
    monkeypatch.setattr(text_tables, "_LINE_LIMIT", 1000)
    lengths = [5, 900, 5, 1500, 5, 5000, 6, 999_999, 7]
    records = read(write(header + "".join(row % ("ع" * length) for length in lengths), name))
    assert [record.problem is None for record in records] == [length < 1000 for length in lengths]
    problem = "the line has 1,000 characters or more; check the file's line ends and quoting"
    wrong = "expected 2 cells as in the header, found 1; check commas and quotes"
    assert {record.problem for record in records} == {None, wrong if header else problem}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (bz2.compress(b"text\n"), "bzip2"),
        (lzma.compress(b"text\n"), "xz"),
        (b"PK\x03\x04" + bytes(100), "zip, as workbooks are too"),
        (b"\x28\xb5\x2f\xfd" + bytes(100), "zstd"),
    ],
)
def test_a_compressed_file_is_named(write, content, kind):
    path = write(content)
    assert read_error(path) == f"{path} is compressed ({kind}); unpack it first"


@pytest.mark.parametrize("name", ["in.csv", "in.csv.gz", "in.tsv.gz", "in.txt"])
def test_a_packed_file_is_read(write, name):
    content = ARABIC.replace(",", "\t") if ".tsv" in name else ARABIC
    assert read(write(gzip.compress(content.encode()), name)) == read(write(ARABIC, "plain.csv"))


@pytest.mark.parametrize("cut", [5, 40, 20_000])
def test_a_packed_file_that_is_cut_off(write, cut):
    path = write(gzip.compress((ARABIC + "".join(f"{n},نص {n * n},أ\n" for n in range(9000))).encode())[:cut])
    assert re.fullmatch(rf"{path} is damaged after line [\d,]+ \(.*[^.]\); pack it again", read_error(path))


def test_a_packed_file_in_another_encoding(write, tmp_path):
    path = write(gzip.compress(ARABIC.encode("cp1256")), "in.csv.gz")
    line = f"gunzip -c {path} | iconv -f WINDOWS-1256 -t UTF-8 > {tmp_path}/in.utf8.csv"
    assert read_error(path) == f"{path} is not UTF-8, it looks like Windows-1256; convert it: {line}"


@pytest.mark.parametrize("name", ["in.csv", "in"])
def test_a_pipe_is_read(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with ThreadPoolExecutor(1) as pool:
        pool.submit((tmp_path / name).write_bytes, ARABIC.encode())
        with RecordReader(tmp_path / name) as reader:
            assert [reader.size, reader.position, len(list(reader)), reader.position] == [None, 0, 2, 0]


def test_a_pipe_is_written_and_not_replaced(tmp_path):
    path = tmp_path / "out.csv"
    os.mkfifo(path)
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(path.read_bytes)
        with write_records(path, ["text"]) as writer:
            writer.write({"text": "نص"})
        assert taken.result().decode() == "text\nنص\n"
    assert path.is_fifo()


def test_standard_streams_by_their_files(tmp_path):
    read_end, write_end = os.pipe()
    os.write(write_end, b'{"text": "a"}\n')
    os.close(write_end)
    assert read(f"/dev/fd/{read_end}", "jsonl") == [Record(1, 1, {"text": "a"})]
    os.close(read_end)
    assert is_stream("/dev/stdin")
    assert not is_stream("/dev/shm/in.csv")
    assert choose_format("/dev/stdout") == "csv"


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1"])
def test_standard_output_is_written_where_it_is(monkeypatch, name):
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, "utf-8"))
    sys.stdout.write("before\n")
    sys.stdout.flush()
    with write_records(name, ["text"]) as writer:
        writer.write({"text": "نص"})
    assert raw.getvalue().decode() == "before\ntext\nنص\n"


def test_the_file_of_a_stream_is_not_emptied(tmp_path):
    (tmp_path / "all.csv").write_text("before\n", encoding="utf-8")
    with (tmp_path / "all.csv").open("ab") as opened, write_records(f"/dev/fd/{opened.fileno()}", ["text"]) as writer:
        writer.write({"text": "نص"})
    assert (tmp_path / "all.csv").read_text(encoding="utf-8") == "before\ntext\nنص\n"


def test_closed_standard_streams(monkeypatch):
    monkeypatch.setattr("sys.__stdin__", None)
    monkeypatch.setattr("sys.__stdout__", None)
    for name in ("-", "/dev/stdin", "/dev/fd/0"):
        assert read_error(name) == "standard input is closed; name an input file"
    for name in ("-", "/dev/stdout", "/dev/fd/1"):
        with pytest.raises(DataError, match=r"^standard output is closed; name an output file$"):
            write_records(name, ["text"]).__enter__()
