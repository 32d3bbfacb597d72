"""Articles from files, folders, standard input, columns of tables, and web pages."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Literal

from janib.articles.analysis import Article
from janib.errors import DataError, MissingExtraError
from janib.io.text_tables import STANDARD_STREAM, RecordReader, decode_text, open_bytes
from janib.schema import check_text, is_blank

ArticleFormat = Literal["txt", "html", "csv", "jsonl"]

_FORMATS: dict[str, ArticleFormat] = {
    ".txt": "txt",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_IN_FOLDERS = (".txt", ".html", ".htm")


def read_articles(
    source: str, column: str, form: ArticleFormat | None, on_problem: Callable[[str], None]
) -> Iterator[Article]:
    """Read the articles of a file, of a folder and the folders in it, or of standard input (``-``).

    Each row of a table is an article: ``column`` holds the text, and the columns ``id``, ``outlet`` and ``date``
    describe it if there are such columns. A web page is read without menus, footers and scripts; offsets count in the
    text that is left.

    Parameters
    ----------
    source
        File, folder or ``-``.
    column
        The column of a table that holds the text.
    form
        Format of standard input; a file's suffix says its format.
    on_problem
        Called with the problem of a row, or of a file of a folder; the others are still read.

    Raises
    ------
    DataError
        If there is no such file, or it holds no article.
    MissingExtraError
        If a web page is read and the extra ``html`` is not installed.
    """
    path = Path(source)
    if source != STANDARD_STREAM and path.is_dir():
        yield from _read_folder(path, on_problem)
        return
    form = (form or "txt") if source == STANDARD_STREAM else _choose_format(path)
    if form in ("csv", "jsonl"):
        yield from _read_rows(source, column, form, on_problem)
    else:
        yield _read_file(source, form)


def make_names_unique(articles: Iterable[Article]) -> Iterator[Article]:
    """Rename articles whose name occurred before: the second ``r.txt`` becomes ``r.txt (2)``."""
    seen: Counter[str] = Counter()
    for article in articles:
        seen[article.name] += 1
        times = seen[article.name]
        yield article if times == 1 else replace(article, name=f"{article.name} ({times})")


def _read_folder(folder: Path, on_problem: Callable[[str], None]) -> Iterator[Article]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _IN_FOLDERS and path.is_file())
    if not paths:
        raise DataError(f"{folder} holds no article; expected files that end in {', '.join(_IN_FOLDERS)}")
    for path in paths:
        try:
            article = _read_file(str(path), _choose_format(path))
        except DataError as error:
            on_problem(str(error))
        else:
            yield Article(article.text, path.relative_to(folder).as_posix(), article.outlet, article.date)


def _choose_format(path: Path) -> ArticleFormat:
    suffix = path.suffix.lower()
    if suffix not in _FORMATS:
        raise DataError(f"{path}: the suffix {suffix!r} names no known format, expected one of {', '.join(_FORMATS)}")
    return _FORMATS[suffix]


def _read_file(source: str, form: ArticleFormat) -> Article:
    is_stream = source == STANDARD_STREAM
    name = "standard input" if is_stream else source
    with nullcontext(sys.stdin.buffer) if is_stream else open_bytes(source, name) as file:
        text = decode_text(file.read(), name)
    article = _read_page(text, name) if form == "html" else Article(text, Path(name).name)
    if is_blank(article.text):
        raise DataError(f"{name} holds no text; expected an article")
    return article


def _read_page(page: str, name: str) -> Article:
    try:
        from trafilatura import bare_extraction
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"reading the web page {name}", "html") from error

    # Tables hold menus and figures, no statements.
    found = bare_extraction(
        page, with_metadata=True, include_comments=False, include_tables=False, favor_precision=True
    )
    if found is None or isinstance(found, dict) or not found.text:  # a dict only if asked for
        raise DataError(f"{name} holds no article that stands out from its menus; save its text as .txt")
    title = (found.title or "").strip()
    text = found.text if not title or found.text.startswith(title) else f"{title}\n{found.text}"
    return Article(text, Path(name).name, found.sitename or "", found.date or "")


def _read_rows(
    source: str, column: str, form: Literal["csv", "jsonl"], on_problem: Callable[[str], None]
) -> Iterator[Article]:
    stem = "" if source == STANDARD_STREAM else Path(source).name
    with RecordReader(source, form) as reader:
        reader.require([column], "--column")
        for record in reader:
            text = record.fields.get(column)
            problem = record.problem
            if problem is None and not isinstance(text, str):
                problem = f"the column {column!r} holds no text" if column in record.fields else f"no column {column!r}"
            problem = problem or check_text(text, f"the column {column!r}")
            if problem:
                on_problem(f"{reader.name}, {record.place}: {problem}")
                continue
            name = record.text("id") or f"{stem}#{record.number}"
            yield Article(str(text), name, record.text("outlet") or "", record.text("date") or "")
