"""Subjects of a verb of speech: after it, before it, at the head of the sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from janib.articles.lexicon import ARTICLE, VerbForm, is_belonging, is_relational, strip_joined
from janib.articles.speakers.citations import find_issuer, read_voice
from janib.articles.speakers.objects import COMMAS, has_object, skip_commas
from janib.articles.speakers.persons import find_office, is_before_office, skip_own_name
from janib.articles.speakers.phrases import Subject, read_subject
from janib.articles.speakers.tagging import TaggedSentence
from janib.articles.speakers.tokens import ELLIPSES, QUOTATION
from janib.articles.speakers.verbs import SpeechVerb
from janib.text.spelling import fold

_CONTENT_REACH = 40  # tokens after a verb in which its words may begin
_CONTENT_MARKS = ELLIPSES | {":"}
_WORDS_MARKS = ELLIPSES | {":", QUOTATION}
_PAPER_REACH = 9  # tokens before a verb in which the paper is whose words it tells
_AFTER_REACH = 24  # tokens after a verb in which its subject may start
_BEFORE_REACH = 14  # tokens before a verb in which its subject may start
_DESCRIBED_REACH = 8  # tokens before a relative pronoun in which the person starts
_OPENING_REACH = 8  # tokens of a phrase before the main verb
_NAME_REACH = 6  # tokens of a person's own name between a subject and its verb


def find_subject(sentence: TaggedSentence, verb: SpeechVerb, speaking: VerbForm | None) -> Subject | None:
    """Find who speaks by a verb.

    Parameters
    ----------
    speaking
        The verb of somebody who speaks in this sentence already.
    """
    if issuer := find_issuer_before(sentence, verb):
        return issuer
    subject = find_subject_before(sentence, verb)
    opens = speaking is None and not verb.conjunction and sentence.is_boundary(verb.at - 1)
    if subject is None or opens:
        subject = find_subject_after(sentence, verb, speaking) or subject
    if subject and _is_reminded(sentence, verb, subject):
        return None
    return subject


def find_issuer_before(sentence: TaggedSentence, verb: SpeechVerb) -> Subject | None:
    """Find whose paper is right before a verb that says what is in it: أصدرت الوزارة بيانا نفت فيه."""
    paper = find_paper_before(sentence, verb)
    return None if paper is None else find_issuer(sentence, paper)


def find_paper_before(sentence: TaggedSentence, verb: SpeechVerb) -> int | None:
    """Return the token of the paper or the speech before a verb that says what is in it: كلمة رحب فيها."""
    if not sentence.is_in(verb.at + 1, "in_paper"):
        return None
    for i in range(verb.at - 1, max(verb.at - _PAPER_REACH, -1), -1):
        if sentence.is_boundary(i):
            return None
        if sentence.find_kind(i, clitic=True) == "papers" or sentence.lexicon.has("addresses", sentence.form(i), True):
            return None if sentence.is_definite(i) else i
    return None


def _is_reminded(sentence: TaggedSentence, verb: SpeechVerb, subject: Subject) -> bool:
    """Tell whether the subject is reminded and says nothing."""
    reminds = verb.form.verb in sentence.lexicon.words["reminding_verbs"]
    return reminds and sentence.form(subject.end).startswith("ب")


def _agree(verb: VerbForm, subject: Subject) -> bool:
    """Tell whether a verb and its subject may have the same gender."""
    return not verb.gender or not subject.gender or verb.gender == subject.gender


def find_subject_after(sentence: TaggedSentence, verb: SpeechVerb, speaking: VerbForm | None) -> Subject | None:
    """Find the speaker after a verb, past adverbs and insertions.

    Parameters
    ----------
    speaking
        The verb of somebody who speaks already; what follows a verb with an object may then be that object.
    """
    last = min(len(sentence), verb.at + _CONTENT_REACH)
    if verb.form.number != "s":  # such a verb comes after its subject
        return None
    content = (
        i for i in range(verb.at + 1, last) if sentence.form(i) in _CONTENT_MARKS or sentence.is_in(i, "reported")
    )
    stop = next(content, len(sentence))
    for i in _list_places(sentence, verb.at + 1, stop):
        if not sentence.can_speak(i) and not _may_be_person(sentence, verb, i):
            continue
        subject = read_voice(sentence, i, stop)
        if subject and not any(refuses(sentence, verb, subject, speaking) for refuses in SUBJECT_REFUSALS):
            subject.gender = subject.gender or verb.form.gender
            return subject
    return None


def _may_be_person(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether an unknown noun may be a person: its name, its office or its place and what follows say so."""
    return _is_noun(sentence, i) and any(tells(sentence, verb, i) for tells in PERSON_SIGNS)


