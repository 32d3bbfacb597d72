"""A written lexicon of support and condemnation, weighed around the target: a floor that knows who is meant."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from janib.models.base import Probabilities
from janib.models.label_ids import MISSING, read_gold
from janib.models.linear import Linear, apply_softmax, balance, fit_linear
from janib.schema import Example
from janib.text.cleaning import compose

_clean = compose(["tfidf", "unify_hamza"])

_TOKEN = re.compile(r"\w+|[^\w\s]")
_STOPS = frozenset(".؟?!،,؛;:")
_PREFIXES = ["", "و", "ف", "ب", "ل", "ك", "ال", "وال", "بال", "فال", "كال", "لل", "ولل", "وب", "ول", "فل", "س", "وس"]
_PRESENT = ["", "ي", "ت", "ن", "ا"]
_ENDINGS = ["", "ت", "ا", "تا", "وا", "ون", "ين", "ان", "ات", "ه", "ها", "هم", "هما", "هن", "نا", "ي", "ني", "ك", "كم"]
_ENDINGS += ["ته", "تها", "تهم", "تهما", "تنا", "تين", "تان", "اته", "اتها", "اتهم", "يه", "يا", "يين"]
_STARTS = frozenset(prefix + present for prefix in _PREFIXES for present in _PRESENT)
_ENDS = frozenset(_ENDINGS)
_LONGEST_AFFIX = 4
_SHORTEST_STEM = 3
_CLITICS = frozenset(["", "و", "ف", "ب", "ك", "ل", "وب", "ول", "وك", "فب", "فل"])

# Classes that say how the target stands; the others are counted before it and after it.
_PREPOSITIONS = ("in", "on", "from", "to", "with", "between")
_NEGATION, _TURN, _NONE = "not", "turn", "none"
_NEGATED_WITHIN = 3
_FAR = 8  # words between a cue and a target that the text does not name

Cue = tuple[int, int, str]
"""The first and the last place of a word or phrase of the lexicon, and its class."""


class LexiconModel:
    """Logistic regression on what a written lexicon finds around the target.

    A word or phrase of the lexicon counts for its class by its distance to the target: half at ``reach`` words, and
    ``across`` times that for each comma or turning word (لكن، بينما) between them. It counts apart before and after
    the target, and apart where a negation stands up to three words before it. Beside these counts: the nearest class
    before the target, its preposition, and whether it opens the statement. The words are fixed, their weights fitted.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    seed
        Seed of the fit.
    reach, across
        How far and how strongly words work, as above.
    c
        Inverse of the L2 penalty.
    words
        Class to its words; by default those of ``janib/data/lexicon.txt``, which says how they are written.
    """

    kind: ClassVar[str] = "lexicon"

    def __init__(
        self,
        *,
        labels: Mapping[str, Sequence[str]],
        seed: int = 0,
        reach: float = 2.0,
        across: float = 0.3,
        c: float = 1.0,
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.labels = {task: tuple(names) for task, names in labels.items()}
        self.seed, self.reach, self.across, self.c = seed, reach, across, c
        self.words = {name: list(found) for name, found in (words or read_words()).items()}
        counted = [name for name in self.words if name not in (*_PREPOSITIONS, _NEGATION, _NONE)]
        names = [f"{name} {place}" for name in counted for place in ("before", "after", "negated", "nearest")]
        names += [*_PREPOSITIONS, "ل", "ب", "opens", "unseen"]
        self._columns = {name: column for column, name in enumerate(names)}
        self._phrases = _index_phrases({name: self.words[name] for name in self.words if name not in _PREPOSITIONS})
        self._prepositions = {_clean(word): name for name in _PREPOSITIONS for word in self.words.get(name, ())}
        self._linear: dict[str, Linear] = {}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fit the weights on ``train``, each label counting the same; ``valid`` is not read.

        Raises
        ------
        DataError
            If a task has fewer than two labels in ``train``.
        """
        from scipy.sparse import csr_matrix

        features = self._count(train)
        for task, names in self.labels.items():
            gold = read_gold(train, task, names)
            chosen = gold != MISSING
            gold = gold[chosen]
            settings = {"name": "logreg", "c": self.c}
            self._linear[task] = fit_linear(
                settings, csr_matrix(features[chosen]), gold, balance(gold), len(names), self.seed
            )
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels); rows keep their order."""
        features = self._count(rows)
        return {task: apply_softmax(features @ weights + bias) for task, (weights, bias) in self._linear.items()}

    def save(self, folder: Path) -> dict[str, Any]:
        """Return options, words and weights; no file is written."""
        return {
            "seed": self.seed,
            "reach": self.reach,
            "across": self.across,
            "c": self.c,
            "words": self.words,
            "weights": {
                task: {
                    "bias": _write_floats(linear.bias),
                    **{name: _write_floats(linear.weights[column]) for name, column in self._columns.items()},
                }
                for task, linear in self._linear.items()
            },
        }

    @classmethod
    def load(cls, folder: Path, settings: Mapping[str, Any]) -> Self:
        """Take what :meth:`save` returned; no file is read."""
        model = cls(**{name: value for name, value in settings.items() if name != "weights"})
        for task in model.labels:
            rows = settings["weights"][task]
            weights = np.array([rows[name] for name in model._columns], np.float64)
            model._linear[task] = Linear(weights, np.array(rows["bias"], np.float64))
        return model

    def _count(self, rows: Sequence[Example]) -> NDArray[np.float64]:
        features = np.zeros((len(rows), len(self._columns)))
        read: dict[str, tuple[list[str], list[Cue]]] = {}  # an article asks of one statement many times
        for row, counts in zip(rows, features, strict=True):
            if row.text not in read:
                tokens = _TOKEN.findall(_clean(row.text))
                read[row.text] = tokens, self._find_cues(tokens)
            self._count_row(*read[row.text], _TOKEN.findall(_clean(row.target)), counts)
        return features

    def _count_row(
        self, tokens: Sequence[str], cues: Sequence[Cue], target: Sequence[str], counts: NDArray[np.float64]
    ) -> None:
        columns = self._columns
        start, end = _find_target(tokens, target)
        breaks = [place for place, token in enumerate(tokens) if token in _STOPS]
        breaks += [first for first, _, name in cues if name == _TURN]
        negations = [first for first, _, name in cues if name == _NEGATION]
        nearest = ""
        for first, last, name in cues:
            if name in _PREPOSITIONS:
                counts[columns[name]] += first == start - 1
            elif name != _NEGATION and not (start <= last and first < end):
                distance = _FAR if start == end else start - last if last < start else first - end + 1
                between = range(last + 1, start) if last < start else range(end, first)
                weight = self.across ** sum(point in between for point in breaks) / (1 + distance / self.reach)
                negated = any(first - _NEGATED_WITHIN <= point < first for point in negations)
                where = "negated" if negated else "before" if last < start else "after"
                counts[columns[f"{name} {where}"]] += weight
                if last < start and not negated:
                    nearest = f"{name} nearest"
        if nearest:
            counts[columns[nearest]] = 1
        counts[columns["unseen"]] = start == end
        if start < end:
            counts[columns["opens"]] = start == 0
            clitics = _read_clitics(tokens[start], target[0]) or ""
            for clitic in ("ل", "ب"):
                counts[columns[clitic]] = clitics.endswith(clitic)

    def _find_cues(self, tokens: Sequence[str]) -> list[Cue]:
        """Find the words and phrases of the lexicon; where several fit, the longest alone counts."""
        stems = [_strip_affixes(token) for token in tokens]
        cues: dict[Cue, None] = {}
        taken = 0
        for place, found in enumerate(stems):
            fitting = [
                (len(rest), len(stem), name)
                for stem in found
                for name, rest in self._phrases.get(stem, ())
                if len(rest) < len(stems) - place
                and all(map(operator.contains, stems[place + 1 : place + 1 + len(rest)], rest))
            ]
            if fitting and place >= taken:
                *size, _ = max(fitting)
                taken = place + size[0] + 1
                cues |= {(place, taken - 1, name): None for *own, name in sorted(fitting) if own == size}
            for token in (tokens[place], tokens[place][1:] if tokens[place][0] in "وف" else ""):
                if token in self._prepositions:
                    cues[place, place, self._prepositions[token]] = None
        hidden = {first for first, _, name in cues if name == _NONE}
        return [cue for cue in cues if cue[0] not in hidden]


def read_words() -> dict[str, list[str]]:
    """Read the lexicon that ships with the package: class to its words."""
    text = (files("janib") / "data" / "lexicon.txt").read_text(encoding="utf-8")
    lines = [line.partition(":") for line in text.splitlines() if not line.startswith("#")]
    return {name: words.split() for name, _, words in lines}


def _index_phrases(words: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Map a phrase's first word to the classes it opens and the words that must follow."""
    phrases: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name, found in words.items():
        for phrase in found:
            first, *rest = _clean(phrase.replace("+", " ")).split()
            phrases.setdefault(first, []).append((name, tuple(rest)))
    return phrases


