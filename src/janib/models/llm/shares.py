"""Probabilities of labels from an answer: from log-probabilities of its tokens, or from the label alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from janib.models.llm.endpoint import Completion

SOFTNESS = 0.1
"""What the other labels share where an answer has no log-probabilities; a convention and no measurement."""

_LEAST = 1e-6  # of a label that no likely token begins


def read_shares(answer: Completion, label: str, labels: Sequence[str]) -> list[float]:
    """Return the probability of each label; they sum to 1, and that of the answered label is positive.

    A token's probability goes to the labels that it begins. Where several begin so, the tokens after it decide between
    them. What no listed token takes is shared by the labels that none of them begins.
    """
    return _read_tokens(answer.tokens, label, labels) or soften(label, labels)


def soften(label: str, labels: Sequence[str]) -> list[float]:
    """Return probabilities of a label that is answered without any."""
    rest = SOFTNESS / (len(labels) - 1)
    return [1 - SOFTNESS if one == label else rest for one in labels]


def leave_open(labels: Sequence[str], preferred: str) -> list[float]:
    """Return nearly equal probabilities, for a row without an answer: no threshold lets one of them pass."""
    edge = 0.01
    return [(1 - edge) / len(labels) + edge * (one == preferred) for one in labels]


def _read_tokens(
    tokens: Sequence[tuple[str, dict[str, float]]], label: str, labels: Sequence[str]
) -> list[float] | None:
    """Return the probabilities; None if the label does not stand in the tokens as it is spelled."""
    text = "".join(token for token, _ in tokens)
    start = text.casefold().rfind(label.casefold())
    if start < 0 or len(text) != len(text.casefold()):
        return None
    ends = list(accumulate(len(token) for token, _ in tokens))
    first = next(place for place, end in enumerate(ends) if end > start)
    lead = start - (ends[first] - len(tokens[first][0]))  # characters before the label in its first token, as a space
    shares, mass, said = dict.fromkeys(labels, 0.0), 1.0, ""
    for token, others in tokens[first:]:
        spread = {other: math.exp(min(value, 0.0)) for other, value in others.items()}
        own = said + token[lead:].casefold()
        for other, share in spread.items():
            begun = _find_begun(said + _cut_lead(other, token[:lead]).casefold(), labels)
            if other == token and len(_find_begun(own, labels)) > 1:
                continue  # the next tokens decide
            for one in begun:
                shares[one] += mass * share / len(begun)
        mass, said, lead = mass * spread.get(token, 0.0), own, 0
        if len(_find_begun(own, labels)) <= 1:
            break
    total = sum(shares.values())
    unseen = [one for one in labels if shares[one] <= 0]
    for one in unseen:
        shares[one] = max((1 - total) / len(unseen), _LEAST)
    total = sum(shares.values())
    return [shares[one] / total for one in labels] if math.isfinite(total) and total > 0 else None


def _cut_lead(token: str, lead: str) -> str:
    """Return a token without what stands before a label; another token may have a quotation mark or space less."""
    return token[len(lead) :] if lead and token.startswith(lead) else token.lstrip(" \n\"'")


def _find_begun(text: str, labels: Sequence[str]) -> list[str]:
    """Return the labels that a text begins or that begin a text."""
    if not text:
        return []
    return [one for one in labels if one.casefold().startswith(text) or text.startswith(one.casefold())]
