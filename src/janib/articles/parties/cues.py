"""The words around a name that tell how it is meant, from the lexicon."""

from __future__ import annotations

from janib.articles.lexicon import load_lexicon
from janib.articles.parties.composition import load_compositions
from janib.text.spelling import fold

_WORDS = load_lexicon().words
_GROUPS = load_lexicon().groups

_CONJUNCTIONS = ("", "و", "ف")
PARTICLES = frozenset(f"{conjunction}{word}" for conjunction in _CONJUNCTIONS for word in _WORDS["citations"])
SPEECH = PARTICLES | {
    f"{conjunction}{word}"
    for conjunction in _CONJUNCTIONS
    for name in ("speech_verbs", "said_by")
    for word in _WORDS[name]
}
STOP = SPEECH | _WORDS["everyday_words"]
GIVEN = _WORDS["first_names"] - STOP  # على is no Ali
HONORIFICS = _WORDS["honorifics"]
COUNTERPARTS = _WORDS["counterparts"]
PRIVATE = _WORDS["private_persons"]
PERSONS = _WORDS["spokespersons"]
PEOPLE = _WORDS["professions"]
ORGANS = _WORDS["organs"]
TITLES = _WORDS["head_titles"]
LOST = _WORDS["former_or_future"]
PLACES = _WORDS["place_words"]
MOVES = _WORDS["travel_words"]
PREPOSITIONS = _WORDS["before_states"]
MONEY = _WORDS["money_and_languages"]
SEAS = _WORDS["fixed_compounds"]
TONGUES = _WORDS["languages"]
NOBLES = _WORDS["name_honorifics"]
COMMON_FAMILIES = _WORDS["common_family_names"]
SPEAKERS_TITLES = _WORDS["leader_titles"]
EXEMPT = _WORDS["not_epithets"]
EPITHETS = _WORDS["epithets"]
HEADS = _WORDS["heads"]
HOME_BODIES = {
    fold(pattern): row.party for row in load_compositions() if row.role == "home" for pattern in row.patterns
}
DUALS: dict[str, tuple[str, ...]] = {
    f"ال{noun.removesuffix('ه')}{ending}": () if kinds == "any" else tuple(kinds.split())
    for kinds, nouns in _GROUPS["dual_nouns"].items()
    for noun in nouns
    for ending in (("تان", "تين") if noun.endswith("ه") else ("ان", "ين"))
}
LINKS = _WORDS["name_links"]
KIND_HEADS = _GROUPS["kind_heads"]
