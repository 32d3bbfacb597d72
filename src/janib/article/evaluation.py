"""How well articles are analysed: against annotated ones, with intervals over articles."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from janib import metrics
from janib.article.analysis import Analysis, Article
from janib.article.positions import Judge, Position, Statement
from janib.article.spans import Mention, Speaker
from janib.errors import DataError
from janib.labels import TASK_LABELS
from janib.text.cleaning import compose

N_RESAMPLES = 2000
_NAMES = {"stance": "position_macro_f1", "sentiment": "sentiment_macro_f1"}
_fold = compose(["duplicates"])

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gold:
    """An annotated article.

    Attributes
    ----------
    labels
        Task to (statement, party) to label.
    parties
        The article's parties as entries of a user's list.
    """

    article: Article
    statements: tuple[Statement, ...]
    mentions: tuple[Mention, ...]
    labels: Mapping[str, Mapping[tuple[int, str], str]]
    parties: tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """A score, a fraction of 1, and the ends of its 95 % bootstrap interval over articles."""

    value: float
    low: float
    high: float


def read_gold(folder: Path) -> list[Gold]:
    """Read the annotated articles of a folder, one JSON file each.

    Raises
    ------
    DataError
        If there is none, or one is not in the form that ``experiments/articles/GUIDELINE.md`` lays down.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise DataError(f"{folder} holds no annotated article (*.json); check the path")
    found = []
    for path in paths:
        try:
            found.append(_parse(json.loads(path.read_text(encoding="utf-8"))))
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path} is no annotated article ({type(error).__name__}: {error})") from error
    return found


def _parse(read: Mapping[str, Any]) -> Gold:
    statements = tuple(
        Statement(one["start"], one["end"], tuple(Speaker(**said) for said in one["speakers"]))
        for one in read["statements"]
    )
    mentions = tuple(Mention(one["start"], one["end"], one["party"]) for one in read["mentions"])
    labels = {task: {(one["statement"], one["party"]): one[task] for one in read["positions"]} for task in TASK_LABELS}
    parties = tuple({"id": party, **entry} for party, entry in read["parties"].items())
    article = Article(read["text"], read["id"], read["outlet"], read["date"])
    return Gold(article, statements, mentions, labels, parties)


def score_analyses(gold: Sequence[Gold], found: Sequence[Analysis]) -> dict[str, Score]:
    """Score found statements, speakers and mentions.

    Returns
    -------
    dict[str, Score]
        ``sentence_f1`` (exact spans); ``speaker_accuracy`` (share of the gold statements that are found exactly with
        exactly their speakers: the same party, or for somebody without one the same words); ``party_f1`` (mentions
        with exact span and id).
    """
    counts = np.zeros((len(gold), 3, 2))  # right answers twice, and given and wanted ones together
    for one, analysis, row in zip(gold, found, counts, strict=True):
        row[0] = _overlap(map(_span, one.statements), map(_span, analysis.statements))
        said = {_span(statement): statement.speakers for statement in analysis.statements}
        right = sum(_agree(said.get(_span(statement), ()), statement.speakers) for statement in one.statements)
        row[1] = right, len(one.statements)
        row[2] = _overlap(map(_name, one.mentions), map(_name, analysis.mentions))
    names = ("sentence_f1", "speaker_accuracy", "party_f1")
    return {name: _score(counts[:, place], _divide) for place, name in enumerate(names)}


def score_positions(gold: Sequence[Gold], judge: Judge) -> dict[str, Score]:
    """Score stance and sentiment where statements, speakers and mentions are given.

    Returns
    -------
    dict[str, Score]
        ``position_macro_f1`` and ``sentiment_macro_f1``, over the positions of all articles together; a withheld
        label counts as the most probable one.
    """
    counts = {task: np.zeros((len(gold), 3, 3)) for task in _NAMES}
    for row, one in enumerate(gold):
        for position in judge.position(one.article.text, one.statements, one.mentions):
            for task, shares in (("stance", position.stance_p), ("sentiment", position.sentiment_p)):
                wanted = one.labels[task][position.statement, position.party]
                answer = max(shares, key=shares.__getitem__)
                labels = TASK_LABELS[task]
                counts[task][row, labels.index(wanted), labels.index(answer)] += 1
    return {
        name: _score(counts[task], lambda sums: metrics.f1_by_label(sums).mean(-1)) for task, name in _NAMES.items()
    }


def score_found_positions(gold: Sequence[Gold], found: Sequence[Analysis]) -> dict[str, Score]:
    """Score stance and sentiment from end to end: where statements, speakers and mentions are found, too.

    Returns
    -------
    dict[str, Score]
        ``position_macro_f1`` and ``sentiment_macro_f1``: for each label the F1 of (statement, its speakers, party),
        and the mean of these; a withheld label counts as the most probable one.
    """
    counts = {task: np.zeros((len(gold), 3, 2)) for task in TASK_LABELS}
    for number, (one, analysis) in enumerate(zip(gold, found, strict=True)):
        wanted = {
            (*_span(one.statements[statement]), party): (one.statements[statement].speakers, labels)
            for (statement, party), labels in _join_labels(one.labels).items()
        }
        for task, rows in counts.items():
            for _, labels in wanted.values():
                rows[number, TASK_LABELS[task].index(labels[task]), 1] += 1
        for position in analysis.positions:
            speakers, right = wanted.get((*_span(position), position.party), ((), {}))
            for task, shares in (("stance", position.stance_p), ("sentiment", position.sentiment_p)):
                answer = max(shares, key=shares.__getitem__)
                row = counts[task][number, TASK_LABELS[task].index(answer)]
                row += 2 * (right.get(task) == answer and _agree(position.speakers, speakers)), 1
    return {_NAMES[task]: _score(counts[task], lambda sums: _divide(sums).mean(-1)) for task in _NAMES}


def _join_labels(labels: Mapping[str, Mapping[tuple[int, str], str]]) -> dict[tuple[int, str], dict[str, str]]:
    return {key: {task: labels[task][key] for task in labels} for key in labels["stance"]}


def _span(one: Statement | Position) -> tuple[int, int]:
    return one.start, one.end


def _name(one: Mention) -> tuple[int, int, str]:
    return one.start, one.end, one.party


def _overlap(gold: Any, found: Any) -> tuple[int, int]:
    wanted, given = set(gold), set(found)
    return 2 * len(wanted & given), len(wanted) + len(given)


def _agree(found: Collection[Speaker], gold: Collection[Speaker]) -> bool:
    return len(found) == len(gold) and all(any(_is_same(one, other) for other in found) for one in gold)


def _is_same(one: Speaker, other: Speaker) -> bool:
    return one.party == other.party or (bool(one.surface) and _fold(one.surface) == _fold(other.surface))


def _divide(sums: Floats) -> Floats:
    ratio: Floats = sums[..., 0] / np.maximum(sums[..., 1], 1)
    return ratio


def _score(counts: Floats, measure: Callable[[Floats], Floats]) -> Score:
    """Score counts of shape (n_articles, ...), and resamples of the articles."""
    drawn = np.random.default_rng(0).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), N_RESAMPLES)
    resampled = measure(np.tensordot(drawn.astype(np.float64), counts, 1))
    low, high = np.quantile(resampled, [0.025, 0.975]).tolist()
    return Score(float(measure(counts.sum(0))), low, high)
