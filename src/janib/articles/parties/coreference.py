"""Short forms that mean a party named before: a definite noun, a dual, an official's family name."""

from __future__ import annotations

from collections.abc import Sequence

from janib.articles.lexicon import add_article, is_definite, is_relational, load_lexicon, strip_article
from janib.articles.parties.composition import load_home_bodies
from janib.articles.parties.evidence import Evidence
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.memory import REMEMBERED, Memory, MentionDraft, make_draft
from janib.articles.parties.name_trie import NameForm, continues_name
from janib.articles.parties.passage import Passage
from janib.text.spelling import Word, split_words, strip_clitics

_OFFICES = frozenset(("state", "ministry", "office"))
_NEAR = 4  # mentions after three that were named together in which a dual means no two of them
_RECENT = 12  # mentions; so far back a noun means what was named with it rather than what is of its kind


class Coreference:
    """Finds what short forms mean in an article.

    Parameters
    ----------
    gazetteer
        The parties to look for.
    memory
        Those named so far.
    evidence
        Whom the whole article names, and the state where it is at home, whose government and army it means if none was
        named.
    """

    def __init__(self, gazetteer: Gazetteer, memory: Memory, evidence: Evidence) -> None:
        self._gazetteer = gazetteer
        self._memory = memory
        self._evidence = evidence
        self._lexicon = load_lexicon()
        self._lists = self._lexicon.words
        self._heads: dict[str, frozenset[str]] = {}

    def find_family(self, passage: Passage, place: int) -> MentionDraft | None:
        """Return a mention of an official by his family name alone."""
        for clitics, name in strip_clitics(passage.words[place].folded):
            if found := self._memory.find_official(passage.words, place, name):
                last, party = found
                if self._is_other(passage, place, name) or self._precedes_office(passage, last):
                    return None
                return make_draft(passage.words, place, last, clitics, party, "coreference", "family")
        return None

    def _precedes_office(self, passage: Passage, place: int) -> bool:
        """Tell whether the office of the person before starts at a word: his name is then part of it."""
        return any(match.clitics == 0 and match.form.role in _OFFICES for match in passage.matches.get(place, ()))

    def _is_other(self, passage: Passage, place: int, name: str) -> bool:
        """Tell whether a family name belongs to somebody with another first name, or is a nationality here."""
        before = passage.words[place - 1].folded if place else ""
        if self._lexicon.is_first_name(before) and passage.words[place].gap.isspace():
            return True
        adjective = is_definite(name) and name.endswith("ي")
        if not adjective or not any(self._gazetteer.names.match_demonym(passage.words, place, name)):
            return False
        return not (passage.is_speech(place - 1) or self._lexicon.has_joined("citations", before))

    def resolve(self, passage: Passage, place: int) -> list[MentionDraft]:
        """Return what a definite short form or a dual means: one mention, two at one place, or none."""
        for clitics, noun in strip_clitics(passage.words[place].folded):
            if noun in self._lexicon.duals:
                parties = self._resolve_dual(passage, place, noun)
            else:
                party = self._resolve_noun(passage, place, noun) if is_definite(noun) else ""
                parties = (party,) if party else ()
            if parties:
                last = place + 1
                if len(parties) == 1 and noun in self._lists["heads"]:
                    last = self._skip_nationality(passage.words, last)
                elif noun in self._lists["countries"]:
                    last = self._skip_region(passage, last)
                return [
                    make_draft(passage.words, place, last, clitics, party, "coreference", "short") for party in parties
                ]
        return []

    def _skip_nationality(self, words: Sequence[Word], place: int) -> int:
        """Return the word after the nationality of a short form: النادي المغربي."""
        if place < len(words) and words[place].gap.isspace() and is_definite(words[place].folded):
            found = next(self._gazetteer.names.match_demonym(words, place, words[place].folded), None)
            return found[0] if found else place
        return place

    def _skip_region(self, passage: Passage, place: int) -> int:
        """Return the word after the adjectives of a country: البلد العربي المذكور."""
        while passage.after(place) in self._lists["regional"]:
            place += 1
        return place

    def _resolve_noun(self, passage: Passage, place: int, noun: str) -> str:
        following = passage.after(place + 1)
        if following in self._lists["former_or_future"] or f"{noun}_{following}" in self._lists["no_open_names"]:
            return ""
        state = ""
        if is_definite(following) and following not in self._lists["not_epithets"]:
            demonyms = self._gazetteer.names.match_demonym(passage.words, place + 1, following)
            state = next((state for _, state in demonyms), "")
            if not state and passage.extends_noun(place + 1):
                regional = noun in self._lists["countries"] and following in self._lists["regional"]
                return self._memory.last_state() if regional else ""
        party = self._find_body(strip_article(noun), state) if noun in self._lists["heads"] else ""
        if not party and not state and noun in self._lists["epithets_of_groups"]:
            party = self._evidence.main_group
        if party or state:
            return party
        person = self._memory.find_person(strip_article(noun))
        office = any(match.form.role == "bare" for match in passage.matches.get(place, ()))
        if person and not ((office or noun in self._lists["also_adjectives"]) and passage.qualifies_noun(place)):
            named = self._memory.is_family(following) or self._lexicon.is_first_name(following)
            other = named or following in self._lists["on_behalf"] or following in self._lists["person_prepositions"]
            return "" if other else person  # المتحدث باسم, الوزير ناصر, القيادي في
        before = strip_article(passage.before(place).removeprefix("و"))
        is_office = before in self._lists["before_home"] and not load_home_bodies().get(noun)  # but قائد الجيش
        if is_office or f"{noun}_{following}" in self._lists["no_home_bodies"]:
            return ""
        told = noun not in self._lists["only_with_forces"] or before in self._lists["forces"]
        return (self._find_home_body(noun) if told else "") or self._name_itself(passage, place, noun)

    def _name_itself(self, passage: Passage, place: int, noun: str) -> str:
        """Return a coalition or rebels whom nothing in the article tells as a party of their own."""
        kind = next((kind for kind, nouns in self._lexicon.groups["named_alone"].items() if noun in nouns), "")
        word = passage.words[place]
        if not kind or not word.folded.endswith(noun) or not (kind == "armed_group" or passage.is_actor(place)):
            return ""
        written = word.surface[word.offset(len(word.folded) - len(noun)) - word.start :]
        if kind == "armed_group" and written.endswith("ين"):
            written = f"{written.removesuffix('ين')}ون"
        return self._gazetteer.names.name_other(written, kind)

    def _find_home_body(self, noun: str) -> str:
        template = load_home_bodies().get(noun)
        if template is None:
            return ""
        home, last = (state if self._is_called(state, noun) else "" for state in self._list_states())
        state = last or home if noun in self._lists["of_last_state"] else home or last
        return self._gazetteer.names.name_body(NameForm("body", template), state) if state and template else state

    def _find_body(self, noun: str, state: str) -> str:
        """Return the last party that was named with the noun, else the last of a name or kind that has it."""
        noun = self._to_subject(noun)
        suited = [draft for draft in reversed(self._memory.history) if not state or self._is_of(draft.party, state)]
        ministers = self._lists["ministers"] if noun in self._lists["ministers"] else frozenset((noun,))
        for draft in suited[:_RECENT]:
            if draft.head in ministers:
                return draft.party
        return next(filter(None, (self._match_noun(draft, noun) for draft in suited)), "")

    def _list_states(self) -> tuple[str, str]:
        """Return the state where the article is at home, and the one last in play."""
        return self._evidence.home, self._memory.last_state()

    def _is_called(self, state: str, noun: str) -> bool:
        """Tell whether a state can be meant by a noun: السلطنة is one that a name of it calls so."""
        if noun not in self._lists["forms_of_state"] or not state:
            return True
        party = self._gazetteer.find(state)
        names = (word for name in (party.ar, *party.names) for word in split_words(name))
        return any(strip_article(word.folded) == strip_article(noun) for word in names)

    def _to_subject(self, noun: str) -> str:
        """Return an epithet of many as a subject has it: المتمردين is المتمردون."""
        return f"{noun.removesuffix('ين')}ون" if add_article(noun) in self._lists["epithets_of_groups"] else noun

    def _match_noun(self, draft: MentionDraft, noun: str) -> str:
        """Return the party that a noun means if it goes back to a mention, else an empty string."""
        named = draft.role not in ("short", "family") and noun in self._list_heads(draft.party)
        if draft.head == noun or named:
            return draft.party
        body = self._gazetteer.find(draft.party).of
        if body in self._gazetteer.parties and noun in self._list_heads(body):
            return body
        organ = noun in self._lists["organs"] and self._memory.find_person(noun) == draft.party
        return draft.party if organ else ""

    def _is_of(self, party: str, state: str) -> bool:
        """Tell whether a body may be one of a state."""
        return self._gazetteer.find(party).kind != "state" and (self._memory.find_country(party) or state) == state

    def _list_heads(self, party: str) -> frozenset[str]:
        """Return the nouns by which a party can be called: the first ones of its names, and those of its kind."""
        if party not in self._heads:
            entry = self._gazetteer.find(party)
            firsts = {next(split_words(name)).folded for name in (entry.ar, *entry.names)}
            nouns = firsts | self._lexicon.groups["kind_heads"].get(entry.kind, frozenset())
            self._heads[party] = frozenset(strip_article(noun) for noun in nouns)
        return self._heads[party]

    def _resolve_dual(self, passage: Passage, place: int, noun: str) -> tuple[str, ...]:
        before = passage.words[place - 1].folded if place else ""
        if before in self._lists["before_plans"] or self._names_parties(passage.words, place + 1):
            return ()
        if passage.extends_noun(place + 1) and is_relational(passage.after(place + 2)):
            return ()  # الجانبان الثقافي والسياحي
        if before in self._lexicon.duals and passage.words[place].gap.isspace():
            return ()  # البلدين الجارين
        kinds = self._lexicon.duals[noun]
        for pair in self._memory.pairs:
            if pair and self._memory.since_pair < REMEMBERED // 4:
                first, second = (self._find_suited(party, kinds) for party in pair)
                if first and second and first != second:
                    self._memory.set_meant_pair((first, second))
                    return (first, second)
        of_three = len(self._memory.joined) > len(self._memory.pairs) and self._memory.since_pair < _NEAR
        last = None if of_three else self._list_last_two(kinds, self._find_subject(passage, place, noun))
        if last:
            self._memory.set_meant_pair(last)
        return last or ()

    def _names_parties(self, words: Sequence[Word], place: int) -> bool:
        """Tell whether the words after a dual name the two themselves: الرئيسان الروسي والأميركي."""
        if place >= len(words) or not continues_name(words[place]):
            return False
        matches = [match for match in self._gazetteer.names.match(words, place) if match.clitics == 0]
        if any(match.form.role == "demonym" for match in matches):
            return True
        ends = {match.end for match in matches if match.form.role in ("name", "later")}
        return any(self._joins_party(words, end) for end in ends)  # but not شكر البلدان الكويت

    def _joins_party(self, words: Sequence[Word], place: int) -> bool:
        """Tell whether a word is a party that is joined to the one before: وإيران."""
        if place >= len(words) or not (words[place].gap.isspace() and words[place].folded.startswith("و")):
            return False
        return any(match.clitics == 1 for match in self._gazetteer.names.match(words, place))

    def _find_subject(self, passage: Passage, place: int, noun: str) -> MentionDraft | None:
        """Return the mention before a dual that is its object, not one of the two: دعت مصر الطرفين."""
        history, words = self._memory.history, passage.words
        if not (history and noun.endswith("ين") and words[place].gap.isspace()):
            return None
        return history[-1] if words[0].start <= history[-1].start and history[-1].last == place else None

    def _list_last_two(self, kinds: tuple[str, ...], subject: MentionDraft | None) -> tuple[str, str] | None:
        """Return the last two parties named of the kinds, but for a subject, in the order in which they were named."""
        last: list[str] = []
        for draft in reversed(self._memory.history):
            if draft is subject:
                continue
            party = self._find_suited(draft.party, kinds) if draft.role != "title" else ""
            if party and party not in last:
                last.append(party)
            if len(last) == 2:
                return (last[1], last[0])
        return None

    def _find_suited(self, party: str, kinds: tuple[str, ...]) -> str:
        """Return a party if it is of the kinds; a leader's state where states are asked for; else an empty string."""
        entry = self._gazetteer.find(party)
        if not kinds or entry.kind in kinds:
            return party
        leads_state = kinds == ("state",) and entry.kind == "leader" and entry.of in self._gazetteer.parties
        return entry.of if leads_state else ""
