"""Noun phrases of a sentence, and whom they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from janib.articles.lexicon import ARTICLE, Gender, is_relational, strip_joined, strip_noun
from janib.articles.speakers.party_names import (
    PhraseHead,
    find_party_name,
    is_foreign_outlet,
    is_in_party_name,
    is_name_of_title,
    is_own_nationality,
    list_voices,
    takes_owner,
)
from janib.articles.speakers.persons import (
    ends_office,
    find_holder_name,
    find_late_name,
    find_name_after_comma,
    find_office,
    find_own_name,
    is_before_office,
    is_definite_noun,
    skip_own_name,
    slice_office,
)
from janib.articles.speakers.tagging import NounKind, TaggedSentence, Voice
from janib.articles.speakers.tokens import DASHES
from janib.text.spelling import fold

Anaphor = Literal["dual", "paper", "person", "owned", "guest"]

_PLURALS = ("اء", "ون", "ين")
_OFFICE_REACH = 5  # tokens of an office after its first words and before a comma
_APPOSED_OFFICE_REACH = 8  # tokens of the place or the field of an office before its holder's name
_NAMELESS_REACH = 7  # a phrase without a name has at most so many tokens
_APPOSED_REACH = 40  # tokens in which offices follow one another after commas


@dataclass(slots=True)
class Subject:
    """A noun phrase that can speak.

    Attributes
    ----------
    start, end
        Its tokens.
    voices
        Whom it speaks for; a name of its own where no party is in it.
    gender
        Of its head, where known.
    anaphor
        The kind of phrase that means somebody told before: a ``dual``, as in both sides, a ``paper``, the title of a
        ``person``, ``owned``, an office with a pronoun, or the ``guest`` of an outlet.
    is_outlet
        Whether it only relays.
    is_party
        Whether a party is named in it.
    is_short
        Whether it is a short form of one who had a fuller name before.
    """

    start: int
    end: int
    voices: list[Voice]
    gender: Gender | None
    anaphor: Anaphor | None = None
    is_outlet: bool = False
    is_party: bool = False
    is_short: bool = False

    @property
    def names(self) -> list[str]:
        """The folded words of the person's own name, as far as the phrase has them."""
        return fold(self.voices[0].name).split()

    def add_voices(self, voices: list[Voice]) -> None:
        """Add those that are not in it yet."""
        known = {voice.party for voice in self.voices}
        self.voices += [voice for voice in voices if voice.party not in known]


def read_subject(
    sentence: TaggedSentence, i: int, stop: int | None = None, clitic: bool = False, joined: bool = True
) -> Subject | None:
    """Read the speaker that starts at a token.

    Parameters
    ----------
    stop
        The first token that can be no part of it; the sentence's end by default.
    clitic
        Whether a preposition may be joined to its first word.
    joined
        Whether others may follow with و.
    """
    stop = len(sentence) if stop is None else min(stop, len(sentence))
    if i >= stop or sentence.is_boundary(i):
        return None
    head = PhraseHead(i, stop, sentence.find_kind(i, clitic), clitic)
    named = find_party_name(sentence, head)
    former = _find_former(sentence, head)
    person = None if former is None else _read_holder(sentence, head, former)
    if person and (named or person.voices[0].name):
        return person
    if named is None:
        return _read_nameless(sentence, head)
    subject = _read_named(sentence, head, named)
    if joined:
        _join_others(sentence, subject, stop)
    return subject


def _read_named(sentence: TaggedSentence, head: PhraseHead, named: int) -> Subject:
    end = sentence.skip_name(named, head.stop)
    if is_foreign_outlet(sentence, head, named):
        surface = sentence.slice(head.at, end)
        voice = Voice(fold(surface), surface)
        return Subject(head.at, end, [voice], sentence.find_gender(head.at, True), is_outlet=True)
    is_leader = named == head.at and sentence.lexicon.has("leaders", sentence.form(head.at), head.clitic)
    if head.kind == "persons" and is_leader and (person := _read_holder(sentence, head, end)):
        return _speak_for(sentence, person, named, end)
    subject = Subject(
        head.at,
        end,
        _list_persons(sentence, head, named, end),
        sentence.find_gender(head.at, head.clitic),
        is_outlet=sentence.lexicon.has("outlets", sentence.form(head.at), head.clitic),
        is_party=True,
    )
    if head.kind == "papers":
        subject.gender = None  # the paper and its author both go on speaking
        _join_adjectives(sentence, subject, head.stop)
    is_alone = named == head.at and end == head.at + 1 and sentence.is_definite(head.at)
    subject.is_short = is_alone and head.kind in (None, "persons") and subject.gender != "f"
    return subject


