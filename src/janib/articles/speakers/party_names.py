"""Names of parties inside a noun phrase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from janib.articles.lexicon import ARTICLE, Kind, is_belonging, is_relational, strip_joined
from janib.articles.speakers.tagging import NounKind, TaggedSentence, Voice

_OPENERS, _CLOSERS = tuple('«“"'), tuple('»”"')
_NAME_REACH = 10  # tokens of a phrase in which its first name is looked for
_OFFICE_REACH = 14  # tokens of an office with whom it is of, before its holder's name
_PAPER_VERBS: tuple[Kind, ...] = ("said", "clause", "optional", "object")  # after a paper, they tell what is in it
_SHORTEST_OFFICE = 3  # tokens of an office without the article, with whom it is of: رئيس وزراء إسرائيل


@dataclass(frozen=True, slots=True)
class PhraseHead:
    """The first word of a phrase.

    Attributes
    ----------
    at
        Its token.
    stop
        The first token that can be no part of the phrase.
    kind
        Of the noun.
    clitic
        Whether a preposition may be joined to it.
    """

    at: int
    stop: int
    kind: NounKind | None
    clitic: bool


def find_party_name(sentence: TaggedSentence, head: PhraseHead) -> int | None:
    """Return the token at which the name starts that tells whom a phrase speaks for."""
    if sentence.has_mentions(head.at):
        return head.at if head.clitic or not sentence.has_prepositional_clitic(head.at) else None
    if head.kind is None or sentence.lexicon.has("kin", sentence.form(head.at), head.clitic):
        return None  # whose kin it is does not speak
    holder = _find_holder(sentence, head.at, head.stop)
    if holder is not None:
        return holder
    named = _find_first_name(sentence, head)
    if named is None or any(refuses(sentence, head, named) for refuses in NAME_REFUSALS):
        return None
    return _prefer_leader(sentence, head, named)


def _find_first_name(sentence: TaggedSentence, head: PhraseHead) -> int | None:
    prepositions = 0
    for i in range(head.at + 1, min(head.stop, head.at + _NAME_REACH)):
        if sentence.ends_phrase(i) or (head.kind == "papers" and sentence.is_finite_verb(i, _PAPER_VERBS)):
            return None
        if sentence.has_mentions(i):
            return i
        if sentence.opens_relative(head.at, i):
            return None
        if sentence.is_preposition(i) and not sentence.is_in(i, "on_behalf"):
            prepositions += 1
            if prepositions > 2 or not _goes_past(sentence, head, i):
                return None
    return None


def _find_holder(sentence: TaggedSentence, i: int, stop: int) -> int | None:
    """Return the token of a leader's name that ends his office: المدير العام لمنظمة الصحة العالمية تيدروس.

    A body that the office names must be the one that he leads.
    """
    if sentence.find_kind(i, clitic=True) != "persons" or not sentence.lexicon.has("headships", sentence.form(i), True):
        return None
    has_owner, body, j = False, "", i + 1
    while j < min(stop, i + _OFFICE_REACH) and not sentence.ends_phrase(j):
        if sentence.is_leader(j):
            long = has_owner or (j >= i + _SHORTEST_OFFICE and not sentence.is_definite(i))
            return j if long and body in ("", sentence.led.get(sentence.tokens[j].mentions[0].party)) else None
        is_owner = sentence.form(j).startswith("ل") and takes_owner(sentence, j - 1)
        if sentence.find_verb(j) or sentence.is_in(j, "on_behalf") or (sentence.is_preposition(j) and not is_owner):
            return None
        has_owner = has_owner or is_owner
        if sentence.has_mentions(j):
            body = sentence.tokens[j].mentions[0].party
        j = sentence.skip_name(j, stop) if sentence.has_mentions(j) else j + 1
    return None


def is_foreign_outlet(sentence: TaggedSentence, head: PhraseHead, named: int) -> bool:
    """Tell whether a name is the nationality of an outlet, which speaks for itself: صحيفة التايمز البريطانية.

    The adjective alone in quotation marks is an agency: «الألمانية».
    """
    adjective = sentence.form(named) if named > head.at else sentence.tokens[named].form
    if not adjective.startswith(ARTICLE) or not is_relational(adjective):
        return False
    if named > head.at:
        return sentence.is_joined_in(head.at, "outlet_nouns") or sentence.lexicon.has(
            "outlet_nouns", sentence.form(head.at), head.clitic
        )
    mention = sentence.tokens[named].mentions[0]
    is_quoted = sentence.text[mention.start - 1 : mention.start] in _OPENERS
    return is_quoted and sentence.text[mention.end : mention.end + 1] in _CLOSERS and adjective.endswith("ه")


def _is_joined_name(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether another speaker begins."""
    return not {"و", "ف"}.isdisjoint(sentence.find_clitics(i))


