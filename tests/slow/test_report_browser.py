"""The report in a browser: a cell leads to its sentence, and nothing that an article holds runs."""

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
         "--virtual-time-budget=5000", "--dump-dom", path.as_uri()],
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
    assert said.endswith('"s0-60",false,null]')


# The widest things of a page: a table of many speakers, names without a space, many articles.
WIDTHS = """<!DOCTYPE html><iframe name="report" src="report.html" width="390" height="700"></iframe>
<p id="said"></p><script>
onload = () => {
  const page = frames.report.document, grid = page.querySelector(".scroll"), head = page.querySelector("tbody th");
  const before = head.getBoundingClientRect().right;
  grid.scrollLeft = -400;
  const moved = head.getBoundingClientRect().right - before;
  const first = page.querySelector("thead th:nth-child(2)").getBoundingClientRect().right;
  said.textContent = JSON.stringify([
    page.documentElement.scrollWidth <= 390, grid.scrollWidth > 780, Math.abs(moved) <= 2, first > before,
    [...page.querySelectorAll("caption span")].every((one) => one.getBoundingClientRect().width <= 366),
    [...page.querySelectorAll("main *")].every((one) => one.closest(".scroll, .unseen, svg") || one.scrollWidth <= 390),
  ]);
};
</script>"""


def test_a_wide_table_scrolls_in_itself_on_a_phone(make_analysis, tmp_path):
    long = "المؤسسةالوطنيةلإدارةالمواردالمائيةوالبيئية"
    sentences = [(f"وأدان الناطق{number} موقف {long}.", [f"الناطق{number}"], [long]) for number in range(24)]
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
