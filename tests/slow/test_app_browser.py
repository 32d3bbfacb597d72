"""``janib app`` in a browser: from a pasted text to a report, corrections, downloads; by keyboard, on a phone."""

import csv
import io
import json
import shutil
from contextlib import contextmanager
from threading import Thread

import pytest

from janib.app.application import Application
from janib.app.server import PageServer
from janib.corpora.readers.own_file import read_own_file
from janib.labels import Stance

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra dev")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="chromium is not installed: apt-get install chromium"),
]

ARTICLE = (
    "خلاف على السد\n"
    "رفضت مصر قرار إثيوبيا بدء ملء السد، واتهمتها بانتهاك القانون.\n"
    "ورحّب الاتحاد الأوروبي بموقف السـودان 👍، وأكد دعمه له.\n"
)
EVIL = '"><img src=x onerror="top.ran=1"><script>top.ran=1</script>'
LONG = 60_000  # milliseconds, on a busy machine


@pytest.fixture(scope="module")
def address():
    with PageServer(0, Application) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        yield driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])


def is_fault(said):
    """Say whether a line of the console is an error, and none of a request that was refused."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@pytest.fixture
def open_page(browser, address):
    """Open the app; an error of a script or of its policy fails the test."""

    @contextmanager
    def open_one(locale="ar", **options):
        context = browser.new_context(locale=locale, **options)
        page = context.new_page()
        page.set_default_timeout(LONG)
        problems = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if is_fault(said) else None)
        page.goto(address)
        page.wait_for_selector("html[data-ready]")
        yield page
        assert problems == []
        assert page.evaluate("window.ran") is None
        context.close()

    return open_one


def analyse(page, text=ARTICLE):
    page.fill("#text", text)
    page.click("#analyse")
    page.wait_for_selector("#result:not([hidden])")


def save(page, button):
    with page.expect_download() as waiting:
        page.click(button)
    return waiting.value.suggested_filename, waiting.value.path().read_bytes().decode()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def find_focus(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def test_a_pasted_text_becomes_a_report_by_keyboard_alone(open_page):
    with open_page() as page:
        order = []
        for _ in range(4):
            press(page, "Tab")
            order.append(find_focus(page))
        assert order == ["إلى المحتوى", "language", "articles-tab", "text"]
        page.keyboard.insert_text(ARTICLE)
        press(page, "Control+Enter")
        page.wait_for_selector("#result:not([hidden])")
        assert find_focus(page) == "result-title"
        report = page.frame_locator("#report")
        assert report.locator("h1").inner_text() == "خلاف على السد"
        assert report.locator("mark").first.evaluate("one => getComputedStyle(one).borderBottomStyle") != "none"
        report.locator("td a").first.click()
        report.locator(":target blockquote").first.wait_for()


def test_labels_of_a_person_go_into_the_downloads(open_page, tmp_path):
    with open_page() as page:
        analyse(page)
        page.get_by_label("الجمل وتصحيحها").check(force=True)
        shown = page.locator("#positions .position")
        assert page.locator("#download-labels").is_disabled()
        ethiopia = shown.filter(has_text="إثيوبيا").filter(has_text="رفضت").first
        ethiopia.locator("input").first.focus()
        press(page, "ArrowLeft", "ArrowLeft")  # from none over for to neutral, from right to left
        sudan = shown.filter(has_text="دعمه").first
        sudan.locator("label", has_text="مع").click()
        assert "حكمت في موقفين" in page.locator("#tally").inner_text()

        name, content = save(page, "#download-table")
        assert name == "positions.csv"
        assert content.startswith("\ufeff")
        rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
        assert list(rows[0])[-1] == "reader_stance"
        assert [row["reader_stance"] for row in rows if row["reader_stance"]] == [Stance.NEUTRAL, Stance.FAVOR]
        assert {row["party_id"] for row in rows} >= {"ethiopia", "sudan"}
        assert any("السـودان 👍" in row["sentence"] for row in rows)

        name, content = save(page, "#download-lines")
        records = [json.loads(line) for line in content.split("\n") if line]
        assert name == "positions.jsonl"
        assert [one["reader_stance"] for one in records if one["reader_stance"]] == [Stance.NEUTRAL, Stance.FAVOR]

        name, content = save(page, "#download-labels")
        path = tmp_path / "labels.csv"
        path.write_text(content, encoding="utf-8")
        train = read_own_file(path, "stance")[1]["train"]
        assert [(row.target, row.stance) for row in train] == [("إثيوبيا", Stance.NEUTRAL), ("السـودان", Stance.FAVOR)]
        assert all(row.target in row.text for row in train)

        name, content = save(page, "#download-report")
        assert name == "report.html"
        assert content.startswith("<!DOCTYPE html>")


def test_the_language_changes_all_words_and_keeps_the_work(open_page):
    with open_page() as page:
        analyse(page)
        page.get_by_label("الجمل وتصحيحها").check(force=True)
        page.locator(".own label").nth(1).click()
        page.click("#language")
        assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["en", "ltr"]
        assert page.input_value("#text") == ARTICLE
        assert "1 labelled by you" in page.locator("#tally").inner_text()
        assert page.locator(".own input:checked").nth(0).evaluate("one => one.nextSibling.textContent") == "▲ for"
        for label in page.locator("button:visible, legend:visible, label:visible").all_inner_texts():
            assert label.isascii() or label in ("العربية",) or not any("ء" <= letter <= "ي" for letter in label), label
        page.get_by_label("Report").check(force=True)
        assert page.frame_locator("#report").locator("html").get_attribute("lang") == "en"
    with open_page(locale="fr-FR") as page:
        assert page.locator("h1").inner_text().strip() == "Janib"


def test_a_sentence_is_labelled_and_its_words_are_listed(open_page):
    with open_page() as page:
        page.focus("#articles-tab")
        press(page, "ArrowLeft", "Tab")
        assert find_focus(page) == "sentence"
        press(page, "Control+Enter")
        problem = page.locator("#sentences-problem")
        problem.wait_for()
        assert problem.inner_text() == "اكتب جملة عربية أولا."
        assert find_focus(page) == "sentence"
        page.keyboard.insert_text("انتقدت النقابة بشدة قرار الوزارة")
        press(page, "Tab")
        page.keyboard.insert_text("الوزارة")
        press(page, "Enter")
        page.wait_for_selector("#answers .effects")
        assert page.locator("#answers .pill").first.inner_text().startswith("▼ ضد")
        assert page.locator("#answers .effects dd").first.locator("li").count() >= 1
        assert problem.is_hidden()
        page.locator("#answers .own label", has_text="ضد").click()
        _, content = save(page, "#download-sentence-labels")
        row = next(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
        assert (row["text"], row["target"], row["stance"], row["predicted"]) == (
            "انتقدت النقابة بشدة قرار الوزارة",
            "الوزارة",
            Stance.AGAINST,
            Stance.AGAINST,
        )


def test_files_are_read_and_a_column_is_chosen(open_page):
    rows = f"أ,الغد,{ARTICLE.splitlines()[1]}\nب,الغد,\nج,الغد,اجتمع الوفد أمس.\n".replace("السد، ", "السد؛ ")
    table = f"الرقم,الصحيفة,النص\n{rows}"
    with open_page() as page:
        page.set_input_files("#files", [{"name": "أخبار.csv", "mimeType": "text/csv", "buffer": table.encode()}])
        page.wait_for_selector("#column-choice:not([hidden])")
        assert find_focus(page) == "column"
        assert page.input_value("#column") == "النص"
        assert page.input_value("#outlet-column") == "الصحيفة"
        assert page.input_value("#date-column") == ""
        page.click("#use-column")
        page.wait_for_selector("#loaded:not([hidden])")
        assert page.locator("#loaded-count").inner_text() == "مقالان"
        assert "row 2" in page.locator("#unread").inner_text()
        assert page.locator("#result").is_hidden()
        page.click("#analyse")
        page.wait_for_selector("#result:not([hidden])")
        assert page.locator("#left-out").is_hidden()
        report = page.frame_locator("#report")
        assert report.locator("h1").count() == 1
        report.locator("#filters").wait_for()  # which the report's own script shows
        broken = [{"name": "x.csv", "mimeType": "text/csv", "buffer": "نص".encode("utf-16")}]
        page.set_input_files("#files", broken)
        page.wait_for_selector("#articles-problem:not([hidden])")
        assert "UTF-16" in page.locator("#articles-problem").inner_text()
        assert page.locator("#loaded-count").inner_text() == "مقالان"
        page.click("#unload")
        assert page.locator("#loaded").is_hidden()


def test_hostile_texts_and_names_stay_texts(open_page):
    files = [
        {"name": f"{EVIL}.txt", "mimeType": "text/plain", "buffer": f"رفضت مصر قرار إثيوبيا {EVIL}.".encode()},
        {"name": "x.jsonl", "mimeType": "text/plain", "buffer": json.dumps({EVIL: EVIL}).encode()},
    ]
    with open_page() as page:
        page.set_input_files("#files", files[:1])
        page.wait_for_selector("#loaded:not([hidden])")
        page.fill("#text", f"أدانت مصر موقف إثيوبيا {EVIL}")
        page.locator("summary").first.click()
        page.fill("#outlet", EVIL)
        page.click("#analyse")
        page.wait_for_selector("#result:not([hidden])")
        page.get_by_label("الجمل وتصحيحها").check(force=True)
        page.locator(".why").first.click()
        page.wait_for_selector(".effects")
        assert EVIL in page.locator("#positions").inner_text()
        page.set_input_files("#files", files[1:])
        page.wait_for_selector("#column-choice:not([hidden])")
        assert page.locator("#column option").first.inner_text() == EVIL
        assert page.locator("main img, main script").count() == 0
        page.get_by_label("التقرير").check(force=True)
        report = page.frame_locator("#report")
        assert EVIL in report.locator("body").inner_text()
        assert report.locator("img").count() == 0


@pytest.mark.parametrize("begin", ["=1+1 ", "-5 ", "+", "@مصر: "])
def test_the_table_has_the_text_as_it_is(open_page, begin):
    text = f"{begin}أدانت مـصر موقف إثيوبيا، ٢٠٢٤"
    with open_page() as page:
        analyse(page, text)
        _, content = save(page, "#download-table")
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline="")))
    assert rows
    assert all(text in row.values() for row in rows)


def test_an_empty_page_says_what_is_missing_and_a_foreign_text_finds_nothing(open_page):
    with open_page(locale="en") as page:
        page.click("#analyse")
        assert page.locator("#articles-problem").inner_text() == "Paste a text first, or choose a file."
        analyse(page, "The minister praised the court.")
        assert page.locator("#no-positions").is_visible()
        assert page.locator("#download-table").is_disabled()


def test_an_analysis_can_be_stopped(open_page):
    table = "text\n" + "رفضت مصر قرار إثيوبيا بدء ملء السد.\n" * 90
    with open_page() as page:
        page.set_input_files("#files", [{"name": "x.csv", "mimeType": "text/csv", "buffer": table.encode()}])
        page.wait_for_selector("#loaded:not([hidden])")
        page.click("#analyse")
        status = page.locator("#articles-status")
        status.filter(has_text="90").wait_for()
        page.click("#stop")
        status.filter(has_text="أوقفت التحليل.").wait_for()
        assert page.locator("#result").is_hidden()
        assert page.locator("#analyse").is_enabled()


def test_a_server_that_is_gone_is_said_so(open_page):
    with open_page() as page:
        page.route("**/sentence", lambda route: route.abort())
        page.click("#sentences-tab")
        page.fill("#sentence", "انتقدت النقابة بشدة قرار الوزارة")
        page.fill("#party", "الوزارة")
        page.click("#label")
        page.wait_for_selector("#sentences-problem:not([hidden])")
        assert page.locator("#sentences-problem").inner_text().startswith("لا يجيب الخادم")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(open_page, scheme):
    with open_page(viewport={"width": 360, "height": 740}, color_scheme=scheme) as page:
        analyse(page, f"{'المؤسسةالوطنية' * 6} رفضت مصر موقف إثيوبيا.\n{ARTICLE}")
        page.get_by_label("الجمل وتصحيحها").check(force=True)
        page.locator(".why").first.click()
        page.wait_for_selector(".effects")
        for tab in ("#articles-tab", "#sentences-tab"):
            page.click(tab)
            assert page.evaluate("document.documentElement.scrollWidth") == 360
