"""The page of ``janib app`` as a WSGI application."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from html import unescape
from http import HTTPStatus
from importlib.resources import files
from pathlib import PurePath
from threading import Lock
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

from janib.app.answers import describe_analyses, describe_file, describe_sentence
from janib.app.requests import (
    BODY_LIMIT,
    MOST_ARTICLES,
    SENTENCE_CHARS,
    Queue,
    RequestError,
    check_address,
    read_articles_asked,
    read_body,
    read_object,
    read_sentence_asked,
)
from janib.articles.analysis import Analyser, Analysis, Article
from janib.articles.report.flat import POSITION_COLUMNS
from janib.articles.report.matrix import SURE
from janib.articles.report.page import render_report
from janib.articles.sources import make_names_unique
from janib.errors import JanibError
from janib.io.strict_json import format_json
from janib.labels import ARABIC_NAMES, ENGLISH_NAMES, POSITION_LABELS, Sentiment, Stance

log = logging.getLogger(__name__)

MOST_REQUESTS = 8
"""Requests with work to do that are served or wait; a further one is told to come again."""

_JSON, _JSON_LINES = "application/json; charset=utf-8", "application/x-ndjson; charset=utf-8"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "janib",
    "X-Content-Type-Options": "nosniff",
}
_SIDES: dict[str, str] = {
    Stance.AGAINST: "con",
    Stance.FAVOR: "pro",
    Stance.NEUTRAL: "even",
    Sentiment.NEGATIVE: "con",
    Sentiment.POSITIVE: "pro",
}

Answer = tuple[str, Iterable[bytes]]
"""A content type and a body."""


class Application:
    """The page, and what it asks: the articles of a file, their analysis, the label of a sentence.

    One request at a time is worked at; some may wait, and a further one is refused. Nothing that is asked is kept.

    Parameters
    ----------
    origins
        The addresses at which browsers reach it, as ``http://127.0.0.1:8000``; no others are answered.
    analyser
        The analyser of articles and its models; by default those that ship.
    framed_by
        Addresses whose pages may show it in a frame.
    """

    def __init__(
        self, origins: Collection[str], analyser: Analyser | None = None, framed_by: Collection[str] = ()
    ) -> None:
        self._origins = tuple(one.lower().rstrip("/") for one in origins)
        self._analyser = analyser or Analyser()
        self._queue, self._computing = Queue(MOST_REQUESTS), Lock()
        self._policy = _make_policy(self._analyser, framed_by)
        self._files = {f"/{name}": (_TYPES[PurePath(name).suffix], [content]) for name, content in _read_page_files()}
        self._files["/"] = self._files.pop("/index.html")
        self._files["/setup.json"] = (_JSON, [_format(_describe_setup())])
        self._routes: dict[str, tuple[str, Callable[[WSGIEnvironment], Answer]]] = {
            **dict.fromkeys(self._files, ("GET", self._show_file)),
            "/articles": ("POST", self._read_file),
            "/analysis": ("POST", self._analyse),
            "/sentence": ("POST", self._label_sentence),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; what is wrong with it is a JSON object with ``error`` and ``reason``."""
        status, extra = HTTPStatus.OK, dict[str, str]()
        try:
            check_address(environ, self._origins)
            kind, body = self._find_route(environ)(environ)
        except ConnectionError:
            raise  # nobody waits for an answer
        except Exception as error:
            status, extra = _choose_status(error)
            kind, body = _JSON, [_format(_describe_error(error))]
        headers = _HEADERS | extra | {"Content-Type": kind, "Content-Security-Policy": self._policy}
        start_response(f"{status.value} {status.phrase}", list(headers.items()))
        return body

    def _find_route(self, environ: WSGIEnvironment) -> Callable[[WSGIEnvironment], Answer]:
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path not in self._routes:
            raise RequestError(HTTPStatus.NOT_FOUND, "path", f"there is no page {path[:100]!r}; open /")
        expected, route = self._routes[path]
        if method != expected:
            found = f"the method is {method[:20]!r}, expected {expected} for {path}"
            raise RequestError(HTTPStatus.METHOD_NOT_ALLOWED, "method", found, headers={"Allow": expected})
        return route

    def _show_file(self, environ: WSGIEnvironment) -> Answer:
        return self._files[environ["PATH_INFO"]]

    def _read_file(self, environ: WSGIEnvironment) -> Answer:
        query = parse_qs(environ.get("QUERY_STRING", ""), max_num_fields=10)
        asked = {key: values[0] for key, values in query.items()}
        columns = {field: asked.get(field, "") for field in ("text", "outlet", "date")}
        content = read_body(environ)
        with self._queue.take_place(), self._computing:
            return _JSON, [_format(describe_file(content, asked.get("name", ""), columns))]

    def _label_sentence(self, environ: WSGIEnvironment) -> Answer:
        row = read_sentence_asked(read_object(environ))
        with self._queue.take_place(), self._computing:
            return _JSON, [_format(describe_sentence(self._analyser, row))]

    def _analyse(self, environ: WSGIEnvironment) -> Answer:
        lines = self._stream_analyses(read_articles_asked(read_object(environ)))
        next(lines)  # takes its place, so that a full queue is a status of its own
        return _JSON_LINES, lines

    def _stream_analyses(self, articles: list[Article | str]) -> Iterator[bytes]:
        """Yield a line for each article that is done, and then one with what was found; the first line is empty.

        It ends early, after the article at work, when whoever asked is gone.
        """
        with self._queue.take_place():
            yield b""
            try:
                analyses: list[Analysis] = []
                problems = [
                    f"article {number}: {one}" for number, one in enumerate(articles, 1) if isinstance(one, str)
                ]
                good = list(make_names_unique(one for one in articles if not isinstance(one, str)))
                yield _format_line({"done": 0, "of": len(good)})
                for done, article in enumerate(good, 1):
                    with self._computing:
                        analyses.append(self._analyser.analyse(article))
                    yield _format_line({"done": done, "of": len(good)})
                yield _format_line(describe_analyses(analyses) | {"problems": problems})
            except Exception as error:  # the answer has begun, so its status is given
                _choose_status(error)
                yield _format_line(_describe_error(error))


