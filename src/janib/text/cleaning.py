"""The registry of cleaning steps, and pipelines of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce

from janib.errors import ConfigError, suggest
from janib.text import arabert, letters, tweets
from janib.text.stemming import stem

Step = Callable[[str], str]

STEPS: Mapping[str, Step] = {
    **{
        step.__name__: step
        for step in (
            letters.unfold_forms,
            letters.strip_diacritics,
            letters.strip_tatweel,
            letters.unify_alif,
            letters.unify_ya,
            letters.unify_ta_marbuta,
            letters.unify_hamza,
            letters.unify_lookalikes,
            letters.unify_digits,
            letters.squeeze_elongation,
            tweets.unescape_html,
            tweets.strip_urls,
            tweets.mask_urls,
            tweets.strip_mentions,
            tweets.mask_mentions,
            tweets.split_hashtags,
            tweets.strip_retweet,
            tweets.space_emoji,
            tweets.strip_emoji,
            tweets.strip_invisibles,
            tweets.strip_punctuation,
            tweets.lower_case,
            tweets.squeeze_spaces,
            stem,
        )
    },
    "arabert_v01": arabert.clean_v01,
    "arabert_v1": arabert.clean_v1,
    "arabert_v02": arabert.clean_v02,
    "arabert_v02_twitter": arabert.clean_v02_twitter,
    "arabert_v2": arabert.clean_v2,
}
"""Every step by name."""

PRESETS: Mapping[str, tuple[str, ...]] = {
    "tfidf": (
        "unescape_html",
        "unfold_forms",
        "mask_urls",
        "mask_mentions",
        "split_hashtags",
        "strip_invisibles",
        "strip_diacritics",
        "strip_tatweel",
        "unify_lookalikes",
        "unify_alif",
        "unify_ya",
        "unify_ta_marbuta",
        "unify_digits",
        "squeeze_elongation",
        "lower_case",
        "space_emoji",
    ),
    "duplicates": (
        "unescape_html",
        "unfold_forms",
        "strip_invisibles",
        "strip_retweet",
        "strip_urls",
        "strip_mentions",
        "split_hashtags",
        "strip_diacritics",
        "strip_tatweel",
        "unify_lookalikes",
        "unify_alif",
        "unify_ya",
        "unify_ta_marbuta",
        "unify_hamza",
        "unify_digits",
        "squeeze_elongation",
        "strip_punctuation",
        "lower_case",
        "squeeze_spaces",
    ),
}
"""Lists of steps: for the features of a bag-of-words classifier, and for finding near-duplicates."""


ACROSS_WORDS = frozenset({"strip_retweet", *(name for name in STEPS if name.startswith("arabert"))})
"""Steps that may change a text in another way than its words one by one."""

_BORDER = " \ue000 "  # a character for private use, which no step changes


def compose(names: Sequence[str]) -> Step:
    """Make one function that applies the named steps from left to right.

    Parameters
    ----------
    names
        Names from :data:`STEPS`, or from :data:`PRESETS` for a list of steps. Without names, nothing changes.

    Returns
    -------
    Callable[[str], str]
        A function that can be pickled.

    Raises
    ------
    ConfigError
        If a name is unknown, or ``names`` is a string.

    Examples
    --------
    >>> compose(["strip_tatweel", "unify_alif"])("إلى الأمـــام")
    'الى الامام'
    """
    return partial(_apply, tuple(map(find_step, spell_out(names))))


def spell_out(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of steps, with each preset replaced by its steps.

    Raises
    ------
    ConfigError
        If ``names`` is a string.
    """
    if isinstance(names, str):
        raise ConfigError(f"text steps must be a list of names, found {names!r}; write [{names}]")
    return tuple(step for name in names for step in PRESETS.get(name, (name,)))


def find_step(name: str) -> Step:
    """Return the step of that name.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if name not in STEPS:
        known = [*PRESETS, *STEPS]
        hint = suggest(name, known) or "."
        raise ConfigError(f"text step {name!r} is unknown{hint} The steps are: {', '.join(known)}")
    return STEPS[name]


def divide(names: Sequence[str]) -> tuple[Step, Callable[[Sequence[str]], list[str]]]:
    """Divide :func:`compose`'s function into one for texts and one for many words at once, to be called after it.

    The first applies the steps up to the last of :data:`ACROSS_WORDS`. The second applies the others to each word, and
    returns a word for each, or nothing, or several words with spaces between them.

    Parameters
    ----------
    names
        As for :func:`compose`, which also says what is raised.
    """
    steps = spell_out(names)
    start = max((place for place, step in enumerate(steps, start=1) if step in ACROSS_WORDS), default=0)
    return compose(steps[:start]), partial(_clean_words, compose(steps[start:]))


def _clean_words(clean: Step, words: Sequence[str]) -> list[str]:
    cleaned = tweets.squeeze_spaces(clean(_BORDER.join(words))).split(_BORDER.strip())
    if len(cleaned) > len(words):  # a word holds the border
        cleaned = [tweets.squeeze_spaces(clean(word)) for word in words]
    return list(map(str.strip, cleaned))


def _apply(steps: tuple[Step, ...], text: str) -> str:
    return reduce(lambda cleaned, step: step(cleaned), steps, text)
