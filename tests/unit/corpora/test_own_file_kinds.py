"""Files as people have them: each is read right, or refused with one clear error before anything is trained."""

# ruff: noqa: E501 (a line a file)

import gzip
import io
import json
import logging
import zipfile

import pytest

from janib.corpora.readers.own_file import read_own_file
from janib.errors import DataError
from janib.io.parquet import import_parquet

COLUMNS = ["id", "text", "target", "stance"]
TEXTS = ["نرفضُ القرارَ الجديد، بشدّة", "نؤيد ما فعلته البـــلدية اليوم 👏", "اجتمع «المجلس» في القاعة الكبرى ٢٠٢٤"]
TARGETS = ["البلدية", "البلدية", "المجلس"]
STANCES = ["against", "favor", "neutral"]
ARABIC, SIDES, SENTIMENTS = ["ضد", "مع", "محايد"], [-1, 1, 0], ["negative", "positive", "neutral"]


def make_rows(labels=STANCES, ids=(1, 2, 3)):
    return [list(row) for row in zip(ids, TEXTS, TARGETS, labels, strict=True)]


def join(mark=",", header=COLUMNS, rows=None, end="\n", more=""):
    """Return a table as text; ``more`` is put after each line."""
    lines = ([header] if header else []) + (make_rows() if rows is None else rows)
    return "".join(mark.join(map(str, line)) + more + end for line in lines)


def make_objects(labels=STANCES, columns=COLUMNS):
    return [dict(zip(columns, row, strict=True)) for row in make_rows(labels)]


def make_lines(objects):
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects)


def make_book(*sheets):
    openpyxl = pytest.importorskip("openpyxl", reason="the extra excel is not installed")
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(content)
    return content.getvalue()


def make_parquet(objects):
    pyarrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    content = io.BytesIO()
    import_parquet().write_table(pyarrow.Table.from_pylist(objects), content)
    return content.getvalue()


def misread(text, right, wrong):
    return "".join(bytes([byte]).decode(wrong, "ignore") or chr(byte) for byte in text.encode(right, "replace"))


def columns(**names):
    return {"columns": names}


BOM = "\ufeff"
PLACES = columns(text=0, target=1, stance=2)
MOJIBAKE = "that was read as"
PLAIN = [text.replace("👏", "") for text in TEXTS]  # for encodings without it
SHARED = [
    ["t1", TEXTS[0], "البلدية", "against"],
    ["t1", TEXTS[0], "المجلس", "favor"],
    ["t2", TEXTS[2], "المجلس", "neutral"],
]

