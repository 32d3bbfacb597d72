"""Texts of words of the lists, names, marks and odd characters: nothing crashes, and every offset is right."""

import json
import random
from importlib.resources import files
from itertools import pairwise

import pytest

from janib.articles.lexicon import load_lexicon
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.spans import REPORT
from janib.articles.speakers.turns import find_speakers

DATA = files("janib.data.articles")
OWN = [
    {"id": "sanabel", "kind": "company", "ar": "مصرف السنابل التجاري"},
    {"id": "najm", "kind": "company", "ar": "شركة «نجم» للطيران"},
    {"id": "wahati", "kind": "leader", "ar": "سالم الواحاتي"},
    {"id": "um_khaled", "kind": "other", "ar": "أم خالد"},
]
SLOTS = {"m": "المصري", "f": "المصرية", "p": "المصريون", "state": "فرنسا", "of": "الخارجية", "words": "التعليم العالي"}
MARKS = [*"،.:؛!؟?«»“”„\"()[]{}-–—…|/'’", "..", "--", "\n", "\n- ", "\n1) "]
ODD = [
    *("12", "٣٤", "2017-05-01", "😀", "👩\u200d💻", "<b>", "é", "İ", "ß", "ـــ", "www.x.com", "http://a.b/ج"),
    *("ﻓﺮﻧﺴﺎ", "ﷲ", "ﻻ", "مُحَمَّدٌ", *"\u200f\u202b\u202c\u200c\u00ad\ufeff\u2028\x00\u0300"),
]


def list_words():
    """Return lists of words of each kind, with the weight of the kind."""
    lexicon = load_lexicon()
    parties = Gazetteer.shipped().parties.values()
    names = [name for one in parties for name in (one.ar, *one.names, *one.capitals, *one.demonyms)]
    rows = map(json.loads, (DATA / "patterns.jsonl").read_text("utf-8").splitlines())
    patterns = [pattern.format(**SLOTS) for row in rows for pattern in row["patterns"]]
    return {
        35: sorted(word.replace("_", " ") for words in lexicon.words.values() for word in words),
        15: sorted(lexicon.forms),
        17: names,
        3: [*(one["ar"] for one in OWN), "السنابل", "المصرف", "نجم", "الواحاتي"],
        8: patterns,
        14: MARKS,
        7: ODD,
    }


def write_text(chance, kinds):
    pieces = []
    for kind in chance.choices(list(kinds.values()), list(kinds), k=chance.randint(1, 50)):
        word = chance.choice(kind)
        if chance.random() < 0.15:
            word = chance.choice(["و", "ف", "ب", "ل", "ال", "لل", "وال"]) + word
        if chance.random() < 0.05:
            word = chance.choice([*"\u200f\u200cًَُِّـ"]).join(word)
        pieces.append(word + " " * (chance.random() < 0.93))
    return "".join(pieces)


@pytest.mark.parametrize("seed", range(3))
def test_a_thousand_texts_are_read(seed):
    chance, kinds = random.Random(seed), list_words()
    gazetteer = Gazetteer.shipped().extend(Gazetteer.parse(OWN, "list")) if seed else Gazetteer.shipped()
    for _ in range(1000):
        text = write_text(chance, kinds)
        sentences = split_sentences(text)
        mentions = find_mentions(text, sentences, gazetteer, chance.choice(["", "2020-01-01"]))
        for one in mentions:
            assert any(place.start <= one.start < one.end <= place.end for place in sentences), text
            assert text[one.start : one.end].strip() == text[one.start : one.end], text
            assert gazetteer.find(one.party).id == one.party
        spans = sorted({(one.start, one.end) for one in mentions})
        assert all(first[1] <= second[0] for first, second in pairwise(spans)), text
        speakers = find_speakers(text, sentences, mentions)
        assert len(speakers) == len(sentences)
        for one in (one for found in speakers for one in found):
            assert (one.surface == "") == (one.party == REPORT), text
            assert one.surface in text, text
        assert all(speakers), text
