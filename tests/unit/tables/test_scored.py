import csv

import pytest

from janib.errors import DataError
from janib.tables.check import find_differences, render
from janib.tables.scored import read_scored

TABLE = {
    **{"name": "made", "title": "Made up", "protocol": "Invented.", "scored": ["sealed"], "published": []},
    **{"rows": {"found": ["-", "listed"], "model_given": ["model", "gold"]}, "baseline": None},
    **{"columns": ["sealed/party_f1", "sealed/position_macro_f1"], "compared": ["sealed/position_macro_f1"]},
}
SCORES = [("-", "listed", "party_f1", 0.9, 0.85, 0.95), ("model", "gold", "position_macro_f1", 0.7, 0.6, 0.8)]


def write_scores(folder, scores):
    with (folder / "sealed.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["set", "articles", "judge", "parties", "metric", "value", "low", "high"])
        writer.writerows(["sealed", 10, *score] for score in scores)
    lines = (folder / "sealed.csv").read_text(encoding="utf-8").splitlines()
    about = ["model,seed,config_hash,commit,dirty", *["ensemble,0,abc,1234567890,false"] * len(scores)]
    text = "".join(f"{line},{more}\n" for line, more in zip(lines, about, strict=True))
    (folder / "sealed.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    write_scores(tmp_path, SCORES)
    return tmp_path


def test_committed_scores_become_a_table(folder):
    lines = read_scored(TABLE, folder)
    render(TABLE, "", lines, [], folder, folder)
    markdown = (folder / "table.md").read_text(encoding="utf-8")
    assert "| found | 1 | 90.00 |  | this repository |" in markdown
    assert "| model_given | 1 |  | 70.00 | this repository |" in markdown
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "Sealed: 10 articles, scored at commit 1234567 ([sealed.md](sealed.md))." in readme
    assert "| model_given |  | 60.0 to 80.0 |" in readme
    assert (folder / "table.png").exists()
    assert not (folder / "comparisons.csv").exists()
    assert find_differences(TABLE, "", lines, [], folder) == []


def test_other_scores_are_found(folder):
    render(TABLE, "", read_scored(TABLE, folder), [], folder, folder)
    write_scores(folder, [SCORES[0], (*SCORES[1][:3], 0.71, 0.6, 0.8)])
    problems = find_differences(TABLE, "", read_scored(TABLE, folder), [], folder)
    assert {"table.md differs", "table.tex differs", "table.svg differs", "README.md differs"} <= set(problems)


def test_what_is_missing_is_named(folder):
    with pytest.raises(DataError, match=r"^row other: no score of judge other with parties gold in .*/table$"):
        read_scored(TABLE | {"rows": {"other": ["other", "gold"]}}, folder)
    (folder / "sealed.csv").write_text("set,judge\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"sealed.csv lacks the columns articles, parties, .*restore it$"):
        read_scored(TABLE, folder)
    (folder / "sealed.csv").unlink()
    with pytest.raises(DataError, match=r"sealed.csv is missing; .*articles=sealed wrote it: restore it$"):
        read_scored(TABLE, folder)