def _is_object(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether the name, no adjective, is what somebody acts on or calls: طالب سكان القرية الحكومة."""
    if head.kind not in ("bodies", "persons") or sentence.find_clitics(i):
        return False
    if not sentence.is_definite(i - 1) or sentence.is_in(i - 1, "honorifics"):
        return False
    if sentence.is_leader(i) and sentence.is_in(i - 1, "former_or_future"):
        return False  # الرئيس السابق المنصف المرزوقي
    if not sentence.is_definite(i):
        is_state = sentence.is_in(i, "feminine", "masculine")  # after a person's title comes else the person's name
        return head.kind == "bodies" or is_state or _is_of_many(sentence, head)
    if sentence.form(i - 1).endswith("ون") and sentence.form(i).endswith("ه"):
        return True  # الانقلابيون السعودية: no adjective of men
    return not _is_adjective(sentence.form(i))


def _is_of_many(sentence: TaggedSentence, head: PhraseHead) -> bool:
    """Tell whether the noun of a phrase is of many persons: الديمقراطيون, العمال."""
    form = sentence.form(head.at)
    is_one = strip_joined(form) in sentence.lexicon.words["persons"] and not form.endswith(("ون", "اء"))  # أمين
    return sentence.lexicon.has("many", form) or (form.endswith(("ون", "ين", "اء")) and not is_one)


def _is_adjective(form: str) -> bool:
    """Tell whether a party's name ends as an adjective of belonging does; as other words end: البيان, العمليات."""
    return is_belonging(form) or form.endswith(("يات", "يان"))


def _is_past_person(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether a person's own name is between the office and the name: دعا رئيس الحزب سامي الراشد الحكومة."""
    if _is_adjective(sentence.form(i)):  # of a body that has a person's name
        return False
    for j in range(i - 1, max(i - _NAME_REACH, -1), -1):
        if sentence.ends_phrase(j) or sentence.find_kind(j):
            return False
        if sentence.is_given_name(j):
            return True
    return False


def _is_addressee(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether the name has ل, and the noun before it is not one that ل gives an owner."""
    is_joined = "ل" in sentence.find_clitics(i)
    if not is_joined and sentence.form(i - 1) != "ل":
        return False
    if sentence.lexicon.has("outlets", sentence.tokens[i].form, True):  # تصريح لصحيفة, but تقرير لصحيفة
        return not sentence.lexicon.has("papers_of_outlets", sentence.form(head.at), head.clitic)
    if is_joined and i - 1 > head.at and sentence.lexicon.has("organs", sentence.form(head.at), head.clitic):
        return False  # المكتب التنفيذي لحزب
    return head.kind != "papers" and not takes_owner(sentence, i - 1 if is_joined else i - 2)


def takes_owner(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a word lets ل follow with whom the noun belongs to."""
    form = sentence.form(i)
    is_adjective = form.endswith("ي") or (form.endswith("يه") and sentence.is_definite(i - 1))  # but والدة الضحية
    if form.startswith(ARTICLE) and (is_adjective or form[2:] in sentence.lexicon.words["office_adjectives"]):
        return True
    return not sentence.lexicon.words["belonging"].isdisjoint({form, form.removeprefix(ARTICLE)})


def _is_place_of_paper(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether the name has ب after a paper or an outlet."""
    return head.kind in ("papers", "outlets") and "ب" in sentence.find_clitics(i)


def is_in_party_name(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether the name is part of a party's or a movement's name: زعيم حزب نداء السودان."""
    if sentence.find_kind(i) == "bodies":  # the whole name of one
        return False
    for j in range(i - 1, max(i - _NAME_REACH, -1), -1):
        if sentence.ends_phrase(j):
            return False
        if sentence.lexicon.has("opaque_nouns", sentence.form(j), clitic=True):
            return j == i - 1 or not sentence.is_leader(i)  # حزب الله نعيم قاسم
    return False


def _is_of_crowd(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether the name only says of what people many are: مئات الكوريين."""
    return sentence.is_joined_in(i - 1, "crowds") or sentence.is_pair_in(i - 2, "quantifier_pairs")


def is_own_nationality(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether the name is the nationality, or the place, of one who speaks for nobody else: الطبيبة الصينية."""
    is_place = sentence.form(i - 1) == "في" and sentence.is_in(i, "feminine", "masculine")  # a state
    if not (is_place or is_belonging(sentence.tokens[i].form)) or sentence.is_in(i, "adjectives_of_bodies"):
        return False
    noun = head.at + 2 * sentence.is_pair_in(head.at, "quantifier_pairs")
    noun += sentence.is_joined_in(noun, "quantifiers")
    if head.kind == "papers" and sentence.is_in(i - 1, "media_adjectives"):  # تقارير صحفية تشيلية
        return True
    form, has = sentence.form(noun), sentence.lexicon.has
    return noun < i and any(has(kind, form, clitic=True) for kind in ("private_professions", "private_nouns"))


NAME_REFUSALS: tuple[Callable[[TaggedSentence, PhraseHead, int], bool], ...] = (
    _is_joined_name,
    _is_object,
    _is_past_person,
    _is_addressee,
    _is_place_of_paper,
    is_in_party_name,
    _is_of_crowd,
    is_own_nationality,
)
"""Reasons why the first name after a noun of a kind is not the noun's party."""


def _goes_past(sentence: TaggedSentence, head: PhraseHead, i: int) -> bool:
    """Tell whether a phrase goes on after a preposition."""
    if not sentence.is_in(i, "inner_prepositions") and sentence.form(i)[:1] not in ("ب", "ل"):
        return False
    if head.kind == "papers" or not sentence.is_definite(head.at):
        return True
    return sentence.is_in(i, "place_prepositions") and i + 1 < head.stop and sentence.has_mentions(i + 1)


def _prefer_leader(sentence: TaggedSentence, head: PhraseHead, named: int) -> int:
    """Return the token of a leader's name where only the title named a party so far."""
    if not sentence.lexicon.has("leaders", sentence.form(head.at)):
        return named
    is_title = sentence.form(named).startswith(ARTICLE) or not sentence.is_definite(head.at)
    after = sentence.skip_name(named, head.stop)
    if not is_title or after >= head.stop or sentence.is_boundary(after) or not sentence.has_mentions(after):
        return named
    return named if sentence.find_clitics(after) or sentence.is_in(after, "feminine") else after


def list_voices(sentence: TaggedSentence, head: PhraseHead, named: int) -> list[Voice]:
    """Return the parties of the name at a token, each with the words that say who speaks."""
    mentions = sentence.tokens[named].mentions
    has_noun = named > head.at and head.kind != "papers" and not _is_leader_name(sentence, head.at, named)
    voices: dict[str, Voice] = {}
    for mention in mentions:
        if mention.start == mentions[0].start:
            start = sentence.skip_clitic(head.at) if has_noun else mention.start
            voices.setdefault(mention.party, Voice(mention.party, sentence.text[start : mention.end]))
    return list(voices.values())


def is_name_of_title(sentence: TaggedSentence, i: int, named: int) -> bool:
    """Tell whether the name at ``named`` is the person's own, beside the title at ``i``: المرشح دونالد ترامب."""
    if named == i or sentence.find_clitics(named):
        return False
    if sentence.form(named).startswith(ARTICLE):  # الرئيس السابق المنصف المرزوقي
        return sentence.is_leader(named) and sentence.is_in(named - 1, "former_or_future")
    if sentence.is_official(named) and sentence.is_definite(named - 1):  # الناطق باسم التحالف تركي المالكي
        return True
    return all(
        sentence.is_definite(j) or sentence.has_mentions(j) or sentence.has_pronoun(j) for j in range(i, named)
    ) or _is_leader_name(sentence, i, named)


def _is_leader_name(sentence: TaggedSentence, i: int, named: int) -> bool:
    """Tell whether a name comes after a leader's title and not inside it."""
    if _find_holder(sentence, i, named + 1) == named:
        return True
    if not sentence.lexicon.has("leaders", sentence.form(i)) or sentence.find_clitics(named):
        return False
    if sentence.is_in(named - 1, "inner_prepositions"):  # الشيخ محمد الحداد القيادي في حركة
        return False
    if sentence.form(named).startswith(ARTICLE):
        return False
    return sentence.is_definite(i) or any(sentence.form(j).startswith(ARTICLE) for j in range(i + 1, named))
