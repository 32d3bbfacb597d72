import json
import re
from collections import Counter

from janib.corpora import read_corpus
from janib.corpora.readers.newsmtsc_ar import NEWSMTSC_AR


def test_counts():
    _, splits = read_corpus("newsmtsc_ar")
    counts = {split: Counter(row.sentiment for row in rows) for split, rows in splits.items()}
    assert counts["train"].total() >= 5000
    assert counts["test"].total() >= 1000
    assert counts["train"]["neutral"] < min(counts["train"]["negative"], counts["train"]["positive"])


def test_every_target_stands_in_its_sentence_at_its_offsets():
    for line in NEWSMTSC_AR.read_shipped().decode().split("\n")[:-1]:
        one = json.loads(line)
        for target in one["targets"]:
            name = one["text"][target["start"] : target["end"]]
            assert name
            assert name == name.strip()
        assert len(re.findall("[\u0621-\u064a]", one["text"])) > len(re.findall("[A-Za-z]", one["text"]))


def test_labels_are_those_of_people(read_mirror):
    english = {row.id: row.sentiment for rows in read_mirror("newsmtsc").values() for row in rows}
    _, splits = read_corpus("newsmtsc_ar")
    assert all(english[row.id] == row.sentiment for rows in splits.values() for row in rows)
    test = {row.id for row in read_mirror("newsmtsc")["test_rw"]}
    assert {row.id for row in splits["test"]} <= test