def _is_first_name(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether a name starts with a first name."""
    return sentence.is_given_name(i)


def _has_office(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether a name is explained by an office after it, with a comma between them or not."""
    if find_office(sentence, i, len(sentence)) is not None:
        return True
    comma = sentence.find_boundary(i + 1, i + 5)
    return comma is not None and is_before_office(sentence, comma)


def _is_near(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether a noun is right after a verb like قال, and somebody's words may follow."""
    if verb.form.kind != "said" or i > verb.at + 2:
        return False
    return sentence.is_definite(i) or _opens_words(sentence, i + 1, verb.at + _CONTENT_REACH)


def _is_before_words(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether only a name is between a verb and somebody's words: أكد السوكني أن, أكد ميلر أن."""
    end = skip_own_name(sentence, i, len(sentence))
    if end == i or not _opens_words(sentence, end, end + 1):
        return False
    if verb.form.kind == "relay" or verb.form.verb in sentence.lexicon.words["telling_verbs"]:
        return False
    if sentence.is_definite(end - 1) or verb.form.kind not in ("said", "clause"):
        return sentence.is_definite(end - 1)
    return end > i + 1 or not sentence.plain(i).endswith(("ا", "ة"))  # as an adverb does


def _is_before_complement(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether a noun is right after a verb that has no object but a preposition: أشار السوكني إلى."""
    end = skip_own_name(sentence, i, len(sentence))
    if end == i:
        return False
    after = sentence.form(end)
    groups = sentence.lexicon.groups["prepositional_verbs"]
    return any(verb.form.verb in verbs and _is_joined_preposition(after, fold(p)) for p, verbs in groups.items())


def _is_before_party(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether a definite name is between a verb and the party that it accuses or calls: اتهم السوكني الحكومة."""
    end = skip_own_name(sentence, i, len(sentence))
    if end == i or not sentence.is_definite(i) or not sentence.is_definite(end - 1) or not sentence.has_mentions(end):
        return False
    if sentence.form(i).endswith("ات"):  # الفيضانات
        return False
    return verb.form.kind in ("object", "optional") and not (
        sentence.find_clitics(end) or is_relational(sentence.form(end))
    )


def _is_joined_preposition(form: str, preposition: str) -> bool:
    """Tell whether a word is a preposition, or has it joined where it is one letter."""
    return form == preposition or (len(preposition) == 1 and form.startswith(preposition))


PERSON_SIGNS: tuple[Callable[[TaggedSentence, SpeechVerb, int], bool], ...] = (
    _is_first_name,
    _has_office,
    _is_near,
    _is_before_words,
    _is_before_complement,
    _is_before_party,
)
"""Reasons why a noun of no list after a verb of speech is a person who speaks."""


def _opens_words(sentence: TaggedSentence, start: int, end: int) -> bool:
    """Tell whether somebody's words begin between two tokens."""
    return any(
        sentence.form(i) in _WORDS_MARKS or sentence.is_in(i, "reported") for i in range(start, min(end, len(sentence)))
    )


def _is_noun(sentence: TaggedSentence, i: int) -> bool:
    if sentence.is_in(i, "fillers", "negations", "never_subjects") or sentence.form(i)[:1].isdigit():
        return False
    if sentence.is_main_verb(i) or sentence.form(i).startswith(f"و{ARTICLE}") or is_thing(sentence, i):
        return False
    return not (sentence.is_preposition(i) or sentence.find_verb(i) or sentence.ends_phrase(i))


def _list_places(sentence: TaggedSentence, i: int, stop: int) -> Iterator[int]:
    """Yield where the speaker may start: after the verb, and after one insertion that follows it."""
    end = min(stop, i + _AFTER_REACH)
    inserted = False
    while i < end:
        after = _skip_adverb(sentence, i)
        if after is None:
            if not (sentence.is_boundary(i) or sentence.is_preposition(i)):
                yield i
                return
            yield from _list_offices(sentence, i, end)
            yield from _list_told(sentence, i, end)
            after = None if inserted else _skip_insertion(sentence, i, end)
            if after is None:
                return
            inserted = True
        i = after


def _skip_adverb(sentence: TaggedSentence, i: int) -> int | None:
    if sentence.form(i) == ARTICLE:  # الـ«سي.آي.إيه»
        return i + 1
    if sentence.is_in(i, "abbreviated_titles"):
        return None if sentence.has_mentions(i) else i + 1
    if sentence.is_in(i, "fillers", "lead_ins", "same", "courtesies") or sentence.form(i).isdigit():
        return i + 1
    if is_relational(sentence.form(i)) and sentence.is_definite(i) and sentence.is_given_name(i + 1):
        return None if sentence.has_mentions(i) or sentence.find_kind(i) else i + 1  # السويسري جوزيف
    return i + 2 if sentence.form(i) == "من" and sentence.is_in(i + 1, "lead_ins") else None


def _is_complement(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a preposition belongs to the verb, so that no speaker follows."""
    if sentence.is_in(i, "complement_prepositions"):
        return True
    return sentence.form(i)[:1] == "ب" and not sentence.is_in(i, "prepositions")


def _skip_insertion(sentence: TaggedSentence, i: int, end: int) -> int | None:
    """Return the token after the commas around an insertion, or after a phrase with a preposition and its comma."""
    if sentence.form(i) in COMMAS:
        return skip_commas(sentence, i, end)
    if sentence.is_boundary(i) or _is_complement(sentence, i):
        return None
    boundary = sentence.find_boundary(i, end)
    comma = end if boundary is None else boundary
    return comma + 1 if sentence.form(comma) == "،" else None


def _list_offices(sentence: TaggedSentence, i: int, end: int) -> Iterator[int]:
    """Yield where an office starts after a phrase with a preposition."""
    if sentence.is_boundary(i) or _is_complement(sentence, i):
        return
    for j in range(i + 1, end):
        if sentence.ends_phrase(j) and sentence.form(j) != "من":
            return
        if _ends_occasion(sentence, j - 1):
            is_place = _may_follow_occasion(sentence, j)
        else:
            is_place = _ends_name(sentence, j - 1) and _is_free(sentence, j) and sentence.find_kind(j) == "persons"
        if is_place:
            yield j


def _may_follow_occasion(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether somebody who can speak is at a token, and no adjective of the occasion: مؤتمر صحفي."""
    if not sentence.can_speak(i) or sentence.find_kind(i) == "papers":
        return False
    return sentence.has_mentions(i) or not is_relational(sentence.form(i))


def _ends_occasion(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether an occasion or a time without the article ends at a token: في بيان, في وقت لاحق, في مؤتمر صحفي."""
    if sentence.is_definite(i) or sentence.has_mentions(i) or sentence.is_preposition(i):
        return False
    if sentence.is_in(i, "occasions", "time_nouns"):
        return True
    is_adjective = is_relational(sentence.form(i)) or sentence.is_in(i, "time_adjectives")
    return is_adjective and sentence.is_in(i - 1, "occasions", "time_nouns")


def _list_told(sentence: TaggedSentence, i: int, end: int) -> Iterator[int]:
    """Yield where a person's name starts right after whom he told it: صرح لوكالة تاس ديميتري بيسكوف."""
    if "ل" in sentence.find_clitics(i):
        after = sentence.skip_name(i, end)
        if after < end and sentence.is_given_name(after) and not sentence.is_preposition(after):
            yield after


def _ends_name(sentence: TaggedSentence, i: int) -> bool:
    if sentence.has_mentions(i) or sentence.tokens[i].is_inner:
        return True
    return sentence.form(i).startswith((ARTICLE, "لل")) and not sentence.is_preposition(i)


def _is_free(sentence: TaggedSentence, i: int) -> bool:
    return not (sentence.has_mentions(i) or sentence.form(i).startswith("و") or sentence.is_preposition(i))


def _disagrees(sentence: TaggedSentence, verb: SpeechVerb, subject: Subject, speaking: VerbForm | None) -> bool:
    """Tell whether verb and noun differ in gender."""
    return not _agree(verb.form, subject)


def _is_own_member(sentence: TaggedSentence, verb: SpeechVerb, subject: Subject, speaking: VerbForm | None) -> bool:
    """Tell whether the noun is whom somebody told before speaks to: ناشد رئيسه, but not ناشد الناطق باسمه سامي."""
    if subject.anaphor != "owned" or subject.names:
        return False
    speaks_for = any(sentence.is_in(i, "on_behalf_of_told") for i in range(subject.start, subject.end))
    return not speaks_for and _seeks_object(verb, speaking)


def _is_object(sentence: TaggedSentence, verb: SpeechVerb, subject: Subject, speaking: VerbForm | None) -> bool:
    """Tell whether the noun is the verb's object, since none follows it."""
    if not _seeks_object(verb, speaking):
        return False
    goes_on = speaking is not None and speaking.gender in (None, verb.form.gender)
    return goes_on or not has_object(sentence, verb, subject.start, subject.end)


def _is_accusative(sentence: TaggedSentence, verb: SpeechVerb, subject: Subject, speaking: VerbForm | None) -> bool:
    """Tell whether the ending says that the noun is no subject: دعا المسؤولين, قال طالبا."""
    form = sentence.tokens[subject.start].form
    is_person = sentence.lexicon.has("persons", form) and strip_joined(form) not in sentence.lexicon.words["persons"]
    if sentence.has_mentions(subject.start):
        return form.endswith("ين") and is_belonging(form)
    if is_person and form.endswith("ا") and _heads_construct(sentence, subject.start):
        return False
    return is_person and form.endswith(("ين", "ا")) and not form.endswith(("ها", "هما", "نا"))


def _heads_construct(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a noun that ends in ا is the dual of an office, since whom it is of follows: وزيرا الخارجية."""
    after = i + 1
    if sentence.has_mentions(after):
        return not (sentence.find_clitics(after) or is_belonging(sentence.tokens[after].form))
    return sentence.is_definite(after)


SUBJECT_REFUSALS: tuple[Callable[[TaggedSentence, SpeechVerb, Subject, VerbForm | None], bool], ...] = (
    _disagrees,
    _is_own_member,
    _is_object,
    _is_accusative,
)
"""Reasons why a noun phrase after a verb is not its subject."""


def _seeks_object(verb: SpeechVerb, speaking: VerbForm | None) -> bool:
    """Tell whether the verb's object must follow as a word of its own."""
    is_strict = verb.form.kind == "object" or (verb.form.kind == "optional" and speaking is not None)
    return is_strict and not verb.form.has_object


def is_thing(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a word is a definite noun of what shows something and says nothing: الأحداث, التجربة."""
    return sentence.is_definite(i) and not sentence.has_mentions(i) and sentence.lexicon.has("things", sentence.form(i))


def find_described(sentence: TaggedSentence, verb: SpeechVerb) -> Subject | None:
    """Find the person who said something in a relative clause: استقبل المدير الذي أكد أن."""
    pronoun = verb.at - 1 - sentence.is_joined_in(verb.at - 1, "past_particles")
    if verb.form.tense != "past" or verb.form.kind in ("naming", "relay") or not sentence.is_in(pronoun, "relatives"):
        return None
    comma = sentence.form(pronoun - 1) == "،"
    end = pronoun - comma
    for i in range(end - 1, max(verb.start - 1, end - _DESCRIBED_REACH), -1):
        if sentence.is_boundary(i):
            return None
        subject = read_subject(sentence, i, end, joined=False) if _is_person(sentence, i) else None
        if subject and max(subject.end, skip_own_name(sentence, subject.end, end)) == end:
            return subject if _agree(verb.form, subject) else None
    return None


def _is_person(sentence: TaggedSentence, i: int) -> bool:
    if sentence.is_preposition(i) or sentence.find_kind(i) in ("papers", "bodies", "outlets"):
        return False
    return sentence.can_speak(i) or sentence.is_given_name(i)


def find_subject_before(sentence: TaggedSentence, verb: SpeechVerb) -> Subject | None:
    """Find the speaker before a verb: in a headline, or after words like أما and كان."""
    first, reach = _find_place_before(sentence, verb)
    if first >= verb.at or sentence.is_preposition(first):
        return None
    if not (sentence.can_speak(first) or _is_name_before(sentence, verb, first)):
        return None
    subject = read_subject(sentence, first, verb.at, joined=verb.form.number != "s")
    if subject is None or verb.at - subject.end > reach:
        return None
    if len(subject.voices) == 1 and not _agree(verb.form, subject):
        return None
    subject.gender = subject.gender or verb.form.gender
    return subject


def _is_name_before(sentence: TaggedSentence, verb: SpeechVerb, i: int) -> bool:
    """Tell whether only the name of an unknown person is before a verb: it has a first name, or comes after كان."""
    if not sentence.is_given_name(i) and not sentence.is_joined_in(i - 1, "was"):
        return False
    end = skip_own_name(sentence, i, verb.at)
    last = verb.at - 1 - sentence.is_in(verb.at - 1, "past_particles")
    return last < end or (sentence.form(last) == "،" and is_before_office(sentence, end))


def _find_place_before(sentence: TaggedSentence, verb: SpeechVerb) -> tuple[int, int]:
    """Return where a subject before a verb may start, and how many tokens may be between them.

    The verb's own token is returned where none may be before it.
    """
    apposed = _find_apposed(sentence, verb)
    if apposed is not None:
        return apposed, _NAME_REACH
    first, is_topic = _find_clause(sentence, verb)
    has_turn = verb.conjunction == "ف" or sentence.form(verb.at - 1) == "فقد"  # أما مصر فقد أعلنت
    if has_turn != is_topic or (verb.conjunction and not is_topic) or sentence.is_joined_in(first, "past_particles"):
        return verb.at, 0
    if is_topic:
        return first, _BEFORE_REACH
    joined = [i for i in range(first + 1, verb.at) if verb.form.number == "s" and sentence.has_and(i)]
    if not joined:
        return first, _NAME_REACH
    return joined[-1], 0 if sentence.has_mentions(joined[-1]) else _NAME_REACH


def _find_apposed(sentence: TaggedSentence, verb: SpeechVerb) -> int | None:
    """Return where a subject starts that has an insertion after it: إلا أن فلان، مدير الشركة، أوضح."""
    last = verb.at - 1 - sentence.is_in(verb.at - 1, "past_particles")
    if verb.conjunction or sentence.form(last) != "،":
        return None
    first = last
    while first > max(verb.start, last - _BEFORE_REACH):
        if sentence.is_in(first - 1, "clause_openers") or sentence.is_pair_in(first - 2, "clause_openers"):
            return first
        if sentence.is_boundary(first - 1) and sentence.form(first - 1) != "،":
            return None
        first -= 1
    return None


def _find_clause(sentence: TaggedSentence, verb: SpeechVerb) -> tuple[int, bool]:
    """Return the first token of a verb's clause, and whether أما opens it."""
    comma = None
    first = verb.at
    while first > max(verb.start, verb.at - _BEFORE_REACH):
        if sentence.is_in(first - 1, "topic_openers"):
            return first, True
        if _opens_clause(sentence, first - 1):
            break
        first -= 1
        if comma is None and sentence.form(first) == "،":
            comma = first
    return (first if comma is None else comma + 1), False


def _opens_clause(sentence: TaggedSentence, i: int) -> bool:
    if sentence.is_boundary(i):
        return sentence.form(i) not in ("،", QUOTATION, ".")
    return sentence.is_in(i, "clause_openers") or sentence.is_pair_in(i - 1, "clause_openers")


def find_first_subject(sentence: TaggedSentence, start: int, form: VerbForm) -> Subject | None:
    """Find the subject of a sentence's main verb, whatever the verb, for words of speech that depend on it."""
    start = _skip_opening(sentence, start)
    is_named = sentence.form(start).startswith(ARTICLE)
    may_be_verb = not (sentence.is_boundary(start) or is_named or sentence.is_preposition(start))
    for i in (start, start + 1) if may_be_verb else (start,):
        if not sentence.is_boundary(i) and not sentence.is_preposition(i):
            subject = read_subject(sentence, i) if _can_head(sentence, i) else None
            if subject and _agree(form, subject):
                return subject
    return None


def _skip_opening(sentence: TaggedSentence, start: int) -> int:
    """Return the token of a sentence's main verb after a phrase with a preposition: وبعد اللقاء زار."""
    start += sentence.is_joined_in(start, "past_particles")
    if sentence.is_boundary(start) or not sentence.is_preposition(start):
        return start
    for i in range(start + 1, min(start + _OPENING_REACH, len(sentence))):
        if sentence.is_boundary(i):
            return start
        if sentence.is_main_verb(i):
            return i
    return start


def _can_head(sentence: TaggedSentence, i: int) -> bool:
    return sentence.can_speak(i) or sentence.is_given_name(i)
