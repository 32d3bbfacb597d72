from collections import defaultdict

from janib.corpora import read_corpus
from janib.corpora.base import read_shipped_lines
from janib.labels import STANCE_LABELS
from janib.schema import REPORT_NAME


def test_each_party_is_a_row_with_its_words_and_speaker():
    _, splits = read_corpus("roles")
    for row in (*splits["train"], *splits["test"]):
        assert row.target
        assert row.target in row.text
        assert row.speaker == REPORT_NAME or row.speaker in row.text
        assert row.stance in STANCE_LABELS


def test_a_frame_is_in_one_split_and_meets_different_stances():
    splits, stances = defaultdict(set), defaultdict(set)
    for one in read_shipped_lines("roles/sentences.jsonl"):
        splits[one["frame"]].add(one["split"])
        stances[one["frame"]] |= {party["stance"] for party in one["parties"]}
    assert all(len(found) == 1 for found in splits.values())
    assert sum(len(found) > 1 for found in stances.values()) > 0.9 * len(stances)
