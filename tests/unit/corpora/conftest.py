import os
from collections.abc import Callable
from pathlib import Path

import pytest

from janib.corpora import load
from janib.corpora.base import Splits
from janib.schema import COLUMNS, Example


@pytest.fixture
def read_mirror() -> Callable[[str], Splits]:
    """A corpus of the mirror as its user gets it, by way of ``datasets.DatasetDict``; ids are known to differ."""
    if "JANIB_DATA_MIRROR" not in os.environ:
        pytest.skip("JANIB_DATA_MIRROR is unset: the corpora themselves are not at hand")

    def read(name: str) -> Splits:
        loaded = load(name)
        assert all(split.column_names == list(COLUMNS) for split in loaded.values())
        return {str(name): [Example(**row) for row in split.to_list()] for name, split in loaded.items()}

    return read


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write lines to a file as they are."""

    def write_lines(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
        return path

    return write_lines
