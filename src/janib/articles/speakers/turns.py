"""Speakers of each statement of a text, by the guideline in experiments/articles/GUIDELINE.md."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from operator import attrgetter
from types import MappingProxyType

from janib.articles.lexicon import VerbForm, load_lexicon
from janib.articles.sentences import has_list_mark
from janib.articles.spans import REPORT_SPEAKER, Mention, Sentence, Speaker
from janib.articles.speakers.citations import find_issuer
from janib.articles.speakers.frames import Frames, find_frames
from janib.articles.speakers.history import History, Turn
from janib.articles.speakers.phrases import Subject, list_names
from janib.articles.speakers.subjects import find_first_subject
from janib.articles.speakers.tagging import TaggedSentence, Voice
from janib.articles.speakers.tokens import QUOTATION
from janib.text.spelling import fold

_OPENING = 100  # statements at a text's start that are read twice


def find_speakers(
    text: str,
    sentences: Sequence[Sentence],
    mentions: Sequence[Mention],
    led: Mapping[str, str] = MappingProxyType({}),
    leaders: Collection[str] = (),
) -> list[list[Speaker]]:
    """Find who says each statement.

    Parameters
    ----------
    text
        The untouched text.
    sentences
        Its statements, in order.
    mentions
        The parties named in it; two at one place are a dual's.
    led
        A leader's id to that of the party led, for which the leader's envoys speak.
    leaders
        Ids of the parties that are persons: such a name right after an office is its holder's.

    Returns
    -------
    list[list[Speaker]]
        One list a statement, never empty; the report alone where nobody else speaks. A speaker without party has his
        folded words as an id.
    """
    ordered = sorted(mentions, key=attrgetter("start", "end"))
    starts = [mention.start for mention in ordered]
    lexicon = load_lexicon()
    names: dict[str, Voice] = {}

    def tag(place: Sentence) -> TaggedSentence:
        inside = ordered[bisect_left(starts, place.start) : bisect_left(starts, place.end)]
        return TaggedSentence(text, place, inside, lexicon, names, led, leaders)

    opening = list(map(tag, sentences[:_OPENING]))
    reader = _TurnReader(names)
    for sentence in opening:  # a headline has a name before the name's office is told
        reader.read(sentence)
    reader = _TurnReader(names)
    return [reader.read(sentence) for sentence in chain(opening, map(tag, sentences[_OPENING:]))]


class _TurnReader:
    """Reads a text statement by statement, from its start.

    Parameters
    ----------
    names
        Words of a person's own name to whom the person speaks for; what the text tells is added.
    """

    def __init__(self, names: dict[str, Voice]) -> None:
        self.names = names
        self.history = History(load_lexicon())
        self.list_source: Turn | None = None
        """Who says the items of a list, by the line before it."""

    def read(self, sentence: TaggedSentence) -> list[Speaker]:
        """Return the speakers of the next statement."""
        turns = self._find_turns(sentence)
        if has_list_mark(sentence.text, sentence.place.start):
            if not turns and self.list_source:
                turns = [replace(self.list_source, how="continued")]
        else:
            author = None if turns else self._find_author(sentence)
            self.history.author = None if turns else author or self.history.author
            opens_list = sentence.text[sentence.place.end - 1] == ":"
            self.list_source = (turns[-1] if turns else author) if opens_list else None
        self.history.add(turns, sentence)
        return _name_speakers(turns)

    def _find_author(self, sentence: TaggedSentence) -> Turn | None:
        """Return whose paper a sentence names."""
        for i in range(len(sentence)):
            if sentence.find_kind(i) == "papers" and (subject := find_issuer(sentence, i)):
                return self.history.resolve(subject, sentence)
        return None

    def _find_turns(self, sentence: TaggedSentence) -> list[Turn]:
        frames = find_frames(sentence)
        self._learn_names(frames, sentence)
        for find in TURN_FINDERS:
            turns = find(self, frames, sentence)
            if turns is not None:
                return turns
        return []

    def _learn_names(self, frames: Frames, sentence: TaggedSentence) -> None:
        """Learn who is meant by a person's own name: the party spoken for, or the person by the fullest name."""
        for subject in [*frames.named, *frames.cited, *frames.sources, *frames.described]:
            is_owned = subject.anaphor == "owned" and bool(subject.names)
            if len(subject.voices) != 1 or (subject.anaphor and not is_owned):
                continue
            voice = self.history.resolve(subject, sentence).voices[0] if is_owned else subject.voices[0]
            for name in list_names(sentence, subject):
                known = self.names.get(name)
                if known is None or subject.is_party or (known.is_private and _is_fuller(voice, known)):
                    self.names[name] = voice.complete(known) if known else voice

    def find_cited(self, frames: Frames, sentence: TaggedSentence) -> list[Turn] | None:
        """Return whom others relay, unless one of them says more than an outlet."""
        if not frames.cited:
            return None
        cited = frames.cited[-1]
        if cited.anaphor == "owned" and cited.names and len(frames.named) == 1:
            return [self._speak_through(frames.named[0], cited, sentence)]
        says_more = cited.is_party and not cited.is_outlet
        if not says_more and not all(subject.is_outlet for subject in frames.named):
            return None
        return [self.history.resolve(cited, sentence)]

    def _speak_through(self, subject: Subject, cited: Subject, sentence: TaggedSentence) -> Turn:
        """Return a party that speaks through its own official: قالت الحركة على لسان الناطق باسمها سامي الراشد."""
        turn, person = self.history.resolve(subject, sentence), cited.voices[0]
        return replace(turn, voices=[turn.voices[0]._replace(name=person.name, office=person.office)])

    def find_named(self, frames: Frames, sentence: TaggedSentence) -> list[Turn] | None:
        """Return the subjects of the verbs of speech, after whom the first verb without a subject means."""
        if not frames.named and not frames.pronoun:
            return None
        turns: list[Turn] = []
        without_outlets = [subject for subject in frames.named if not subject.is_outlet]
        for subject in without_outlets or frames.named[:1]:
            turns.append(self.history.resolve(subject, sentence, turns))
        return self._find_pronoun(frames, frames.pronoun, sentence) + turns if frames.pronoun else turns

    def find_source(self, frames: Frames, sentence: TaggedSentence) -> list[Turn] | None:
        """Return the last of the sources after words like بحسب."""
        return [self.history.resolve(frames.sources[-1], sentence)] if frames.sources else None

    def find_described(self, frames: Frames, sentence: TaggedSentence) -> list[Turn] | None:
        """Return the last person who is told to have said something in a relative clause."""
        return [self.history.resolve(frames.described[-1], sentence)] if frames.described else None

    def find_echo(self, frames: Frames, sentence: TaggedSentence) -> list[Turn] | None:
        """Return the last speaker for words that a pronoun says to be his: على حد قوله."""
        return self.history.recall(frames.echo, "s") if frames.echo else None

    def find_hanging(self, frames: Frames, sentence: TaggedSentence) -> list[Turn] | None:
        """Return the subject of the main verb for a word of speech that depends on it."""
        form = frames.hanging
        if form is None:
            return None
        if subject := find_first_subject(sentence, frames.start, form):
            return [self.history.resolve(subject, sentence)]
        return self.history.recall(form.gender, form.number) if sentence.find_verb(frames.start) is form else []

    def find_quotation(self, frames: Frames, sentence: TaggedSentence) -> list[Turn] | None:
        """Return the last speaker for a statement that is a quotation and nothing else."""
        words = [token for token in sentence.tokens[frames.start :] if not token.is_boundary or token.form == QUOTATION]
        if not words or any(token.form != QUOTATION for token in words):
            return None
        return self.history.recall_last()

    def _find_pronoun(self, frames: Frames, form: VerbForm, sentence: TaggedSentence) -> list[Turn]:
        subject = frames.pronoun_source
        if subject is None and not frames.opens:
            subject = find_first_subject(sentence, frames.start, form)
        if subject:
            return [self.history.resolve(subject, sentence)]
        return self.history.recall(form.gender, form.number) or self.history.recall_actor(form.gender, form.number)


def _is_fuller(voice: Voice, other: Voice) -> bool:
    """Tell whether a person's name has all words of the other, and more."""
    return set(fold(other.name).split()) < set(fold(voice.name).split())


TURN_FINDERS: tuple[Callable[[_TurnReader, Frames, TaggedSentence], list[Turn] | None], ...] = (
    _TurnReader.find_cited,
    _TurnReader.find_named,
    _TurnReader.find_source,
    _TurnReader.find_described,
    _TurnReader.find_echo,
    _TurnReader.find_hanging,
    _TurnReader.find_quotation,
)
"""How the frames of a statement tell its speakers. The first finder that does not return ``None`` decides."""


def _name_speakers(turns: Sequence[Turn]) -> list[Speaker]:
    speakers: dict[str, Speaker] = {}
    for turn in turns:
        how = "joint" if len(turn.voices) > 1 else turn.how
        for voice in turn.voices:
            speakers.setdefault(voice.party, Speaker(voice.party, voice.surface, how, voice.name, voice.office))
    return list(speakers.values()) or [REPORT_SPEAKER]
