"""The rules of the packaged corpus: what it promises whatever its labels become."""

import json
from collections import Counter
from importlib.resources import files

import pytest

from janib.corpora import read_corpus
from janib.corpora.duplicates import find_pairs
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS

SOURCE = files("janib") / "data" / "statements"
SPLITS = {"train", "test", "test_unseen"}
STATEMENT_TAGS = {
    "mixed_stances",
    "negation",
    "conditional",
    "denied_support",
    "act_vs_victim",
    "reservation",
    "nested_speech",
    "joint",
    "passive",
    "headline",
    "irony",
    "social",
    "msa_formal",
}
PARTY_TAGS = {"bare_mention", "demonym", "clitic", "title", "metonym", "pronoun"}


def read_lines(name):
    with (SOURCE / name).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def statements():
    return read_lines("statements.jsonl")


@pytest.fixture(scope="module")
def mentions(statements):
    """Every (statement, party) pair."""
    return [(statement, party) for statement in statements for party in statement["parties"]]


@pytest.fixture(scope="module")
def parties():
    return read_lines("parties.jsonl")


def list_wrong(pairs):
    return [pair for pair, is_right in pairs if not is_right]


def test_every_line_has_the_same_keys(statements, mentions):
    keys = ("id", "document", "split", "topic", "text", "speakers", "tags", "parties")
    assert {tuple(statement) for statement in statements} <= {keys, (*keys, "why")}
    keys = frozenset({"party", "surface", "start", "end", "stance", "sentiment", "tags", "written", "blind"})
    assert {frozenset(party) for _, party in mentions} <= {keys, keys | {"reason"}}


def test_a_label_is_what_both_annotators_said_or_has_a_reason(mentions):
    for statement, party in mentions:
        final = [party["stance"], party["sentiment"]]
        assert (party["written"] == party["blind"] == final) or party["reason"].strip(), statement["id"]
        for stance, sentiment in (party["written"], party["blind"]):
            assert stance in STANCE_LABELS
            assert sentiment in SENTIMENT_LABELS


def test_ids_are_unique_and_texts_are_clean(statements):
    assert max(Counter(statement["id"] for statement in statements).values()) == 1
    assert max(Counter(statement["text"] for statement in statements).values()) == 1
    assert list_wrong((s["id"], s["text"] == " ".join(s["text"].split())) for s in statements) == []


def test_labels_and_tags_are_known(statements, mentions):
    assert {party["stance"] for _, party in mentions} <= set(STANCE_LABELS)
    assert {party["sentiment"] for _, party in mentions} <= set(SENTIMENT_LABELS)
    assert {tag for statement in statements for tag in statement["tags"]} <= STATEMENT_TAGS
    assert {tag for _, party in mentions for tag in party["tags"]} <= PARTY_TAGS


def test_offsets_slice_back_to_the_surface(statements, mentions):
    spans = [(statement, party) for statement, party in mentions] + [
        (statement, speaker) for statement in statements for speaker in statement["speakers"] if "start" in speaker
    ]
    assert (
        list_wrong(((s["id"], x["surface"]), s["text"][x["start"] : x["end"]] == x["surface"]) for s, x in spans) == []
    )
    assert list_wrong(((s["id"], x["party"]), x["surface"].strip() == x["surface"] != "") for s, x in spans) == []


def test_a_speaker_without_a_place_has_no_surface(statements):
    absent = [(s["id"], x) for s in statements for x in s["speakers"] if "start" not in x]
    assert [pair for pair in absent if pair[1]["surface"] or "end" in pair[1]] == []


def test_a_party_stands_once_in_a_statement_and_does_not_speak_of_itself(statements):
    for statement in statements:
        named = Counter(party["party"] for party in statement["parties"])
        assert named, statement["id"]
        assert max(named.values()) == 1, statement["id"]
        assert named.keys().isdisjoint(speaker["party"] for speaker in statement["speakers"]), statement["id"]


def test_mixed_stances_is_what_the_labels_say(statements):
    assert (
        list_wrong(
            (s["id"], ("mixed_stances" in s["tags"]) is (len({party["stance"] for party in s["parties"]}) > 1))
            for s in statements
        )
        == []
    )


def test_parties_are_declared_once_with_their_names(statements, mentions, parties):
    slugs = [party["party"] for party in parties]
    assert len(slugs) == len(set(slugs))
    assert list_wrong((party, party["ar"].strip() and party["en"].strip() and party["kind"]) for party in parties) == []
    spoken = {speaker["party"] for statement in statements for speaker in statement["speakers"]}
    assert ({party["party"] for _, party in mentions} | spoken) <= set(slugs)


def test_documents_lie_on_one_side(statements):
    splits_of = {}
    for statement in statements:
        splits_of.setdefault(statement["document"], set()).add(statement["split"])
    assert {split for splits in splits_of.values() for split in splits} == SPLITS
    assert [document for document, splits in splits_of.items() if len(splits) > 1] == []


def test_unseen_parties_are_never_targets_in_train(mentions):
    by_split = {split: {p["party"] for s, p in mentions if s["split"] == split} for split in SPLITS}
    assert by_split["test_unseen"] & by_split["train"] == set()


def test_sizes_and_shares(statements, mentions):
    assert len(statements) >= 700
    assert len(mentions) >= 1800
    assert len({party["party"] for _, party in mentions}) >= 120
    topics = Counter(statement["topic"] for statement in statements)
    assert len(topics) >= 15
    assert max(topics.values()) <= 0.15 * len(statements)
    stances = Counter(party["stance"] for _, party in mentions)
    assert min(stances[label] for label in STANCE_LABELS) >= 0.22 * len(mentions)
    assert sum("mixed_stances" in statement["tags"] for statement in statements) >= 0.4 * len(statements)
    assert sum("social" in statement["tags"] for statement in statements) >= 0.09 * len(statements)


def test_no_two_statements_are_nearly_the_same(statements):
    assert find_pairs([statement["text"] for statement in statements], threshold=0.5) == []


def test_rows_are_pairs(mentions):
    corpus, splits = read_corpus("statements")
    assert set(splits) == SPLITS
    assert sum(map(len, splits.values())) == len(mentions)
    for rows in splits.values():
        for row in rows:
            assert row.target in row.text
            assert row.group == row.document
            assert row.stance
            assert row.sentiment
    assert set(corpus.metrics) == {"stance", "sentiment"}