READ = {
    # what is between the cells
    "commas": ("a.csv", join(), {}),
    "semicolons": ("a.csv", join(";"), {}),
    "semicolons and a mark": ("a.csv", BOM + join(";", end="\r\n"), {}),
    "tabs": ("a.tsv", join("\t"), {}),
    "tabs in .csv": ("a.csv", join("\t"), {}),
    "tabs in .txt": ("a.txt", join("\t", end="\r\n"), {}),
    "bars": ("a.csv", join("|"), {}),
    "bars in .txt": ("a.txt", join("|"), {}),
    "sep=;": ("a.csv", "sep=;\n" + join(";"), {}),
    "sep= quoted": ("a.csv", BOM + '"sep=;"\r\n' + join(";", end="\r\n"), {}),
    "sep= tab": ("a.csv", "SEP=\t\n" + join("\t"), {}),
    "sep=,": ("a.csv", "sep=,\n" + join(), {}),
    "lone carriage returns": ("a.csv", join(";", end="\r"), {}),
    "quoted": ("a.csv", join(";", ['"id"', '"text"', '"target"', '"stance"']), {}),
    "commas in a column's name": ("a.csv", join(";", ["id", "text", "target", "stance", "note, free"], [[*row, "x"] for row in make_rows()]), {}),
    "a suffix in capitals": ("A.CSV", join(";"), {}),
    # empty and unnamed cells, rows and columns
    "empty columns at the end": ("a.csv", join(more=",,,"), {}),
    "empty columns at the end, semicolons": ("a.csv", join(";", more=";;"), {}),
    "empty rows at the end": ("a.csv", join() + ",,,\r\n" * 30, {}),
    "empty columns and rows at the end": ("a.csv", join(more=",,") + ",,,,,\n" * 3, {}),
    "empty rows inside": ("a.csv", join(rows=[row for one in make_rows() for row in (["", "", "", ""], one)]), columns(id=False)),
    "rows of spaces inside": ("a.csv", join(rows=[row for one in make_rows() for row in (one, [" ", "", "\u200f ", ""])]), {}),
    "empty lines": ("a.csv", join(end="\n\n"), {}),
    "empty lines at the beginning": ("a.csv", "\n\r\n" + join(), {}),
    "empty cells above the header": ("a.csv", ",,,\n" + join(), {}),
    "an index without a name": ("a.csv", join(header=["", *COLUMNS], rows=[[n, *row] for n, row in enumerate(make_rows())]), {}),
    "an index of pandas": ("a.csv", join(header=["Unnamed: 0", *COLUMNS], rows=[[n, *row] for n, row in enumerate(make_rows())]), {}),
    "two columns without a name": ("a.csv", join(header=["", "", *COLUMNS], rows=[[n, n, *row] for n, row in enumerate(make_rows())]), {}),
    "spaces in the header": ("a.csv", join(header=[" id", "text ", " target ", "\u200fstance\u00a0"]), {}),
    "spaces around labels": ("a.csv", join(rows=make_rows([" against", "favor ", "\u200fneutral\u200f "])), {}),
    # headers
    "an Arabic header": ("a.csv", join(header=["الرقم", "النص", "الجهة", "الموقف"]), columns(id="الرقم", text="النص", target="الجهة", stance="الموقف")),
    "a header of numbers": ("a.csv", join(header=range(4)), columns(id=0, text=1, target=2, stance=3)),
    "a header of numbers, as text": ("a.csv", join(header=range(4)), columns(id="0", text="1", target="2", stance="3")),
    "no header": ("a.csv", join(header=None), columns(id=0, text=1, target=2, stance=3)),
    "no header, semicolons and a mark": ("a.csv", BOM + join(";", header=None), columns(id=0, text=1, target=2, stance=3)),
    "no header, sep=": ("a.csv", "sep=|\n" + join("|", header=None), columns(id=0, text=1, target=2, stance=3)),
    "no header, tabs": ("a.tsv", join("\t", header=None), columns(id=0, text=1, target=2, stance=3)),
    # other formats, and packed ones
    "gzip": ("a.csv.gz", gzip.compress(join(";").encode()), {}),
    "gzip of tabs": ("a.tsv.gz", gzip.compress((BOM + join("\t")).encode()), {}),
    "gzip by another name": ("a.csv", gzip.compress(join().encode()), {}),
    "JSON lines": ("a.jsonl", make_lines(make_objects()), {}),
    "JSON lines in .ndjson": ("a.ndjson", BOM + make_lines(make_objects()), {}),
    "JSON lines in .json": ("a.json", make_lines(make_objects()), {}),
    "JSON lines, packed": ("a.jsonl.gz", gzip.compress(make_lines(make_objects()).encode()), {}),
    "a JSON list": ("a.json", json.dumps(make_objects(), ensure_ascii=False), {}),
    "a JSON list, indented": ("a.json", BOM + json.dumps(make_objects(), indent=4), {}),
    "a JSON list in .jsonl": ("a.jsonl", json.dumps(make_objects()), {}),
    "a JSON list, packed": ("a.json.gz", gzip.compress(json.dumps(make_objects()).encode()), {}),
    "JSON numbers as labels": ("a.json", json.dumps(make_objects(SIDES)), {}),
    "a workbook": ("a.xlsx", lambda: make_book([COLUMNS, *make_rows()]), {}),
    "a workbook, Arabic words": ("a.xlsx", lambda: make_book([COLUMNS, *make_rows(ARABIC)]), {}),
    "a workbook, numbers": ("a.xlsx", lambda: make_book([COLUMNS, *make_rows([-1.0, 1.0, 0])]), {}),
    "a workbook with empty rows": ("a.xlsx", lambda: make_book([[], [*COLUMNS, None], *make_rows(), [], [None]]), {}),
    "a workbook's second sheet": ("a.xlsx", lambda: make_book([], [COLUMNS, *make_rows()], [["ملاحظات"]]), {}),
    "a workbook without a header": ("a.xlsx", lambda: make_book(make_rows()), columns(id=0, text=1, target=2, stance=3)),
    "Parquet": ("a.parquet", lambda: make_parquet(make_objects()), {}),
    "Parquet, numbers": ("a.parquet", lambda: make_parquet(make_objects(SIDES)), {}),
    # words for labels
    "ضد مع محايد": ("a.csv", join(rows=make_rows(ARABIC)), {}),
    "معارض مؤيد محايد": ("a.csv", join(rows=make_rows(["مُعارِض", "مؤيّد", "محـــايد"])), {}),
    "معارضة مؤيدة محايدة": ("a.csv", join(rows=make_rows(["معارضه", "موافقة", "محايدة"])), {}),
    "-1 1 0": ("a.csv", join(rows=make_rows(SIDES)), {}),
    "-1.0 1.0 0.0": ("a.csv", join(rows=make_rows(["-1.0", "1.0", "0.0"])), {}),
    "-١ ١ ٠": ("a.csv", join(rows=make_rows(["-١", "+١", "٠"])), {}),
    "AGAINST FAVOR NONE": ("a.csv", join(rows=make_rows(["AGAINST", "FAVOR", "NONE"])), {}),
    "con pro neutral": ("a.csv", join(rows=make_rows(["Con", "Pro", "Neutral"])), {}),
    "a word of each kind": ("a.csv", join(rows=make_rows(["ضد", "pro", "neutral"])), {}),
    "known words and given ones": ("a.csv", join(rows=make_rows(["ضد", "يا سلام", "محايد"])), {"words": {"favor": "يا سلام"}}),
    "given words go first": ("a.csv", join(rows=make_rows(["مع", "ضد", "محايد"])), {"words": {"favor": "ضد", "against": "مع"}}),
}  # fmt: skip

