"""Each rule of party finding has an example that it decides, and a counter-example that it leaves alone."""

import json
from pathlib import Path

import pytest

from janib.articles.parties import rules
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences

CASES = [json.loads(line) for line in Path(__file__).with_name("party_rules.jsonl").read_text("utf-8").splitlines()]


def find_named(text, gazetteer):
    mentions = find_mentions(text, split_sentences(text), gazetteer)
    return [f"{text[mention.start : mention.end]}: {mention.party}" for mention in mentions]


def test_every_rule_has_its_examples():
    table = [(role, holds.__name__) for role, entries in rules.RULES.items() for holds in entries]
    assert [(case["role"], case["rule"]) for case in CASES] == [row for row in table if row[1] != "always"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['role']}-{case['rule']}")
def test_a_rule_decides_its_example(case, monkeypatch):
    gazetteer = Gazetteer.shipped()
    if "list" in case:
        gazetteer = gazetteer.extend(Gazetteer.parse(case["list"], "list"))
    assert find_named(case["example"], gazetteer) == case["parties"]
    assert find_named(case["counterexample"], gazetteer) == case["others"]
    entries = rules.RULES[case["role"]]
    others = {holds: entries[holds] for holds in entries if holds.__name__ != case["rule"]}
    monkeypatch.setitem(rules.RULES, case["role"], others)
    assert find_named(case["example"], gazetteer) != case["parties"]
    assert find_named(case["counterexample"], gazetteer) == case["others"]
