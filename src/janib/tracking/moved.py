"""Moved and copied projects: an MLflow store has absolute addresses of its artifacts, which then lead elsewhere."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

_ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
    ("model_versions", "source"),
)
"""Tables and columns of a store that hold addresses of artifacts."""

log = logging.getLogger(__name__)


def follow_move(store: Path) -> list[Path]:
    """Make a store's addresses of artifacts lead to the folder beside it, where the project was moved or copied.

    An address is changed if its folder is gone, or lies beside another store of the same name, as the original of a
    copy does, and if a folder of the same name beside this store holds artifacts of its runs.

    Parameters
    ----------
    store
        The file of an SQLite store.

    Returns
    -------
        The folders of artifacts that are gone, and have none that takes their place.
    """
    store = store.absolute()
    if not store.exists():
        return []
    lost = []
    with closing(sqlite3.connect(store)) as database:
        for address in _list_addresses(database):
            old = Path(url2pathname(urlsplit(address).path))
            new = store.parent / old.name
            if old.exists() and not _is_copied(store, old, new):
                continue
            if new.is_dir() and _hold_runs(database, address, new):
                _change_addresses(database, address, new.as_uri())
                log.info("the project was moved: the artifacts of its MLflow runs are read from %s", new)
            elif not old.exists():
                lost.append(old)
    return lost


def _list_addresses(database: sqlite3.Connection) -> list[str]:
    """Return the addresses of experiments in local folders; none of a store that another program is making."""
    query = "select distinct artifact_location from experiments where artifact_location like 'file:%'"
    try:
        return [address for (address,) in database.execute(query)]
    except sqlite3.DatabaseError:  # what is wrong with a store is told where it is opened
        return []


def _is_copied(store: Path, old: Path, new: Path) -> bool:
    original = old.with_name(store.name)
    return new.is_dir() and not new.samefile(old) and original.exists() and not original.samefile(store)


def _hold_runs(database: sqlite3.Connection, address: str, folder: Path) -> bool:
    query = "select run_uuid from runs join experiments using (experiment_id) where artifact_location = ?"
    return any((folder / run).is_dir() for (run,) in database.execute(query, (address,)))


def _change_addresses(database: sqlite3.Connection, old: str, new: str) -> None:
    with database:
        for table, column in _ADDRESSES:
            database.execute(
                f"update {table} set {column} = ? || substr({column}, ?) "
                f"where {column} = ? or substr({column}, 1, ?) = ?",
                (new, len(old) + 1, old, len(old) + 1, f"{old}/"),
            )