REFUSED = {
    **{
        f"{codec} {'with' if mark else 'without'} a mark": ("a.csv", mark + join(";").encode(codec), {}, rf"it looks like {name}; convert it: iconv -f {name} -t UTF-8 \S+a\.csv > \S+a\.utf8\.csv")
        for codec, mark, name in [
            ("utf-16-le", b"\xff\xfe", "UTF-16"), ("utf-16-be", b"\xfe\xff", "UTF-16"), ("utf-16-le", b"", "UTF-16LE"), ("utf-16-be", b"", "UTF-16BE"),
            ("utf-32-le", b"\xff\xfe\0\0", "UTF-32"), ("utf-32-be", b"\0\0\xfe\xff", "UTF-32"), ("utf-32-le", b"", "UTF-32LE"), ("utf-32-be", b"", "UTF-32BE"),
        ]
    },
    "Windows-1256": ("a.csv", join().encode("cp1256", "replace"), {}, "it looks like Windows-1256; convert it: iconv -f WINDOWS-1256"),
    "ISO-8859-6": ("a.csv", join(rows=[[n, text.replace("«", '"')] for n, text in enumerate(PLAIN)]).encode("iso8859_6", "replace"), {}, "it looks like ISO-8859-6; convert it: iconv -f ISO-8859-6"),
    "Windows-1256, packed": ("a.csv.gz", gzip.compress(join().encode("cp1256", "replace")), {}, r"gunzip -c \S+a\.csv\.gz \| iconv -f WINDOWS-1256"),
    "UTF-16 JSON lines": ("a.jsonl", make_lines(make_objects()).encode("utf-16"), {}, "it looks like UTF-16"),
    "UTF-8 read as Windows-1252": ("a.csv", misread(join(), "utf-8", "cp1252"), {}, f"UTF-8 {MOJIBAKE} Windows-1252"),
    "UTF-8 read as Windows-1256": ("a.csv", misread(join(), "utf-8", "cp1256"), {}, f"UTF-8 {MOJIBAKE} Windows-1256"),
    "Windows-1256 read as Latin-1": ("a.csv", misread(join(), "cp1256", "latin-1"), {}, f"Windows-1256 {MOJIBAKE} ISO-8859-1"),
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {}, r"the suffix '\.xls' names no known format.*save it as \.xlsx or \.csv"),
    "an old workbook by another name": ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), {}, "an old or locked workbook"),
    "a workbook by another name": ("a.csv", lambda: make_book([COLUMNS, *make_rows()]), {}, "is compressed .zip, as workbooks are too"),
    "an OpenDocument table": ("a.ods", b"PK\3\4", {}, r"save it as \.xlsx or \.csv"),
    "no suffix": ("a", join(), {}, "the suffix '' names no known format"),
    "a cut off gzip": ("a.csv.gz", gzip.compress(join().encode())[:-30], {}, "is damaged after line"),
    "a cut off workbook": ("a.xlsx", lambda: make_book([COLUMNS, *make_rows()])[:900], {}, "is no workbook, or it is damaged"),
    "a zip that is no workbook": ("a.xlsx", lambda: make_zip({"x": "y"}), {}, "cannot be read as a workbook"),
    "an empty workbook": ("a.xlsx", lambda: make_book([], []), {}, "is empty; expected a header"),
    "no Parquet": ("a.parquet", join(), {}, "cannot be read as Parquet"),
    "an empty file": ("a.csv", "", {}, "is empty; expected a header and at least one row"),
    "a header alone": ("a.csv", join(rows=[]), {}, "has no usable row"),
    "empty rows alone": ("a.csv", join(rows=[]) + ",,,\n" * 9, {}, "has no usable row"),
    "an indented JSON object": ("a.json", json.dumps({"data": make_objects()}, indent=1), {}, "the line is not JSON"),
    "an object of columns": ("a.json", json.dumps({"text": {"0": "a"}, "target": {"0": "b"}, "stance": {"0": "c"}}), {}, "text is of type dict, expected a string"),
    "a list of lists": ("a.json", json.dumps(make_rows()), {}, "a JSON list, expected an object"),
    "a cut off list": ("a.json", json.dumps(make_objects())[:-9], {}, "the list does not end: the file may be cut off"),
    "a doubled column": ("a.csv", join(header=["id", "text", "stance", "stance "]), {}, "has the column 'stance' 2 times"),
    "a missing column": ("a.csv", join(";", header=["id", "text", "target", "stand"]), {}, "has no column 'stance', only .*; name the right one with data.columns.stance="),
    "no header, some numbers": ("a.csv", join(header=None), columns(text=2), "has no column 'stance', only '0', '1', '2', '3'"),
    "a column past the last": ("a.csv", join(header=None), columns(id=0, text=1, target=2, stance=7), "has no column '7', only '0'"),
    "a cell too many": ("a.csv", join(";", rows=[["1", "نص; وآخر", "أ", "favor"]]), {}, "expected 4 cells as in the header, found 5; check the signs ';' and quotes"),
    "0 1 2": ("a.csv", join(rows=make_rows([0, 1, 2])), {}, r"label '0' is unknown.*Say what it means: 'data\.words\.<against\|neutral\|favor>=\"0\"'"),
    "0 1": ("a.csv", join(rows=make_rows([0, 1, 1])), {}, r"row 2 \(line 3\) and 1 more: label '1' is unknown"),
    "yes and no": ("a.csv", join(rows=make_rows(["لا", "نعم", "محايد"])), {}, "label 'نعم' is unknown.*Say what it means"),
    "true and false": ("a.json", json.dumps(make_objects([False, True, True])), {}, "label 'true' is unknown"),
    "known words and one unknown": ("a.csv", join(rows=make_rows(["ضد", "مع", "ممتنع"])), {}, r"row 3 \(line 4\): label 'ممتنع' is unknown"),
    "a label that is no number": ("a.jsonl", make_lines(make_objects([-1, 1, float("nan")])), {}, "stance is blank; every row needs one"),
    "an id twice": ("a.csv", join(rows=make_rows(ids=[7, 7, 8])), {}, "id '7' is already in row 1 .*data.columns.id=false"),
}  # fmt: skip


