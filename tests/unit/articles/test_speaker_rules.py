"""Each rule of speaker finding has an example that it decides, and a counter-example that it leaves alone."""

import json
import re
from pathlib import Path

import pytest

from janib.articles.sentences import split_sentences
from janib.articles.spans import Mention
from janib.articles.speakers import datelines, frames, objects, party_names, phrases, subjects, turns, verbs
from janib.articles.speakers.turns import find_speakers

CASES = [json.loads(line) for line in Path(__file__).with_name("speaker_rules.jsonl").read_text("utf-8").splitlines()]
TABLES = {
    "HEADLINE_REFUSALS": datelines,
    "VERB_REFUSALS": verbs,
    "FRAME_READERS": frames,
    "FRAME_STARTS": frames,
    "NAME_REFUSALS": party_names,
    "ANAPHORS": phrases,
    "SUBJECT_REFUSALS": subjects,
    "ADVERBIALS": objects,
    "TURN_FINDERS": turns,
}


def get_name(rule):
    return rule if isinstance(rule, str) else rule.__name__.strip("_")


def find_last(marked):
    """Return who says the last statement of a text in which ``{party:name}`` is a mention."""
    text, mentions, place = "", [], 0
    for found in re.finditer(r"\{(\w+):([^}]*)\}", marked):
        text += marked[place : found.start()]
        mentions.append(Mention(len(text), len(text) + len(found[2]), found[1]))
        text += found[2]
        place = found.end()
    text += marked[place:]
    return [one.party for one in find_speakers(text, split_sentences(text), mentions)[-1]]


def test_every_rule_has_its_examples():
    rules = [(table, get_name(rule)) for table, module in TABLES.items() for rule in getattr(module, table)]
    assert [(case["table"], case["rule"]) for case in CASES] == rules


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['table']}-{case['rule']}")
def test_a_rule_decides_its_example(case, monkeypatch):
    assert find_last(case["example"]) == case["speakers"]
    assert find_last(case["counterexample"]) == case["others"]
    module, table = TABLES[case["table"]], case["table"]
    rules = getattr(module, table)
    others = [rule for rule in rules if get_name(rule) != case["rule"]]
    monkeypatch.setattr(module, table, {rule: rules[rule] for rule in others} if isinstance(rules, dict) else others)
    assert find_last(case["example"]) != case["speakers"]
    assert find_last(case["counterexample"]) == case["others"]
