"""Command-line words of the Hydra scripts: values that Hydra's grammar does not read as they are typed are quoted.

The grammar knows ASCII letters, and gives brackets, commas and spaces a meaning. So a word such as
``data.columns.text=النص`` or ``data.path=train (1).csv`` needs quotes for Hydra beside those for the shell. What the
grammar reads already keeps its meaning.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser, create_functions
from hydra.core.override_parser.types import Override, Quote, QuotedString
from hydra.errors import HydraException

from janib.errors import ConfigError
from janib.schema import strip_around

_TAKE_VALUE = frozenset(
    {
        *("--config-path", "-cp", "--config-name", "-cn", "--config-dir", "-cd"),
        *("--package", "-p", "--cfg", "-c", "--info", "-i", "--experimental-rerun"),
    }
)
"""Hydra's flags that take the next word."""

_PATHS = frozenset(
    ("path", "test_path", "saved", "ledger", "unfinished", "results", "encoder", "folder", "artifacts", "dir")
)
"""Last parts of the keys whose value is a path: a file of that very name is meant before anything else."""

_KEY = re.compile(r"(\+\+?|~)?[A-Za-z0-9_$./@:-]*")
_CALL = re.compile(r"(\w+)\s*\((.*)\)", re.DOTALL)
_BRACKETS = {"[": "]", "{": "}", "(": ")"}


def quote_overrides(words: Sequence[str], *, is_sweep: bool) -> list[str]:
    """Quote what Hydra would not read as it is typed; all other words stay as they are.

    Parameters
    ----------
    words
        The command line's words after the script's name.
    is_sweep
        Whether a comma divides the values of a sweep.

    Raises
    ------
    ConfigError
        If a word is no ``key=value``, is no UTF-8, or has two meanings; the message has the word to type.

    Examples
    --------
    >>> quote_overrides(["data.columns.text=النص", "data.words.favor=[مؤيد,مع]", "seed=1"], is_sweep=False)
    ['data.columns.text="النص"', 'data.words.favor=["مؤيد","مع"]', 'seed=1']
    """
    quoted: list[str] = []
    before = ""
    for word in words:
        is_flag = word.startswith("-") or before in _TAKE_VALUE
        quoted.append(word if is_flag else _quote_word(strip_around(word), before, is_sweep=is_sweep))
        before = word
    return quoted


def _quote_word(word: str, before: str, *, is_sweep: bool) -> str:
    _check_encoding(word)
    key, equals, value = word.partition("=")
    if not equals and not key.startswith("~"):
        raise ConfigError(_explain_stray(word, before))
    if not _KEY.fullmatch(key):
        raise ConfigError(f"{key}: the config has no such key; keys have Latin letters, digits and dots")
    found = _parse(word)
    if key.startswith("~"):
        return word
    if _is_path(key):
        return f"{key}={_quote_path(key, value, found, is_sweep=is_sweep)}"
    if found is None:
        found = _parse(f"{key}={_mend(value)}")
        if found is None:
            raise ConfigError(f"{word} cannot be read; type {_show(key, _quote(value))}")
        word = f"{key}={_mend(value)}"
    if _is_text(key) and type(found.value()) in (int, float):
        return f"{key}={_quote(value)}"
    if found.is_sweep_override() and not is_sweep:
        if _is_text(key):
            return f"{key}={_quote(value)}"
        raise ConfigError(_explain_comma(key, value))
    return word


def _quote_path(key: str, value: str, found: Override | None, *, is_sweep: bool) -> str:
    """Return the value of a key that takes a path."""
    several = _split(value)
    if is_sweep and len(several) > 1:
        if not _exists(value):
            return ",".join(_quote_path(key, one, _parse(f"{key}={one}"), is_sweep=False) for one in several)
        if all(map(_exists, several)):
            raise ConfigError(
                f"{key}={value} is one file and {len(several)} files; for the one type {_show(key, _quote(value))}, "
                f"for the sweep {_show(key, ','.join(map(_quote, several)))}"
            )
    is_plain = found is not None and isinstance(found.value(), str | QuotedString | list | None)
    if is_plain and not (_exists(value) and _is_changed(value, found)):
        return value
    text = value if _exists(value) else strip_around(value)
    if text.startswith("~/"):
        text = str(Path(text).expanduser())
    return _quote(text, is_literal=_exists(text))


def _is_changed(value: str, found: Override | None) -> bool:
    """Say whether Hydra would read another text than the one that was typed."""
    return found is None or found.value() != value or "${" in value


