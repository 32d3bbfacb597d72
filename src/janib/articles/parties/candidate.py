"""A form of a party at its place, and the words around it."""

from __future__ import annotations

from dataclasses import dataclass

from janib.articles.lexicon import is_definite, load_lexicon
from janib.articles.parties.evidence import Evidence
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.memory import Memory, MentionDraft
from janib.articles.parties.name_trie import Match
from janib.articles.parties.open_names import OpenNames
from janib.articles.parties.party import Party
from janib.articles.parties.passage import Passage
from janib.text.spelling import Word

_SPOKESMAN_REACH = 6  # words between على لسان and the party of a spokesman


@dataclass
class ArticleContext:
    """An article as the rules see it.

    Attributes
    ----------
    text
        The article, untouched.
    gazetteer
        The parties to look for.
    evidence
        How often each is named in the whole article.
    memory
        Those named so far.
    date
        ISO date by which an office finds its holder; may be empty.
    open_names
        Bodies that the gazetteer does not know.
    """

    text: str
    gazetteer: Gazetteer
    evidence: Evidence
    memory: Memory
    date: str
    open_names: OpenNames

    def find_holder(self, office: str, of: str) -> str:
        """Return who holds an office, as the article says or as is known for its date; else an empty string.

        Without a date, only a holder whom the article names: today's need not be meant.
        """
        holder = self.memory.find_holder(office, of, self.date)
        is_meant = self.date or self.memory.is_told(office, of) or self.evidence.named[holder]
        return holder if is_meant else ""


@dataclass(slots=True)
class Candidate:
    """A form at its place, which may be a mention.

    Attributes
    ----------
    match, passage
        The form and its sentence.
    drafts
        The mentions found before it in its sentence.
    article
        What is known of its article.
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
    def is_definite(self) -> bool:
        """Whether its first word has the article; that of ألماني is none."""
        return is_definite(self.word.folded[self.match.clitics :]) and not self.word.surface.startswith("أل")

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
        return load_lexicon().has_joined("citations", self.before) or self.follows_verb

    @property
    def follows_verb(self) -> bool:
        """Whether a verb of speech, or قوله, precedes it."""
        if load_lexicon().has_joined("said_by", self.before):
            return True
        return bool(self.before) and self.passage.is_speech(self.match.start - 1)

    @property
    def last_draft(self) -> MentionDraft | None:
        """The mention that ends where it starts."""
        return self.drafts[-1] if self.drafts and self.drafts[-1].last == self.match.start else None

    @property
    def principal(self) -> str:
        """The state whose spokesman's office starts here: أكدت مصر على لسان وزير الخارجية; else an empty string."""
        words, start = self.passage.words, self.match.start
        pairs = load_lexicon().words["spokesman_pairs"]
        for place in range(start - 1, max(start - _SPOKESMAN_REACH, 0), -1):
            if f"{words[place - 1].folded}_{words[place].folded}" in pairs:
                states = (draft.party for draft in reversed(self.drafts) if draft.last < place)
                return next(filter(self.article.gazetteer.is_state, states), "")
        return ""

    def has_before(self, *lists: str) -> bool:
        """Tell whether the word before it is in one of the lists."""
        return any(self.before in load_lexicon().words[name] for name in lists)

    def count_names(self) -> int:
        """Return how often the article names its party by a form that only it has."""
        return self.article.evidence.named[self.match.form.party]
