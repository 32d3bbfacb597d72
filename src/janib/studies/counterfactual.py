"""The counterfactual test: a statement's stance should not change when only the party's name changes.

A model that has learned names instead of what is said of them fails it. In text and target, each statement's party is
exchanged for others of its kind, and the two predictions are compared. No gold label is read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from janib.corpora import read_corpus
from janib.corpora.readers.statements import read_parties, read_statements
from janib.errors import ConfigError
from janib.labels import STANCE_LABELS, Stance
from janib.schema import Example
from janib.scoring.metrics import Floats

EFFECT_RESAMPLES = 2000

_FAVOR, _AGAINST = STANCE_LABELS.index(Stance.FAVOR), STANCE_LABELS.index(Stance.AGAINST)
_MARKS = "\u064b-\u0652\u0670"
_CLITICS = "[وف]?[بكل]?"  # and, so; in, as, for: written in one word with the name


class MentionForm(NamedTuple):
    """The kind of a party and the form of the word that names it; names of one kind and form can be exchanged.

    ``form`` is ``name``, or the article and ending of a relational adjective (المصرية), which must agree with its noun.
    """

    kind: str
    form: str


@dataclass(frozen=True, slots=True)
class PartyMention:
    """A row of the statements corpus and the party it asks about.

    Attributes
    ----------
    parties
        Ids of all parties of the statement, speakers included.
    """

    row: Example
    party: str
    form: MentionForm
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A row before and after its party's name was exchanged, and the id and kind of the new party."""

    before: Example
    after: Example
    party: str
    kind: str


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of exchanges on a model's predictions: of all, of those of a kind, or of those with one new party.

    Attributes
    ----------
    scope, name
        ``all``, ``kind`` or ``party``, and the name of the kind or the party.
    exchanges
        Number of exchanges.
    flips
        Share of exchanges that change the most probable stance, with the ends of its 95 % interval.
    shift
        Mean change of P(favor) - P(against), with the ends of its 95 % interval.
    """

    scope: str
    name: str
    exchanges: int
    flips: tuple[float, float, float]
    shift: tuple[float, float, float]


def read_mentions(splits: Sequence[str]) -> list[PartyMention]:
    """Read the statements' rows of these splits with their parties.

    Raises
    ------
    ConfigError
        If there is no such split.
    """
    known = read_parties()
    about: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for one in read_statements():
        about |= {f"{one['id']}.{number}": (one, named) for number, named in enumerate(one["parties"])}
    found = []
    corpus = read_corpus("statements")[1]
    for split in splits:
        if split not in corpus:
            raise ConfigError(f"splits names {split!r}; the statements have {', '.join(corpus)}")
        for row in corpus[split]:
            statement, named = about[row.id]
            parties = frozenset(one["party"] for one in [*statement["speakers"], *statement["parties"]])
            form = _read_form(row, named) if "demonym" in named["tags"] else "name"
            found.append(PartyMention(row, named["party"], MentionForm(known[named["party"]]["kind"], form), parties))
    return found


def _read_form(row: Example, named: Mapping[str, Any]) -> str:
    word = _restore_article(row.target, row.text[: named["start"]])
    return f"{'definite' if word.startswith('ال') else 'indefinite'} {word[-1]}"


def _restore_article(name: str, before: str) -> str:
    """Return a name with the alef of its article, which is not written after ل: the mention in للروس is لروس."""
    return f"ا{name}" if before.endswith("ل") and name.startswith("ل") else name


def list_frequent_names(mentions: Sequence[PartyMention], per_kind: int) -> dict[MentionForm, list[tuple[str, str]]]:
    """List, for each form, the ``per_kind`` parties named most and a name of each, as (party, name).

    Names are those of ``parties.jsonl``. Of a relational adjective the most frequent spelling is taken.
    """
    known = read_parties()
    surfaces: dict[MentionForm, dict[str, Counter[str]]] = {}
    for one in mentions:
        place = one.row.text.find(one.row.target)
        word = (
            known[one.party]["ar"]
            if one.form.form == "name"
            else _restore_article(one.row.target, one.row.text[:place])
        )
        surfaces.setdefault(one.form, {}).setdefault(one.party, Counter())[word] += 1
    return {
        form: [
            (party, words.most_common(1)[0][0])
            for party, words in sorted(parties.items(), key=lambda item: (-item[1].total(), item[0]))[:per_kind]
        ]
        for form, parties in surfaces.items()
    }


def exchange_name(text: str, old: str, new: str) -> str:
    """Replace a name by another wherever it is a whole word; the clitics before it stay.

    :mod:`janib.text.spelling` finds more places, such as لبنان without a clitic; the committed results were made with
    this pattern.

    Examples
    --------
    >>> exchange_name("وبالوادي ثم للوادي", "الوادي", "الجبل")
    'وبالجبل ثم للجبل'
    >>> exchange_name("قال للروس", "لروس", "جبل")  # the mention as the guideline cuts it
    'قال لجبل'
    """
    bare = re.escape(old.removeprefix("ا")) if old.startswith("ال") else None
    if old.startswith("ل"):
        bare, old = re.escape(old), f"ا{old}"
    assimilated = f"|(?<=ل){bare}" if bare else ""
    pattern = rf"(?<![\w{_MARKS}])(?P<clitics>{_CLITICS})(?P<name>{re.escape(old)}{assimilated})(?![\w{_MARKS}])"

    def put(found: re.Match[str]) -> str:
        clitics = found["clitics"]
        return clitics + (new.removeprefix("ا") if clitics.endswith("ل") and new.startswith("ال") else new)

    return re.sub(pattern, put, text)


def make_exchanges(mentions: Sequence[PartyMention], each: int, per_kind: int, seed: int) -> list[Exchange]:
    """Exchange each row's party for ``each`` others of its form that the statement does not name.

    Parameters
    ----------
    mentions
        Rows with their parties.
    each
        Number of exchanges of a row; fewer if there are no more parties of the form.
    per_kind
        Number of a form's parties to draw from; few, so that each is drawn often enough to be measured.
    seed
        Seed of the draw.
    """
    random = np.random.default_rng(seed)
    names = list_frequent_names(mentions, per_kind)
    found = []
    for one in mentions:
        others = [(party, name) for party, name in names[one.form] if party not in one.parties]
        for place in random.permutation(len(others))[:each].tolist():
            party, name = others[place]
            text = exchange_name(one.row.text, one.row.target, name)
            if text != one.row.text:
                found.append(Exchange(one.row, replace(one.row, text=text, target=name), party, one.form.kind))
    return found


def measure_effects(exchanges: Sequence[Exchange], before: Floats, after: Floats) -> list[Effect]:
    """Measure flips and shifts of all exchanges, by kind, and by new party.

    Parameters
    ----------
    exchanges
        As :func:`make_exchanges` returns them.
    before, after
        Stance probabilities of the rows, shape (n_exchanges, 3), columns in label order.

    Returns
    -------
    list of Effect
        All, then kinds, then parties, those with the most exchanges first. Intervals are from a bootstrap over
        documents.
    """
    flipped = (before.argmax(1) != after.argmax(1)).astype(np.float64)
    shifts = (after - before)[:, _FAVOR] - (after - before)[:, _AGAINST]
    documents = np.unique([one.before.group or one.before.id for one in exchanges], return_inverse=True)[1]
    size = int(documents.max()) + 1
    drawn = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), EFFECT_RESAMPLES).astype(np.float64)
    effects = []
    for scope, name, chosen in _group(exchanges):
        counts = np.bincount(documents[chosen], minlength=size)
        flips, shift = (
            _estimate(np.bincount(documents[chosen], values[chosen], size).astype(np.float64), counts, drawn)
            for values in (flipped, shifts)
        )
        effects.append(Effect(scope, name, len(chosen), flips, shift))
    return effects


def _group(exchanges: Sequence[Exchange]) -> Iterator[tuple[str, str, list[int]]]:
    yield "all", "", list(range(len(exchanges)))
    for scope in ("kind", "party"):
        places: dict[str, list[int]] = {}
        for place, one in enumerate(exchanges):
            places.setdefault(getattr(one, scope), []).append(place)
        for name, chosen in sorted(places.items(), key=lambda item: (-len(item[1]), item[0])):
            yield scope, name, chosen


def _estimate(sums: Floats, counts: NDArray[Any], drawn: Floats) -> tuple[float, float, float]:
    """Return a mean and the ends of its interval; resamples without any of its documents are left out."""
    totals = drawn @ counts
    resampled = (drawn @ sums)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(resampled, [0.025, 0.975]).tolist()
    return float(sums.sum() / counts.sum()), low, high


def find_largest(effects: Sequence[Effect], least: int) -> Effect | None:
    """Return the effect of the party with the largest absolute shift and at least ``least`` exchanges."""
    parties = [one for one in effects if one.scope == "party" and one.exchanges >= least]
    return max(parties, key=lambda one: abs(one.shift[0]), default=None)