def _list_persons(sentence: TaggedSentence, head: PhraseHead, named: int, end: int) -> list[Voice]:
    """Return the parties of a phrase, one of them with the person's name and office."""
    voices = list_voices(sentence, head, named)
    if len(voices) > 1 or _is_dual(sentence, head.at, end, head.kind):
        return voices
    voice = voices[0]
    if head.kind == "persons":
        voice = _tell_person(sentence, head, named, end, voice)
    elif named == head.at and sentence.is_official(named):
        voice = voice._replace(name=voice.surface, office=_read_late_office(sentence, end))
    words = fold(voice.name or voice.surface).split()
    known = sentence.names.get(words[-1]) if words else None
    return [voice.complete(known) if known else voice]


def _read_late_office(sentence: TaggedSentence, i: int) -> str:
    """Return the words of the office after a comma at a token: فلان، المتحدث باسم المنظمة."""
    office = read_subject(sentence, i + 1, joined=False) if is_before_office(sentence, i) else None
    return slice_office(sentence, office.start, office.end) if office else ""


def _tell_person(sentence: TaggedSentence, head: PhraseHead, named: int, end: int, voice: Voice) -> Voice:
    """Return a voice with the person's name and office: the name is the party's own, or comes after the office."""
    if is_name_of_title(sentence, head.at, named):
        return voice._replace(name=sentence.slice(named, end), office=slice_office(sentence, head.at, named))
    name = find_holder_name(sentence, end, head.stop) or find_late_name(sentence, end, head.stop)
    office = (head.at, end)
    apposed = _find_apposed(sentence, head, end, voice.party)
    if apposed is not None:
        voice = voice._replace(party=sentence.tokens[apposed].mentions[0].party)
        name = (apposed, sentence.skip_name(apposed, head.stop))
    own = find_own_name(sentence, head.at, named)
    if own and sentence.find_kind(own[1]) == "persons":  # between two offices
        name, office = own, (own[1], end)
    if sentence.lexicon.has("envoys", sentence.form(head.at), head.clitic):  # of a leader
        voice = voice._replace(party=sentence.led.get(voice.party, voice.party))
    return voice._replace(name=sentence.slice(*name) if name else "", office=slice_office(sentence, *office))


def _find_apposed(sentence: TaggedSentence, head: PhraseHead, end: int, party: str) -> int | None:
    """Return the token of the holder's name that is a party's: after an office, and after its place or field.

    A leader's own name is the holder's where only an adjective is between them.
    """
    first = end + (sentence.form(end) == "،")
    for i in range(first, min(head.stop, first + _APPOSED_OFFICE_REACH)):
        if _is_apposed(sentence, i):
            if sentence.tokens[i].mentions[0].party == party:
                return i if i == first or ends_office(sentence, i - 1) else None
            is_near = i == end + 1 and sentence.is_definite(end)  # المعارض
            is_near |= all(sentence.is_definite(j) and is_relational(sentence.form(j)) for j in range(end, i))
            return i if is_near and _is_own_leader(sentence, head, i, party) else None
        if sentence.ends_phrase(i) or (sentence.is_preposition(i) and not _is_inner(sentence, i)):
            return None
    return None


