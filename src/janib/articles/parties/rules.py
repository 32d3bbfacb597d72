"""The rules that tell which party a form names at its place, if any.

:data:`RULES` has an ordered table for each role of a form: the first rule that holds decides. An example and a
counter-example of each are in ``tests/unit/articles/party_rules.jsonl``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from janib.articles.lexicon import add_article, is_definite, is_relational, load_lexicon, strip_article, strip_joined
from janib.articles.parties.evidence import Evidence
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.memory import Memory, MentionDraft
from janib.articles.parties.name_trie import Match
from janib.articles.parties.party import Party
from janib.articles.parties.passage import Passage
from janib.text.spelling import Word, fold, strip_clitics

OPENING_MARKS, CLOSING_MARKS = '«“("[', '»”)"]'

_TRAVEL_REACH = 4  # words before a city in which a word of travel is looked for


@dataclass
class ArticleContext:
    """What the rules know of an article.

    Attributes
    ----------
    date
        ISO date by which an office finds its holder; may be empty.
    """

    text: str
    gazetteer: Gazetteer
    evidence: Evidence
    memory: Memory
    date: str


@dataclass(slots=True)
class Candidate:
    """A form at its place.

    Attributes
    ----------
    drafts
        The mentions found before it in its sentence.
    """

    match: Match
    passage: Passage
    drafts: list[MentionDraft]
    article: ArticleContext

    @property
    def word(self) -> Word:
        """Its first word."""
        return self.passage.words[self.match.start]

    @property
    def clitic(self) -> str:
        """The letters before it in its first word."""
        return self.word.folded[: self.match.clitics]

    @property
    def before(self) -> str:
        """The folded word before it, empty where a clause or quotation starts."""
        return self.passage.before(self.match.start)

    @property
    def party(self) -> Party:
        """The party whose form it is."""
        return self.article.gazetteer.parties[self.match.form.party]

    @property
    def is_own(self) -> bool:
        """Whether the party is one of the user's list."""
        return self.match.form.party in self.article.gazetteer.own

    @property
    def is_extended(self) -> bool:
        """Whether an adjective after it makes another body of it."""
        return self.passage.extends_noun(self.match.end)

    @property
    def is_introduced(self) -> bool:
        """Whether a verb of speech or a citation precedes it."""
        cited = bool(self.before) and load_lexicon().cites(self.before)
        return cited or self.follows_verb

    @property
    def follows_verb(self) -> bool:
        """Whether a verb of speech, or قوله, precedes it."""
        return bool(self.before) and (self.has_before("said_by") or self.passage.is_speech(self.match.start - 1))

    @property
    def last_draft(self) -> MentionDraft | None:
        """The mention that ends where it starts."""
        return self.drafts[-1] if self.drafts and self.drafts[-1].last == self.match.start else None

    def has_before(self, *lists: str) -> bool:
        """Tell whether the word before it is in one of the lists."""
        return any(self.before in load_lexicon().words[name] for name in lists)

    def count_names(self) -> int:
        """Return how often the article names its party by a form that is its own alone."""
        return self.article.evidence.named[self.match.form.party]


Predicate = Callable[[Candidate], bool]
Outcome = Callable[[Candidate], str]


class Rule(NamedTuple):
    """What a form names if something holds.

    Attributes
    ----------
    holds
        The reason.
    find_party
        Returns the party, or an empty string where the form is no mention.
    """

    holds: Predicate
    find_party: Outcome

    @property
    def name(self) -> str:
        """The name of the reason."""
        return self.holds.__name__


def find_party(candidate: Candidate) -> str:
    """Return the party that a form names at its place, or an empty string."""
    rules = RULES[candidate.match.form.role]
    return next((rule.find_party(candidate) for rule in rules if rule.holds(candidate)), "")


# Outcomes -------------------------------------------------------------------------------------------------------


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
    article, match = candidate.article, candidate.match
    return article.memory.find_holder(match.form.party, match.state, article.date) or match.state


def name_last_holder(candidate: Candidate) -> str:
    """Return the last leader named who holds the office."""
    return candidate.article.memory.last_holder(candidate.match.form.party)


def name_counterpart(candidate: Candidate) -> str:
    """Return the holder of the office of the leader named last, in the state of the form; else the state."""
    article, state = candidate.article, candidate.match.state
    office = article.memory.last_office()
    return (article.memory.find_holder(office, state, article.date) if office else "") or state


def name_last_leader(candidate: Candidate) -> str:
    """Return the last leader named, else the state of the demonym."""
    return candidate.article.memory.last_leader() or accept(candidate)


