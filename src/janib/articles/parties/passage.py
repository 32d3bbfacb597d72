"""The words of a sentence, the forms of parties found at them, and questions about the words around a place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from janib.articles.lexicon import VerbForm, is_definite, is_relational, load_lexicon, strip_article
from janib.articles.parties.clitics import allows_clitics, find_whole_words
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.name_trie import Match, continues_name
from janib.articles.spans import Sentence
from janib.text.spelling import Word, split_words

LONGEST_TITLE = 7
"""Words of a title after a name, up to the party in it."""

OPENING_MARKS, CLOSING_MARKS = tuple('«“("['), tuple('»”)"]')
_SENTENCE_MARKS = frozenset(".:؛!؟?")
_CLAUSE_MARKS = _SENTENCE_MARKS | frozenset("،,;")

# A place in front of a report: القاهرة - المؤشر:، عمان - 11 - 2 (وان) --، تونس (الميزان) -
_DATELINE = re.compile(
    r"\W*(?:\w+ ?){1,3}(?:[,،]? ?\d+[\w /]{0,20})?"
    r"(?:\s*[-–—/]{1,2}\s*(?:\d+\s*[-–—/]\s*\d+\s*)?(?:\([^()\n]{1,30}\)\s*[-–—:]*|(?:\w+ ?){1,3}:|)"
    r"|\s*\([^()\n]{1,30}\)\s*[-–—:]+)"
)
_REACH = 14  # words after a verb in which its complement is looked for


@dataclass
class Passage:
    """A sentence's words, and the forms of parties found at them.

    Attributes
    ----------
    dateline
        Number of words that are its dateline.
    matches
        Place to the forms that start there.
    named
        Party to how often a form names it that only it has.
    """

    words: list[Word]
    dateline: int
    matches: dict[int, list[Match]] = field(default_factory=dict)
    named: Counter[str] = field(default_factory=Counter)

    def add(self, place: int, matches: list[Match]) -> None:
        """Add the forms that start at a place, if there are any."""
        if not matches:
            return
        self.matches[place] = matches
        longest = max(match.end for match in matches)
        named = {
            match.state or match.form.party for match in matches if match.end == longest and match.form.names_alone
        }
        if len(named) == 1:
            self.named.update(named)

    def before(self, place: int) -> str:
        """Return the folded word before a place, empty where a clause or quotation starts."""
        if place == 0 or not _SENTENCE_MARKS.isdisjoint(self.words[place].gap):
            return ""
        return self.words[place - 1].folded

    def after(self, place: int) -> str:
        """Return the folded word at a place, if it may belong to the name before it; else an empty string."""
        return self.words[place].folded if place < len(self.words) and continues_name(self.words[place]) else ""

    def opens_title(self, place: int) -> bool:
        """Tell whether a word is the noun of an office or of one who speaks for a party: رئيس, ناطق."""
        lists, noun = load_lexicon().words, strip_article(self.words[place].folded)
        return noun in lists["head_titles"] or noun in lists["spokespersons"]

    def extends_noun(self, place: int) -> bool:
        """Tell whether an adjective of the noun before is at a place, so that another body is meant: المحكمة العليا."""
        lists, adjective = load_lexicon().words, self.after(place)
        if not is_definite(adjective) or adjective in lists["not_epithets"]:
            return False
        of_many = place > 0 and self.words[place - 1].folded.endswith("ون")  # المتمردون القرية: no adjective of theirs
        return adjective in lists["epithets"] or (is_relational(adjective) and not of_many)

    def qualifies_noun(self, place: int) -> bool:
        """Tell whether a definite word may be an adjective of the definite noun before it: المحاور الرئيسة."""
        lists, before = load_lexicon().words, self.before(place).removeprefix("و")
        if not self.words[place].gap.isspace() or place - 1 in self.matches:
            return False
        return is_definite(before) and before not in lists["fillers"] and before not in lists["honorifics"]

    def find_verb(self, place: int) -> VerbForm | None:
        """Return the finite verb of speech at a place; a noun that is written the same is none."""
        lexicon = load_lexicon()
        form, conjunction = lexicon.find_form(self.words[place].folded) if place >= 0 else (None, "")
        if form is None or form.tense == "participle":
            return None
        if conjunction or self.words[place].folded not in lexicon.words["also_nouns"] or self._opens_clause(place):
            return form
        return None

    def is_speech(self, place: int) -> bool:
        """Tell whether the word at a place is a finite verb of speech with what it needs to be one."""
        form = self.find_verb(place)
        return form is not None and load_lexicon().fits(form, self._list_following(place))

    def is_actor(self, place: int, clitic: str = "") -> bool:
        """Tell whether a definite noun is one who acts: after a verb, أن or باسم, or behind ل; not التحالف مع."""
        lexicon, before = load_lexicon(), self.before(place)
        if self.after(place + 1) in lexicon.words["pact_prepositions"] or self.extends_noun(place + 1):
            return False
        if "ل" in clitic:
            return True
        verb = before.removeprefix("و").removesuffix("ت") in lexicon.words["main_verbs"]
        return (
            verb
            or any(lexicon.has_joined(name, before) for name in ("reported", "citations", "on_behalf"))
            or (place > 0 and self.is_speech(place - 1))
        )

    def looks_like_person(self, place: int) -> bool:
        """Tell whether two words look like the name of a person: neither is everyday, the first is not definite."""
        pair = self.words[place : place + 2]
        if len(pair) < 2 or not pair[1].gap.isspace():
            return False
        first = pair[0].folded
        if is_definite(first.removeprefix("و")) or first.startswith("لل") or first.endswith(("ا", "ه")):
            return False
        return not any(load_lexicon().is_everyday(word.folded) or word.folded.isdigit() for word in pair)

    def _opens_clause(self, place: int) -> bool:
        lists = load_lexicon().words
        if place in (0, self.dateline) or not self.words[place].gap.isspace():
            return True
        before = self.words[place - 1].folded
        return before in lists["connectives"] or before in lists["lead_ins"]

    def _list_following(self, place: int) -> Iterator[str]:
        """Yield the words after a place, and the marks between them."""
        for word in self.words[place + 1 : place + _REACH]:
            yield from word.gap.strip()
            yield word.folded


def read_passages(text: str, sentences: Sequence[Sentence], gazetteer: Gazetteer) -> list[Passage]:
    """Find the forms of parties in the sentences of an article."""
    passages = [_read_words(text, sentence, number) for number, sentence in enumerate(sentences)]
    whole = find_whole_words(passage.words for passage in passages)
    for passage in passages:
        for place in range(len(passage.words)):
            passage.add(place, list(_find_forms(passage.words, place, gazetteer, whole)))
    return passages


def _find_forms(words: Sequence[Word], place: int, gazetteer: Gazetteer, whole: frozenset[str]) -> Iterator[Match]:
    """Yield the forms that start at a word, but those behind letters that can be no clitics there."""
    for match in gazetteer.names.match(words, place):
        if allows_clitics(words, place, match.clitics, whole):
            yield match


def _read_words(text: str, sentence: Sentence, number: int) -> Passage:
    """Return the words of a sentence; the first of an article is mostly a headline, which has no dateline."""
    words = list(split_words(text, sentence.start, sentence.end))
    dateline = 0
    found = _DATELINE.match(text, sentence.start, min(sentence.end, sentence.start + 80))
    if found and (sentence.start == 0 or text[sentence.start - 1] == "\n"):
        dateline = sum(word.end <= found.end() for word in words)
    is_headline = number == 0 and text[sentence.end - 1] != "."
    if dateline == len(words) or (is_headline and not _opens_report(words[dateline], found)):
        dateline = 0
    return Passage(words, dateline)


def _opens_report(word: Word, dateline: re.Match[str] | None) -> bool:
    """Tell whether a place in front of a text is a dateline: an agency is in it, or a verb of the past follows."""
    if dateline and "(" in dateline[0]:
        return True
    lexicon = load_lexicon()
    form, _ = lexicon.find_form(word.folded)
    is_past = form is not None and form.tense == "past"
    return is_past or word.folded.removesuffix("ت") in lexicon.words["main_verbs"]


def is_quoted(text: str, words: Sequence[Word], first: int, last: int) -> bool:
    """Tell whether quotation marks or brackets are around words ``first`` to ``last``, the last one exclusive."""
    end = words[last - 1].end
    return words[first].gap[-1:] in OPENING_MARKS and text[end : end + 1] in CLOSING_MARKS


def ends_clause(word: Word) -> bool:
    """Tell whether a mark before a word ends the clause before it."""
    return not _CLAUSE_MARKS.isdisjoint(word.gap)
