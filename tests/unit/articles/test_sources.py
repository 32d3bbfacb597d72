"""Where articles come from, and what is said of what is none."""

import io
import os
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import SimpleNamespace

import pytest

from janib.articles.sources import Layout, list_hints, read_articles
from janib.errors import ConfigError, DataError, MissingExtraError

PAGE = """<!DOCTYPE html><html lang="ar"><head><title>الوادي يفتتح جسرا</title>
<meta property="og:site_name" content="صحيفة الجسر">
<script>var tracker = "يتعقب";</script></head><body><nav><a href="/">الرئيسية</a><a href="/sport">رياضة</a></nav>
<article><h1>الوادي يفتتح جسرا</h1><p>{}</p><p>{}</p></article>
<footer>جميع الحقوق محفوظة</footer></body></html>"""
FIRST = (
    "افتتحت بلدية الوادي صباح اليوم جسرا جديدا فوق النهر الكبير بحضور عدد من المسؤولين والأهالي الذين قدموا من القرى."
)
SECOND = (
    "وقال رئيس البلدية إن الجسر سيختصر الطريق إلى المدرسة نصف ساعة، وشكر العمال الذين أتموا البناء قبل موعده بشهرين."
)


def read(source, column="text", form=None):
    problems = []
    return list(read_articles(str(source), Layout(column, form=form), problems.append)), problems


def test_text_is_untouched(tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffعنوان\r\nنصّ ١٢٫٥ 🎉\u202b.".encode())
    (article,), problems = read(tmp_path / "a.txt")
    assert (article.text, article.name, problems) == ("عنوان\r\nنصّ ١٢٫٥ 🎉\u202b.", "a.txt", [])


def test_folder_goes_on_past_a_bad_file(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.txt").write_text("واحد", encoding="utf-8")
    (tmp_path / "2.txt").write_text("اثنان", encoding="utf-8")
    (tmp_path / "3.txt").write_bytes("ثلاثة من الكلمات العربية".encode("cp1256"))
    (tmp_path / "note.md").write_text("x")
    found, problems = read(tmp_path)
    assert [article.name for article in found] == ["2.txt", "b/1.txt"]
    assert problems == [
        f"{tmp_path}/3.txt is not UTF-8, it looks like Windows-1256; "
        f"convert it: iconv -f WINDOWS-1256 -t UTF-8 {tmp_path}/3.txt > {tmp_path}/3.utf8.txt"
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b" \n", "a.txt holds no text; expected an article"),
        ("a.txt", b"\xd9\x86\x00\xd9\x86", "a.txt holds a NUL byte, the sign of a damaged or binary file; remove it"),
        ("a.txt", "نص عربي ".encode() * 3 + b"\xff", "a.txt: the byte 0xff at 42 is not UTF-8; save the file as UTF-8"),
        ("a.pdf", b"%PDF", "a.pdf: the suffix '.pdf' names no known format, expected one of .txt, .html"),
        ("a.csv", b"body\nx\n", "a.csv has no column 'text', only 'body'; name the right one with --column"),
    ],
)
def test_what_is_no_article_is_said(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(tmp_path / name)
    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)


def test_missing_file_and_empty_folder(tmp_path):
    with pytest.raises(DataError, match=r"gone\.txt does not exist; check the path$"):
        read(tmp_path / "gone.txt")
    with pytest.raises(DataError, match=r"holds no article; expected files that end in \.txt, \.html, \.htm$"):
        read(tmp_path)