def name_president(candidate: Candidate) -> str:
    """Return the president of the demonym's state, else the state."""
    article, state = candidate.article, candidate.match.form.party
    return article.memory.find_holder("president", state, article.date) or state


def name_ministry(candidate: Candidate) -> str:
    """Return the state whose ministry was named last, else the home state."""
    match, words = candidate.match, candidate.passage.words
    article = candidate.article
    department = " ".join(word.folded for word in words[match.start + 1 : match.end])
    department = department or candidate.word.folded[match.clitics :]
    return article.memory.last_ministry(department) or article.evidence.home


# Reasons: names -------------------------------------------------------------------------------------------------


def always(candidate: Candidate) -> bool:
    """Hold for every form: the last rule of a table."""
    return True


def has_several_words(candidate: Candidate) -> bool:
    """Tell whether it has more than one word."""
    return candidate.match.end - candidate.match.start > 1


def is_set_off_word(candidate: Candidate) -> bool:
    """Tell whether it is an everyday word that quotation marks or the noun of its kind make a name: (وان)."""
    return is_everyday_word(candidate) and _is_set_off(candidate)


def is_everyday_word(candidate: Candidate) -> bool:
    """Tell whether it is also an everyday word with a clitic: وان is "and that", بحماس "with zeal"."""
    lists, folded = load_lexicon().words, candidate.word.folded
    everyday = lists["everyday_words"] | lists["citations"]
    return folded in lists["also_adverbs"] or any(
        clitics and rest in everyday for clitics, rest in strip_clitics(folded)
    )


def is_common_leader_name(candidate: Candidate) -> bool:
    """Tell whether it is a leader's name, also an everyday word, without a title or a verb of speech before it."""
    common = candidate.party.kind == "leader" and candidate.word.folded in load_lexicon().words["common_family_names"]
    return common and not (candidate.has_before("leader_titles") or candidate.is_introduced)


def is_in_other_name(candidate: Candidate) -> bool:
    """Tell whether a state's name is part of a river's, a sea's or a person's: نهر الأردن."""
    if candidate.party.kind != "state":
        return False
    return candidate.has_before("before_place_names", "personal_titles") or _follows_first_name(candidate)


def is_common_state_name(candidate: Candidate) -> bool:
    """Tell whether a state's name is also an everyday word, and nothing says that the state is meant: مالي."""
    common = candidate.word.folded in load_lexicon().words["common_state_names"]
    return common and not candidate.has_before("before_states")


# Reasons: capitals ----------------------------------------------------------------------------------------------


def is_inside_city(candidate: Candidate) -> bool:
    """Tell whether ب means "in" the city, and is not asked for by a verb: ندّدت بباريس."""
    return "ب" in candidate.clitic and not _takes_object(candidate)


def is_place(candidate: Candidate) -> bool:
    """Tell whether the word before says that the city is only a place: مطار القاهرة."""
    if "ب" in candidate.clitic and _is_verb(candidate.before):  # عبّرت ببغداد, but عبر بغداد
        return False
    return candidate.has_before("place_words") or _follows_first_name(candidate)


def is_destination(candidate: Candidate) -> bool:
    """Tell whether somebody travels to or from the city."""
    if not candidate.has_before("from_and_to") and "ل" not in candidate.clitic:
        return False
    travel, start = load_lexicon().words["travel_words"], candidate.match.start
    near = [word.folded for word in candidate.passage.words[max(0, start - _TRAVEL_REACH) : start]]
    return any(word in travel or word.removeprefix("و") in travel for word in near)


# Reasons: words that are a name only in some places ---------------------------------------------------------------


def is_in_quotes(candidate: Candidate) -> bool:
    """Tell whether it is in quotation marks or brackets."""
    last = candidate.passage.words[candidate.match.end - 1]
    closing = candidate.article.text[last.end : last.end + 1]
    return candidate.word.gap[-1:] in tuple(OPENING_MARKS) and closing in tuple(CLOSING_MARKS)


def follows_kind(candidate: Candidate) -> bool:
    """Tell whether the noun of a kind precedes it: قناة الغد."""
    return strip_article(candidate.before) in load_lexicon().words["kind_nouns"]


def is_named_club(candidate: Candidate) -> bool:
    """Tell whether the article names the club, or the company of the user's list, by a fuller name."""
    kind = candidate.party.kind
    if kind != "club" and not (kind == "company" and candidate.is_own):
        return False
    return candidate.count_names() > 0 and (candidate.has_before("professions") or not candidate.is_extended)


def is_told_outlet(candidate: Candidate) -> bool:
    """Tell whether somebody spoke to the outlet: قال للحرة."""
    return candidate.party.kind == "outlet" and "ل" in candidate.clitic and not candidate.is_extended


