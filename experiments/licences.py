"""List the licence of every installed package that Janib and its extras bring, as a table of Markdown.

    python experiments/licences.py

A package that is not installed has no metadata here, and is named at the end with its extra. So are packages whose
licence binds what is distributed with them (GPL, AGPL), and those that tell none: read theirs before you ship them.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from janib.errors import report_errors
from janib.io.markdown import tabulate

NOT_TOLD = "not told"

_COPYLEFT = re.compile(r"\bA?GPL|(?<!Lesser )(?<!Library )General Public License")
_CLASSIFIER = "License :: "
_MOST_CHARS = 120


def find_packages(name: str = "janib") -> dict[str, set[str]]:
    """Return the packages that a package and its extras bring: name to the extras; no extra is the package alone."""
    root = distribution(name)
    found: dict[str, set[str]] = defaultdict(set)
    for extra in ("", *root.metadata.get_all("Provides-Extra", ())):
        waiting = [(name, extra)]
        seen = set(waiting)
        while waiting:
            package, wanted = waiting.pop()
            found[package].add(extra)
            for one in _list_needed(package, wanted):
                if one not in seen:
                    seen.add(one)
                    waiting.append(one)
    del found[name]
    return {package: {""} if "" in extras else extras for package, extras in found.items()}


def describe_licence(metadata: Mapping[str, str], classifiers: Sequence[str]) -> str:
    """Return the licence that a package's metadata tell, :data:`NOT_TOLD` if they tell none.

    The expression comes first, then the classifiers, then the first line of the free text.
    """
    told = [line.removeprefix(_CLASSIFIER) for line in classifiers if line.startswith(_CLASSIFIER)]
    named = [line.removeprefix("OSI Approved :: ") for line in told if line != "OSI Approved"]
    text = (metadata.get("License") or "").strip().partition("\n")[0]
    found = metadata.get("License-Expression") or "; ".join(named) or text or NOT_TOLD
    return found if len(found) <= _MOST_CHARS else f"{found[:_MOST_CHARS]}…"


def is_copyleft(licence: str) -> bool:
    """Say whether all that a licence offers binds what is distributed with the package.

    >>> [is_copyleft(licence) for licence in ("GPL-3.0-only", "LGPL-3.0", "GPL-2.0 OR MIT")]
    [True, False, False]
    """
    return all(_COPYLEFT.search(one) for one in re.split(r"\bOR\b", licence))


def _list_needed(package: str, extra: str) -> Iterator[tuple[str, str]]:
    """Yield the packages that one needs here, each with an extra of it; a package that is not installed needs none."""
    try:
        lines = distribution(package).requires or []
    except PackageNotFoundError:
        return
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield from ((canonicalize_name(requirement.name), one) for one in ("", *requirement.extras))


def main() -> None:
    """Print the table and what follows it."""
    rows, absent = [], []
    for package, extras in sorted(find_packages().items()):
        bring = ", ".join(sorted(extras)) or "janib itself"
        try:
            found = distribution(package)
        except PackageNotFoundError:
            absent.append(f"{package} ({bring})")
            continue
        metadata = found.metadata
        rows.append((package, found.version, describe_licence(metadata, metadata.get_all("Classifier", ())), bring))
    sys.stdout.write(tabulate(["package", "version", "licence", "brought by"], rows) + "\n")
    lists = {
        "Copyleft, wholly or in part": [package for package, _, licence, _ in rows if is_copyleft(licence)],
        "No licence told": [package for package, _, licence, _ in rows if licence == NOT_TOLD],
        "Not installed": absent,
    }
    for name, packages in lists.items():
        sys.stdout.write(f"\n{name}: {', '.join(packages) or 'none'}.\n")


if __name__ == "__main__":
    with report_errors():
        main()
