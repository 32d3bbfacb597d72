"""Sources, papers, and speakers whom others relay."""

from __future__ import annotations

from dataclasses import replace

from janib.articles.lexicon import Gender
from janib.articles.speakers.persons import find_office, is_before_office, skip_own_name
from janib.articles.speakers.phrases import Subject, read_subject
from janib.articles.speakers.tagging import TaggedSentence

_ISSUER_REACH = 12  # tokens before a paper in which a verb tells who issues it
_OWN_NAME_REACH = 5  # tokens of a name before the comma of its office
_RELAY_REACH = 14  # tokens after a relaying verb in which the one who is cited starts
_PRONOUN_REACH = 8  # tokens after a relaying verb in which a pronoun means the one who is cited
_QUOTED_REACH = 6  # tokens after the one who is cited in which the reported speech begins
_INNER_REACH = 12  # tokens after an outlet in which its own words begin
_INNER_VERB_REACH = 4  # tokens after a person in those words in which the person's verb is


def find_source(sentence: TaggedSentence, i: int) -> Subject | None:
    """Find by whom a statement is, if a word like بحسب is at a token."""
    if sentence.is_in(i, "source_words"):
        place = i + 1 + sentence.is_in(i + 1, "source_prepositions")
    elif sentence.is_pair_in(i - 1, "source_pairs") and not sentence.is_pair_in(i - 3, "told_words"):
        place = i + 1
    else:
        return None
    if sentence.is_in(place, "source_clauses"):
        form = sentence.find_verb(place + 1)
        if form and form.kind == "relay" and (cited := find_cited(sentence, place + 1)):
            return cited
        place += 2 + sentence.is_pair_in(place + 1, "paper_pairs")
        place += sentence.is_in(place, "fillers")
    place += sentence.is_in(place, "same")
    if not sentence.can_speak(place, True) or sentence.lexicon.has("not_sources", sentence.form(place), True):
        return None
    return read_voice(sentence, place, clitic=True)


def read_voice(sentence: TaggedSentence, i: int, stop: int | None = None, clitic: bool = False) -> Subject | None:
    """Read the speaker that starts at a token; for a paper, the one of whom a relative clause tells that it is his."""
    subject = read_subject(sentence, i, stop, clitic)
    if subject is None or subject.is_party or sentence.find_kind(i, clitic) != "papers":
        return subject
    author = find_author(sentence, subject.end)
    return replace(author, start=subject.start, gender=subject.gender) if author else subject


def find_echo(sentence: TaggedSentence, i: int) -> Gender | None:
    """Return the gender of whom a statement is by, where only a pronoun says it: على حد قوله, بحسب تعبيرها."""
    if not sentence.is_in(i + 1, "own_words"):
        return None
    if not sentence.is_in(i, "source_words") and not sentence.is_pair_in(i - 1, "echo_pairs"):
        return None
    return "f" if sentence.form(i + 1).endswith("ا") else "m"


def find_issuer(sentence: TaggedSentence, i: int) -> Subject | None:
    """Find whose paper is at a token: its owner, or who issues it in the same clause."""
    paper = read_voice(sentence, i) if sentence.find_kind(i) == "papers" else None
    if paper and paper.is_party:
        is_about = sentence.form(i + 1) == "عن"  # by whom, or about whom if somebody else issues it
        return (is_about and _find_named_issuer(sentence, i)) or paper
    return _find_named_issuer(sentence, i)


def _find_named_issuer(sentence: TaggedSentence, i: int) -> Subject | None:
    """Find who issues the paper at a token by a verb of the same clause."""
    for j in range(i - 1, max(i - _ISSUER_REACH, -1), -1):
        if sentence.is_boundary(j) and sentence.form(j) != "،":
            return None
        if sentence.is_issuing(j):
            return _read_issuer(sentence, j + 1, i)
    return None


