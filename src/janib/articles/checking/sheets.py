"""Sheets in which people label a sample of positions: a workbook or CSV, or tasks of Label Studio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from janib.articles.checking.label_studio import CONFIG_SUFFIX, write_config, write_tasks
from janib.articles.checking.sample import DrawnPosition
from janib.errors import DataError
from janib.io.text_tables import write_records
from janib.io.workbook import WORKBOOK_SUFFIX, import_openpyxl, write_workbook
from janib.labels import STANCE_LABELS
from janib.schema import REPORT_NAME

TASKS_SUFFIX = ".json"

READ_COLUMNS = ("position", "article", "outlet", "date", "speaker", "text", "target", "stance", "note")
"""What a reader sees: the text, the target as the text names it, and empty cells for the stance and a note."""

_MODEL_COLUMNS = ("party_id", "predicted", "probability", "shown", "stratum_size")
SHEET_COLUMNS = (*READ_COLUMNS, *_MODEL_COLUMNS)
"""The columns of a sheet; those of the model come last, and a workbook hides them from the reader."""


def check_sheet(path: Path) -> None:
    """Refuse a file that no sheet can be written to, before any work is done.

    Raises
    ------
    DataError
        If its suffix is unknown, or the file exists: it may hold labels that people gave.
    MissingExtraError
        If it is a workbook and openpyxl is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in (WORKBOOK_SUFFIX, ".csv", TASKS_SUFFIX):
        raise DataError(
            f"{path}: a sample is written as .xlsx, .csv or .json (tasks of Label Studio); name a file that ends so"
        )
    for written in _name_files(path):
        if written.exists():
            raise DataError(f"{written} exists, and may hold labels that people gave; name a new file")
    if suffix == WORKBOOK_SUFFIX:
        import_openpyxl()


def write_sheet(sample: Sequence[DrawnPosition], path: Path, *, blind: bool = False, bom: bool = True) -> list[Path]:
    """Write a sheet in the format of the file's suffix, and return the files written.

    Tasks of Label Studio come with the configuration of its page beside them.

    Parameters
    ----------
    sample
        The positions to read.
    path
        A file that ends in ``.xlsx``, ``.csv`` or ``.json``.
    blind
        Whether tasks of Label Studio come without the model's answers; the other sheets never show them first.
    bom
        Whether a CSV begins with a byte-order mark.

    Raises
    ------
    DataError, MissingExtraError
        As :func:`check_sheet`.
    """
    check_sheet(path)
    rows = list(_list_rows(sample))
    suffix = path.suffix.lower()
    if suffix == TASKS_SUFFIX:
        write_tasks(path, rows, blind=blind)
        write_config(path.with_suffix(CONFIG_SUFFIX))
    elif suffix == WORKBOOK_SUFFIX:
        words = {"stance": list(reversed(STANCE_LABELS))}
        hidden = ("position", *_MODEL_COLUMNS)
        with write_workbook(
            path, SHEET_COLUMNS, wrapped={"speaker": 24, "text": 80}, hidden=hidden, choices=words
        ) as workbook:
            for row in rows:
                workbook.write(row)
    else:
        with write_records(path, SHEET_COLUMNS, bom=bom) as sheet:
            for row in rows:
                sheet.write(row)
    return _name_files(path)


def _name_files(path: Path) -> list[Path]:
    """Return the files of a sheet: itself, and beside tasks of Label Studio the configuration of its page."""
    return [path, path.with_suffix(CONFIG_SUFFIX)] if path.suffix.lower() == TASKS_SUFFIX else [path]


def _list_rows(sample: Sequence[DrawnPosition]) -> Iterator[dict[str, object]]:
    for one in sample:
        likeliest, shown = one.stratum
        yield {
            "position": one.id,
            "article": one.position.article,
            "outlet": one.position.outlet,
            "date": one.position.date,
            "speaker": "، ".join(said.surface for said in one.position.speakers if said.surface) or REPORT_NAME,
            "text": one.position.text,
            "target": one.position.mention,
            "stance": "",
            "note": "",
            "party_id": one.position.party_id,
            "predicted": likeliest,
            "probability": one.position.stance_p[likeliest],
            "shown": shown,
            "stratum_size": one.stratum_size,
        }