def _is_set_off(candidate: Candidate) -> bool:
    return any(rule.holds(candidate) for rule in RULES["weak"])


# Reasons: short forms beside the full name ------------------------------------------------------------------------


def is_common_short_name(candidate: Candidate) -> bool:
    """Tell whether it is a last name, also an everyday word, which neither a title nor a verb of speech introduces."""
    if candidate.word.folded not in load_lexicon().words["common_family_names"]:
        return False
    titled = candidate.has_before("leader_titles")
    if titled and candidate.party.holds(candidate.article.date):
        return False
    return not (candidate.count_names() and (titled or candidate.is_introduced))


def is_named_leader(candidate: Candidate) -> bool:
    """Tell whether the article names the leader by his full name."""
    return candidate.party.kind == "leader" and candidate.count_names() > 0


def is_titled_leader(candidate: Candidate) -> bool:
    """Tell whether a title or an office precedes the leader's last name."""
    office = candidate.last_draft is not None and candidate.last_draft.role == "office"
    return candidate.party.kind == "leader" and (office or candidate.has_before("leader_titles"))


def is_known_body(candidate: Candidate) -> bool:
    """Tell whether the article names the body by its full name, or the user's list has it."""
    if candidate.party.kind == "leader" or candidate.is_extended:
        return False
    return candidate.is_own or candidate.count_names() > 0


# Reasons: demonyms ------------------------------------------------------------------------------------------------


def is_person(candidate: Candidate) -> bool:
    """Tell whether a nationality means a man named before: وتمنى السويسري."""
    word = candidate.word.folded
    singular = candidate.match.clitics == 0 and is_definite(word) and word.endswith("ي")
    followed = is_definite(candidate.passage.after(candidate.match.end))
    return singular and not followed and candidate.follows_verb


def is_president(candidate: Candidate) -> bool:
    """Tell whether a nationality is one of two presidents: الرئيسان الروسي والأميركي."""
    place = candidate.match.start - 1
    if candidate.match.clitics == 1 and candidate.last_draft:
        place = candidate.last_draft.first - 1
    if place < 0:
        return False
    nouns = strip_clitics(candidate.passage.words[place].folded)
    return any(load_lexicon().duals.get(noun) == ("leader",) for _, noun in nouns)


def is_money_or_language(candidate: Candidate) -> bool:
    """Tell whether it is part of a currency, a language, a sea or the like: دينار كويتي, البحر العربي."""
    if candidate.has_before("prepositions"):  # بين is no ب before ين, the yen
        return False
    noun = _strip_noun(candidate.before)
    money = load_lexicon().words["money_and_languages"]
    return not money.isdisjoint((candidate.before, noun, add_article(noun))) or candidate.has_before("fixed_compounds")


def is_in_language(candidate: Candidate) -> bool:
    """Tell whether it says in which language: بالعربية."""
    return candidate.word.folded in load_lexicon().words["languages"]


def is_surname(candidate: Candidate) -> bool:
    """Tell whether it is the last name of a person: أحمد المصري, الدكتور المصري."""
    titled = candidate.has_before("honorifics") and not candidate.has_before("office_titles", "abbreviated_titles")
    return titled or _follows_first_name(candidate)


def is_common_adjective(candidate: Candidate) -> bool:
    """Tell whether it is also an everyday adjective, and the article never names the state: العجز المالي."""
    if load_lexicon().words["common_adjectives"].isdisjoint(map(fold, candidate.party.demonyms)):
        return False
    return candidate.count_names() == candidate.article.evidence.adjectives[candidate.match.form.party]


def is_of_named_person(candidate: Candidate) -> bool:
    """Tell whether it is the nationality of a person whose name follows: المدرب البرتغالي جورج سيلفا."""
    end, words = candidate.match.end, candidate.passage.words
    if not _is_definite_singular(candidate) or end >= len(words) or not words[end].gap.isspace():
        return False
    lists, noun = load_lexicon().words, _strip_noun(candidate.before)
    if noun in lists["professions"] and looks_like_person(candidate.passage, end):
        return True
    person = noun in lists["professions"] or noun in lists["persons"]
    described = person or _starts_apposition(candidate) or _follows_club_of_person(candidate)
    return described and load_lexicon().is_first_name(words[end].folded)


def _is_definite_singular(candidate: Candidate) -> bool:
    folded, clitic = candidate.word.folded[candidate.match.clitics :], candidate.clitic
    definite = is_definite(folded) or (clitic.endswith("ل") and folded.startswith("ل"))  # للسويسري
    return definite and is_relational(folded)


def _starts_apposition(candidate: Candidate) -> bool:
    before = candidate.before
    return "،" in candidate.word.gap or not before or load_lexicon().is_everyday(before)


