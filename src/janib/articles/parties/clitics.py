"""What the words around a form say of its first letter: whether it can be a clitic, or belongs to a longer name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from janib.articles.lexicon import load_lexicon
from janib.text.spelling import Word, strip_clitics

_PREPOSITIONS = frozenset("بكل")
_HAMZAS = frozenset("أإآ")


def find_whole_words(sentences: Iterable[Sequence[Word]]) -> frozenset[str]:
    """Return the folded words that begin like one with a clitic, and are somewhere told to have none.

    A word has no clitic after a preposition, nor behind a letter that is one: ``مع باسكوا`` and ``لباسكوا`` tell that
    ``باسكوا`` is one word, also where the article has it in other places.
    """
    return frozenset(word for words in sentences for word in _list_whole(words))


def _list_whole(words: Sequence[Word]) -> Iterator[str]:
    for place, word in enumerate(words):
        if _PREPOSITIONS.isdisjoint(word.folded[:3]):
            continue
        if word.folded[0] in _PREPOSITIONS and _follows_preposition(words, place):
            yield word.folded
        for clitics, rest in strip_clitics(word.folded):
            letters = word.folded[max(clitics - 1, 0) : clitics] + rest[0]
            if clitics and _PREPOSITIONS.issuperset(letters) and letters != "لل":  # للحكومة has an article
                yield rest


def allows_clitics(words: Sequence[Word], place: int, clitics: int, whole: frozenset[str]) -> bool:
    """Tell whether the first letters of a word can be clitics before the name that follows them.

    Parameters
    ----------
    clitics
        How many letters are left out; none where the whole word is the name.
    whole
        Words that are known to have none.
    """
    word = words[place]
    if not clitics:
        return not _shows_clitic(word)
    joined = word.folded[0] not in _PREPOSITIONS
    if _follows_preposition(words, place) or _is_other_word(word, 0):
        return False
    if joined and clitics == 1:
        return True
    if word.folded[joined:] in whole or _is_other_word(word, joined):
        return False
    return not (_lacks_article(word, clitics) or (word.folded[joined] == "ب" and _follows_head(words, place)))


def _shows_clitic(word: Word) -> bool:
    """Tell whether a hamza right after its first letter tells that this is a clitic: بأول is no Powell, باول is."""
    if word.folded[0] not in "وفبكل" or word.folded[1:2] != "ا":
        return False
    second = word.offset(1) - word.start
    return word.surface[second : second + 1] in _HAMZAS


def _is_other_word(word: Word, joined: int) -> bool:
    """Tell whether a word is mostly another than a name behind clitics, where no hamza tells the name: بابل, بآبل."""
    return word.folded[joined:] in load_lexicon().words["whole_words"] and _HAMZAS.isdisjoint(word.surface)


def _follows_preposition(words: Sequence[Word], place: int) -> bool:
    """Tell whether only a space separates a word from a preposition that has no other one after it."""
    if not place or not words[place].gap.isspace():
        return False
    return load_lexicon().has_joined("sole_prepositions", words[place - 1].folded)


def _follows_head(words: Sequence[Word], place: int) -> bool:
    """Tell whether the office of a head is before a word, which is then the second part of a genitive: رئيس باسكوا."""
    return (
        place > 0
        and words[place].gap.isspace()
        and load_lexicon().has_joined("genitive_heads", words[place - 1].folded)
    )


def _lacks_article(word: Word, clitics: int) -> bool:
    """Tell whether a name that always has the article is without it, and without a hamza that would tell it: باسكوا."""
    return word.folded[clitics:] in load_lexicon().words["articled_names"] and _HAMZAS.isdisjoint(word.surface)
