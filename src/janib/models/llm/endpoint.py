"""An endpoint of OpenAI's chat protocol: requests at once, limits of rate, failures that pass."""

from __future__ import annotations

import logging
import os
import random
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event, Lock
from typing import Any, Self

import httpx2

from janib.errors import ModelError
from janib.models.llm.address import AT_ONCE_VARIABLE, KEY_VARIABLE, URL_VARIABLE, NoEndpointError

AT_ONCE = 8
"""Requests at once, if the variable does not say."""

log = logging.getLogger(__name__)
logging.getLogger("httpx2").setLevel(logging.WARNING)  # it logs the address with each request

_TRIES = 8
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0  # seconds, without Retry-After
_TOLD_TRIES = 3  # failures before the user is told that it goes on
_LONGEST_ASKED_WAIT = 600.0  # seconds that a server may ask for
_TIMEOUT = httpx2.Timeout(300.0, connect=10.0)
_PASSING = frozenset({408, 409, 425, 429})  # statuses below 500 that are worth another try
_KEPT_TOKENS = 64
_SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """What a language model answered.

    Attributes
    ----------
    text
        The answer.
    is_refused
        Whether the endpoint says that the model refused, or a filter did.
    tokens
        Its last tokens, each with the log-probabilities of the tokens that might have stood there; empty if the
        endpoint gave none.
    asked, said
        Numbers of tokens of the question and of the answer, as the endpoint counts them.
    """

    text: str
    is_refused: bool
    tokens: list[tuple[str, dict[str, float]]]
    asked: int
    said: int


class Endpoint:
    """A connection to an endpoint; made by :func:`find_endpoint`, and closed at the end of its ``with`` block."""

    def __init__(self, url: str, key: str | None, at_once: int) -> None:
        self._url, self._key, self._at_once = url, key, at_once
        self._pool = ThreadPoolExecutor(at_once)
        limits = httpx2.Limits(max_connections=at_once)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.Client(headers=headers, timeout=_TIMEOUT, limits=limits)
        self._stopped, self._lock = Event(), Lock()
        self._free_at = 0.0  # by time.monotonic: until then the endpoint wants no request
        self._has_answered = False
        self._most_failures = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def ask_all(self, bodies: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Completion]]:
        """Yield the key and the answer of each request, as they come in.

        Raises
        ------
        ModelError
            If the endpoint cannot be reached, refuses a request, or fails again and again.
        """
        waiting = {self._pool.submit(self._ask, body): key for key, body in bodies.items()}
        problem: BaseException | None = None
        for future in as_completed(waiting):
            error = None if future.cancelled() else future.exception()
            if error is not None and problem is None:
                problem = error
                self._stopped.set()
                for other in waiting:
                    other.cancel()
            elif error is None and not future.cancelled():  # also after a problem: it is paid for
                yield waiting[future], future.result()
        if problem is not None:
            raise problem

    def _ask(self, body: Mapping[str, Any]) -> Completion:
        problem = ""
        for number in range(_TRIES):
            self._wait()
            wait = min(_FIRST_WAIT * 2**number, _LONGEST_WAIT) * random.uniform(0.75, 1.25)
            try:
                response = self._client.post(f"{self._url}/chat/completions", json=dict(body))
            except httpx2.InvalidURL as error:
                raise ModelError(
                    f"{URL_VARIABLE} is no address ({error}); expected one as http://localhost:8000/v1"
                ) from error
            except httpx2.HTTPError as error:
                problem = f"{type(error).__name__}: {error}".removesuffix(": ")
                if isinstance(error, httpx2.ConnectError | httpx2.UnsupportedProtocol) and not self._has_answered:
                    raise ModelError(
                        f"{self._name()} cannot be reached ({problem}); start the server, or mend {URL_VARIABLE}"
                    ) from error
            else:
                self._has_answered = True
                if response.status_code < 300:
                    answer = self._read(response)
                    if answer is not None:
                        return answer
                    problem = f"status {response.status_code} with {self._quote(response)}"
                else:
                    problem = f"status {response.status_code}: {self._quote(response)}"
                    self._refuse(response.status_code, problem)
                    wait = self._heed(response, wait)
            if number < _TRIES - 1:
                self._tell(number + 1, problem, wait)
                if self._stopped.wait(wait):
                    break
        raise ModelError(f"{self._name()} failed {_TRIES} times ({problem}); answers so far are kept: run again later")

    def _tell(self, n_failures: int, problem: str, wait: float) -> None:
        """Tell what goes wrong again and again: once for all requests that fail so often."""
        with self._lock:
            is_told = n_failures <= max(self._most_failures, _TOLD_TRIES - 1)
            self._most_failures = max(self._most_failures, n_failures)
        if not is_told:
            count = f"{n_failures} of {_TRIES} tries"
            log.warning("%s failed in %s (%s); the next is in %.0f seconds", self._name(), count, problem, wait)

    def _wait(self) -> None:
        """Wait while the endpoint wants no request."""
        while (rest := self._free_at - time.monotonic()) > 0:
            if self._stopped.wait(rest):
                return

    def _refuse(self, status: int, problem: str) -> None:
        """Raise ModelError for a status that another try does not mend."""
        if status >= 500 or status in _PASSING:
            return
        advice = "see what the endpoint's documentation says of it"
        if status in (401, 403):
            advice = f"set {KEY_VARIABLE} to a key that it takes"
        elif status == 404:
            advice = (
                f"look whether {URL_VARIABLE} ends as it should, mostly in /v1, and the endpoint has model.served_model"
            )
        elif status in (400, 422):
            advice = "if it lacks schemas or log-probabilities, set model.form=word or model.logprobs=0"
        elif status < 400:
            advice = f"set {URL_VARIABLE} to the address itself; a redirection is not followed"
        raise ModelError(f"{self._name()} refuses the request ({problem}); {advice}")

    def _heed(self, response: httpx2.Response, wait: float) -> float:
        """Return the seconds to wait; those that the endpoint asks for hold for all requests.

        Raises
        ------
        ModelError
            If they are too many.
        """
        asked = _read_wait(response.headers.get("Retry-After", ""))
        if asked is None:
            return wait
        if asked > _LONGEST_ASKED_WAIT:
            raise ModelError(
                f"{self._name()} wants no request for {asked:,.0f} seconds; answers so far are kept: run again then"
            )
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic() + asked)
        return asked

    def _read(self, response: httpx2.Response) -> Completion | None:
        try:
            return _read_answer(response.json())
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            return None

    def _quote(self, response: httpx2.Response) -> str:
        """Return what a failure says, short and without the key."""
        try:
            content = response.json()["error"]
            said = str(content["message"] if isinstance(content, Mapping) else content)
        except (ValueError, KeyError, TypeError):
            said = response.text
        said = " ".join(said.split())
        return (said.replace(self._key, "***") if self._key else said)[:_SHOWN_CHARS] or "no message"

    def _name(self) -> str:
        return f"the endpoint {httpx2.URL(self._url).copy_with(userinfo=b'', query=None)}"


