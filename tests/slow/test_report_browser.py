"""The report in a browser: a cell leads to its sentence, filters filter, and nothing that an article holds runs."""

import html
import json
import re
import shutil
import subprocess

import pytest

import janib
from janib.articles.report.page import render_report

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="chromium is not installed: apt-get install chromium"),
]

# A page around the report clicks in it and says where that led; the report itself runs no script.
CLICKS = """<!DOCTYPE html><iframe name="report" src="report.html" width="390" height="700"></iframe>
<p id="said"></p><script>
onload = () => {
  const page = frames.report.document, cell = page.querySelector("td.against-much a");
  cell.click();
  setTimeout(() => {
    const target = page.querySelector(":target"), top = target.getBoundingClientRect().top;
    const link = target.querySelector(".verdict a");
    const shown = top >= 0 && top < 700;
    const words = target.querySelector("blockquote").textContent;
    link.click();
    setTimeout(() => {
      const wide = page.documentElement.scrollWidth > 390;
      said.textContent = JSON.stringify([shown, words, page.querySelector(":target").id, wide, window.ran || null]);
    }, 300);
  }, 300);
};
</script>"""


def open_page(path):
    done = subprocess.run(
        [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
         "--virtual-time-budget=8000", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.stdout


def test_a_cell_leads_to_its_sentence_and_from_there_to_the_text(make_analysis, tmp_path):
    evil = '"><img src=x onerror="parent.ran=1"><script>parent.ran=1</script>'
    sentences = [(f"وصل الوفد إلى المدرسة رقم {number}.", [], ["المدرسة"]) for number in range(60)]
    analysis = make_analysis(*sentences, (f"وأدانت البلدية موقف النادي {evil}.", ["البلدية"], ["النادي"]))
    (tmp_path / "report.html").write_text(render_report([analysis]), encoding="utf-8")
    (tmp_path / "clicks.html").write_text(CLICKS, encoding="utf-8")
    said = open_page(tmp_path / "clicks.html").partition('<p id="said">')[2].partition("</p>")[0]
    assert said.startswith('[true,"وأدانت البلدية موقف النادي▼ ')
    assert said.endswith('"s60",false,null]')


# The widest things of a page: a table of many speakers, names without a space, many articles.
WIDTHS = """<!DOCTYPE html><iframe name="report" src="report.html" width="390" height="700"></iframe>
<p id="said"></p><script>
onload = () => {
  const page = frames.report.document, grid = page.querySelector("#matrix .scroll");
  const head = grid.querySelector("tbody th");
  const before = head.getBoundingClientRect().right;
  grid.scrollLeft = -400;
  const moved = head.getBoundingClientRect().right - before;
  const first = grid.querySelector("thead th:nth-child(2)").getBoundingClientRect().right;
  said.textContent = JSON.stringify([
    page.documentElement.scrollWidth <= 390, grid.scrollWidth > 780, Math.abs(moved) <= 2, first > before,
    [...page.querySelectorAll(".scroll caption")].every((one) => one.getBoundingClientRect().width <= 366),
    [...page.querySelectorAll("main *")].every((one) => one.closest(".scroll, .unseen, svg") || one.scrollWidth <= 390),
  ]);
};
</script>"""


def test_a_wide_table_scrolls_in_itself_on_a_phone(make_analysis, tmp_path):
    long = "المؤسسةالوطنيةلإدارةالمواردالمائيةوالبيئية"
    sentences = [(f"وأدان الناطق{n} موقف {long} والنادي.", [f"الناطق{n}"], [long, "النادي"]) for n in range(24)]
    articles = [make_analysis(*sentences, name=f"{n}.txt", outlet=f"{long}{n}", date=f"2026-03-0{n}") for n in (1, 2)]
    (tmp_path / "report.html").write_text(render_report(articles), encoding="utf-8")
    (tmp_path / "widths.html").write_text(WIDTHS, encoding="utf-8")
    said = open_page(tmp_path / "widths.html").partition('<p id="said">')[2].partition("</p>")[0]
    assert said == "[true,true,true,true,true,true]"


# Details are closed until they are asked for; a word's number comes with the focus, and nothing is pushed off a phone.
REASONS = """<!DOCTYPE html><iframe name="report" src="report.html" width="390" height="700"></iframe>
<p id="said"></p><script>
onload = () => {
  const page = frames.report.document, why = page.querySelector(".reasons");
  const words = why.querySelectorAll(".shaded mark[tabindex]"), word = words[words.length - 1];
  const number = word.querySelector(".effect");
  const closed = !word.checkVisibility();
  why.open = true;
  const before = number.getBoundingClientRect().width;
  word.focus();
  const after = number.getBoundingClientRect();
  said.textContent = JSON.stringify([
    closed, word === page.activeElement, before <= 1, after.width > 20, after.left >= 0, after.right <= 390,
    page.documentElement.scrollWidth <= 390,
  ]);
};
</script>"""


def test_a_word_shows_its_number_when_it_has_the_focus(tmp_path):
    analysis = janib.analyse("أدانت مصر بشدة موقف إثيوبيا من سد النهضة ومن الاتفاق", explain=True)
    (tmp_path / "report.html").write_text(render_report([analysis]), encoding="utf-8")
    (tmp_path / "reasons.html").write_text(REASONS, encoding="utf-8")
    said = open_page(tmp_path / "reasons.html").partition('<p id="said">')[2].partition("</p>")[0]
    assert said == "[true,true,true,true,true,true,true]"


# A reader filters and searches a page of many articles. Each step waits, as the page waits for the end of typing.
FILTERS = """<!DOCTYPE html><iframe name="report" src="report.html" width="1280" height="900"></iframe>
<p id="said"></p><script>
onload = async () => {
  const page = frames.report.document, said_by = [], one = (selector) => page.querySelector(selector);
  const wait = () => new Promise((done) => setTimeout(done, 400));
  const cells = () => [...page.querySelectorAll("#matrix-grid .scroll tbody tr")].map(
    (row) => [...row.children].map((cell) => cell.textContent.trim()).join("|"));
  const say = (...words) => said_by.push(words);
  const type = async (selector, value) => {
    one(selector).value = value;
    one(selector).dispatchEvent(new Event("input", { bubbles: true }));
    await wait();
  };
  const before = STATIC;
  say("as without script", JSON.stringify(cells()) === JSON.stringify(before), one("#shown").textContent);
  await type("#filters label:nth-of-type(1) input", "بأشدّ الـــعبارات");
  say("search", one("#shown").textContent, page.querySelectorAll("#found-list > li").length);
  one("#reset").click();
  await wait();
  say("reset", JSON.stringify(cells()) === JSON.stringify(before), page.activeElement === one("#filters input"));
  await type("#filters label:nth-of-type(3) input", "النادي");
  say("party", one("#shown").textContent, cells().length);
  await type("#filters select", "1");
  say("outlet", one("#shown").textContent);
  one("#reset").click();
  await wait();
  const buttons = [...page.querySelectorAll("#matrix-grid .scroll td button")];
  const cell = buttons.find((button) => button.title.startsWith("البلدية ← النادي"));
  buttons[0].focus();
  const press = (key) => page.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  ["ArrowLeft", "ArrowDown"].forEach(press); // of the first party's first two cells, the second; then the party below
  say("keys", page.activeElement.title, buttons.filter((button) => button.tabIndex === 0).length);
  cell.focus();
  cell.click();
  await wait();
  say("cell", one("#shown").textContent, one("#found-list blockquote").textContent, page.activeElement.id);
  one("#found-list .verdict a").click();
  await wait();
  const target = page.querySelector(":target");
  const marks = target.querySelectorAll("mark").length;
  say("text", target.id, target.checkVisibility(), marks, target.querySelector("p").textContent);
  one("#reset").click();
  await wait();
  const times = [...page.querySelectorAll("#times-grid .scroll td button")];
  times[0].click();
  await wait();
  say("time", one("#shown").textContent, one("input[type=date]").value);
  say("charts", page.querySelectorAll("#charts svg").length > 0, window.ran || null, frames.report.ran || null);
  said.textContent = JSON.stringify(said_by);
};
</script>"""


def test_a_reader_filters_searches_and_reads_the_sentences_of_a_cell(make_analysis, tmp_path):
    evil = '"><img src=x onerror="parent.ran=1"><script>parent.ran=1</script>'
    articles = [
        make_analysis(
            ("😀 البلدية تشكر المدرسة", ["البلدية"], ["المدرسة"]),
            (f"وأدانت البلدية بأشد العبارات موقف النادي {evil}.", ["البلدية"], ["النادي"]),
            name=evil, outlet="وكالة الوادي", date="2026-03-01",
        ),
        make_analysis(
            ("النقابة تنتقد المدرسة والنادي", ["النقابة"], ["المدرسة", "النادي"]),
            name="b", outlet=evil, date="2026-03-20",
        ),
    ]  # fmt: skip
    page = render_report(articles)
    (tmp_path / "report.html").write_text(page, encoding="utf-8", newline="")
    table = page.partition('id="matrix-grid"')[2].partition("<tbody>")[2].partition("</tbody>")[0]
    rows = re.findall("<tr>(.*?)</tr>", re.sub('<span class="unseen">[^<]*:[^<]*</span>', "", table))
    static = [re.sub("<[^>]+>", "", re.sub("</t[hd]><t[hd][^>]*>", "|", row)) for row in rows]
    (tmp_path / "filters.html").write_text(FILTERS.replace("STATIC", json.dumps(static)), encoding="utf-8")
    said = open_page(tmp_path / "filters.html").partition('<p id="said">')[2].partition("</p>")[0]
    steps = {step[0]: step[1:] for step in json.loads(html.unescape(said))}
    assert steps["as without script"] == [True, "4 مواقف"]
    assert steps["search"] == ["موقف واحد من 4", 1]
    assert steps["reset"] == [True, True]
    assert steps["party"] == ["موقفان من 4", 1]
    assert steps["outlet"] == ["موقف واحد من 4"]
    assert steps["keys"] == ["البلدية ← النادي: ضد 1", 1]
    assert steps["cell"][0] == "موقف واحد من 4"
    assert steps["cell"][1].startswith("وأدانت البلدية بأشد العبارات موقف النادي▼ ")
    assert steps["cell"][2] == "found"
    assert steps["text"][:3] == ["a0-1", True, 1]
    assert evil in steps["text"][3]
    assert steps["time"] == ["موقف واحد من 4", "2026-03-01"]
    assert steps["charts"] == [True, None, None]


def test_a_wide_table_is_printed_on_turned_sheets_with_all_its_columns(make_analysis, tmp_path):
    speakers = [f"المتحدث{number}" for number in range(20)]
    parts = [(f"شكر {one} المدرسة والنادي", [one], ["المدرسة", "النادي"]) for one in speakers]
    analysis = make_analysis(*parts)
    sizes = {}
    for name, some in (("one", [analysis]), ("many", [analysis, analysis]), ("narrow", [make_analysis(*parts[:3])])):
        (tmp_path / f"{name}.html").write_text(render_report(some), encoding="utf-8")
        subprocess.run(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={tmp_path / name}.pdf",
             (tmp_path / f"{name}.html").as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        boxes = re.findall(rb"/MediaBox \[0 0 (\d+)[\d.]* (\d+)[\d.]*\]", (tmp_path / f"{name}.pdf").read_bytes())
        sizes[name] = {tuple(map(int, box)) for box in boxes}
    upright, turned = (594, 841), (841, 594)
    assert sizes == {"one": {upright, turned}, "many": {upright, turned}, "narrow": {upright}}
