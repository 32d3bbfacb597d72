import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janib.errors import ConfigError
from janib.text.cleaning import ACROSS_WORDS, PRESETS, STEPS, compose, divide

ALIKE = [name for name in STEPS if name != "stem" and not name.startswith("arabert")]
BOUNDS = {"unfold_forms": 22, "mask_urls": 2, "mask_mentions": 4, "space_emoji": 3, "lower_case": 2}

# Any character at all, lone surrogates too; and pieces that the steps look for, so that they meet.
PIECES = st.sampled_from(
    [
        *"السـىةٱٰۥًّٔۃﷺﻷﹰک٣۳٫abAİ./:_-#@&;!=(1😀❤🏽🇪🇬 \n\u20e3\ufe0f\u200d\u200c\u202b\x00",
        *["RT", "http", "https://", "www.", ".com", "@a", "&amp;", "&lt", "lt;", "co/", "a@b.c", "<url>"],
    ]
)
TEXT = st.text(st.characters()) | st.lists(PIECES, max_size=12).map("".join)


@settings(max_examples=300)
@given(TEXT)
def test_steps_are_total_idempotent_and_bounded(text: str) -> None:
    for name in ALIKE:
        once = STEPS[name](text)
        assert STEPS[name](once) == once, name
        assert len(once) <= BOUNDS.get(name, 1) * len(text), name


@settings(max_examples=300)
@given(TEXT)
def test_steps_but_those_that_look_across_words_clean_word_by_word(text: str) -> None:
    for name in set(ALIKE) - ACROSS_WORDS:
        by_word = [word for chunk in text.split() for word in STEPS[name](chunk).split()]
        assert STEPS[name](text).split() == by_word, name


@given(st.lists(TEXT, max_size=5))
def test_many_words_are_cleaned_as_each_alone(texts: list[str]) -> None:
    words = [word for text in texts for word in text.split()]
    clean_text, clean_words = divide(["strip_retweet", "tfidf"])
    assert clean_text("RT @a: إلى") == "إلى"
    assert clean_words(words) == [compose(["tfidf"])(word) for word in words]


@pytest.mark.parametrize("name", PRESETS)
@given(text=TEXT)
def test_presets_leave_no_marks_tatweel_or_outer_spaces(name: str, text: str) -> None:
    cleaned = compose([name])(text)
    assert cleaned == cleaned.strip()
    assert not set(cleaned) & set("ـأإآٱىةًٌٍَُِّْٰ")


def test_tfidf_preset() -> None:
    text = "RT @user: إلى الأمـــام\u200f عائلة👨\u200d👩\u200d👧 حلوووة https://t.co/aشكرًا #لا_للحرب &amp; ٣٫٥"
    expected = "rt <user> : الي الامام عائله 👨\u200d👩\u200d👧 حلووه <url> شكرا لا للحرب & 3.5"
    assert compose(PRESETS["tfidf"])(text) == expected


def test_duplicates_preset_meets_reworded_copies() -> None:
    find_key = compose(["duplicates"])
    copies = [
        "الحكومة تؤكّد: لا زيادة في الأسعار! #مصر_اليوم https://t.co/aaa",
        "RT @news: الحكومه تؤكد لا زياده فى الاسعار… #مصر_اليوم 😀 http://t.co/bbb",
        "\u202bالحكومـــة تؤكد، لا زيادة في الأسعار مصر اليوم @someone\u202c",
    ]
    assert {find_key(copy) for copy in copies} == {"الحكومه توكد لا زياده في الاسعار مصر اليوم"}


def test_compose_applies_steps_in_order_and_pickles() -> None:
    clean = compose(["strip_urls", "squeeze_spaces"])
    assert clean("a  https://t.co/b") == "a"
    assert pickle.loads(pickle.dumps(clean))("a  b") == "a b"


def test_compose_of_nothing_changes_nothing() -> None:
    assert compose([])(" ـ ") == " ـ "


def test_unknown_step_names_the_nearest() -> None:
    known = ", ".join([*PRESETS, *STEPS])
    with pytest.raises(ConfigError) as caught:
        compose(["strip_tatweel", "strip_url"])
    assert str(caught.value) == (f"text step 'strip_url' is unknown; did you mean 'strip_urls'? The steps are: {known}")
    with pytest.raises(ConfigError) as caught:
        compose(["xyz"])
    assert str(caught.value) == f"text step 'xyz' is unknown. The steps are: {known}"


def test_a_single_string_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        compose("tfidf")
    assert str(caught.value) == "text steps must be a list of names, found 'tfidf'; write [tfidf]"
