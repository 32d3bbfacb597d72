from dataclasses import replace

from janib.corpora.base import Corpus
from janib.schema import Example
from janib.studies.label_noise import DOUBT_THRESHOLD, find_doubts

PRAISE, BLAME = "أشادت ورحبت بحرارة وامتنان", "أدانت ورفضت بغضب واستنكار"


def make_rows(count=120):
    """Rows that two phrases tell apart, each in words of its own."""
    for number in range(count):
        own = " ".join(f"{chr(0x628 + (number * 3 + place) % 20)}ك{number}م{place}" for place in range(4))
        phrase, stance = ((PRAISE, "favor"), (BLAME, "against"))[number % 2]
        yield Example(str(number), f"{own} {phrase}", "المجلس", stance=stance)


def test_a_wrong_label_is_doubted():
    rows = [*make_rows(), Example("wrong", f"بيان قصير جديد {PRAISE} {PRAISE}", "المجلس", stance="against")]
    corpus = Corpus("one", "", "", "", "", read=lambda _: {}, metrics={"stance": "favg2"})
    found = find_doubts(corpus, {"train": rows[:-1], "test": rows[-1:]})
    assert [(doubt.kind, doubt.split, doubt.id) for doubt in found] == [("doubt", "test", "wrong")]
    assert (found[0].task, found[0].given, found[0].other) == ("stance", "against", "favor")
    assert float(found[0].score) <= DOUBT_THRESHOLD


def test_consistent_labels_are_not():
    corpus = Corpus("one", "", "", "", "", read=lambda _: {}, metrics={"stance": "favg2"})
    assert find_doubts(corpus, {"train": list(make_rows())}) == []


def test_few_documents_do_not_keep_rows_from_being_judged():
    rows = [replace(row, group=f"document {int(row.id) % 3}") for row in make_rows()]
    corpus = Corpus("one", "", "", "", "", read=lambda _: {}, metrics={"stance": "favg2"})
    assert find_doubts(corpus, {"train": rows}) == []
