"""The holder's name after an office and whom it is of: it speaks, and is no party of its own statement."""

import json
from collections import Counter
from pathlib import Path

import pytest

from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.speakers.turns import find_speakers

CASES = [json.loads(line) for line in Path(__file__).with_name("holders.jsonl").read_text("utf-8").splitlines()]
GAZETTEER = Gazetteer.shipped()


def test_every_kind_has_five_sentences():
    assert min(Counter(case["kind"] for case in CASES).values()) >= 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["kind"])
def test_a_holder_speaks_and_others_are_positioned(case):
    text = case["text"]
    sentences = split_sentences(text)
    mentions = find_mentions(text, sentences, GAZETTEER, "2026-01-01")
    (speakers,) = find_speakers(text, sentences, mentions, GAZETTEER.led, GAZETTEER.leaders)
    assert [one.party for one in speakers] == case["speakers"]
    assert "offices" not in case or [one.office for one in speakers] == case["offices"]
    assert [one.party for one in mentions] == case["parties"]
    if case["kind"] == "a noun of an act is no name":
        assert [one.name for one in speakers] == ["ستيفان دوجاريك"]
