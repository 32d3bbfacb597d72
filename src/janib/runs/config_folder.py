"""The folder of configs: in a checkout beside the package's source, in an installed wheel inside the package."""

from __future__ import annotations

from pathlib import Path

from janib.errors import ConfigError

_PACKAGE = Path(__file__).parents[1]


def find_configs() -> Path:
    """Return the folder ``conf``.

    Raises
    ------
    ConfigError
        If there is none, as in a checkout whose folder was moved away.
    """
    for folder in (_PACKAGE / "conf", _PACKAGE.parents[1] / "conf"):
        if (folder / "train.yaml").is_file():
            return folder
    raise ConfigError(f"{_PACKAGE} has no folder conf; install Janib again")
