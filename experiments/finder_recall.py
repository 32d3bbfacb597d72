"""Recall of the party finder on human labels: ``python experiments/finder_recall.py``.

NewsFANE (Alotaibi and Lee, COLING 2014; CC BY-SA 3.0) is Arabic newswire of about 2007 with labels of 50 classes of
entities, five of them kinds of parties. The counts are written to ``experiments/results/finder_recall.csv`` and
``.md``. The corpus is fetched, or taken from the mirror folder, as the others; nothing is trained on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.spans import Mention, Sentence
from janib.corpora.base import SourceFile
from janib.corpora.fetch import fetch_file
from janib.io.files import write_csv, write_text
from janib.io.markdown import tabulate

RESULTS = Path(__file__).resolve().parent / "results"
NEWSFANE = SourceFile(
    "newsfane/NewsFANE_Gold_2014_170K.txt",
    "https://raw.githubusercontent.com/bvanaken/visbert/8c0f4a8b8eb821dca6d947206c3e3cbad9cda693/"
    "data/Finegrained/WikiFANE_2014_Gold_standard/NewsFANE_Gold_2014_170K.txt",
    "448b4e7695ce6129c2c5cdd7d460f9eb43319e651f875b1ffbdbe40f8c70480b",
)
CLASSES = ("Nation", "Politician", "Government", "Non-Governmental", "Media")
DATE = "2007-01-01"  # of most of its articles, by the offices that it names
SENTENCES = 20  # of a piece that is read as one article, since the corpus does not say where articles end
PREFIXES, SUFFIXES = frozenset("وفبلك"), frozenset(("ه", "ها", "هم", "هما", "هن", "نا", "ي", "كم"))

PAGE = """\
# How many of the parties that people marked are found

`python experiments/finder_recall.py` reads NewsFANE: {sentences:,} sentences of Arabic newswire of about 2007 with
entities marked by people (Alotaibi and Lee, COLING 2014; CC BY-SA 3.0). It looks for the parties that ship, in pieces
of {piece} sentences. Kinds of names were mended on what it misses, so the figures are not those of unseen news.

{table}

`found` are spans over which a mention lies, at least in part; `exact`, those with the same words. Which party a mention
means was not marked.

The corpus was prepared by machine: every hamza is gone, letters are doubled in places (`الالبنانية`), and clitics stood
apart (they are joined again here), so that some misses are of its spelling. The name of an official right after his
office is no mention of its own, so that a politician there counts as missed. Persons of history are marked, too.
Nations include regions of old (`الاندلس`); media include magazines, presses and the agencies of datelines. Ministries
and courts without their state are found only where the piece names one.
"""


class Span(NamedTuple):
    """A marked entity, in a piece."""

    start: int
    end: int
    label: str


class Piece(NamedTuple):
    """Some sentences that are read as one article."""

    text: str
    sentences: list[Sentence]
    spans: list[Span]


def read_pieces(path: Path) -> Iterator[Piece]:
    """Read the corpus: a word and its label a line, a blank line after a sentence."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    sentences: list[list[tuple[str, str]]] = [[]]
    for line in lines:
        word, _, label = line.replace("\u200e", "").partition("\t")
        if label and word:
            sentences[-1].append((word, label))
        elif sentences[-1]:
            sentences.append([])
    for first in range(0, len(sentences), SENTENCES):
        yield join_sentences(filter(None, sentences[first : first + SENTENCES]))


def join_sentences(sentences: Iterable[list[tuple[str, str]]]) -> Piece:
    """Write the words of sentences as a text, with clitics joined, and find the places of the entities in it."""
    text, found, spans = "", list[Sentence](), list[Span]()
    for words in sentences:
        start, joins = len(text), True
        for word, label in words:
            if not joins and not (label == "O" and word in SUFFIXES):
                text += " "
            if joins and text[-1:] == "ل" and word.startswith("ال") and len(text) > start:
                word = word[1:]
            place = len(text)
            text += word
            if label.startswith("I-") and spans and spans[-1].label == label[2:]:
                spans[-1] = spans[-1]._replace(end=len(text))
            elif label != "O":
                spans.append(Span(place, len(text), label[2:]))
            joins = label == "O" and word in PREFIXES
        found.append(Sentence(start, len(text)))
        text += "\n"
    return Piece(text, found, spans)


def is_found(span: Span, mentions: Iterable[Mention]) -> bool:
    """Tell whether a mention lies over a span, at least in part."""
    return any(one.start < span.end and span.start < one.end for one in mentions)


def count_spans(pieces: Iterable[Piece]) -> tuple[Counter[tuple[str, str]], int]:
    """Count the spans of each class, those found and those found exactly; return also the number of sentences."""
    counts: Counter[tuple[str, str]] = Counter()
    sentences = 0
    for piece in pieces:
        mentions = find_mentions(piece.text, piece.sentences, Gazetteer.shipped(), DATE)
        places = {(one.start, one.end) for one in mentions}
        sentences += len(piece.sentences)
        for span in piece.spans:
            counts[span.label, "spans"] += 1
            counts[span.label, "found"] += is_found(span, mentions)
            counts[span.label, "exact"] += (span.start, span.end) in places
    return counts, sentences


def main() -> None:
    """Count, and write the counts and the page."""
    counts, sentences = count_spans(read_pieces(fetch_file(NEWSFANE)))
    columns = ("spans", "found", "exact")
    rows = [{"class": label, **{name: counts[label, name] for name in columns}} for label in CLASSES]
    write_csv(RESULTS / "finder_recall.csv", ("class", *columns), rows)
    shown = []
    for row in rows:
        shares = (f"{row[name]:,} ({row[name] / row['spans']:.1%})" for name in columns[1:])
        shown.append((str(row["class"]), f"{row['spans']:,}", *shares))
    table = tabulate(("class", *columns), shown)
    write_text(RESULTS / "finder_recall.md", PAGE.format(sentences=sentences, piece=SENTENCES, table=table))


if __name__ == "__main__":
    main()
