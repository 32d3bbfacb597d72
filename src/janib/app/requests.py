"""What a browser asks, checked before any work: where it comes from, its body, its fields."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment

from janib.articles.analysis import Article
from janib.articles.dates import parse_date
from janib.errors import DataError, JanibError
from janib.schema import Example, check_text

BODY_LIMIT = 5_000_000
"""Bytes of a request's body, and so of a file."""

UNPACKED_LIMIT = 50_000_000
"""Bytes that a file may unpack to, as a workbook does."""

MOST_ARTICLES = 100
"""Articles of one analysis; ``janib analyse`` takes any number."""

SENTENCE_CHARS = 1_000
"""Characters of a sentence that is explained: the model is asked again without each of its words."""

_NAME_CHARS = 500


class RequestError(JanibError):
    """A request that is refused.

    Parameters
    ----------
    status
        The HTTP status of the answer.
    reason
        A key of the page's words, by which it says the same in its language.
    message
        What was found, what was expected, and what to do.
    headers
        Headers of the answer.
    details
        What else the page needs to know.
    """

    def __init__(
        self,
        status: HTTPStatus,
        reason: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        **details: object,
    ) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason
        self.headers, self.details = headers or {}, details


def check_address(environ: WSGIEnvironment, origins: Collection[str]) -> None:
    """Refuse a request for another host, as after DNS rebinding, or from a page of another address.

    Browsers name the page's address in every POST; programs need not name any.

    Raises
    ------
    RequestError
        With the addresses that are expected.
    """
    host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
    expected = " or ".join(origins)
    if host.lower() not in {urlsplit(one).netloc for one in origins}:
        found = f"the request is for the host {host!r}, expected {expected}; open the page at its own address"
        raise RequestError(HTTPStatus.MISDIRECTED_REQUEST, "host", found)
    if origin is not None and origin.lower() not in origins:
        found = f"the request comes from a page of {origin!r}, expected {expected}; use the page itself"
        raise RequestError(HTTPStatus.FORBIDDEN, "origin", found)


def read_body(environ: WSGIEnvironment) -> bytes:
    """Return a request's body.

    Raises
    ------
    RequestError
        If its length is not told, or too large, or if less than that comes in time.
    """
    written = environ.get("CONTENT_LENGTH") or ""
    if not written:
        found = "the request tells no length; expected the header Content-Length"
        raise RequestError(HTTPStatus.LENGTH_REQUIRED, "length", found)
    if not (written.isascii() and written.isdigit() and len(written) < 20):
        found = f"the request's length is {written[:40]!r}, expected a number of bytes"
        raise RequestError(HTTPStatus.BAD_REQUEST, "length", found)
    length = int(written)
    if length > BODY_LIMIT:
        found = f"the request has {length:,} bytes, the most is {BODY_LIMIT:,}; for more use janib analyse"
        raise RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large", found)
    try:
        content: bytes = environ["wsgi.input"].read(length)
    except TimeoutError as error:
        found = "the request came too slowly; send it again"
        raise RequestError(HTTPStatus.REQUEST_TIMEOUT, "slow", found) from error
    if len(content) < length:
        found = f"the request ends after {len(content):,} of {length:,} bytes; send it again"
        raise RequestError(HTTPStatus.BAD_REQUEST, "length", found)
    return content


def read_object(environ: WSGIEnvironment) -> Mapping[str, Any]:
    """Return the JSON object of a request's body.

    Raises
    ------
    RequestError
        As :func:`read_body`, or if the body is no JSON object.
    """
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        found = f"the request's Content-Type is {kind!r}, expected application/json"
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "json", found)
    try:
        content = json.loads(read_body(environ))
    except (ValueError, RecursionError) as error:
        found = f"the request's body is no JSON ({str(error)[:100]}); expected an object"
        raise RequestError(HTTPStatus.BAD_REQUEST, "json", found) from error
    if not isinstance(content, dict):
        found = f"the request's body is a JSON {type(content).__name__}, expected an object"
        raise RequestError(HTTPStatus.BAD_REQUEST, "json", found)
    return content


def read_articles_asked(content: Mapping[str, Any]) -> list[Article | str]:
    """Return the articles of a request, and in the place of a bad one what is wrong with it.

    Raises
    ------
    RequestError
        If there are none, or too many.
    """
    found = content.get("articles")
    if not isinstance(found, list) or not 0 < len(found) <= MOST_ARTICLES:
        count = f"{len(found):,} articles" if isinstance(found, list) else "no list of articles"
        words = f"the request has {count}, expected 1 to {MOST_ARTICLES}; for more use janib analyse"
        raise RequestError(HTTPStatus.BAD_REQUEST, "articles", words)
    return [_read_article(one) for one in found]


def _read_article(content: object) -> Article | str:
    try:
        fields = content if isinstance(content, dict) else {}
        text, name, outlet, date = (_take_text(fields, key) for key in ("text", "name", "outlet", "date"))
        problem = check_text(text)
        if problem is None:
            return Article(text, name, outlet, parse_date(date) if date.strip() else "")
    except JanibError as error:
        return str(error)
    return problem


def read_sentence_asked(content: Mapping[str, Any]) -> Example:
    """Return the sentence, the party and perhaps the speaker of a request.

    Raises
    ------
    RequestError
        If the sentence or the party is blank, damaged or too long.
    """
    text, target, speaker = (_take_text(content, key) for key in ("text", "target", "speaker"))
    for key, value, most in (("text", text, SENTENCE_CHARS), ("target", target, _NAME_CHARS)):
        if problem := check_text(value, key):
            raise RequestError(HTTPStatus.BAD_REQUEST, key, problem)
        if len(value) > most:
            found = f"{key} has {len(value):,} characters, the most is {most:,}; take a shorter one"
            raise RequestError(HTTPStatus.BAD_REQUEST, "long", found)
    return Example("0", text, target.strip(), speaker=speaker.strip() or None)


def _take_text(content: Mapping[str, Any], key: str) -> str:
    """Return a field's text; a field that is absent or null is empty."""
    value = content.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DataError(f"{key} is of type {type(value).__name__}, expected a string")
    if key != "text" and len(value) > _NAME_CHARS:
        raise DataError(f"{key} has {len(value):,} characters, the most is {_NAME_CHARS}; take a shorter one")
    return value


class Queue:
    """Places for those who are served one after another, and for a few who wait."""

    def __init__(self, most: int) -> None:
        self._most, self._places = most, BoundedSemaphore(most)

    @contextmanager
    def take_place(self) -> Iterator[None]:
        """Hold a place.

        Raises
        ------
        RequestError
            If none is free.
        """
        if not self._places.acquire(blocking=False):
            found = f"{self._most} requests wait already; try again in a moment"
            raise RequestError(HTTPStatus.SERVICE_UNAVAILABLE, "busy", found, headers={"Retry-After": "5"})
        try:
            yield
        finally:
            self._places.release()
