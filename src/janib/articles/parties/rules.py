"""The rules that tell which party a form names at its place, if any.

:data:`RULES` has an ordered table for each role of a form: the first condition that holds decides.
"""

from __future__ import annotations

from collections.abc import Callable

from janib.articles.lexicon import load_lexicon, read_nouns
from janib.articles.parties import conditions
from janib.articles.parties.candidate import Candidate
from janib.articles.parties.name_trie import AGENCY, NameForm

Condition = Callable[[Candidate], bool]
Outcome = Callable[[Candidate], str]


def find_party(candidate: Candidate) -> str:
    """Return the party that a form names at its place, or an empty string."""
    rules = RULES[candidate.match.form.role]
    return next((outcome(candidate) for holds, outcome in rules.items() if holds(candidate)), "")


def refuse(candidate: Candidate) -> str:
    """Return no party."""
    return ""


def accept(candidate: Candidate) -> str:
    """Return the party whose form it is; of an official the one that he speaks for."""
    party = candidate.party
    return party.of if party.office == "official" else party.id


def name_state(candidate: Candidate) -> str:
    """Return the state with which the form is composed."""
    return candidate.match.state


def name_body(candidate: Candidate) -> str:
    """Return the body of the state with which the form is composed."""
    return candidate.article.gazetteer.names.name_body(candidate.match.form, candidate.match.state)


def name_last_body(candidate: Candidate) -> str:
    """Return the body of the state whose body of the kind was named last, else of the home state."""
    article, form = candidate.article, candidate.match.form
    state = article.memory.last_country(form.party) or article.evidence.home
    return article.gazetteer.names.name_body(form, state) if state else ""


def name_home_body(candidate: Candidate) -> str:
    """Return the body of the state last in play, or the state itself."""
    article, template = candidate.article, candidate.match.form.party
    state = _find_home(candidate, article.memory.last_country(template))
    if not state or not template:
        return state
    return article.gazetteer.names.name_body(NameForm("body", template), state)


def name_holder(candidate: Candidate) -> str:
    """Return the holder of the office, else its state."""
    return _find_holder(candidate, candidate.match.form.party, candidate.match.state)


def name_home_state(candidate: Candidate) -> str:
    """Return the home state, else the one last in play."""
    return _find_home(candidate, "")


def name_last_holder(candidate: Candidate) -> str:
    """Return the last leader named who holds the office, else its holder in the home state on the article's date."""
    article, office = candidate.article, candidate.match.form.party
    if holder := article.memory.last_holder(office):
        return holder
    if not article.date or not article.evidence.home:
        return ""
    return article.find_holder(office, article.evidence.home)


def name_led(candidate: Candidate) -> str:
    """Return what a leader leads, of an office its state."""
    return candidate.match.state or candidate.party.of


def name_agency(candidate: Candidate) -> str:
    """Return the news agency of the demonym's state."""
    names, state = candidate.article.gazetteer.names, candidate.match.form.party
    return names.find_agency(state) or names.name_body(AGENCY, state)


def name_former_holder(candidate: Candidate) -> str:
    """Return the former or coming holder of the office whom the article names; else an empty string."""
    article, match = candidate.article, candidate.match
    state, coming = match.state or article.evidence.home, conditions.is_coming_holder(candidate)
    holders = article.gazetteer.names.leaders.get((match.form.party, state), ())
    named = [one for one in holders if article.evidence.named[one.id] and not one.holds(article.date)]
    suited = [one.id for one in named if (one.since > article.date > "") == coming]
    return suited[0] if len(suited) == 1 else ""


def name_counterpart(candidate: Candidate) -> str:
    """Return the holder of the office of the leader named last, in the state of the form; else the state."""
    office, state = candidate.article.memory.last_office(), candidate.match.state
    return _find_holder(candidate, office, state) if office else state


def name_last_leader(candidate: Candidate) -> str:
    """Return the last leader named, else the state of the demonym."""
    return candidate.article.memory.last_leader() or accept(candidate)


def name_president(candidate: Candidate) -> str:
    """Return the president of the demonym's state, else the state."""
    return _find_holder(candidate, "president", candidate.match.form.party)


def name_ministry(candidate: Candidate) -> str:
    """Return the state whose ministry was named last, else the home state, else the ministry itself."""
    match, words = candidate.match, candidate.passage.words
    article = candidate.article
    department = " ".join(word.folded for word in words[match.start + 1 : match.end])
    department = department or candidate.word.folded[match.clitics :]
    return _find_home(candidate, article.memory.last_ministry(department)) or _name_own_ministry(candidate)