def _read_issuer(sentence: TaggedSentence, i: int, paper: int) -> Subject | None:
    """Read who issues a paper after a verb like أصدر: one whom a list knows, or a name with its office."""
    if not sentence.can_speak(i) and find_office(sentence, i, paper) is None and not sentence.is_given_name(i):
        comma = sentence.find_boundary(i, min(i + _OWN_NAME_REACH, paper))
        if comma is None or not is_before_office(sentence, comma):
            return None
    return read_subject(sentence, i, paper)


def find_author(sentence: TaggedSentence, i: int) -> Subject | None:
    """Find who issues a paper in a relative clause at a token: التقرير الذي أعدته الوزارة."""
    verb = i + sentence.is_in(i, "relatives")
    form = sentence.form(verb)
    bare = next((form.removesuffix(pronoun) for pronoun in ("ها", "ه") if form.endswith(pronoun)), "")
    if not bare or not {bare, bare.removesuffix("ت")} & sentence.lexicon.words["issuing_verbs"]:
        return None
    return read_subject(sentence, verb + 1) if sentence.can_speak(verb + 1) else None


def find_paper(sentence: TaggedSentence, i: int) -> Subject | None:
    """Find the paper that two words at a token say to speak."""
    if not sentence.is_pair_in(i, "paper_pairs") or sentence.is_in(i - 1, "source_clauses"):
        return None
    return read_subject(sentence, i + 2) if sentence.find_kind(i + 2) == "papers" else None


def find_cited(sentence: TaggedSentence, i: int) -> Subject | None:
    """Find who speaks through an agency, in one sentence with it."""
    for j in range(i + 1, min(i + _RELAY_REACH, len(sentence))):
        if sentence.is_in(j, "reported"):
            return None
        if sentence.is_in(j, "relay_prepositions") and (sentence.can_speak(j + 1) or _is_named(sentence, j + 1)):
            subject = read_subject(sentence, j + 1)
            if subject and (sentence.form(j) == "عن" or _is_quoted(sentence, subject.end)):
                return subject
    return None


def find_quoted(sentence: TaggedSentence, i: int) -> Subject | None:
    """Find whom an outlet quotes after another verb than one of relaying: أوردت الوكالة عن مسؤول قوله."""
    cited = find_cited(sentence, i)
    return cited if cited and sentence.is_in(cited.end, "said_by", "own_words") else None


def speaks_itself(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether an outlet right after a relaying verb tells something itself: نقلت الوكالة أن."""
    subject = read_subject(sentence, i + 1) if sentence.can_speak(i + 1) else None
    return subject is not None and subject.is_outlet and sentence.is_in(subject.end, "reported")


def _is_named(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether only a name is between a preposition and somebody's words: نقلت عن السوكني قوله."""
    end = skip_own_name(sentence, i, len(sentence))
    return end > i and sentence.is_in(end, "reported")


def _is_quoted(sentence: TaggedSentence, i: int) -> bool:
    return any(sentence.is_in(j, "reported") for j in range(i, i + _QUOTED_REACH))


def find_cited_gender(sentence: TaggedSentence, i: int) -> Gender | None:
    """Return the gender of whom an agency cites by a pronoun."""
    for j in range(i + 1, i + _PRONOUN_REACH):
        if sentence.is_in(j, "relay_pronouns"):
            return "f" if sentence.form(j).endswith("ا") else "m"
    return None


def _is_said(sentence: TaggedSentence, i: int) -> bool:
    return sentence.find_verb(i) is not None and not sentence.is_in(i, "also_nouns")


def find_inner(sentence: TaggedSentence, start: int) -> list[Subject]:
    """Find whom an outlet lets speak inside its own words."""
    for i in range(start, min(start + _INNER_REACH, len(sentence))):
        opens = sentence.form(i) == ":" or sentence.is_in(i, "reported")
        subject = read_subject(sentence, i + 1) if opens and sentence.can_speak(i + 1) else None
        if subject is None or sentence.find_kind(i + 1) in ("papers", "outlets"):
            continue
        reach = _INNER_VERB_REACH if sentence.find_kind(i + 1) == "persons" else 1
        if any(_is_said(sentence, subject.end + k) for k in range(reach)):
            return [subject]
    return []
