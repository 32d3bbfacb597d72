"""Parties of real news, kind by kind: invented sentences, and counter-examples among them."""

import json
from collections import Counter
from pathlib import Path

import pytest

from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences

CASES = [json.loads(line) for line in Path(__file__).with_name("party_kinds.jsonl").read_text("utf-8").splitlines()]


def test_every_kind_has_five_sentences():
    assert min(Counter(case["kind"] for case in CASES).values()) >= 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["kind"])
def test_the_parties_of_a_kind_are_found(case):
    text = case["text"]
    mentions = find_mentions(text, split_sentences(text), Gazetteer.shipped(), case.get("date", ""))
    assert [f"{text[one.start : one.end]}: {one.party}" for one in mentions] == case["parties"]
