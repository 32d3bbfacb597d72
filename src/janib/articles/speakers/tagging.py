"""Tokens of a sentence with what the word lists say of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from janib.articles.lexicon import ARTICLE, Gender, Kind, Lexicon, VerbForm, is_relational, strip_noun
from janib.articles.spans import Mention, Sentence
from janib.articles.speakers.tokens import QUOTATION, tokenise
from janib.text.letters import strip_diacritics, strip_tatweel
from janib.text.spelling import fold

NounKind = Literal["papers", "persons", "bodies", "outlets"]
"""A list of nouns that can head a speaker; a noun of two lists is of the first."""
_KINDS: tuple[NounKind, ...] = ("papers", "persons", "bodies", "outlets")
_TITLE_LETTERS = 30  # at most, of a name in quotation marks
_HAMZAS = frozenset("أإآ")  # the article has none
_PREPOSITIONS = frozenset("بلك")  # those written as one word with the noun


class Voice(NamedTuple):
    """One who speaks; the fields are those of :class:`janib.articles.spans.Speaker`."""

    party: str
    surface: str
    name: str = ""
    office: str = ""

    @property
    def is_private(self) -> bool:
        """Whether a person speaks for no party, so that the own name is the id."""
        return self.party == fold(self.name)

    def complete(self, known: Voice) -> Voice:
        """Return this voice with the fuller name, and the office, under which the same person is known."""
        words, fuller = (set(fold(name).split()) for name in (self.name or self.surface, known.name))
        if self.party != known.party or not words <= fuller:
            return self
        return self._replace(name=known.name, office=self.office or known.office)


class TaggedSentence:
    """The tokens of a sentence, and what the word lists say of each.

    Parameters
    ----------
    text
        The whole text.
    place
        Where the sentence is in it.
    mentions
        The parties named in it, by their start.
    names
        Words of a person's own name to whom the person speaks for, as far as the text told it.
    led
        A leader's id to that of the party led.
    leaders
        Ids of the parties that are persons.

    Attributes
    ----------
    has_ta_marbuta
        Whether the sentence writes ``ة``. Where it writes ``ه`` for it, no pronoun at a noun can be told.
    """

    def __init__(
        self,
        text: str,
        place: Sentence,
        mentions: Sequence[Mention],
        lexicon: Lexicon,
        names: Mapping[str, Voice],
        led: Mapping[str, str],
        leaders: Collection[str] = (),
    ) -> None:
        self.text, self.place, self.mentions = text, place, mentions
        self.lexicon, self.names, self.led, self.leaders = lexicon, names, led, leaders
        self.tokens = tokenise(text, place.start, place.end, mentions)
        self.has_ta_marbuta = "ة" in text[place.start : place.end]
        self._forms = ["" if token.is_inner else token.form for token in self.tokens]
        self._pairs = [f"{first}_{second}" for first, second in pairwise(self._forms)]
        self._verbs = [lexicon.find_form(form) for form in self._forms]
        pairs = (f"{first.form}_{second.form}" for first, second in pairwise(self.tokens))
        self._offices = {i for i, pair in enumerate(pairs) if pair in lexicon.words["office_pairs"]}

    def __len__(self) -> int:
        return len(self.tokens)

    def form(self, i: int) -> str:
        """Return the folded word at a place, empty outside the sentence and inside a name."""
        return self._forms[i] if 0 <= i < len(self._forms) else ""

    def list_forms(self, start: int, end: int) -> list[str]:
        """Return the folded words from ``start`` on, before ``end``, as far as the sentence has them."""
        return self._forms[max(start, 0) : max(end, 0)]

    def slice(self, start: int, end: int) -> str:
        """Return the text from one token to before another, without a clitic in front."""
        return self.text[self.skip_clitic(start) : self.tokens[end - 1].end]

    def plain(self, i: int) -> str:
        """Return the word at a place as written, without vowel signs."""
        token = self.tokens[i]
        return strip_tatweel(strip_diacritics(self.text[token.start : token.end]))

    def is_in(self, i: int, *names: str) -> bool:
        """Tell whether the word at a place is in one of these word lists."""
        form, words = self.form(i), self.lexicon.words
        for name in names:  # noqa: SIM110 - any() is slower, and this is asked most
            if form in words[name]:
                return True
        return False

    def is_joined_in(self, i: int, name: str) -> bool:
        """Tell whether the word at a place, be it with a conjunction, is in a word list."""
        return self.lexicon.has_joined(name, self.form(i))

    def is_pair_in(self, i: int, name: str) -> bool:
        """Tell whether the words at ``i`` and ``i + 1`` are a pair of a word list, written ``first_second`` there."""
        return 0 <= i < len(self._pairs) and self._pairs[i] in self.lexicon.words[name]

    def is_boundary(self, i: int) -> bool:
        """Tell whether a place is outside the sentence, a mark or a quotation."""
        return not 0 <= i < len(self.tokens) or self.tokens[i].is_boundary

    def find_boundary(self, i: int, end: int) -> int | None:
        """Return the first boundary from ``i`` on, before ``end``."""
        return next((j for j in range(i, end) if self.is_boundary(j)), None)

    def has_mentions(self, i: int) -> bool:
        """Tell whether a party's name starts in the word at a place."""
        return 0 <= i < len(self.tokens) and bool(self.tokens[i].mentions)

    def is_leader(self, i: int) -> bool:
        """Tell whether the own name of a person who is a party starts at a place, without a clitic."""
        if not self.has_mentions(i) or self.find_clitics(i) or self.find_kind(i):
            return False
        is_name = not self.form(i).startswith(ARTICLE) or self.lexicon.is_first_name(self.form(i))  # المنصف
        return is_name and self.tokens[i].mentions[0].party in self.leaders

    def is_official(self, i: int) -> bool:
        """Tell whether the own name, of two words or more, of a person who speaks for a party starts at a place."""
        if not self.has_mentions(i) or self.find_clitics(i) or self.find_kind(i):
            return False
        return self.lexicon.is_first_name(self.form(i)) and self.skip_name(i, len(self)) > i + 1

    def find_verb(self, i: int) -> VerbForm | None:
        """Return the form of a verb of speech that a word is, be it with a conjunction."""
        return self._verbs[i][0] if 0 <= i < len(self._verbs) else None

    def find_verb_conjunction(self, i: int) -> str:
        """Return the conjunction joined to the verb of speech that a word is, if it is one."""
        return self._verbs[i][1] if 0 <= i < len(self._verbs) else ""

    def is_finite_verb(self, i: int, kinds: Collection[Kind] = ("said", "clause")) -> bool:
        """Tell whether a word is a finite verb of speech, and neither a noun nor a name that is written the same."""
        form = self.find_verb(i)
        if form is None or form.kind not in kinds or form.tense == "participle":
            return False
        return not self.is_in(i, "also_nouns") and not self.is_given_name(i)

    def find_kind(self, i: int, clitic: bool = False) -> NounKind | None:
        """Return the kind of noun that a word is, be it with a preposition if ``clitic``, if it can head a speaker."""
        if self.is_acting(i) or self.is_pair_in(i, "quantifier_pairs"):
            return "persons"
        if 0 <= i < len(self.tokens) and self.tokens[i].is_acronym and not self.is_in(i, "abbreviated_titles"):
            return "bodies"
        kind = _find_kind(self.lexicon, self.form(i), clitic)
        if kind is None and self.is_joined_in(i, "quantifiers") and not self.is_boundary(i + 1):
            return "persons"
        return kind

    def is_title(self, i: int) -> bool:
        """Tell whether a quotation of few words at a place is the name of what the noun before it is."""
        if self.form(i) != QUOTATION or self.is_definite(i - 1) or self.find_kind(i - 1) in (None, "papers"):
            return False
        token = self.tokens[i]
        is_person = self.find_kind(i - 1) == "persons" and not self.is_in(i - 1, "kin")
        return token.end - token.start <= _TITLE_LETTERS and not is_person

    def is_given_name(self, i: int) -> bool:
        """Tell whether a word is a first name or opens a name: عبد, أم."""
        return self.lexicon.is_first_name(self.form(i)) or self.is_in(i, "given_names")

    def is_issuing(self, i: int) -> bool:
        """Tell whether a word is a verb by which somebody issues a paper, in the third person of the past."""
        form, name = self.form(i), "issuing_verbs"
        return self.lexicon.has_joined(name, form) or self.lexicon.has_joined(name, form.removesuffix("ت"))

    def is_main_verb(self, i: int) -> bool:
        """Tell whether a word is a frequent verb, of no speech, in the third person of the past."""
        form, verbs = self.form(i), self.lexicon.words["main_verbs"]
        return form in verbs or form.removesuffix("ت") in verbs

    def opens_relative(self, i: int, j: int) -> bool:
        """Tell whether a verb after an indefinite noun opens a clause about it: محللون استطلعت رويترز آراءهم."""
        return not self.is_definite(i) and self.form(j).endswith("ت") and self.is_main_verb(j)

    def find_gender(self, i: int, clitic: bool = False) -> Gender | None:
        """Return the gender of a noun, as far as a list and its ending tell it."""
        plain = self.plain(i)
        form = self.tokens[i].form
        bare = form[1:] if form[:1] == "و" and len(form) > 3 else form
        if bare in self.lexicon.words["crowds"] or self._is_proper(i, bare):
            return None
        if plain.endswith(("ة", "ات")) or bare in self.lexicon.words["feminine"]:
            return "f"
        if bare in self.lexicon.words["masculine"] or (self.find_kind(i, clitic) and not plain.endswith("ه")):
            return None if plain.endswith("ون") else "m"  # may be the name of a body, which is feminine
        return None

    def _is_proper(self, i: int, form: str) -> bool:
        """Tell whether a word is an acronym or the name of an outlet, which no ending gives a gender: رويترز."""
        is_outlet = form in self.lexicon.words["outlets"] and not self.lexicon.has("bodies", form)
        return is_outlet or self.tokens[i].is_acronym

    def has_pronoun(self, i: int) -> bool:
        """Tell whether a noun has a pronoun of the third person: رئيسها; ه is none where it is written for ة."""
        if self.is_boundary(i) or self.has_mentions(i) or self.is_given_name(i):
            return False
        plain = self.plain(i)
        is_owned = plain.endswith(("ها", "هم", "هما")) or (plain.endswith("ه") and self.has_ta_marbuta)
        return is_owned and len(plain) > 4 and not plain.startswith(ARTICLE)

    def find_clitics(self, i: int) -> str:
        """Return the clitics before the name that starts in a word."""
        token = self.tokens[i]
        if not token.mentions or token.mentions[0].start <= token.start:
            return ""
        return fold(self.text[token.start : token.mentions[0].start]).strip('«“"(')

    def has_prepositional_clitic(self, i: int) -> bool:
        """Tell whether the name that starts in a word has a preposition joined to it."""
        return not _PREPOSITIONS.isdisjoint(self.find_clitics(i))

    def is_preposition(self, i: int) -> bool:
        """Tell whether a word is a preposition or has one joined to it."""
        if self.is_acting(i - 1):  # القائم بالأعمال
            return False
        form = self.form(i)
        bare = form.removeprefix("و")
        prepositions = self.lexicon.words["prepositions"]
        if form in prepositions or bare in prepositions:
            return not (self._is_ali(i) or self._is_governor(i))
        if self.tokens[i].mentions:
            return self.has_prepositional_clitic(i)
        if form in ("ل", "ب"):
            return True
        if self.tokens[i].is_acronym:
            return False
        if self.lexicon.is_first_name(bare) or self.is_lettered_name(i):
            return False
        return bare[:1] in ("ب", "ل") and len(bare) > 3 and self._may_be_joined(bare) and self.find_kind(i) is None

    def is_acting(self, i: int) -> bool:
        """Tell whether two words at a place open the office of somebody who acts for another: القائم بالأعمال."""
        return i in self._offices

    def is_initial(self, i: int) -> bool:
        """Tell whether a word is the letter of a name, with its dot: جورج و. بوش."""
        token = self.tokens[i]
        return len(token.form) == 1 and self.text[token.end : token.end + 1] == "."

    def is_lettered_name(self, i: int) -> bool:
        """Tell whether a word that begins as if with ب or ل is part of a person's name: ستيفان لوفين."""
        form = self.form(i)
        if form[:1] not in ("ب", "ل") or form[:2] == "لل" or len(form) < 4:
            return False
        if form in self.names:
            return True
        if self.is_in(i, "prepositions") or self._has_joined_noun(form) or self.ends_phrase(i):
            return False
        if self.tokens[i].mentions or self.find_kind(i, clitic=True):
            return False
        if self.is_given_name(i - 1) or self.is_in(i - 1, "forms_of_address") or self.is_in(i - 2, "name_links"):
            return True
        return not form.startswith(("لا", "بال")) and (self._is_first_name(i) or self._is_second_name(i))

    def _may_be_joined(self, form: str) -> bool:
        """Tell whether a word may begin with a preposition: لإجراء, but not لاحق."""
        return form[:2] != "لا" or self._has_joined_noun(form)

    def _is_first_name(self, i: int) -> bool:
        """Tell whether such a word is alone, or with one more, after a title, or between a verb and an office."""
        if self._is_title(i - 1):
            return not self._is_complement(i) and (self._ends_name(i + 1) or self._ends_name(i + 2))
        verb = self.find_verb(i - 1)
        if verb is None or verb.kind != "said":  # others have a complement with ب
            return False
        if self.is_in(i + 1, "reported"):
            return not self.plain(i).endswith(("ا", "ة"))  # as an adverb does
        return self._is_before_office(i + 1) or self._is_before_office(i + 2)

    def _is_second_name(self, i: int) -> bool:
        """Tell whether such a word comes after another, or ends the name after a title."""
        if self.is_boundary(i - 1) or self.has_mentions(i - 1):
            return False
        is_first = self._is_first_name(i - 1)
        if not is_first and not (self._is_title(i - 2) and self._ends_name(i + 1)):
            return False
        if self.is_definite(i - 1) or self.find_verb(i - 1) or self.is_main_verb(i - 1) or self.find_kind(i - 1, True):
            return False
        lists = ("prepositions", "fillers", "negations", "joined_nouns", "said_nouns")
        return not (self.is_in(i - 1, *lists) or self._has_joined_noun(self.form(i - 1)))

    def _has_joined_noun(self, form: str) -> bool:
        """Tell whether a word is a common noun with one letter before it."""
        words = self.lexicon.words
        return form[1:] in words["joined_nouns"] or form[1:] in words["said_nouns"]

    def _is_complement(self, i: int) -> bool:
        """Tell whether a word with ب is what a verb shortly before it is about: ندد الوزير بالقرار."""
        verbs = [verb for verb in map(self.find_verb, range(i - 4, i)) if verb]
        with_object = any(verb.kind in ("optional", "object") for verb in verbs)
        takes = self.lexicon.groups["prepositional_verbs"]["ب"]
        return self.form(i).startswith("ب") and (with_object or any(verb.verb in takes for verb in verbs))

    def _is_title(self, i: int) -> bool:
        if 0 <= i < len(self.tokens) and self.tokens[i].is_inner:  # رئيس الاتحاد الألماني
            return "persons" in (self.find_kind(self._find_name_start(i)), self.find_kind(self._find_name_start(i) - 1))
        if not self.is_definite(i) or self.is_boundary(i):
            return False
        return self.has_mentions(i) or "persons" in (self.find_kind(i), self.find_kind(i - 1))  # رئيس الاتحاد

    def _find_name_start(self, i: int) -> int:
        """Return the token at which the party's name starts that goes on at a token."""
        while i > 0 and self.tokens[i].is_inner:
            i -= 1
        return i

    def _ends_name(self, i: int) -> bool:
        """Tell whether a mark, a preposition, words that are said or a relative clause begin at a place."""
        return self.is_boundary(i) or self.is_in(i, "prepositions", "reported", "relatives")

    def _is_before_office(self, i: int) -> bool:
        """Tell whether an office is at a place, be it after a comma."""
        place = i + (self.form(i) == "،")
        return self.find_kind(place) == "persons" and not self.tokens[place].form.startswith("و")

    def _is_ali(self, i: int) -> bool:
        """Tell whether a preposition is a person's name: the second of two names, and written with ي, not with ى."""
        if not self.is_in(i, "given_names") or self.text[self.tokens[i].end - 1] != "ي":
            return False
        if self.is_in(i - 1, "given_names") or self.find_kind(i - 1) == "persons":
            return True
        is_titled = self.is_definite(i - 1) or self.form(i - 1).startswith("لل")
        is_titled |= i > 0 and self.tokens[i - 1].is_inner
        if not is_titled or not (self.is_definite(i + 1) or self.is_given_name(i + 1)):
            return False
        return self.is_given_name(i + 1) or is_relational(self.form(i + 1)) or self.ends_phrase(i + 2)

    def _is_governor(self, i: int) -> bool:
        """Tell whether a word spelled like و and a preposition is a noun for a person, written with ي: والي."""
        return self.form(i) in self.lexicon.words["persons"] and self.text[self.tokens[i].end - 1] == "ي"

    def is_definite(self, i: int) -> bool:
        """Tell whether a word has the article."""
        form = self.form(i)
        if form.startswith(f"و{ARTICLE}"):
            return form not in self.lexicon.words["persons"]  # but والد
        return form.startswith(ARTICLE) and self.text[self.tokens[i].start] not in _HAMZAS  # but إليزابيث

    def ends_phrase(self, i: int) -> bool:
        """Tell whether a mark or a word that opens a clause is at a place, so that no noun phrase goes past it."""
        return self.is_boundary(i) or self.is_in(i, "reported", "subordinators", "contrasts")

    def has_and(self, i: int) -> bool:
        """Tell whether a word that can speak has و joined to it."""
        if self.tokens[i].mentions:
            return self.find_clitics(i) == "و"
        return self.tokens[i].form[:1] == "و" and self.skip_clitic(i) > self.tokens[i].start

    def skip_clitic(self, i: int) -> int:
        """Return the offset in the text at which a noun starts, without the clitic joined to it."""
        token = self.tokens[i]
        form = token.form
        if form[:1] not in ("و", "ف", "ب", "ل") or any(form in self.lexicon.words[kind] for kind in _KINDS):
            return token.start
        return token.start + (_find_kind(self.lexicon, form[1:], False) is not None)

    def can_speak(self, i: int, clitic: bool = False) -> bool:
        """Tell whether a phrase that starts here names somebody: a party, an office, a body, a person."""
        if self.is_boundary(i):
            return False
        if self.tokens[i].mentions:
            return clitic or not self.has_prepositional_clitic(i)
        form, given = self.form(i), self.lexicon.words["given_names"]
        known = form in self.names or form in given or form.removeprefix("و") in given
        return known or self.find_kind(i, clitic) is not None

    def skip_name(self, i: int, stop: int) -> int:
        """Return the token after the name that starts in a word."""
        end = max(mention.end for mention in self.tokens[i].mentions)
        after = i + 1
        while after < min(stop, len(self.tokens)) and self.tokens[after].start < end:
            after += 1
        return after


@lru_cache(maxsize=1 << 16)
def _find_kind(lexicon: Lexicon, form: str, clitic: bool) -> NounKind | None:
    # The whole word comes before one without its ending: منظمة is a body, and no feminine of منظم.
    found = (kind for noun in strip_noun(form, clitic) for kind in _KINDS if noun in lexicon.words[kind])
    return next(found, None)
