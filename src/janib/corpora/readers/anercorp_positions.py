"""ANERcorp positions: who is for and against whom in Arabic newswire of 2000 to 2006; labels by offset on ANERcorp.

Upstream publishes a word a line, with the kind of name it belongs to, and does not mark where an article ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from janib.corpora.base import Corpus, SourceFile, Splits, read_shipped_lines
from janib.corpora.readers.ant_positions import make_pair

_URL = "https://raw.githubusercontent.com/ITE-5th/arabic-ner/80325f06087f604e0a3ce3644a3ab0db99ff1dd9/data/ANERCorp"
_ENDS = frozenset({".", "؟", "!", "?"})
_SPACING = (
    (re.compile(r" ([.،,:؛;؟?!»)\]])"), r"\1"),
    (re.compile(r"([«(\[]) "), r"\1"),
    (re.compile(r'" ([^"]*) "'), r'"\1"'),
)


def join_words(content: str) -> str:
    """Return the words as running text, a sentence a line; offsets count in this text."""
    return "".join(f"{_join(sentence)}\n" for sentence in _cut_sentences(content))


def _cut_sentences(content: str) -> Iterator[list[str]]:
    sentence: list[str] = []
    for line in content.split("\n"):
        if " " not in line:
            continue
        word = line.rsplit(" ", 1)[0].replace("\N{RIGHT-TO-LEFT MARK}", "").strip()
        sentence.append(word)
        if word in _ENDS:
            yield sentence
            sentence = []


def _join(words: list[str]) -> str:
    text = " ".join(filter(None, words))
    for pattern, spaced in _SPACING:
        text = pattern.sub(spaced, text)
    return text


def _read(paths: list[Path]) -> Splits:
    text = join_words(paths[0].read_text(encoding="utf-8"))
    splits: Splits = {"train": [], "valid": [], "test": []}
    for one in read_shipped_lines(ANERCORP_POSITIONS.shipped):
        splits[one["split"]].append(make_pair(one, text))
    return splits


ANERCORP_POSITIONS = Corpus(
    name="anercorp_positions",
    title="ANERcorp positions: who is for and against whom in Arabic newswire",
    homepage="https://github.com/ITE-5th/arabic-ner",
    licence="labels CC BY 4.0; ANERcorp CC BY-SA 4.0 as CAMeL Lab releases it (the copy that is read states none)",
    citation="Benajiba, Rosso, Benedí Ruiz: ANERsys: An Arabic Named Entity Recognition System Based on Maximum "
    "Entropy. CICLing 2007. Labels: The Janib authors: ANERcorp positions, 2026",
    read=_read,
    metrics={"stance": "macro_f1", "sentiment": "macro_f1"},
    files=(SourceFile("anercorp/ANERCorp", _URL, "23313b07d77e1829d604ca8c12fcbf7f6379e84c647ff356865e7a359e9de489"),),
    target_in="text",
    shipped="anercorp_positions/positions.jsonl",
    notes="Labelled by a language model, by reading; see its card. Whole stretches of the corpus are in one split, "
    "with a gap between them, since upstream does not say where an article ends.",
)
