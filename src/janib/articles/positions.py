"""Positions: what a statement's speakers hold of each party that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from janib.articles.spans import Mention, Speaker
from janib.errors import ModelError
from janib.inference.classifier import Classifier, load_classifier
from janib.inference.explain import Explanation, explain_row
from janib.labels import TASK_LABELS, Stance
from janib.schema import Example, Prediction, check_threshold

_ROWS = 1024  # that a model is given at once
_STANCE, _SENTIMENT = "stance", "sentiment"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence and who says it; ``text[start:end]`` of the article."""

    start: int
    end: int
    speakers: tuple[Speaker, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """What the speakers of a statement hold of a party.

    Attributes
    ----------
    statement
        The statement's number, from 0.
    start, end
        Its place in the article.
    speakers
        Who holds the position.
    party
        Id of the party towards which it is held.
    mention_start, mention_end
        Where the statement names the party; of several places the one that carries the position.
    stance, sentiment
        The most probable label, or None where its probability is below the threshold.
    stance_p, sentiment_p
        Label to probability, in label order.
    is_ambiguous
        Whether the name there may be another party's, too, and its context did not decide.
    explanation
        Which words of the statement move the most probable stance, if the judge explains; offsets count from ``start``.
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


class Judge:
    """Two classifiers, of stance and of sentiment, and how sure they must be.

    Parameters
    ----------
    stance, sentiment
        Classifiers with these tasks and Janib's labels.
    threshold
        Labels with a smaller probability are withheld; 0 withholds none.
    explain
        Whether to explain every stance; most models are then asked once more for each word of the statement.

    Raises
    ------
    ModelError
        If a classifier does not have its task.
    ConfigError
        If the threshold is not between 0 and 1.
    """

    def __init__(
        self, stance: Classifier, sentiment: Classifier, threshold: float = 0.0, *, explain: bool = False
    ) -> None:
        check_threshold(threshold)
        for task, classifier in ((_STANCE, stance), (_SENTIMENT, sentiment)):
            found = classifier.model.labels.get(task)
            if found != TASK_LABELS[task]:
                raise ModelError(
                    f"the {task} model answers {dict(classifier.model.labels)}, expected {task} as "
                    f"{TASK_LABELS[task]}; choose one that was trained with task={task}"
                )
        self.stance, self.sentiment = stance, sentiment
        self.threshold, self.explain = threshold, explain

    def position(self, text: str, statements: Sequence[Statement], mentions: Sequence[Mention]) -> list[Position]:
        """Find the position towards each party that a statement mentions and that does not speak in it.

        Where a statement names a party several times, the mention that is judged farthest from neutral decides.

        Parameters
        ----------
        text
            The article.
        statements
            In order, none overlapping.
        mentions
            Of any order; those outside all statements are left out.

        Returns
        -------
        list of Position
            By statement, then in the order in which the parties are first named.
        """
        places = list(_pair(statements, mentions))
        rows = [
            Example(
                id=str(number),
                text=text[statements[place].start : statements[place].end],
                target=text[mention.start : mention.end],
                speaker="، ".join(one.surface for one in statements[place].speakers if one.surface) or None,
            )
            for number, (place, mention) in enumerate(places)
        ]
        asked = {replace(row, id=""): row for row in rows}  # a name that stands twice is asked of once
        judged = dict(zip(asked, self._judge(list(asked.values())), strict=True))
        found: dict[tuple[int, str], tuple[Position, Example]] = {}
        for (place, mention), row in zip(places, rows, strict=True):
            stance, sentiment = judged[replace(row, id="")]
            new = Position(
                place,
                statements[place].start,
                statements[place].end,
                statements[place].speakers,
                mention.party,
                mention.start,
                mention.end,
                stance.withhold(self.threshold),
                stance.probabilities,
                sentiment.withhold(self.threshold),
                sentiment.probabilities,
                mention.how == "ambiguous",
            )
            old, _ = found.setdefault((place, mention.party), (new, row))
            if new.stance_p[Stance.NEUTRAL] < old.stance_p[Stance.NEUTRAL]:
                found[place, mention.party] = new, row
        if not self.explain:
            return [one for one, _ in found.values()]
        return [replace(one, explanation=explain_row(self.stance, row, _STANCE)) for one, row in found.values()]

    def _judge(self, rows: Sequence[Example]) -> Iterator[tuple[Prediction, Prediction]]:
        for first in range(0, len(rows), _ROWS):
            some = rows[first : first + _ROWS]
            stances = self.stance.predict_rows(some)
            answers = stances if self.sentiment is self.stance else self.sentiment.predict_rows(some)
            yield from zip(stances[_STANCE], answers[_SENTIMENT], strict=True)


def _pair(statements: Sequence[Statement], mentions: Sequence[Mention]) -> Iterator[tuple[int, Mention]]:
    """Yield each mention that may be positioned, in order, with its statement's number."""
    place = 0
    for mention in sorted(mentions, key=lambda one: (one.start, one.end)):
        while place < len(statements) and statements[place].end < mention.end:
            place += 1
        if place == len(statements):
            return
        statement = statements[place]
        if statement.start <= mention.start and mention.party not in {one.party for one in statement.speakers}:
            yield place, mention


def load_judge(
    model: str | Path | None = None,
    sentiment_model: str | Path | None = None,
    threshold: float = 0.0,
    *,
    explain: bool = False,
) -> Judge:
    """Load the models that judge; each is a folder or an MLflow address.

    Without a sentiment model the stance model answers for both if it can; what is not given ships with the package.

    Raises
    ------
    ModelError
        If a model cannot be used.
    """
    stance = load_classifier(model)
    answers_both = sentiment_model is None and _SENTIMENT in stance.tasks
    sentiment = stance if answers_both else load_classifier(sentiment_model)
    return Judge(stance, sentiment, threshold, explain=explain)
