"""Names that a user gives, in results, paths and MLflow.

Importing this module lets configs say ``${file_name:PATH}`` and ``${folder_name:NAME}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from omegaconf import OmegaConf

from janib.corpora import NAMES
from janib.errors import ConfigError
from janib.io.formats import TABLE_SUFFIXES
from janib.io.text_tables import GZIP_SUFFIX
from janib.scoring.metrics import slugify

_NAME = re.compile(r"\w[\w .-]{0,79}")


def name_file(path: str) -> str:
    """Return the name of a file in results: its own without a table's suffix, as letters, digits and underscores.

    >>> name_file("data/آراء (1).csv.gz"), name_file("statements.csv"), name_file("2024.03.csv")
    ('آراء_1', 'own_statements', '2024_03')
    """
    name = PurePath(str(path)).name
    for suffixes in ((GZIP_SUFFIX,), TABLE_SUFFIXES):  # other points are the user's own, as those of a date
        name = next((name[: -len(suffix)] for suffix in suffixes if name.lower().endswith(suffix)), name)
    slug = slugify(name or "unnamed")
    return f"own_{slug}" if slug in NAMES else slug


def tame_name(name: object) -> str:
    """Return the folder of a name: the name, or what is left of one that is refused as soon as the config is read.

    >>> tame_name("تجربتي ٢"), tame_name("../../home")
    ('تجربتي ٢', 'home')
    """
    return str(name) if _NAME.fullmatch(str(name)) else slugify(str(name))


def check_data_name(data: Mapping[str, Any]) -> None:
    """Refuse a name of the user's own file that is a corpus's, or that paths and MLflow do not take.

    Parameters
    ----------
    data
        The config's ``data``.

    Raises
    ------
    ConfigError
        If it is such a name.
    """
    name = data["name"]
    if name in NAMES:
        raise ConfigError(f"data.name={name}: a corpus has this name; give your file another")
    check_plain_name("data.name", name)


def check_plain_name(key: str, name: object) -> None:
    """Raise ConfigError for a name, given by a config's ``key``, that paths and MLflow do not take."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(f"{key}={name}: expected at most 80 letters, digits, spaces, points, - and _")


OmegaConf.register_new_resolver("file_name", name_file, replace=True)
OmegaConf.register_new_resolver("folder_name", tame_name, replace=True)
