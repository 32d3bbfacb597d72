"""Parties of an annotated article that no list knows, under the ids that their finder made."""

import pytest

from janib.articles.analysis import Analysis, Article
from janib.articles.evaluation import AnnotatedArticle, count_found, identify_parties, score_counts
from janib.articles.identity import match_parties, rename_parties
from janib.articles.positions import Statement
from janib.articles.spans import Mention, Speaker

TEXT = "أعلن حزب الينبوع موقفه.\nوأكد الينبوع ذلك ورد تيار الوادي.\nوأضاف الرئيس التونسي كلمة."
SPANS = [(start, start + len(line)) for line in TEXT.split("\n") for start in [TEXT.index(line)]]


def place(word, party, start=0):
    start = TEXT.index(word, start)
    return Mention(start, start + len(word), party)


def analyse(mentions, speakers):
    statements = tuple(Statement(*span, said) for span, said in zip(SPANS, speakers, strict=True))
    return Analysis(Article(TEXT), statements, tuple(mentions), (), {})


def mention_all(spring, spring_again, valley, holder="beji"):
    return [
        place("حزب الينبوع", spring),
        place("الينبوع", spring_again, SPANS[1][0]),
        place("تيار الوادي", valley),
        place("الرئيس التونسي", holder),
    ]


def match(gold, found, parties=()):
    return match_parties(gold.statements, gold.mentions, parties, found)


def said(*parties):
    return tuple((Speaker(party, "كلمات", "named"),) for party in parties)


GOLD = analyse(mention_all("spring_party", "spring_party", "valley_current"), said("spring_party", "spring_party", "x"))


def test_unknown_ids_at_the_same_places_are_the_same_party():
    found = analyse(mention_all("حزب الينبوع", "حزب الينبوع", "تيار الوادي"), said("حزب الينبوع", "حزب الينبوع", "x"))
    names = match(GOLD, found)
    assert names == {"حزب الينبوع": "spring_party", "تيار الوادي": "valley_current"}
    assert rename_parties(found, names) == GOLD


def test_an_id_is_in_one_pair_the_most_frequent():
    found = analyse(mention_all("ينبوع", "آخر", "ينبوع"), said("آخر", "آخر", "x"))
    assert match(GOLD, found) == {"آخر": "spring_party", "ينبوع": "valley_current"}


def test_a_party_of_the_list_is_no_other():
    found = analyse(mention_all("egypt", "egypt", "tunisia", "kais_saied"), said("egypt", "egypt", "x"))
    assert match(GOLD, found) == {}


def test_a_party_that_was_annotated_under_its_found_id_stays():
    swapped = analyse(mention_all("valley_current", "valley_current", "new"), said("valley_current", "x", "x"))
    assert match(GOLD, swapped) == {}


def test_an_annotated_party_that_the_list_has_by_its_name_is_that_one():
    parties = [{"id": "islamic_state_group", "ar": "داعش"}]
    gold = analyse([place("حزب الينبوع", "islamic_state_group")], said("x", "y", "z"))
    found = analyse([place("حزب الينبوع", "isis")], said("x", "y", "z"))
    assert match(gold, found, parties) == {"isis": "islamic_state_group"}
    assert match(gold, found) == {}
    assert match(gold, found, [*parties, {"id": "isis", "ar": "أخرى"}]) == {}


def test_a_speaker_alone_is_matched_by_his_words():
    gold = analyse([], (*said("journalist", "journalist"), ()))
    same, other = (analyse([], (said(name)[0], said("كربول")[0], ())) for name in ("كربول", "آخر"))
    assert match(gold, same) == {"كربول": "journalist"}
    assert set(match(gold, other).values()) == {"journalist"}
    report = analyse([], (*((Speaker("report", "", "report"),) for _ in "ab"), ()))
    assert match(gold, report) == {}


@pytest.mark.parametrize(("name", "share"), [("حزب الينبوع", 1.0), ("egypt", 0.5)])
def test_the_score_counts_them(name, share):
    gold = AnnotatedArticle(GOLD.article, GOLD.statements, GOLD.mentions, {}, ())
    found = identify_parties([gold], [analyse(mention_all(name, name, "تيار الوادي"), said(name, name, "x"))])
    assert score_counts(count_found([gold], found)["party_recall"]) == share
