import csv

import pytest

from janib.errors import ConfigError, DataError
from janib.runs.article_scoring import COUNT_COLUMNS
from janib.tables.article_counts import read_counts
from janib.tables.pages.article_content import make_article_content
from janib.tables.pages.render import find_differences, render

TABLE = {
    **{"name": "made", "title": "Made up", "protocol": "Invented.", "scored": ["sealed"], "published": []},
    **{"rows": {"found": ["-", "listed"], "model_given": ["model", "gold"], "guess_given": ["guess", "gold"]}},
    **{"columns": ["sealed/party_f1", "sealed/position_macro_f1"], "compared": ["sealed/position_macro_f1"]},
    "baseline": "model",
}
ARTICLES = [f"article{number}" for number in range(10)]
COUNTS = [  # judge, parties, metric, label, seed, right of 10 in each article
    ("-", "listed", "party_f1", "-", 0, 9),
    *(("model", "gold", "position_macro_f1", label, seed, 7 + seed) for seed in (0, 1) for label in "abc"),
    *(("guess", "gold", "position_macro_f1", label, 0, 3) for label in "abc"),
]


def write_counts(folder, counts):
    with (folder / "sealed.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COUNT_COLUMNS)
        for judge, parties, metric, label, seed, right in counts:
            about = ["ensemble", seed, "abc", "1234567890", "false"]
            writer.writerows([article, judge, parties, metric, label, right, 10, *about] for article in ARTICLES)


@pytest.fixture
def folder(tmp_path):
    write_counts(tmp_path, COUNTS)
    return tmp_path


def test_committed_counts_become_a_table(folder):
    content = make_article_content(TABLE, folder)
    render(content, folder)
    markdown = (folder / "table.md").read_text(encoding="utf-8")
    assert "| found | 1 | 90.00 |  | this repository |" in markdown
    assert "| model_given | 2 |  | 75.00 ± 7.07 | this repository |" in markdown
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "Sealed: 10 articles, scored at commit 1234567 ([sealed.csv](sealed.csv))." in readme
    assert "| model_given |  | 70.0 to 80.0 |" in readme  # every article is alike, the two seeds are not
    assert "| guess_given | model_given | sealed/position_macro_f1 | -45.00 * | -50.00 to -40.00 | 0.0" in readme
    assert (folder / "table.png").exists()
    with (folder / "comparisons.csv").open(encoding="utf-8", newline="") as stream:
        (compared,) = csv.DictReader(stream)
    assert (compared["row"], compared["other"], compared["p_mcnemar"]) == ("guess_given", "model_given", "")
    assert find_differences(content, folder) == []


def test_a_post_hoc_row_is_marked_with_its_reason(folder):
    render(make_article_content(TABLE | {"post_hoc": {"found": "scored before"}}, folder), folder)
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "| found (post hoc) | 1 | 90.00 |" in readme
    assert "that it came before: found (scored before). Such rows" in readme


def test_other_counts_are_found(folder):
    render(make_article_content(TABLE, folder), folder)
    write_counts(folder, [*COUNTS[:-1], (*COUNTS[-1][:-1], 4)])
    problems = find_differences(make_article_content(TABLE, folder), folder)
    assert {"table.md differs", "table.tex differs", "table.svg differs", "README.md differs"} <= set(problems)


def test_a_baseline_that_no_row_has(folder):
    table = TABLE | {"baseline": "modle"}
    with pytest.raises(ConfigError, match=r"^baseline=modle: expected a row \[modle, gold\]; mend conf/table$"):
        make_article_content(table, folder)


def test_what_is_missing_is_named(folder):
    with pytest.raises(DataError, match=r"^row other: no score of judge other with parties gold in .*/table$"):
        read_counts(TABLE | {"rows": {"other": ["other", "gold"]}}, folder)
    (folder / "sealed.csv").write_text("article,judge\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"sealed.csv lacks the columns parties, metric, .*restore it$"):
        read_counts(TABLE, folder)
    (folder / "sealed.csv").unlink()
    with pytest.raises(DataError, match=r"sealed.csv is missing; .*articles=sealed wrote it: restore it$"):
        read_counts(TABLE, folder)
