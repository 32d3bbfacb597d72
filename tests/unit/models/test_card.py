"""Model cards: the front matter that a Hugging Face hub reads, and the results in it."""

from dataclasses import replace

import pytest
from huggingface_hub import ModelCard

from janib.corpora import get_corpus
from janib.models.card import write_card

ABOUT = {"versions": {"janib": "0"}, "commit": "", "dirty": "false", "config_hash": "0", "seed": 0}
METRICS = {"valid/macro_f1": 0.5, "test/macro_f1": 0.625, "test/accuracy": 2 / 3, "test/favg2": 0.1}
METRICS |= {"sentiment/test/macro_f1": 0.75}
INTERVALS = {key: (0.0, 1.0) for key in METRICS if key != "test/favg2"}


def read_card(metrics=METRICS, intervals=INTERVALS, corpus=None, **about):
    corpus = corpus or get_corpus("statements")
    return ModelCard(write_card("mine", corpus, "stance", ABOUT, metrics, intervals, **{"kind": "tfidf", **about})).data


def test_a_hub_reads_the_front_matter():
    data = read_card(kind="transformer", encoder="aubmindlab/bert-base-arabertv02", trained_on=["statements", "dse"])
    found = data.to_dict()
    assert found.pop("model-index")[0]["name"] == "mine-statements-stance"
    assert found == {
        "language": "ar",
        "license": "other",
        "library_name": "transformers",
        "pipeline_tag": "text-classification",
        "tags": ["stance-detection", "sentiment", "arabic", "janib"],
        "base_model": "aubmindlab/bert-base-arabertv02",
        "datasets": ["statements", "dse"],
    }


def test_a_hub_reads_the_results_by_task_and_split():
    found = {(one.task_name, one.dataset_split, one.metric_name): one for one in read_card().eval_results}
    assert {key: one.metric_value for key, one in found.items()} == {
        ("stance", "valid", "macro_f1"): 0.5,
        ("stance", "test", "macro_f1"): 0.625,
        ("stance", "test", "accuracy"): 0.666667,
        ("sentiment", "test", "macro_f1"): 0.75,
    }
    assert {one.metric_type for one in found.values()} == {"f1", "accuracy"}
    assert {one.dataset_type for one in found.values()} == {"statements"}


def test_a_score_of_one_label_is_of_its_split():
    scores = {"test/f1/favor": 0.5, "sentiment/test/precision/positive": 0.25}
    assert [
        (one.task_name, one.dataset_split, one.metric_name, one.metric_type)
        for one in read_card(scores, dict.fromkeys(scores, (0.0, 1.0))).eval_results
    ] == [("stance", "test", "f1/favor", "f1"), ("sentiment", "test", "precision/positive", "precision")]


def test_nothing_is_said_that_is_not_known(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine" / "encoder").mkdir(parents=True)
    data = read_card({}, {}, encoder="mine/encoder")
    assert (data.base_model, data.datasets, data.eval_results) == (None, None, None)
    assert data.library_name == "janib"


@pytest.mark.parametrize(
    ("encoder", "base"),
    [("e5_small_ar", "intfloat/multilingual-e5-small"), ("tiny", None), ("owner/name", "owner/name"), (None, None)],
)
def test_the_base_model(encoder, base):
    assert read_card(encoder=encoder).base_model == base


@pytest.mark.parametrize("title", ["سطر: «نص» # لا", "---\nlicense: mit\n---", "- {a: [", "'\"\\"])
def test_any_title_of_a_corpus_stays_in_its_place(title):
    data = read_card(corpus=replace(get_corpus("statements"), title=title, name=title))
    assert data.license == "other"
    assert {one.dataset_name for one in data.eval_results} == {title}
