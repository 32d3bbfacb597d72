"""The cells of a table: one run each, known by the hash of its config and of its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from janib.errors import ConfigError
from janib.provenance import hash_config
from janib.runs.experiment import Experiment, list_tasks, read_experiment


@dataclass(frozen=True)
class Cell:
    """One run of a table: a row's config with one seed."""

    row: str
    seed: int
    config: DictConfig
    task: str

    @cached_property
    def experiment(self) -> Experiment:
        """The run's config, checked."""
        return read_experiment(self.config)

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.row}_seed{self.seed}"

    @property
    def prefix(self) -> str:
        """What its metric keys begin with in a run of several tasks whose main one is another."""
        return "" if self.task == self.experiment.tasks[0] else f"{self.task}/"

    @cached_property
    def hashes(self) -> tuple[str, ...]:
        """The hashes that tell whether it has run; asked for when its turn comes, after the members it may have."""
        return self.experiment.list_hashes()

    @property
    def config_hash(self) -> str:
        """The hash that it has today."""
        return self.hashes[0]

    @cached_property
    def data_sha(self) -> str:
        """The hash of the corpora's files."""
        return hash_config(self.experiment.list_checksums())


def make_cells(table: Mapping[str, Any], tracking: Mapping[str, Any], conf: Path) -> list[Cell]:
    """Compose the config of every cell.

    Parameters
    ----------
    table
        ``rows`` (name to overrides of ``train.yaml``), ``overrides`` (for all rows), ``seeds``, ``row_seeds`` of rows
        that have others, and, where rows train several tasks at once, the ``task`` that the table is of.
    tracking
        The table's own tracking, which its cells share.
    conf
        The folder of configs.
    """
    with _open_conf(conf):
        return [
            _make_cell(table, tracking, row, seed)
            for row in table["rows"]
            for seed in table.get("row_seeds", {}).get(row, table["seeds"])
        ]


class ConfWatch:
    """Notices that a table's configuration files were edited while its cells run."""

    def __init__(self, table: Mapping[str, Any], tracking: Mapping[str, Any], conf: Path) -> None:
        self._table, self._tracking, self._conf = table, tracking, conf
        self._path = conf / "table" / f"{table.get('name')}.yaml"
        self._text = self._read()

    def check(self, cell: Cell) -> None:
        """Compose a cell again and compare.

        Raises
        ------
        ConfigError
            If its config, or the table's own file, is another than when the table began.
        """
        problem = f"{self._path} was edited" if self._read() != self._text else self._find_change(cell)
        if problem:
            raise ConfigError(
                f"{problem} while the table runs, and cells of two configurations do not mix; "
                "what is done is kept: start the table again to go on with the new one"
            )

    def _read(self) -> str:
        return self._path.read_text(encoding="utf-8") if self._path.is_file() else ""

    def _find_change(self, cell: Cell) -> str:
        with _open_conf(self._conf):
            now = _make_cell(self._table, self._tracking, cell.row, cell.seed).config
        if now == cell.config:
            return ""
        was, new = (OmegaConf.to_yaml(config, resolve=True).splitlines() for config in (cell.config, now))
        line = next((line.strip() for line in new if line not in was), "a key was removed")
        return f"the config of {cell.row} was edited ({line})"


@contextmanager
def _open_conf(conf: Path) -> Iterator[None]:
    # A Hydra program has composed its own config already; the cells are composed beside it.
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        yield


def _make_cell(table: Mapping[str, Any], tracking: Mapping[str, Any], row: str, seed: int) -> Cell:
    config = compose("train", [*table["overrides"], *table["rows"][row], f"seed={seed}"])
    config.tracking = tracking
    config.resume = True
    return Cell(row, seed, config, table.get("task") or list_tasks(config.task)[0])
