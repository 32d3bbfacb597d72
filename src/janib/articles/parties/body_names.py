"""Where the name of a body that no list knows ends: its adjectives, its construct, what it is for, a foreign name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import takewhile

from janib.articles.lexicon import (
    add_article,
    is_belonging,
    is_definite,
    load_lexicon,
    read_nouns,
    strip_article,
    strip_feminine,
)
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.name_trie import Match
from janib.articles.parties.passage import CLOSING_MARKS, OPENING_MARKS, Passage
from janib.articles.parties.variants import has_other_kind, is_other_medium
from janib.text.spelling import strip_clitics

_LONGEST_QUOTED = 5  # words in the quotation marks of a name
_LONGEST_TAIL = 5  # words after the adjectives of a name
_LONGEST_BARE = 3  # words of a name before its nationality
_LONGEST_CONSTRUCT = 2  # indefinite nouns between that of the kind and the definite one
_LONGEST_FOREIGN = 4  # words of a foreign name
_LONGEST_ACRONYM = 6  # names of letters with dots between them
_MOST_JOINED = 2  # nouns joined to a name by و
_SHORTEST = 3  # words of a name without quotation marks
_CLEARLY_FOREIGN = 3  # long vowels inside a word that tell that it is no Arabic one
_PERHAPS_FOREIGN = 2  # so many do if the article has the word again
_YEAR = "العام"
_LISTED = frozenset(("name", "weak", "body", "state", "office", "counterpart"))


class NameReader:
    """Finds where the name of a body ends that starts with the noun of its kind.

    Parameters
    ----------
    text
        The article, untouched.
    gazetteer
        The parties that are known; the name of one of them is not read as another's.
    counts
        How often the article has each folded word, without clitics.
    speaking
        Folded nouns, without article, of definite ones that speak: a body of their kind acts.
    """

    def __init__(
        self, text: str, gazetteer: Gazetteer, counts: Mapping[str, int], speaking: Collection[str] = ()
    ) -> None:
        self._text = text
        self._gazetteer = gazetteer
        self._counts = counts
        self._speaking = speaking
        self._lexicon = load_lexicon()
        self._lists = self._lexicon.words
        self._endings = tuple(self._lists["native_endings"])
        self._kinds = {noun: kind for kind, nouns in self._lexicon.groups["open_kinds"].items() for noun in nouns}

    def find_kind(self, noun: str) -> str:
        """Return the kind of party before whose name a noun stands, with or without article; else an empty string."""
        return self._kinds.get(noun) or self._kinds.get(strip_article(noun), "")

    def find_end(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after a name that starts with the noun of its kind, or its place if there is none."""
        following = passage.after(place + 1)
        if is_definite(noun):
            return self._end_definite(passage, place, noun)
        if self.opens_quote(passage, place + 1):
            return self.close_quote(passage, place + 1) or place
        if f"{noun}_{following}" in self._lists["no_open_names"]:
            return place
        return (
            self._end_suffixed(passage, place, noun)
            or self._find_nationality(passage, place, noun)
            or self._end_closed(passage, place)
            or self._end_by_words(passage, place, noun)
        )

    def _end_by_words(self, passage: Passage, place: int, noun: str) -> int:
        end = self._end_foreign(passage, place) or self._end_construct(passage, place, noun)
        return end or self._end_purpose(passage, place, noun) or place

    def is_foreign(self, passage: Passage, place: int) -> bool:
        """Tell whether a word is of Latin letters, or looks like a foreign name in Arabic ones: ويكيبيديا."""
        word, lists = passage.after(place), self._lists
        if not word or word.isascii():
            return word.isalpha()
        if is_definite(word) or self._lexicon.is_first_name(word):
            return False
        if word in lists["native_words"] or not lists["native_letters"].isdisjoint(word):
            return False
        if word.endswith(self._endings) or self._lexicon.find_form(word)[0]:
            return False
        vowels = sum(letter in lists["long_vowels"] for letter in word[1:])
        return vowels >= _CLEARLY_FOREIGN or (vowels >= _PERHAPS_FOREIGN and self._counts.get(word, 0) > 1)

    def find_closed_end(self, passage: Passage, place: int) -> int:
        """Return the word after a foreign name that an adjective of companies closes, or its place: باسكوا القابضة."""
        for end in range(place, place + _LONGEST_FOREIGN):
            if end > place and _read_next(passage, end) in self._lists["company_adjectives"]:
                return end + 1
            if not self.is_foreign(passage, end):
                return place
        return place

    def find_acronym_end(self, passage: Passage, place: int) -> int:
        """Return the word after an acronym that is spelled with dots, or its place: إتش.بي."""
        names, words = self._lists["letter_names"], passage.words
        if not words[place].gap.isspace():
            return place
        if not any(reading in names for _, reading in strip_clitics(words[place].folded)):
            return place
        end = place + 1
        while end < min(place + _LONGEST_ACRONYM, len(words)) and words[end].gap == "." and words[end].folded in names:
            end += 1
        return end if end > place + 1 else place

    def count(self, word: str) -> int:
        """Return how often the article has a folded word, with or without clitics."""
        return self._counts.get(word, 0)

    def opens_quote(self, passage: Passage, place: int) -> bool:
        """Tell whether a quotation of a name opens directly before a word."""
        if place >= len(passage.words):
            return False
        gap = passage.words[place].gap
        return gap[-1:] in OPENING_MARKS and not gap[:-1].strip(" \u00a0")

    def close_quote(self, passage: Passage, place: int) -> int:
        """Return the word after a short quotation that opens before a word, or 0."""
        if passage.words[place].folded.isdigit():
            return 0
        for end in range(place + 1, min(place + _LONGEST_QUOTED, len(passage.words)) + 1):
            if self._text[passage.words[end - 1].end : passage.words[end - 1].end + 1] in CLOSING_MARKS:
                return end
        return 0

    def is_listed(self, passage: Passage, place: int, end: int) -> bool:
        """Tell whether the gazetteer knows a name that reaches as far, from the kind or from the name on."""
        nouns = read_nouns(passage.words[place].folded)
        starts = (place, place + 1) if end > place + 1 else (place,)
        return any(
            self._reaches(passage, match, end, place)
            for start in starts
            for match in passage.matches.get(start, ())
            if match.form.role in _LISTED and not (start > place and self._is_of_other_kind(passage, nouns, match))
        )

    def _reaches(self, passage: Passage, match: Match, end: int, place: int) -> bool:
        """Tell whether a listed name ends where an open one does, or only adjectives of its own follow it."""
        if match.end >= end:
            return True
        party = self._gazetteer.parties.get(match.form.party)
        if party and party.kind == "international_body" and self._is_nationality(passage, match.end):
            return False  # مجلس التعاون is one body, مجلس التعاون الأردني الياباني another
        return match.end > place + 1 and match.end + self._count_adjectives(passage, match.end) >= end

    def _end_definite(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after a definite noun with adjectives, and what the body is for: الجمعية الأردنية للفنون."""
        if strip_article(noun) in self._lists["named_apart_kinds"]:
            return place
        if f"{noun}_{passage.after(place + 1)}" in self._lists["no_open_names"]:
            return place
        last = place + 1 + self._count_adjectives(passage, place + 1)
        states = (match.end for match in passage.matches.get(place, ()) if match.form.role == "state")
        if last == place + 1 or last in states:
            return place
        end = self._skip_purpose(passage, last)
        if not self.is_listed(passage, place, end):
            end = self._skip_place(passage, end, strip_article(noun))
        short = noun in self._lists["short_named_kinds"]
        return end if end - place >= _SHORTEST - short else place

    def _find_nationality(self, passage: Passage, place: int, noun: str) -> int:
        """Return the place of the nationality after the name of an outlet or a company, or 0: صحيفة صن البريطانية."""
        if noun not in self._lists["national_kinds"]:
            return 0
        for end in range(place + 1, place + 2 + _LONGEST_BARE):
            word = passage.after(end)
            adjective = word.startswith(("لل", "بال")) or (word.endswith("يه") and not is_definite(word))
            if not word or adjective or self._lexicon.is_everyday(word):
                return 0
            if self._is_nationality(passage, end):
                return end if end > place + 1 else 0
            if end in passage.matches:
                return 0
        return 0

    def _is_nationality(self, passage: Passage, place: int) -> bool:
        """Tell whether a word is a definite demonym of a state."""
        word = passage.after(place)
        if not is_definite(word) or strip_feminine(strip_article(word)) in self._lists["common_adjectives"]:
            return False
        nations = self._gazetteer.names.match_demonym(passage.words, place, word)
        return any(self._gazetteer.is_state(state) for _, state in nations)

    def _end_closed(self, passage: Passage, place: int) -> int:
        """Return the word after a name that an adjective of companies closes, or 0: مجموعة باسكوا القابضة."""
        for end in range(place + 1, place + 1 + _LONGEST_FOREIGN):
            word = _read_next(passage, end)
            if word in self._lists["company_adjectives"]:
                return end + 1 if end > place + 1 else 0
            if not word or is_definite(word) or self._lexicon.is_everyday(word):
                return 0
        return 0

    def _end_suffixed(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after a company's name that a foreign word for its trade ends, or 0: شركة سوريا تل."""
        if self.find_kind(noun) != "company":
            return 0
        for end in range(place + 1, place + 1 + _LONGEST_FOREIGN):
            word = _read_next(passage, end)
            if end > place + 1 and word in self._lists["company_endings"]:
                return end + 1
            if not word or self._lexicon.is_everyday(word):
                return 0
        return 0

    def _end_foreign(self, passage: Passage, place: int) -> int:
        """Return the word after a foreign name, or 0: حركة ويكيميديا."""
        if any(match.clitics == 0 and self._is_listed(match) for match in passage.matches.get(place + 1, ())):
            return 0
        words = range(place + 1, place + 1 + _LONGEST_FOREIGN)
        length = sum(1 for _ in takewhile(lambda word: self.is_foreign(passage, word), words))
        end = place + 1 + length
        kinds = {self.find_kind(noun) for noun in read_nouns(passage.words[place].folded)}
        if length and "company" in kinds and _read_next(passage, end).startswith("لل"):
            end = self._skip_purpose(passage, end)  # شركة سيبيا للاستثمار
        return end if length else 0

    def _is_listed(self, match: Match) -> bool:
        """Tell whether a form is the name of a listed party, or the last name of a leader: مكتب لوكاشنكو."""
        party = self._gazetteer.parties.get(match.form.party)
        is_family = match.form.role == "later" and party is not None and party.kind == "leader"
        return is_family or match.form.role in _LISTED

    def _end_purpose(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after a noun and what a body that acts is for, or 0: مركز مدى للإعلام."""
        name, purpose = _read_next(passage, place + 1), _read_next(passage, place + 2)
        if not purpose.startswith("لل") or not self._acts(passage, place, noun):
            return 0
        belonging = is_belonging(name) and not passage.words[place + 1].surface.endswith("ى")  # مدى
        adjective = belonging or name.endswith("ه") or add_article(name) in self._lists["name_adjectives"]
        if not name or adjective or not self._is_inner(passage, place + 1, any_noun=True):
            return 0
        end = self._skip_purpose(passage, place + 2)
        return end if end > place + 2 else 0

    def _end_construct(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after the definite noun of which a body has its name, or 0: جمعية حماية المستهلك.

        Of a movement it may be a state instead: حزب أمل تونس.
        """
        if noun in self._lists["named_apart_kinds"]:
            return 0
        inner = place + 1
        while inner <= place + _LONGEST_CONSTRUCT and passage.after(inner) in self._lists["name_nouns"]:
            inner += 1
        if not self._is_named_after(passage, place, inner, noun):
            return self._end_state(passage, place, noun)
        last = self._skip_person(passage, inner)
        last += self._count_adjectives(passage, last)
        if noun not in self._lists["named_by_place"] and not self.is_listed(passage, place, last):
            for _ in range(_MOST_JOINED):
                last = self._skip_joined(passage, last)
        end = self._skip_purpose(passage, last) if _read_next(passage, last).startswith("لل") else last
        end = self._skip_place(passage, end, noun)
        short = noun in self._lists["short_named_kinds"] or self._acts(passage, place, noun)
        return end if end - place >= _SHORTEST - short else 0

    def _acts(self, passage: Passage, place: int, noun: str) -> bool:
        """Tell whether the words before a noun tell a body that acts: قيادي في حركة البناء, but not حركة السوق."""
        if noun not in self._lists["acting_kinds"]:
            return False
        before = passage.before(place)
        acts = before.removeprefix("و").removesuffix("ت") in self._lists["body_verbs"]
        if (
            acts
            or noun in self._speaking
            or passage.is_speech(place - 1)
            or self._lexicon.has_joined("on_behalf", before)
        ):
            return True
        if before in self._lists["pact_prepositions"]:
            return self._lexicon.has("pacts", passage.before(place - 1), clitic=True)
        if before in self._lists["place_prepositions"] or before in self._lists["member_prepositions"]:
            before = passage.before(place - 1)
        return any(self._lexicon.has(name, before, clitic=True) for name in ("spokespersons", "head_titles"))

    def _skip_person(self, passage: Passage, place: int) -> int:
        """Return the word after the definite noun at a place, and after his name if it is a title: الملك فهد."""
        end = place + 1
        title, lists = passage.after(place), self._lists
        titles = lists["personal_titles"] | lists["office_titles"]
        person = strip_article(title) in lists["persons"] and strip_article(title) not in lists["name_nouns"]
        if title in titles or person:  # but not هيئة كبار العلماء عبد الله
            while self._lexicon.is_first_name(passage.after(end)) or passage.after(end) in self._lists["name_links"]:
                end += 1
        return end

    def _skip_place(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after the place of a court or a university: المحكمة الابتدائية بقابس."""
        word = _read_next(passage, place)
        if noun not in self._lists["named_by_place"] or not word.startswith("ب") or len(word) < 4:
            return place
        verb = word.removesuffix("ت") in self._lists["main_verbs"] or self._lexicon.find_form(word)[0]
        town = word.removeprefix("بال").removeprefix("ب")
        return place if verb or not self._lists["native_words"].isdisjoint((word, town)) else place + 1

    def _is_named_after(self, passage: Passage, place: int, inner: int, noun: str) -> bool:
        """Tell whether the definite noun whose name a noun of a kind makes follows it: هيئة الرقابة."""
        following = _read_next(passage, inner)
        if not is_definite(following) or (noun not in self._lists["named_after_kinds"] and inner == place + 1):
            return False
        if any(following in self._lists[name] for name in ("not_nouns", "former_or_future", "name_adjectives")):
            return False
        if noun in self._lists["named_after_anybody"]:
            return True
        known = (match for match in passage.matches.get(inner, ()) if match.form.role != "later")
        return all(self._is_of_other_kind(passage, {noun}, match) for match in known)

    def _end_state(self, passage: Passage, place: int, noun: str) -> int:
        """Return the word after a name that ends in a place, or 0: حزب تونس الخضراء, بنك بيروت, شركة مرافئ طرابلس."""
        opaque, placed = (noun in self._lists[name] for name in ("opaque_nouns", "place_named_kinds"))
        for end in range(place + 1, place + 2 + _LONGEST_CONSTRUCT):
            if last := self.find_place_end(passage, end):
                known = [*passage.matches.get(place, ()), *passage.matches.get(place + 1, ())]
                if any(match.end >= last and not self._gazetteer.is_state(match.form.party) for match in known):
                    return 0  # حركة نداء تونس is listed, also in حزب حركة نداء تونس
                if opaque:
                    more = is_definite(passage.after(last)) and passage.after(last) not in self._lists["not_nouns"]
                    return last + more if last + more - place >= _SHORTEST else 0
                last += self._count_adjectives(passage, last)
                end_of_purpose = self._skip_purpose(passage, last)
                return end_of_purpose if placed or end > place + 1 else 0
            if not self._is_inner(passage, end, opaque or placed):
                return 0
        return 0

    def find_place_end(self, passage: Passage, place: int) -> int:
        """Return the word after the name of a state or its capital that starts at a place, or 0."""
        matches = (match for match in passage.matches.get(place, ()) if match.clitics == 0)
        places = (match for match in matches if match.form.role in ("name", "capital"))
        return max((match.end for match in places if self._gazetteer.is_state(match.form.party)), default=0)

    def _is_inner(self, passage: Passage, place: int, any_noun: bool) -> bool:
        """Tell whether a word may be between the noun of a kind and the place in its name: مرافئ."""
        word, lexicon = _read_next(passage, place), self._lexicon
        if not word or word in self._lists["name_nouns"]:
            return bool(word)
        if not any_noun or is_definite(word) or lexicon.is_everyday(word) or word[0] in "وفبل":
            return False
        adjective = add_article(word) in self._lists["name_adjectives"]  # زار وفد شركة كبرى مصر
        return not (adjective or lexicon.has("persons", word) or lexicon.has("main_verbs", word))

    def _is_of_other_kind(self, passage: Passage, nouns: set[str], match: Match) -> bool:
        """Tell whether a noun makes another body of a listed name: هيئة الاتصالات السعودية, but موقع «تويتر».

        A company's name is meant where it is no definite noun, a common word only after a noun of its own kind.
        """
        party = self._gazetteer.parties.get(match.form.party)
        kinds = {self._kinds[noun] for noun in nouns if noun in self._kinds}
        if party and party.kind == "state":
            return not nouns.isdisjoint(self._lists["place_named_kinds"])  # جامعة الكويت
        if party is None or not is_definite(passage.words[match.start].folded):
            return False
        if party.kind in kinds:
            return is_other_medium(nouns, party) or has_other_kind(nouns, party)
        return party.kind == "company" or match.form.role == "weak"

    def _count_adjectives(self, passage: Passage, place: int) -> int:
        """Return how many definite adjectives stand from a word on."""
        places = range(place, place + _LONGEST_TAIL)
        return sum(1 for _ in takewhile(lambda one: self._is_adjective(passage, one), places))

    def _is_adjective(self, passage: Passage, place: int) -> bool:
        """Tell whether a word is a definite adjective of a body, and not the year of العام الماضي."""
        year = passage.after(place) == _YEAR and passage.after(place + 1) in self._lists["fillers"]
        return not year and _is_adjective(_read_next(passage, place))

    def _skip_joined(self, passage: Passage, place: int) -> int:
        """Return the word after a definite noun that is joined to a name, with its adjectives: والبورصات الأميركية."""
        word = _read_next(passage, place)
        if not word.startswith("و") or not is_definite(word[1:]) or self._means_named_body(word):
            return place
        if word[1:] in self._lists["not_nouns"]:
            return place
        if place in passage.matches or self._lexicon.has("persons", word) or self._lexicon.has("crowds", word):
            return place
        return place + 1 + self._count_adjectives(passage, place + 1)

    def _skip_purpose(self, passage: Passage, place: int) -> int:
        """Return the word after what a body is for: للنزل, لصناعة الإطارات المطاطية."""
        first = _read_next(passage, place)
        if not first.startswith("ل") or self._lexicon.is_everyday(first) or self._lexicon.is_first_name(first):
            return place
        if self._means_named_body(first) or self._is_body(passage, place):
            return place
        end = place + 1
        if not first.startswith("لل"):
            if not is_definite(_read_next(passage, end)):
                return place
            end += 1
        while end < place + _LONGEST_TAIL and self._continues_purpose(passage, end):
            end += 1
        governs = passage.after(end) in self._lists["complement_prepositions"]  # للحصول على
        return place if governs and end == place + 1 and not self._is_subject(passage, place) else end

    def _is_subject(self, passage: Passage, place: int) -> bool:
        """Tell whether a verb of speech is right before the definite words that end at a place: دعت الجمعية الوطنية."""
        first = max(0, place - _LONGEST_TAIL)
        while place > first and is_definite(passage.words[place - 1].folded):
            place -= 1
        return passage.find_verb(place - 1) is not None

    def _is_body(self, passage: Passage, place: int) -> bool:
        """Tell whether a known body is named at a word: اللجنة التنفيذية للفيفا."""
        matches = (match for match in passage.matches.get(place, ()) if match.form.role in ("name", "body"))
        parties = (self._gazetteer.parties.get(match.form.party) for match in matches)
        return any(party is None or party.kind not in ("state", "leader") for party in parties)

    def _continues_purpose(self, passage: Passage, place: int) -> bool:
        word = _read_next(passage, place)
        joined = word.startswith("و") and is_definite(word[1:]) and not self._means_named_body(word)
        return joined or self._is_adjective(passage, place) or (is_definite(word) and word.endswith("يات"))

    def _means_named_body(self, written: str) -> bool:
        """Tell whether a noun after ل or و means a body or its head: للحركة, لوزارة, والجمعية, للرئيس."""
        known = (self._kinds, self._lists["ministers"], self._lists["officials"])
        return any(noun in words for noun in read_nouns(written) for words in known)


def _read_next(passage: Passage, place: int) -> str:
    """Return the folded word at a place if only a space is before it; else an empty string."""
    near = place < len(passage.words) and passage.words[place].gap.isspace() and "\n" not in passage.words[place].gap
    return passage.words[place].folded if near else ""


def _is_adjective(word: str) -> bool:
    """Tell whether a folded word is a definite adjective such as names of bodies have."""
    lists = load_lexicon().words
    if not is_definite(word) or word in lists["not_epithets"] or word in lists["after_names"]:
        return False
    return is_belonging(word) or word in lists["name_adjectives"]
