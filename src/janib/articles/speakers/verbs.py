"""Verbs of speech at their places, and the reasons why such a form tells no speaker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from janib.articles.lexicon import ARTICLE, CONJUNCTIONS, VerbForm
from janib.articles.speakers.tagging import TaggedSentence
from janib.articles.speakers.tokens import QUOTATION

_DAMMA, _SHADDA, _TANWIN = "\u064f", "\u0651", "\u064b"
_CLAUSE_REACH = 40  # tokens before a token in which the start of its clause is looked for
_COMPLEMENT_REACH = 14  # tokens after a verb in which the word is looked for that it needs
_FIRST_REACH = 30  # the same for a verb that opens the sentence
_RANK_REACH = 7  # tokens after a passive in which a rank is told
_WORDS_REACH = 30  # tokens after a verb in which words that are said begin
_EXCLUDED_REACH = 7  # tokens after a verb in which a word may give it another sense


@dataclass(frozen=True, slots=True)
class SpeechVerb:
    """A form of a verb of speech at its place in a sentence.

    Attributes
    ----------
    at
        Its token.
    start
        The token where the sentence proper starts, after a dateline.
    form
        What the lexicon knows of it.
    conjunction
        The one joined to it, ``و`` or ``ف``.
    before
        The word before it, without قد; both words of a pair like في حين.
    """

    at: int
    start: int
    form: VerbForm
    conjunction: str
    before: str


def read_verb(sentence: TaggedSentence, i: int, start: int) -> SpeechVerb | None:
    """Return the verb of speech at a token, if its form is one, whatever it means there."""
    form = sentence.find_verb(i)
    if form is None:
        return None
    previous = i - 2 if sentence.is_joined_in(i - 1, "past_particles") else i - 1
    before = sentence.form(previous)
    if sentence.is_pair_in(previous - 1, "contrasts"):
        before = f"{sentence.form(previous - 1)}_{before}"
    return SpeechVerb(i, start, form, sentence.find_verb_conjunction(i), before)


def find_clause_start(sentence: TaggedSentence, i: int) -> int:
    """Return the first token of a token's clause, after a mark or a word of contrast."""
    last = max(0, i - _CLAUSE_REACH)
    while i > last and not sentence.is_boundary(i - 1) and not sentence.is_in(i - 1, "contrasts"):
        i -= 1
    return i


