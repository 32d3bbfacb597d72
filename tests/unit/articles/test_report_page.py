"""The page of one article: readable without script or network, and inert whatever the article holds."""

import base64
import hashlib
import html
import re
from dataclasses import replace
from itertools import cycle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markupsafe import escape

from janib.articles.report.page import render_report
from janib.inference.explain import Explanation, WordEffect


@pytest.fixture
def analysis(make_analysis):
    return make_analysis(
        ("البلدية تشكر المدرسة", ["البلدية"], ["البلدية", "المدرسة"]),
        ("وأدانت البلدية موقف النادي.", ["البلدية"], ["البلدية", "النادي"]),
        ("وصل الوفد إلى المدرسة.", [], ["المدرسة"]),
        name="a.txt",
        outlet="وكالة الوادي",
        date="2026-03-01",
    )


def test_each_cell_leads_to_its_sentences_and_each_of_them_to_the_text(analysis, read_page):
    page = read_page(render_report([analysis]))
    assert len(page.ids) == len(set(page.ids))
    assert all(link[0] == "#" and link[1:] in page.ids for link in page.links)
    assert {"#pair-0", "#pair-1", "#pair-2", "#s0", "#s1", "#s2"} <= set(page.links)


def test_stance_is_told_by_sign_and_words_beside_colour(analysis):
    page = render_report([analysis])
    assert 'class="favor" title="المدرسة: مع">المدرسة<span class="sign" aria-hidden="true">▲</span>' in page
    assert 'aria-label="البلدية ← النادي: ضد 1"' in page
    assert '<mark class="speaks" title="قائل">البلدية' in page


BLUE, ORANGE = {"#0b5394", "#d7e8f4", "#94c4e2"}, {"#9a3b00", "#fde3c3", "#fbb869"}
DARK_BLUE, DARK_ORANGE = {"#8cc6f0", "#15324a", "#1f5b8a"}, {"#f7ad6b", "#472a10", "#85490f"}