def _choose_status(error: Exception) -> tuple[HTTPStatus, dict[str, str]]:
    """Return an error's status and headers; a fault of the program is logged."""
    if isinstance(error, RequestError):
        return error.status, dict(error.headers)
    if isinstance(error, JanibError):
        return HTTPStatus.BAD_REQUEST, {}
    log.exception("a fault of the program")
    return HTTPStatus.INTERNAL_SERVER_ERROR, {}


def _describe_error(error: Exception) -> dict[str, Any]:
    if isinstance(error, RequestError):
        return error.details | {"error": str(error), "reason": error.reason}
    if isinstance(error, JanibError):
        return {"error": str(error), "reason": "input"}
    return {"error": "a fault of the program; the terminal that runs it shows more", "reason": "fault"}


def _format(content: Any) -> bytes:
    return format_json(content).encode("utf-8", "backslashreplace")


def _format_line(content: Any) -> bytes:
    return _format(content) + b"\n"


def _read_page_files() -> Iterator[tuple[str, bytes]]:
    for file in (files("janib") / "app" / "page").iterdir():
        if PurePath(file.name).suffix in _TYPES:
            yield file.name, file.read_bytes()


def _describe_setup() -> dict[str, Any]:
    """Return what the page's script needs to know: words of both languages, examples, labels and limits."""
    folder = files("janib") / "app" / "page"
    words, examples = (json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("words", "examples"))
    labels = {label: {"ar": ARABIC_NAMES[label], "en": ENGLISH_NAMES[label], "side": _SIDES[label]} for label in _SIDES}
    return {
        "words": words,
        "examples": examples,
        "labels": labels,
        "tasks": POSITION_LABELS,
        "columns": POSITION_COLUMNS,
        "sure": SURE,
        "limits": {"bytes": BODY_LIMIT, "articles": MOST_ARTICLES, "sentence": SENTENCE_CHARS},
    }


def _make_policy(analyser: Analyser, framed_by: Collection[str]) -> str:
    """Return the page's content security policy: its own files, and the report's style and script by their hashes.

    The report is shown in a frame of the page, which inherits the policy; its base is the frame itself.
    """
    report = render_report(2 * [analyser.analyse(Article("وصل الوفد."))])  # of many, which has a script too
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', report)
    allowed = dict(part.split(" ", 1) for part in unescape(found[1]).split("; ")) if found else {}
    style, script = (
        " ".join(re.findall(r"'sha256-[^']+'", allowed.get(f"{kind}-src", ""))) for kind in ("style", "script")
    )
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'self' {style}".strip(),
            f"script-src 'self' {script}".strip(),
            "connect-src 'self'",
            "img-src 'self'",
            "base-uri about:",
            "form-action 'none'",
            f"frame-ancestors {' '.join(framed_by) or chr(39) + 'none' + chr(39)}",
        )
    )
