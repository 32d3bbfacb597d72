"""One scoring of annotated articles: judges beside each other, and every look at the sealed ones listed."""

import csv
import json

import pytest
from omegaconf import OmegaConf

from janib.articles import evaluate
from janib.errors import ConfigError

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
            "judges": {"majority": {"name": "majority", "_target_": "janib.models.majority.MajorityModel"}},
            "results": str(tmp_path / "results"),
            "ledger": str(tmp_path / "scorings.csv"),
        }
    )


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_judges_beside_each_other(config, tmp_path):
    evaluate(config, tmp_path)
    rows = read_rows(tmp_path / "results" / "dev.csv")
    found = {(row["judge"], row["parties"], row["metric"]): float(row["value"]) for row in rows}
    assert found["default", "gold", "position_macro_f1"] == pytest.approx(2 / 3, abs=1e-5)  # nothing is neutral
    assert found["default", "listed", "position_macro_f1"] == pytest.approx(2 / 3, abs=1e-5)
    assert found["default", "shipped", "position_macro_f1"] == 0  # none of these is in the gazetteer
    assert found["majority", "gold", "position_macro_f1"] == 0
    assert found["-", "listed", "party_f1"] == 1
    assert {row["model"] for row in rows} == {"ensemble", "majority"}
    table = (tmp_path / "results" / "dev.md").read_text(encoding="utf-8")
    assert "| default | 66.7 (66.7 to 66.7) | 66.7 (66.7 to 66.7) | 0.0 (0.0 to 0.0) |" in table
    assert not (tmp_path / "scorings.csv").exists()


def test_every_score_of_the_sealed_articles_is_listed(config, tmp_path):
    config.articles = "sealed"
    lines = evaluate(config, tmp_path)
    rows = read_rows(tmp_path / "scorings.csv")
    assert len(rows) == len(lines)
    assert {(row["data"], row["split"], row["model"]) for row in rows} == {
        ("articles", "sealed", "ensemble"),
        ("articles", "sealed", "majority"),
    }


def test_an_unknown_set(config, tmp_path):
    config.articles = "seald"
    with pytest.raises(ConfigError, match=r"^articles=seald: there is no such set, only dev, sealed$"):
        evaluate(config, tmp_path)
