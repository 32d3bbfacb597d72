"""What an analysis finds in a text. Offsets count code points of the untouched original, so ``text[start:end]``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

REPORT = "report"
"""The party id of the report itself, the speaker where nobody else is."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A statement's place in the text, without the white space around it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that names a party.

    Attributes
    ----------
    start, end
        Without clitics in front.
    party
        Id of the party in the gazetteer; two mentions at one place are a dual's two parties.
    how
        ``name``: a name, demonym or metonym of the gazetteer; ``coreference``: a short form or a dual that stands
        for a party named before; ``ambiguous``: a name of several parties that its context did not decide.
    """

    start: int
    end: int
    party: str
    how: Literal["name", "coreference", "ambiguous"] = "name"


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says a statement.

    Attributes
    ----------
    party
        Id of the party spoken for, or :data:`REPORT`; an id of his own (his words, folded) for a speaker without party.
    surface
        The words with the speaker's name as they stand, or last stood; empty for the report.
    how
        ``named`` in this statement, ``continued`` from before, ``joint`` with others, or ``report``.
    """

    party: str
    surface: str
    how: Literal["named", "continued", "joint", "report"]
