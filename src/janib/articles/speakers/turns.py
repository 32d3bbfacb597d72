"""Who says each statement of a text, by the guideline in experiments/articles/GUIDELINE.md."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Literal

from janib.articles.lexicon import Gender, Number, load_lexicon
from janib.articles.sentences import has_list_mark
from janib.articles.spans import REPORT, Mention, Sentence, Speaker
from janib.articles.speakers.frames import Frames, find_frames
from janib.articles.speakers.phrases import Subject, Voice
from janib.articles.speakers.subjects import Subjects
from janib.articles.speakers.tokens import QUOTATION, tokenise
from janib.text.spelling import fold

_MEMORY = 40
"""Turns of speech that a text's later words may go back to."""
_OPENING = 100
"""Statements at a text's start that are read twice."""
_COURT = ("محكم", "دايره", "قضاء", "هييه")


@dataclass(slots=True)
class Turn:
    """One who speaks, or several at once."""

    voices: list[Voice]
    gender: Gender | None
    number: Number
    how: Literal["named", "continued"] = "named"


def find_speakers(text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention]) -> list[list[Speaker]]:
    """Find who says each statement.

    Parameters
    ----------
    text
        The untouched text.
    sentences
        Its statements, in order.
    mentions
        The parties named in it; two at one place are a dual's.

    Returns
    -------
    list[list[Speaker]]
        One list a statement, never empty; the report alone where nobody else speaks. A speaker without party has his
        folded words as an id.
    """
    ordered = sorted(mentions, key=attrgetter("start", "end"))
    starts = [mention.start for mention in ordered]
    names: dict[str, Voice] = {}
    speakers: list[list[Speaker]] = []
    for part in (sentences[:_OPENING], sentences):  # a headline has a name before the name's office is told
        conversation = _Conversation(text, names)
        speakers = [
            conversation.hear(one, ordered[bisect_left(starts, one.start) : bisect_left(starts, one.end)])
            for one in part
        ]
    return speakers


