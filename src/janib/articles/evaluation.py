"""Scores of analysed articles against annotated ones, with intervals and tests over articles.

Counts of a metric have the shape (n_articles, n_labels, 2): how many are right, and of how many. The score is the mean
over labels of the share of right ones, all articles taken together. For an F1, right ones count twice, out of the
predicted and the gold ones together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from janib.articles.analysis import Analysis, Article
from janib.articles.identity import match_parties, rename_parties
from janib.articles.positions import Judge, Position, Statement
from janib.articles.spans import REPORT_SPEAKER, Mention, Speaker
from janib.corpora.fetch import fetch_file
from janib.corpora.readers.ant_positions import ANT_POSITIONS, read_documents
from janib.errors import DataError
from janib.labels import POSITION_LABELS, Stance
from janib.scoring.metrics import Floats
from janib.scoring.resampling import N_RESAMPLES
from janib.scoring.significance import Draws, count_extremes
from janib.text.cleaning import compose

FOUND = ("sentence_f1", "speaker_accuracy", "party_f1", "party_precision", "party_recall")
"""Metrics of statements, speakers and mentions, which are found before any model labels them; they have one label."""

JUDGED = {"position_macro_f1": "stance", "sentiment_macro_f1": "sentiment"}
"""Metrics of positions to the task whose labels they have."""

SHOWN = ("side_precision", "side_recall")
"""Metrics of the sides that a reader is shown, favor and against together; they have one label."""

_fold = compose(["duplicates"])


@dataclass(frozen=True, slots=True)
class AnnotatedArticle:
    """An article with its gold statements, mentions and labels.

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


def read_annotated(folder: Path) -> list[AnnotatedArticle]:
    """Read the annotated articles of a folder, one JSON file each.

    An article with ``doc`` is one of the ANT corpus and has no ``text``, which is fetched.

    Raises
    ------
    DataError
        If there is none, one has another form than ``experiments/articles/GUIDELINE.md`` describes, or the texts cannot
        be had.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise DataError(f"{folder} holds no annotated article (*.json); check the path")
    read = []
    for path in paths:
        with _naming(path):
            read.append(dict(json.loads(path.read_text(encoding="utf-8"))))
    texts = fetch_texts(read)
    articles = []
    for path, one in zip(paths, read, strict=True):
        with _naming(path):
            articles.append(_parse(one, texts))
    return articles


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in errors of its form."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} is no annotated article ({type(error).__name__}: {error})") from error


def fetch_texts(articles: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Fetch the texts of those annotated articles that are of the ANT corpus, by their ``doc``.

    Raises
    ------
    DataError
        If one cannot be had.
    """
    wanted = {one["doc"]: one.get("sha256", "") for one in articles if "doc" in one}
    return read_documents(fetch_file(ANT_POSITIONS.files[0]), wanted) if wanted else {}