def find_endpoint(missing: str) -> Endpoint:
    """Return the endpoint that the environment names.

    Parameters
    ----------
    missing
        What it is needed for, as the error message begins.

    Raises
    ------
    NoEndpointError
        If none is named.
    ModelError
        If the number of requests at once is none.
    """
    url = os.environ.get(URL_VARIABLE, "").strip().rstrip("/")
    if not url:
        raise NoEndpointError(
            f"{missing}, and no endpoint is at hand; set {URL_VARIABLE}, for instance to http://localhost:8000/v1, "
            f"and {KEY_VARIABLE} if it wants a key"
        )
    at_once = os.environ.get(AT_ONCE_VARIABLE) or str(AT_ONCE)
    if not (at_once.isdecimal() and 1 <= int(at_once) <= 256):
        raise ModelError(f"{AT_ONCE_VARIABLE} is {at_once!r:.50}, expected a whole number from 1 to 256")
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"{KEY_VARIABLE} holds a character that no key has; copy the key again")
    return Endpoint(url, key or None, int(at_once))


def _read_answer(content: Any) -> Completion:
    """Read a chat completion; any exception for what is none."""
    (choice, *_) = content["choices"]
    message, usage = choice["message"], content.get("usage") or {}
    refusal = message.get("refusal")
    tokens = [
        (str(one["token"]), {str(two["token"]): float(two["logprob"]) for two in [*one.get("top_logprobs", ()), one]})
        for one in ((choice.get("logprobs") or {}).get("content") or [])[-_KEPT_TOKENS:]
    ]
    return Completion(
        text=str(message.get("content") or ""),
        is_refused=bool(refusal) or choice.get("finish_reason") == "content_filter",
        tokens=tokens,
        asked=int(usage.get("prompt_tokens") or 0),
        said=int(usage.get("completion_tokens") or 0),
    )


def _read_wait(header: str) -> float | None:
    """Return the seconds of a Retry-After header, which holds a number or a date; None if it holds neither."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return max(seconds, 0.0) if seconds == seconds else None
