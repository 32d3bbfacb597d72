"""Scores of an analysis against an annotated article."""

import json
from dataclasses import replace

import numpy as np
import pytest

from janib.articles.analysis import Analysis
from janib.articles.evaluation import (
    FOUND,
    compare_articles,
    count_found,
    count_found_positions,
    count_positions,
    read_annotated,
    resample_articles,
    score_counts,
)
from janib.articles.positions import Judge
from janib.articles.spans import REPORT_SPEAKER, Speaker
from janib.errors import DataError

TEXT = "البلدية تشكر المدرسة.\nوأدان المدير النادي."


@pytest.fixture
def judge(lexicon):
    return Judge(lexicon, lexicon)


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
    return read_annotated(tmp_path)


def as_found(gold):
    return Analysis(gold.article, gold.statements, gold.mentions, (), {})


def score_all(counts):
    return {name: float(score_counts(own)) for name, own in counts.items()}


def test_gold_scores_all(gold):
    scores = score_all(count_found(gold, [as_found(one) for one in gold]))
    assert scores == dict.fromkeys(FOUND, 1)


def test_what_is_missed_costs(gold):
    (one,) = gold
    elsewhere = replace(one.mentions[1], end=one.mentions[1].end - 1)
    found = replace(as_found(one), statements=one.statements[:1], mentions=(one.mentions[0], elsewhere))
    scores = score_all(count_found(gold, [found]))
    assert scores["sentence_f1"] == pytest.approx(2 / 3)
    assert scores["speaker_accuracy"] == 0.5
    assert scores["party_f1"] == pytest.approx(2 / 5)
    assert scores["party_precision"] == 1 / 2
    assert scores["party_recall"] == pytest.approx(1 / 3)


def test_a_speaker_without_a_party_is_known_by_his_words(gold):
    (one,) = gold
    renamed = replace(one.statements[1], speakers=(Speaker("المدير", "المديرُ", "named"),))
    wrong = replace(one.statements[1], speakers=(Speaker("club", "النادي", "named"),))
    for statement, share in ((renamed, 1), (wrong, 0.5)):
        found = replace(as_found(one), statements=(one.statements[0], statement))
        assert score_all(count_found(gold, [found]))["speaker_accuracy"] == share


def test_where_nobody_speaks_the_report_does(gold):
    (one,) = gold
    told = replace(one, statements=tuple(replace(said, speakers=(REPORT_SPEAKER,)) for said in one.statements))
    found = replace(as_found(one), statements=tuple(replace(said, speakers=()) for said in one.statements))
    assert score_all(count_found([told], [found]))["speaker_accuracy"] == 1
    assert score_all(count_found(gold, [found]))["speaker_accuracy"] == 0


def test_positions_are_scored_on_gold_parties(gold, judge):
    counts = count_positions(gold, judge)
    assert score_all(counts)["position_macro_f1"] == pytest.approx(2 / 3)  # neutral is neither given nor wanted
    assert counts["position_macro_f1"].tolist() == [[[2, 2], [0, 0], [2, 2]]]


def test_a_found_position_with_another_speaker_is_wrong(gold, judge):
    (one,) = gold
    positions = tuple(judge.position(TEXT, one.statements, one.mentions))
    (other,) = one.statements[0].speakers
    wrong = tuple(replace(position, speakers=(other,)) for position in positions)
    for given, right in ((positions, [2, 0, 2]), (wrong, [0, 0, 2])):
        counts = count_found_positions(gold, [replace(as_found(one), positions=given)])["position_macro_f1"]
        assert counts[0].tolist() == [[right[0], 2], [0, 0], [right[2], 2]]


def test_intervals_hold_the_score_and_models_that_differ_everywhere_are_told_apart():
    articles = np.random.default_rng(1).integers(5, 9, size=(12, 3))
    good, bad = (np.stack([share * articles, articles], axis=-1) for share in (0.9, 0.4))
    draws = resample_articles("f1", [good, bad])
    assert draws.observed["f1"].tolist() == pytest.approx([0.9, 0.4])
    low, high = draws.find_interval("f1", [0, 1])
    assert low <= 0.65 <= high
    assert draws.compare("f1", [0], [1]).p < 0.01
    assert compare_articles([good], [bad]) < 0.01
    assert compare_articles([good, good], [bad, bad]) < 0.01
    assert compare_articles([good], [good]) == 1


def test_no_article_and_a_broken_one(tmp_path):
    with pytest.raises(DataError, match=r"holds no annotated article \(\*\.json\); check the path$"):
        read_annotated(tmp_path)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(DataError, match=r"a\.json is no annotated article \(KeyError: "):
        read_annotated(tmp_path)


def test_a_side_that_is_withheld_is_not_shown_but_keeps_its_label(gold, judge):
    (one,) = gold
    positions = tuple(judge.position(TEXT, one.statements, one.mentions))
    half = (positions[0], replace(positions[1], stance=None))
    counts = count_found_positions(gold, [replace(as_found(one), positions=half)])
    assert counts["position_macro_f1"][0].tolist() == [[2, 2], [0, 0], [2, 2]]
    assert counts["side_precision"].tolist() == [[[1, 1]]]
    assert counts["side_recall"].tolist() == [[[1, 2]]]


def test_a_shown_side_of_another_sign_is_wrong(gold, judge):
    (one,) = gold
    positions = tuple(replace(found, stance="favor") for found in judge.position(TEXT, one.statements, one.mentions))
    counts = count_found_positions(gold, [replace(as_found(one), positions=positions)])
    assert counts["side_precision"].tolist() == counts["side_recall"].tolist() == [[[1, 2]]]


def test_an_article_without_text_is_read_from_its_corpus(monkeypatch, tmp_path):
    text = "قال المدير نعم.\n"
    monkeypatch.setattr("janib.articles.evaluation.fetch_file", lambda _: tmp_path)
    monkeypatch.setattr("janib.articles.evaluation.read_documents", lambda _, wanted: dict.fromkeys(wanted, text))
    said = {"party": "head", "start": 4, "end": 10, "how": "named"}
    article = {
        **{"id": "one", "desk": "politic", "outlet": "", "date": "", "doc": "JA-1", "sha256": "0" * 64},
        "statements": [{"start": 0, "end": 15, "speakers": [said]}],
        **{"mentions": [], "positions": [], "parties": {}},
    }
    (tmp_path / "one.json").write_text(json.dumps(article), encoding="utf-8")
    (read,) = read_annotated(tmp_path)
    assert read.article.text == text
    assert read.statements[0].speakers == (Speaker("head", "المدير", "named"),)
