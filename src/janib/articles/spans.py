"""Sentences, mentions and speakers of a text.

Offsets count code points of the untouched original, so ``text[start:end]`` is what is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["name", "coreference", "ambiguous"]

REPORT = "report"
"""The party id of the report itself, the speaker where nobody else is."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """The place of a statement in the text, without the white space around it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """The name of a party at a place in the text.

    Attributes
    ----------
    start, end
        Without clitics in front.
    party
        Id of the party in the gazetteer; two mentions at one place are a dual's two parties.
    how
        ``name``: a name, demonym or metonym of the gazetteer; ``coreference``: a short form or a dual that means a
        party named before; ``ambiguous``: a name of several parties that its context did not decide.
    """

    start: int
    end: int
    party: str
    how: How = "name"


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speaker of a statement.

    Attributes
    ----------
    party
        Id of the party spoken for, or :data:`REPORT`. A speaker without party has the own name, folded, as id.
    surface
        The words with the speaker's name, here or where it was told last; empty for the report.
    how
        ``named`` in this statement, ``continued`` from before, ``joint`` with others, or ``report``.
    name
        A person's own name, as fully as the text has it; empty if it has none.
    office
        A person's office or role, in the words of the text; empty if it tells none.
    """

    party: str
    surface: str
    how: Literal["named", "continued", "joint", "report"]
    name: str = ""
    office: str = ""


REPORT_SPEAKER = Speaker(REPORT, "", "report")
"""The report itself as a speaker."""
