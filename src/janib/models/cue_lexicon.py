"""A baseline that reads the target: logistic regression on a lexicon of support and condemnation words."""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from janib.models.base import Probabilities
from janib.models.label_ids import MISSING, encode_train_labels
from janib.models.linear import Linear, apply_softmax, balance_labels, check_weights, fit_linear
from janib.models.options import check_number, check_texts
from janib.schema import Example
from janib.scoring.metrics import Floats
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

# Classes with a use of their own; words of all others are counted before and after the target.
_PREPOSITIONS = ("in", "on", "from", "to", "with", "between")
_NEGATION, _TURN, _NONE = "not", "turn", "none"
_NEGATION_REACH = 3  # words
_UNSEEN_DISTANCE = 8  # words, from any cue to a target that the text does not name

Cue = tuple[int, int, str]
"""A word or phrase of the lexicon in a text: the indices of its first and last token, and its class."""


class LexiconModel:
    """Logistic regression on the words of a lexicon around the target.

    A word or phrase of the lexicon adds to a feature of its class. The amount falls with the distance to the target: it
    is half at ``reach`` words, and is multiplied by ``across`` for each comma or turning word (لكن، بينما) between
    them. Each class has three such features: before the target, after it, and negated, which means that a negation is
    among the three words before. Further features are the nearest class before the target, the target's preposition,
    and whether the target opens the statement. The words are fixed; their weights are fitted.

    Parameters
    ----------
    labels
        Task to its labels, in the order of the probabilities' columns.
    seed
        Seed of the fit.
    reach, across
        The two numbers above.
    c
        Inverse of the L2 penalty.
    words
        Class to its words; by default those of ``janib/data/lexicon.txt``, which defines their notation.

    Raises
    ------
    ConfigError
        If an option is out of range.
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
        check_number("reach", reach, above=0)
        check_number("across", across, 0, 1)
        check_number("c", c, above=0)
        for name, found in (words or {}).items():
            check_texts(f"words.{name}", found)
        self.words = {name: list(found) for name, found in (words or read_words()).items()}
        counted = [name for name in self.words if name not in (*_PREPOSITIONS, _NEGATION, _NONE)]
        names = [f"{name} {side}" for name in counted for side in ("before", "after", "negated", "nearest")]
        names += [*_PREPOSITIONS, "ل", "ب", "opens", "unseen"]
        self._columns = {name: column for column, name in enumerate(names)}
        self._phrases = _index_phrases({name: self.words[name] for name in self.words if name not in _PREPOSITIONS})
        self._prepositions = {_clean(word): name for name in _PREPOSITIONS for word in self.words.get(name, ())}
        self._linear: dict[str, Linear] = {}

    def fit(self, train: Sequence[Example], valid: Sequence[Example]) -> Self:
        """Fit the weights on ``train``, all labels weighted equally; ``valid`` is not used.

        Raises
        ------
        DataError
            If a task has fewer than two labels in ``train``.
        """
        from scipy.sparse import csr_matrix

        features = self._count(train)
        for task, names in self.labels.items():
            gold = encode_train_labels(train, task, names)
            chosen = gold != MISSING
            gold = gold[chosen]
            settings = {"name": "logreg", "c": self.c}
            self._linear[task] = fit_linear(
                settings, csr_matrix(features[chosen]), gold, balance_labels(gold), len(names), self.seed
            )
        return self

    def predict_proba(self, rows: Sequence[Example]) -> Probabilities:
        """Return each task's probabilities, shape (n_rows, n_labels), in the order of the rows."""
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
        """Make the model from the settings of :meth:`save`; no file is read."""
        model = cls(**{name: value for name, value in settings.items() if name != "weights"})
        for task in model.labels:
            rows = settings["weights"][task]
            weights = np.array([rows[name] for name in model._columns], np.float64)
            # A null is the bias of a label without training rows, for which JSON has no number.
            bias = np.array([-np.inf if value is None else value for value in rows["bias"]], np.float64)
            check_weights(weights, bias, len(model._columns), len(model.labels[task]))
            model._linear[task] = Linear(weights, bias)
        return model

    def _count(self, rows: Sequence[Example]) -> Floats:
        features = np.zeros((len(rows), len(self._columns)))
        read: dict[str, tuple[list[str], list[Cue]]] = {}  # an article has many targets for one statement
        for row, counts in zip(rows, features, strict=True):
            if row.text not in read:
                tokens = _TOKEN.findall(_clean(row.text))
                read[row.text] = tokens, self._find_cues(tokens)
            self._count_row(*read[row.text], _TOKEN.findall(_clean(row.target)), counts)
        return features

    def _count_row(self, tokens: Sequence[str], cues: Sequence[Cue], target: Sequence[str], counts: Floats) -> None:
        """Fill one row of the features."""
        columns = self._columns
        start, end = _find_target(tokens, target)
        breaks = [index for index, token in enumerate(tokens) if token in _STOPS]
        breaks = sorted([*breaks, *(first for first, _, name in cues if name == _TURN)])
        negations = sorted(first for first, _, name in cues if name == _NEGATION)
        nearest = ""
        for first, last, name in cues:
            is_target = start <= last and first < end
            if name in _PREPOSITIONS:
                counts[columns[name]] += first == start - 1
            elif name != _NEGATION and not is_target:
                is_before = last < start
                is_negated = _count_between(negations, first - _NEGATION_REACH, first) > 0
                side = "negated" if is_negated else "before" if is_before else "after"
                counts[columns[f"{name} {side}"]] += self._weigh_cue(first, last, start, end, breaks)
                if is_before and not is_negated:
                    nearest = f"{name} nearest"
        if nearest:
            counts[columns[nearest]] = 1
        counts[columns["unseen"]] = start == end
        if start < end:
            counts[columns["opens"]] = start == 0
            clitics = _read_clitics(tokens[start], target[0]) or ""
            for clitic in ("ل", "ب"):
                counts[columns[clitic]] = clitics.endswith(clitic)

    def _weigh_cue(self, first: int, last: int, start: int, end: int, breaks: Sequence[int]) -> float:
        """Return the amount of a cue from token ``first`` to ``last``, for a target in ``start:end``.

        ``breaks`` are in ascending order.
        """
        if last < start:
            distance, n_breaks = start - last, _count_between(breaks, last + 1, start)
        else:
            distance, n_breaks = first - end + 1, _count_between(breaks, end, first)
        if start == end:
            distance = _UNSEEN_DISTANCE
        return float(self.across**n_breaks / (1 + distance / self.reach))

    def _find_cues(self, tokens: Sequence[str]) -> list[Cue]:
        """Find the words and phrases of the lexicon, and of several at one token the longest."""
        stems = [_strip_affixes(token) for token in tokens]
        cues: dict[Cue, None] = {}
        taken = 0
        for index, token in enumerate(tokens):
            fitting = list(self._match_phrases(stems, index))
            if fitting and index >= taken:
                *size, _ = max(fitting)
                taken = index + size[0] + 1
                cues |= {(index, taken - 1, name): None for *own, name in sorted(fitting) if own == size}
            for word in (token, token[1:] if token[0] in "وف" else ""):
                if word in self._prepositions:
                    cues[index, index, self._prepositions[word]] = None
        hidden = {first for first, _, name in cues if name == _NONE}
        return [cue for cue in cues if cue[0] not in hidden]

    def _match_phrases(self, stems: Sequence[frozenset[str]], index: int) -> Iterator[tuple[int, int, str]]:
        """Yield, of each phrase at a token, the number of its further words, the length of its stem, and its class."""
        for stem in stems[index]:
            for name, rest in self._phrases.get(stem, ()):
                following = stems[index + 1 : index + 1 + len(rest)]
                if len(following) == len(rest) and all(map(operator.contains, following, rest)):
                    yield len(rest), len(stem), name


