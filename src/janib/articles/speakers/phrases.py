"""The noun phrases of a sentence, and whom they name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from janib.articles.lexicon import Gender, Lexicon, strip_noun
from janib.articles.speakers.tokens import DASHES, Token
from janib.text.spelling import fold

Anaphor = Literal["paper", "dual", "person", "owned"]
Voice = tuple[str, str]
"""A speaker's party id and the words with his name."""

_MARKED = re.compile("[\u064b-\u0652\u0670ـ]")


@dataclass(slots=True)
class Subject:
    """A noun phrase that can speak.

    Attributes
    ----------
    start, end
        Its words.
    voices
        Whom it speaks for; a name of its own where no party is in it.
    gender
        Of its head, where known.
    anaphor
        What it stands for is told before: a ``paper`` (البيان), a ``dual`` (الجانبان), a ``person`` (المتحدث), or
        somebodys office (رئيس وزرائها), ``owned``.
    is_outlet
        Whether it only relays.
    is_party
        Whether a party is named in it.
    is_short
        Whether it is a short form (المشاري, المتحدث) of one who had a fuller name before.
    names
        Words of the person's own name, where it stands before his office.
    """

    start: int
    end: int
    voices: list[Voice]
    gender: Gender | None
    anaphor: Anaphor | None = None
    is_outlet: bool = False
    is_party: bool = False
    is_short: bool = False
    names: tuple[str, ...] = ()


