"""Frames of a sentence: the places that tell who speaks in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from janib.articles.lexicon import ARTICLE, Gender, VerbForm
from janib.articles.speakers.citations import (
    find_cited,
    find_cited_gender,
    find_echo,
    find_inner,
    find_paper,
    find_quoted,
    find_source,
    speaks_itself,
)
from janib.articles.speakers.datelines import skip_dateline, skip_reminder
from janib.articles.speakers.phrases import Subject
from janib.articles.speakers.subjects import (
    find_described,
    find_issuer_before,
    find_paper_before,
    find_subject,
    is_thing,
)
from janib.articles.speakers.tagging import TaggedSentence
from janib.articles.speakers.tokens import ELLIPSES, QUOTATION
from janib.articles.speakers.verbs import SpeechVerb, find_clause_start, is_refused, read_verb

_COLON_REACH = 30  # tokens after a verb in which a colon opens its words

_CONTENT_ENDS = ELLIPSES | {"،", "؛", QUOTATION}


@dataclass(slots=True)
class Frames:
    """The speakers that a sentence tells of.

    Attributes
    ----------
    start
        The token where the sentence proper starts, after a dateline.
    named
        The subjects of verbs of speech, or the speaker before the colon of a headline.
    cited
        Whom another relays.
    sources
        By whom a statement is, after words like بحسب.
    pronoun
        The first verb of speech that has no subject of its own.
    pronoun_source
        By whom a statement is after a word like بحسب before that verb, if by more than an outlet.
    opens
        Whether that verb opens the sentence, so that the speaker was told before.
    described
        Who is told to have said something in a relative clause.
    echo
        The gender of whom a pronoun at the end says it is by: على حد قوله.
    hanging
        A word of speech that depends on another verb: a participle, or a clause with ما.
    """

    start: int
    named: list[Subject] = field(default_factory=list)
    cited: list[Subject] = field(default_factory=list)
    sources: list[Subject] = field(default_factory=list)
    pronoun: VerbForm | None = None
    pronoun_source: Subject | None = None
    opens: bool = True
    described: list[Subject] = field(default_factory=list)
    echo: Gender | None = None
    hanging: VerbForm | None = None

    @property
    def has_speaker(self) -> bool:
        """Whether a verb of speech is read already."""
        return bool(self.named or self.cited or self.pronoun)


def find_frames(sentence: TaggedSentence) -> Frames:
    """Find the frames of a sentence."""
    start, headed = skip_dateline(sentence)
    start = skip_reminder(sentence, start)
    if headed:
        cited = find_inner(sentence, headed.end) if headed.is_outlet else []
        return Frames(start, named=[headed], cited=cited)
    if sentence.is_in(start, "bylines") and sentence.form(start + 1) == ":":
        return Frames(start)
    return _FrameReader(sentence, start).read()


class _FrameReader:
    """Reads the frames of one sentence from its first token to its last."""

    def __init__(self, sentence: TaggedSentence, start: int) -> None:
        self.sentence = sentence
        self.frames = Frames(start)
        self.speaking: VerbForm | None = None
        """The first verb whose subject was looked for."""
        self.in_content = False
        """Whether somebody's words began; the frames inside them are not the report's."""

    def read(self) -> Frames:
        frames = self.frames
        for i in range(frames.start, len(self.sentence)):
            if (frames.has_speaker or frames.sources) and self.sentence.is_in(i, "reported"):
                self.in_content = True
            if _may_tell(self.sentence, i):
                self._read_word(i)
        told = frames.named or frames.sources
        if not frames.cited and len(told) == 1 and told[0].is_outlet:
            frames.cited = find_inner(self.sentence, told[0].end)
        return frames

    def _read_word(self, i: int) -> None:
        for read in FRAME_READERS:
            if read(self, i):
                return

    def read_source(self, i: int) -> bool:
        """Read by whom a statement is, after words like بحسب."""
        subject = find_source(self.sentence, i)
        if subject is None:
            return False
        relays = self.sentence.is_in(i, "relaying_sources")
        (self.frames.cited if relays else self.frames.sources).append(subject)
        return True

    def read_echo(self, i: int) -> bool:
        """Read a pronoun by which a statement is the last speaker's."""
        self.frames.echo = self.frames.echo or find_echo(self.sentence, i)
        return False

    def read_paper(self, i: int) -> bool:
        """Read whose paper speaks."""
        subject = None if self.frames.named else find_paper(self.sentence, i)
        if subject:
            self.frames.named.append(subject)
        return subject is not None

    def read_participle(self, i: int) -> bool:
        """Read a participle, which has no subject of its own."""
        form = self.sentence.find_verb(i)
        if form is None or form.tense != "participle":
            return False
        is_noun = self.sentence.is_in(i, "participle_nouns") and not self.sentence.is_boundary(i - 1)
        if not is_noun and not self.sentence.is_in(i, "fillers"):
            self.frames.hanging = self.frames.hanging or form
        return True

    def read_verb(self, i: int) -> bool:
        """Read a verb of speech with its subject."""
        verb = read_verb(self.sentence, i, self.frames.start)
        if verb is None:
            return False
        if _is_relative_clause(self.sentence, verb):
            self.frames.hanging = self.frames.hanging or verb.form
        if is_refused(self.sentence, verb):
            if subject := find_described(self.sentence, verb):
                self.frames.described.append(subject)
            return False
        if verb.form.kind == "relay":
            self._read_relay(verb)
        elif not (self.in_content or self.frames.has_speaker) or any(
            applies(self.sentence, verb, self.in_content) for applies in FRAME_STARTS
        ):
            self._read_subject(verb)
        return True

    def _read_relay(self, verb: SpeechVerb) -> None:
        if subject := find_cited(self.sentence, verb.at):
            self.frames.cited.append(subject)
        elif gender := find_cited_gender(self.sentence, verb.at):
            self.frames.pronoun, self.frames.opens = replace(verb.form, gender=gender), True
        elif speaks_itself(self.sentence, verb.at):
            self._read_subject(verb)

    def _read_subject(self, verb: SpeechVerb) -> None:
        speaking = None if _is_in_contrast(self.sentence, verb, self.in_content) else self.speaking
        subject = find_subject(self.sentence, verb, speaking)
        if _lacks_paper(self.sentence, verb, subject):
            return
        self.speaking = self.speaking or verb.form
        if subject:
            self.frames.named.append(subject)
            if subject.is_outlet and (quoted := find_quoted(self.sentence, verb.at)):
                self.frames.cited.append(quoted)
        elif not self.frames.has_speaker:
            if is_thing(self.sentence, verb.at + 1):
                return
            if not verb.conjunction and _describes(self.sentence, verb):
                return
            self.frames.pronoun, self.frames.opens = verb.form, _opens_sentence(self.sentence, verb)
            self.frames.pronoun_source = next((one for one in self.frames.sources if not one.is_outlet), None)
        if ":" in self.sentence.list_forms(verb.at + 1, verb.at + _COLON_REACH):
            self.in_content = True