def read_variables(page):
    """The colours of the light scheme and of the dark one, by name."""
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    light, dark = re.findall(r":root {(.*?)}", style, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", rule)) for rule in (light, dark)]


def find_colours(page, word):
    """The names of the colours in the style sheet's rules for a stance, each with what it is of."""
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    rules = re.findall(rf"([a-z.]*)[.]{word}((?:-some|-much|-word|-count)?)(?![\w-])([^{{}}]*){{([^}}]*)}}", style)
    return [
        (f"{where}{kind} {below}".strip(), name)
        for where, kind, below, rule in rules
        for name in re.findall(r"var\(--([\w-]+)\)", rule)
    ]


def test_favor_is_blue_and_against_is_orange_wherever_a_colour_tells_them(analysis):
    page = render_report([analysis])
    light, dark = read_variables(page)
    for word, expected, at_night in (("favor", BLUE, DARK_BLUE), ("against", ORANGE, DARK_ORANGE)):
        found = find_colours(page, word)
        assert {where for where, _ in found} >= {"mark", "-some", "-much", ".edge", "marker", ".line", ".sign", "rect"}
        names = {name for _, name in found}
        assert {light[name] for name in names} == expected
        assert {dark[name] for name in names} == at_night


def find_contrast(one, other):
    """The contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    lights = []
    for colour in (one, other):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)
    return max(lights) / min(lights)


def test_words_can_be_read_on_every_ground_in_light_and_dark(analysis):
    for colours in read_variables(render_report([analysis])):
        grounds = {name: colour for name, colour in colours.items() if re.search(r"-(pale|strong|[123])$", name)}
        grounds |= {name: colours[name] for name in ("paper", "card", "grey", "hatch", "target")}
        assert all(find_contrast(colours["ink"], ground) >= 4.5 for ground in grounds.values())
        for word in ("soft", "favor", "against"):
            for ground in ("paper", "card"):
                assert find_contrast(colours[word], colours[ground]) >= 4.5


def give_stances(analysis, *stances, share=0.9):
    """Give the positions these stances in order, with this probability."""
    rest = (1 - share) / 2
    given = [
        replace(one, stance=stance, stance_p=dict.fromkeys(("against", "neutral", "favor"), rest) | {stance: share})
        for one, stance in zip(analysis.positions, stances, strict=True)
    ]
    return replace(analysis, positions=tuple(given))


@pytest.mark.parametrize(
    ("stance", "name", "sign", "line"), [("favor", "مع", "▲", "خط متصل"), ("against", "ضد", "▼", "خط متقطع")]
)
def test_a_stance_has_its_own_class_wherever_it_is_shown(make_analysis, stance, name, sign, line, read_page):
    plain = make_analysis(("البلدية تشكر المدرسة", ["البلدية"], ["المدرسة"]))
    page = render_report([give_stances(plain, stance)])
    mark = f'المدرسة<span class="sign" aria-hidden="true">{sign}</span>'
    assert f'<mark class="{stance}" title="المدرسة: {name}">{mark}' in page  # in the text
    assert f'<blockquote lang="ar" dir="auto">البلدية تشكر <mark class="{stance}">{mark}' in page  # in the evidence
    assert f'<a class="{stance}" href="#pair-0"><span class="sign" aria-hidden="true">{sign}' in page  # in the margin
    assert f'<td class="{stance}-much"><a href="#pair-0" aria-label="البلدية ← المدرسة: {name} 1"' in page
    assert f'<path class="edge {stance}" ' in page
    assert f"البلدية ← المدرسة: {name}. </desc>" in page
    assert (
        f'<li><mark class="{stance}">طرف<span class="sign" aria-hidden="true">{sign}</span></mark> {name}</li>' in page
    )
    assert f'<span class="line {stance}">{line}</span>: {name}' in page
    assert {found["class"] for tag, found in read_page(page).tags if tag in ("td", "path") and "class" in found} == {
        f"{stance}-much",
        f"edge {stance}",
    }


def test_an_ambiguous_name_is_marked_in_words_and_sign(make_analysis):
    plain = make_analysis(("وأدانت البلدية موقف عمان.", ["البلدية"], ["عمان"]))
    assert "ملتبس" not in render_report([plain])
    mentions = tuple(replace(one, how="ambiguous") for one in plain.mentions)
    positions = tuple(replace(one, is_ambiguous=True) for one in plain.positions)
    page = render_report([replace(plain, mentions=mentions, positions=positions)])
    assert 'class="against ambiguous" title="عمان: ضد، اسم ملتبس، قُرئ: عمان">' in page
    assert '<span class="unseen"> (عمان: ضد، اسم ملتبس، قُرئ: عمان)</span>' in page  # for who listens
    assert "اسم ملتبس: يحتمل طرفا آخر، ولم يحسمه السياق</li>" in page
    assert re.search(r"النبرة: <strong>\S+</strong> \d+% · اسم ملتبس · <a", page)


def name_person(analysis, *people):
    """Give the first speaker of each statement a name and an office, and its positions the same."""
    statements = tuple(
        replace(one, speakers=(replace(one.speakers[0], name=name, office=office), *one.speakers[1:]))
        for one, (name, office) in zip(analysis.statements, people, strict=True)
    )
    positions = tuple(replace(one, speakers=statements[one.statement].speakers) for one in analysis.positions)
    return replace(analysis, statements=statements, positions=positions)


def test_a_person_is_introduced_by_name_office_and_party(make_analysis):
    parts = ("شكرت البلدية المدرسة", ["البلدية"], ["المدرسة"]), ("وأدانت النادي.", ["البلدية"], ["النادي"])
    analysis = name_person(make_analysis(*parts), ("ماجد الحداد", "الناطق الرسمي"), ("", "كاتب البلدية"))
    page = render_report([analysis])
    told = ["ماجد الحداد، الناطق الرسمي (البلدية)", "كاتب البلدية"]  # a party is told once
    assert re.findall('<span class="unseen">يقول </span><bdi>(.*?)</bdi>', page) == told
    assert re.findall('title"><bdi>(.*?)</bdi> ←', page) == told
    assert '<th scope="col"><bdi>البلدية</bdi></th>' in page  # both are one column


@pytest.mark.parametrize(
    ("party", "office", "told"),
    [
        ("مالي", "وزير المالية", "وزير المالية (مالي)"),
        ("عمان", "وزير العمانية", "وزير العمانية (عمان)"),
        ("قطر", "رئيس قطر", "رئيس قطر"),
        ("قطر", "رئيس قَطــر", "رئيس قَطــر"),
        ("البنك الدولي", "مدير البنك الدولي", "مدير البنك الدولي"),
        ("البنك الدولي", "مدير البنك", "مدير البنك (البنك الدولي)"),
    ],
)
def test_a_party_is_left_out_only_where_its_whole_words_are_told(make_analysis, party, office, told):
    analysis = name_person(make_analysis((f"شكرت {party} المدرسة", [party], ["المدرسة"])), ("", office))
    assert analysis.introduce(analysis.statements[0].speakers[0]) == told


def test_of_several_persons_of_a_party_each_sentence_names_its_own(make_analysis):
    parts = [(f"{word} البلدية المدرسة", ["البلدية"], ["المدرسة"]) for word in ("شكرت", "وأدانت")]
    analysis = name_person(make_analysis(*parts), ("ماجد الحداد", ""), ("", ""))
    page = render_report([analysis])
    assert re.findall('title"><bdi>(.*?)</bdi> ←', page) == ["البلدية"]
    assert re.findall("القائل: <bdi>(.*?)</bdi>", page) == ["ماجد الحداد (البلدية)"]


def explain(analysis, *effects):
    """Give every word of each position's statement the effects in turn."""

    def explain_one(position):
        found = re.finditer(r"\S+", analysis.text[position.start : position.end])
        words = [WordEffect(one[0], *one.span(), effect) for one, effect in zip(found, cycle(effects), strict=False)]
        return Explanation("stance", "favor", "neutral", 0.6, 0.4, "occlusion", None, tuple(words))

    positions = tuple(replace(one, explanation=explain_one(one)) for one in analysis.positions)
    return replace(analysis, positions=positions)


def test_an_explained_position_shows_its_words_in_shades_and_numbers(make_analysis, read_page):
    analysis = make_analysis(("شكرت البلدية، أمس، بالمدرسة، كثيرا حقا", ["البلدية"], ["المدرسة"]))
    assert "reasons" not in read_page(render_report([analysis])).classes
    page = render_report([explain(analysis, 1.5, -0.3, 0.2, -0.8, -1.4, 0.7)])
    assert "<summary>ما يرجّح «مع» على «محايد»</summary>" in page
    shown = re.search('<p class="shaded"[^>]*>(.*?)</p>', page)[1]
    assert re.findall('class="([^"]+)"[^>]*>([^<]+)<', shown.replace('class="effect" ', "")) == [
        ("for-3", "شكرت"),
        ("against-1", "البلدية،"),
        ("against-2", "ب"),  # of a word around the name, the number stands at the name
        ("against-2", "المدرسة"),
        ("against-2", "،"),
        ("against-3", "كثيرا"),
        ("for-2", "حقا"),
    ]
    assert (
        '<b><mark class="against-2" tabindex="0">المدرسة<span class="effect" dir="ltr"> −0.80</span></mark></b>'
        in shown
    )
    note = page.partition(shown)[2].partition("</details>")[0]
    said = re.sub("<[^>]+>", "", note).replace("&nbsp;", " ").split()
    assert " ".join(said) == ("يرجّحه: شكرت +1.50، حقا +0.70. يضعفه: كثيرا −1.40، بالمدرسة −0.80، البلدية −0.30.")


def test_page_is_arabic_and_loads_nothing(analysis, read_page):
    page = render_report([explain(analysis, 1.5, -0.3)])
    reader = read_page(page)
    assert ("html", {"lang": "ar", "dir": "rtl"}) in reader.tags
    style = re.search("<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(found["content"] for tag, found in reader.tags if found.get("http-equiv"))
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not {"script", "link", "img", "iframe", "object", "form"} & {tag for tag, _ in reader.tags}
    assert not any(name.startswith("on") or name in ("src", "style") for _, found in reader.tags for name in found)
    assert "url(" not in style
    assert "http" not in page.replace("http-equiv", "")


def test_tables_have_headers(analysis, read_page):
    reader = read_page(render_report([analysis]))
    assert {found.get("scope") for tag, found in reader.tags if tag == "th"} == {"col", "row"}
    assert [tag for tag, _ in reader.tags].count("caption") == 1


def test_hostile_article_stays_inert(make_analysis, read_page):
    evil = '<script>alert(1)</script> "><img onerror=alert(2) src=x>'
    analysis = make_analysis((f"أدانت البلدية {evil}", [], [evil]), name=evil, outlet=evil, date=evil)
    page = render_report([explain(analysis, 1.5, -0.3)])
    reader = read_page(page)
    assert not {"script", "img"} & {tag for tag, _ in reader.tags}
    assert not any(name.startswith("on") for _, found in reader.tags for name in found)
    assert evil in "".join(reader.words)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60), st.text(max_size=9))
def test_any_text_stays_whole(make_analysis, read_page, sentence, date):
    analysis = make_analysis((sentence, [], [sentence[:3]]), date=date)
    words = "".join(read_page(render_report([analysis])).words)
    assert sentence.replace("\r", "\n")[3:].strip("\0\n") in words.replace("\r", "\n")
    explained = render_report([explain(analysis, 1.5, 0.0, -0.3)])
    shaded = re.search(
        '<p class="shaded"[^>]*>(.*?)</p>', re.sub('<span class="effect".*?</span>', "", explained), re.DOTALL
    )
    assert html.unescape(re.sub("<[^>]+>", "", shaded[1])) == html.unescape(str(escape(sentence)))


def test_an_article_without_parties(make_analysis, read_page):
    page = render_report([make_analysis(("كان الجو ماطرا", [], []))])
    assert "لم يُذكر في النص طرف غير القائلين." in page
    read_page(page)
