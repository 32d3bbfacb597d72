"""The files of an analysis: positions, statements, matrix, report, and what is made of the positions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from janib.articles.analysis import Analysis
from janib.articles.report.corpus import fits_one_page
from janib.articles.report.exports import ALSO, TABLE_FILE, write_exports
from janib.articles.report.matrix import MATRIX_COLUMNS, count_pairs, list_rows
from janib.articles.report.page import render_article, render_report
from janib.articles.report.stored import POSITIONS_FILE
from janib.articles.report.wording import Language
from janib.errors import DataError
from janib.io.files import list_others, refuse_file, write_folder
from janib.io.text_tables import TEXT, write_records

STATEMENTS_FILE, MATRIX_FILE, REPORT_FILE = "statements.jsonl", "matrix.csv", "report.html"
LEFT_OUT_FILE = "left_out.txt"
PAGES_FOLDER = "articles"
"""Where each of many articles has a page of its own, if their texts are too long for one file."""

_FILE_SUFFIXES = {Path(name).suffix for name in (POSITIONS_FILE, TABLE_FILE, REPORT_FILE, *ALSO.values())}
_PAGE_NAME = re.compile(r"\d+\.html")
_FILES = (
    POSITIONS_FILE,
    STATEMENTS_FILE,
    MATRIX_FILE,
    REPORT_FILE,
    LEFT_OUT_FILE,
    TABLE_FILE,
    PAGES_FOLDER,
    *ALSO.values(),
)


def check_folder(folder: Path) -> None:
    """Raise DataError if the folder is a file, or holds files of another kind, which would be lost."""
    refuse_file(folder)
    if folder.suffix.lower() in _FILE_SUFFIXES and not folder.exists():
        raise DataError(
            f"{folder} is the name of a file, and an analysis is a folder of files; name a folder, as "
            f"{folder.with_suffix('')}, and ask for further files with --also"
        )
    pages = (name for name in list_others(folder / PAGES_FOLDER, ()) if not _PAGE_NAME.fullmatch(name))
    own = [name for name in _FILES if name != PAGES_FOLDER or not (folder / name).is_file()]
    others = [*list_others(folder, own), *(f"{PAGES_FOLDER}/{name}" for name in pages)]
    if others:
        raise DataError(f"{folder} holds {others[0]}, which an analysis would replace; name a new folder")


def write_analyses(
    analyses: Sequence[Analysis],
    folder: Path,
    also: Collection[str] = (),
    left_out: Sequence[str] = (),
    *,
    bom: bool = True,
    lang: Language = "ar",
) -> None:
    """Write positions, statements, matrix and report; the folder appears when all are written.

    Parameters
    ----------
    analyses
        One for each article.
    folder
        A new folder, or that of an older analysis, which is replaced.
    also
        Further files, named as in :data:`janib.articles.report.exports.ALSO`.
    left_out
        Why rows, files and articles were left out, for a file with a line for each; none is no file.
    bom
        Whether CSV files begin with a byte-order mark.
    lang
        Language of the report.

    Raises
    ------
    DataError
        As :func:`check_folder`.
    """
    check_folder(folder)
    with write_folder(folder) as partial:
        with write_records(partial / POSITIONS_FILE, ()) as positions:
            for analysis in analyses:
                for row in analysis.list_positions():
                    positions.write(row)
        write_exports(partial / POSITIONS_FILE, partial, also, bom=bom)
        with write_records(partial / STATEMENTS_FILE, ()) as statements:
            for analysis in analyses:
                for row in analysis.list_statements():
                    statements.write(row)
        names = {party: name for analysis in analyses for party, name in analysis.names.items()}
        with write_records(partial / MATRIX_FILE, MATRIX_COLUMNS, bom=bom) as matrix:
            for cell in list_rows(count_pairs(analyses), names):
                matrix.write(cell)
        if left_out:
            lines = (" ".join(problem.splitlines()) for problem in left_out)
            (partial / LEFT_OUT_FILE).write_text("".join(f"{line}\n" for line in lines), **TEXT)
        write_report(analyses, partial, lang)


def write_report(analyses: Sequence[Analysis], folder: Path, lang: Language = "ar") -> None:
    """Write the report into a folder: one file, or with long texts a page for each article and one that leads there."""
    addresses = []
    if not fits_one_page(analyses):
        (folder / PAGES_FOLDER).mkdir()
        for number, analysis in enumerate(analyses, start=1):
            addresses.append(f"{PAGES_FOLDER}/{number:04}.html")
            _write_page(render_article(analysis, lang, f"../{REPORT_FILE}"), folder / addresses[-1])
    _write_page(render_report(analyses, lang, addresses), folder / REPORT_FILE)


def _write_page(page: str, path: Path) -> None:
    path.write_text(page, encoding="utf-8", errors="replace", newline="")
