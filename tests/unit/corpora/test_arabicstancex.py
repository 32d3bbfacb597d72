import json
from collections import Counter

import pytest

from janib.corpora.readers import arabicstancex
from janib.errors import DataError

CORPUS = arabicstancex.ARABICSTANCEX
EMPTY = {"text": {}, "stance": {}}


@pytest.fixture
def read(tmp_path):
    """Read the corpus from files of which the first, the training tweets of a topic, has this content."""

    def read_first(content):
        paths = [tmp_path / f"{number}.json" for number in range(len(CORPUS.files))]
        for path in paths:
            path.write_text(json.dumps(EMPTY if path != paths[0] else content), encoding="utf-8")
        return CORPUS.read(paths), paths[0]

    return read_first


def test_rows_as_their_authors_write_them(read):
    texts = {"701": "أرامكــو شركةٌ نفخر بها 🙂\nحقًا", "702": "اكتتاب ٢٠١٩ لا يعنيني", "9": "خبر"}
    splits, _ = read({"text": texts, "stance": {"701": "Favor", "702": "Against", "9": "None"}})
    assert splits["test"] == []
    assert [row.text for row in splits["train"]] == list(texts.values())
    assert [row.stance for row in splits["train"]] == ["favor", "against", "neutral"]
    assert [row.id for row in splits["train"]] == ["Aramco/701", "Aramco/702", "Aramco/9"]
    assert {row.target for row in splits["train"]} == {"أرامكو"}


@pytest.mark.parametrize(
    "content", [[], {"text": {}}, {"text": {"1": "نص"}, "stance": {"2": "Favor"}}, {"text": [], "stance": []}]
)
def test_a_file_of_another_form(read, content):
    with pytest.raises(DataError, match=r"0\.json: expected the objects text and stance, with the same keys"):
        read(content)


def test_unknown_label(read):
    with pytest.raises(DataError, match=r"0\.json, key 7: label 'favor' is unknown, expected one of Against, None"):
        read({"text": {"7": "نص"}, "stance": {"7": "favor"}})


def test_the_authors_split(read_mirror):
    splits = read_mirror("arabicstancex")
    assert {split: len(rows) for split, rows in splits.items()} == {"train": 11500, "test": 2977}
    targets = {split: {row.target for row in rows} for split, rows in splits.items()}
    assert len(targets["train"]) == 17
    assert targets["train"] == targets["test"]
    assert Counter(row.stance for row in splits["test"]) == {"favor": 1295, "against": 1121, "neutral": 561}
