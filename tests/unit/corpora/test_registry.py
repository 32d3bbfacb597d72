import os
import re
from pathlib import Path, PurePosixPath

import pytest
from datasets import ClassLabel, Features, Value

from janib import corpora
from janib.corpora.base import Corpus
from janib.corpora.summary import make_card
from janib.errors import DataError
from janib.schema import COLUMNS, Example


@pytest.fixture
def register(monkeypatch):
    """Let a corpus of these rows answer to the name ``tiny``."""

    def register_rows(*rows, **options):
        corpus = Corpus(
            **{
                "name": "tiny",
                "title": "Tiny",
                "homepage": "",
                "licence": "",
                "citation": "",
                "read": lambda _: {"train": list(rows)},
                "metrics": {"stance": "macro_f1"},
            }
            | options
        )
        monkeypatch.setattr(corpora, "get_corpus", lambda _: corpus)

    return register_rows


def explain(*arguments):
    with pytest.raises(DataError) as raised:
        corpora.read_corpus(*arguments)
    return str(raised.value)


@pytest.mark.parametrize("name", corpora.NAMES)
def test_every_corpus_says_where_it_is_from(name):
    corpus = corpora.get_corpus(name)
    assert corpus.name == name
    assert corpus.title
    assert corpus.licence
    assert corpus.citation
    assert corpus.homepage.startswith("https://") or not corpus.files  # what ships has no other home
    assert corpus.metrics
    for task in corpus.metrics:
        assert len(corpus.task_labels(task)) >= 2
    for file in corpus.files:
        assert re.fullmatch("[0-9a-f]{64}", file.sha256) or corpus.shipped  # labels that pin each file inside
        assert not PurePosixPath(file.path).is_absolute()
        assert re.search("[0-9a-f]{40}", file.url) or not file.url.startswith("https://raw.githubusercontent.com/")


@pytest.fixture
def skip_without_mirror(name):
    if corpora.get_corpus(name).files and "JANIB_DATA_MIRROR" not in os.environ:
        pytest.skip("JANIB_DATA_MIRROR is unset: the corpora themselves are not at hand")


@pytest.mark.parametrize("name", corpora.NAMES)
def test_the_card_is_current(name, skip_without_mirror):
    card = Path(__file__).parents[3] / "docs" / "corpora" / f"{name}.md"
    assert card.read_text(encoding="utf-8") == make_card(*corpora.read_corpus(name)), (
        f"the card is old: janib data describe {name} --out docs/corpora/{name}.md"
    )


def test_unknown_corpus():
    assert explain("mawqef") == (
        f"no corpus is called 'mawqef', only {', '.join(corpora.NAMES)}; did you mean 'mawqif'?"
    )


def test_rows_of_a_task(register):
    rows = [Example("1", "نص", "أ", stance="favor"), Example("2", "نص", "أ")]
    register(*rows)
    assert corpora.read_corpus("tiny")[1] == {"train": rows}
    assert corpora.read_corpus("tiny", "stance")[1] == {"train": rows[:1]}
    assert explain("tiny", "sentiment") == (
        "the corpus tiny has no labels for the task 'sentiment', only for stance; choose one of these with task="
    )


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([Example("1", "نص", "أ")] * 2, {}, "train, id '1': the id occurs twice"),
        ([Example("1", " ", "أ")], {}, "train, id '1': text is blank; every row needs one"),
        ([Example("1", "نص")], {}, "train, id '1': target is blank; every row needs one"),
        (
            [Example("1", "نص", "أ", stance="pro")],
            {},
            "train, id '1': label 'pro' is unknown, expected one of against, neutral, favor",
        ),
        (
            [Example("1", "نص", "أ", label="c")],
            {"labels": ("a", "b")},
            "train, id '1': label 'c' is not among a, b",
        ),
    ],
)
def test_rows_that_are_not_as_promised(register, rows, options, said):
    register(*rows, **options)
    assert explain("tiny") == f"corpus tiny, {said}"


def test_as_a_dataset(register):
    register(Example("1", "نص", stance="favor"), Example("2", "نص آخر"), target_is_given=False)
    loaded = corpora.load("tiny")
    assert loaded["train"].column_names == list(COLUMNS)
    assert loaded["train"]["stance"][:] == ["favor", None]
    assert Example(**loaded["train"][0]) == Example("1", "نص", stance="favor")
    assert {feature.dtype for feature in loaded["train"].features.values()} == {"string"}
    assert loaded["train"].info.description == "Tiny"


@pytest.mark.parametrize("name", corpora.NAMES)
def test_every_corpus_is_a_dataset_of_the_rows_that_it_is_read_into(name, skip_without_mirror):
    corpus, splits = corpora.read_corpus(name)
    loaded = corpora.load(name)
    assert loaded.num_rows == {split: len(rows) for split, rows in splits.items()}
    for split, rows in splits.items():
        assert loaded[split].features == Features({column: Value("string") for column in COLUMNS})
        assert [Example(**row) for row in loaded[split].to_list()] == rows
        for task in corpus.metrics:
            labels = ClassLabel(names=list(corpus.task_labels(task)))
            numbers = loaded[split].cast_column(task, labels)[task][:]
            assert numbers == [None if row.gold(task) is None else labels.str2int(row.gold(task)) for row in rows]
        info = loaded[split].info
        assert (info.license, info.citation, info.homepage) == (corpus.licence, corpus.citation, corpus.homepage)
