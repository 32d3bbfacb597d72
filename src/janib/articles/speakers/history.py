"""Turns of speech so far, and what words without a name mean by them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from janib.articles.lexicon import ARTICLE, Gender, Lexicon, Number, strip_article, strip_noun
from janib.articles.speakers.phrases import Subject
from janib.articles.speakers.tagging import TaggedSentence, Voice
from janib.text.spelling import fold

_ACTOR_REACH = 3  # tokens of a sentence in which its subject is named
_MEMORY = 40  # turns of speech, and mentions, that a text's later words may go back to


@dataclass(slots=True)
class Turn:
    """One who speaks, or several at once."""

    voices: list[Voice]
    gender: Gender | None
    number: Number
    how: Literal["named", "continued"] = "named"


class History:
    """The turns of a text so far.

    Attributes
    ----------
    author
        Whose paper the report has just named.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.author: Turn | None = None
        self._lexicon = lexicon
        self._turns: deque[Turn] = deque(maxlen=_MEMORY)
        self._parties: deque[Voice] = deque(maxlen=_MEMORY)
        self._before: TaggedSentence | None = None
        """The sentence before, and whether somebody speaks in it."""
        self._spoke = False
        self._papers: dict[str, Turn] = {}
        """Whose paper a noun like بيان means."""

    def add(self, turns: Sequence[Turn], sentence: TaggedSentence) -> None:
        """Add the turns of a sentence, and the parties named in it."""
        self._turns.extend(turns)
        if author := turns[-1] if turns else self.author:
            self._papers |= dict.fromkeys(self._list_papers(sentence), author)
        self._parties.extend(Voice(one.party, sentence.text[one.start : one.end]) for one in sentence.mentions)
        self._before = sentence
        self._spoke = bool(turns)

    def _list_papers(self, sentence: TaggedSentence) -> Iterator[str]:
        """Yield the nouns of papers that a sentence tells for the first time, without the article."""
        for i in range(len(sentence)):
            if sentence.find_kind(i) == "papers" and not sentence.is_definite(i):
                yield self._find_stem(sentence.form(i))

    def _find_stem(self, form: str) -> str:
        """Return a noun of a paper as the list has it."""
        papers = self._lexicon.words["papers"]
        return next((stem for stem in strip_noun(form) if stem in papers), form)

    def recall(self, gender: Gender | None, number: Number) -> list[Turn]:
        """Return the last turn that a pronoun of this gender and number fits, or else the last turn."""
        fitting = self._find_single(gender) if number == "s" else self._find_joint(number)
        return [replace(fitting, how="continued")] if fitting else self.recall_last()

    def recall_actor(self, gender: Gender | None, number: Number) -> list[Turn]:
        """Return who acts in the sentence before, where nobody has spoken so far: عرضت قطر الوساطة. ووعدت بالدعم."""
        actor = self._find_named(gender, _ACTOR_REACH) if number == "s" else None
        return [actor] if actor and self._before and _is_subject(self._before, _ACTOR_REACH) else []

    def recall_last(self) -> list[Turn]:
        """Return the last turn."""
        return [replace(self._turns[-1], how="continued")] if self._turns else []

    def _find_single(self, gender: Gender | None) -> Turn | None:
        fitting = (turn for turn in reversed(self._turns) if gender is None or turn.gender in (None, gender))
        return next((turn for turn in fitting if turn.number == "s"), None)

    def _find_joint(self, number: Number) -> Turn | None:
        found = next((turn for turn in reversed(self._turns) if len(turn.voices) > 1), None)
        return self._join_last() if found is None and number == "d" else found

    def _join_last(self, size: int = 2) -> Turn | None:
        """Join so many who spoke last, else who were named last."""
        last: dict[str, Voice] = {}
        for voice in [*self._list_voices(), *reversed(self._parties)]:
            if len(last) < size:
                last.setdefault(voice.party, voice)
        return Turn(list(last.values())[::-1], None, "d") if len(last) == size else None

    def _list_voices(self) -> Iterator[Voice]:
        """Yield who spoke, the last first."""
        return (voice for turn in reversed(self._turns) for voice in turn.voices)

    def resolve(self, subject: Subject, sentence: TaggedSentence, before: Sequence[Turn] = ()) -> Turn:
        """Return whom a noun phrase means.

        Parameters
        ----------
        before
            The turns of the same sentence before it.
        """
        if not subject.is_party and (told := self._find_told(subject, sentence, before)):
            return replace(told, how="named")
        voices = subject.voices
        if subject.is_short:
            voices = list(map(self._complete, voices))
        return Turn(voices, subject.gender, "s" if len(voices) == 1 else "d")

    def _find_told(self, subject: Subject, sentence: TaggedSentence, before: Sequence[Turn]) -> Turn | None:
        """Return who was told before and is meant by a phrase without a name."""
        match subject.anaphor:
            case "owned":
                return self._find_owner(subject, sentence, before)
            case "guest":
                return self._find_single(subject.gender)
            case "dual":
                return self._find_group(subject, sentence)
            case "paper":
                return self._find_author(subject, sentence)
            case "person":
                return self._find_titled(subject, sentence)
        return None if subject.voices[0].name else self._find_office(subject.voices[0])

    def _find_owner(self, subject: Subject, sentence: TaggedSentence, before: Sequence[Turn]) -> Turn | None:
        """Return whom a pronoun at an office means: whoever spoke right before, else the first party named there."""
        gender = _find_owner_gender(sentence, subject)
        told = [*before[-1:], *list(self._turns)[-1:]] if before or self._spoke else []
        last = next((turn for turn in told if gender is None or turn.gender in (None, gender)), None)
        owner = last or self._find_named(gender) or next(reversed(before or self._turns), None)
        if owner is None or not subject.names:
            return owner
        own = subject.voices[0]
        return replace(owner, voices=[voice._replace(name=own.name, office=own.office) for voice in owner.voices[:1]])

    def _find_named(self, gender: Gender | None, reach: int | None = None) -> Turn | None:
        """Return the first party that the sentence before names, of that gender as far as it is known."""
        sentence = self._before
        for i, token in enumerate(sentence.tokens[:reach] if sentence else ()):
            if sentence and token.mentions and (gender is None or sentence.find_gender(i) in (None, gender)):
                one = token.mentions[0]
                return Turn([Voice(one.party, sentence.text[one.start : one.end])], gender, "s")
        return None

    def _find_office(self, voice: Voice) -> Turn | None:
        """Return who was told to have an office by more words, with the person's own name."""
        office = fold(voice.office or voice.surface)
        told = (turn for turn in reversed(self._turns) if turn.voices[0].name)
        return next((turn for turn in told if fold(turn.voices[0].office).startswith(office)), None)

    def _find_group(self, subject: Subject, sentence: TaggedSentence) -> Turn | None:
        """Return those of whom a dual, or a number of them, was told: as many spoke or were named together last."""
        forms = sentence.list_forms(subject.start, subject.end + 1)
        groups = self._lexicon.groups["counts"].items()
        size = next((int(count) for count, words in groups if not words.isdisjoint(forms)), 2)
        told = next((turn for turn in reversed(self._turns) if len(turn.voices) == size), None)
        return told or (self._find_pair() if size == 2 else self._join_last(size))

    def _find_pair(self) -> Turn | None:
        return next(iter(self.recall(None, "d")), None)

    def _find_author(self, subject: Subject, sentence: TaggedSentence) -> Turn | None:
        """Return whose paper is meant: of two, of a court, of whoever was told to have one, or of the last speaker."""
        forms = sentence.list_forms(subject.start, subject.end)
        told: Turn | None = None
        if any(self._lexicon.has("joint_words", form) for form in forms):
            told = self._find_pair()
        elif any(self._lexicon.has("rulings", form) for form in forms):
            told = self._find_court()
        stem = self._find_stem(sentence.form(subject.start))
        told = told or self._papers.get(stem) or self.author or next(reversed(self._turns), None)
        if told is None:
            return None
        self._papers[stem] = told
        return replace(told, voices=self._keep_paper(told.voices, subject), gender=subject.gender, number="s")

    def _keep_paper(self, voices: list[Voice], paper: Subject) -> list[Voice]:
        """Return the voices of a paper that is told again; one that speaks for nobody else keeps the words of here."""
        words = fold(voices[0].surface)
        if len(voices) > 1 or voices[0].party != words or not self._lexicon.has("papers", words.split()[0]):
            return voices
        return [voices[0]._replace(surface=paper.voices[0].surface)]

    def _find_titled(self, subject: Subject, sentence: TaggedSentence) -> Turn | None:
        """Return whose title it is; a judge speaks for his court."""
        form = sentence.form(subject.start)
        stem = form.removeprefix("و").removeprefix(ARTICLE).rstrip("ه")
        told = self._find_turn(stem)
        if told is None and stem in self._lexicon.words["judges"]:
            told = self._find_court()
        if told is None and self._lexicon.has("officials", form):
            told = self._find_single(subject.gender)
        if told is None and self._lexicon.has("speakers_for", form):  # of whom the report told right before
            told = self._find_named(None)
        return replace(told, gender=subject.gender) if told else None

    def _find_court(self) -> Turn | None:
        return self._find_turn(*self._lexicon.words["court_words"])

    def _find_turn(self, *stems: str) -> Turn | None:
        """Return the last turn whose speaker's name has one of these letters in it."""
        for turn in reversed(self._turns):
            names = [fold(f"{voice.office} {voice.surface}") for voice in turn.voices]
            if any(stem in name for name in names for stem in stems):
                return turn
        return None

    def _complete(self, voice: Voice) -> Voice:
        """Return the fullest words with which a party spoke that is now named by a short form, and who it was."""
        told = [known for known in self._list_voices() if known.party == voice.party]
        if not told:
            return voice
        is_person = self._lexicon.has("persons", fold(voice.surface))
        if is_person and (holder := next((known for known in told if _has_office(known, voice)), None)):
            voice = voice._replace(name=holder.name, office=holder.office)
        keeps = voice.surface in told[0].surface and not is_person
        return voice if keeps else voice._replace(surface=told[0].surface)


def _is_subject(sentence: TaggedSentence, reach: int) -> bool:
    """Tell whether the first party of a sentence is near its start, and no preposition is before it."""
    first = next((i for i in range(min(reach, len(sentence))) if sentence.has_mentions(i)), None)
    return first is not None and not (sentence.is_preposition(first) or sentence.is_in(first - 1, "prepositions"))


def _find_owner_gender(sentence: TaggedSentence, subject: Subject) -> Gender | None:
    """Return the gender of the pronoun in the words of an office: رئيسها, الناطق باسمه; None for that of several."""
    places = range(subject.start, subject.end)
    owned = (i for i in places if sentence.has_pronoun(i) or sentence.is_in(i, "on_behalf_of_told"))
    form = next(map(sentence.form, owned), "")
    if form.endswith("ها"):
        return "f"
    return "m" if form.endswith("ه") else None


def _has_office(known: Voice, voice: Voice) -> bool:
    """Tell whether a short title is of somebody's office: السفير, سفير بيرو."""
    return strip_article(fold(voice.surface)) in map(strip_article, fold(known.office).split())
