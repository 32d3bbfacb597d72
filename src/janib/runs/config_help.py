"""Help of the Hydra scripts: every key of a config with its default and the comment that explains it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import fill, indent
from typing import Any

_KEY = re.compile(r"^(?=[A-Za-z_][\w@/.]*:)", re.MULTILINE)
"""Where a key of the first level begins; what is before the first is the file's own comment."""

_HIDDEN = ("defaults:", "hydra:", "name:", "_target_:", "_convert_:")

_USAGE = """\
{about}

A key is given as key=value, one inside another as split.parts=3, a list in quotes: 'key=[one,two]'.
-m runs a sweep: seed=0,1,2. --cfg job shows the config that a command gives. --hydra-help lists Hydra's own flags.

{keys}"""


def describe_config(conf: Path, name: str, overrides: Sequence[str] = ()) -> str:
    """Return what the files of a config say of its keys: those of ``name`` and of the chosen file of each group.

    The comments in the files are the help, so that there is no second text to keep.

    Parameters
    ----------
    conf
        The folder of configs.
    name
        The script's own config.
    overrides
        Words of the command line; ``model=lexicon`` shows the keys of that model.
    """
    about, keys = _read_keys(conf / f"{name}.yaml")
    parts = [_USAGE.format(about=about, keys=keys)]
    given = dict(word.split("=", 1) for word in overrides if "=" in word)
    for group, default in _list_groups(conf / f"{name}.yaml"):
        chosen = given.get(group, default)
        choices = f"{group}={chosen or '…'}, one of: {', '.join(list_choices(conf / group))}"
        parts.append(fill(choices, 110, subsequent_indent="    ", break_on_hyphens=False))
        if chosen:
            parts[-1] += "".join(f"\n{indent(keys, '  ')}" for keys in _read_choice(conf / group, chosen) if keys)
    return "\n\n".join(parts) + "\n"


def list_choices(folder: Path) -> list[str]:
    """Return the files of a group of configs, as they are named on the command line."""
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))


def _read_choice(folder: Path, chosen: str) -> Iterator[str]:
    """Yield the keys of a group's file, and of those that it differs from."""
    path = folder / f"{chosen}.yaml"
    if path.exists():
        yield _read_keys(path)[1]
        for base in _read_defaults(path):
            if isinstance(base, str) and base != "_self_":
                yield f"and of {base}, from which it differs:"
                yield from _read_choice(folder, base)


def _read_keys(path: Path) -> tuple[str, str]:
    """Return a file's own comment, and its lines from the first key on."""
    about, *blocks = _KEY.split(path.read_text(encoding="utf-8"))
    keys = "".join(one for one in blocks if not one.startswith(_HIDDEN))
    return re.sub("^# ?", "", about, flags=re.MULTILINE).strip("\n"), keys.strip("\n")


def _list_groups(path: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the groups that a config is made of, and the file of each that is taken by default."""
    for entry in _read_defaults(path):
        if isinstance(entry, dict):
            ((group, chosen),) = entry.items()
            if re.fullmatch(r"\w+", group):
                yield group, chosen


def _read_defaults(path: Path) -> list[Any]:
    from omegaconf import OmegaConf

    found: list[Any] = OmegaConf.to_container(OmegaConf.load(path)).get("defaults", [])  # type: ignore[union-attr]
    return found