class _Conversation:
    """The turns of speech so far, which tell who is meant by words without a name."""

    def __init__(self, text: str, names: dict[str, Voice]) -> None:
        self.text, self.names = text, names
        self.lexicon = load_lexicon()
        self.turns: deque[Turn] = deque(maxlen=_MEMORY)
        self.parties: deque[Voice] = deque(maxlen=_MEMORY)
        self.list_source: Turn | None = None
        self.author: Turn | None = None
        """Whose paper the report has just named: جاء ذلك في بيان X."""

    def hear(self, sentence: Sentence, mentions: Sequence[Mention]) -> list[Speaker]:
        """Return the speakers of the next statement."""
        phrases = Subjects(
            self.text, tokenise(self.text, sentence.start, sentence.end, mentions), self.lexicon, self.names
        )
        turns = self._listen(phrases)
        if has_list_mark(self.text, sentence.start):
            if not turns and self.list_source:
                turns = [replace(self.list_source, how="continued")]
        else:
            opens_list = self.text[sentence.end - 1] == ":"
            author = None if turns else self._read_author(phrases)
            self.author = None if turns else author or self.author
            self.list_source = (turns[-1] if turns else author) if opens_list else None
        self.turns.extend(turns)
        self.parties.extend((mention.party, self.text[mention.start : mention.end]) for mention in mentions)
        return _name_speakers(turns)

    def _listen(self, phrases: Subjects) -> list[Turn]:
        frames = find_frames(phrases)
        named, cited = frames.named, frames.cited
        for subject in [*named, *cited, *frames.sources]:
            if subject.is_party and len(subject.voices) == 1:
                self.names |= dict.fromkeys(phrases.list_names(subject), subject.voices[0])
        if cited and all(subject.is_outlet or cited[-1].is_party for subject in named):
            return [self._resolve(cited[-1], phrases)]
        if len(named) > 1:
            named = [subject for subject in named if not subject.is_outlet] or named[:1]
        turns: list[Turn] = []
        for subject in named:
            turns.append(self._resolve(subject, phrases, turns))
        if frames.pronoun:
            turns = self._resolve_pronoun(frames, phrases) + turns
        if turns or frames.pronoun:
            return turns
        if frames.sources:
            return [self._resolve(frames.sources[-1], phrases)]
        if frames.hanging:
            return self._resolve_hanging(frames, phrases)
        bare = [word.form for word in phrases.words[frames.start :] if not word.is_boundary or word.form == QUOTATION]
        if self.turns and bare and all(form == QUOTATION for form in bare):
            return [replace(self.turns[-1], how="continued")]
        return []

    def _resolve_pronoun(self, frames: Frames, phrases: Subjects) -> list[Turn]:
        assert frames.pronoun
        subject = next((source for source in frames.sources if not source.is_outlet), None)
        if subject is None and not frames.opens:
            subject = phrases.find_first(frames.start, frames.pronoun)
        if subject:
            return [self._resolve(subject, phrases)]
        return self._recall(frames.pronoun.gender, frames.pronoun.number)

    def _resolve_hanging(self, frames: Frames, phrases: Subjects) -> list[Turn]:
        assert frames.hanging
        if subject := phrases.find_first(frames.start, frames.hanging):
            return [self._resolve(subject, phrases)]
        if self.lexicon.find_form(phrases.form(frames.start))[0] is frames.hanging:
            return self._recall(frames.hanging.gender, frames.hanging.number)
        return []

    def _resolve(self, subject: Subject, phrases: Subjects, before: Sequence[Turn] = ()) -> Turn:
        """Tell whom a noun phrase stands for, after others in the same sentence."""
        own = Turn(subject.voices, subject.gender, "s" if len(subject.voices) == 1 else "d")
        told: Turn | None = None
        if subject.is_party or subject.anaphor is None:
            if subject.is_short:
                own.voices = [(party, self._find_surface(party, surface)) for party, surface in own.voices]
        elif subject.anaphor == "owned":
            told = before[-1] if before else self.turns[-1] if self.turns else None
        elif subject.anaphor == "dual":
            told = next(iter(self._recall(None, "d")), None)
        elif subject.anaphor == "paper":
            told = self._find_author([phrases.form(i) for i in range(subject.start, subject.end)])
            told = replace(told, gender=subject.gender, number="s") if told else None
        else:
            told = self._find_person(phrases.form(subject.start))
            told = replace(told, gender=subject.gender) if told else None
        return replace(told, how="named") if told else own

    def _find_surface(self, party: str, surface: str) -> str:
        """Return the fullest words with which a party spoke that is now named by a short form."""
        known = (one for turn in reversed(self.turns) for one in turn.voices if one[0] == party)
        last = next(known, (party, surface))[1]
        return surface if surface in last and not self.lexicon.has("persons", fold(surface)) else last

    def _find_author(self, forms: list[str]) -> Turn | None:
        if any("مشترك" in form for form in forms) and (joint := self._recall(None, "d")):
            return joint[0]
        ruling = any(form.endswith(("حكم", "حيثيات", "منطوق")) for form in forms)
        if ruling and (court := self._find_turn(*_COURT)):
            return court
        return self.author or (self.turns[-1] if self.turns else None)

    def _find_person(self, form: str) -> Turn | None:
        stem = form.removeprefix("و").removeprefix("ال").rstrip("ه")
        alone = (turn for turn in reversed(self.turns) if len(turn.voices) == 1)
        if found := self._find_turn(stem) or (self._find_turn(*_COURT) if stem.startswith("قاض") else None):
            return found
        return next(alone, None) if self.lexicon.has("officials", form) else None

    def _find_turn(self, *stems: str) -> Turn | None:
        for turn in reversed(self.turns):
            if any(stem in fold(surface) for _, surface in turn.voices for stem in stems):
                return turn
        return None

    def _recall(self, gender: Gender | None, number: Number) -> list[Turn]:
        """Return the last turn that a pronoun of this gender and number fits."""
        fitting: Turn | None = None
        if number == "s":
            for turn in reversed(self.turns):
                if turn.number == "s" and (gender is None or turn.gender in (None, gender)):
                    fitting = turn
                    break
        else:
            fitting = next((turn for turn in reversed(self.turns) if len(turn.voices) > 1), None)
            if fitting is None and number == "d":
                fitting = self._join_last()
        fitting = fitting or (self.turns[-1] if self.turns else None)
        return [replace(fitting, how="continued")] if fitting else []

    def _join_last(self) -> Turn | None:
        """Join the last two who spoke, else the last two named."""
        last: dict[str, str] = {}
        for party, surface in [
            *(voice for turn in reversed(self.turns) for voice in turn.voices),
            *reversed(self.parties),
        ]:
            if len(last) < 2:
                last.setdefault(party, surface)
        return Turn(list(last.items())[::-1], None, "d") if len(last) == 2 else None

    def _read_author(self, phrases: Subjects) -> Turn | None:
        """Return whose paper a sentence names: أبرز ما جاء في تقرير X."""
        for i in range(len(phrases.words)):
            if phrases.find_kind(i) == "papers" and (subject := phrases.read(i, len(phrases.words))):
                return self._resolve(subject, phrases)
        return None


def _name_speakers(turns: Sequence[Turn]) -> list[Speaker]:
    speakers: dict[str, Speaker] = {}
    for turn in turns:
        for party, surface in turn.voices:
            speakers.setdefault(party, Speaker(party, surface, "joint" if len(turn.voices) > 1 else turn.how))
    return list(speakers.values()) or [Speaker(REPORT, "", "report")]