@lru_cache(maxsize=100_000)
def _strip_affixes(word: str) -> frozenset[str]:
    """Return all that may be left of a word without prefixes and suffixes, the word itself included."""
    found = {word}
    for first in range(min(_LONGEST_AFFIX, len(word) - _SHORTEST_STEM) + 1):
        if word[:first] in _STARTS:
            for last in range(min(_LONGEST_AFFIX, len(word) - first - _SHORTEST_STEM) + 1):
                if word[len(word) - last :] in _ENDS:
                    found.add(word[first : len(word) - last])
    return frozenset(found)


def _find_target(tokens: Sequence[str], target: Sequence[str]) -> tuple[int, int]:
    """Return the places of the target's first occurrence, clitics before it allowed; (n, n) if there is none."""
    size = len(target)
    for start in range(len(tokens) - size + 1) if size else ():
        is_named = _read_clitics(tokens[start], target[0]) is not None
        if is_named and list(tokens[start + 1 : start + size]) == list(target[1:]):
            return start, start + size
    return len(tokens), len(tokens)


def _read_clitics(word: str, name: str) -> str | None:
    """Return the clitics before a name, None if the word is another; after ل the article's alif is not written."""
    spellings = [(name, "")]
    if name.startswith("ال"):
        spellings.append(("ل" + name[1:], "ل"))
    for spelling, clitic in spellings:
        clitics = word.removesuffix(spelling) + clitic
        if word.endswith(spelling) and clitics in _CLITICS:
            return clitics
    return None


def _write_floats(values: NDArray[np.float64]) -> list[float]:
    return [round(value, 4) for value in values.tolist()]
