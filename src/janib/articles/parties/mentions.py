"""The parties that an article names, each place of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from janib.articles.lexicon import is_relational, load_lexicon, strip_article, strip_joined
from janib.articles.parties.candidate import ArticleContext, Candidate
from janib.articles.parties.conditions import is_told_with_office
from janib.articles.parties.coreference import Coreference
from janib.articles.parties.evidence import Evidence
from janib.articles.parties.extent import set_extent
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.memory import Memory, MentionDraft, make_draft
from janib.articles.parties.name_trie import Match
from janib.articles.parties.open_names import OpenMatch, OpenNames
from janib.articles.parties.passage import LONGEST_TITLE, Passage, read_passages
from janib.articles.parties.rules import find_party
from janib.articles.spans import How, Mention, Sentence
from janib.text.spelling import split_words


def find_mentions(
    text: str, sentences: Sequence[Sentence], gazetteer: Gazetteer, date: str = "", outlet: str = ""
) -> list[Mention]:
    """Find every place where a sentence names a party.

    Parameters
    ----------
    text
        The article, untouched.
    sentences
        Its statements, in order; a mention lies inside one of them.
    gazetteer
        The parties to look for.
    date
        The article's ISO date, by which an office finds its holder; without one, only a holder whom it names.
    outlet
        Who published it: what the article leaves without a state is of the outlet's country, if that is known.

    Returns
    -------
    list[Mention]
        In order; none overlap, but a dual has one mention a party at one place. ``text[start:end]`` is the surface,
        without clitics in front.
    """
    gazetteer.names.composed.clear()  # an article must be read alike after any other
    passages = read_passages(text, sentences, gazetteer)
    evidence = Evidence(gazetteer, passages, _find_country(outlet, gazetteer))
    names = OpenNames(text, passages, gazetteer)
    article = ArticleContext(text, gazetteer, evidence, Memory(gazetteer, evidence.speaking), date, names)
    mentions = _read(article, passages)
    if article.memory.people:  # a headline names an official before the text introduces him
        again = Memory(gazetteer, evidence.speaking)
        again.people, again.introduced = article.memory.people, article.memory.introduced
        mentions = _read(replace(article, memory=again), passages)
    return mentions


def _read(article: ArticleContext, passages: Sequence[Passage]) -> list[Mention]:
    """Return the mentions of an article, from its first sentence to its last."""
    _set_titled_leaders(article)
    coreference = Coreference(article.gazetteer, article.memory, article.evidence)
    return [mention for passage in passages for mention in _PassageReader(article, coreference, passage).read()]


def _find_country(outlet: str, gazetteer: Gazetteer) -> str:
    """Return the state of an outlet, if the gazetteer knows it by that name; else an empty string."""
    words = list(split_words(outlet))
    matches = gazetteer.names.match(words, 0) if words else ()
    parties = (gazetteer.parties[match.form.party] for match in matches if match.end == len(words) and not match.state)
    return next((party.of for party in parties if party.kind == "outlet"), "")


def _set_titled_leaders(article: ArticleContext) -> None:
    """Give his office to a leader of the user's list who has no other name than his title."""
    for party in article.gazetteer.own:
        entry = article.gazetteer.parties[party]
        if entry.kind == "leader":
            words = list(split_words(entry.ar))
            for match in article.gazetteer.names.match(words, 0):
                if match.form.role == "office" and match.end == len(words):
                    article.memory.set_office_holder(party, match.form.party, match.state)


