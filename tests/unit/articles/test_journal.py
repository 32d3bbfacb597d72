"""Analyses on disk: what is read is what was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import janib
from janib.articles import journal as journals
from janib.articles.analysis import Analysis, Article
from janib.articles.journal import Journal, read_line, write_line
from janib.articles.positions import Judge
from janib.articles.report.files import write_analyses

TEXT = "قال وزير الخارجية إن مـصر «تُدين» إثيوبيا 🙂.\nوأضاف أن قطر ﷲ والسودان أخوان."


@pytest.fixture(scope="module")
def explained(lexicon):
    return janib.Analyser(Judge(lexicon, lexicon, explain=True)).analyse(TEXT, outlet="الأهرام")


def test_an_analysis_is_made_again(explained):
    assert explained.positions
    assert all(one.explanation for one in explained.positions)
    assert read_line(write_line(explained)) == explained
    plain = janib.analyse(TEXT)
    assert read_line(write_line(plain)) == plain


@given(st.text(st.characters(exclude_categories=())))  # half characters too
def test_every_text_is_made_again(text):
    analysis = Analysis(Article(text, name=text), (), (), (), {"report": text})
    line = write_line(analysis)
    assert line.isascii()
    assert line.count("\n") == 1
    assert read_line(line) == analysis


def test_a_journal_is_a_sequence_of_its_analyses(tmp_path, explained):
    analyses = [explained, janib.analyse("وصل الوفد"), janib.analyse("hello")]
    (tmp_path / "rows.jsonl").write_text("".join(map(write_line, analyses)), encoding="ascii")
    journal = Journal(tmp_path / "rows.jsonl")
    assert len(journal) == 3
    assert list(journal) == list(journal) == analyses
    assert [journal[place] for place in (2, -3, 1)] == [analyses[2], analyses[0], analyses[1]]
    assert journal[1:] == analyses[1:]
    with pytest.raises(IndexError):
        journal[3]


@pytest.mark.parametrize("turns", [1, 8])
def test_a_page_of_one_article_reads_it_as_often_whatever_its_length(tmp_path, monkeypatch, turns):
    parties = ("مصر", "قطر", "إيران", "تركيا", "روسيا", "الصين", "فرنسا", "ألمانيا")
    said = [f"قالت {first} إنها تدين {other}." for first in parties[:turns] for other in parties if other != first]
    (tmp_path / "rows.jsonl").write_text(write_line(janib.analyse("\n".join(said))), encoding="ascii")
    read = []
    monkeypatch.setattr(journals, "read_line", lambda line: read.append(1) or read_line(line))
    write_analyses(Journal(tmp_path / "rows.jsonl"), tmp_path / "out")
    assert len(read) < 15
