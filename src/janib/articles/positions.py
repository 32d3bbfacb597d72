"""Positions: the stance and sentiment of a statement's speakers towards each party that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from janib.articles.spans import Mention, Speaker
from janib.errors import DataError, ModelError
from janib.inference.classifier import CHUNK, Classifier, load_classifier
from janib.inference.explain import Explanation, explain_row
from janib.inference.workers import label_rows
from janib.labels import POSITION_LABELS, Sentiment, Stance
from janib.schema import REPORT_NAME, Example, Prediction, check_threshold

_STANCE, _SENTIMENT = "stance", "sentiment"

_AND = re.compile(r"\s*[،,]?\s*(?:و|أو )?[لب]?\s*")
"""What stands between two names that are coordinated: a comma, a conjunction, a preposition said again."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, ``text[start:end]`` of the article, and its speakers.

    Attributes
    ----------
    speakers
        Who speaks; nobody in boilerplate.
    is_boilerplate
        Whether it is no part of the report but a link, a credit or the like, as
        :func:`janib.articles.boilerplate.is_boilerplate` tells.
    """

    start: int
    end: int
    speakers: tuple[Speaker, ...]
    is_boilerplate: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """The stance and sentiment of a statement's speakers towards a party.

    Attributes
    ----------
    statement
        Number of the statement, from 0.
    start, end
        Offsets of the statement in the article.
    speakers
        The speakers of the statement.
    party
        Id of the party.
    mention_start, mention_end
        Offsets of the party's name; of several mentions, the one that carries the position.
    stance, sentiment
        The most probable label, or None for a side, or a tone, whose probability is below the threshold.
    stance_p, sentiment_p
        Probability of each label, in label order.
    is_ambiguous
        Whether the name may be another party's too, and its context did not decide.
    explanation
        Effects of the statement's words on the most probable stance, if the judge explains; offsets count from
        ``start``.
    """

    statement: int
    start: int
    end: int
    speakers: tuple[Speaker, ...]
    party: str
    mention_start: int
    mention_end: int
    stance: str | None
    stance_p: Mapping[str, float]
    sentiment: str | None
    sentiment_p: Mapping[str, float]
    is_ambiguous: bool = False
    explanation: Explanation | None = None


ReadText = tuple[str, Sequence[Statement], Sequence[Mention]]
"""An article's text, its statements in order, and its mentions."""

_Labels = tuple[Prediction, Prediction]
"""A stance and a sentiment."""


@dataclass(frozen=True, slots=True)
class _Question:
    """A mention with its statement's number, and the row that a model reads for it."""

    place: int
    mention: Mention
    row: Example


class Judge:
    """A classifier of stance and one of sentiment, which judge statements towards parties.

    Parameters
    ----------
    stance, sentiment
        Classifiers with these tasks and Janib's labels.
    threshold
        A side (favor, against) or tone (positive, negative) with a smaller probability is withheld; 0 withholds none.
        None is the stance model's own threshold.
    explain
        Whether to explain every stance; most models then predict again for each word of the statement.

    Raises
    ------
    ModelError
        If a classifier does not have its task.
    ConfigError
        If the threshold is not between 0 and 1.
    """

    def __init__(
        self, stance: Classifier, sentiment: Classifier, threshold: float | None = None, *, explain: bool = False
    ) -> None:
        threshold = stance.side_threshold if threshold is None else threshold
        check_threshold(threshold)
        for task, classifier in ((_STANCE, stance), (_SENTIMENT, sentiment)):
            found = classifier.model.labels.get(task)
            if found != POSITION_LABELS[task]:
                raise ModelError(
                    f"the {task} model answers {dict(classifier.model.labels)}, expected {task} as "
                    f"{POSITION_LABELS[task]}; choose one that was trained with task={task}"
                )
        self.stance, self.sentiment = stance, sentiment
        self.threshold, self.explain = threshold, explain

    @property
    def measured(self) -> Mapping[str, float] | None:
        """What the stance model's manifest says of its sides on sealed real articles, None if it says nothing."""
        found: Mapping[str, float] | None = self.stance.manifest["provenance"].get("real_news")
        return found

    def position(self, text: str, statements: Sequence[Statement], mentions: Sequence[Mention]) -> list[Position]:
        """Find the position towards each party that a statement mentions and that is not its speaker.

        If a statement names a party several times, the mention with the lowest probability of neutral decides.

        Parameters
        ----------
        text
            The article.
        statements
            Statements in order, without overlaps.
        mentions
            Mentions in any order; those outside all statements are left out.

        Returns
        -------
        list of Position
            By statement, then in the order in which the parties are first named.

        Raises
        ------
        DataError
            If a model refuses a statement.
        """
        (found,) = self.position_each([(text, statements, mentions)])
        if isinstance(found, str):
            raise DataError(found)
        return found

    def position_each(self, texts: Sequence[ReadText]) -> list[list[Position] | str]:
        """Return each text's positions, as :meth:`position` does, or what a model has against one of its statements.

        The models read all texts together; equal statements are predicted once.
        """
        asked = [list(_ask(*one)) for one in texts]
        rows = list(dict.fromkeys(question.row for questions in asked for question in questions))
        predicted = dict(zip(rows, self._predict(rows), strict=True))
        found: list[list[Position] | str] = []
        for (text, statements, _), questions in zip(texts, asked, strict=True):
            labels = [predicted[question.row] for question in questions]
            good = [one for one in labels if not isinstance(one, str)]
            problem = next((one for one in labels if isinstance(one, str)), None)
            found.append(problem or self._decide(text, statements, questions, good))
        return found

    def _decide(
        self, text: str, statements: Sequence[Statement], questions: Sequence[_Question], labels: list[_Labels]
    ) -> list[Position]:
        """Return a text's positions: coordinated names share theirs, and of a party's mentions one carries it."""
        for group in _group_coordinated(text, questions):
            stances, sentiments = zip(*(labels[i] for i in group), strict=True)
            for i in group:
                labels[i] = _average(stances), _average(sentiments)
        found: dict[tuple[int, str], tuple[Position, Example]] = {}
        for question, (stance, sentiment) in zip(questions, labels, strict=True):
            place, mention = question.place, question.mention
            new = self._make_position(place, statements[place], mention, stance, sentiment)
            old, _ = found.setdefault((place, mention.party), (new, question.row))
            if new.stance_p[Stance.NEUTRAL] < old.stance_p[Stance.NEUTRAL]:
                found[place, mention.party] = new, question.row
        if not self.explain:
            return [one for one, _ in found.values()]
        return [replace(one, explanation=explain_row(self.stance, row, _STANCE)) for one, row in found.values()]

    def _predict(self, rows: Sequence[Example]) -> Iterator[_Labels | str]:
        """Yield each row's stance and sentiment, or what a model has against it."""
        for first in range(0, len(rows), CHUNK):
            some = rows[first : first + CHUNK]
            stances = label_rows(self.stance, some)
            sentiments = stances if self.sentiment is self.stance else label_rows(self.sentiment, some)
            for stance, sentiment in zip(stances, sentiments, strict=True):
                if isinstance(stance, str):
                    yield stance
                elif isinstance(sentiment, str):
                    yield sentiment
                else:
                    yield stance[_STANCE], sentiment[_SENTIMENT]

    def _make_position(
        self, number: int, statement: Statement, mention: Mention, stance: Prediction, sentiment: Prediction
    ) -> Position:
        return Position(
            statement=number,
            start=statement.start,
            end=statement.end,
            speakers=statement.speakers,
            party=mention.party,
            mention_start=mention.start,
            mention_end=mention.end,
            stance=stance.withhold_side(Stance.NEUTRAL, self.threshold),
            stance_p=stance.probabilities,
            sentiment=sentiment.withhold_side(Sentiment.NEUTRAL, self.threshold),
            sentiment_p=sentiment.probabilities,
            is_ambiguous=mention.how == "ambiguous",
        )


