"""One scoring of annotated articles: judges beside each other, and every look at the sealed ones listed."""

import csv
import json

import pytest
from omegaconf import OmegaConf

from janib.articles.evaluation import score_counts
from janib.errors import ConfigError
from janib.labels import POSITION_LABELS
from janib.models.majority import MajorityModel
from janib.models.store import save_model
from janib.runs.article_scoring import read_article_scoring, score_articles
from janib.schema import Example

ROWS = [
    Example("1", "نص", stance="favor", sentiment="positive"),
    Example("2", "نص", stance="against", sentiment="negative"),
]
TEXT = "البلدية تشكر المدرسة.\nوأدانت البلدية النادي."


@pytest.fixture
def config(tmp_path):
    def place(word, party, after=0):
        start = TEXT.index(word, after)
        return {"start": start, "end": start + len(word), "party": party}

    second = TEXT.index("\n") + 1
    town = {"party": "wadi_town", "surface": "البلدية", "how": "named"}
    article = {
        "id": "one",
        "outlet": "وكالة",
        "date": "2026-01-01",
        "text": TEXT,
        "statements": [
            {"start": 0, "end": second - 1, "speakers": [town]},
            {"start": second, "end": len(TEXT), "speakers": [town]},
        ],
        "mentions": [
            place("البلدية", "wadi_town"),
            place("المدرسة", "wadi_school"),
            place("البلدية", "wadi_town", second),
            place("النادي", "wadi_club"),
        ],
        "positions": [
            {"statement": 0, "party": "wadi_school", "stance": "favor", "sentiment": "positive"},
            {"statement": 1, "party": "wadi_club", "stance": "against", "sentiment": "negative"},
        ],
        "parties": {
            "wadi_town": {"ar": "البلدية", "kind": "other"},
            "wadi_school": {"ar": "المدرسة", "kind": "other"},
            "wadi_club": {"ar": "النادي", "kind": "other"},
        },
    }
    for name in ("dev", "sealed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "one.json").write_text(json.dumps(article), encoding="utf-8")
    return OmegaConf.create(
        {
            "articles": "dev",
            "saved": "???",
            "sentiment": None,
            "judges": {"majority": {"name": "majority", "kind": "majority"}},
            "results": str(tmp_path / "results"),
            "ledger": str(tmp_path / "scorings.csv"),
        }
    )


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_judges_beside_each_other(config, tmp_path):
    counted = score_articles(read_article_scoring(config), tmp_path)
    found = {(one.judge, one.parties, one.metric): float(score_counts(one.counts)) for one in counted}
    assert found["default", "gold", "position_macro_f1"] == pytest.approx(2 / 3, abs=1e-5)  # nothing is neutral
    assert found["default", "listed", "position_macro_f1"] == pytest.approx(2 / 3, abs=1e-5)
    assert found["default", "shipped", "position_macro_f1"] == 0  # none of these is in the gazetteer
    assert found["majority", "gold", "position_macro_f1"] == 0
    assert found["-", "listed", "party_f1"] == 1
    rows = read_rows(tmp_path / "results" / "dev.csv")
    assert {row["model"] for row in rows} == {"e5_small_ar", "majority"}
    (right,) = [
        row
        for row in rows
        if (row["judge"], row["parties"], row["metric"], row["label"])
        == ("default", "gold", "position_macro_f1", "favor")
    ]
    assert (right["article"], right["right"], right["of"]) == ("one", "2", "2")
    assert not (tmp_path / "scorings.csv").exists()


def test_several_saved_models_are_seeds_of_one_judge(config, tmp_path):
    for seed in (1, 2):
        about = {"model": "majority", "seed": seed, "config_hash": f"hash{seed}", "target_is_given": True}
        save_model(MajorityModel(labels=POSITION_LABELS).fit(ROWS, []), tmp_path / f"seed{seed}", about, "# Card\n")
    config.saved = [str(tmp_path / "seed1"), str(tmp_path / "seed2")]
    counted = score_articles(read_article_scoring(config), tmp_path)
    own = [(one.judge, one.about["seed"]) for one in counted if one.parties == "gold"]
    assert own == [("default", 1)] * 4 + [("default", 2)] * 4 + [("majority", 0)] * 4
    assert {one.about["seed"] for one in counted if one.judge == "-"} == {1}


def test_every_score_of_the_sealed_articles_is_listed(config, tmp_path):
    config.articles = "sealed"
    counted = score_articles(read_article_scoring(config), tmp_path)
    rows = read_rows(tmp_path / "scorings.csv")
    assert len(rows) == len(counted)
    assert {(row["data"], row["split"], row["model"]) for row in rows} == {
        ("articles", "sealed", "e5_small_ar"),
        ("articles", "sealed", "majority"),
    }
    assert ("gold/position_macro_f1", "0.666667") in {(row["metric"], row["value"]) for row in rows}


def test_an_unknown_set(config, tmp_path):
    config.articles = "seald"
    with pytest.raises(
        ConfigError,
        match=r"^articles=seald: there is no such set, only dev, sealed, ant_build, ant_check, ant, .*$",
    ):
        score_articles(read_article_scoring(config), tmp_path)