def _is_inner(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a preposition opens the place or the field of an office: في العراق, لشؤون الشرق."""
    return sentence.is_in(i, "inner_prepositions") or sentence.form(i).startswith("ل") or sentence.has_mentions(i)


def _is_own_leader(sentence: TaggedSentence, head: PhraseHead, i: int, party: str) -> bool:
    """Tell whether a leader's name after an office is its holder's, who speaks.

    وزيرة الخارجية الأمريكية هيلاري كلينتون إن is one person; whom the head of another party criticises is another.
    """
    led = sentence.led.get(sentence.tokens[i].mentions[0].party)
    is_others = led not in (None, party) and sentence.lexicon.has("headships", sentence.form(head.at))
    if not sentence.is_leader(i) or is_others:
        return False
    after = sentence.skip_name(i, head.stop)
    return led == party or after >= head.stop or sentence.is_in(after, "reported")


def _find_former(sentence: TaggedSentence, head: PhraseHead) -> int | None:
    """Return the token of the word that says that an office's holder is not the one of today."""
    if head.kind != "persons":
        return None
    for i in range(head.at + 1, min(head.stop, head.at + _NAMELESS_REACH)):
        if sentence.is_in(i, "former_or_future"):
            return None if sentence.has_mentions(i + 1) else i
        if sentence.ends_phrase(i) or sentence.form(i).startswith("و") or sentence.is_preposition(i):
            return None
    return None


def _read_holder(sentence: TaggedSentence, head: PhraseHead, end: int) -> Subject | None:
    """Read the name of an office's holder beside the office, or a former holder without a name."""
    is_former = sentence.is_in(end, "former_or_future")
    end += is_former
    name = (end, skip_own_name(sentence, end, head.stop))
    if name[0] == name[1]:
        comma = _skip_second_office(sentence, end, head.stop)
        if person := _read_apposed(sentence, head, comma):
            return person
        name = find_name_after_comma(sentence, comma, head.stop) or name
    if name[0] < name[1] and (is_former or sentence.lexicon.is_first_name(sentence.form(name[0]))):
        return _make_person(sentence, head, end, name)
    return _make_person(sentence, head, end, None) if is_former else None


def _speak_for(sentence: TaggedSentence, person: Subject, named: int, end: int) -> Subject:
    """Let somebody whom no list knows speak for the state that he leads; a former leader speaks for himself."""
    party, voice = sentence.tokens[named].mentions[0].party, person.voices[0]
    if party in sentence.leaders or not voice.name or sentence.is_in(end, "former_or_future"):
        return person
    person.voices, person.is_party = [voice._replace(party=party, surface=voice.office)], True
    return person


def _skip_second_office(sentence: TaggedSentence, i: int, stop: int) -> int:
    """Return the token after another office of the same person: رئيس الحكومة السابق ورئيس الحزب، فلان."""
    if not sentence.form(i).startswith("و") or sentence.find_kind(i) != "persons":
        return i
    comma = next((j for j in range(i, min(stop, i + _NAMELESS_REACH + 1)) if sentence.form(j) == "،"), None)
    return i if comma is None else comma


def _make_person(
    sentence: TaggedSentence, head: PhraseHead, end: int, name: tuple[int, int] | None, own_surface: bool = True
) -> Subject:
    """Make the subject of an office whose words end at ``end``, with the tokens of the person's own name."""
    office = sentence.slice(head.at, end)
    own = sentence.slice(*name) if name else office
    told = slice_office(sentence, head.at, end) if name else office
    voice = Voice(fold(own), own if own_surface else office, own if name else "", told)
    return Subject(
        head.at,
        end if name is None else name[1] + (name[0] > end and sentence.form(name[1]) == "،"),
        [voice],
        sentence.find_gender(head.at, head.clitic),
    )


def _join_adjectives(sentence: TaggedSentence, paper: Subject, stop: int) -> None:
    """Add the other authors of a paper with several adjectives."""
    while True:
        i = paper.end + (sentence.form(paper.end) in DASHES)
        if i >= stop or sentence.is_boundary(i) or not sentence.has_mentions(i) or sentence.find_clitics(i):
            return
        if not sentence.plain(i).endswith(("ي", "ية", "يه")):
            return
        paper.add_voices(list_voices(sentence, PhraseHead(i, stop, None, False), i))
        paper.end = sentence.skip_name(i, stop)


def _join_others(sentence: TaggedSentence, subject: Subject, stop: int) -> None:
    while (other := _find_joined(sentence, subject.end, stop)) is not None:
        following = read_subject(sentence, other, stop, joined=False)
        if following is None or following.anaphor:
            return
        if _is_same_person(subject, following):
            _merge(subject, following)
            return
        subject.add_voices(following.voices)
        subject.end = following.end


def _is_same_person(subject: Subject, following: Subject) -> bool:
    """Tell whether a second office, with a name, is of the person of the first: وزير المالية السابق والخبير فلان."""
    if subject.is_party or following.is_party:
        return False
    first, second = subject.voices[0], following.voices[0]
    return bool(first.office and second.office and second.name) and not first.name


def _merge(subject: Subject, following: Subject) -> None:
    second = following.voices[0]
    subject.end = following.end
    subject.voices = [second._replace(office=f"{subject.voices[0].office} و{second.office}")]


def _find_joined(sentence: TaggedSentence, i: int, stop: int) -> int | None:
    """Return where the next of several speakers starts, after the person's own name."""
    for j in range(i, min(stop, i + 6)):
        if sentence.ends_phrase(j):
            return None
        if sentence.has_and(j) and not sentence.is_initial(j):
            return None if sentence.find_verb(j) and not sentence.has_mentions(j) else j
        if sentence.has_mentions(j) or sentence.is_preposition(j) or sentence.is_in(j, "fillers"):
            return None
    return None


def _read_nameless(sentence: TaggedSentence, head: PhraseHead) -> Subject | None:
    end = _find_end(sentence, head)
    while end > head.at + 1 and sentence.is_preposition(end - 1):
        end -= 1
    for read in NAMELESS_READERS:
        if subject := read(sentence, head, end):
            return subject
    surface = sentence.slice(head.at, end)
    name = surface if head.kind is None else ""
    office = surface if head.kind == "persons" else ""
    return Subject(
        head.at,
        end,
        [Voice(fold(surface), surface, name, office)],
        sentence.find_gender(head.at, head.clitic),
        next((anaphor for anaphor, applies in ANAPHORS.items() if applies(sentence, head.at, end, head.kind)), None),
        is_outlet=head.kind == "outlets" or sentence.lexicon.has("outlets", sentence.form(head.at), head.clitic),
    )


def _read_known(sentence: TaggedSentence, head: PhraseHead, end: int) -> Subject | None:
    """Read a person whom the text named before, by the full name or by its last word."""
    if head.kind is not None:
        return None
    stop = end = max(head.at + 1, min(end, skip_own_name(sentence, head.at, head.stop)))
    if sentence.form(end - 1) not in sentence.names and not sentence.is_given_name(head.at):
        end = head.at + 1  # the family name alone, or the name's first word
    known = sentence.names.get(sentence.form(end - 1))
    if known is None or (known.is_private and is_before_office(sentence, end)):
        return None
    words = fold(known.name).split()
    while end < stop and sentence.form(end) in words:
        end += 1
    here = sentence.slice(head.at, end)
    voice = known._replace(surface=here, name=known.name or here)
    return Subject(head.at, end, [voice], None, is_party=not known.is_private)


def _read_office(sentence: TaggedSentence, head: PhraseHead, end: int) -> Subject | None:
    """Read the office after a person's name, with or without a comma."""
    place = find_office(sentence, head.at, head.stop) if head.kind is None else None
    if place is None:
        if not is_before_office(sentence, end):
            return None
        place = end + 1
    office = read_subject(sentence, place, min(head.stop, head.at + _APPOSED_REACH), joined=False)
    if office is None:
        return None
    stop = min(end, place)
    own = sentence.slice(head.at, stop)
    if office.is_party:
        office.start = head.at
        office.voices[0] = office.voices[0]._replace(name=own)
        return office
    if head.kind is not None:
        return None
    voice = Voice(fold(own), own, own, sentence.slice(office.start, office.end))
    return Subject(head.at, office.end, [voice], office.gender)


def _read_member(sentence: TaggedSentence, head: PhraseHead, end: int) -> Subject | None:
    """Read a person whose party is told after the name: النائب فلان عن حزب العمل."""
    place = skip_own_name(sentence, end, head.stop) + 1
    if not sentence.is_in(place - 1, "member_prepositions") or not sentence.has_mentions(place):
        return None
    if not sentence.lexicon.has("opaque_nouns", sentence.form(place)):
        return None
    person = _read_person(sentence, head, end)
    name, office = person.voices[0][2:] if person else (sentence.slice(head.at, place - 1), "")
    voices = list_voices(sentence, PhraseHead(place, head.stop, None, False), place)
    return Subject(
        head.at,
        sentence.skip_name(place, head.stop),
        [voice._replace(name=name, office=office) for voice in voices],
        sentence.find_gender(head.at, head.clitic),
        is_party=True,
    )


def _read_apposed(sentence: TaggedSentence, head: PhraseHead, end: int) -> Subject | None:
    """Read an office whose holder's name is a party's and stands alone after a comma."""
    named = end + 1
    if head.kind != "persons" or sentence.form(end) != "،" or not _is_apposed(sentence, named):
        return None
    after = sentence.skip_name(named, head.stop)
    if after < head.stop and not sentence.ends_phrase(after):
        return None
    voices = list_voices(sentence, PhraseHead(named, head.stop, None, False), named)
    voice = voices[0]._replace(name=voices[0].surface, office=sentence.slice(head.at, end))
    return Subject(head.at, after, [voice], sentence.find_gender(head.at, head.clitic), is_party=True)


def _is_apposed(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether the name of a party at a token is a person's, of two words or more: no body, no state."""
    if not sentence.has_mentions(i) or sentence.find_clitics(i) or sentence.form(i).startswith(ARTICLE):
        return False
    if sentence.skip_name(i, len(sentence)) == i + 1:
        return False
    return not (sentence.find_kind(i) or sentence.is_in(i, "feminine", "masculine"))


def _read_person(sentence: TaggedSentence, head: PhraseHead, end: int) -> Subject | None:
    """Read an office with the person's own name, of which only an office of a body is told with the body."""
    if head.kind != "persons":
        return None
    if sentence.lexicon.has("kin", sentence.form(head.at)):
        is_told = sentence.has_mentions(end - 1) or sentence.tokens[end - 1].is_inner  # ابنة الرئيس الأمريكي إيفانكا
        own = find_holder_name(sentence, end, head.stop) if is_told else None
        return _make_person(sentence, head, end, own) if own else None
    name = find_own_name(sentence, head.at, end)
    office_end = name[0] if name else end
    if name and name[1] == end:  # cut where the office is long
        name = (name[0], skip_own_name(sentence, name[0], head.stop))
    if name is None and is_in_party_name(sentence, head, end - 1):
        name = find_holder_name(sentence, end, head.stop)
    name = name or find_name_after_comma(sentence, _find_comma(sentence, end, head.stop), head.stop)
    late = find_late_name(sentence, end, head.stop) if name is None else None
    if late:
        name, office_end = late, _find_office_end(sentence, end, late[0])
    if name is None:
        return None
    has_body = not is_definite_noun(sentence, head.at) or any(
        sentence.is_in(j, "on_behalf") for j in range(head.at, office_end)
    )
    person = _make_person(sentence, head, office_end, name, own_surface=not has_body)
    person.anaphor = "owned" if _is_owned(sentence, head.at, office_end, head.kind) else None
    return person


def _find_office_end(sentence: TaggedSentence, i: int, name: int) -> int:
    """Return the token after an office that goes on with a body, before a title or its holder's name: لشركة المرافئ."""
    if not (sentence.form(i).startswith("ل") and takes_owner(sentence, i - 1)):
        return i
    while name > i and sentence.is_in(name - 1, "honorifics", "abbreviated_titles"):
        name -= 1
    return name


def _find_comma(sentence: TaggedSentence, i: int, stop: int) -> int:
    """Return the comma after the last words of an office: المندوب الجهوي للسياحة بالمدينة، فلان."""
    for j in range(i, min(stop, i + _OFFICE_REACH)):
        if sentence.form(j) == "،":
            return j
        if sentence.find_verb(j) or sentence.is_in(j, "reported", "fillers") or sentence.has_mentions(j):
            return i
    return i


NAMELESS_READERS: tuple[Callable[[TaggedSentence, PhraseHead, int], Subject | None], ...] = (
    _read_known,
    _read_office,
    _read_member,
    _read_apposed,
    _read_person,
)
"""How a phrase without a party's name tells a person. The first that finds one has the phrase."""


def _find_end(sentence: TaggedSentence, head: PhraseHead) -> int:
    """Return the token after a phrase without a name."""
    if head.kind is None:
        return max(head.at + 1, skip_own_name(sentence, head.at, head.stop))
    start = head.at + 1 + sentence.is_pair_in(head.at, "quantifier_pairs")
    fixed = _find_fixed_end(sentence, head, start)
    if fixed is not None:
        return fixed
    is_definite_body = head.kind == "bodies" and is_definite_noun(sentence, head.at)
    for j in range(start, min(head.stop, head.at + _NAMELESS_REACH)):
        if is_definite_body and not (is_definite_noun(sentence, j) and _agrees(sentence, head.at, j)):
            return j
        if sentence.ends_phrase(j) or _opens_rest(sentence, head, j):
            return j
        if sentence.has_mentions(j) and is_own_nationality(sentence, head, j):
            if sentence.is_in(j - 1, "place_prepositions"):
                return sentence.skip_name(j, head.stop)
            continue
        if sentence.has_mentions(j):
            return sentence.skip_name(j, head.stop) if is_in_party_name(sentence, head, j) else j
        if sentence.is_preposition(j) and not _goes_on(sentence, head, j):
            return j
    return min(head.stop, head.at + _NAMELESS_REACH)


def _find_fixed_end(sentence: TaggedSentence, head: PhraseHead, start: int) -> int | None:
    """Return the token after an honour, people in a number, or a noun with a name in quotation marks."""
    if sentence.is_in(head.at, "honours"):
        return start
    if sentence.lexicon.has("kin", sentence.form(head.at)) and sentence.has_mentions(start):  # نجل الرئيس الأمريكي
        return sentence.skip_name(start, head.stop)
    if sentence.is_joined_in(head.at, "crowds") and sentence.has_mentions(start):
        return sentence.skip_name(start, head.stop)
    if not sentence.is_title(start):
        return None
    has_adjective = sentence.is_definite(start + 1) and is_relational(sentence.tokens[start + 1].form)
    return start + 1 + (has_adjective and not sentence.is_preposition(start + 1))


def _opens_rest(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether an adverb, a title, the object of the verb before the phrase or another verb is at a token."""
    if sentence.is_in(i, "fillers", "abbreviated_titles", "circumstances"):
        return True
    return _opens_object(sentence, head, i) or _opens_verb(sentence, head, i)


def _opens_verb(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether a verb is at a token: مسؤول في المطار أكد, دراسة نشرت أمس."""
    if sentence.is_finite_verb(i) or sentence.opens_relative(head.at, i):
        return True
    return head.kind == "papers" and (sentence.is_main_verb(i) or sentence.is_issuing(i))


def _agrees(sentence: TaggedSentence, i: int, j: int) -> bool:
    """Tell whether a definite word can be the adjective of a noun at ``i``: no feminine goes with a masculine."""
    if sentence.find_gender(i) == "f" and not sentence.plain(j).endswith(("ة", "ه", "ا", "ى")):
        return sentence.is_in(j, "name_adjectives", "epithets")
    return sentence.find_gender(i) != "m" or not sentence.plain(j).endswith("ة")


def _opens_object(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether what is said begins with a noun: أعلن مدير المصنع إغلاق الفرع, أصدرت هيئة النقل بيانا."""
    if sentence.is_boundary(i):
        return False
    if sentence.is_definite(i):  # لواء الصقور الهجوم
        return i > head.at + 1 and sentence.is_definite(i - 1) and _is_said_noun(sentence, i)
    if head.kind == "papers" and i == head.at + 1:
        return sentence.lexicon.has("said_nouns", sentence.form(i))
    if not sentence.is_definite(i - 1) or sentence.form(i).startswith("لل"):  # الأمين التنفيذي للاتفاقية
        return False
    if sentence.is_given_name(i):
        return False
    if sentence.lexicon.has("said_nouns", sentence.form(i)):
        return True
    if sentence.find_kind(i) or sentence.form(i).startswith("و"):
        return False
    is_one = head.kind == "persons" and not sentence.form(i - 1).endswith(_PLURALS)  # a name may end in ا
    return sentence.plain(i).endswith(("ة",) if is_one else ("ة", "ا"))


def _is_said_noun(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a definite word is a noun of what is said or condemned, and no adjective of it: الهجوم."""
    return strip_joined(sentence.form(i)) in sentence.lexicon.words["said_nouns"]


def _goes_on(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether a word that looks like a preposition does not end the phrase."""
    if sentence.is_in(i, "on_behalf", "on_behalf_of_told"):
        return True
    if sentence.form(i).startswith("لل") and takes_owner(sentence, i - 1):
        return True
    if sentence.is_in(i, "place_prepositions") and sentence.lexicon.has("opaque_nouns", sentence.form(i + 1)):
        return True
    return _tells_person(sentence, head, i)


def _tells_person(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether a phrase with a preposition says which person is meant, and not on what occasion."""
    if head.kind != "persons" or sentence.is_definite(head.at):
        return False
    return sentence.is_in(i, "person_prepositions") and not sentence.lexicon.has("occasions", sentence.form(i + 1))


def _is_dual(sentence: TaggedSentence, start: int, end: int, kind: NounKind | None) -> bool:
    if sentence.is_definite(start) and sentence.is_in(start + 1, "counts"):
        return True
    return not sentence.lexicon.words["duals"].isdisjoint(strip_noun(sentence.form(start)))


def _is_paper(sentence: TaggedSentence, start: int, end: int, kind: NounKind | None) -> bool:
    return kind == "papers"


def _is_title(sentence: TaggedSentence, start: int, end: int, kind: NounKind | None) -> bool:
    if sentence.is_in(start, "honours"):
        return True
    return kind == "persons" and end - start <= 2 and all(is_definite_noun(sentence, j) for j in range(start, end))


def _is_owned(sentence: TaggedSentence, start: int, end: int, kind: NounKind | None) -> bool:
    """Tell whether an office has a pronoun: رئيسها, وزير خارجيتها, الناطق باسمه, or a ministry; kin is no office."""
    is_of_state = kind == "bodies" and sentence.lexicon.has("bodies_of_states", sentence.form(start))
    if not (kind == "persons" or is_of_state) or sentence.lexicon.has("companions", sentence.form(start)):
        return False
    for i in range(start, end):
        if sentence.is_in(i, "on_behalf_of_told") or (sentence.is_in(i - 1, "on_behalf") and sentence.has_pronoun(i)):
            return True
    return any(map(sentence.has_pronoun, range(start, min(end, start + 2))))


def _is_guest(sentence: TaggedSentence, start: int, end: int, kind: NounKind | None) -> bool:
    """Tell whether the guest of a programme is meant, who was named before: ضيف «الحصاد»."""
    return sentence.lexicon.has("guests", sentence.form(start))


ANAPHORS: dict[Anaphor, Callable[[TaggedSentence, int, int, NounKind | None], bool]] = {
    "dual": _is_dual,
    "paper": _is_paper,
    "person": _is_title,
    "owned": _is_owned,
    "guest": _is_guest,
}
"""What a phrase without a name means, in the order in which it is asked."""


def list_names(sentence: TaggedSentence, subject: Subject) -> Iterator[str]:
    """Yield the words by which a person is known later: those of the own name, or what stands where it would."""
    words = subject.names
    if subject.is_party and not words:
        start = subject.end + (sentence.form(subject.end) == "،")
        end = skip_own_name(sentence, start, len(sentence))
        if sentence.ends_phrase(end) or sentence.is_preposition(end) or sentence.is_in(end, "fillers"):
            words = sentence.list_forms(start, end)
    first_names = sentence.lexicon.words["first_names"]
    yield from (form for form in words if len(form) > 2 and (form == words[-1] or form not in first_names))
