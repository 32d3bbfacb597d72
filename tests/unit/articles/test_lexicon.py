"""The word lists: every list has a reader, every entry says what it is for, verbs are inflected."""

import json
from importlib.resources import files
from pathlib import Path

import pytest

import janib.articles
from janib.articles.lexicon import load_lexicon
from janib.text.spelling import fold

DATA = files("janib.data.articles")
WRITTEN = (DATA / "words.json").read_text("utf-8")
LISTS = json.loads(WRITTEN)
VERBS = [json.loads(line) for line in (DATA / "verbs.jsonl").read_text("utf-8").splitlines()]
CODE = "\n".join(path.read_text("utf-8") for path in Path(janib.articles.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_a_reader_and_says_what_it_is_for(name):
    included = any(name in entry.get("includes", "").split() for entry in LISTS.values())
    assert included or f'"{name}"' in CODE
    assert LISTS[name]["about"].endswith(".")
    assert set(LISTS[name]) <= {"about", "includes", "words"}


def test_no_two_lists_have_the_same_name():
    names = json.loads(WRITTEN, object_pairs_hook=lambda pairs: [name for name, _ in pairs])
    assert len(names) == len(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_no_list_holds_a_word_twice(name):
    words = LISTS[name]["words"]
    for group in words.values() if isinstance(words, dict) else [words]:
        folded = [fold(word) for word in (group if isinstance(group, str) else " ".join(group)).split()]
        assert sorted(folded) == sorted(set(folded))
        for included in LISTS[name].get("includes", "").split():
            assert load_lexicon().words[included].isdisjoint(folded), included


def test_every_verb_is_whole():
    known = {"kind", "past", "present", "participle", "needs", "excludes", "also_noun"}
    assert all({"kind", "past"} <= set(verb) <= known for verb in VERBS)
    rows = [(verb["kind"], verb["past"]) for verb in VERBS]
    assert len(set(rows)) == len(rows)


FORMS = {
    "قالت": ("قال", "f", "s", "past"),
    "دعوا": ("دعا", "m", "d", "past"),
    "يتهمون": ("اتهم", "m", "p", "present"),
    "تنفيان": ("نفي", "f", "d", "present"),
    "مؤكدة": ("اكد", "f", "s", "participle"),
    "اتهمته": ("اتهم", "f", "s", "past"),
}


@pytest.mark.parametrize(("written", "expected"), FORMS.items())
def test_a_verb_is_known_in_its_forms(written, expected):
    form, conjunction = load_lexicon().find_form(fold(f"و{written}"))
    assert form
    assert (form.verb, form.gender, form.number, form.tense) == expected
    assert conjunction == "و"


@pytest.mark.parametrize(
    ("verb", "following", "expected"),
    [
        ("كشف", "الطبيب المريض", False),
        ("كشف", "الوزير عن الخطة", True),
        ("أضاف", "اللاعب الهدف الثاني", False),
        ("قال", "", True),
    ],
)
def test_some_verbs_are_of_speech_only_with_certain_words(verb, following, expected):
    lexicon = load_lexicon()
    form, _ = lexicon.find_form(fold(verb))
    assert form
    assert lexicon.fits(form, [fold(word) for word in following.split()]) is expected


def test_first_names_are_told_from_everyday_words():
    lexicon = load_lexicon()
    assert lexicon.is_first_name(fold("يحيى"))  # also "he greets"
    assert lexicon.is_first_name(fold("كريم"))
    assert not lexicon.is_first_name(fold("على"))
    assert lexicon.is_everyday(fold("وأعلنت"))
    assert lexicon.is_everyday(fold("وبحسب"))
    assert not lexicon.is_everyday(fold("المشاري"))


def test_duals_know_what_they_can_mean():
    duals = load_lexicon().duals
    assert duals["الرييسان"] == ("leader",)
    assert duals["الدولتين"] == ("state",)
    assert duals["الجيشان"] == ("army", "armed_group")
    assert duals["الطرفان"] == ()
