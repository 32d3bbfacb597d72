"""Labels and targets that only a program tells apart."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.corpora.lookalikes import index_spellings, merge_lookalikes
from janib.schema import Example, strip_around
from janib.text.spelling import fold_value

LOOKALIKES = [
    ("البلدية", "البلدية "),
    ("البلدية", "\u200fالبلدية\u200f"),
    ("البلدية", "البلديه"),
    ("البلدية", "البلديّة"),
    ("البلدية", "البلـــدية"),
    ("الأمن", "الامن"),
    ("الإمارات", "الامارات"),
    ("مجلس الأمن", "مجلس  الأمن"),
    ("مجلس الأمن", "مجلس\u00a0الأمن"),
    ("ﻣﺠﻠﺲ", "مجلس"),
    ("Favor", "favor"),
    ("0", "0.0"),
    ("12", "١٢"),
    ("ＡＢ", "ab"),
]


def make_rows(*targets, labels=None):
    labels = labels or ["favor"] * len(targets)
    return [
        Example(str(i), f"نص {i}", target, stance=label)
        for i, (target, label) in enumerate(zip(targets, labels, strict=True))
    ]


@pytest.mark.parametrize(("one", "other"), LOOKALIKES)
def test_values_that_look_alike_become_the_most_frequent(one, other):
    rows = make_rows(one, other, one, "غيرها")
    merged, said = merge_lookalikes({"train": rows}, "target")
    assert [row.target for row in merged["train"]] == [one, one, one, "غيرها"]
    assert said == [f"2 spellings of one target, read as the first: {one!r} (2), {other!r} (1)"]
    assert [row.text for row in merged["train"]] == [row.text for row in rows]


@pytest.mark.parametrize(
    ("one", "other"), [("مع", "ضد"), ("1", "-1"), ("1", "+1"), ("1.5", "1"), ("+", "-"), ("1", "01")]
)
def test_different_values_stay_apart(one, other):
    rows = make_rows(one, other)
    assert merge_lookalikes({"train": rows}, "target") == ({"train": rows}, [])


def test_splits_get_one_spelling():
    splits = {"train": make_rows("البلدية", "البلدية"), "test": make_rows("البلديه")}
    merged, _ = merge_lookalikes(splits, "target")
    assert merged["test"][0].target == "البلدية"


def test_targets_with_different_labels_for_one_text_stay_apart():
    rows = [replace(row, text="نحب هذا") for row in make_rows("كرة", "كره", labels=["favor", "against"])]
    merged, (said,) = merge_lookalikes({"train": rows}, "target")
    assert merged["train"] == rows
    assert said == "2 targets look alike, but the same text has different labels for them: 'كرة' (1), 'كره' (1)"


def test_the_only_labels_stay_apart():
    rows = [replace(row, label=label) for row, label in zip(make_rows("", ""), ("A", "a"), strict=True)]
    merged, (said,) = merge_lookalikes({"train": rows}, "label")
    assert merged["train"] == rows
    assert said.startswith("the only 2 labels look alike")


def test_many_spellings_are_counted():
    rows = make_rows(*(f"{name}{end}" for name in "ابتثجحخ" for end in ("", " x", " X")))
    _, said = merge_lookalikes({"train": rows}, "target")
    assert len(said) == 6
    assert said[-1] == "2 more targets were found in several spellings"


@given(st.lists(st.text(max_size=6)))
def test_merging_is_done_once(targets):
    once, _ = merge_lookalikes({"train": make_rows(*targets)}, "target")
    assert merge_lookalikes(once, "target") == (once, [])
    assert len({row.target for row in once["train"]}) <= len(set(targets))


@given(st.text())
def test_folding_is_idempotent(value):
    assert fold_value(fold_value(value)) == fold_value(value)


@given(st.text())
def test_what_is_stripped_leaves_no_mark_around(value):
    assert strip_around(strip_around(value)) == strip_around(value)
    assert fold_value(strip_around(value)) == fold_value(value)


def test_the_first_spelling_is_known():
    assert index_spellings(["سلبي", "إيجابي"])[fold_value("ايجابي\u200f")] == "إيجابي"
