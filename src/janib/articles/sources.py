"""Articles from files, folders, standard input, columns of tables, and web pages."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from janib.articles.analysis import Article, DateSource
from janib.articles.dates import check_date_form, parse_date
from janib.articles.metadata import Metadata, read_metadata, suggest_columns
from janib.errors import DataError, need_extra
from janib.io.formats import TABLE_SUFFIXES, open_table
from janib.io.given import is_typed, refuse_foreign
from janib.io.text_tables import STANDARD_INPUT, Record, TableReader, decode_text, find_suffix, is_stream, open_bytes
from janib.schema import check_text, is_blank

ArticleFormat = Literal["txt", "html", "csv", "jsonl"]

_TEXTS: dict[str, Literal["txt", "html"]] = {".txt": "txt", ".html": "html", ".htm": "html"}
_TABLES = tuple(suffix for suffix in TABLE_SUFFIXES if suffix not in _TEXTS)
_OUTLET, _DATE, _ID = "outlet", "date", "id"  # columns that are read if there are such


@dataclass(frozen=True, slots=True)
class Layout:
    """Where sources hold text, outlet and date, and what is known of articles that tell none themselves.

    Attributes
    ----------
    column
        The column of a table that holds the text.
    outlet_column, date_column, id_column
        Columns of the outlet, the date and the article's name; None for ``outlet``, ``date`` and ``id``, if there are
        such columns. In a ``meta.csv``, the id is the name of the text's file.
    date_form
        Form of the dates, as :func:`janib.articles.dates.parse_date` takes it.
    outlet, date
        Of articles whose row or page has none; the date in the same form.
    form
        Format of standard input; a file's suffix says its format.

    Raises
    ------
    ConfigError
        If the form tells no whole date.
    DataError
        If the date is none.
    """

    column: str = "text"
    outlet_column: str | None = None
    date_column: str | None = None
    date_form: str | None = None
    outlet: str = ""
    date: str = ""
    form: ArticleFormat | None = None
    id_column: str | None = None

    def __post_init__(self) -> None:
        if self.date_form is not None:
            check_date_form(self.date_form)
        if self.date:
            object.__setattr__(self, "date", self.read_date(self.date))

    def read_date(self, written: str) -> str:
        """Return the ISO date of a date in the sources' form.

        Raises
        ------
        DataError
            If it is no such date.
        """
        try:
            return parse_date(written, self.date_form)
        except DataError as error:
            if self.date_form is not None:
                raise
            raise DataError(f"{error}, or name its form: --date-format %d/%m/%Y") from error

    @property
    def chosen_columns(self) -> dict[str, str | None]:
        """The column that was named for each field of a row, or None."""
        return {_OUTLET: self.outlet_column, _DATE: self.date_column, _ID: self.id_column}

    def read_about(self, record: Record) -> tuple[str, str]:
        """Return the outlet and the ISO date that a row tells, each empty if it tells none.

        Raises
        ------
        DataError
            If its date is none.
        """
        written = (record.text(self.date_column or _DATE) or "").strip()
        outlet = (record.text(self.outlet_column or _OUTLET) or "").strip()
        return outlet, self.read_date(written) if written else ""

    def make_article(self, text: str, name: str, outlet: str, date: str, told_by: DateSource) -> Article:
        """Return an article; what its row or page does not tell is as given for all."""
        return Article(text, name, outlet or self.outlet, date or self.date, told_by if date else "given")


def read_articles(
    source: str, layout: Layout, on_problem: Callable[[str], None], most_bytes: int | None = None
) -> Iterator[Article]:
    """Read the articles of a file, of a folder and the folders in it, or of standard input (``-``).

    Each row of a table is an article, and the column ``id`` names it if there is one. A web page is read without
    menus, footers and scripts; offsets count in the text that is left.

    Parameters
    ----------
    source
        File, folder, ``-``, or the text of an article itself.
    layout
        Where the text, the outlet and the date are.
    on_problem
        Called with the problem of a row, or of a file of a folder; the others are still read.
    most_bytes
        Bytes that a table may unpack to, as :func:`janib.io.formats.open_table` takes them.

    Raises
    ------
    DataError
        If there is no such file, or it holds no article.
    MissingExtraError
        If a web page is read and the extra ``html`` is not installed.
    """
    path = Path(source)
    if is_typed(source):
        yield layout.make_article(source, "typed text", "", "", "given")
        return
    if not is_stream(source) and path.is_dir():
        yield from _read_folder(path, layout, on_problem)
        return
    form = (layout.form if is_stream(source) else None) or _choose_format(source)
    if form == "txt" or form == "html":  # mypy follows no set
        yield _read_file(source, form, layout)
    else:
        with open_table(source, None if form == "table" else form, most_bytes) as reader:
            yield from _read_rows(reader, layout, on_problem)


class Sources:
    """The articles of several sources; all are read once at the beginning, so that their faults are told at once.

    Parameters
    ----------
    sources
        Files, folders, ``-`` and typed texts, as :func:`read_articles` takes them.
    layout
        Where the text, the outlet and the date are.
    on_problem
        Called with the problem of a row or a file, which is left out, and so with that of an article.

    Attributes
    ----------
    count
        Number of articles.
    problems
        The problems of the rows and files that were left out.

    Raises
    ------
    DataError
        If a source does not exist, there is only one and it cannot be read, or no article is left.
    """

    def __init__(self, sources: Sequence[str], layout: Layout, on_problem: Callable[[str], None]) -> None:
        self.problems: list[str] = []
        self._sources, self._layout, self.refuse = sources, layout, on_problem
        for source in sources:
            _check_source(source)
        is_read_once = any(is_stream(source) for source in sources if not is_typed(source))
        self._kept = list(self._read(self._note)) if is_read_once else None
        self.count = sum(1 for _ in self._read(self._note)) if self._kept is None else len(self._kept)
        if not self.count:
            raise DataError(f"no article could be read from {', '.join(sources)}; expected at least one")

    def __iter__(self) -> Iterator[Article]:
        return make_names_unique(self._read(lambda problem: None) if self._kept is None else iter(self._kept))

    def _note(self, problem: str) -> None:
        self.problems.append(problem)
        self.refuse(problem)

    def _read(self, on_problem: Callable[[str], None]) -> Iterator[Article]:
        for source in self._sources:
            try:
                yield from read_articles(source, self._layout, on_problem)
            except DataError as error:
                if len(self._sources) == 1:
                    raise
                on_problem(str(error))


def make_names_unique(articles: Iterable[Article]) -> Iterator[Article]:
    """Rename articles whose name occurred before: the second ``r.txt`` becomes ``r.txt (2)``."""
    seen: Counter[str] = Counter()
    for article in articles:
        seen[article.name] += 1
        times = seen[article.name]
        yield article if times == 1 else replace(article, name=f"{article.name} ({times})")


def list_hints(source: str, layout: Layout) -> list[str]:
    """Say what a user may want to know of a source before it is read.

    Which columns of a table look like the outlet, the date or the id, if nobody named any; and where a folder's texts
    get theirs from. Of a source that cannot be read there is nothing to say; :func:`read_articles` says why.
    """
    with suppress(DataError):
        return _list_hints(source, layout)
    return []


def _list_hints(source: str, layout: Layout) -> list[str]:
    if not os.path.exists(source) or is_stream(source):  # noqa: PTH110 -- Path refuses names that are too long
        return []
    path = Path(source)
    if path.is_dir():
        texts = _list_texts(path)
        metadata = read_metadata(path, texts, layout.id_column, lambda _: None)
        return _describe_metadata(metadata, texts, layout) if metadata else []
    if _choose_format(source) in ("txt", "html"):
        return []
    with open_table(source) as reader:
        return suggest_columns(reader.columns, layout.chosen_columns, reader.name) if reader.columns else []


def _describe_metadata(metadata: Metadata, texts: Sequence[Path], layout: Layout) -> list[str]:
    chosen = {field: column for field, column in layout.chosen_columns.items() if field != _ID}
    without = [text for text in texts if metadata.find(text) is None]
    told = f"outlets and dates are those of {metadata.path}"
    if without:
        told += f"; {len(without):,} of {len(texts):,} texts are not in it, as {without[0].name}"
    return [told, *suggest_columns(metadata.columns, chosen, str(metadata.path))]


def _list_texts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _TEXTS and path.is_file())


def _read_folder(folder: Path, layout: Layout, on_problem: Callable[[str], None]) -> Iterator[Article]:
    paths = _list_texts(folder)
    if not paths:
        raise DataError(f"{folder} holds no article; expected files that end in {', '.join(_TEXTS)}")
    metadata = read_metadata(folder, paths, layout.id_column, on_problem)
    for path in paths:
        try:
            article = _read_file(str(path), _TEXTS[path.suffix.lower()], layout)
            if metadata and (row := metadata.find(path)):
                article = _add_metadata(article, row, metadata, layout)
        except DataError as error:
            on_problem(str(error))
        else:
            yield replace(article, name=path.relative_to(folder).as_posix())


def _add_metadata(article: Article, row: Record, metadata: Metadata, layout: Layout) -> Article:
    for field, column in layout.chosen_columns.items():
        if field != _ID and column is not None and column not in row.fields:
            raise DataError(f"{metadata.path} has no column {column!r}; name the right one with --{field}-column")
    try:
        outlet, date = layout.read_about(row)
    except DataError as error:
        raise DataError(f"{metadata.path}, {row.place}: {error}") from error
    article = replace(article, outlet=outlet or article.outlet)
    return replace(article, date=date, date_from="column") if date else article


def _check_source(source: str) -> None:
    """Raise DataError if there is no such source, or it is no text."""
    path = Path(source)
    if not (is_typed(source) or is_stream(source) or path.is_dir()):
        refuse_foreign(source)
        _choose_format(source)
        open_bytes(source, source).close()


def is_table(source: str) -> bool:
    """Say whether a file's suffix is that of a table, each row of which is an article.

    Raises
    ------
    DataError
        If the suffix is unknown.
    """
    return _choose_format(source) == "table"


def _choose_format(source: str) -> Literal["txt", "html", "table"]:
    """Return the format of a file's suffix, or text for streams."""
    suffix = find_suffix(source, [*_TEXTS, *_TABLES])
    return _TEXTS.get(suffix, "table") if suffix else "txt"


