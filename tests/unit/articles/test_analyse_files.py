"""Many articles: what is interrupted goes on, what is bad costs no other, and any number of workers writes the same."""

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from janib.articles import analyse_files as files
from janib.articles.analysis import Analyser
from janib.articles.positions import Judge
from janib.articles.sources import Layout, Sources
from janib.errors import DataError
from janib.inference.classifier import Classifier
from janib.labels import POSITION_LABELS

TEXTS = [
    *("رحّبت مصـر بقرار قطر ٢٠٢٤.", "أدانت فرنسا موقف اليابان 🙂.", "وصل الوفد.", "The minister spoke."),
    *(f"قالت ألمانيا إنّ إسبانيا «حليف» {number}" for number in range(20)),
]


class Refuses:
    """Is in favor of every target, but refuses one; it may be interrupted at the statement with a number."""

    labels = POSITION_LABELS

    def __init__(self, number):
        self.end = f"» {number}"

    def predict_proba(self, rows):
        if any(row.text.endswith(self.end) for row in rows):
            raise KeyboardInterrupt
        if any(row.target == "اليابان" for row in rows):
            raise DataError("this target is refused")
        return {task: np.tile([0.1, 0.2, 0.7], (len(rows), 1)) for task in self.labels}


@pytest.fixture
def folder(tmp_path):
    for number, text in enumerate(TEXTS):
        (tmp_path / "in" / f"{number // 10}").mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / f"{number // 10}" / f"{number:02}.txt").write_text(text, encoding="utf-8")
    (tmp_path / "in" / "blank.txt").write_text(" \n", encoding="utf-8")
    return tmp_path


def run(folder, *, interrupted=-1, resume=False, out="out", shown=None):
    """Analyse the folder; return the summary's numbers and what was told."""
    told, console = [], Console(file=shown or io.StringIO(), width=200)
    classifier = Classifier(Refuses(interrupted), {"kind": "refuses", "provenance": {}})
    sources = Sources([str(folder / "in")], Layout(), told.append)
    output = files.Output(folder / out)
    analyser = Analyser(Judge(classifier, classifier))
    with files.analyse_files(analyser, sources, output, console, workers=1, resume=resume) as found:
        counts = (len(found), found.problems, sources.problems)
    return counts, told


def read(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_what_is_bad_is_left_out_and_told(folder):
    (count, refused, unread), told = run(folder)
    assert count == len(TEXTS) - 1
    assert refused == ["0/01.txt: this target is refused"]
    assert unread == [f"{folder}/in/blank.txt holds no text; expected an article"]
    assert told == [*unread, *refused]
    assert (folder / "out" / "left_out.txt").read_text(encoding="utf-8").splitlines() == told
    assert not (folder / "out.partial").exists()


def test_nothing_left_out_is_no_file(folder):
    (folder / "in" / "blank.txt").unlink()
    (folder / "in" / "0" / "01.txt").unlink()
    run(folder)
    assert not (folder / "out" / "left_out.txt").exists()


def test_an_interrupted_analysis_is_gone_on_with(folder):
    run(folder, out="whole")
    for number, kept in ((6, 8), (18, 16), (12, 16)):
        shown = io.StringIO()
        with pytest.raises(KeyboardInterrupt):
            run(folder, interrupted=number, resume=True, shown=shown)
        assert not (folder / "out").exists()
        line = f"{kept} articles are kept in {folder}/out.partial; the same command with --resume goes on\n"
        assert shown.getvalue() == line
    with pytest.raises(DataError, match=r"out\.partial holds the beginning of out, .* go on with --resume"):
        run(folder)
    assert run(folder, resume=True)[0] == run(folder, out="again")[0]
    assert read(folder / "out") == read(folder / "whole")
    assert not (folder / "out.partial").exists()


@pytest.mark.parametrize("out", ["out", "م" * 127, ".", "link"])
def test_the_folder_that_is_told_is_the_one_that_is_kept(folder, monkeypatch, out):
    (folder / "here" / "real").mkdir(parents=True)
    monkeypatch.chdir(folder / "here")
    (folder / "here" / "link").symlink_to(folder / "elsewhere")
    shown = io.StringIO()
    console = Console(file=shown, width=1000)
    classifier = Classifier(Refuses(12), {"kind": "refuses", "provenance": {}})
    analyser, output = Analyser(Judge(classifier, classifier)), files.Output(Path(out))
    sources = Sources([str(folder / "in")], Layout(), print)
    with (
        pytest.raises(KeyboardInterrupt),
        files.analyse_files(analyser, sources, output, console, workers=1, resume=False),
    ):
        pass
    told = Path(shown.getvalue().split("kept in ")[1].split(";")[0])
    assert (told / "rows.jsonl").is_file()
    assert told.is_absolute() == (out in (".", "link"))


def test_other_articles_are_not_gone_on_with(folder):
    with pytest.raises(KeyboardInterrupt):
        run(folder, interrupted=7)
    (folder / "in" / "0" / "00.txt").write_text("غير ذلك", encoding="utf-8")
    with pytest.raises(DataError, match=r"^the first \d+ articles are not those that were analysed before"):
        run(folder, resume=True)
    assert (folder / "out.partial").exists()


def test_a_typed_text_may_be_longer_than_a_name():
    (article,) = Sources(["رحبت مصر بقرار قطر. " * 500], Layout(), [].append)
    assert len(article.text) == 10_000


def test_all_faults_of_sources_are_told_before_the_model_is_asked(tmp_path):
    told = []
    for name, text in (("a.csv", "text,date\nرحبت مصر بقطر,03-2016\nرحبت مصر بقطر,\n"), ("b.txt", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    sources = Sources([str(tmp_path / "a.csv"), str(tmp_path / "b.txt"), "رحبت مصر بقطر"], Layout(), told.append)
    assert (sources.count, len(told), told) == (2, 2, sources.problems)
    assert [one.name for one in sources] == ["a.csv#2", "typed text"]
    assert len(told) == 2


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("none.txt", "none.txt does not exist; check the path"),
        ("https://example.com/مقال", "is a web address, and nothing is fetched from the web; save the page as .html"),
        ("a.docx", "a.docx is a document; save it as plain text: in Word"),
        ("b.PDF", "b.PDF is a document; save it as plain text: pdftotext"),
        ("مقال.md", "the suffix '.md' names no known format"),
    ],
)
def test_what_is_no_source_is_an_error_at_once(tmp_path, source, said):
    (tmp_path / "a.txt").write_text(TEXTS[0], encoding="utf-8")
    with pytest.raises(DataError) as error:
        Sources([str(tmp_path / "a.txt"), source], Layout(), [].append)
    assert said in str(error.value)