def find_text(read: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    """Return an annotated article's text: its own, or that of :func:`fetch_texts`."""
    return texts[read["doc"]] if "doc" in read else str(read["text"])


def _parse(read: Mapping[str, Any], texts: Mapping[str, str]) -> AnnotatedArticle:
    text = find_text(read, texts)
    statements = tuple(
        Statement(one["start"], one["end"], tuple(read_speaker(said, text) for said in one["speakers"]))
        for one in read["statements"]
    )
    mentions = tuple(Mention(one["start"], one["end"], one["party"]) for one in read["mentions"])
    labels = {
        task: {(one["statement"], one["party"]): one[task] for one in read["positions"]} for task in POSITION_LABELS
    }
    parties = tuple({"id": party, **entry} for party, entry in read["parties"].items())
    article = Article(text, read["id"], read["outlet"], read["date"])
    return AnnotatedArticle(article, statements, mentions, labels, parties)


def read_speaker(said: Mapping[str, Any], text: str) -> Speaker:
    """Read a speaker; his words are given, or the offsets at which they stand."""
    surface = said["surface"] if "surface" in said else text[said["start"] : said["end"]]
    return Speaker(said["party"], surface, said["how"])


def identify_parties(gold: Sequence[AnnotatedArticle], found: Sequence[Analysis]) -> list[Analysis]:
    """Return analyses whose parties have the annotators' ids, by :func:`janib.articles.identity.match_parties`."""
    return [
        rename_parties(analysis, match_parties(one.statements, one.mentions, one.parties, analysis))
        for one, analysis in zip(gold, found, strict=True)
    ]


def count_found(gold: Sequence[AnnotatedArticle], found: Sequence[Analysis]) -> dict[str, Floats]:
    """Count found statements, speakers and mentions.

    Returns
    -------
    dict[str, NDArray]
        Counts of ``sentence_f1`` (statements with exact span), ``speaker_accuracy`` (gold statements that are found
        with exact span and exactly their speakers), and ``party_f1``, ``party_precision`` and ``party_recall``
        (mentions with exact span and party). Speakers are the same if their party is, or, for a speaker without one,
        their words; where nobody speaks, the report does. Parties are the same if their ids are: those of
        :func:`identify_parties`.
    """
    counts = np.zeros((len(FOUND), len(gold), 1, 2))
    for number, (one, analysis) in enumerate(zip(gold, found, strict=True)):
        wanted, given = set(map(_name, one.mentions)), set(map(_name, analysis.mentions))
        said = {_span(statement): statement.speakers or (REPORT_SPEAKER,) for statement in analysis.statements}
        right = sum(_agree(said.get(_span(statement), ()), statement.speakers) for statement in one.statements)
        counts[:, number, 0] = (
            _overlap(map(_span, one.statements), map(_span, analysis.statements)),
            (right, len(one.statements)),
            _overlap(wanted, given),
            (len(wanted & given), len(given)),
            (len(wanted & given), len(wanted)),
        )
    return dict(zip(FOUND, counts, strict=True))


def count_positions(gold: Sequence[AnnotatedArticle], judge: Judge) -> dict[str, Floats]:
    """Count stance and sentiment of the gold statements, speakers and mentions.

    Returns
    -------
    dict[str, NDArray]
        Counts of ``position_macro_f1`` and ``sentiment_macro_f1``, where a withheld label counts as the most probable
        one, and of :data:`SHOWN`, where it is not shown.
    """
    judged = [judge.position(one.article.text, one.statements, one.mentions) for one in gold]
    return _count(gold, judged, lambda _, position: (position.statement, position.party))


def count_found_positions(gold: Sequence[AnnotatedArticle], found: Sequence[Analysis]) -> dict[str, Floats]:
    """Count stance and sentiment of the statements, speakers and mentions that an analysis has found.

    Returns
    -------
    dict[str, NDArray]
        Counts of ``position_macro_f1`` and ``sentiment_macro_f1``: for each label the F1 of (statement, its speakers,
        party), where a withheld label counts as the most probable one. Of :data:`SHOWN` too, where it is not shown.
    """

    def locate(one: AnnotatedArticle, position: Position) -> tuple[int, str] | None:
        for number, statement in enumerate(one.statements):
            if _span(statement) == _span(position) and _agree(position.speakers, statement.speakers):
                return number, position.party
        return None

    return _count(gold, [analysis.positions for analysis in found], locate)


def _count(
    gold: Sequence[AnnotatedArticle],
    judged: Sequence[Sequence[Position]],
    locate: Callable[[AnnotatedArticle, Position], tuple[int, str] | None],
) -> dict[str, Floats]:
    """Count labelled positions; ``locate`` returns statement and party of the gold position, or None."""
    counted = {}
    for metric, task in JUDGED.items():
        labels = POSITION_LABELS[task]
        counted[metric] = counts = np.zeros((len(gold), len(labels), 2))
        for rows, one, positions in zip(counts, gold, judged, strict=True):
            wanted = one.labels[task]
            for label in wanted.values():
                rows[labels.index(label), 1] += 1
            for position in positions:
                shares = position.stance_p if task == "stance" else position.sentiment_p
                label = max(shares, key=shares.__getitem__)
                place = locate(one, position)
                is_right = place is not None and wanted.get(place) == label
                rows[labels.index(label)] += 2 * is_right, 1
    return counted | _count_shown(gold, judged, locate)


def _count_shown(
    gold: Sequence[AnnotatedArticle],
    judged: Sequence[Sequence[Position]],
    locate: Callable[[AnnotatedArticle, Position], tuple[int, str] | None],
) -> dict[str, Floats]:
    """Count sides that are shown and right: of those shown (precision), and of the gold ones (recall)."""
    sides = (Stance.AGAINST, Stance.FAVOR)
    counts = np.zeros((len(SHOWN), len(gold), 1, 2))
    for number, (one, positions) in enumerate(zip(gold, judged, strict=True)):
        wanted = {place: label for place, label in one.labels["stance"].items() if label in sides}
        shown = [(locate(one, position), position.stance) for position in positions if position.stance in sides]
        right = sum(place is not None and wanted.get(place) == stance for place, stance in shown)
        counts[:, number, 0] = (right, len(shown)), (right, len(wanted))
    return dict(zip(SHOWN, counts, strict=True))


def score_counts(counts: Floats) -> Floats:
    """Return the score of counts of shape (..., n_articles, n_labels, 2), a fraction of 1, of the leading shape."""
    return _divide(counts.sum(axis=-3))


def resample_articles(name: str, systems: Sequence[Floats]) -> Draws:
    """Score systems on the same bootstrap resamples of the articles.

    Parameters
    ----------
    name
        The metric, for the result's keys.
    systems
        Each system's counts of the same articles.
    """
    together = np.stack(systems)
    n_articles = together.shape[1]
    times = np.random.default_rng(0).multinomial(n_articles, np.full(n_articles, 1 / n_articles), N_RESAMPLES)
    drawn = _divide(np.einsum("da,salc->dslc", times.astype(np.float64), together))
    return Draws({name: score_counts(together)}, {name: drawn})


def compare_articles(first: Sequence[Floats], second: Sequence[Floats]) -> float:
    """Return the p-value of approximate randomisation between two models; each trial swaps whole articles.

    The test is that of :func:`janib.scoring.significance.compare_by_randomisation`.

    Parameters
    ----------
    first, second
        The models' counts of the same articles, one entry a seed.
    """
    ours, theirs = np.repeat(np.stack(first), len(second), axis=0), np.tile(np.stack(second), (len(first), 1, 1, 1))
    swapped = np.random.default_rng(0).integers(2, size=(N_RESAMPLES, ours.shape[1])).astype(np.float64)
    moved = np.einsum("da,palc->dplc", swapped, theirs - ours)
    drawn = _divide(ours.sum(axis=1) + moved) - _divide(theirs.sum(axis=1) - moved)
    return count_extremes(drawn.mean(axis=1), float((score_counts(ours) - score_counts(theirs)).mean()))


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
    shares: Floats = (sums[..., 0] / np.maximum(sums[..., 1], 1)).mean(axis=-1)
    return shares
