from types import SimpleNamespace

import pytest

from janib.corpora import mixture
from janib.errors import ConfigError
from janib.schema import Example


def make_rows(count, **labels):
    return [Example(str(i), f"نص رقم {i}", "الحزب", **labels) for i in range(count)]


@pytest.fixture
def others(monkeypatch):
    """Two corpora: ``sided`` has stances, ``toned`` has sentiments alone."""

    sided, toned = (
        SimpleNamespace(metrics={task: "macro_f1"}, target_is_given=True) for task in ("stance", "sentiment")
    )
    found = {
        "sided": (sided, {"train": make_rows(3, stance="favor"), "test": make_rows(1, stance="against")}),
        "toned": (toned, {"train": make_rows(2, sentiment="negative"), "valid": make_rows(1, sentiment="positive")}),
    }
    monkeypatch.setattr(mixture, "read_corpus", lambda name: found[name])


def test_labels_are_mapped_and_ids_tell_the_corpus(others):
    rows = mixture.read_others(["sided", "toned"], ["stance"])
    assert [row.id for row in rows["sided"]] == ["sided/0", "sided/1", "sided/2"]
    assert [row.stance for row in rows["toned"]] == ["against", "against", "favor"]


def test_a_joint_task_keeps_what_is_missing(others):
    rows = mixture.read_others(["sided", "toned"], ["stance", "sentiment"])
    assert {(row.stance, row.sentiment) for row in rows["sided"]} == {("favor", None)}
    assert {(row.stance, row.sentiment) for row in rows["toned"]} == {("against", "negative"), ("favor", "positive")}


def test_corpora_without_sarcasm_train_the_other_tasks(others):
    rows = mixture.read_others(["sided", "toned"], ["stance", "sentiment", "sarcasm"])
    assert {name: [row.sarcasm for row in found] for name, found in rows.items()} == {
        "sided": [None] * 3,
        "toned": [None] * 3,
    }


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        (["sentiment"], "data.train: sided has no labels for sentiment; leave it out"),
        (["sarcasm"], "data.train: sided has no labels for sarcasm; leave it out"),
        (["label"], "data.train: the task label has each corpus's own labels, which cannot be mixed"),
    ],
)
def test_corpora_that_do_not_fit(others, tasks, said):
    with pytest.raises(ConfigError) as caught:
        mixture.read_others(["sided", "toned"], tasks)
    assert str(caught.value) == said


def test_a_corpus_alone_may_have_labels_of_its_own():
    assert mixture.read_others([], ["label"]) == {}


@pytest.mark.parametrize(
    ("temperature", "most", "counts"),
    [
        (None, None, (1000, 10)),
        (1, None, (1000, 10)),
        (2, None, (100, 10)),
        (1e9, None, (10, 10)),
        (None, 50, (50, 10)),
    ],
)
def test_temperature_and_most(temperature, most, counts):
    corpora = {"large": make_rows(1000, stance="favor"), "small": make_rows(10, stance="against")}
    drawn = mixture.sample_rows(corpora, temperature, most, seed=0)
    assert (sum(row.stance == "favor" for row in drawn), sum(row.stance == "against" for row in drawn)) == counts
    assert drawn == mixture.sample_rows(corpora, temperature, most, seed=0)


@pytest.mark.parametrize(("temperature", "most"), [(0.5, None), (-1, None), (1, 0)])
def test_wrong_sampling(temperature, most):
    with pytest.raises(ConfigError, match="expected 1 or more, or null"):
        mixture.sample_rows({"small": make_rows(10)}, temperature, most, seed=0)


def test_copies_of_held_out_texts_are_left_out():
    rows = [Example("1", "رحّبـــت الوزارة بالقرار"), Example("2", "رفضت الوزارة القرار")]
    assert mixture.leave_out(rows, [Example("9", "رحبت الوزارة بالقرار", "أخرى")]) == rows[1:]
