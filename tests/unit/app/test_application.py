"""What the page of ``janib app`` is answered, and what it is refused."""

import datetime
import gzip
import io
import json
import re
import resource
import tempfile
import zipfile
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janib.app.application import MOST_REQUESTS, Application
from janib.app.requests import BODY_LIMIT, MOST_ARTICLES, SENTENCE_CHARS
from janib.articles.analysis import Analyser
from janib.articles.positions import Judge
from janib.labels import STANCE_LABELS, Stance

TEXT = "رفضت مصر قرار إثيوبيا بدء ملء السد.\nورحّب الاتحاد الأوروبي بموقف السودان \U0001f44d وأشاد به."
SENTENCE = {"text": "رحّبت الوزارة بقرار المحكمة", "target": "المحكمة"}


def test_the_page_is_served_with_a_policy(app, ask):
    status, headers, page = ask(app, "GET", "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self' 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert "http:" not in page
    assert "https:" not in page


def test_the_styles_of_reports_are_allowed_in_the_page(app, ask):
    for count in (1, 2):
        articles = [{"text": TEXT, "name": str(number)} for number in range(count)]
        _, headers, lines = ask(app, "POST", "/analysis", {"articles": articles})
        for report in lines[-1]["reports"].values():
            policy = report.split('http-equiv="Content-Security-Policy" content="')[1].split('"')[0]
            hashes = [part for part in policy.replace("&#39;", "'").split("'") if part.startswith("sha256-")]
            assert hashes
            assert all(one in headers["Content-Security-Policy"] for one in hashes)


def test_an_analysis_tells_its_progress_and_then_what_it_found(app, ask):
    articles = [{"text": TEXT, "name": "a.txt", "outlet": "وكالة", "date": "2024-03-07"}, {"text": "اجتمع الوفد."}]
    status, headers, lines = ask(app, "POST", "/analysis", {"articles": articles})
    assert (status, headers["Content-Type"]) == (200, "application/x-ndjson; charset=utf-8")
    assert [(one["done"], one["of"]) for one in lines[:-1]] == [(0, 2), (1, 2), (2, 2)]
    assert lines[-1]["problems"] == []
    for position in lines[-1]["positions"]:
        record, pieces = position["record"], position["pieces"]
        assert "".join(pieces) == record["text"]
        assert pieces[1] == TEXT[record["mention_start"] : record["mention_end"]]
        assert (record["outlet"], record["date"]) == ("وكالة", "2024-03-07")
        assert {row["party_id"] for row in position["rows"]} == {record["party_id"]}
        assert len(position["rows"]) == len(record["speakers"])
    assert {one["record"]["party_id"] for one in lines[-1]["positions"]} >= {"ethiopia", "sudan"}
    assert all("<html" in report for report in lines[-1]["reports"].values())


def test_a_bad_article_costs_no_other(app, ask):
    articles = [{"text": " "}, {"text": TEXT}, 7, {"text": TEXT, "date": "أمس"}, {"text": "a\0b"}, {"text": 3}]
    _, _, lines = ask(app, "POST", "/analysis", {"articles": articles})
    assert lines[-1]["positions"]
    assert [one.split(":")[0] for one in lines[-1]["problems"]] == [f"article {number}" for number in (1, 3, 4, 5, 6)]


def test_articles_of_one_name_are_told_apart(app, ask):
    _, _, lines = ask(app, "POST", "/analysis", {"articles": [{"text": TEXT, "name": "x"}] * 2})
    assert {one["record"]["article"] for one in lines[-1]["positions"]} == {"x", "x (2)"}


def test_a_hostile_text_stays_text(app, ask):
    evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
    article = {"text": f"رفضت مصر قرار إثيوبيا {evil}.", "name": evil, "outlet": evil}
    _, _, lines = ask(app, "POST", "/analysis", {"articles": [article]})
    for report in lines[-1]["reports"].values():
        assert "<script>alert" not in report
        assert "<img" not in report
    assert evil in lines[-1]["positions"][0]["record"]["text"]


def test_a_sentence_has_label_probabilities_and_words(app, ask, lexicon):
    status, _, found = ask(app, "POST", "/sentence", SENTENCE)
    expected = lexicon.predict([SENTENCE["text"]], SENTENCE["target"])[0]
    assert status == 200
    assert found["stance"]["label"] == expected.label == Stance.FAVOR
    assert found["stance"]["probabilities"] == pytest.approx(expected.probabilities)
    assert "".join(one["text"] for one in found["pieces"]) == SENTENCE["text"]
    strongest = max((one for one in found["pieces"] if "effect" in one), key=lambda one: one["effect"])
    assert strongest["text"] == "رحّبت"


def test_a_side_below_the_threshold_is_withheld(lexicon, run_app, ask):
    with run_app(Analyser(Judge(lexicon, lexicon, 1.0))) as app:
        _, _, found = ask(app, "POST", "/sentence", SENTENCE)
    assert (found["stance"]["label"], found["stance"]["shown"]) == (Stance.FAVOR, None)


@pytest.mark.parametrize(
    ("text", "target", "is_named"),
    [
        ("رحّبت اللجنة بقرار أهـل الوادي", "جبهة الوادي", True),
        ("رحّبت اللجنة بقرار جبهة الوادي", "أهل الوادي", True),
        ("أدانت اللجنة التدخلات الإيرانية", "إيران", True),
        ("رحّبت اللجنة بالقرار", "جبهة الوادي", False),
    ],
)
def test_own_parties_are_named_by_their_other_names_too(lexicon, run_app, ask, text, target, is_named):
    own = [{"id": "wadi_front", "kind": "armed_group", "ar": "جبهة الوادي", "names": ["أهل الوادي"]}]
    with run_app(Analyser(Judge(lexicon, lexicon), own)) as app:
        _, _, found = ask(app, "POST", "/sentence", {"text": text, "target": target})
    assert found["is_named"] is is_named


@pytest.mark.parametrize(
    ("text", "target", "is_named", "is_foreign"),
    [
        ("أدانت اللجنة التدخلات الإيرانية", "إيران", True, False),
        ("ورحّبت بالمـحكمة", "المحكمة", True, False),
        ("رحّبت الوزارة بالقرار", "إيران", False, False),
        ("The minister praised the court", "the court", True, True),
    ],
)
def test_a_sentence_without_the_party_has_no_label(app, ask, text, target, is_named, is_foreign):
    _, _, found = ask(app, "POST", "/sentence", {"text": text, "target": target})
    assert (found["is_named"], found["is_foreign"]) == (is_named, is_foreign)
    assert (found["stance"]["shown"] is None) == (found["sentiment"]["shown"] is None) == (not is_named)


GOOD = json.dumps(SENTENCE).encode()
JSON = {"Content_Type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "reason"),
    [
        ("GET", "/", None, {"Host": "evil.example"}, 421, "host"),
        ("GET", "/", None, {"Host": "127.0.0.1"}, 421, "host"),
        ("POST", "/sentence", GOOD, JSON | {"Origin": "http://evil.example"}, 403, "origin"),
        ("POST", "/sentence", GOOD, JSON | {"Origin": "null"}, 403, "origin"),
        ("GET", "/nothing", None, {}, 404, "path"),
        ("GET", "/../../etc/passwd", None, {}, 404, "path"),
        ("GET", "/%2e%2e/words.json", None, {}, 404, "path"),
        ("GET", "/words.json", None, {}, 404, "path"),
        ("DELETE", "/", None, {}, 405, "method"),
        ("GET", "/sentence", None, {}, 405, "method"),
        ("OPTIONS", "/sentence", None, {}, 405, "method"),
        ("POST", "/sentence", GOOD, {"Content_Type": "text/plain"}, 415, "json"),
        ("POST", "/sentence", GOOD, JSON | {"Content_Length": "many"}, 400, "length"),
        ("POST", "/sentence", GOOD, JSON | {"Content_Length": "-1"}, 400, "length"),
        ("POST", "/sentence", GOOD, JSON | {"Content_Length": "9" * 15}, 413, "large"),
        ("POST", "/sentence", b"{", JSON, 400, "json"),
        ("POST", "/sentence", b"\xff\xfe", JSON, 400, "json"),
        ("POST", "/sentence", b"[" * 100_000, JSON, 400, "json"),
        ("POST", "/sentence", b"[1]", JSON, 400, "json"),
        ("POST", "/sentence", {"text": "", "target": "مصر"}, {}, 400, "text"),
        ("POST", "/sentence", {"text": "\u200f \u0640", "target": " "}, {}, 400, "target"),
        ("POST", "/sentence", {"text": "رحبت", "target": ["مصر"]}, {}, 400, "input"),
        ("POST", "/sentence", b'{"text": "\\ud800", "target": "x"}', JSON, 400, "text"),
        ("POST", "/sentence", {"text": "م" * (SENTENCE_CHARS + 1), "target": "مصر"}, {}, 400, "long"),
        ("POST", "/analysis", {}, {}, 400, "articles"),
        ("POST", "/analysis", {"articles": []}, {}, 400, "articles"),
        ("POST", "/analysis", {"articles": [{"text": "نص"}] * (MOST_ARTICLES + 1)}, {}, 400, "articles"),
        ("POST", "/articles?name=x.csv", b"a,b\n1,2\n", {}, 422, "column"),
        ("POST", "/articles?name=x.jsonl", b'{"a": 1}\n', {}, 422, "column"),
        ("POST", "/articles?name=x.csv", b"", {}, 400, "input"),
        ("POST", "/articles?name=x.csv", b"text,text\n", {}, 400, "input"),
        ("POST", "/articles?name=x.txt", "نص".encode("utf-16"), {}, 400, "input"),
        ("POST", "/articles?name=x.txt", b"PK\x03\x04", {}, 400, "input"),
        ("POST", "/articles?name=x.csv", gzip.compress(b"text\n" + b"\n" * 50_000_000), {}, 400, "input"),
        ("POST", "/articles?name=x.csv", b"text\n" + b'" "\n' * 20_000, {}, 400, "input"),
        ("POST", "/articles?name=x.xlsx", b"PK\x03\x04broken", {}, 400, "input"),
        ("POST", "/articles?name=x.parquet", b"PAR1broken", {}, 400, "input"),
        ("POST", "/articles?name=x.xyz", b"text", {}, 400, "input"),
        ("POST", "/articles", b" ", {}, 400, "input"),
    ],
)
def test_what_cannot_be_answered_gets_one_clear_error(app, ask, method, path, body, headers, status, reason):
    found, answered, content = ask(app, method, path, body, **headers)
    assert (found, content["reason"]) == (status, reason)
    assert answered["Content-Type"] == "application/json; charset=utf-8"
    assert content["error"]
    assert "Traceback" not in content["error"]
    assert tempfile.gettempdir() not in content["error"]
    assert (answered["Allow"] is not None) == (status == 405)


def test_a_file_gives_its_articles(app, ask):
    rows = "\ufeffid,text,outlet,date\nأ,رفضت مصر القرار,وكالة,2024-03-07\nب,,وكالة,\nج,نص,وكالة,أمس\n"
    status, _, found = ask(app, "POST", "/articles?name=" + quote("أخبار.csv"), rows.encode())
    assert status == 200
    assert found["articles"] == [{"text": "رفضت مصر القرار", "name": "أ", "outlet": "وكالة", "date": "2024-03-07"}]
    assert [one.split(":")[0] for one in found["problems"]] == [
        "أخبار.csv, row 2 (line 3)",
        "أخبار.csv, row 3 (line 4)",
    ]
    text = f"\ufeff{TEXT}".encode()
    _, _, found = ask(app, "POST", "/articles?name=" + quote("../../تقرير اليوم.txt"), text)
    assert found == {
        "articles": [{"text": TEXT, "name": "تقرير اليوم.txt", "outlet": "", "date": ""}],
        "problems": [],
    }


def test_many_bad_rows_cost_no_good_one(app, ask):
    rows = "text\n" + '" "\n' * 150 + "رفضت مصر القرار\n"
    _, _, found = ask(app, "POST", "/articles?name=x.csv", rows.encode())
    assert [one["text"] for one in found["articles"]] == ["رفضت مصر القرار"]
    assert (len(found["problems"]), found["problems"][-1]) == (101, "and 50 more")


def test_a_workbook_gives_its_articles(app, ask, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    workbook = openpyxl.Workbook()
    for row in (["المعرّف", "النص", "date"], ["أ", TEXT, datetime.date(2024, 3, 7)], ["ب", None, None]):
        workbook.active.append(row)
    workbook.save(tmp_path / "x.xlsx")
    content = (tmp_path / "x.xlsx").read_bytes()
    _, _, refused = ask(app, "POST", "/articles?name=x.xlsx", content)
    assert refused["columns"] == ["المعرّف", "النص", "date"]
    _, _, found = ask(app, "POST", "/articles?name=x.xlsx&text=" + quote("النص"), content)
    assert [(one["text"], one["date"]) for one in found["articles"]] == [(TEXT, "2024-03-07")]
    assert len(found["problems"]) == 1


def make_workbook(rows):
    """Return a workbook whose sheet has some XML as its rows."""
    openpyxl = pytest.importorskip("openpyxl")
    whole, changed = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(whole)
    with zipfile.ZipFile(whole) as parts, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as into:
        for part in parts.namelist():
            content = parts.read(part)
            into.writestr(
                part,
                re.sub(rb"<sheetData.*</sheetData>|<sheetData ?/>", b"<sheetData>" + rows + b"</sheetData>", content),
            )
    return changed.getvalue()


def make_parquet(text, n_rows, **options):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    into = io.BytesIO()
    parquet.write_table(pyarrow.table({"text": pyarrow.array([text] * n_rows)}), into, compression="zstd", **options)
    return into.getvalue()


HEADER = b'<row r="1"><c r="A1" t="inlineStr"><is><t>text</t></is></c></row>'
BOMBS = {
    "workbook of long texts": lambda: make_workbook(HEADER + b"<row><c><v>%s</v></c></row>" % bytes(60_000_000)),
    "workbook of wide rows": lambda: make_workbook(HEADER + b'<row><c r="XFD2"/></row>' * 2_000),
    "workbook with a far row": lambda: make_workbook(HEADER + b'<row r="1000000000000"><c r="A1000000000000"/></row>'),
    "Parquet of long texts": lambda: make_parquet("م" * 1_000_000, 60, use_dictionary=False),
    "Parquet of one text": lambda: make_parquet("م" * 1_000_000, 500),
    "packed table": lambda: gzip.compress(b"text\n" + b"\n" * 60_000_000),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_file_that_unpacks_to_a_large_one_is_refused(app, ask, kind):
    suffix = {"workbook": "xlsx", "Parquet": "parquet", "packed": "csv"}[kind.split()[0]]
    content = BOMBS[kind]()
    assert len(content) < 500_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    status, _, found = ask(app, "POST", f"/articles?name=x.{suffix}", content)
    assert (status, found["reason"]) == (400, "input")
    assert re.search(r"unpack|more than \d[\d,]+ cells|rows below row 1,048,576|1,000,000 characters", found["error"])
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # in KB


def test_a_table_without_a_column_of_texts_says_which_it_has(app, ask):
    rows = json.dumps({"العنوان": "عنوان", "النص": "رفضت مصر القرار"}, ensure_ascii=False).encode()
    _, _, refused = ask(app, "POST", "/articles?name=x.jsonl", rows)
    assert (refused["columns"], refused["likely"]) == (["العنوان", "النص"], {"text": "النص"})
    _, _, found = ask(app, "POST", "/articles?name=x.jsonl&text=" + quote("النص"), rows)
    assert [one["text"] for one in found["articles"]] == ["رفضت مصر القرار"]


@pytest.mark.parametrize(
    ("text", "outlet", "date", "day", "likely"),
    [
        ("النص", "الصحيفة", "التاريخ", "٧ آذار ٢٠٢٤", {"text", "outlet", "date"}),
        ("text", "المصدر", "تاريخ النشر", "2024-03-07", {"text", "outlet", "date"}),
        ("المقال", "outlet", "day", "07/03/2024", {"text", "outlet"}),  # which may be two days
        ("text", "source", "date", "2024-03-07", {"text", "outlet", "date"}),
    ],
)
def test_the_columns_of_outlet_and_date_are_asked_for_too(app, ask, text, outlet, date, day, likely):
    rows = f"{outlet},{date},{text}\nالغد,{day},رفضت مصر القرار أمس\n".encode()
    status, _, refused = ask(app, "POST", "/articles?name=x.csv", rows)
    assert (status, refused["columns"]) == (422, [outlet, date, text])
    columns = {"text": text, "outlet": outlet, "date": date}
    assert refused["likely"] == {field: columns[field] for field in likely}
    query = "".join(f"&{field}={quote(column)}" for field, column in refused["likely"].items())
    _, _, found = ask(app, "POST", f"/articles?name=x.csv{query}", rows)
    told = "2024-03-07" if "date" in likely else ""
    assert [(one["outlet"], one["date"]) for one in found["articles"]] == [("الغد", told)]
    _, _, found = ask(app, "POST", f"/articles?name=x.csv&text={quote(text)}", rows)
    assert len(found["articles"]) == 1


def test_a_file_of_too_many_articles_is_refused(app, ask):
    rows = "text\n" + "نص\n" * (MOST_ARTICLES + 1)
    status, _, found = ask(app, "POST", "/articles?name=x.csv", rows.encode())
    assert (status, found["reason"]) == (413, "articles")
    assert "janib analyse" in found["error"]


@pytest.mark.parametrize(
    "name", ["", "..", "/", "a\0b.txt", "x" * 1000 + ".txt", "<b>.txt", "-.txt", "\u202etxt.exe.txt"]
)
def test_a_file_of_any_name_is_read_and_not_kept(app, ask, name, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    status, _, found = ask(app, "POST", f"/articles?name={quote(name)}", TEXT.encode())
    assert status == 200
    assert found["articles"][0]["text"] == TEXT
    assert list(tmp_path.iterdir()) == []


def call(application, method, path, body, kind="application/json"):
    """Ask a WSGI application without a server; return the status and the body."""
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": "127.0.0.1:8000", "CONTENT_TYPE": kind}
    environ |= {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "QUERY_STRING": ""}
    environ["SCRIPT_NAME"] = ""
    setup_testing_defaults(environ)
    said = []
    answer = application(environ, lambda status, headers: said.append(status))
    content = b"".join(answer)
    getattr(answer, "close", bool)()
    return said[0], content


@pytest.fixture(scope="module")
def application(analyser):
    return Application(["http://127.0.0.1:8000"], analyser)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["/sentence", "/analysis"]),
    st.dictionaries(st.sampled_from(["text", "target", "speaker", "articles"]), JSON_VALUES)
    | st.fixed_dictionaries({"text": st.text(), "target": st.text(), "speaker": st.none() | st.text()})
    | st.fixed_dictionaries({"articles": st.lists(st.fixed_dictionaries({"text": st.text(), "name": st.text()}))}),
)
def test_any_json_is_answered(application, path, content):
    status, body = call(application, "POST", path, json.dumps(content).encode())
    assert status[:3] in ("200", "400")
    for line in body.decode().rstrip("\n").split("\n"):
        json.loads(line)


def test_it_keeps_to_the_rules_of_wsgi(application):
    def strict(environ, start_response):
        return validator(application)(environ, lambda *said: (start_response(*said), lambda _: None)[1])

    for method, path, body in (
        ("GET", "/", b""),
        ("POST", "/sentence", GOOD),
        ("POST", "/analysis", json.dumps({"articles": [{"text": TEXT}]}).encode()),
        ("POST", "/nothing", b""),
    ):
        status, content = call(strict, method, path, body)
        assert content
        assert status.startswith("404" if path == "/nothing" else "200")


def test_a_fault_of_the_program_is_no_traceback_for_the_page(analyser, lexicon, run_app, ask, caplog):
    class Broken(Analyser):
        judge = property(lambda self: 1 / 0, lambda self, value: None)

        def analyse_each(self, articles):
            if articles[0].text == TEXT:
                raise ZeroDivisionError
            return analyser.analyse_each(articles)

    with run_app(Broken(Judge(lexicon, lexicon))) as app:
        status, _, found = ask(app, "POST", "/sentence", SENTENCE)
        _, _, lines = ask(app, "POST", "/analysis", {"articles": [{"text": TEXT}]})
    assert (status, found["reason"], lines[-1]["reason"]) == (500, "fault", "fault")
    assert "Zero" not in str(found) + str(lines)
    assert caplog.text.count("a fault of the program") == 2


def test_who_gives_up_leaves_the_queue(application):
    body = json.dumps({"articles": [{"text": TEXT}] * 3}).encode()
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/analysis", "HTTP_HOST": "127.0.0.1:8000"}
    environ |= {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}

    def ask_in_part():
        said = []
        lines = application(environ | {"wsgi.input": io.BytesIO(body)}, lambda status, headers: said.append(status))
        return said[0], lines

    answers = [ask_in_part() for _ in range(MOST_REQUESTS)]
    assert {status for status, _ in answers} == {"200 OK"}
    assert ask_in_part()[0] == "503 Service Unavailable"
    assert call(application, "POST", "/sentence", GOOD)[0] == "503 Service Unavailable"
    next(answers[0][1])
    for _, lines in answers:
        lines.close()
    assert call(application, "POST", "/sentence", GOOD)[0] == "200 OK"


def test_the_body_limit_is_that_of_the_page(app, ask):
    setup = ask(app, "GET", "/setup.json")[2]
    assert setup["limits"] == {"bytes": BODY_LIMIT, "articles": MOST_ARTICLES, "sentence": SENTENCE_CHARS}
    assert setup["tasks"]["stance"] == list(STANCE_LABELS)
    assert set(STANCE_LABELS) <= set(setup["labels"])
