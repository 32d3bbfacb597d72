"""Stance and sentiment: the label strings, their order and their names. No other file spells a label."""

from __future__ import annotations

from enum import StrEnum


class Stance(StrEnum):
    """Which side a speaker takes towards a target; the order is the column order of probabilities."""

    AGAINST = "against"
    NEUTRAL = "neutral"
    FAVOR = "favor"


class Sentiment(StrEnum):
    """The tone of the wording; the order is the column order of probabilities."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


STANCE_LABELS: tuple[str, ...] = tuple(stance.value for stance in Stance)
SENTIMENT_LABELS: tuple[str, ...] = tuple(sentiment.value for sentiment in Sentiment)

TASK_LABELS: dict[str, tuple[str, ...]] = {"stance": STANCE_LABELS, "sentiment": SENTIMENT_LABELS}
"""Tasks whose labels are the same in every corpus. The task ``label`` takes a corpus's own."""

TASKS: tuple[str, ...] = (*TASK_LABELS, "label")

ARABIC_NAMES: dict[str, str] = {
    Stance.AGAINST: "ضد",
    Stance.NEUTRAL: "محايد",
    Stance.FAVOR: "مع",
    Sentiment.NEGATIVE: "سلبي",
    Sentiment.POSITIVE: "إيجابي",
}
"""Arabic names for people to read; ``neutral`` is one word in both tasks."""
