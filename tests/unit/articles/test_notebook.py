"""What a notebook shows of an analysis, a prediction and an explanation."""

import re

import pytest

import janib
from janib.articles.positions import Judge
from janib.errors import DataError, MissingExtraError
from janib.inference.explain import explain_row

TEXT = "رحّبت مصـر بقرار قطر ٢٠٢٤، وأدانت موقف إثيوبيا 🙂."
HOSTILE = "قالت مصر إن <script>alert(1)</script> قطر <img src=x onerror=alert(1)> عدو"


@pytest.fixture(scope="module")
def analyser(lexicon):
    return janib.Analyser(Judge(lexicon, lexicon))


def read_words(html):
    return " ".join(re.sub("<style>.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL).split())


def test_an_analysis_is_its_marked_sentences_and_its_table(analyser):
    html = analyser.analyse(TEXT)._repr_html_()
    assert '<div class="janib" dir="rtl" lang="ar">' in html
    assert html.count("<mark") == 3
    assert "<table>" in html
    assert "رحّبت" in read_words(html)
    assert read_words(analyser.analyse("وصل الوفد")._repr_html_()) == "التقرير : وصل الوفد"


def test_an_analysis_is_one_line_in_a_terminal(analyser):
    shown = repr(analyser.analyse(f"{TEXT}\n{'قالت مصر إنها تدعم السودان. ' * 50}"))
    assert shown.startswith(f"<Analysis of '{TEXT[:20]}")
    assert shown.endswith(" sentences, 52 positions>")
    assert len(shown) < 120
    assert "\n" not in shown


def test_a_hostile_text_stays_inert(analyser, lexicon):
    explanation = explain_row(lexicon, janib.Example("1", HOSTILE, "قطر"))
    prediction = janib.Prediction("<b onclick=x>", {"<b onclick=x>": 0.75, "y": 0.25})
    for shown in (analyser.analyse(HOSTILE), explanation, prediction):
        html = shown._repr_html_()
        assert not re.search("<script|<img|<b onclick", html)
        assert "&lt;" in html


def test_a_prediction_is_bars_and_an_explanation_shaded_words(lexicon):
    (prediction,) = lexicon.predict([TEXT], "قطر")
    html = prediction._repr_html_()
    assert [label in html for label in prediction.probabilities] == [True] * 3
    assert html.count("font-weight:bold") == 1
    html = explain_row(lexicon, janib.Example("1", TEXT, "قطر"))._repr_html_()
    assert html.count("<mark") == len(TEXT.split())
    assert 'dir="auto"' in html


def test_the_positions_as_a_table_of_pandas(analyser, monkeypatch):
    frame = pytest.importorskip("pandas") and analyser.analyse(TEXT, outlet="الأهرام").to_frame()
    assert list(frame["party_id"]) == ["qatar", "ethiopia"]
    assert set(frame["outlet"]) == {"الأهرام"}
    empty = analyser.analyse("وصل الوفد").to_frame()
    assert (len(empty), list(empty)) == (0, list(frame))
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"a table of pandas needs packages .* pip install 'janib"):
        analyser.analyse(TEXT).to_frame()


def test_the_page_and_the_files(analyser, tmp_path):
    analysis = analyser.analyse(TEXT)
    assert analysis.to_html().startswith("<!DOCTYPE html>")
    assert '<html lang="en"' in analysis.to_html("en")
    analysis.save(tmp_path / "out", also=["edges"])
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8") == analysis.to_html()
    assert (tmp_path / "out" / "edges.csv").is_file()
    (tmp_path / "mine.txt").touch()
    with pytest.raises(DataError, match=r"holds mine\.txt"):
        analysis.save(tmp_path)
