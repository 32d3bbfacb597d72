"""``janib analyse`` from a file to the files it leaves."""

import json
import re
from functools import partial

import pytest

import janib
from janib.articles.report.page import render_report

TEXT = """مصر تدين الهجوم على ميناء في السودان
انتقدت مصر اليوم «بأشد العبارات» تعنت إثيوبيا في ملف السد.
وأضافت أن السودان يستحق كل دعم.
"""


@pytest.fixture
def run(run_janib):
    """Run ``janib analyse …``."""
    return partial(run_janib, "analyse")


def test_analyse_a_text():
    found = janib.analyse(TEXT)
    assert [found.text[one.start : one.end] for one in found.statements] == TEXT.splitlines()
    stances = {(one.statement, one.party): one.stance for one in found.positions}
    assert (stances[1, "ethiopia"], stances[2, "sudan"]) == ("against", "favor")
    for one in found.positions:
        assert {speaker.party for speaker in one.speakers} == {"egypt"}


def test_half_a_character_and_parties_by_name_of_their_file(tmp_path):
    path = tmp_path / "parties.jsonl"
    path.write_text('{"id": "our_club", "ar": "نادينا", "kind": "other"}\n', encoding="utf-8")
    found = janib.analyse("أدانت مصر \ud83d موقف نادينا.", parties=str(path))
    assert {one.party for one in found.positions} == {"our_club"}


def test_files_and_summary(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    code, out, err = run(tmp_path / "a.txt", "-o", tmp_path / "out")
    assert (code, err) == (0, f"written to {tmp_path}/out; open {(tmp_path / 'out' / 'report.html').as_uri()}\n")
    assert "1 article, 3 statements" in out
    assert "\u2068إثيوبيا\u2069" in out
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "positions.csv",
        "positions.jsonl",
        "statements.jsonl",
        "matrix.csv",
        "report.html",
    }
    lines = (tmp_path / "out" / "positions.jsonl").read_text(encoding="utf-8").splitlines()
    assert all(json.loads(line)["article"] == "a.txt" for line in lines)


def test_each_stance_is_explained_if_asked(run, tmp_path):
    (tmp_path / "a.txt").write_text("انتقدت مصر تعنت إثيوبيا", encoding="utf-8")
    for name, options in (("plain", []), ("explained", ["--explain"])):
        assert run(tmp_path / "a.txt", "-o", tmp_path / name, *options)[0] == 0
    plain, explained = (
        [json.loads(line) for line in (tmp_path / name / "positions.jsonl").read_text(encoding="utf-8").splitlines()]
        for name in ("plain", "explained")
    )
    (found,) = [row.pop("explanation") for row in explained]
    assert explained == plain
    assert (found["label"], found["method"]) == ("against", "occlusion")
    assert max(found["words"], key=lambda word: word["effect"])["word"] == "انتقدت"
    assert '<details class="reasons">' in (tmp_path / "explained" / "report.html").read_text(encoding="utf-8")