def _make_row(text: str, statement: Statement, mention: Mention) -> Example:
    target = text[mention.start : mention.end]
    return Example(
        id=target,  # for messages
        text=text[statement.start : statement.end],
        target=target,
        speaker=name_speakers(statement.speakers),
    )


def name_speakers(speakers: Sequence[Speaker]) -> str:
    """Return the names of a statement's speakers as the models read them."""
    return "، ".join(one.surface for one in speakers if one.surface) or REPORT_NAME


def _ask(text: str, statements: Sequence[Statement], mentions: Sequence[Mention]) -> Iterator[_Question]:
    """Yield a question for each mention that may be positioned, in order."""
    place = 0
    for mention in sorted(mentions, key=lambda one: (one.start, one.end)):
        while place < len(statements) and statements[place].end < mention.end:
            place += 1
        if place == len(statements):
            return
        statement = statements[place]
        if statement.start <= mention.start and mention.party not in {one.party for one in statement.speakers}:
            yield _Question(place, mention, _make_row(text, statement, mention))


def _group_coordinated(text: str, questions: Sequence[_Question]) -> Iterator[list[int]]:
    """Yield the places of names that stand coordinated in a statement (X وY), two or more; they have one role."""
    group: list[int] = []
    for i, new in enumerate(questions):
        if group:
            last = questions[group[-1]]
            end, start = last.mention.end, new.mention.start
            if last.place != new.place or end >= start or not _AND.fullmatch(text, end, start):
                if len(group) > 1:
                    yield group
                group = []
        group.append(i)
    if len(group) > 1:
        yield group


def _average(predictions: Sequence[Prediction]) -> Prediction:
    """Return the prediction of the mean probabilities."""
    shares = {
        label: sum(one.probabilities[label] for one in predictions) / len(predictions)
        for label in predictions[0].probabilities
    }
    return Prediction(max(shares, key=shares.__getitem__), shares)


def load_judge(
    model: str | Path | None = None,
    sentiment_model: str | Path | None = None,
    threshold: float | None = None,
    *,
    explain: bool = False,
) -> Judge:
    """Load a judge's models; each is a folder or an MLflow address, or the shipped model if none is given.

    Without a sentiment model, a stance model that also has the task sentiment serves for both. The shipped model is
    loaded once in a process.

    Raises
    ------
    ModelError
        If a model cannot be used.
    """
    stance = _load(model)
    answers_both = sentiment_model is None and _SENTIMENT in stance.tasks
    sentiment = stance if answers_both else _load(sentiment_model)
    return Judge(stance, sentiment, threshold, explain=explain)


def _load(source: str | Path | None) -> Classifier:
    return _load_shipped() if source is None else load_classifier(source)


@cache
def _load_shipped() -> Classifier:
    return load_classifier()