def _read_file(source: str, form: Literal["txt", "html"], layout: Layout) -> Article:
    is_standard = source in STANDARD_INPUT
    name = "standard input" if is_standard else source
    opened = open_bytes(source, name)
    with nullcontext(opened) if is_standard else opened as file:
        text = decode_text(file.read(), name)
    outlet, date = "", ""
    if form == "html":
        text, outlet, date = _read_page(text, name)
    if is_blank(text):
        raise DataError(f"{name} holds no text; expected an article")
    return layout.make_article(text, Path(name).name, outlet, date, "page")


def _read_page(page: str, name: str) -> tuple[str, str, str]:
    """Return a page's text, outlet and date."""
    with need_extra(f"reading the web page {name}", "html"):
        from trafilatura import bare_extraction

    # Tables hold menus and figures, no statements.
    found = bare_extraction(
        page, with_metadata=True, include_comments=False, include_tables=False, favor_precision=True
    )
    if found is None or isinstance(found, dict) or not found.text:  # a dict only if asked for
        raise DataError(f"{name} holds no article that stands out from its menus; save its text as .txt")
    title = (found.title or "").strip()
    text = found.text if not title or found.text.startswith(title) else f"{title}\n{found.text}"
    return text, found.sitename or "", found.date or ""


def _read_rows(reader: TableReader, layout: Layout, on_problem: Callable[[str], None]) -> Iterator[Article]:
    stem = "" if reader.source in STANDARD_INPUT else Path(reader.source).name
    named = {"--column": layout.column}
    named |= {f"--{field}-column": column for field, column in layout.chosen_columns.items() if column is not None}
    for option, column in named.items():
        reader.require([column], option)
    for record in reader:
        try:
            yield _read_row(record, f"{stem}#{record.number}", layout)
        except DataError as error:
            on_problem(f"{reader.name}, {record.place}: {error}")


def _read_row(record: Record, name: str, layout: Layout) -> Article:
    """Return the article of a row.

    Raises
    ------
    DataError
        If it has no text, or a date that is none.
    """
    if record.problem:
        raise DataError(record.problem)
    for column in filter(None, (layout.column, *layout.chosen_columns.values())):
        if column not in record.fields:
            raise DataError(f"no column {column!r}")
    text = record.fields[layout.column]
    if not isinstance(text, str):
        raise DataError(f"the column {layout.column!r} holds no text")
    if problem := check_text(text, f"the column {layout.column!r}"):
        raise DataError(problem)
    outlet, date = layout.read_about(record)
    return layout.make_article(text, record.text(layout.id_column or _ID) or name, outlet, date, "column")
