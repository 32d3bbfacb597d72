"""What the label words of a user's file mean, where they leave no doubt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from janib.labels import LABEL_WORDS, TASK_LABELS
from janib.text.spelling import fold_value

_MINUS = str.maketrans("−–", "--")
_SIDES = (-1, 0, 1)  # in the order of the labels of stance and sentiment


def find_meanings(task: str, words: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return a label for each word that has one, but the labels themselves.

    A word that is known in Arabic or English means its label in any spelling. Whole numbers mean sides if -1 and 1 are
    among them, and perhaps 0, but no other. Whether a text is sarcastic is also said by 0 and 1, and by yes and no.

    Parameters
    ----------
    task
        The task; the labels of the task ``label`` are the user's own, and no word is known for them.
    words
        The words of a file.
    given
        Labels of words by the user, which go before those that are known.

    Examples
    --------
    >>> find_meanings("stance", ["مُعارِض", "Favor", "favor", "؟"], {})
    {'مُعارِض': 'against', 'Favor': 'favor'}
    >>> find_meanings("stance", ["-1", "0", "1"], {})
    {'-1': 'against', '0': 'neutral', '1': 'favor'}
    >>> find_meanings("stance", ["0", "1"], {})
    {}
    >>> find_meanings("sarcasm", ["0", "TRUE"], {})
    {'0': 'not_sarcastic', 'TRUE': 'sarcastic'}
    """
    labels = TASK_LABELS.get(task, ())
    by_spelling = {fold_value(word): label for word, label in given.items()}
    others = [word for word in words if word not in given and fold_value(word) not in by_spelling]
    for label in labels:
        for word in (label, *LABEL_WORDS[task][label]):
            by_spelling.setdefault(fold_value(word), label)
    numbers = _read_sides(others) if len(labels) == len(_SIDES) else {}
    meanings: dict[str, str] = {}
    for word in words:
        if word in numbers:
            meanings[word] = labels[_SIDES.index(numbers[word])]
        elif word not in labels and (meaning := given.get(word) or by_spelling.get(fold_value(word))):
            meanings[word] = meaning
    return meanings


def describe_meanings(meanings: Mapping[str, str], given: Collection[str]) -> str:
    """Say what words were found to mean that the user did not explain; an empty string if there are none."""
    found = [f"{word} is read as {label}" for word, label in meanings.items() if word not in given]
    return ", ".join(found)


def _read_sides(words: Iterable[str]) -> dict[str, int]:
    """Return the words' numbers, if all are -1, 0 or 1, and both sides are among them."""
    numbers = {word: _read_number(word) for word in words}
    found = set(numbers.values())
    if not found <= set(_SIDES) or not found >= {-1, 1}:
        return {}
    return {word: number for word, number in numbers.items() if number is not None}


def _read_number(word: str) -> int | None:
    try:
        return int(fold_value(word).translate(_MINUS))
    except ValueError:
        return None
