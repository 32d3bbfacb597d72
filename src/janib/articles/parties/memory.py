"""The parties that an article has named so far, the holders of offices, and the persons who speak for a party."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from janib.articles.lexicon import is_definite, load_lexicon, strip_article, strip_feminine
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.party import Party
from janib.articles.parties.passage import Passage, ends_clause
from janib.articles.spans import How
from janib.text.spelling import Word, split_words, strip_clitics

REMEMBERED = 200
"""Mentions behind which no short form reaches back."""

_OFFICE_REACH = 6  # mentions in which the office of نظيره is looked for
_STATE_REACH = 3  # mentions in which the state of a body without one is looked for
_MOST_JOINED = 3  # parties named together that are kept: more than two are no pair
_PAIR_REACH = 4  # words between two names that are joined by و
_COUNTERPART_REACH = 12  # words between an official and his counterpart
_NOUN_REACH = 7  # words before a mention in which the noun of its person or organ is looked for
_NEAR_DRAFTS = 8  # mentions of a sentence that a pair or such a noun can go back to
_LONGEST_NAME = 7  # words
_SPACES = " \t\u00a0"


@dataclass(slots=True)
class MentionDraft:
    """A mention in the making.

    Attributes
    ----------
    first, last
        Its words in the sentence, the last one exclusive.
    start, end
        Its offsets in the text.
    party, how
        As in :class:`janib.articles.spans.Mention`.
    role
        That of its form, as in :class:`janib.articles.parties.name_trie.NameForm`; also ``family`` (the name of an
        official), ``short`` (a short form or dual) and ``title`` (the title before a leader's name).
    office
        The office or the template of a body that it names; of a ministry its department.
    state
        The state with which its form is composed, or the body whose head it names.
    clitic
        Letters before it in its first word.
    head
        Its first noun, folded and without article.
    """

    first: int
    last: int
    start: int
    end: int
    party: str
    how: How
    role: str
    office: str = ""
    state: str = ""
    clitic: str = ""
    head: str = ""

    def set_start(self, words: Sequence[Word], first: int, clitics: int) -> None:
        """Move its start to a word, of which the first ``clitics`` letters are left out."""
        word = words[first]
        self.first, self.start, self.clitic = first, word.offset(clitics), word.folded[:clitics]


def make_draft(
    words: Sequence[Word], first: int, last: int, clitics: int, party: str, how: How, role: str
) -> MentionDraft:
    """Make the mention of words ``first`` to ``last``, of which the first ``clitics`` letters are left out."""
    draft = MentionDraft(first, last, 0, words[last - 1].end, party, how, role)
    draft.set_start(words, first, clitics)
    return draft


class Memory:
    """The parties named so far, the persons who speak for them, and the pairs that a dual can mean.

    Attributes
    ----------
    history
        The last mentions, the oldest first.
    pairs
        The two parties that were last named together, then the two that the last dual meant.
    joined
        The last parties that were named together, three at most, which are no pair.
    since_pair
        Mentions since one of these was found.
    people
        First word of an official's full or family name to the rest of it and his party.
    introduced
        Offsets of the words of names that stand directly before the office of their bearer: his party is named there.

    Parameters
    ----------
    speaking
        Folded words right after a verb of speech: a name that ends in one is a person's, also if its first is unknown.
    """

    def __init__(self, gazetteer: Gazetteer, speaking: Collection[str] = ()) -> None:
        self._gazetteer = gazetteer
        self._speaking = speaking
        self._lists = load_lexicon().words
        self.history: deque[MentionDraft] = deque(maxlen=REMEMBERED)
        self.pairs: list[tuple[str, str] | None] = [None, None]
        self.joined: tuple[str, ...] = ()
        self._last_joined: MentionDraft | None = None
        self.since_pair = 0
        self._holders: dict[tuple[str, str], str] = {}
        self._persons: dict[str, str] = {}  # المتحدث -> who he speaks for
        self.people: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self.introduced: set[int] = set()
        self._countries: dict[str, str] = {}  # الأهلي المصري: the state that an adjective gave a party

    def set_office_holder(self, leader: str, office: str, of: str) -> None:
        """Record that a leader holds an office, as the article says."""
        if office and of:
            self._holders[office, of] = leader

    def is_told(self, office: str, of: str) -> bool:
        """Tell whether the article says who holds an office."""
        return (office, of) in self._holders

    def find_holder(self, office: str, of: str, date: str) -> str:
        """Return who holds an office: as the article says, else as the gazetteer knows for the date.

        Of several, it is the last who took it: a leader who came back has one entry, with the others' terms inside his.
        """
        if (office, of) in self._holders:
            return self._holders[office, of]
        known = self._gazetteer.names.leaders.get((office, of), ())
        return max((party for party in known if party.holds(date)), key=lambda party: party.since, default=Party("")).id

    def last_office(self) -> str:
        """Return the office of the last leader named by or with it."""
        for draft in islice(reversed(self.history), _OFFICE_REACH):
            entry = self._gazetteer.find(draft.party)
            if entry.kind == "leader":
                return draft.office if draft.role == "office" else entry.office
            if entry.kind == "state":
                return ""
        return ""

    def last_holder(self, office: str) -> str:
        """Return the last leader named who holds an office."""
        held = {leader for (known, _), leader in self._holders.items() if known == office}
        for draft in reversed(self.history):
            entry = self._gazetteer.find(draft.party)
            if entry.kind == "leader" and (office in (entry.office, draft.office) or draft.party in held):
                return draft.party
        return held.pop() if len(held) == 1 else ""

    def last_leader(self) -> str:
        """Return the last leader named."""
        parties = (draft.party for draft in reversed(self.history))
        return next((party for party in parties if self._gazetteer.find(party).kind == "leader"), "")

    def last_country(self, body: str) -> str:
        """Return the state whose body of that template was named last."""
        return next((draft.state for draft in reversed(self.history) if draft.office == body and draft.state), "")

    def last_state(self) -> str:
        """Return the state last in play: named, led by a leader named, or that of a body named."""
        for draft in islice(reversed(self.history), _STATE_REACH):
            entry = self._gazetteer.find(draft.party)
            for state in (entry.id, entry.of, draft.state):
                if self._gazetteer.is_state(state):
                    return state
        return ""

    def last_ministry(self, department: str) -> str:
        """Return the state whose ministry of that department was named last."""
        for draft in reversed(self.history):
            if draft.head in self._lists["ministers"] and department and department in draft.office:
                return draft.party
        return ""

    def set_country(self, party: str, state: str) -> None:
        """Record that a party is of a state, as the article says."""
        self._countries[party] = state

    def find_country(self, party: str) -> str:
        """Return the state of a body: as the article or the gazetteer says, else by its name (الأهلي المصري)."""
        if party not in self._countries:
            entry = self._gazetteer.find(party)
            named = (state for name in (entry.ar, *entry.names) for state in self._list_demonyms(name))
            self._countries[party] = entry.of or next(named, "")
        return self._countries[party]

    def _list_demonyms(self, name: str) -> Iterator[str]:
        words = list(split_words(name))
        for place, word in enumerate(words):
            if is_definite(word.folded):
                for _, state in self._gazetteer.names.match_demonym(words, place, word.folded):
                    yield state

    def remember(self, passage: Passage, draft: MentionDraft, drafts: Sequence[MentionDraft]) -> None:
        """Record a mention and the person or organ before it that speaks for its party."""
        words = passage.words
        draft.head = strip_article(words[draft.first].folded[len(draft.clitic) :])
        if draft.head in self._lists["ministers"]:
            draft.office = " ".join(word.folded for word in words[draft.first + 1 : draft.last])
        if draft.clitic == "و" or draft.role == "counterpart":
            self._record_pair(passage, draft, drafts)
        self.history.append(draft)
        self.since_pair += 1
        noun, _ = self._find_noun(passage, draft, drafts)
        if noun:
            self._persons[strip_feminine(noun)] = draft.party
        if _is_official(draft):
            self._persons[strip_feminine(draft.head)] = draft.party

    def undo(self) -> None:
        """Take back the last mention, which turned out to be a title."""
        self.history.pop()

    def set_meant_pair(self, pair: tuple[str, str]) -> None:
        """Record the two parties that a dual meant."""
        self.pairs[1] = pair
        self.since_pair = 0

    def _record_pair(self, passage: Passage, draft: MentionDraft, drafts: Sequence[MentionDraft]) -> None:
        """Record two parties that are joined by و, or of an official and his counterpart."""
        counterpart = draft.role == "counterpart"
        others = [other for other in drafts[-_NEAR_DRAFTS:] if other.last <= draft.first and other.party != draft.party]
        if counterpart:  # of another official, not of what they talk about
            others = [other for other in others if other.role in ("state", "office") or other.office] or others
        if not others:
            return
        between = passage.words[others[-1].last : draft.first + 1]
        if counterpart:
            joined = len(between) <= _COUNTERPART_REACH
        else:
            joined = len(between) <= _PAIR_REACH and not any(map(ends_clause, between))
        if not joined:
            return
        self.since_pair = 0
        if draft.clitic == "و" and self._last_joined is others[-1] and len(between) == 1:
            self.joined = (*self.joined, draft.party)[-_MOST_JOINED:]
            self.pairs = [None, None]  # of three, no two are the parties of a dual
        else:
            self.joined = pair = (others[-1].party, draft.party)
            self.pairs[0] = pair
        self._last_joined = draft

    def find_person(self, noun: str) -> str:
        """Return the party for whom a person or organ spoke that is now named by its noun alone."""
        return self._persons.get(strip_feminine(noun), "")

    def find_official(self, words: Sequence[Word], place: int, name: str) -> tuple[int, str] | None:
        """Return the word after an official's name that starts with ``name``, and his party."""
        if words[place].start in self.introduced:
            return None
        for rest, party in self.people.get(name, ()):
            last = place + 1 + len(rest)
            if tuple(word.folded for word in words[place + 1 : last]) == rest:
                return last, party
        return None

    def is_family(self, name: str) -> bool:
        """Tell whether a folded word starts the name of an official."""
        return name in self.people

    def _find_noun(self, passage: Passage, draft: MentionDraft, drafts: Sequence[MentionDraft]) -> tuple[str, int]:
        """Find the noun before a mention that makes it someone's body, and its place: المتحدث باسم الوزارة.

        Without such a noun, the place is the mention's own.
        """
        words = passage.words
        ends = (other.last for other in drafts[-_NEAR_DRAFTS:] if other is not draft and other.last <= draft.first)
        taken = max(ends, default=0)
        of_state = draft.role in ("name", "demonym") and self._gazetteer.is_state(draft.party)
        for place in range(draft.first, max(taken, draft.first - _NOUN_REACH), -1):
            if ends_clause(words[place]):
                break
            apart = place == draft.first and draft.role == "name" and not draft.clitic  # زار الوفد مالطا
            for _, reading in strip_clitics(words[place - 1].folded):
                if apart and is_definite(reading):
                    return "", draft.first
                noun = strip_article(reading)
                if noun in self._lists["spokespersons"] or noun in self._lists["organs"]:
                    return noun, place - 1
            before = words[place - 1].folded
            if passage.find_verb(place - 1) or load_lexicon().has_joined("citations", before):
                break
            if before in self._lists["relatives"] or (of_state and load_lexicon().has("bodies", before, clitic=True)):
                break  # رئيس جمعية الصيادين السعودية speaks for no state
        return "", draft.first

    def learn_person(self, passage: Passage, draft: MentionDraft) -> int:
        """Learn the family name of an official named after his office: وزير الخارجية الكويتي الشيخ ناصر المشاري.

        Returns
        -------
        int
            The word after his name, or after the mention if there is none.
        """
        party = self._find_represented(passage, draft)
        if not party:
            return draft.last
        self._learn_before(passage, draft, party)
        words, first = passage.words, draft.last
        while first < len(words) and words[first].folded in self._lists["honorifics"] and _is_near(words[first], " ،."):
            first += 1
        if self._is_listed_leader(passage, first):
            return draft.last
        name = self._read_name(words, first)
        last = first + len(name)
        inserted = _starts_with_comma(words, draft.last) and _starts_with_comma(words, last)
        if not self._is_name(name, inserted) or self._names_party(passage, first, last):
            return draft.last
        if not inserted or len(name) > 4:
            name = self._cut_name(name)
        family = self._find_family(name)
        if len(family[-1]) > 3:  # shorter ones are everyday words too often
            self._set_name(family, party)
            self._set_name(tuple(name), party)
        return first + len(name)

    def _is_name(self, name: Sequence[str], inserted: bool) -> bool:
        """Tell whether words after an office are its holder's name: between commas, with a first name, or he speaks."""
        if len(name) < 2:
            return False
        if inserted or load_lexicon().is_first_name(name[0]) or name[1] in self._lists["second_halves"]:
            return True
        return not is_definite(name[0]) and name[1] in self._speaking

    def _names_party(self, passage: Passage, first: int, last: int) -> bool:
        """Tell whether words that begin with no first name have a listed name in them: وفد من فتح لقاء حماس."""
        if load_lexicon().is_first_name(passage.words[first].folded):
            return False
        places = range(first, last)
        return any(match.form.role == "name" for place in places for match in passage.matches.get(place, ()))

    def _learn_before(self, passage: Passage, draft: MentionDraft, party: str) -> None:
        """Learn the name of an official told directly before his office: خميس المطيري، وزير الخارجية."""
        noun, first = ("", draft.first) if _is_official(draft) else self._find_noun(passage, draft, ())
        clitic = passage.words[first].folded[:1] == "و" if noun else draft.clitic
        if clitic or (noun and noun not in self._lists["spokespersons"]):
            return  # ناصر المشاري ووزير الخارجية: another person
        words, name = passage.words, list[str]()
        if not (noun or _is_official(draft) or _starts_with_comma(words, first)):
            return  # استقبل ناصر المشاري رئيس وزراء اليابان: likewise
        for place in range(first, max(0, first - _LONGEST_NAME), -1):
            before = words[place - 1].folded
            if not _is_near(words[place], _SPACES if name else f"{_SPACES}،") or load_lexicon().is_everyday(before):
                break
            name.insert(0, before)
        told = len(name) > 1 and not is_definite(name[0]) and name[0] in self._speaking
        while name and not told and not load_lexicon().is_first_name(name[0]):
            name.pop(0)
        if len(name) > 1 and len(name[-1]) > 3 and not self._is_listed_leader(passage, first - len(name)):
            self._set_name(tuple(name), party)
            self._set_name(self._find_family(name), party)
            if party == draft.party:
                self.introduced.update(word.start for word in words[first - len(name) : first])

    def _is_listed_leader(self, passage: Passage, place: int) -> bool:
        """Tell whether the name of a leader on the list starts at a word: he has his short forms, and is no other's."""
        parties = (match.form.party for match in passage.matches.get(place, ()) if match.form.role == "name")
        return any(
            party in self._gazetteer.parties and self._gazetteer.find(party).kind == "leader" for party in parties
        )

    def _set_name(self, name: tuple[str, ...], party: str) -> None:
        """Record a name of an official; the last one that bears it is meant."""
        others = [entry for entry in self.people.get(name[0], ()) if entry[0] != name[1:]]
        self.people[name[0]] = sorted([(name[1:], party), *others], key=lambda entry: -len(entry[0]))

    def _find_represented(self, passage: Passage, draft: MentionDraft) -> str:
        """Return the party for whom the person speaks whose office a mention is part of, or an empty string.

        An adviser or envoy of a leader speaks for what the leader leads, his spokesman for himself.
        """
        if posted := self._find_posted(passage, draft):
            return self._find_represented(passage, posted)
        entry = self._gazetteer.find(draft.party)
        if entry.kind != "leader":
            return draft.party if self._introduces_person(passage, draft) else ""
        noun, _ = self._find_noun(passage, draft, ())
        if noun in self._lists["envoys"]:
            return entry.of if entry.office and entry.of in self._gazetteer.parties else ""
        return draft.party if noun in self._lists["speakers_for"] else ""

    def _find_posted(self, passage: Passage, draft: MentionDraft) -> MentionDraft | None:
        """Return the mention of the office whose holder is in the place that a mention names: سفير قطر لدى العراق."""
        if len(self.history) < 2 or self.history[-1] is not draft:
            return None
        office, place = self.history[-2], draft.first - 1
        is_near = office.start >= passage.words[0].start and office.last == place
        return office if is_near and passage.words[place].folded in self._lists["place_prepositions"] else None

    def _introduces_person(self, passage: Passage, draft: MentionDraft) -> bool:
        before = passage.before(draft.first)
        if draft.role == "office" and load_lexicon().has("persons", before, clitic=True):
            return False  # ابنة الرئيس المصري سامية: the name is hers
        counterpart = draft.role in _COMPOSED and draft.head in self._lists["counterparts"]
        if draft.role == "office" or counterpart or _is_official(draft):
            return True
        return draft.party in self._persons.values() and bool(self._find_noun(passage, draft, ())[0])

    def _read_name(self, words: Sequence[Word], first: int) -> list[str]:
        """Return the words from a place on that can be a person's name."""
        name: list[str] = []
        for word in words[first : first + _LONGEST_NAME]:
            everyday = load_lexicon().is_everyday(word.folded) or any(map(str.isdigit, word.folded))
            if everyday or not _is_near(word, _SPACES if name else f"{_SPACES}،."):
                break
            name.append(word.folded)
        return name

    def _find_family(self, name: Sequence[str]) -> tuple[str, ...]:
        """Return the last name of a person, with the word that belongs to it: آل ثاني, فضل الله."""
        joined = name[-2] in self._lists["name_links"] or name[-1] in self._lists["second_halves"]
        return tuple(name[-2:] if len(name) > 2 and joined else name[-1:])

    def _cut_name(self, name: list[str]) -> list[str]:
        """Return two words, which make a name; a second first name, a link or a half of one takes one more."""
        halves = self._lists["second_halves"]
        parts = self._lists["name_links"] | halves
        length = 2
        while length < len(name) and (
            name[length - 1] in parts or name[length] in halves or load_lexicon().is_first_name(name[length - 1])
        ):
            length += 1
        return name[:length]


_COMPOSED = frozenset(("state", "counterpart", "ministry"))


def _is_official(draft: MentionDraft) -> bool:
    """Tell whether a mention is the office of a person who speaks for a party: وزير الخارجية الياباني."""
    lists = load_lexicon().words
    return draft.head in lists["spokespersons"] and (draft.role in _COMPOSED or draft.head in lists["heads_of_kinds"])


def _is_near(word: Word, marks: str) -> bool:
    """Tell whether nothing but these marks separates a word from the one before."""
    return not word.gap.strip(marks)


def _starts_with_comma(words: Sequence[Word], place: int) -> bool:
    return place < len(words) and "،" in words[place].gap
