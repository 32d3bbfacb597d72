"""Where articles come from, and what is said of what is none."""

import io
import sys
from types import SimpleNamespace

import pytest

from janib.article.reading import read_articles
from janib.errors import DataError, MissingExtraError

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
    return list(read_articles(str(source), column, form, problems.append)), problems


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
        f"{tmp_path}/3.txt is not UTF-8, it looks like Windows-1256; convert it: iconv -f WINDOWS-1256 -t UTF-8"
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
    assert problems == [f"{path}, row 2 (line 3): the column 'body' is blank"]


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("نص".encode())))
    (article,), _ = read("-")
    assert (article.text, article.name) == ("نص", "standard input")


def test_page_keeps_its_text_and_loses_the_rest(tmp_path):
    pytest.importorskip("trafilatura", reason="the extra html is not installed")
    path = tmp_path / "page.html"
    path.write_text(PAGE.format(FIRST, SECOND), encoding="utf-8")
    (article,), _ = read(path)
    assert article.text.split("\n") == ["الوادي يفتتح جسرا", FIRST, SECOND]
    assert article.outlet == "صحيفة الجسر"


def test_page_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    (tmp_path / "page.html").write_text(PAGE.format(FIRST, SECOND), encoding="utf-8")
    with pytest.raises(MissingExtraError, match=r"page\.html needs packages .*: pip install 'janib\[html\]'$"):
        read(tmp_path / "page.html")