def read_words() -> dict[str, list[str]]:
    """Read the shipped lexicon: class to its words."""
    text = (files("janib") / "data" / "lexicon.txt").read_text(encoding="utf-8")
    lines = [line.partition(":") for line in text.splitlines() if not line.startswith("#")]
    return {name: words.split() for name, _, words in lines}


def _index_phrases(words: Mapping[str, Sequence[str]]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Map the first word of phrases to their classes and further words."""
    phrases: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name, found in words.items():
        for phrase in found:
            first, *rest = _clean(phrase.replace("+", " ")).split()
            phrases.setdefault(first, []).append((name, tuple(rest)))
    return phrases


@lru_cache(maxsize=100_000)
def _strip_affixes(word: str) -> frozenset[str]:
    """Return the word and every form of it without a prefix, a suffix or both."""
    found = {word}
    for first in range(min(_LONGEST_AFFIX, len(word) - _SHORTEST_STEM) + 1):
        if word[:first] in _STARTS:
            for last in range(min(_LONGEST_AFFIX, len(word) - first - _SHORTEST_STEM) + 1):
                if word[len(word) - last :] in _ENDS:
                    found.add(word[first : len(word) - last])
    return frozenset(found)


def _find_target(tokens: Sequence[str], target: Sequence[str]) -> tuple[int, int]:
    """Return the first token of the target and the one after its last, (n, n) if the text does not name it.

    Clitics before the target are allowed.
    """
    size = len(target)
    rest = _join(target[1:])
    text = _join(tokens) if rest else ""  # in which what follows a word is compared at once
    ends = list(accumulate(len(token) + 1 for token in tokens)) if rest else []
    for start in range(len(tokens) - size + 1) if size else ():
        is_named = _read_clitics(tokens[start], target[0]) is not None
        if is_named and (not rest or text.startswith(rest, ends[start])):
            return start, start + size
    return len(tokens), len(tokens)


def _join(tokens: Sequence[str]) -> str:
    return "".join(f"{token}\n" for token in tokens)


def _count_between(indices: Sequence[int], start: int, end: int) -> int:
    """Count the indices in ``range(start, end)``; they are in ascending order."""
    return max(bisect_left(indices, end) - bisect_left(indices, start), 0)


def _read_clitics(word: str, name: str) -> str | None:
    """Return the clitics before a name, None if the word is another. After ل the article is written without alif."""
    spellings = [(name, "")]
    if name.startswith("ال"):
        spellings.append(("ل" + name[1:], "ل"))
    for spelling, clitic in spellings:
        clitics = word.removesuffix(spelling) + clitic
        if word.endswith(spelling) and clitics in _CLITICS:
            return clitics
    return None


def _write_floats(values: Floats) -> list[float | None]:
    return [round(value, 4) if isfinite(value) else None for value in values.tolist()]