def _follows_club_of_person(candidate: Candidate) -> bool:
    """Tell whether a club with a person's noun precedes it: مدرب الأهلي السويسري مارسيل كولر."""
    club = candidate.last_draft
    if club is None or club.first == 0 or candidate.article.gazetteer.find(club.party).kind != "club":
        return False
    noun = candidate.passage.words[club.first - 1].folded
    return strip_joined(noun) in load_lexicon().words["professions"]


def looks_like_person(passage: Passage, place: int) -> bool:
    """Tell whether two words look like the name of a person: neither is everyday, the first is not definite."""
    pair = passage.words[place : place + 2]
    if len(pair) < 2 or not pair[1].gap.isspace():
        return False
    first = pair[0].folded
    if is_definite(first.removeprefix("و")) or first.startswith("لل") or first.endswith(("ا", "ه")):
        return False
    return not any(load_lexicon().is_everyday(word.folded) or word.folded.isdigit() for word in pair)


# Reasons: offices and bodies without their state ------------------------------------------------------------------


def is_former_holder(candidate: Candidate) -> bool:
    """Tell whether a former or future holder is meant: الرئيس السابق."""
    return candidate.passage.after(candidate.match.end) in load_lexicon().words["former_or_future"]


def is_other_body(candidate: Candidate) -> bool:
    """Tell whether an adjective after it makes another body or office of it."""
    return candidate.is_extended


def is_read_with_body(candidate: Candidate) -> bool:
    """Tell whether the body whose office it is follows: الأمين العام للأمم المتحدة."""
    end = candidate.match.end
    if not candidate.passage.after(end).startswith("ل"):
        return False
    return any(match.clitics == 1 and match.form.role == "name" for match in candidate.passage.matches.get(end, ()))


def is_adjective(candidate: Candidate) -> bool:
    """Tell whether the name of a department is an adjective: السياسة الخارجية, but قالت الخارجية."""
    if has_several_words(candidate):
        return False
    return is_definite(candidate.before.removeprefix("و")) or candidate.is_extended


# Words around -----------------------------------------------------------------------------------------------------


def _follows_first_name(candidate: Candidate) -> bool:
    return load_lexicon().is_first_name(candidate.before)


def _is_verb(word: str) -> bool:
    return load_lexicon().find_form(word)[0] is not None


def _takes_object(candidate: Candidate) -> bool:
    """Tell whether the word before is a verb that may ask for ب: of speech, feminine, or like يتصل."""
    return _is_verb(candidate.before) or candidate.before.endswith(("ت", "ل"))


def _strip_noun(noun: str) -> str:
    return strip_article(noun.removeprefix("و").removeprefix("ب").removeprefix("ل"))


RULES: dict[str, tuple[Rule, ...]] = {
    "name": (
        Rule(has_several_words, accept),
        Rule(is_set_off_word, accept),
        Rule(is_everyday_word, refuse),
        Rule(is_common_leader_name, refuse),
        Rule(is_in_other_name, refuse),
        Rule(is_common_state_name, refuse),
        Rule(always, accept),
    ),
    "capital": (
        Rule(is_inside_city, refuse),
        Rule(is_place, refuse),
        Rule(is_destination, refuse),
        Rule(always, accept),
    ),
    "weak": (
        Rule(is_in_quotes, accept),
        Rule(follows_kind, accept),
        Rule(is_named_club, accept),
        Rule(is_told_outlet, accept),
    ),
    "later": (
        Rule(is_common_short_name, refuse),
        Rule(is_named_leader, accept),
        Rule(is_titled_leader, accept),
        Rule(is_known_body, accept),
    ),
    "demonym": (
        Rule(is_person, name_last_leader),
        Rule(is_president, name_president),
        Rule(is_money_or_language, refuse),
        Rule(is_in_language, refuse),
        Rule(is_surname, refuse),
        Rule(is_common_adjective, refuse),
        Rule(is_of_named_person, refuse),
        Rule(always, accept),
    ),
    "state": (Rule(always, name_state),),
    "body": (Rule(always, name_body),),
    "office": (Rule(is_former_holder, refuse), Rule(always, name_holder)),
    "counterpart": (Rule(always, name_counterpart),),
    "ministry": (Rule(is_adjective, refuse), Rule(always, name_ministry)),
    "bare": (
        Rule(is_other_body, refuse),
        Rule(is_former_holder, refuse),
        Rule(is_read_with_body, refuse),
        Rule(always, name_last_holder),
    ),
    "bare_body": (Rule(is_other_body, refuse), Rule(always, name_last_body)),
}
"""Role of a form to its rules, in order; a form of which none holds is no mention."""