def test_bad_rows_are_named_and_left_out(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text\nرحبت مصر بقرار قطر\n \n", encoding="utf-8")
    code, _, err = run(path)
    assert (code, err) == (0, f"left out: {path}, row 2 (line 3): the column 'text' is blank; every row needs one\n")
    code, _, err = run(path, "--strict", "-o", tmp_path / "out")
    assert (code, err) == (2, f"error: {path}, row 2 (line 3): the column 'text' is blank; every row needs one\n")
    assert not (tmp_path / "out").exists()


def test_a_folder_of_mine_is_not_replaced(run, tmp_path):
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    code, _, err = run(tmp_path / "a.txt", "-o", tmp_path)
    assert code == 2
    assert err == f"error: {tmp_path} holds a.txt, which an analysis would replace; name a new folder\n"
    code, _, err = run(tmp_path / "a.txt", "-o", tmp_path / "a.txt")
    assert (code, err) == (2, f"error: {tmp_path}/a.txt is a file, expected a folder; name one\n")


def test_articles_of_one_name_are_told_apart(run, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "r.txt").write_text(TEXT, encoding="utf-8")
    assert run(tmp_path / "a" / "r.txt", tmp_path / "b" / "r.txt", "-o", tmp_path / "out")[0] == 0
    lines = (tmp_path / "out" / "statements.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["article"] for line in lines} == {"r.txt", "r.txt (2)"}


DATED = "{}أعلن الرئيس الأميركي القرار.\nورحبت المملكة به.\n"


@pytest.mark.parametrize(
    ("line", "options", "expected"),
    [
        ("", ["--date", "2015-05-01"], ("barack_obama", "2015-05-01", "given")),
        ("نشر في 01/05/2023\n", [], ("joe_biden", "2023-05-01", "text")),
        ("نشر في 01/05/2023\n", ["--date", "1 ماي 2015"], ("barack_obama", "2015-05-01", "given")),
        (
            "نشر في 01/05/2023\n",
            ["--date-format", "%d.%m.%Y", "--date", "01.05.2015"],
            ("barack_obama", "2015-05-01", "given"),
        ),
    ],
)
def test_the_date_decides_who_holds_an_office(run, tmp_path, line, options, expected):
    (tmp_path / "a.txt").write_text(f"جلسة في القصر\n{DATED.format(line)}", encoding="utf-8")
    assert run(tmp_path / "a.txt", "-o", tmp_path / "out", *options)[0] == 0
    rows = [json.loads(row) for row in (tmp_path / "out" / "statements.jsonl").read_text(encoding="utf-8").splitlines()]
    (row,) = [row for row in rows if row["text"].startswith("أعلن")]
    assert (row["speakers"][0]["party_id"], row["date"], row["date_from"]) == expected
    origin = "كما حدّده المستخدم" if expected[2] == "given" else "من نص المقال"
    assert f"{expected[1]} ({origin})" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "outlet", "party"),
    [
        ("انتقدت النقابة موقف المملكة.", "عكاظ", "saudi_arabia"),
        ("انتقدت النقابة موقف المملكة.", "هسبريس", "morocco"),
        ("انتقدت النقابة موقف الحكومة.", "الشروق التونسية", "tunisia"),
        ("انتقدت النقابة موقف وزارة الداخلية.", "الأهرام", "egypt"),
        ("انتقدت فرنسا في القمة موقف المملكة.", "عكاظ", "saudi_arabia"),
        ("انتقدت النقابة موقف الحكومة.", "الشروق", None),  # of Tunis or of Cairo
    ],
)
def test_what_has_no_state_is_of_the_outlets_country(run, tmp_path, text, outlet, party):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    assert run(tmp_path / "a.txt", "-o", tmp_path / "out", "--outlet", outlet)[0] == 0
    lines = (tmp_path / "out" / "positions.jsonl").read_text(encoding="utf-8").splitlines()
    assert [(row["party_id"], row["outlet"]) for row in map(json.loads, lines)] == [(party, outlet)] * (
        party is not None
    )


def test_an_unreadable_date_is_an_error(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,date\nرحبت مصر بقرار قطر,03-2016\n", encoding="utf-8")
    code, _, err = run(path, "--strict")
    said = "'03-2016' is not read as a date; write it as 2016-03-01, or name its form: --date-format %d/%m/%Y"
    assert (code, err) == (2, f"error: {path}, row 1 (line 2): {said}\n")
    code, _, err = run(path, "--date", "03-2016")
    assert (code, err) == (2, f"error: {said}\n")


def test_links_and_credits_hold_no_party_speaker_or_position():
    told, more = "انتقدت مصر تعنت إثيوبيا.", "وأضافت أن السودان محق."
    found = janib.analyse(f"{told}\nاقرأ أيضا: تركيا تنتقد إيران\n{more}\nالمصدر: وكالة رويترز\n#قطر #ليبيا")
    assert [one.is_boilerplate for one in found.statements] == [False, True, False, True, True]
    assert {one.party for one in found.mentions} == {"egypt", "ethiopia", "sudan"}
    assert [(one.statement, one.party) for one in found.positions] == [(0, "ethiopia"), (2, "sudan")]
    assert [[said.party for said in one.speakers] for one in found.statements] == [
        *(["egypt"], [], ["egypt"], [], []),
    ]
    rows = found.list_statements()
    assert [row["boilerplate"] for row in rows] == [False, True, False, True, True]
    assert [bool(row["speakers"]) for row in rows] == [True, False, True, False, False]
    shown = re.findall('<span class="speaker">(.*?)</span><p[^>]*>', render_report([found]))
    assert [re.findall("<bdi>(.*?)</bdi>", one) for one in shown] == [["مصر"], [], ["مصر"], [], []]


def test_a_headline_is_part_of_the_report():
    assert not janib.analyse("المصدر: وكالة رويترز\nوصل الوفد.").statements[0].is_boilerplate
