"""Exchanged names: right word for word, drawn by seed, and a model that reads names is found out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.errors import ConfigError
from janib.studies.counterfactual import (
    exchange_name,
    find_largest,
    list_frequent_names,
    make_exchanges,
    measure_effects,
    read_mentions,
)


@pytest.fixture(scope="module")
def mentions():
    return read_mentions(["train"])[:200]


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        ("رحبت الوادي بالقرار", "الوادي", "الجبل", "رحبت الجبل بالقرار"),
        ("وبالوادي، ثم للوادي وكالوادي", "الوادي", "الجبل", "وبالجبل، ثم للجبل وكالجبل"),
        ("شكرا للوادي", "الوادي", "جبل", "شكرا لجبل"),
        ("شكرا لجبل", "جبل", "الوادي", "شكرا للوادي"),
        ("شكرا للروس", "لروس", "الفرس", "شكرا للفرس"),
        ("الجبليون ليسوا في جبلها", "جبل", "واد", "الجبليون ليسوا في جبلها"),
        ("قرية «جبل»: جبل.", "جبل", "تل 5", "قرية «تل 5»: تل 5."),
    ],
)
def test_clitics_stay_and_parts_of_words_do_too(text, old, new, expected):
    assert exchange_name(text, old, new) == expected


def test_a_split_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match=r"^splits names 'valid'; the statements have train, test, test_unseen$"):
        read_mentions(["valid"])


@given(st.text(), st.text(min_size=1), st.text())
def test_any_name_is_exchanged_without_a_crash(text, old, new):
    exchange_name(text, old, new)


def test_exchanges_keep_kind_and_form_and_the_rest_of_the_text(mentions):
    made = make_exchanges(mentions, 3, 10, seed=0)
    rows = {one.row.id: one for one in mentions}
    names = list_frequent_names(mentions, 10)
    assert len(made) > 2 * len(mentions)
    for one in made:
        before = rows[one.before.id]
        assert (one.party, one.after.target) in names[before.form]
        assert one.party not in before.parties
        assert one.after.target.removeprefix("ا") in one.after.text
        assert one.before.target not in one.after.target or one.before.text != one.after.text
    assert made == make_exchanges(mentions, 3, 10, seed=0)
    assert made != make_exchanges(mentions, 3, 10, seed=1)


def test_a_model_that_reads_names_is_found_out(mentions):
    made = make_exchanges(mentions, 3, 10, seed=0)
    before = np.tile([0.2, 0.5, 0.3], (len(made), 1))
    (all_of_them, *_) = measure_effects(made, before, before)
    assert (all_of_them.flips, all_of_them.shift) == ((0, 0, 0), (0, 0, 0))
    disliked = measure_effects(made, before, before)[-1].name
    after = np.array([[0.8, 0.1, 0.1] if one.party == disliked else row for one, row in zip(made, before, strict=True)])
    effects = measure_effects(made, before, after)
    found = next(one for one in effects if one.name == disliked)
    assert found.flips == (1, 1, 1)
    assert found.shift == pytest.approx((-0.8, -0.8, -0.8))
    assert effects[0].flips[0] == pytest.approx(found.exchanges / len(made))
    assert find_largest(effects, 1) == found
    assert find_largest(effects, 10**6) is None