class _PassageReader:
    """Decides, from a sentence's first word to its last, which of the forms found are mentions."""

    def __init__(self, article: ArticleContext, coreference: Coreference, passage: Passage) -> None:
        self._article = article
        self._coreference = coreference
        self._passage = passage
        self._drafts: list[MentionDraft] = []
        self._named_until = 0  # the word after the name of an official who was just introduced

    def read(self) -> list[Mention]:
        """Return the mentions in the sentence."""
        place = self._passage.dateline
        while place < len(self._passage.words):
            drafts = self._find_drafts(place)
            if drafts and self._is_apposed_title(drafts[0]):
                self._take_apposed_title(drafts[0])
                place = drafts[0].last
                continue
            for draft in drafts:
                self._add(draft)
            if drafts:
                place = drafts[-1].last
                self._named_until = self._article.memory.learn_person(self._passage, drafts[-1])
            else:
                place += 1
        return [Mention(draft.start, draft.end, draft.party, draft.how) for draft in self._drafts]

    def _find_drafts(self, place: int) -> list[MentionDraft]:
        """Return the mention that starts at a word, the two of a dual, or none."""
        matches = self._rank_matches(place)
        family = self._coreference.find_family(self._passage, place) if place >= self._named_until else None
        if family and (not matches or matches[0].end <= family.last):
            return [family]
        open_name = self._article.open_names.match(self._passage, place)
        if open_name and (not matches or matches[0].end < open_name.end):
            return [self._make_open_draft(place, open_name)]
        for match in matches:
            chosen, how = self._choose(match, matches)
            candidate = Candidate(chosen, self._passage, self._drafts, self._article)
            if party := find_party(candidate):
                return [self._make_draft(chosen, party, how)]
            if chosen.form.role == "name" and chosen.end > place + 1 and is_told_with_office(candidate):
                self._named_until = max(self._named_until, chosen.end)
                return []
        if open_name:
            return [self._make_open_draft(place, open_name)]
        return self._coreference.resolve(self._passage, place)

    def _rank_matches(self, place: int) -> list[Match]:
        """Return the forms at a word: the longest first, then without clitics, of the user's list, and names."""
        own, matches = self._article.gazetteer.own, self._passage.matches.get(place, [])
        if place < self._named_until:  # الناطق باسم الحركة تركي العنزي
            matches = [match for match in matches if match.form.role != "demonym"]
        return matches and sorted(
            matches,
            key=lambda match: (-match.end, match.clitics, match.form.party not in own, match.form.role != "name"),
        )

    def _choose(self, match: Match, matches: Sequence[Match]) -> tuple[Match, How]:
        """Return the party's form that is meant where several parties have the same form."""
        if match.form.role in _MEANT_AGAIN:
            return match, "coreference"
        roles = next((roles for roles in _SHARED if match.form.role in roles), None)
        if roles is None:
            return match, "name"
        rivals = {
            other.form.party: other
            for other in matches
            if other.form.role in roles and (other.end, other.clitics) == (match.end, match.clitics)
        }
        if len(rivals) == 1:
            return match, "name"
        return self._article.evidence.choose(list(rivals.values()), self._passage)

    def _make_draft(self, match: Match, party: str, how: How) -> MentionDraft:
        words, form = self._passage.words, match.form
        draft = make_draft(words, match.start, match.end, match.clitics, party, how, form.role)
        draft.office, draft.state = form.party, match.state
        set_extent(draft, self._passage, self._drafts, self._article)
        return draft

    def _make_open_draft(self, place: int, name: OpenMatch) -> MentionDraft:
        draft = make_draft(self._passage.words, place, name.end, name.clitics, name.party, "name", "name")
        set_extent(draft, self._passage, self._drafts, self._article)
        return draft

    def _add(self, draft: MentionDraft) -> None:
        """Add a mention; a leader's name takes the place of the title before it."""
        leads = self._article.gazetteer.find(draft.party).kind == "leader"
        named = leads and draft.role in ("name", "later", "capital")
        if named and self._drafts and _is_title(self._drafts[-1], draft, self._passage):
            self._replace_title(self._drafts[-1], draft)
        self._drafts.append(draft)
        self._article.memory.remember(self._passage, draft, self._drafts)

    def _is_apposed_title(self, draft: MentionDraft) -> bool:
        """Tell whether a mention stands in the title after a leader's name: بلاتر، رئيس الاتحاد الدولي."""
        leader = self._drafts[-1] if self._drafts else None
        if leader is None or leader.role not in _NAMES_OF_LEADERS or draft.role in ("short", "family"):
            return False
        entry = self._article.gazetteer.find(leader.party)
        if entry.kind != "leader" or not {draft.party, draft.state}.intersection((leader.party, entry.of)):
            return False
        honorifics, words = load_lexicon().words["honorifics"], self._passage.words
        first = leader.last
        while first < draft.first and words[first].folded in honorifics:
            first += 1
        between = words[leader.last : draft.first + 1]
        if any(word.gap.strip(_AROUND_TITLES if word is words[first] else " \t\u00a0") for word in between):
            return False
        if first == draft.first and draft.role in _OFFICES:
            return not draft.clitic
        return len(between) <= LONGEST_TITLE and self._passage.opens_title(first)

    def _take_apposed_title(self, title: MentionDraft) -> None:
        """Give a leader the office of the title after his name; a body in it can still be meant by a short form."""
        memory, leader = self._article.memory, self._drafts[-1].party
        if title.party == leader or title.role in _OFFICES:
            memory.set_office_holder(leader, title.office, title.state)
        else:
            memory.remember(self._passage, title, self._drafts)
            title.role = "title"

    def _replace_title(self, title: MentionDraft, leader: MentionDraft) -> None:
        """Take out the mention before a leader's name if it is his title, and give him its office."""
        words, memory = self._passage.words, self._article.memory
        comma = "،" in words[title.last].gap
        heads = _is_headed(title, self._passage)
        if self._is_of_other(title, leader, heads):
            return
        if title.role in _OFFICES or title.party == leader.party:
            memory.set_office_holder(leader.party, title.office, title.state)
        elif heads:
            memory.set_office_holder(leader.party, "head", title.party)
        elif title.role != "demonym" or comma or not self._describes_person(title):
            return
        if comma and title.role != "office" and not heads:
            return
        self._drafts.pop()
        if heads:
            title.role = "title"  # الحزب may still mean the body that the title named
        else:
            memory.undo()
        self._take_joined_title(leader, title.first)

    def _is_of_other(self, title: MentionDraft, leader: MentionDraft, heads: bool) -> bool:
        """Tell whether others are known to hold the office before a name: انتقد الأمين العام للأمم المتحدة نتنياهو."""
        office, of = ("head", title.party) if heads else (title.office, title.state)
        led = self._article.gazetteer.find(leader.party).of
        return bool(led and self._article.gazetteer.names.leaders.get((office, of))) and led != of

    def _describes_person(self, title: MentionDraft) -> bool:
        """Tell whether a nationality is that of a person: المرشحة الفرنسية, but not الانتخابات الفرنسية."""
        place, words, lexicon = title.first - 1, self._passage.words, load_lexicon()
        while place > 0 and is_relational(words[place].folded) and words[place].gap.isspace():
            place -= 1
        if place < 0:
            return True
        noun = words[place].folded
        return any(lexicon.has(name, noun, clitic=True) for name in ("persons", "professions", "honorifics"))

    def _take_joined_title(self, leader: MentionDraft, first: int) -> None:
        """Take out a leader's office before his other one: رئيس الوزراء السابق ورئيس الحزب مهدي جمعة."""
        other = self._drafts[-1] if self._drafts else None
        if other is None or other.party != leader.party or other.role not in _OFFICES or other.last >= first:
            return
        word = self._passage.words[other.last]
        if word.gap.isspace() and word.folded[:1] == "و" and word.folded[1:] in load_lexicon().words["head_titles"]:
            self._drafts.pop()


