"""Analysing many articles: one after another onto the disk, by several processes, and on after an interruption."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from janib.articles.analysis import ARTICLES, Analyser, Article
from janib.articles.journal import Journal, write_line, write_problem
from janib.articles.report.files import write_analyses
from janib.articles.report.wording import Language
from janib.articles.sources import Sources
from janib.errors import DataError
from janib.inference.progress import Meter, OtherInputError, tell_kept
from janib.inference.workers import process_chunks
from janib.io.resumable import Partial, keep_partial

_SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class Output:
    """The files to write, as :func:`janib.articles.report.files.write_analyses` takes them."""

    folder: Path
    also: Collection[str] = ()
    bom: bool = True
    lang: Language = "ar"


@contextmanager
def analyse_files(
    analyser: Analyser, sources: Sources, output: Output | None, console: Console, *, workers: int, resume: bool
) -> Iterator[Journal]:
    """Analyse the articles of sources, write the output, and yield the analyses, which are on disk during the block.

    Until the output is whole, the analyses grow in a folder ``<output>.partial``, which is kept if the work is
    interrupted. With ``resume`` the work goes on there, if the articles read so far are the same, and the output is the
    same bytes; so it is for any number of workers.

    Parameters
    ----------
    analyser
        What analyses; each of several workers loads it again.
    sources
        The articles; one that a model refuses is left out.
    output
        What to write; None writes nothing.
    console
        Console for progress, and for what is left out.
    workers
        Number of processes.
    resume
        Go on with an output that was interrupted.

    Raises
    ------
    DataError
        If there is an unfinished output and ``resume`` is not set or cannot go on with it.
    """
    if output is None:
        if resume:
            raise DataError("nothing is kept without an output to go on with; add --output FOLDER")
        with TemporaryDirectory() as folder:
            rows = Path(folder) / f"rows{_SUFFIX}"
            rows.touch()
            _analyse_into(rows, None, analyser, sources, console, workers)
            yield Journal(rows)
        return
    with keep_partial(output.folder, analyser.describe(), _SUFFIX, resume=resume) as partial:

        def describe_kept() -> str | None:
            if partial.state is None:
                return None
            return f"{partial.state['articles']:,} articles are kept in {partial.name_folder(output.folder)}"

        with tell_kept(console, describe_kept):
            _analyse_into(partial.rows, partial, analyser, sources, console, workers)
            journal = Journal(partial.rows)
            left_out = [*sources.problems, *journal.problems]
            if len(journal):
                write_analyses(journal, output.folder, output.also, left_out, bom=output.bom, lang=output.lang)
        partial.state = None  # the output is whole, whatever the block does
        yield journal


def _analyse_into(
    rows: Path, partial: Partial | None, analyser: Analyser, sources: Sources, console: Console, workers: int
) -> None:
    """Analyse the articles that a file does not have yet, and add them to it."""
    articles = iter(sources)
    done, signature = _skip_analysed(partial, articles)
    chunks = _pair_chunks(articles)
    with Meter(console, "articles", done) as meter, rows.open("a", encoding="ascii", newline="") as stream:
        loader = analyser.make_loader()
        for some, found in process_chunks(analyser.analyse_each, loader, chunks, workers, ARTICLES):
            for article, analysis in zip(some, found, strict=True):
                signature.update(_sign(article))
                if isinstance(analysis, str):
                    problem = f"{article.name}: {analysis}"
                    sources.refuse(problem)
                    stream.write(write_problem(problem))
                else:
                    stream.write(write_line(analysis))
            done += len(some)
            if partial is not None:
                stream.flush()
                partial.commit({"articles": done, "read": signature.hexdigest()})
            meter.show(done, done / max(sources.count, done))


def _pair_chunks(articles: Iterator[Article]) -> Iterable[tuple[list[Article], list[Article]]]:
    while some := list(islice(articles, ARTICLES)):
        yield some, some


def _skip_analysed(partial: Partial | None, articles: Iterator[Article]) -> tuple[int, Any]:
    """Read the articles that were analysed before an interruption; return their number and their hash.

    Raises
    ------
    DataError
        If they are not the articles that were analysed.
    """
    signature = hashlib.sha256()
    if partial is None or partial.state is None:
        return 0, signature
    done: int = partial.state["articles"]
    for article in islice(articles, done):
        signature.update(_sign(article))
    if signature.hexdigest() != partial.state["read"]:
        raise OtherInputError(
            f"the first {done:,} articles are not those that were analysed before the interruption; give the same "
            f"files to go on, or remove {partial.folder} to begin again"
        )
    return done, signature


def _sign(article: Article) -> bytes:
    return repr(article).encode("utf-8", "backslashreplace")
