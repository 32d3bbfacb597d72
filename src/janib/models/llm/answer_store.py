"""Answers of language models on disk, so that no question is asked twice."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from janib.corpora.fetch import CACHE_VARIABLE
from janib.errors import ModelError
from janib.models.llm.address import get_answers_path
from janib.models.llm.endpoint import Completion

_PATIENCE = 60.0  # seconds, while another process writes


class AnswerStore:
    """Answers by the hash of their request; made by :func:`open_answers`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, keys: Iterable[str]) -> dict[str, Completion]:
        """Return the answers that there are."""
        found = {}
        for key in keys:
            row = self._connection.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
            if row is not None:
                found[key] = Completion(**json.loads(row[0]))
        return found

    def add(self, key: str, answer: Completion) -> None:
        """Keep an answer; it is on the disk when this returns."""
        text = json.dumps(asdict(answer), ensure_ascii=False)
        self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, text))
        self._connection.commit()


@contextmanager
def open_answers() -> Iterator[AnswerStore]:
    """Open the file of the answers, in which several processes may read and write.

    It holds hashes of requests and what was answered: no text that was asked about, no address and no key.

    Raises
    ------
    ModelError
        If it is damaged or cannot be written.
    """
    path = get_answers_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=_PATIENCE)
    except (OSError, sqlite3.Error) as error:
        raise ModelError(f"{path} cannot be written ({error}); name another folder in {CACHE_VARIABLE}") from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)")
        yield AnswerStore(connection)
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise ModelError(
            f"{path}, the answers of language models, cannot be used ({error}); move it away to begin a new one, or "
            f"name another folder in {CACHE_VARIABLE}"
        ) from error
    finally:
        connection.close()


def hash_request(body: Mapping[str, Any]) -> str:
    """Return the key of a request: model, messages and options, but not whose endpoint it is."""
    return sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
