"""The page of many articles: its tables read without a script, its data is inert, and it stays small."""

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.articles.report.corpus import fits_one_page
from janib.articles.report.page import render_report
from janib.articles.report.periods import find_periods
from janib.articles.report.wording import find_plural, load_wording
from janib.inference.explain import Explanation, WordEffect

EVIL = '</script><script>alert(1)</script> "><img onerror=alert(2) src=x> \u2028 <!--'


@pytest.fixture
def articles(make_analysis):
    """Two articles of two outlets, on two days."""
    return [
        make_analysis(
            ("البلدية تشكر المدرسة", ["البلدية"], ["البلدية", "المدرسة"]),
            ("وأدانت البلدية موقف النادي.", ["البلدية"], ["النادي"]),
            name="a.txt",
            outlet="وكالة الوادي",
            date="2026-03-01",
        ),
        make_analysis(
            ("النقابة تنتقد المدرسة", ["النقابة"], ["المدرسة"]), name="b.txt", outlet="صحيفة الجسر", date="2026-03-04"
        ),
    ]


def read_data(page):
    return json.loads(re.search('<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def read_rows(page, section):
    """The cells of a section's first table, as a reader sees them."""
    table = page.partition(f'<section id="{section}"')[2].partition("<table")[2].partition("</table>")[0]
    rows = re.findall("<tr>(.*?)</tr>", re.sub('<span class="unseen">.*?</span>', "", table), re.DOTALL)
    return [
        [re.sub("<[^>]+>", "", cell) for cell in re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def test_tables_by_speaker_outlet_and_time_read_without_a_script(articles, read_page):
    page = render_report(articles)
    assert read_rows(page, "matrix") == [
        ["الطرف \\ القائل", "الكل", "البلدية", "النقابة"],
        ["المدرسة", "▲1 ▼1", "▲1", "▼1"],
        ["النادي", "▼1", "▼1", ""],
    ]
    assert read_rows(page, "outlets")[0] == ["الطرف \\ الناشر", "وكالة الوادي", "صحيفة الجسر"]
    assert read_rows(page, "times") == [
        ["الطرف \\ التاريخ", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"],
        ["المدرسة", "▲1", "", "", "▼1"],
        ["النادي", "▼1", "", "", ""],
    ]
    assert [row[:2] for row in read_rows(page, "standing")[1:]] == [["المدرسة", "1"], ["النادي", ""]]
    reader = read_page(page)
    assert {"a0", "a0-1", "a1-0"} <= set(reader.ids)
    assert len(reader.ids) == len(set(reader.ids))
    assert all(link[1:] in reader.ids for link in reader.links)
    assert "البلدية تشكر المدرسة" in reader.words


def test_the_head_counts_what_the_table_shows(articles):
    page = render_report(articles)
    counts = re.findall("<li.*?>(.*?)</li>", page.partition('<ul class="counts">')[2].partition("</ul>")[0])
    assert [count.partition(" (")[0] for count in counts] == [
        "3 جمل", "قائلان", "طرفان", "3 مواقف", "▲ مع 1", "▼ ضد 2",
    ]  # fmt: skip


def test_what_several_say_counts_for_each_and_once_for_all(make_analysis):
    one = make_analysis(("شكرت البلدية والنقابة المدرسة", ["البلدية", "النقابة"], ["المدرسة"]))
    other = make_analysis(("كان الجو ماطرا", [], []), name="b")
    page = render_report([one, other])
    assert read_rows(page, "matrix")[1] == ["المدرسة", "▲1", "▲1", "▲1"]
    assert "ما اشترك فيه قائلون يُعدّ لكل منهم" in page
    assert "موقف واحد" in page


def test_speakers_of_one_party_are_one_column_if_there_are_many(make_analysis):
    parts = [(f"شكر المتحدث{number} المدرسة", [f"المتحدث{number}"], ["المدرسة"]) for number in range(12)]
    parts += [("وأدانت البلدية النادي", ["البلدية"], ["النادي"]), ("شكرت البلدية المدرسة", ["البلدية"], ["المدرسة"])]
    for many in (False, True):
        analysis = make_analysis(*parts)
        page = render_report([analysis, analysis] if many else [analysis])
        assert [cell.partition(" (")[0] for cell in read_rows(page, "matrix")[0]][1:] == ["الكل", "البلدية", "آخرون"]
    assert "آخرون" not in str(read_rows(render_report([make_analysis(*parts[:5])]), "matrix"))


def test_a_wide_table_is_cut_into_blocks_on_paper(make_analysis):
    speakers = [f"المتحدث{number}" for number in range(20)]
    parts = [(f"شكر {one} المدرسة والنادي", [one], ["المدرسة", "النادي"]) for one in speakers]
    page = render_report([make_analysis(*parts)])
    paper = page.partition('<div class="paper">')[2].partition("</section>")[0]
    tables = paper.split("<table>")[1:]
    assert len(tables) == 2
    heads = [re.findall('<th scope="col"><bdi>(.*?)</bdi>', table) for table in tables]
    assert [name for head in heads for name in head] == ["الكل", *speakers]
    assert all(table.count('<th scope="row">') == 2 for table in tables)
    assert 'class="grid wide"' in page
    assert "@page turned { size: A4 landscape" in page


def test_only_the_pages_own_script_may_run(articles, read_page):
    page = render_report(articles)
    reader = read_page(page)
    policy = next(found["content"] for tag, found in reader.tags if found.get("http-equiv"))
    style, script = (re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1] for tag in ("style", "script"))
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert [found.get("type") for tag, found in reader.tags if tag == "script"] == ["application/json", None]
    assert not {"link", "img", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert not any(name.startswith("on") or name in ("src", "style") for _, found in reader.tags for name in found)
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval",
        "fetch",
        "XMLHttp",
        "import(",
    ):
        assert word not in script
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page


@pytest.mark.parametrize("addresses", [(), ("articles/1.html", "articles/2.html")])
def test_hostile_texts_ids_outlets_and_names_stay_inert(make_analysis, read_page, addresses):
    one = make_analysis((f"أدانت {EVIL} البلدية", [EVIL], [EVIL, "البلدية"]), name=EVIL, outlet=EVIL, date=EVIL)
    page = render_report([one, one], addresses=addresses)
    reader = read_page(page)
    assert [tag for tag, _ in reader.tags].count("script") == 2
    assert "img" not in {tag for tag, _ in reader.tags}
    assert not any(name.startswith("on") for _, found in reader.tags for name in found)
    data = read_data(page)
    assert data["outlets"] == [EVIL]
    assert EVIL in data["names"]


def test_positions_are_at_the_place_of_their_names_as_a_browser_counts(make_analysis):
    one = make_analysis(("😀 شكرت البلدية\r\n😀 المدرسة", ["البلدية"], ["المدرسة"]))
    page = render_report([one, one])
    data = read_data(page)
    (start, *_), (length, *_) = data["positions"]["start"], data["positions"]["length"]
    shown = re.search('<li id="a0-0">.*?<p>(.*?)</p>', page, re.DOTALL)[1]
    assert "\r" not in shown
    units = shown.encode("utf-16-le")
    assert units[2 * start : 2 * (start + length)].decode("utf-16-le") == "المدرسة"


def test_an_explained_position_has_its_words(make_analysis):
    words = (WordEffect("شكرت", 0, 4, 1.5), WordEffect("البلدية", 5, 12, 0.1), WordEffect("المدرسة", 13, 20, -0.8))
    one = make_analysis(("شكرت البلدية المدرسة", ["البلدية"], ["المدرسة"]))
    reason = Explanation("stance", "favor", "neutral", 0.6, 0.4, "occlusion", None, words)
    one = replace(one, positions=(replace(one.positions[0], explanation=reason),))
    data = read_data(render_report([one, one]))
    assert data["reasons"]["1"] == [2, 1, [[0, 4, 1.5, "for-3"], [13, 20, -0.8, "against-2"]]]
    assert [data["labels"][place] for place in (2, 1)] == ["مع", "محايد"]


def test_articles_with_pages_of_their_own_are_linked(articles):
    page = render_report(articles, addresses=["articles/1.html", "articles/2.html"])
    assert '<a href="articles/2.html"><bdi>النقابة تنتقد المدرسة</bdi></a>' in page
    assert '<li id="a0-0">' not in page
    assert read_data(page)["sentences"]["0-1"] == "وأدانت البلدية موقف النادي."


@pytest.mark.parametrize(("sentences", "words"), [(1, 6), (12, 40), (60, 6)])
def test_no_page_of_many_articles_has_three_megabytes(make_analysis, sentences, words):
    filler = " ".join(["الأسبوع"] * words)
    parts = [
        (f"شكرت البلدية{n} المدرسة{n % 7}. {filler}", [f"البلدية{n}"], [f"المدرسة{n % 7}"]) for n in range(sentences)
    ]
    one = make_analysis(*parts)
    dated = [
        replace(one, article=replace(one.article, date=f"2026-{1 + n % 6:02}-{1 + n % 28:02}", outlet=f"صحيفة {n % 9}"))
        for n in range(400)
    ]
    fitting = max(count for count in (2, 50, 100, 200, 400) if fits_one_page(dated[:count]))
    assert len(render_report(dated[:fitting]).encode()) < 3_000_000
    if sentences == 12:
        assert fitting >= 200
        assert not fits_one_page(dated)
        addresses = [f"articles/{number}.html" for number in range(len(dated))]
        assert len(render_report(dated, addresses=addresses).encode()) < 3_000_000


@pytest.mark.parametrize(
    ("count", "arabic", "english"),
    [
        (0, "لا مقال", "0 articles"),
        (1, "مقال واحد", "1 article"),
        (2, "مقالان", "2 articles"),
        (3, "3 مقالات", "3 articles"),
        (10, "10 مقالات", "10 articles"),
        (11, "11 مقالًا", "11 articles"),
        (12, "12 مقالًا", "12 articles"),
        (99, "99 مقالًا", "99 articles"),
        (100, "100 مقال", "100 articles"),
        (102, "102 مقال", "102 articles"),
        (103, "103 مقالات", "103 articles"),
        (300, "300 مقال", "300 articles"),
        (1_011, "1,011 مقالًا", "1,011 articles"),
    ],
)
def test_plurals(count, arabic, english):
    assert load_wording("ar").count("articles", count) == arabic
    assert load_wording("en").count("articles", count) == english


@given(st.integers(0, 10_000))
def test_every_number_has_a_form_of_every_noun(number):
    for lang in ("ar", "en"):
        wording = load_wording(lang)
        for key, forms in wording.words.items():
            if isinstance(forms, dict):
                assert find_plural(number, lang) in forms or "other" in forms
                assert "{" not in wording.count(key, number)


def test_both_languages_have_the_same_words_with_the_same_places():
    arabic, english = (load_wording(lang).words for lang in ("ar", "en"))
    assert arabic.keys() == english.keys()
    for key, words in arabic.items():
        assert type(words) is type(english[key])
        if isinstance(words, str):
            assert set(re.findall(r"{\w+}", words)) == set(re.findall(r"{\w+}", english[key])), key


def test_the_page_in_english(articles):
    for some in (articles, articles[:1]):
        page = render_report(some, "en")
        assert '<html lang="en" dir="ltr">' in page
        said = re.sub(r"<script.*?</script>|<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
        arabic = set(re.findall("[\u0621-\u064a]+", said))
        assert arabic <= {word for one in articles for word in re.findall(r"\w+", one.text)} | {
            "وكالة", "الوادي", "صحيفة", "الجسر", "التقرير",
        }  # fmt: skip
    assert "Positions in 2 articles" in render_report(articles, "en")


@pytest.mark.parametrize(
    ("dates", "unit", "names"),
    [
        (["2026-03-01", "2026-03-03"], "day", ["2026-03-01", "2026-03-02", "2026-03-03"]),
        (["2026-03-01", "2026-04-05"], "week", ["2026-02-23", *(f"2026-03-{d:02}" for d in (2, 9, 16, 23, 30))]),
        (["2025-11-30", "2026-07-09"], "month", [f"2025-{m}" for m in (11, 12)] + [f"2026-0{m}" for m in range(1, 8)]),
        (["2016-01-01", "2026-01-01"], "year", [str(year) for year in range(2016, 2027)]),
        (["0001-01-01", "9999-12-31"], "year", ["0001", "9999"]),
        (["0001-01-01", "0001-02-08T09:00"], "week", [*(f"0001-01-{d:02}" for d in (1, 8, 15, 22, 29)), "0001-02-05"]),
        (["", "2026-02-30", "soon", "2026-03-01"], "day", ["2026-03-01"]),
    ],
)  # fmt: skip
def test_periods_follow_the_span_and_have_no_holes(dates, unit, names):
    periods = find_periods(dates)
    assert (periods.unit, list(periods.names)) == (unit, names)
    assert periods.filled <= set(names)
    assert {names[0], names[-1]} <= periods.filled


def test_without_dates_there_are_no_periods(make_analysis):
    assert find_periods(["", "soon"]) is None
    one = make_analysis(("البلدية تشكر المدرسة", ["البلدية"], ["المدرسة"]))
    page = render_report([one, one])
    assert 'id="times"' not in page
    assert 'id="outlets"' not in page


def test_no_article_and_articles_without_parties(make_analysis, read_page):
    one = make_analysis(("كان الجو ماطرا", [], []))
    for some in ([], [one, one]):
        page = render_report(some)
        read_page(page)
        assert "لا موقف" in page
