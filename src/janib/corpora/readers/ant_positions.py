"""ANT positions: who is for and against whom in real Tunisian news; labels by offset on the ANT corpus.

Upstream publishes one file an article, in a repository whose archive is fetched whole. Each article that is read is
checked by its own sha256, which ``documents.jsonl`` lists, since the host packs the same files in ever new bytes.
"""

from __future__ import annotations

import html
import re
import tarfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from janib.corpora.base import Corpus, SourceFile, Splits, read_shipped_lines
from janib.errors import DataError
from janib.schema import REPORT_NAME, Example

COMMIT = "06f6a10e80c7a0e7aee0bba2f0a6372c35c45c83"
_ARCHIVE = f"https://codeload.github.com/antcorpus/antcorpus.data/tar.gz/{COMMIT}"
_FIELD = {name: re.compile(f"<{name}>(.*?)</{name}>", re.DOTALL) for name in ("TITLE", "TEXT", "TIME")}


def read_positions() -> list[dict[str, Any]]:
    """Return the labels as they are in ``positions.jsonl``; the card describes the keys."""
    return read_shipped_lines(ANT_POSITIONS.shipped)


def read_documents(archive: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """Read articles from the archive: name to text, whose first line is the headline.

    Parameters
    ----------
    archive
        The packed files of upstream's commit.
    wanted
        The articles by name, with the sha256 of each file.

    Raises
    ------
    DataError
        If an article is missing, or is another than the one that was labelled.
    """
    found = {}
    with tarfile.open(archive, "r:*") as members:
        for member in members:
            name = Path(member.name).stem
            stream = members.extractfile(member) if name in wanted and member.isfile() else None
            if stream is None:
                continue
            content = stream.read()
            if sha256(content).hexdigest() != wanted[name]:
                raise DataError(f"{archive}: {member.name} is not the article that was labelled (its sha256 differs)")
            found[name] = make_text(content.decode())
    missing = sorted(wanted.keys() - found.keys())
    if missing:
        raise DataError(
            f"{archive} lacks {len(missing)} of {len(wanted)} articles, {missing[0]} first; expected the files of "
            f"{ANT_POSITIONS.homepage} at commit {COMMIT[:7]}"
        )
    return found


def make_text(content: str) -> str:
    """Return an article's headline, in one line, and its body; offsets count in this text."""
    title, body = (_take_field(content, name) for name in ("TITLE", "TEXT"))
    return f"{' '.join(title.split())}\n{body.strip()}\n"


def _take_field(content: str, name: str) -> str:
    found = _FIELD[name].search(content)
    return html.unescape(found[1]) if found else ""


def _read(paths: list[Path]) -> Splits:
    documents = read_documents(
        paths[0], {one["doc"]: one["sha256"] for one in read_shipped_lines("ant_positions/documents.jsonl")}
    )
    splits: Splits = {"train": [], "valid": [], "test": []}
    for one in read_positions():
        splits[one["split"]].append(make_pair(one, documents[one["doc"]]))
    return splits


def make_pair(one: Mapping[str, Any], text: str) -> Example:
    """Return the row of a label, whose offsets count in the text."""
    (start, end), *_ = one["mentions"]
    return Example(
        id=one["id"],
        text=text[one["start"] : one["end"]],
        target=text[start:end],
        speaker="، ".join(text[first:last] for first, last in one["speakers"]) or REPORT_NAME,
        document=one["doc"],
        group=one["doc"],
        stance=one["stance"],
        sentiment=one["sentiment"],
    )


ANT_POSITIONS = Corpus(
    name="ant_positions",
    title="ANT positions: who is for and against whom in real Tunisian news",
    homepage="https://github.com/antcorpus/antcorpus.data",
    licence="labels CC BY 4.0; the articles Apache-2.0, and their authors ask to be cited",
    citation="Chouigui, Ben Khiroun, Elayeb: ANT Corpus: An Arabic News Text Collection for Textual Classification. "
    "AICCSA 2017. Labels: The Janib authors: ANT positions, 2026",
    read=_read,
    metrics={"stance": "macro_f1", "sentiment": "macro_f1"},
    files=(
        SourceFile("antcorpus.tar.xz", f"https://codeload.github.com/antcorpus/antcorpus.data/tar.gz/{COMMIT}", ""),
    ),
    target_in="text",
    shipped="ant_positions/positions.jsonl",
    notes="Labelled by a language model, by reading; see its card. The test split holds pairs drawn at random alone; "
    "in train and valid half was drawn where a side was likely. Articles do not cross splits.",
)