class Phrases:
    """The noun phrases of one sentence."""

    def __init__(self, text: str, words: list[Token], lexicon: Lexicon, names: Mapping[str, Voice]) -> None:
        self.text, self.words, self.lexicon, self.names = text, words, lexicon, names
        self.forms = ["" if word.is_inner else word.form for word in words]
        self.writes_ta_marbuta = bool(words) and text.find("ة", words[0].start, words[-1].end) >= 0
        self.start = 0
        """The word where the sentence proper starts, behind a dateline."""

    def form(self, i: int) -> str:
        """Return the folded word at a place, empty outside the sentence and inside a name."""
        return self.forms[i] if 0 <= i < len(self.forms) else ""

    def is_boundary(self, i: int) -> bool:
        """Tell whether a place is outside, a mark or a quotation."""
        return not 0 <= i < len(self.words) or self.words[i].is_boundary

    def find_kind(self, i: int, clitic: bool = False) -> str | None:
        """Return the kind of noun that a word is, if it can head a speaker."""
        for kind in ("papers", "persons", "bodies", "outlets"):
            if self.lexicon.has(kind, self.form(i), clitic):
                return kind
        return None

    def prefix(self, i: int) -> str:
        """Return the clitics before the name that starts in a word."""
        word = self.words[i]
        return (
            fold(self.text[word.start : max(word.start, word.mentions[0].start)]).strip('«“"(') if word.mentions else ""
        )

    def is_preposition(self, i: int) -> bool:
        """Tell whether a word is a preposition or has one before it."""
        form = self.form(i)
        if form == "علي" and self.text[self.words[i].end - 1] == "ي" and self._follows_name(i):
            return False  # the name, not على
        bare = form[1:] if form[:1] == "و" and len(form) > 2 else form
        if {form, bare} & self.lexicon.words["prepositions"]:
            return True
        if self.words[i].mentions:
            return bool(set(self.prefix(i)) & set("بلك"))
        if form in ("ل", "ب", "لـ", "بـ"):
            return True
        return bare[:1] in ("ب", "ل") and len(bare) > 3 and self.find_kind(i) is None and bare[:2] != "لا"

    def _is_definite(self, i: int) -> bool:
        form = self.form(i)
        joined = form.startswith("وال") and form not in self.lexicon.words["persons"]  # but والد
        return form.startswith("ال") or joined

    def _follows_name(self, i: int) -> bool:
        return self.form(i - 1) in self.lexicon.words["given_names"] or self.find_kind(i - 1) == "persons"

    def read(self, i: int, stop: int, clitic: bool = False, joined: bool = True) -> Subject | None:
        """Read the speaker that starts at a word.

        Parameters
        ----------
        stop
            The first word that can be no part of it.
        clitic
            Whether a preposition may be joined to its first word, as after وفقا ل.
        joined
            Whether others may follow with و.
        """
        if self.is_boundary(i) or i >= stop:
            return None
        kind = self.find_kind(i, clitic)
        named = self._find_name(i, stop, kind, clitic)
        if named is None:
            return self._read_nameless(i, stop, kind, clitic)
        named = self._prefer_leader(i, named, stop)
        last = self.skip_name(named, stop)
        subject = Subject(i, last, self._list_voices(i, named, kind), self.find_gender(i, clitic))
        subject.is_outlet = self.lexicon.has("outlets", self.form(i), clitic)
        subject.is_party = True
        if kind == "papers":
            subject.gender = None  # البيان and its author both go on speaking
            self._join_adjectives(subject, stop)
        alone = named == i and last == i + 1 and self._is_definite(i)
        subject.is_short = alone and kind in (None, "persons") and subject.gender != "f"
        while joined and (other := self._find_joined(subject.end, stop)) is not None:
            following = self.read(other, stop, joined=False)
            if following is None or following.anaphor:
                break
            subject.voices += [voice for voice in following.voices if voice[0] not in dict(subject.voices)]
            subject.end = following.end
        return subject

    def _join_adjectives(self, paper: Subject, stop: int) -> None:
        """Add the other authors of a paper with several adjectives: بيان سعودي – فرنسي مشترك."""
        while True:
            j = paper.end + (self.form(paper.end) in DASHES)
            if j >= stop or self.is_boundary(j) or not self.words[j].mentions or self.prefix(j):
                return
            if not _MARKED.sub("", self.text[self.words[j].start : self.words[j].end]).endswith(("ي", "ية", "يه")):
                return
            paper.voices += [voice for voice in self._list_voices(j, j, None) if voice[0] not in dict(paper.voices)]
            paper.end = self.skip_name(j, stop)

    def find_gender(self, i: int, clitic: bool = False) -> Gender | None:
        """Tell the gender of a noun, as far as a list and its ending tell it."""
        word = self.words[i]
        plain = _MARKED.sub("", self.text[word.start : word.end])
        bare = word.form[1:] if word.form[:1] == "و" and len(word.form) > 3 else word.form
        lists = self.lexicon.words
        if plain.endswith(("ة", "ات")) or bare in lists["feminine"]:
            return "f"
        if bare in lists["masculine"] or (self.find_kind(i, clitic) and not plain.endswith("ه")):
            return None if plain.endswith("ون") else "m"  # مراسلون بلا حدود is feminine
        return None

    def _find_name(self, i: int, stop: int, kind: str | None, clitic: bool) -> int | None:
        """Return the word where the first name in a phrase starts."""
        definite = self._is_definite(i)
        hops = 0
        for j in range(i, min(stop, i + 10, len(self.words))):
            word = self.words[j]
            if j > i and (self.is_boundary(j) or self.ends_phrase(j)):
                return None
            if word.mentions:
                prefix = set(self.prefix(j))
                if j == i:
                    return j if clitic or not prefix & set("بلك") else None
                if kind is None or prefix & set("وف"):
                    return None
                if kind == "bodies" and not prefix and self._is_definite(j - 1) and not self._is_definite(j):
                    return None  # the object: عائلات الأسرى ترامب
                if "ل" in prefix or self.form(j - 1) in ("ل", "لـ"):
                    before = self.form(j - 1 if "ل" in prefix else j - 2)
                    adjective = before.startswith("ال") and before.endswith(
                        ("ي", "عام", "عامه", "مساعد", "سابق", "سابقه")
                    )
                    ours = kind == "papers" or adjective or before.startswith(("تابع", "التابع"))
                    return j if ours and not self.lexicon.has("outlets", word.form, True) else None
                return j if "ب" not in prefix or kind in ("bodies", "persons") else None
            if j > i and self.is_preposition(j) and self.form(j) != "باسم":
                hops += 1
                free = kind == "papers" or (not definite and kind is not None)
                near = j + 1 < stop and not self.is_boundary(j + 1) and bool(self.words[j + 1].mentions)
                allowed = self.form(j) in ("في", "من", "لدي", "ل", "لـ", "عن", "باسم") or self.form(j)[:1] in "بل"
                if kind is None or not allowed or not (free or (near and self.form(j) in ("في", "لدي"))) or hops > 2:
                    return None
        return None

    def ends_phrase(self, j: int) -> bool:
        """Tell whether a word opens a clause, so that no noun phrase goes past it."""
        form, words = self.form(j), self.lexicon.words
        return form in words["reported"] or form in words["subordinators"] or form in words["contrasts"]

    def _prefer_leader(self, i: int, named: int, stop: int) -> int:
        """Return the word of a leader's name where only his title named a party so far."""
        if named == i or not self.lexicon.has("leaders", self.form(i)):
            return named
        title = self.form(named).startswith("ال") or not self._is_definite(i)
        after = self.skip_name(named, stop)
        if not title or after >= stop or self.is_boundary(after) or not self.words[after].mentions:
            return named
        if self.prefix(after) or self.form(after) in self.lexicon.words["feminine"]:
            return named
        return after

    def skip_name(self, named: int, stop: int) -> int:
        """Return the word behind the name that starts in a word."""
        end = max(mention.end for mention in self.words[named].mentions)
        after = named + 1
        while after < min(stop, len(self.words)) and self.words[after].start < end:
            after += 1
        return after

    def _list_voices(self, i: int, named: int, kind: str | None) -> list[Voice]:
        word = self.words[named]
        voices: list[Voice] = []
        for mention in word.mentions:
            if mention.start != word.mentions[0].start or mention.party in dict(voices):
                continue
            start = mention.start
            if named > i and kind != "papers" and not self._is_leader_name(i, named):
                start = self._skip_clitic(i)
            voices.append((mention.party, self.text[start : mention.end]))
        return voices

    def _is_leader_name(self, i: int, named: int) -> bool:
        """Tell whether a name stands after a leader's title and not inside it."""
        between = [self.form(j) for j in range(i + 1, named)]
        if not self.lexicon.has("leaders", self.form(i)) or self.form(named).startswith("ال"):
            return False
        return self._is_definite(i) or any(form.startswith("ال") for form in between)

    def _skip_clitic(self, i: int) -> int:
        word, kinds = self.words[i], ("persons", "bodies", "papers", "outlets")
        whole = any(word.form in self.lexicon.words[kind] for kind in kinds)
        joined = word.form[:1] in "وفبل" and any(self.lexicon.has(kind, word.form[1:]) for kind in kinds)
        return word.start + 1 if joined and not whole else word.start

    def _find_joined(self, i: int, stop: int) -> int | None:
        """Return where the next of several speakers starts, past the person's own name."""
        for j in range(i, min(stop, i + 6, len(self.words))):
            word = self.words[j]
            if word.form == "." and len(self.form(j - 1)) == 1:
                continue
            if self.is_boundary(j) or self.ends_phrase(j):
                return None
            if self.has_and(j):
                return None if self.lexicon.find_form(word.form)[0] and not word.mentions else j
            if word.mentions or self.is_preposition(j) or word.form in self.lexicon.words["fillers"]:
                return None
        return None

    def has_and(self, j: int) -> bool:
        """Tell whether a word that can speak has و before it."""
        word = self.words[j]
        return self.prefix(j) == "و" if word.mentions else word.form[:1] == "و" and self._skip_clitic(j) > word.start

    def _read_nameless(self, i: int, stop: int, kind: str | None, clitic: bool) -> Subject | None:
        last = i + 1
        while last < min(stop, i + 7, len(self.words)) and not self.is_boundary(last) and not self.ends_phrase(last):
            if self.form(last) in self.lexicon.words["fillers"] or self.words[last].mentions:
                break
            if self.is_preposition(last) and self.form(last) != "باسم":
                inside = self.form(last) in ("في", "من") and not self.lexicon.has("occasions", self.form(last + 1))
                if kind != "persons" or not inside or self._is_definite(i):
                    break
            last += 1
        if kind is None and (known := self.names.get(self.form(i)) or self.names.get(self.form(last - 1))):
            return Subject(i, last, [known], None, is_party=True)
        if self.form(last) == "،" and self.find_kind(last + 1) == "persons":  # خالد الخاطر، كبير محللي X، إن
            office = self.read(last + 1, stop, joined=False)
            if office and office.is_party:
                office.names = tuple(self.form(j) for j in range(i, last))
                return office
        forms = [self.form(j) for j in range(i, last)]
        definite = all(self._is_definite(j) or self.form(j).startswith("لل") for j in range(i, last))
        anaphor: Anaphor | None = None
        if not self.lexicon.words["duals"].isdisjoint(strip_noun(forms[0])):
            anaphor = "dual"
        elif kind == "papers":
            anaphor = "paper"
        elif forms[0] in self.lexicon.words["honours"] or (kind == "persons" and definite and len(forms) <= 2):
            anaphor = "person"
        elif kind == "persons" and self._is_owned(i, last):
            anaphor = "owned"
        start = i
        if kind == "persons" and self._is_definite(i) and not definite:  # المحامي الرياضي فادي الأشقر
            start = next(j for j in range(i, last) if not self._is_definite(j))
        place = self._skip_clitic(start) if start == i else self.words[start].start
        surface = self.text[place : self.words[last - 1].end]
        subject = Subject(i, last, [(fold(surface), surface)], self.find_gender(i, clitic), anaphor)
        subject.is_outlet = kind == "outlets" or self.lexicon.has("outlets", self.form(i), clitic)
        return subject

    def _is_owned(self, i: int, last: int) -> bool:
        """Tell whether an office has a pronoun on it, as in رئيس وزرائها; kin is no office."""
        if self.lexicon.has("kin", self.form(i)) or not self.writes_ta_marbuta:
            return False  # where ة is written ه, no pronoun can be told
        words = (_MARKED.sub("", self.text[word.start : word.end]) for word in self.words[i : min(last, i + 2)])
        return any(word.endswith(("ها", "ه", "هم", "هما")) and not word.startswith("ال") for word in words)

    def can_speak(self, i: int, clitic: bool = False) -> bool:
        """Tell whether a phrase that starts here names somebody: a party, an office, a body, a person."""
        if self.is_boundary(i):
            return False
        if self.words[i].mentions:
            return clitic or not set(self.prefix(i)) & set("بلك")
        bare = self.form(i)[1:] if self.form(i)[:1] == "و" else self.form(i)
        if self.find_kind(i, clitic) is not None or not self.lexicon.words["given_names"].isdisjoint(
            {self.form(i), bare}
        ):
            return True
        return self.form(i) in self.names

    def list_names(self, subject: Subject) -> Iterator[str]:
        """Yield the words of a person's own name behind his office, in this or the next pair of commas."""
        yield from subject.names
        j = subject.end
        if self.form(j) == "،":
            closing = next((k for k in range(j + 1, min(j + 6, len(self.words))) if self.form(k) == "،"), None)
            if closing is None:
                return
            j += 1
        for k in range(j, min(j + 5, len(self.words))):
            form = self.form(k)
            if form == "." and len(self.form(k - 1)) == 1:
                continue
            if self.is_boundary(k) or self.ends_phrase(k) or self.words[k].mentions or self.is_preposition(k):
                return
            given = form in self.lexicon.words["given_names"]
            if (
                form in self.lexicon.words["fillers"]
                or self.lexicon.find_form(form)[0]
                or (form[:1] == "و" and not given)
            ):
                return
            if len(form) > 2 and not self.find_kind(k) and not given:
                yield form
