from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from janib.corpora.duplicates import cluster_texts
from janib.corpora.folds import make_folds
from janib.errors import ConfigError, DataError
from janib.schema import Example

WORDS = ("أعلن", "رفض", "رحب", "طالب", "وزير", "نقابة")
STANCES = ("against", "neutral", "favor")


def make_rows(count, targets=("أ", "ب"), group=None):
    # No two texts share a word in the same place, so none is near another.
    return [
        Example(
            str(number),
            " ".join(f"{word}{number}{place}" for place, word in enumerate(WORDS)),
            targets[number % len(targets)],
            group=group(number) if group else None,
            stance=STANCES[number // len(targets) % 3],
        )
        for number in range(count)
    ]


def cut(rows, by="rows", parts=5, used=5, split_seed=0):
    return make_folds(rows, "stance", by=by, parts=parts, used=used, split_seed=split_seed)


def list_ids(rows):
    return [row.id for row in rows]


@st.composite
def messy_rows(draw):
    """Rows of few texts, targets, labels and groups, so that there are duplicates, and chains of them."""
    count = draw(st.integers(10, 40))
    texts = [row.text for row in make_rows(count)]
    return [
        Example(
            str(number),
            draw(st.sampled_from([texts[number], texts[number // 3], f"RT @a: {texts[number // 2]} https://t.co/x"])),
            draw(st.sampled_from("أب")),
            group=draw(st.none() | st.sampled_from("٠١٢")),
            stance=draw(st.sampled_from(STANCES)),
        )
        for number in range(count)
    ]


@settings(deadline=None, max_examples=40)
@given(rows=messy_rows(), parts=st.integers(2, 4), split_seed=st.integers(0, 3))
def test_every_row_is_validated_once_and_copies_and_groups_are_not_parted(rows, parts, split_seed):
    try:
        folds = cut(rows, parts=parts, used=parts, split_seed=split_seed)
    except DataError:
        assume(False)
    assert Counter(row.id for _, valid in folds for row in valid) == Counter(list_ids(rows))
    cluster_of = dict(zip(list_ids(rows), cluster_texts([row.text for row in rows]).tolist(), strict=True))
    for fit, valid in folds:
        assert sorted(list_ids(fit + valid)) == sorted(list_ids(rows))
        assert {cluster_of[row.id] for row in fit}.isdisjoint(cluster_of[row.id] for row in valid)
        assert {row.group for row in fit if row.group}.isdisjoint(row.group for row in valid if row.group)


def test_parts_are_stratified_by_target_and_label():
    rows = make_rows(600, targets=("أ", "ب", "ج"))[:-90]
    strata = Counter((row.target, row.stance) for row in rows)
    for _, valid in cut(rows):
        found = Counter((row.target, row.stance) for row in valid)
        for stratum, count in strata.items():
            assert abs(found[stratum] - count / 5) <= 2


def test_rows_keep_their_order():
    for fit, valid in cut(make_rows(30)):
        assert list_ids(fit) == sorted(list_ids(fit), key=int)
        assert list_ids(valid) == sorted(list_ids(valid), key=int)


def test_the_seed_alone_decides():
    rows = make_rows(60)
    assert cut(rows, split_seed=1) == cut(rows, split_seed=1)
    assert cut(rows, split_seed=1) != cut(rows, split_seed=2)
    assert cut(rows, used=1) == cut(rows)[:1]


def test_labels_and_targets_that_are_rare():
    rows = [*make_rows(40), Example("x", "نص نادر وحيد", "ج", stance="favor"), Example("y", "وحيد آخر هنا", "د")]
    folds = cut(rows)
    assert Counter(row.id for _, valid in folds for row in valid) == Counter(list_ids(rows))


def test_groups_alone_give_the_authors_folds():
    rows = [replace(row, group=f"fold {i % 5}") for i, row in enumerate(make_rows(50))]
    folds = cut(rows, by="group")
    assert sorted(list({row.group for row in valid}) for _, valid in folds) == [[f"fold {i}"] for i in range(5)]


def test_each_target_is_left_out_once():
    rows = make_rows(30, targets=("ب", "أ", "ج"))
    folds = cut(rows, by="target", parts=99, used=99, split_seed=7)
    assert [{row.target for row in valid} for _, valid in folds] == [{"أ"}, {"ب"}, {"ج"}]
    for fit, valid in folds:
        assert {row.target for row in fit}.isdisjoint(row.target for row in valid)
        assert len(fit) + len(valid) == len(rows)


def test_parts_of_whole_targets():
    rows = make_rows(120, targets=tuple("أبتثجحخدذر"))
    folds = cut(rows, by="targets")
    assert Counter(row.id for _, valid in folds for row in valid) == Counter(list_ids(rows))
    for fit, valid in folds:
        assert {row.target for row in fit}.isdisjoint(row.target for row in valid)
    with pytest.raises(
        DataError, match=r"too few targets \(2\) for 5 parts of whole targets; set split.parts to at most 2"
    ):
        cut(make_rows(30), by="targets")


@pytest.mark.parametrize("by", ["rows", "group", "target", "targets"])
def test_no_part_validates(by):
    assert cut(make_rows(30), by=by, used=0) == []


@pytest.mark.parametrize(
    ("rows", "options", "error", "said"),
    [
        (
            30,
            {"parts": 1, "used": 1},
            ConfigError,
            "split.parts=1 split.used=1: expected at least 2 parts, and from 0 to all of them used",
        ),
        (
            30,
            {"parts": 5, "used": 6},
            ConfigError,
            "split.parts=5 split.used=6: expected at least 2 parts, and from 0 to all of them used",
        ),
        (
            30,
            {"parts": 5, "used": -1},
            ConfigError,
            "split.parts=5 split.used=-1: expected at least 2 parts, and from 0 to all of them used",
        ),
        (30, {"by": "topic"}, ConfigError, "split.by=topic is unknown, expected rows, group, targets or target"),
        (
            4,
            {},
            DataError,
            "the training rows fall into 4 groups that must stay together, too few for 5 parts; lower split.parts",
        ),
        (
            1,
            {},
            DataError,
            "the training rows fall into 1 groups that must stay together, too few for 5 parts; "
            "give more rows, or set split.used=0",
        ),
        (
            1,
            {"by": "targets"},
            DataError,
            "the training rows have too few targets (1) for 5 parts of whole targets; use split.by=rows",
        ),
        (
            1,
            {"by": "target"},
            DataError,
            "the training rows have one target ('أ'), so none can be left out; use split.by=rows",
        ),
    ],
)
def test_cuts_that_cannot_be_made(rows, options, error, said):
    with pytest.raises(error) as raised:
        cut(make_rows(rows), **options)
    assert str(raised.value) == said