def is_refused(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether one of :data:`VERB_REFUSALS` applies."""
    return any(applies(sentence, verb) for applies in VERB_REFUSALS)


def _names_only(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a verb gives a name and says nothing; عدّ says something if its shadda is written."""
    if verb.form.kind != "naming":
        return False
    is_counting = verb.form.verb in sentence.lexicon.words["counting_verbs"] and verb.form.tense == "past"
    return not (is_counting and _SHADDA in _read_surface(sentence, verb))


def _is_other_word(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether the form is nearly always another word."""
    return _read_bare(sentence, verb) in sentence.lexicon.words["never_verbs"]


def _is_subordinate(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether the verb is in a side clause."""
    if verb.conjunction or verb.before not in sentence.lexicon.words["subordinators"]:
        return False
    return not (sentence.is_joined_in(verb.at - 2, "precedence") or sentence.is_pair_in(verb.at - 2, "comments"))


def _is_joined_to_side_clause(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether the verb goes on with a clause of time: بعد أن غادر الوفد وأعلن."""
    if verb.conjunction != "و" or sentence.is_boundary(verb.at - 1):
        return False
    places = range(find_clause_start(sentence, verb.at), verb.at)
    return any(sentence.is_in(i, "time_clauses") or sentence.is_pair_in(i, "time_clauses") for i in places)


def _is_denied(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether nothing was said."""
    bare = verb.before[1:] if verb.before[:1] in CONJUNCTIONS else verb.before
    if sentence.lexicon.words["negations"].isdisjoint({verb.before, bare}) or sentence.is_pair_in(
        verb.at - 2, "comments"
    ):
        return False
    return verb.form.verb not in sentence.lexicon.words["negated_speech"]


def _is_impersonal(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether nobody in particular speaks."""
    if sentence.is_pair_in(verb.at, "passive_pairs") and not sentence.can_speak(verb.at + 2):
        return True
    return sentence.is_in(verb.at, "also_passive") and sentence.is_in(verb.at + 1, "passive_followers")


def _is_passive(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a passive is written with its damma."""
    if verb.form.tense == "present" and _read_surface(sentence, verb).endswith("ى"):
        return sentence.is_given_name(verb.at + 1)  # يدعى أبو محمد
    if verb.form.tense != "past" or verb.form.number != "s" or verb.form.kind == "relay":  # نُقل عن الوزير قوله
        return False
    return _DAMMA in _read_surface(sentence, verb)[len(verb.conjunction) : -1]


def _is_noun(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a form that is also a noun comes where no verb would."""
    bare, nouns = _read_bare(sentence, verb), sentence.lexicon.words["also_nouns"]
    if bare not in nouns and (bare[-1:] != "ا" or bare[:-1] not in nouns):
        return False
    if verb.conjunction or verb.at == verb.start or sentence.is_boundary(verb.at - 1):
        return False
    if sentence.is_in(verb.at - 1, "connectives", "lead_ins"):
        return False
    return not sentence.is_in(find_clause_start(sentence, verb.at) - 1, "contrasts")


def _is_after_preposition(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether the form is a noun after a preposition: منذ تجدد القتال; من may also be who."""
    i = verb.at - 1
    if verb.conjunction or sentence.is_boundary(i) or sentence.has_mentions(i) or sentence.form(i) == "من":
        return False
    if sentence.is_in(i, "fillers", "source_words", "lead_ins", "connectives"):
        return False
    return sentence.is_in(i, "prepositions") and not sentence.form(i).endswith("ما")  # كما, حسبما


def _has_tanwin(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether the form is a noun written with its tanwin."""
    return _TANWIN in _read_surface(sentence, verb)[:-1]


def _has_other_sense(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a word follows, before any words that are said, by which the verb has another sense: أضاف الهدف."""
    following = sentence.list_forms(verb.at + 1, verb.at + _EXCLUDED_REACH)
    before = takewhile(lambda form: form not in sentence.lexicon.words["reported"], following)
    return sentence.lexicon.is_excluded(verb.form, before)


def _lacks_complement(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a word is missing without which the verb is none of speech: كشف الطبيب المريض."""
    reach = _FIRST_REACH if verb.at == verb.start else _COMPLEMENT_REACH
    return sentence.lexicon.lacks_complement(verb.form, sentence.list_forms(verb.at + 1, verb.at + reach))


def _is_act(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a thing is added and no words follow: أضافت الشركة وجهات."""
    if verb.form.verb not in sentence.lexicon.words["adding_verbs"]:
        return False
    after = verb.at + 1
    if sentence.find_verb(after) or sentence.is_main_verb(after) or sentence.is_in(after, "claims", "negations"):
        return False
    if QUOTATION in sentence.list_forms(verb.at - 2, verb.at):
        return False
    places = range(after, min(after + _WORDS_REACH, len(sentence)))
    return not any(_opens_words(sentence, i) for i in places)


def _opens_words(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether somebody's words begin at a token."""
    if sentence.form(i) in (":", QUOTATION) or sentence.is_in(i, "reported", "said_by"):
        return True
    form = sentence.find_verb(i)
    return form is not None and form.kind == "said"


def _is_law(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a law or a text demands, whose words are nobody's."""
    following = sentence.form(verb.at + 1)
    if not following.startswith(ARTICLE) or not sentence.lexicon.has("lawful", following):
        return False
    return verb.form.kind in ("said", "clause") or verb.form.verb in sentence.lexicon.words["demands"]


def _is_meeting(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether a meeting is told of, where nobody in particular speaks: استعرض اللقاء عددا من القضايا."""
    after = verb.at + 1
    return sentence.is_definite(after) and sentence.lexicon.has("meetings", sentence.form(after))


def _is_ranking(sentence: TaggedSentence, verb: SpeechVerb) -> bool:
    """Tell whether the verb is a passive that says what rank one party has: تعتبر الهند أول منتج."""
    if verb.form.verb not in sentence.lexicon.words["counting_passives"] or not sentence.is_joined_in(
        verb.at, "also_passive"
    ):
        return False
    named = 0
    for i in range(verb.at + 1, min(verb.at + _RANK_REACH, len(sentence))):
        if sentence.is_boundary(i) or sentence.is_in(i, "reported"):
            return False
        if i > verb.at + 1 and sentence.is_in(i, "ranks"):
            return named < 2
        named += sentence.has_mentions(i)
    return False


VERB_REFUSALS: tuple[Callable[[TaggedSentence, SpeechVerb], bool], ...] = (
    _names_only,
    _is_other_word,
    _is_subordinate,
    _is_joined_to_side_clause,
    _is_denied,
    _is_impersonal,
    _is_passive,
    _is_noun,
    _is_after_preposition,
    _has_tanwin,
    _has_other_sense,
    _lacks_complement,
    _is_act,
    _is_law,
    _is_meeting,
    _is_ranking,
)
"""Reasons why the form of a verb of speech tells no speaker where it is."""


def _read_bare(sentence: TaggedSentence, verb: SpeechVerb) -> str:
    return sentence.form(verb.at)[len(verb.conjunction) :]


def _read_surface(sentence: TaggedSentence, verb: SpeechVerb) -> str:
    token = sentence.tokens[verb.at]
    return sentence.text[token.start : token.end]
