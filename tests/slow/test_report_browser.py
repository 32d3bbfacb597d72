"""The report in a browser: a cell leads to its sentence, and nothing that an article holds runs."""

import shutil
import subprocess

import pytest

from janib.article.report import render_report

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
