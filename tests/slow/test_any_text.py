"""Ten thousand generated texts through the whole analysis but the judging."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from texts import GLUES, NOISE, WORDS

from janib.articles.boilerplate import is_boilerplate
from janib.articles.dates import find_date, parse_date
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.spans import REPORT
from janib.articles.speakers.turns import find_speakers

pytestmark = pytest.mark.slow

PIECES = st.sampled_from(WORDS.split()) | st.sampled_from(NOISE) | st.text(max_size=6)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(GLUES)), max_size=40).map(lambda parts: "".join(map("".join, parts)))


@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS, st.sampled_from(["", "2019-05-01", "no date"]))
def test_no_text_crashes_and_offsets_slice_back(text, date):
    gazetteer = Gazetteer.shipped()
    sentences = split_sentences(text)
    ends = [0, *(one.end for one in sentences)]
    for one, before in zip(sentences, ends, strict=False):
        assert before <= one.start < one.end <= len(text)
        surface = text[one.start : one.end]
        assert surface == surface.strip()
        assert any(letter.isalpha() for letter in surface)
    inside = sum(letter.isalpha() for one in sentences for letter in text[one.start : one.end])
    assert inside == sum(letter.isalpha() for letter in text)
    assert find_date(text) == "" or parse_date(find_date(text)) == find_date(text)
    sentences = [one for one in sentences if not is_boilerplate(text, one)]
    mentions = find_mentions(text, sentences, gazetteer, date)
    for mention in mentions:
        assert any(one.start <= mention.start < mention.end <= one.end for one in sentences)
        assert text[mention.start : mention.end].strip() == text[mention.start : mention.end]
        assert gazetteer.find(mention.party).id == mention.party
    speakers = find_speakers(text, sentences, mentions)
    assert len(speakers) == len(sentences)
    for found in speakers:
        assert found
        assert all(one.surface in text and bool(one.surface) != (one.party == REPORT) for one in found)
