"""The files of an analysis, all or none."""

import csv
import json

import pytest

from janib.articles.report import corpus
from janib.articles.report.files import check_folder, write_analyses
from janib.errors import DataError


@pytest.fixture
def analysis(make_analysis):
    return make_analysis(
        ("البلدية تشكر المدرسة", ["البلدية"], ["البلدية", "المدرسة"]),
        ("وقالت البلدية والغرفة إنهما تدينان موقف النادي.", ["البلدية", "الغرفة"], ["النادي"]),
        ("وكان الجو ماطرا.", [], []),
        name="a.txt",
    )


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_files(analysis, tmp_path):
    write_analyses([analysis], tmp_path / "out")
    positions, statements = (read_lines(tmp_path / "out" / f"{name}.jsonl") for name in ("positions", "statements"))
    assert [row["text"] for row in statements] == analysis.text.split("\n")[:-1]
    assert statements[2]["speakers"] == [
        {"name": "", "office": "", "party": "التقرير", "party_id": "report", "surface": "", "how": "report"}
    ]
    for row in positions:
        assert analysis.text[row["start"] : row["end"]] == row["text"]
        assert analysis.text[row["mention_start"] : row["mention_end"]] == row["party"]
    assert [(row["statement"], row["party_id"], row["stance"]) for row in positions] == [
        (0, "المدرسة", "favor"),
        (1, "النادي", "against"),
    ]
    with (tmp_path / "out" / "matrix.csv").open(encoding="utf-8-sig", newline="") as stream:
        matrix = list(csv.DictReader(stream))
    assert {(row["speaker"], row["party"], row["net"], row["favor"], row["against"]) for row in matrix} == {
        ("البلدية", "المدرسة", "1.0", "1", "0"),
        ("البلدية", "النادي", "-1.0", "0", "1"),
        ("الغرفة", "النادي", "-1.0", "0", "1"),
    }
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


@pytest.mark.parametrize("name", ["out.xlsx", "positions.csv", "report.HTML", "net.graphml"])
def test_a_name_of_a_file_makes_no_folder(tmp_path, name):
    with pytest.raises(
        DataError, match=r"is the name of a file, .*; name a folder, as .*, and ask for .* with --also$"
    ):
        check_folder(tmp_path / name)
    check_folder(tmp_path / "v1.2")


def test_an_older_analysis_is_replaced_and_nothing_else(analysis, tmp_path):
    write_analyses([analysis], tmp_path / "out")
    write_analyses([analysis, analysis], tmp_path / "out")
    assert len(read_lines(tmp_path / "out" / "statements.jsonl")) == 6
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    with pytest.raises(DataError, match=r"mine holds letter\.txt, which an analysis would replace; name a new folder"):
        write_analyses([analysis], tmp_path / "mine")
    (tmp_path / "out" / "notes.md").write_text("x")
    with pytest.raises(DataError, match=r"out holds notes\.md"):
        write_analyses([analysis], tmp_path / "out")
    assert (tmp_path / "out" / "notes.md").read_text() == "x"
    assert (tmp_path / "mine" / "letter.txt").read_text() == "x"


def test_long_texts_have_pages_of_their_own_and_the_report_leads_to_them(analysis, tmp_path, monkeypatch):
    out = tmp_path / "out"
    write_analyses([analysis, analysis], out)
    assert not (out / "articles").exists()
    monkeypatch.setattr(corpus, "_MOST_BYTES", 1_000)
    write_analyses([analysis, analysis], out, lang="en")
    assert {path.name for path in (out / "articles").iterdir()} == {"0001.html", "0002.html"}
    report = (out / "report.html").read_text(encoding="utf-8")
    assert 'href="articles/0002.html"' in report
    assert '<html lang="en" dir="ltr">' in report
    page = (out / "articles" / "0002.html").read_text(encoding="utf-8")
    assert '<a href="../report.html">All articles</a>' in page
    assert 'id="s1"' in page
    write_analyses([analysis], out)  # one text is one file however long it is
    assert not (out / "articles").exists()


def test_a_folder_of_someone_elses_articles_is_not_replaced(analysis, tmp_path):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "mine.txt").write_text("x")
    with pytest.raises(DataError, match=r"holds articles/mine\.txt, which an analysis would replace"):
        write_analyses([analysis], tmp_path)
    assert (tmp_path / "articles" / "mine.txt").read_text() == "x"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "articles").write_text("x")
    with pytest.raises(DataError, match=r"other holds articles, which an analysis would replace"):
        write_analyses([analysis], tmp_path / "other")
