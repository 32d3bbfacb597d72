"""The parties that an article names, each place of them."""

from __future__ import annotations

from collections.abc import Sequence

from janib.articles.parties import cues
from janib.articles.parties.evidence import Evidence, Passage, read_passage
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.memory import How, Memory, Spot
from janib.articles.parties.name_trie import Match, joins
from janib.articles.parties.variants import KIND_NOUNS
from janib.articles.spans import Mention, Sentence
from janib.text.spelling import Word, split_words, strip_clitics

_OPENING, _CLOSING = '«“("[', '»”)"]'
_EXTENDED = frozenset(("club", "company", "outlet", "union", "movement", "armed_group", "other"))


def find_mentions(text: str, sentences: Sequence[Sentence], gazetteer: Gazetteer, date: str = "") -> list[Mention]:
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
        The article's ISO date, by which an office finds its holder; without one, the last known holder.

    Returns
    -------
    list[Mention]
        In order; none overlap, but a dual has one mention a party at one place. ``text[start:end]`` is the surface,
        without clitics in front.
    """
    passages = [read_passage(text, sentence, first, gazetteer) for first, sentence in enumerate(sentences)]
    reader = _Reader(text, gazetteer, passages, date)
    return [mention for number in range(len(passages)) for mention in reader.read(number)]


class _Reader:
    """Decides, from the article's first word to its last, which of the forms found are mentions."""

    def __init__(self, text: str, gazetteer: Gazetteer, passages: Sequence[Passage], date: str) -> None:
        self._text = text
        self._gazetteer = gazetteer
        self._names = gazetteer.names
        self._passages = passages
        self._date = date
        self._evidence = Evidence(gazetteer, passages)
        self._memory = Memory(gazetteer, self._evidence.home)
        self._appoint_titled()
        self._words: Sequence[Word] = ()
        self._spots: list[Spot] = []
        self._introduced = 0  # the word after the name of an official who was just introduced

    def read(self, number: int) -> list[Mention]:
        passage = self._passages[number]
        self._words, self._spots, self._introduced = passage.words, [], 0
        place = passage.dateline
        while place < len(self._words):
            spots = self._decide(passage, place)
            if not spots:
                place += 1
                continue
            for spot in spots:
                self._settle(spot)
            place = spots[-1].last
            self._introduced = self._memory.learn_person(self._words, spots[-1])
        return [Mention(spot.start, spot.end, spot.party, spot.how) for spot in self._spots]

    def _appoint_titled(self) -> None:
        """Give his office to a leader of the user's list who has no other name than his title."""
        for party in self._gazetteer.own:
            entry = self._gazetteer.parties[party]
            if entry.kind == "leader":
                words = list(split_words(entry.ar))
                for match in self._names.match(words, 0):
                    if match.form.role == "office" and match.end == len(words):
                        self._memory.appoint(party, match.form.party, match.state)

    def _decide(self, passage: Passage, place: int) -> list[Spot]:
        matches = sorted(
            passage.matches.get(place, ()),
            key=lambda match: (
                -match.end,
                match.clitics,
                match.form.party not in self._gazetteer.own,
                match.form.role != "name",
            ),
        )
        known = self._memory.find_family(self._words, place) if place >= self._introduced else None
        if known and (not matches or matches[0].end <= known.last):
            return [known]
        how: How
        for candidate in matches:
            match = candidate
            rivals = {
                other.form.party: other
                for other in matches
                if (other.end, other.clitics) == (match.end, match.clitics) and other.form.role in ("name", "capital")
            }
            if len(rivals) > 1 and match.form.role in ("name", "capital"):
                match, how = self._evidence.choose(list(rivals.values()), passage)
            else:
                how = "coreference" if match.form.role in ("bare", "bare_body", "ministry", "later") else "name"
            party = self._accept(match, passage)
            if party:
                return [self._make_spot(match, party, how)]
        return self._memory.resolve(self._words, place)

    # Which of a form's readings holds ---------------------------------------------------------------------------

    def _accept(self, match: Match, passage: Passage) -> str:
        """Return the party that a form names where it stands, or an empty string."""
        role, party = match.form
        if role in ("name", "capital", "weak", "later"):
            accept = {"name": self._is_name, "capital": self._acts, "weak": self._is_marked, "later": self._is_later}[
                role
            ]
            return party if accept(match) else ""
        if role == "demonym":
            if self._is_person(match):
                return self._memory.last_leader() or party
            if self._is_president(match):
                return self._memory.find_holder("president", party, self._date) or party
            return party if self._is_demonym(match) else ""
        if role == "state":
            return match.state
        if role == "body":
            return self._names.name_body(match.form, match.state)
        if role == "office":
            if self._next_folded(match.end) in cues.LOST:
                return ""
            return self._memory.find_holder(party, match.state, self._date) or match.state
        if role == "bare_body":
            state = self._memory.last_country(party) or self._evidence.home
            return self._names.name_body(match.form, state) if state and not self._continues(match.end) else ""
        if role == "counterpart":
            office = self._memory.last_office()
            return (self._memory.find_holder(office, match.state, self._date) if office else "") or match.state
        if role == "bare":
            following = self._next_folded(match.end)
            if self._continues(match.end) or following in cues.LOST:
                return ""
            if following.startswith("ل") and any(
                other.clitics == 1 and other.form.role == "name" for other in passage.matches.get(match.end, ())
            ):
                return ""  # الأمين العام للأمم المتحدة: read with the body's name
            return self._memory.last_holder(party)
        department = " ".join(word.folded for word in self._words[match.start + 1 : match.end])
        if not department:  # قالت الخارجية, but السياسة الخارجية
            before = self._previous_folded(match.start).removeprefix("و")
            if before.startswith("ال") or self._continues(match.end):
                return ""
            department = self._words[match.start].folded[match.clitics :]
        return self._memory.last_ministry(department) or self._evidence.home

    def _is_name(self, match: Match) -> bool:
        party = self._gazetteer.parties[match.form.party]
        if match.end - match.start > 1:
            return True
        word, before = self._words[match.start], self._previous_folded(match.start)
        if any(clitics and rest in cues.STOP for clitics, rest in strip_clitics(word.folded)) or word.folded == "بحماس":
            return self._is_marked(match)  # (وان) is an agency, وان is "and that"
        if party.kind == "leader" and word.folded in cues.COMMON_FAMILIES:
            return before in cues.SPEAKERS_TITLES or before in cues.SPEECH
        if party.kind == "state":
            if before in ("نهر", "بحر", "صلاه", "كوب") or before in cues.GIVEN or before in cues.NOBLES:
                return False
            if word.folded in ("مالي", "بنين"):  # "financial", "sons"
                return before in cues.PREPOSITIONS or (match.clitics > 0 and self._evidence.named[party.id] > 1)
        return True

    def _acts(self, match: Match) -> bool:
        """Say whether a city acts, is addressed or dealt with, or is only a place."""
        before = self._previous_folded(match.start)
        clitic = self._words[match.start].folded[: match.clitics]
        if "ب" in clitic and before not in cues.SPEECH and not before.endswith(("ت", "ل")):
            return False  # in it; but ندّدت بباريس, يتصل بباريس
        if before in cues.PLACES or before in cues.GIVEN:
            return False
        near = {self._words[at].folded for at in range(max(0, match.start - 4), match.start)}
        moved = any(word in cues.MOVES or word.removeprefix("و") in cues.MOVES for word in near)
        return not (moved and (before in ("الي", "من") or "ل" in clitic))

    def _is_marked(self, match: Match) -> bool:
        """Say whether a common word is set off as a name: in quotes or brackets, after its kind, or spoken to."""
        first, last = self._words[match.start], self._words[match.end - 1]
        closing = self._text[last.end : last.end + 1]
        if first.gap[-1:] in _OPENING and first.gap and closing and closing in _CLOSING:
            return True
        if self._previous_folded(match.start).removeprefix("ال") in KIND_NOUNS:
            return True
        party = self._gazetteer.parties[match.form.party]
        own = party.id in self._gazetteer.own
        if (party.kind == "club" or (own and party.kind == "company")) and self._evidence.named[party.id]:
            return not self._continues(match.end) or self._previous_folded(match.start) in cues.PEOPLE
        return party.kind == "outlet" and "ل" in first.folded[: match.clitics] and not self._continues(match.end)

    def _is_later(self, match: Match) -> bool:
        party = match.form.party
        before = self._previous_folded(match.start)
        leads = self._gazetteer.parties[party].kind == "leader"
        titled = before in cues.SPEAKERS_TITLES and self._gazetteer.parties[party].holds(self._date)
        if self._words[match.start].folded in cues.COMMON_FAMILIES and not titled:
            return (bool(self._evidence.named[party])) and (before in cues.SPEAKERS_TITLES or before in cues.SPEECH)
        if self._evidence.named[party]:
            return leads or not self._continues(match.end)
        if leads:
            return before in cues.SPEAKERS_TITLES or (
                bool(self._spots) and self._spots[-1].last == match.start and self._spots[-1].role == "office"
            )
        return party in self._gazetteer.own and not self._continues(match.end)

    def _continues(self, place: int) -> bool:
        """Say whether the word at a place goes on with the noun before: another body is meant."""
        following = self._next_folded(place)
        if not following.startswith("ال") or following in cues.EXEMPT:
            return False
        return following in cues.EPITHETS or following.endswith(("يه", "ي"))

    def _is_demonym(self, match: Match) -> bool:
        word, before = self._words[match.start], self._previous_folded(match.start)
        bare = before.removeprefix("و").removeprefix("ب").removeprefix("ل").removeprefix("ال")
        kind = self._gazetteer.parties[match.form.party]
        if before in cues.MONEY or f"ال{bare}" in cues.MONEY or bare in cues.MONEY or before in cues.SEAS:
            return False
        if (
            before in cues.GIVEN
            or before in cues.NOBLES
            or (
                before in cues.HONORIFICS
                and len(before) > 1
                and before not in ("السفير", "الفريق", "النايب", "المستشار", "الرييس", "الملك", "السلطان", "ركن", "اول")
            )
        ):
            return False
        if word.folded in cues.TONGUES or (
            match.clitics and self._text[word.start] == "ب" and f"ب{word.folded[1:]}" in cues.TONGUES
        ):
            return False
        if kind.id == "mali" and self._evidence.named["mali"] == self._evidence.adjectives["mali"]:
            return False  # المالي is "financial" until the state is named
        definite = word.folded[match.clitics :].startswith(("ال", "ل"))
        if definite and word.folded.endswith(("ي", "يه")) and match.end < len(self._words):
            # الإسباني خوليو باريوس: the nationality of a named person
            apart = "،" in word.gap or bare in cues.PEOPLE or before in cues.STOP or not before
            club = self._spots and self._spots[-1].last == match.start and self._spots[-1].first > 0
            if club and self._gazetteer.find(self._spots[-1].party).kind == "club":
                noun = self._words[self._spots[-1].first - 1].folded
                apart = apart or noun.removeprefix("و").removeprefix("ال") in cues.PEOPLE
            following = self._words[match.end]
            if apart and following.gap.isspace():
                return following.folded not in cues.GIVEN and not (bare in cues.PEOPLE and self._is_named(match.end))
        return True

    def _is_named(self, place: int) -> bool:
        """Say whether two words look like the name of a person: neither of everyday, nor definite the first."""
        pair = self._words[place : place + 2]
        return (
            len(pair) == 2
            and pair[1].gap.isspace()
            and not pair[0].folded.startswith(("ال", "لل"))
            and not any(word.folded in cues.STOP or word.folded.isdigit() for word in pair)
            and not pair[0].folded.endswith(("ا", "ه"))
        )

    def _is_president(self, match: Match) -> bool:
        """Say whether a nationality is one of two presidents: الرئيسان الروسي والأميركي."""
        at = match.start - 1
        if match.clitics == 1 and self._spots and self._spots[-1].last == match.start:
            at = self._spots[-1].first - 1
        return at >= 0 and any(cues.DUALS.get(noun) == ("leader",) for _, noun in strip_clitics(self._words[at].folded))

    def _is_person(self, match: Match) -> bool:
        """Say whether a nationality stands for the man himself: وتمنى السويسري."""
        word = self._words[match.start]
        return (
            match.clitics == 0
            and word.folded.startswith("ال")
            and word.folded.endswith("ي")
            and self._previous_folded(match.start) in cues.SPEECH - cues.PARTICLES
            and not self._next_folded(match.end).startswith("ال")
        )

    # Where a mention begins and ends ----------------------------------------------------------------------------

    def _make_spot(self, match: Match, party: str, how: How) -> Spot:
        first, last = self._words[match.start], self._words[match.end - 1]
        start, end = first.offset(match.clitics), last.end
        spot = Spot(match.start, match.end, start, end, party, how, match.form.role, match.form.party, match.state)
        spot.clitic = first.folded[: match.clitics]
        entry = self._gazetteer.find(party)
        spot.end = self._close_quote(spot.start, spot.end)
        if match.form.role in ("name", "weak", "later", "body") and entry.kind not in ("state", "leader"):
            self._take_kind(spot, entry.kind)
            self._take_epithet(spot, entry.kind)
        if match.form.role not in ("office", "bare", "capital", "demonym"):
            self._take_title(spot)
        return spot

    def _close_quote(self, start: int, end: int) -> int:
        """Take in the closing of a quotation mark that opened inside a name: شركة «كيمياء الجنوب»."""
        inside, closing = self._text[start:end], self._text[end : end + 1]
        for opening, mark in zip(_OPENING, _CLOSING, strict=True):
            if closing == mark and inside.count(opening) > (
                inside.count(mark) if mark != opening else inside.count(mark) // 2 * 2
            ):
                return end + 1
        return end

    def _take_kind(self, spot: Spot, kind: str) -> None:
        """Take in the noun of its kind directly before a name."""
        at = spot.first - 1
        taken = self._spots[-1].last if self._spots else 0
        if spot.clitic or at < taken:
            return
        word, gap = self._words[at], self._words[spot.first].gap
        if not (gap.isspace() or (gap[:-1].isspace() and gap[-1] in _OPENING)):
            return
        for clitics, noun in strip_clitics(word.folded):
            if noun in KIND_NOUNS and self._words[spot.first].folded != noun:
                spot.first, spot.start = at, word.offset(clitics)
                spot.clitic = word.folded[:clitics]
                if gap[-1] in _OPENING and self._text[spot.end : spot.end + 1] in _CLOSING:
                    spot.end += 1
                return

    def _take_epithet(self, spot: Spot, kind: str) -> None:
        """Take in the nationality directly after a name: الأهلي المصري."""
        if kind not in _EXTENDED or spot.last >= len(self._words) or not self._words[spot.last].gap.isspace():
            return
        if self._words[spot.last].start - spot.end != len(self._words[spot.last].gap):
            return
        folded = self._words[spot.last].folded
        if not folded.startswith("ال"):
            return
        for end, state in self._names.match_demonym(self._words, spot.last, folded):
            if self._evidence.is_state(state):
                head = self._words[spot.first - 1].folded.removeprefix("و") if spot.first else ""
                person = head in cues.PEOPLE and (self._next_folded(end) in cues.GIVEN or self._is_named(end))
                if person and self._memory.find_country(spot.party) != state:
                    return  # مدرب الأهلي السويسري مارسيل كولر: the nationality is the man's
                spot.last, spot.end = end, self._words[end - 1].end
                self._memory.settle_in(spot.party, state)
                return

    def _take_title(self, spot: Spot) -> None:
        """Turn a body with the office of its head before it into him: رئيس الفيفا، الأمين العام للأمم المتحدة."""
        at = spot.first - 1
        taken = self._spots[-1].last if self._spots else 0
        if at < taken or not self._words[spot.first].gap.isspace():
            return
        holder = self._memory.find_holder("head", spot.party, self._date)
        if not holder:
            return
        if self._words[at].folded in ("العام", "العامه") and at > taken:
            at -= 1
        for clitics, noun in strip_clitics(self._words[at].folded):
            if noun.removeprefix("ال") in cues.TITLES:
                spot.first, spot.start, spot.clitic = (
                    at,
                    self._words[at].offset(clitics),
                    self._words[at].folded[:clitics],
                )
                spot.role, spot.office, spot.state, spot.party = "office", "head", spot.party, holder
                return

    def _settle(self, spot: Spot) -> None:
        """Add a mention; a leader's name takes the place of the title before it."""
        if (
            self._gazetteer.find(spot.party).kind == "leader"
            and spot.role in ("name", "later", "capital")
            and self._spots
        ):
            before = self._spots[-1]
            between = self._words[before.last : spot.first]
            if all(word.folded in cues.HONORIFICS for word in between) and all(
                word.gap.strip(" \t\u00a0،,") == "" for word in self._words[before.last : spot.first + 1]
            ):
                self._absorb_title(before, spot)
        self._spots.append(spot)
        self._memory.remember(self._words, spot, self._spots)

    def _absorb_title(self, before: Spot, spot: Spot) -> None:
        head = before.first - 1
        comma = "،" in self._words[before.last].gap
        titled = head >= 0 and self._words[head].folded.removeprefix("و").removeprefix("ال") in cues.TITLES | {
            "العام",
            "العامه",
        }
        if before.role in ("office", "bare", "counterpart") or before.party == spot.party:
            self._memory.appoint(spot.party, before.office, before.state)
        elif titled:
            self._memory.appoint(spot.party, "head", before.party)
        elif before.role != "demonym" or comma:
            return
        if comma and before.role not in ("office",) and not titled:
            return
        self._spots.pop()
        if titled:
            before.role = "title"  # الحزب may still mean the body that the title named
        else:
            self._memory.forget(before)

    # Words around -----------------------------------------------------------------------------------------------

    def _previous_folded(self, place: int) -> str:
        if place == 0:
            return ""
        gap = self._words[place].gap
        return self._words[place - 1].folded if not any(mark in gap for mark in ".:؛!؟?") else ""

    def _next_folded(self, place: int) -> str:
        return self._words[place].folded if place < len(self._words) and joins(self._words[place]) else ""