def make_zip(parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


@pytest.fixture
def save(tmp_path):
    def save_content(name, content):
        content = content() if callable(content) else content
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return save_content


def test_there_are_many():
    assert len(READ) + len(REFUSED) > 100


@pytest.mark.parametrize("kind", READ)
def test_a_file_is_read(save, kind):
    name, content, options = READ[kind]
    _, splits = read_own_file(save(name, content), "stance", **options)
    assert [(row.text, row.target, row.stance) for row in splits["train"]] == list(
        zip(TEXTS, TARGETS, STANCES, strict=True)
    )


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_is_refused(save, kind):
    name, content, options, said = REFUSED[kind]
    path = save(name, content)
    with pytest.raises(DataError, match=said) as raised:
        read_own_file(path, "stance", **options)
    assert str(raised.value).startswith(str(path))
    assert len(str(raised.value).splitlines()) < 13


def test_words_that_were_found_are_told(save, caplog):
    with caplog.at_level(logging.INFO):
        read_own_file(save("a.csv", join(rows=make_rows(ARABIC))), "stance")
    assert caplog.messages == [
        "stance: ضد is read as against, مع is read as favor, محايد is read as neutral; "
        "if it is otherwise, say so with data.words"
    ]
    caplog.clear()
    with caplog.at_level(logging.INFO):
        read_own_file(save("a.csv", join(rows=make_rows(["x", "favor", "neutral"]))), "stance", words={"against": "x"})
    assert caplog.messages == []


def test_words_of_a_tone(save):
    for words in (["سلبي", "إيجابي", "محايد"], ["سلبية", "ايجابية", "محايدة"], ["NEG", "pos", "Neu"], SIDES):
        rows = [[text, word] for text, word in zip(TEXTS, words, strict=True)]
        path = save("a.csv", join(header=["text", "sentiment"], rows=rows))
        assert [row.sentiment for row in read_own_file(path, "sentiment")[1]["train"]] == SENTIMENTS


@pytest.mark.parametrize(
    ("words", "marked"),
    [
        (["Yes", "No", "NO"], "YNN"), (["FALSE", "TRUE", "True"], "NYY"), (["1", "٠", "0.0"], "YNN"),
        (["sarcastic", "not_sarcastic", "Non-Sarcastic"], "YNN"), (["سَاخِر", "غير ساخر", "ﺳﺎﺧﺮ"], "YNY"),
        (["ساخـــرة", "\u200fلا", "نعم"], "YNY"),
    ],
)  # fmt: skip
def test_words_of_sarcasm(save, words, marked):
    rows = [[text, word] for text, word in zip(TEXTS, words, strict=True)]
    path = save("a.csv", join(header=["text", "sarcasm"], rows=rows))
    wanted = [{"Y": "sarcastic", "N": "not_sarcastic"}[one] for one in marked]
    assert [row.sarcasm for row in read_own_file(path, "sarcasm")[1]["train"]] == wanted


def test_sarcasm_has_no_third_side(save):
    path = save("a.csv", join(header=["text", "sarcasm"], rows=list(map(list, zip(TEXTS, SIDES, strict=True)))))
    with pytest.raises(DataError, match=r"label '-1' is unknown, expected one of not_sarcastic, sarcastic\."):
        read_own_file(path, "sarcasm")


def test_three_tasks_of_one_file(save):
    rows = [[*row, tone, mark] for row, tone, mark in zip(make_rows(SIDES), SIDES, ["نعم", "", "لا"], strict=True)]
    path = save("a.csv", join(header=["id", "text", "target", "stance", "sentiment", "sarcasm"], rows=rows))
    corpus, splits = read_own_file(path, ["stance", "sentiment", "sarcasm"])
    assert list(corpus.metrics) == ["stance", "sentiment", "sarcasm"]
    assert [row.sentiment for row in splits["train"]] == SENTIMENTS
    assert [row.sarcasm for row in splits["train"]] == ["sarcastic", None, "not_sarcastic"]


def test_a_column_called_sarcasm_is_read_only_for_its_task(save):
    rows = [[*row, "يسخر من الوزير"] for row in make_rows(SIDES)]
    path = save("a.csv", join(header=["id", "text", "target", "stance", "sarcasm"], rows=rows))
    assert {row.sarcasm for row in read_own_file(path, "stance")[1]["train"]} == {None}
    with pytest.raises(DataError, match=r"data\.words\.<not_sarcastic\|sarcastic>=\"يسخر من الوزير\""):
        read_own_file(path, ["stance", "sarcasm"])


def test_a_test_file_may_have_fewer_words(save):
    train = save("train.csv", join(rows=make_rows(SIDES)))
    test = save("test.csv", join(rows=make_rows([0, 1, 1])))
    _, splits = read_own_file(train, "stance", test_path=test)
    assert [row.stance for row in splits["test"]] == ["neutral", "favor", "favor"]


def test_own_labels_are_left_alone(save):
    path = save("a.csv", join(header=["id", "text", "target", "label"], rows=make_rows(["مع", "1", "Favor"])))
    assert [row.label for row in read_own_file(path, "label")[1]["train"]] == ["مع", "1", "Favor"]


def test_an_id_of_several_targets_is_a_group(save, caplog):
    path = save("a.csv", join(rows=SHARED))
    with caplog.at_level(logging.INFO):
        rows = read_own_file(path, "stance")[1]["train"]
    assert [(row.id, row.group) for row in rows] == [("t1/البلدية", "t1"), ("t1/المجلس", "t1"), ("t2", None)]
    assert caplog.messages == [
        f"{path}: 1 ids have several targets; such rows are called ID/TARGET, and those of an id stay in one fold"
    ]
    rows = read_own_file(path, "stance", columns={"group": "target"})[1]["train"]
    assert [row.group for row in rows] == ["البلدية", "المجلس", "المجلس"]


def test_rows_are_numbered_where_ids_are_not_wanted(save):
    path = save("a.csv", join(rows=[*SHARED, SHARED[0]]))
    rows = read_own_file(path, "stance", columns={"id": False, "group": "id"})[1]["train"]
    assert [(row.id, row.group) for row in rows] == [("1", "t1"), ("2", "t1"), ("3", "t2"), ("4", "t1")]


def test_an_unknown_word_costs_its_own_rows_alone(save, caplog):
    path = save("a.csv", join(rows=[*make_rows(ARABIC), ["4", TEXTS[0], "أ", "ممتنع"], ["5", TEXTS[1], "أ", "ممتنع"]]))
    _, splits = read_own_file(path, "stance", bad_rows="skip")
    assert len(splits["train"]) == 3
    assert [message for message in caplog.messages if "left out" in message] == [
        f"left out: {path}, row 4 (line 5) and 1 more: label 'ممتنع' is unknown, expected one of against, neutral, "
        "favor. Say what it means: 'data.words.<against|neutral|favor>=\"ممتنع\"'"
    ]


def test_texts_keep_the_space_around_them_and_names_do_not(save):
    path = save("a.csv", join(rows=[[" 7 ", " نص\u200f ", " البلدية\u200f", " مع "]]))
    (row,) = read_own_file(path, "stance")[1]["train"]
    assert (row.id, row.text, row.target, row.stance) == ("7", " نص\u200f ", "البلدية", "favor")
