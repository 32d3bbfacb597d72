"""The counterfactual test: the same statement about another party should be judged the same.

A model that has learned names, and not what is said of them, changes its stance when only the name changes. Each
statement's party is exchanged for others of its kind, in text and target, and the two judgements are compared. No gold
label is read.
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

N_RESAMPLES = 2000

Floats = NDArray[np.float64]

_FAVOR, _AGAINST = STANCE_LABELS.index(Stance.FAVOR), STANCE_LABELS.index(Stance.AGAINST)
_MARKS = "\u064b-\u0652\u0670"
_CLITICS = "[وف]?[بكل]?"  # and, so; in, as, for: written in one word with a name


class Form(NamedTuple):
    """What may stand in for a name: a party of this kind by a word of this form.

    ``form`` is ``name``, or of a relational adjective (المصرية) article and ending, which must agree with its noun.
    """

    kind: str
    form: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A row of the statements corpus and the party it asks about.

    Attributes
    ----------
    parties
        Ids of all parties of its statement, speakers included.
    """

    row: Example
    party: str
    form: Form
    parties: frozenset[str]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A row with the name of another party, and who came in."""

    before: Example
    after: Example
    party: str
    kind: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What exchanges do to a model: all of them, those of a kind, or those that brought one party in.

    Attributes
    ----------
    scope, name
        ``all``, ``kind`` or ``party``, and of which.
    exchanges
        How many.
    flips
        The share in which the most probable stance changes, with the ends of its 95 % interval.
    shift
        Mean change of P(favor) - P(against), likewise.
    """

    scope: str
    name: str
    exchanges: int
    flips: tuple[float, float, float]
    shift: tuple[float, float, float]


def read_mentions(splits: Sequence[str]) -> list[Mention]:
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
            found.append(Mention(row, named["party"], Form(known[named["party"]]["kind"], form), parties))
    return found


def _read_form(row: Example, named: Mapping[str, Any]) -> str:
    word = _restore_article(row.target, row.text[: named["start"]])
    return f"{'definite' if word.startswith('ال') else 'indefinite'} {word[-1]}"


def _restore_article(name: str, before: str) -> str:
    """Return a name with the alef that ل before its article took: in للروس the mention is لروس."""
    return f"ا{name}" if before.endswith("ل") and name.startswith("ل") else name


def list_names(mentions: Sequence[Mention], per_kind: int) -> dict[Form, list[tuple[str, str]]]:
    """List, for each form, the ``per_kind`` parties named most and a name of each, as (party, name).

    Names are those of ``parties.jsonl``; a relational adjective is taken as it stands most often.
    """
    known = read_parties()
    surfaces: dict[Form, dict[str, Counter[str]]] = {}
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
    """Put another name in the place of one, wherever it stands as a word; the clitics before it stay.

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


def make_exchanges(mentions: Sequence[Mention], each: int, per_kind: int, seed: int) -> list[Exchange]:
    """Exchange each row's party for ``each`` others of its form that its statement does not name.

    Parameters
    ----------
    mentions
        Rows with their parties.
    each
        Exchanges a row; fewer where there are no more parties of the form.
    per_kind
        From how many of a form's parties they are drawn: few, so that each is drawn often enough to be measured.
    seed
        Of the draw.
    """
    random = np.random.default_rng(seed)
    names = list_names(mentions, per_kind)
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
    """Measure flips and shifts: of all exchanges, by kind, and by party that came in.

    Parameters
    ----------
    exchanges
        As :func:`make_exchanges` returns them.
    before, after
        The stance's probabilities of their rows, shape (n_exchanges, 3), columns in label order.

    Returns
    -------
    list of Effect
        All, then kinds, then parties, those with the most exchanges first. Intervals are of a bootstrap over documents.
    """
    flipped = (before.argmax(1) != after.argmax(1)).astype(np.float64)
    shifts = (after - before)[:, _FAVOR] - (after - before)[:, _AGAINST]
    documents = np.unique([one.before.group or one.before.id for one in exchanges], return_inverse=True)[1]
    size = int(documents.max()) + 1
    drawn = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), N_RESAMPLES).astype(np.float64)
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
    """Return a mean and the ends of its interval; a resample without any of its documents says nothing."""
    totals = drawn @ counts
    resampled = (drawn @ sums)[totals > 0] / totals[totals > 0]
    low, high = np.quantile(resampled, [0.025, 0.975]).tolist()
    return float(sums.sum() / counts.sum()), low, high


def find_largest(effects: Sequence[Effect], least: int) -> Effect | None:
    """Return the party with the largest shift, up or down, among those with at least ``least`` exchanges."""
    parties = [one for one in effects if one.scope == "party" and one.exchanges >= least]
    return max(parties, key=lambda one: abs(one.shift[0]), default=None)
