"""The analyser: it keeps its model, reads many articles, and one that a model refuses costs no other."""

import numpy as np
import pytest

import janib
from janib.articles.analysis import Article
from janib.articles.positions import Judge, load_judge
from janib.errors import DataError
from janib.inference.classifier import Classifier
from janib.labels import POSITION_LABELS

GOOD, BAD = "رحّبت مصـر بقرار قطر ٢٠٢٤.", "أدانت فرنسا موقف اليابان."


class RefusesJapan:
    """Is in favor of every target but one, which it refuses."""

    labels = POSITION_LABELS

    def predict_proba(self, rows):
        if any(row.target == "اليابان" for row in rows):
            raise DataError("this target is refused")
        return {task: np.tile([0.1, 0.2, 0.7], (len(rows), 1)) for task in self.labels}


@pytest.fixture
def analyser():
    classifier = Classifier(RefusesJapan(), {"provenance": {}})
    return janib.Analyser(Judge(classifier, classifier))


def test_the_shipped_model_is_loaded_once():
    assert janib.Analyser().judge.stance is janib.Analyser(threshold=0.9).judge.stance is load_judge().stance


def test_a_text_and_an_article_are_analysed_alike():
    analyser = janib.Analyser()
    found = analyser.analyse(GOOD, outlet="الأهرام", date="7 مارس 2024")
    assert found == analyser.analyse(Article(GOOD, outlet="الأهرام", date="2024-03-07"))
    assert found == janib.analyse(GOOD, outlet="الأهرام", date="2024-03-07")
    assert [(one.party, one.stance) for one in found.positions] == [("qatar", "favor")]


def test_many_articles_are_as_one_after_another():
    analyser = janib.Analyser()
    texts = [f"{number}\n{text}" for number in range(6) for text in (GOOD, BAD, "hello")]
    assert list(analyser.stream(iter(texts))) == [analyser.analyse(text) for text in texts]


def test_an_article_that_the_model_refuses_costs_no_other(analyser):
    first, second, third = analyser.analyse_each([Article(GOOD), Article(BAD), Article(GOOD)])
    assert first == third == analyser.analyse(GOOD)
    assert second == "this target is refused"
    with pytest.raises(DataError, match="this target is refused"):
        analyser.analyse(BAD)
    with pytest.raises(DataError, match="this target is refused"):
        list(analyser.stream([GOOD, BAD]))


def test_a_date_that_is_none_is_an_error(analyser):
    with pytest.raises(DataError, match="'03-2024' is not read as a date"):
        analyser.analyse(GOOD, date="03-2024")


@pytest.mark.parametrize("spellings", [("للاحصاء", "للإحصاء"), ("للإحصاء", "للاحصاء")])
def test_an_article_is_read_alike_after_any_other(analyser, spellings):
    for spelling in spellings:
        found = analyser.analyse(f"أكد المعهد الوطني {spelling} أن تونس بخير.")
        assert f"المعهد الوطني {spelling}" in found.names.values()
