"""The rules that tell which party a form names at its place, if any.

:data:`RULES` has an ordered table for each role of a form: the first rule that holds decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from janib.articles.parties import conditions
from janib.articles.parties.candidate import Candidate


class Rule(NamedTuple):
    """A condition, and the party that a form names if it holds.

    Attributes
    ----------
    holds
        The condition.
    find_party
        Returns the party, or an empty string where the form is no mention.
    """

    holds: Callable[[Candidate], bool]
    find_party: Callable[[Candidate], str]


def find_party(candidate: Candidate) -> str:
    """Return the party that a form names at its place, or an empty string."""
    rules = RULES[candidate.match.form.role]
    return next((rule.find_party(candidate) for rule in rules if rule.holds(candidate)), "")


def refuse(candidate: Candidate) -> str:
    """Return no party."""
    return ""


def accept(candidate: Candidate) -> str:
    """Return the party whose form it is."""
    return candidate.match.form.party


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


def name_holder(candidate: Candidate) -> str:
    """Return the holder of the office, else its state."""
    return _find_holder(candidate, candidate.match.form.party, candidate.match.state)


def name_last_holder(candidate: Candidate) -> str:
    """Return the last leader named who holds the office."""
    return candidate.article.memory.last_holder(candidate.match.form.party)


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
    """Return the state whose ministry was named last, else the home state."""
    match, words = candidate.match, candidate.passage.words
    article = candidate.article
    department = " ".join(word.folded for word in words[match.start + 1 : match.end])
    department = department or candidate.word.folded[match.clitics :]
    return article.memory.last_ministry(department) or article.evidence.home


def _find_holder(candidate: Candidate, office: str, state: str) -> str:
    """Return the holder of an office, else its state."""
    return candidate.article.memory.find_holder(office, state, candidate.article.date) or state


RULES: dict[str, tuple[Rule, ...]] = {
    "name": (
        Rule(conditions.has_several_words, accept),
        Rule(conditions.is_set_off_word, accept),
        Rule(conditions.is_everyday_word, refuse),
        Rule(conditions.is_common_leader_name, refuse),
        Rule(conditions.is_in_other_name, refuse),
        Rule(conditions.is_common_state_name, refuse),
        Rule(conditions.always, accept),
    ),
    "capital": (
        Rule(conditions.is_inside_city, refuse),
        Rule(conditions.is_place, refuse),
        Rule(conditions.is_destination, refuse),
        Rule(conditions.always, accept),
    ),
    "weak": (
        Rule(conditions.is_in_quotes, accept),
        Rule(conditions.follows_kind, accept),
        Rule(conditions.is_named_club, accept),
        Rule(conditions.is_told_outlet, accept),
    ),
    "later": (
        Rule(conditions.is_common_short_name, refuse),
        Rule(conditions.is_named_leader, accept),
        Rule(conditions.is_titled_leader, accept),
        Rule(conditions.is_known_body, accept),
    ),
    "demonym": (
        Rule(conditions.is_person, name_last_leader),
        Rule(conditions.is_president, name_president),
        Rule(conditions.is_money_or_language, refuse),
        Rule(conditions.is_in_language, refuse),
        Rule(conditions.is_surname, refuse),
        Rule(conditions.is_common_adjective, refuse),
        Rule(conditions.is_of_named_person, refuse),
        Rule(conditions.always, accept),
    ),
    "state": (Rule(conditions.always, name_state),),
    "body": (Rule(conditions.always, name_body),),
    "office": (Rule(conditions.is_former_holder, refuse), Rule(conditions.always, name_holder)),
    "counterpart": (Rule(conditions.always, name_counterpart),),
    "ministry": (Rule(conditions.is_adjective, refuse), Rule(conditions.always, name_ministry)),
    "bare": (
        Rule(conditions.is_other_body, refuse),
        Rule(conditions.is_former_holder, refuse),
        Rule(conditions.is_read_with_body, refuse),
        Rule(conditions.always, name_last_holder),
    ),
    "bare_body": (Rule(conditions.is_other_body, refuse), Rule(conditions.always, name_last_body)),
}
"""Role of a form to its rules, in order; a form of which none holds is no mention."""