_AROUND_TITLES = " \t\u00a0،,-–"
_NAMES_OF_LEADERS = frozenset(("name", "later"))
_OFFICES = frozenset(("office", "bare", "counterpart"))
_MEANT_AGAIN = frozenset(("bare", "bare_body", "home", "ministry", "later"))
_SHARED = (frozenset(("name", "capital")), frozenset(("weak",)))
"""Roles of forms that several parties may have."""


def _is_title(title: MentionDraft, leader: MentionDraft, passage: Passage) -> bool:
    """Tell whether only honorifics, spaces and commas are between a mention and a leader's name."""
    lists = load_lexicon().words
    honorifics = lists["honorifics"] | lists["former_or_future"] if title.role == "demonym" else lists["honorifics"]
    between = passage.words[title.last : leader.first + 1]
    if any(word.gap.strip(' \t\u00a0،,»”"') for word in between):
        return False
    return all(word.folded in honorifics for word in between[:-1])


def _is_headed(draft: MentionDraft, passage: Passage) -> bool:
    """Tell whether the office of its head precedes a body: الأمين العام لحزب الله."""
    lists, place = load_lexicon().words, draft.first - 1
    adjective = strip_article(passage.words[place].folded) if place > 0 else ""
    if adjective in lists["general"] or (draft.how == "name" and is_relational(adjective)):  # الرئيس التنفيذي
        place -= 1
    return place >= 0 and strip_joined(passage.words[place].folded) in lists["head_titles"]