def _mend(value: str) -> str:
    """Quote the parts of a value that Hydra does not read; lists, dicts, sweeps and calls keep their form."""
    text = value.strip(" \t")
    several = _split(text)
    if len(several) > 1:
        return ",".join(map(_mend, several))
    if _parse(f"k={text}"):
        return text
    if _is_enclosed(text, "["):
        # An Arabic keyboard's comma divides a list, too.
        return f"[{','.join(_mend(one) for part in _split(text[1:-1]) for one in _divide(part))}]"
    if _is_enclosed(text, "{"):
        return f"{{{','.join(map(_mend_entry, _split(text[1:-1])))}}}"
    call = _CALL.fullmatch(text)
    if call and call[1] == "choice":  # Hydra would drop the quotes inside
        return ",".join(map(_mend, _split(call[2])))
    if call and call[1] in create_functions().functions:
        raise ConfigError(f"{text}: Hydra's {call[1]}() takes no such words; list the values instead: key=one,two")
    return _quote(text)


def _mend_entry(entry: str) -> str:
    key, colon, value = entry.partition(":")
    return f"{key}{colon}{_mend(value)}" if colon else entry


def _divide(part: str) -> list[str]:
    return [part] if part.strip()[:1] in ("'", '"') else part.split("،")


def _split(text: str) -> list[str]:
    """Split a text at the commas that are outside brackets and quotes; at none if brackets or quotes do not match."""
    parts, start, closing, quote = [], 0, [""], ""
    for place, char in enumerate(text):
        is_escaped = place > 0 and text[place - 1] == "\\"
        if quote:
            quote = "" if char == quote and not is_escaped else quote
        elif char in "'\"" and not text[start:place].strip(" \t[{(:=,"):
            quote = char
        elif char in _BRACKETS:
            closing.append(_BRACKETS[char])
        elif char == closing[-1]:
            closing.pop()
        elif char == "," and len(closing) == 1 and not is_escaped:
            parts.append(text[start:place])
            start = place + 1
    if len(closing) > 1 or quote:
        return [text]
    return [*parts, text[start:]]


def _is_enclosed(text: str, opening: str) -> bool:
    """Say whether a text is one pair of brackets with all else inside."""
    if not text.startswith(opening) or not text.endswith(_BRACKETS[opening]):
        return False
    depth = 0
    for place, char in enumerate(text):
        depth += (char == opening) - (char == _BRACKETS[opening])
        if depth == 0:
            return place == len(text) - 1
    return False


def _quote(text: str, *, is_literal: bool = False) -> str:
    escaped = text.replace("${", "\\${") if is_literal else text
    return QuotedString(escaped, Quote.double).with_quotes()


def _parse(word: str) -> Override | None:
    """Return what Hydra reads in a word, or None if it cannot."""
    try:
        return _make_parser().parse_override(word)
    except HydraException:
        return None


@cache
def _make_parser() -> OverridesParser:
    return OverridesParser.create()


def _is_path(key: str) -> bool:
    return key.rpartition(".")[2] in _PATHS


def _is_text(key: str) -> bool:
    """Say whether a key takes a name, which may look like a number."""
    return key.lstrip("+").startswith("data.columns.") or key.rpartition(".")[2] == "name"


def _exists(value: str) -> bool:
    try:
        return bool(value) and os.path.lexists(value)
    except ValueError:
        return False


def _check_encoding(word: str) -> None:
    try:
        word.encode()
    except UnicodeEncodeError:
        shown = word.encode("utf-8", "backslashreplace").decode()
        raise ConfigError(f"{shown} is not UTF-8; rename the file, or set a UTF-8 locale (LC_ALL=C.UTF-8)") from None


def _explain_stray(word: str, before: str) -> str:
    if "=" in before and not before.startswith("-"):
        whole = shlex.quote(f"{before} {word}")
        return f"{word}: expected key=value; if it belongs to the word before it, put both in quotes: {whole}"
    return f"{word}: expected key=value, as data.path={shlex.quote(word)}"


def _explain_comma(key: str, value: str) -> str:
    parts = ",".join(part.strip(" \t") for part in _split(value))
    lines: Iterator[str] = iter(
        (
            f"as a list: {shlex.quote(f'{key}=[{parts}]')}",
            f"as one text: {_show(key, _quote(value))}",
            f"to run each in turn: -m {shlex.quote(f'{key}={parts}')}",
        )
    )
    return f"{key}={value} has several meanings; type it {'; '.join(lines)}"


def _show(key: str, value: str) -> str:
    return shlex.quote(f"{key}={value}")