FRAME_READERS: tuple[Callable[[_FrameReader, int], bool], ...] = (
    _FrameReader.read_echo,
    _FrameReader.read_source,
    _FrameReader.read_paper,
    _FrameReader.read_participle,
    _FrameReader.read_verb,
)
"""What a word can tell of a speaker. The first reader that returns ``True`` has the word."""


def _may_tell(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a word may belong to a frame: no mark, no name, no noun with the article."""
    if sentence.is_boundary(i) or sentence.tokens[i].form.startswith(ARTICLE):
        return False
    return not sentence.has_mentions(i) or sentence.find_clitics(i) != ""


def _is_in_contrast(sentence: TaggedSentence, verb: SpeechVerb, in_content: bool) -> bool:
    """Tell whether a word of contrast is right before the verb."""
    return verb.before in sentence.lexicon.words["contrasts"]


def _is_joined(sentence: TaggedSentence, verb: SpeechVerb, in_content: bool) -> bool:
    """Tell whether the verb opens a clause where nobody's words began."""
    return not in_content and _opens_clause(sentence, verb)


def _is_set_off(sentence: TaggedSentence, verb: SpeechVerb, in_content: bool) -> bool:
    """Tell whether a mark or a quotation right before the verb ends somebody's words."""
    return verb.before in _CONTENT_ENDS and _opens_clause(sentence, verb)


def _is_in_turn(sentence: TaggedSentence, verb: SpeechVerb, in_content: bool) -> bool:
    """Tell whether dots, or a word that turns to another speaker, are before the verb's clause."""
    before = find_clause_start(sentence, verb.at) - 1
    return sentence.form(before) in ELLIPSES or sentence.is_in(before, "turning_words")


def _is_in_comment(sentence: TaggedSentence, verb: SpeechVerb, in_content: bool) -> bool:
    """Tell whether the verb comments on what was said before it: وهو ما نفاه الوزير."""
    return sentence.is_pair_in(verb.at - 2, "comments")


def _is_in_paper(sentence: TaggedSentence, verb: SpeechVerb, in_content: bool) -> bool:
    """Tell whether the verb tells what is in a paper; in somebody's words only where a contrast turns from them."""
    issuer = find_issuer_before(sentence, verb)
    if issuer is None:
        return False
    before = issuer.start - 2
    return not in_content or sentence.is_in(before, "contrasts") or sentence.is_pair_in(before - 1, "contrasts")


FRAME_STARTS: tuple[Callable[[TaggedSentence, SpeechVerb, bool], bool], ...] = (
    _is_in_contrast,
    _is_joined,
    _is_set_off,
    _is_in_turn,
    _is_in_comment,
    _is_in_paper,
)
"""Reasons why a verb is a second frame and not inside somebody's words; they are told whether such words began."""


def _opens_clause(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a verb opens a clause of the report; one that is said to the speaker is told by the speaker."""
    if sentence.is_in(verb.at + 1, "told_to"):
        return False
    return bool(verb.conjunction) or sentence.is_boundary(verb.at - 1)


def _lacks_paper(sentence: TaggedSentence, verb: SpeechVerb, subject: Subject | None) -> bool:
    """Tell whether only a paper says something by this verb, and the subject is none."""
    if verb.form.verb not in sentence.lexicon.words["paper_verbs"]:
        return False
    if subject is None:
        return not sentence.is_in(verb.at + 1, "reported")
    return sentence.find_kind(subject.start) != "papers"


def _is_relative_clause(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a verb is in a clause with ما."""
    if verb.before not in sentence.lexicon.words["relative_words"]:
        return False
    return verb.form.has_object or verb.form.kind == "said"


def _describes(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a verb only describes the noun before it."""
    if verb.at <= verb.start + 1 or sentence.is_boundary(verb.at - 1):
        return False
    if sentence.is_preposition(verb.start) and verb.form.number == "s":
        return False
    if find_paper_before(sentence, verb) is not None:
        return False
    if sentence.is_in(verb.at - 1, "connectives", "contrasts", "lead_ins", "fillers"):
        return False
    return sentence.find_kind(verb.at - 1) != "papers"


def _opens_sentence(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether only connectives and phrases with a preposition come before a verb."""
    if verb.at <= verb.start + 1:
        return True
    if find_paper_before(sentence, verb) is not None:
        return False
    if sentence.is_in(verb.start, "contrasts") or sentence.form(verb.start).removeprefix("و").startswith("لكن"):
        return False
    return sentence.is_preposition(verb.start)
