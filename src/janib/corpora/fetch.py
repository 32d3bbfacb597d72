"""Corpus files from the mirror folder, the cache or upstream, with their checksums checked."""

from __future__ import annotations

import os
from pathlib import Path

from janib.corpora.base import SourceFile
from janib.errors import DataError, need_extra
from janib.io.files import hash_file

MIRROR_VARIABLE = "JANIB_DATA_MIRROR"
CACHE_VARIABLE = "JANIB_CACHE"
"""Environment variables that name folders: a mirror of the authors' files, and a cache of downloads."""


def get_cache_folder() -> Path:
    """Return the folder of what is downloaded, built or answered once."""
    cache = os.environ.get(CACHE_VARIABLE) or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "janib")
    return Path(cache).expanduser()


def can_fetch(file: SourceFile) -> bool:
    """Say whether a file has a mirror folder or an address; neither is opened."""
    return bool(os.environ.get(MIRROR_VARIABLE) or file.url)


def fetch_file(file: SourceFile) -> Path:
    """Return the local path of a corpus file, downloading it once.

    Raises
    ------
    DataError
        If the file cannot be had, or its checksum is not the pinned one.
    """
    mirror = os.environ.get(MIRROR_VARIABLE)
    if mirror:
        return _take_from_mirror(file, Path(mirror))
    if not file.url:
        raise DataError(
            f"{file.path} cannot be downloaded: its authors publish it in another form; "
            f"name the folder that holds it in {MIRROR_VARIABLE}"
        )
    with need_extra("downloading a corpus", "experiments"):
        import pooch
        import requests

    folder = get_cache_folder() / Path(file.path).parent
    try:
        found = pooch.retrieve(
            file.url,
            known_hash=f"sha256:{file.sha256}" if file.sha256 else None,
            fname=Path(file.path).name,
            path=folder,
            downloader=pooch.HTTPDownloader(timeout=30),
        )
    except ValueError as error:  # from pooch: the checksum does not match, and nothing was kept
        raise DataError(
            f"{file.url} is not the file this version of Janib was written for (its sha256 is not "
            f"{file.sha256}); nothing was kept. Try again, or look for a newer Janib"
        ) from error
    except PermissionError as error:
        raise DataError(f"{folder} cannot be written; name another folder in {CACHE_VARIABLE}") from error
    except requests.RequestException as error:
        reason = f"status {error.response.status_code}" if error.response is not None else type(error).__name__
        raise DataError(
            f"{file.url} could not be downloaded ({reason}); check the network, or put the file at "
            f"{file.path} below a folder and name that folder in {MIRROR_VARIABLE}"
        ) from error
    return Path(found)


def _take_from_mirror(file: SourceFile, mirror: Path) -> Path:
    path = mirror / file.path
    if not path.is_file():
        raise DataError(
            f"{path} does not exist; {MIRROR_VARIABLE} names {mirror} as the mirror: "
            "put the file there, or unset the variable to download it"
        )
    found = hash_file(path) if file.sha256 else ""
    if found != file.sha256:
        raise DataError(
            f"{path} has sha256 {found}, expected {file.sha256}: it is damaged or another version; "
            f"replace it, or unset {MIRROR_VARIABLE} to download it"
        )
    return path
