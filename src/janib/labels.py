"""Stance, sentiment and sarcasm: the label strings, their order and their names.

No other file of the package spells a label; ``tests/test_labels.py`` checks this.
"""

from __future__ import annotations

from enum import StrEnum


class Stance(StrEnum):
    """The side that a speaker takes towards a target; the order is the column order of probabilities."""

    AGAINST = "against"
    NEUTRAL = "neutral"
    FAVOR = "favor"


class Sentiment(StrEnum):
    """The tone of the wording; the order is the column order of probabilities."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Sarcasm(StrEnum):
    """Whether the words mean something else than they say; the order is the column order of probabilities."""

    NOT_SARCASTIC = "not_sarcastic"
    SARCASTIC = "sarcastic"


STANCE_LABELS: tuple[str, ...] = tuple(stance.value for stance in Stance)
SENTIMENT_LABELS: tuple[str, ...] = tuple(sentiment.value for sentiment in Sentiment)
SARCASM_LABELS: tuple[str, ...] = tuple(sarcasm.value for sarcasm in Sarcasm)

POSITION_LABELS: dict[str, tuple[str, ...]] = {"stance": STANCE_LABELS, "sentiment": SENTIMENT_LABELS}
"""The tasks of a position, which is what a statement says of a party."""

TASK_LABELS: dict[str, tuple[str, ...]] = {**POSITION_LABELS, "sarcasm": SARCASM_LABELS}
"""Tasks whose labels are the same in every corpus. The task ``label`` takes a corpus's own."""

STANCE_OF_SENTIMENT: dict[str, str] = {
    Sentiment.NEGATIVE: Stance.AGAINST,
    Sentiment.NEUTRAL: Stance.NEUTRAL,
    Sentiment.POSITIVE: Stance.FAVOR,
}
"""The stance that a sentiment towards a target amounts to."""

TASKS: tuple[str, ...] = (*TASK_LABELS, "label")

ARABIC_NAMES: dict[str, str] = {
    Stance.AGAINST: "ضد",
    Stance.NEUTRAL: "محايد",
    Stance.FAVOR: "مع",
    Sentiment.NEGATIVE: "سلبي",
    Sentiment.POSITIVE: "إيجابي",
    Sarcasm.NOT_SARCASTIC: "غير ساخر",
    Sarcasm.SARCASTIC: "ساخر",
}
"""Arabic names of the labels; ``neutral`` has one name in both tasks."""

ENGLISH_NAMES: dict[str, str] = {
    label: "for" if label == Stance.FAVOR else label.replace("_", " ") for label in ARABIC_NAMES
}
"""English names of the labels, as a reader says them."""

LABEL_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "stance": {
        Stance.AGAINST: (
            "con", "anti", "oppose", "opposed", "opposes", "opposing", "opposition", "disagree", "ضد", "معارض",
            "معارضة", "يعارض", "رافض", "رفض", "يرفض", "مناهض", "غير مؤيد", "غير موافق",
        ),
        Stance.NEUTRAL: (
            "neutrality", "none", "neither", "no stance", "محايد", "محايدة", "حياد", "حيادي", "على الحياد", "لا موقف",
            "بلا موقف", "بدون موقف",
        ),
        Stance.FAVOR: (
            "favour", "favors", "favours", "in favor", "in favour", "for", "pro", "support", "supports", "supporting",
            "supportive", "agree", "مع", "مؤيد", "مؤيدة", "تأييد", "يؤيد", "موافق", "موافقة", "داعم", "داعمة", "مناصر",
        ),
    },
    "sentiment": {
        Sentiment.NEGATIVE: ("neg", "سلبي", "سلبية", "سالب", "سالبة"),
        Sentiment.NEUTRAL: ("neu", "محايد", "محايدة", "حياد", "حيادي"),
        Sentiment.POSITIVE: ("pos", "إيجابي", "إيجابية", "موجب", "موجبة"),
    },
    "sarcasm": {
        Sarcasm.NOT_SARCASTIC: (
            "0", "no", "false", "not sarcastic", "non-sarcastic", "not sarcasm", "non-sarcasm", "لا", "غير ساخر",
            "غير ساخرة", "ليس ساخرا", "ليست ساخرة",
        ),
        Sarcasm.SARCASTIC: ("1", "yes", "true", "sarcasm", "نعم", "ساخر", "ساخرة", "سخرية"),
    },
}  # fmt: skip
"""Words for the labels of a task in people's files, each of which means one label alone."""
