"""Scores of an analysis against an annotated article."""

import json
from dataclasses import replace

import pytest

from janib.article.analysis import Analysis
from janib.article.evaluation import read_gold, score_analyses, score_positions
from janib.article.positions import load_judge
from janib.article.spans import Speaker
from janib.classifier import SHIPPED
from janib.errors import DataError

TEXT = "البلدية تشكر المدرسة.\nوأدان المدير النادي."


@pytest.fixture
def gold(tmp_path):
    first = TEXT.index("\n")

    def place(word, party):
        return {"start": TEXT.index(word), "end": TEXT.index(word) + len(word), "party": party}

    article = {
        "id": "one",
        "desk": "state agency",
        "title": TEXT[:first],
        "outlet": "وكالة",
        "date": "2026-01-01",
        "text": TEXT,
        "statements": [
            {"start": 0, "end": first, "speakers": [{"party": "town", "surface": "البلدية", "how": "named"}]},
            {
                "start": first + 1,
                "end": len(TEXT),
                "speakers": [{"party": "head", "surface": "المدير", "how": "named"}],
            },
        ],
        "mentions": [place("البلدية", "town"), place("المدرسة", "school"), place("النادي", "club")],
        "positions": [
            {"statement": 0, "party": "school", "stance": "favor", "sentiment": "positive"},
            {"statement": 1, "party": "club", "stance": "against", "sentiment": "negative"},
        ],
        "parties": {"town": {"ar": "البلدية", "en": "Town", "kind": "other"}},
    }
    (tmp_path / "one.json").write_text(json.dumps(article), encoding="utf-8")
    return read_gold(tmp_path)


def as_found(gold):
    return Analysis(gold.article, gold.statements, gold.mentions, (), {})


def test_gold_scores_all(gold):
    scores = score_analyses(gold, [as_found(one) for one in gold])
    assert {name: score.value for name, score in scores.items()} == {
        "sentence_f1": 1,
        "speaker_accuracy": 1,
        "party_f1": 1,
    }


def test_what_is_missed_costs(gold):
    (one,) = gold
    elsewhere = replace(one.mentions[1], end=one.mentions[1].end - 1)
    found = replace(as_found(one), statements=one.statements[:1], mentions=(one.mentions[0], elsewhere))
    scores = score_analyses(gold, [found])
    assert scores["sentence_f1"].value == pytest.approx(2 / 3)
    assert scores["speaker_accuracy"].value == 0.5
    assert scores["party_f1"].value == pytest.approx(2 / 5)


def test_a_speaker_without_a_party_is_known_by_his_words(gold):
    (one,) = gold
    renamed = replace(one.statements[1], speakers=(Speaker("المدير", "المديرُ", "named"),))
    wrong = replace(one.statements[1], speakers=(Speaker("club", "النادي", "named"),))
    for statement, share in ((renamed, 1), (wrong, 0.5)):
        found = replace(as_found(one), statements=(one.statements[0], statement))
        assert score_analyses(gold, [found])["speaker_accuracy"].value == share


def test_positions_are_scored_on_gold_parties(gold):
    scores = score_positions(gold, load_judge(SHIPPED / "members" / "1" / "0"))  # the lexicon, whose answers are plain
    assert scores["position_macro_f1"].value == pytest.approx(2 / 3)  # neutral is neither given nor wanted
    assert scores["position_macro_f1"].low <= scores["position_macro_f1"].value <= scores["position_macro_f1"].high


def test_no_article_and_a_broken_one(tmp_path):
    with pytest.raises(DataError, match=r"holds no annotated article \(\*\.json\); check the path$"):
        read_gold(tmp_path)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(DataError, match=r"a\.json is no annotated article \(KeyError: "):
        read_gold(tmp_path)
