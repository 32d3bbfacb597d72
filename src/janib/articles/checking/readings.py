"""Labels that people gave to positions, read back from their sheets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from janib.articles.checking.label_studio import read_tasks
from janib.articles.checking.sample import WITHHELD
from janib.articles.checking.sheets import TASKS_SUFFIX
from janib.corpora.readers.label_words import find_meanings
from janib.errors import DataError
from janib.io.formats import open_table
from janib.io.text_tables import WRITTEN_SUFFIXES, Record, choose_format, write_records
from janib.labels import ARABIC_NAMES, STANCE_LABELS

_LABEL_COLUMNS = ("id", "text", "target", "speaker", "document", "group", "stance")
_MOST_NAMED = 10
_WORDS = tuple(f"{label} ({ARABIC_NAMES[label]})" for label in STANCE_LABELS)


@dataclass(slots=True)
class ReadPosition:
    """A position and the labels that people gave it.

    Attributes
    ----------
    id
        Names it in all sheets.
    article, text, target, speaker
        What was read; blank where the sheet has no such column.
    predicted
        The model's most probable stance.
    is_shown
        Whether that is shown.
    stratum_size
        How many positions its stratum has, or None if the sheet is no stratified sample.
    labels
        The label of each reader who gave one.
    """

    id: str
    article: str
    text: str
    target: str
    speaker: str
    predicted: str
    is_shown: bool
    stratum_size: int | None
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def gold(self) -> str | None:
        """The label that most readers gave; None if nobody gave one, or two labels have as many readers."""
        ranked = Counter(self.labels.values()).most_common(2)
        if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
            return None
        return ranked[0][0]


def read_sheets(paths: Sequence[Path], column: str = "stance") -> list[ReadPosition]:
    """Read the sheets of one reader or several, and join what they say of the same position.

    Parameters
    ----------
    paths
        Sheets of ``janib sample`` that were filled in, exports of Label Studio (``.json``), or tables with the columns
        ``predicted`` and ``column``. Each table is another reader's.
    column
        The column of a table that holds the people's labels.

    Raises
    ------
    DataError
        If a file cannot be read, a column is missing, a label is unknown, two sheets tell other things of a position,
        or nobody has labelled anything.
    """
    found: dict[str, ReadPosition] = {}
    problems: list[str] = []
    rows = [
        (f"{path}, {place}", fields, {_name_reader(path, who, paths): word for who, word in words.items()})
        for path in paths
        for place, fields, words in _list_rows(path, column)
    ]
    predicted = _find_meanings(str(fields.get("predicted") or "") for _, fields, _ in rows)
    meanings = _find_meanings(word for *_, words in rows for word in words.values())
    for place, fields, words in rows:
        try:
            row = _make_row(fields, place, predicted)
            _add_labels(found.setdefault(row.id, row), row, words, meanings)
        except DataError as error:
            problems.append(f"{place}: {error}")
    if problems:
        more = len(problems) - _MOST_NAMED
        raise DataError(
            *problems[:_MOST_NAMED],
            *([f"and {more} more"] if more > 0 else []),
            f"mend them; a label is {', '.join(_WORDS)}, or blank where nobody has read",
        )
    if not any(row.labels for row in found.values()):
        names = ", ".join(map(str, paths))
        raise DataError(f"{names}: nobody has labelled a row yet; fill in {column!r} with {', '.join(STANCE_LABELS)}")
    return list(found.values())


def _list_rows(path: Path, column: str) -> Iterator[tuple[str, Mapping[str, Any], dict[str, str]]]:
    """Yield the place of each row, its fields, and each reader's word; the reader of a table has no name."""
    if path.suffix.lower() == TASKS_SUFFIX:
        for number, (data, told) in enumerate(read_tasks(path), 1):
            yield f"task {number}", data, told
        return
    with open_table(path) as reader:
        reader.require(["predicted"], "a sheet that janib sample wrote")
        reader.require([column], "--column")
        for record in reader:
            if record.problem:
                raise DataError(f"{path}, {record.place}: {record.problem}")
            word = (record.text(column) or "").strip()
            yield record.place, _list_fields(record), {"": word} if word else {}