def test_rows_of_a_table(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("id,body,outlet,date\n7,نص أول,الجسر,2026-01-02\n8, ,,\n9,نص ثان,,\n", encoding="utf-8")
    found, problems = read(path, "body")
    assert [(one.name, one.text, one.outlet, one.date) for one in found] == [
        ("7", "نص أول", "الجسر", "2026-01-02"),
        ("9", "نص ثان", "", ""),
    ]
    assert problems == [f"{path}, row 2 (line 3): the column 'body' is blank; every row needs one"]


DATED = """text,outlet,date,paper,day
نص أول,الجسر,2026-01-02,الوادي,13/02/2026
نص ثان,,,,
نص ثالث,النهر,أمس,,31/02/2026
"""


def describe(path, **options):
    problems = []
    articles = read_articles(str(path), Layout(**options), problems.append)
    return [(one.outlet, one.date, one.date_from) for one in articles], problems


def test_a_row_tells_its_date_or_has_the_one_given(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(DATED, encoding="utf-8")
    found, problems = describe(path, outlet="الساحل", date="1 مارس 2016")
    assert found == [("الجسر", "2026-01-02", "column"), ("الساحل", "2016-03-01", "given")]
    form = "2016-03-01, or name its form: --date-format %d/%m/%Y"
    assert problems == [f"{path}, row 3 (line 4): 'أمس' is not read as a date; write it as {form}"]


def test_columns_and_form_of_dates_are_named(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(DATED, encoding="utf-8")
    found, problems = describe(path, outlet_column="paper", date_column="day", date_form="%d/%m/%Y")
    assert found == [("الوادي", "2026-02-13", "column"), ("", "", "given")]
    wrong = "'31/02/2026' is no date of the form '%d/%m/%Y'; correct the date or the form"
    assert problems == [f"{path}, row 3 (line 4): {wrong}"]
    for option in ("outlet", "date"):
        with pytest.raises(DataError, match=f"has no column 'gone', .*; name the right one with --{option}-column$"):
            describe(path, **{f"{option}_column": "gone"})
    lines = tmp_path / "rows.jsonl"
    lines.write_text('{"text": "نص", "day": "2026-02-13"}\n{"text": "نص"}\n{"text": "نص", "day": null}\n', "utf-8")
    found, problems = describe(lines, date_column="day")
    assert [date for _, date, _ in found] == ["2026-02-13", ""]
    assert problems == [f"{lines}, row 2 (line 2): no column 'day'"]


@pytest.fixture
def texts(tmp_path):
    """A folder of four texts; one name is of letters that another system composes otherwise."""
    folder = tmp_path / "news"
    (folder / "b").mkdir(parents=True)
    for name in ("1.txt", "2.txt", "b/3.txt", "آخر.txt"):
        (folder / unicodedata.normalize("NFD", name)).write_text("نص الخبر", encoding="utf-8")
    return folder


META = """file,outlet,date
1.txt,الجسر,2026-01-02
b/3,الوادي,٧ آذار ٢٠٢٤
آخر.txt,,
9.txt,النهر,2026-01-02
,النهر,2026-01-02
1.txt,النهر,2026-01-02
"""


def test_a_folder_has_its_outlets_and_dates_in_a_table(texts):
    (texts / "meta.csv").write_text(META, encoding="utf-8-sig")
    found, problems = describe(texts, outlet="الساحل", date="2020-01-01")
    assert found == [
        ("الجسر", "2026-01-02", "column"),
        ("الساحل", "2020-01-01", "given"),
        ("الوادي", "2024-03-07", "column"),
        ("الساحل", "2020-01-01", "given"),
    ]
    table = texts / "meta.csv"
    assert sorted(problems) == [
        f"{table}, row 4 (line 5): {texts} has no such text",
        f"{table}, row 5 (line 6): the column 'file' is blank; it names the text",
        f"{table}, row 6 (line 7): '1.txt' is already in row 1 (line 2); keep one",
    ]
    assert list_hints(str(texts), Layout()) == [
        f"outlets and dates are those of {table}; 1 of 4 texts are not in it, as 2.txt"
    ]


def test_a_date_of_the_table_that_is_none_is_told_with_its_row(texts):
    (texts / "meta.csv").write_text("file,day\n1.txt,05/02/2024\n2.txt,أمس\n", encoding="utf-8")
    found, problems = describe(texts, date_column="day", date_form="%d/%m/%Y")
    assert [date for _, date, _ in found] == ["2024-02-05", "", ""]
    wrong = "'أمس' is no date of the form '%d/%m/%Y'; correct the date or the form"
    assert problems == [f"{texts / 'meta.csv'}, row 2 (line 3): {wrong}"]


def test_the_columns_of_the_table_are_named(texts):
    (texts / "meta.csv").write_text("doc,published,paper\n1.txt,2026-01-02,الجسر\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"meta\.csv has no column of the texts' names, only 'doc', .* --id-column$"):
        describe(texts)
    found, problems = describe(texts, id_column="doc", date_column="published", outlet_column="paper")
    assert (found[0], problems) == (("الجسر", "2026-01-02", "column"), [])
    for hint, part in zip(
        list_hints(str(texts), Layout(id_column="doc")), ("3 of 4", "'paper'", "'published'"), strict=True
    ):
        assert part in hint
    with pytest.raises(DataError, match=r"has no column 'gone', .* --id-column$"):
        describe(texts, id_column="gone")
    _, problems = describe(texts, id_column="doc", date_column="gone")
    assert problems == [f"{texts / 'meta.csv'} has no column 'gone'; name the right one with --date-column"]


def test_the_table_may_lie_beside_the_folder_if_it_names_its_texts(texts):
    beside = texts.parent / "meta.csv"
    beside.write_text("file,outlet\nnews/1.txt,الجسر\nother/8.txt,النهر\n", encoding="utf-8")
    found, problems = describe(texts)
    assert ([outlet for outlet, _, _ in found], problems) == (["الجسر", "", "", ""], [])
    for content in ("file,outlet\nother/8.txt,النهر\n", "a,b\n1,2\n", "\0"):
        beside.write_text(content, encoding="utf-8")
        found, problems = describe(texts)
        assert ([outlet for outlet, _, _ in found], problems) == ([""] * 4, [])
    (texts / "meta.csv").write_text("file\n1.txt\n", encoding="utf-8")
    (texts / "meta.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds meta\.csv and meta\.jsonl; keep one$"):
        describe(texts)


def test_of_a_source_that_cannot_be_read_there_is_no_hint(tmp_path):
    (tmp_path / "meta.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (tmp_path / "rows.csv").write_text("", encoding="utf-8")
    for source in (tmp_path, tmp_path / "rows.csv", tmp_path / "x.pdf", tmp_path / "gone.csv", "نص طويل " * 500):
        assert list_hints(str(source), Layout()) == []


def test_an_article_has_the_id_of_its_column(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("id,url,text\n1,u1,نص\n2,,نص\n", encoding="utf-8")
    for column, names in ((None, ["1", "2"]), ("url", ["u1", "rows.csv#2"])):
        found = read_articles(str(path), Layout(id_column=column), pytest.fail)
        assert [article.name for article in found] == names


@pytest.mark.parametrize(
    ("header", "hints"),
    [
        ("id,outlet,date,text", []),
        ("text,source,published,url", ["--outlet-column 'source'", "--date-column 'published'", "--id-column 'url'"]),
        ("Text,المصدر,تاريخ النشر,text", ["--outlet-column 'المصدر'", "--date-column 'تاريخ النشر'"]),
        ("text,Outlet,Date", ["--outlet-column 'Outlet'", "--date-column 'Date'"]),
        ("text,mood", []),
    ],
)
def test_columns_with_other_names_are_suggested(tmp_path, header, hints):
    path = tmp_path / "rows.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    found = list_hints(str(path), Layout())
    assert [hint.split("add ")[1] for hint in found] == hints
    assert all(hint.startswith(f"{path} has no column") for hint in found)
    chosen = Layout(outlet_column="mood", date_column="mood", id_column="mood")
    assert list_hints(str(path), chosen) == list_hints("-", Layout()) == []


def test_a_workbook_has_dates_in_its_cells(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="needs the extra excel")
    book = openpyxl.Workbook()
    for row in (["text", "outlet", "date"], ["نص أول", "الجسر", datetime(2024, 3, 7)], ["نص ثان", None, "٧ آذار ٢٠٢٤"]):
        book.active.append(row)
    book.save(tmp_path / "rows.xlsx")
    assert describe(tmp_path / "rows.xlsx") == (
        [("الجسر", "2024-03-07", "column"), ("", "2024-03-07", "column")],
        [],
    )


@pytest.mark.parametrize("name", ["rows.tsv", "rows.csv", "rows.json"])
def test_tables_of_other_kinds_are_articles_too(tmp_path, name):
    content = {
        "rows.tsv": "text\tdate\nنص\t2024-03-07\n",
        "rows.csv": "text;date\nنص;2024-03-07\n",
        "rows.json": '[{"text": "نص", "date": "2024-03-07"}]',
    }
    (tmp_path / name).write_text(content[name], encoding="utf-8")
    assert describe(tmp_path / name) == ([("", "2024-03-07", "column")], [])


def test_what_is_given_for_all_is_checked():
    with pytest.raises(
        DataError, match=r"'gestern' is not read as .* 2016-03-01, or name its form: --date-format %d/%m/%Y$"
    ):
        Layout(date="gestern")
    with pytest.raises(ConfigError, match="does not tell day, month and year"):
        Layout(date_form="%Y")
    with pytest.raises(ConfigError, match="'%d/%d/%Y' does not tell day, month and year, each once"):
        Layout(date_form="%d/%d/%Y")


@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0"])
def test_standard_input(monkeypatch, name):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("نص".encode())))
    (article,), _ = read(name)
    assert (article.text, article.name) == ("نص", "standard input")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"text\n\xd8\xa3\n")))
    (article,), _ = read(name, form="csv")
    assert (article.text, article.name) == ("أ", "#1")
    assert not sys.stdin.buffer.closed


def test_standard_input_that_is_closed(monkeypatch):
    monkeypatch.setattr("sys.__stdin__", None)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(DataError, match=r"^standard input is closed; name an input file$"):
        read("-")


def test_a_pipe_is_a_text_or_what_its_name_says(tmp_path):
    for name, content, form in (("a", "نص", None), ("b.csv", "text\nنص\n", None), ("c", "text\nنص\n", "csv")):
        os.mkfifo(tmp_path / name)
        with ThreadPoolExecutor(1) as pool:
            pool.submit((tmp_path / name).write_text, content, encoding="utf-8")
            (article,), _ = read(tmp_path / name, form=form)
        assert article.text == "نص"


def test_page_keeps_its_text_and_loses_the_rest(tmp_path):
    pytest.importorskip("trafilatura", reason="the extra html is not installed")
    path = tmp_path / "page.html"
    path.write_text(PAGE.format(FIRST, SECOND), encoding="utf-8")
    (article,), _ = read(path)
    assert article.text.split("\n") == ["الوادي يفتتح جسرا", FIRST, SECOND]
    assert article.outlet == "صحيفة الجسر"
    dated = PAGE.replace("<script>", '<meta property="article:published_time" content="2016-03-01T10:00:00Z"><script>')
    path.write_text(dated.format(FIRST, SECOND), encoding="utf-8")
    assert describe(path, outlet="الساحل", date="2020-01-01") == ([("صحيفة الجسر", "2016-03-01", "page")], [])


LAYOUTS = {
    "classes and no article element": """<html lang="ar"><head><title>{title}</title><style>p{{}}</style></head>
<body><div id="header" class="header"><ul class="menu"><li><a href="/">الرئيسية</a><li><a href="/a">سياسة</a></ul></div>
<div class="breadcrumb"><a href="/">البداية</a> » <a href="/a">محليات</a></div>
<div class="content"><h1>{title}</h1><div class="article-body"><p>{first}</p>
<script>document.write("إعلان ممول يظهر هنا");</script><p>{second}</p></div></div>
<div class="sidebar"><h3>الأكثر قراءة</h3><ul><li><a href="/1">خبر جانبي</a><li><a href="/2">خبر ثان</a></ul></div>
<div class="footer">اتصل بنا | سياسة الخصوصية | جميع الحقوق محفوظة</div></body></html>""",
    "scripts, share bar, cookies, related": """<!DOCTYPE html><html dir="rtl" lang="ar"><head>
<title>{title} - صحيفة الجسر</title><meta property="og:title" content="{title}">
<script type="application/ld+json">{{"@type": "تتبع"}}</script></head><body>
<div class="cookie-banner" role="dialog">نستخدم ملفات تعريف الارتباط <button>موافق</button></div>
<nav><a href="/live">البث المباشر</a><a href="/sport">رياضة</a></nav>
<main><article><header><h1>{title}</h1></header>
<div class="share"><a href="#">شارك على فيسبوك</a><a href="#">غرد</a></div>
<p>{first}</p><noscript><img src="x.gif" alt="عداد الزوار"></noscript><p>{second}</p></article>
<aside class="related"><h2>اقرأ أيضا</h2><a href="/3">عنوان من الأرشيف</a></aside></main>
<section id="comments"><h3>تعليقات</h3><p>تعليق لقارئ غاضب</p></section>
<footer><p>تابعونا</p><p>© صحيفة الجسر</p></footer></body></html>""",
    "broken markup": """<html><body><table class=menu><tr><td><a href=/>الرئيسية</a><td><a href=/b>اقتصاد</a></table>
<article><h1>{title}</h1><p>{first}<p>{second}</article><div class=footer>حقوق النشر محفوظة""",
}
AROUND = """الرئيسية رياضة سياسة محليات اقتصاد إعلان موافق شارك غرد قراءة جانبي الخصوصية الحقوق حقوق تتبع الزوار
الأرشيف تعليق تابعونا البث"""


@pytest.mark.parametrize("layout", LAYOUTS)
def test_menus_footers_and_scripts_are_left_out(layout, tmp_path):
    pytest.importorskip("trafilatura", reason="the extra html is not installed")
    path = tmp_path / "page.html"
    path.write_text(LAYOUTS[layout].format(title="الوادي يفتتح جسرا", first=FIRST, second=SECOND), encoding="utf-8")
    (article,), _ = read(path)
    assert [line for line in article.text.split("\n") if line] == ["الوادي يفتتح جسرا", FIRST, SECOND]
    assert [word for word in AROUND.split() if word in article.text] == []


def test_a_page_laid_out_in_a_table_is_refused_with_a_way_out(tmp_path):
    pytest.importorskip("trafilatura", reason="the extra html is not installed")
    path = tmp_path / "page.html"
    path.write_text(f"<body><table><tr><td><a href=/>الرئيسية</a><td><p>{FIRST}<p>{SECOND}</table>", encoding="utf-8")
    with pytest.raises(DataError, match=r"holds no article that stands out from its menus; save its text as \.txt$"):
        read(path)


def test_page_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    (tmp_path / "page.html").write_text(PAGE.format(FIRST, SECOND), encoding="utf-8")
    with pytest.raises(MissingExtraError, match=r"page\.html needs packages .* -m pip install 'janib\[html\]'$"):
        read(tmp_path / "page.html")


def test_a_row_that_is_no_text_costs_no_other(tmp_path):
    path = tmp_path / "a.jsonl"
    texts = ["\\ud800 نص", "\\u0000", "\\u200f\\u202b", "نص"]
    path.write_text("".join(f'{{"text": "{text}"}}\n' for text in texts), encoding="utf-8")
    found, problems = read(path)
    assert [article.text for article in found] == ["نص"]
    assert [problem.partition("the column 'text' ")[2].split()[:2] for problem in problems] == [
        ["holds", "half"],
        ["holds", "a"],
        ["is", "blank;"],
    ]


def test_a_file_of_bidi_marks_holds_no_text(tmp_path):
    (tmp_path / "a.txt").write_text("\u200f\u202b\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no text; expected an article"):
        read(tmp_path / "a.txt")