def _name_own_ministry(candidate: Candidate) -> str:
    """Return a ministry as a party of its own, also for its minister."""
    match, words, ministers = candidate.match, candidate.passage.words, load_lexicon().words["ministers"]
    places = range(match.start, match.end)
    first = max((place + 1 for place in places if not ministers.isdisjoint(read_nouns(words[place].folded))), default=0)
    start = words[first].start if first else words[match.start].offset(match.clitics)
    name = f"وزارة {candidate.article.text[start : words[match.end - 1].end]}"
    return candidate.article.gazetteer.names.name_other(name, "government")


def _find_home(candidate: Candidate, told: str) -> str:
    """Return the state that speaks through its official, else the one told, the home state, or the last in play."""
    article = candidate.article
    return candidate.principal or told or article.evidence.home or article.memory.last_state()


def _find_holder(candidate: Candidate, office: str, state: str) -> str:
    """Return the holder of an office, else its state."""
    return candidate.article.find_holder(office, state) or state


RULES: dict[str, dict[Condition, Outcome]] = {
    "name": {
        conditions.is_named_after: refuse,
        conditions.is_told_with_office: refuse,
        conditions.is_elsewhere: refuse,
        conditions.is_sender: name_led,
        conditions.has_several_words: accept,
        conditions.is_inside_person: refuse,
        conditions.is_set_off_word: accept,
        conditions.is_everyday_word: refuse,
        conditions.is_common_leader_name: refuse,
        conditions.is_of_other_person: refuse,
        conditions.is_namesake: refuse,
        conditions.is_in_other_name: refuse,
        conditions.is_common_state_name: refuse,
        conditions.always: accept,
    },
    "capital": {
        conditions.is_inside_city: refuse,
        conditions.is_place: refuse,
        conditions.is_destination: refuse,
        conditions.always: accept,
    },
    "weak": {
        conditions.is_month: refuse,
        conditions.is_other_movement: refuse,
        conditions.is_in_quotes: accept,
        conditions.follows_kind: accept,
        conditions.follows_forces: accept,
        conditions.is_named_club: accept,
        conditions.is_named_body: accept,
        conditions.is_beside_group: accept,
        conditions.is_foe: accept,
        conditions.is_told_outlet: accept,
    },
    "later": {
        conditions.is_named_after: refuse,
        conditions.is_told_with_office: refuse,
        conditions.is_elsewhere: refuse,
        conditions.is_common_short_name: refuse,
        conditions.is_of_other_person: refuse,
        conditions.is_namesake: refuse,
        conditions.is_other_first_name: refuse,
        conditions.is_named_leader: accept,
        conditions.is_titled_leader: accept,
        conditions.is_known_body: accept,
    },
    "demonym": {
        conditions.is_told_surname: refuse,
        conditions.is_person: name_last_leader,
        conditions.is_president: name_president,
        conditions.is_money_or_language: refuse,
        conditions.is_in_language: refuse,
        conditions.is_adverb: refuse,
        conditions.is_surname: refuse,
        conditions.is_common_adjective: refuse,
        conditions.is_agency: name_agency,
        conditions.is_of_named_person: refuse,
        conditions.is_of_one_person: refuse,
        conditions.is_alone: refuse,
        conditions.always: accept,
    },
    "state": {conditions.is_common_adjective: refuse, conditions.always: name_state},
    "body": {conditions.always: name_body},
    "office": {
        conditions.is_common_adjective: refuse,
        conditions.is_former_holder: name_former_holder,
        conditions.is_sender: name_led,
        conditions.is_before_name: name_state,
        conditions.always: name_holder,
    },
    "counterpart": {conditions.always: name_counterpart},
    "ministry": {
        conditions.is_adjective: refuse,
        conditions.is_former_holder: refuse,
        conditions.always: name_ministry,
    },
    "bare": {
        conditions.is_other_body: refuse,
        conditions.is_former_holder: name_former_holder,
        conditions.is_main: refuse,
        conditions.is_read_with_body: refuse,
        conditions.is_deputy: name_home_state,
        conditions.is_before_name: refuse,
        conditions.always: name_last_holder,
    },
    "home": {
        conditions.is_other_body: refuse,
        conditions.is_read_with_body: refuse,
        conditions.always: name_home_body,
    },
    "bare_body": {
        conditions.is_other_body: refuse,
        conditions.is_read_with_body: refuse,
        conditions.always: name_last_body,
    },
}
"""Role of a form to its rules, in order: a condition, and what names the party if it holds.

A form of which no condition holds is no mention, nor is one whose party is an empty string.
"""