def _name_reader(path: Path, who: str, paths: Sequence[Path]) -> str:
    """Return a name that no reader of another file has."""
    is_unique = sum(other.name == path.name for other in paths) == 1
    file = path.name if is_unique else str(path)
    return (who if len(paths) == 1 else f"{who} in {file}") if who else file


def _list_fields(record: Record) -> dict[str, Any]:
    return {"id": str(record.number)} | {name: record.text(name) for name in record.fields}


def _add_labels(old: ReadPosition, row: ReadPosition, words: Mapping[str, str], meanings: Mapping[str, str]) -> None:
    """Add the labels of a row to those that a position has already."""
    if (old.text, old.predicted) != (row.text, row.predicted):
        raise DataError(f"the position {row.id!r} has another text or prediction than before")
    for reader, word in words.items():
        if reader in old.labels:
            raise DataError(f"{reader} labels the position {row.id!r} a second time")
        old.labels[reader] = _find_label(word, meanings)


def _make_row(fields: Mapping[str, Any], place: str, meanings: Mapping[str, str]) -> ReadPosition:
    likeliest = str(fields.get("predicted") or "")
    is_shown = str(fields.get("shown") or "") != WITHHELD
    if not likeliest:  # janib predict withholds a label so
        likeliest, is_shown = _find_likeliest(fields), False
    size = str(fields.get("stratum_size") or "")
    if size and not (size.isdecimal() and int(size)):
        raise DataError(f"stratum_size is {size!r}, expected the whole number that janib sample wrote")
    return ReadPosition(
        id=str(fields.get("position") or fields.get("id") or place),
        article=str(fields.get("article") or ""),
        text=str(fields.get("text") or ""),
        target=str(fields.get("target") or ""),
        speaker=str(fields.get("speaker") or ""),
        predicted=_find_label(likeliest, meanings),
        is_shown=is_shown,
        stratum_size=int(size) if size else None,
    )


def _find_likeliest(fields: Mapping[str, Any]) -> str:
    """Return the stance of the highest probability in the columns that ``janib predict`` writes."""
    try:
        shares = {label: float(fields[f"p_{label}"]) for label in STANCE_LABELS}
    except (KeyError, TypeError, ValueError) as error:
        raise DataError("predicted is blank, and no probabilities tell the label") from error
    return max(shares, key=shares.__getitem__)


def _find_meanings(words: Iterable[str]) -> dict[str, str]:
    """Return the stance that each word means, in English or Arabic, or as -1, 0 or 1."""
    return {label: label for label in STANCE_LABELS} | find_meanings("stance", set(words), {})


def _find_label(word: str, meanings: Mapping[str, str]) -> str:
    if word not in meanings:
        raise DataError(f"the label {word!r} is unknown")
    return meanings[word]


def check_labels_file(path: Path) -> None:
    """Raise DataError if labels cannot be written to a file of this suffix."""
    choose_format(path, WRITTEN_SUFFIXES)


def write_labels(rows: Sequence[ReadPosition], path: Path, *, bom: bool = True) -> int:
    """Write the labels that most readers gave as rows to train on, and return their number.

    The columns are those that ``data=csv`` reads; rows of one article have one group, so that grouped folds keep them
    together.

    Raises
    ------
    DataError
        If the file's suffix is unknown, or a row has no text.
    """
    read = [row for row in rows if row.gold is not None]
    for row in read:
        if not row.text:
            raise DataError(f"the position {row.id!r} has no text to train on; keep the sheet's column text")
    with write_records(path, _LABEL_COLUMNS, bom=bom) as labels:
        for row in read:
            labels.write(
                {
                    "id": row.id,
                    "text": row.text,
                    "target": row.target,
                    "speaker": row.speaker,
                    "document": row.article,
                    "group": row.article,
                    "stance": row.gold,
                }
            )
    return len(read)
