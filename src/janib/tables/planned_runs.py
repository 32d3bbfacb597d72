"""Planned runs of a table, identified by the hashes of their configs and of their data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf

from janib.errors import ConfigError, MissingExtraError
from janib.models.seeds import depends_on_seed
from janib.provenance import hash_config
from janib.runs.experiment import Experiment, check_model, list_tasks, read_experiment
from janib.runs.overrides import quote_overrides
from janib.tables.results_csv import RunKey


@dataclass(frozen=True)
class PlannedRun:
    """A run of a table: a row's config with one seed."""

    row: str
    seed: int
    config: DictConfig
    task: str

    @cached_property
    def experiment(self) -> Experiment:
        """Its config, checked.

        Raises
        ------
        ConfigError
            If the config has an unknown key, or a value of the wrong type.
        """
        return read_experiment(self.config)

    @property
    def key(self) -> RunKey:
        """Row and seed."""
        return self.row, self.seed

    @property
    def name(self) -> str:
        """The stem of its files' names."""
        return f"{self.row}_seed{self.seed}"

    @property
    def prefix(self) -> str:
        """The prefix of its metric keys where the table's task is not the main one."""
        return "" if self.task == self.experiment.tasks[0] else f"{self.task}/"

    @cached_property
    def hashes(self) -> tuple[str, ...]:
        """The hashes by which it is found, today's first; an ensemble has none before its members have run."""
        return self.experiment.list_hashes()

    @property
    def config_hash(self) -> str:
        """Today's hash of its config."""
        return self.hashes[0]

    @cached_property
    def data_sha(self) -> str:
        """The hash of its corpora's files."""
        return hash_config(self.experiment.list_checksums())


@dataclass(frozen=True)
class TablePlan:
    """The planned runs of a table, and the configuration that they come from; made by :func:`plan_table`.

    Attributes
    ----------
    table
        ``rows`` (name to overrides of ``train.yaml``), ``overrides`` (for all rows), ``seeds``, ``row_seeds`` of rows
        that have others, and, where rows train several tasks at once, the table's ``task``.
    tracking
        The MLflow store of all runs.
    conf
        The folder of configs.
    given
        Keys of ``train.yaml`` for all runs beside ``overrides``: the data of a table of the user's own file.
    texts
        The configuration files when the plan was made.
    runs
        The planned runs, in the order of the rows.
    """

    table: Mapping[str, Any]
    tracking: Mapping[str, Any]
    conf: Path
    texts: Mapping[Path, bytes]
    runs: Sequence[PlannedRun]
    given: Mapping[str, Any] = field(default_factory=dict)

    def check(self, run: PlannedRun) -> None:
        """Check that neither the config of a run nor the table's own file has been edited.

        Raises
        ------
        ConfigError
            If one of them has.
        """
        texts = _read_texts(self.conf)
        if texts == self.texts:
            return
        path = self.conf / "table" / f"{self.table.get('name')}.yaml"
        is_edited = texts.get(path) != self.texts.get(path)
        problem = f"{path} was edited" if is_edited else self._find_change(run)
        if problem:
            raise ConfigError(
                f"{problem} while the table runs, and runs of two configurations do not mix; "
                "what is done is kept: start the table again to go on with the new one"
            )

    def _find_change(self, run: PlannedRun) -> str:
        with _open_conf(self.conf):
            now = _plan_run(self.table, self.tracking, self.given, run.row, run.seed).config
        if now == run.config:
            return ""
        was, new = (OmegaConf.to_yaml(config, resolve=True).splitlines() for config in (run.config, now))
        line = next((line.strip() for line in new if line not in was), "a key was removed")
        return f"the config of {run.row} was edited ({line})"


def plan_table(
    table: Mapping[str, Any], tracking: Mapping[str, Any], conf: Path, given: Mapping[str, Any] | None = None
) -> TablePlan:
    """Compose the config of every run of a table; parameters are the attributes of :class:`TablePlan`."""
    texts, given = _read_texts(conf), given or {}
    runs = []
    with _open_conf(conf):
        for row in table["rows"]:
            seeds = table.get("row_seeds", {}).get(row, table["seeds"])
            runs += [_plan_run(table, tracking, given, row, seed) for seed in seeds[:1]]
            for seed in seeds[1:]:  # composing takes a third of a second
                config = deepcopy(runs[-1].config)
                _set_seed(config, row, seed)
                runs.append(replace(runs[-1], seed=seed, config=config))
    return TablePlan(table, tracking, conf, texts, runs, given)


def list_seeded_rows(planned: Sequence[PlannedRun]) -> set[str]:
    """Return the rows whose predictions depend on the seed: their own, or that of a member of an ensemble.

    A member that is no row of the table is taken to depend on it.
    """
    settings = {one.row: one.config.model for one in planned}
    members = {
        row: {re.sub(r"_seed\d+$", "", member) for member in own.get("members") or []} for row, own in settings.items()
    }
    seeded = {row for row, own in settings.items() if depends_on_seed(own) or not members[row] <= settings.keys()}
    while further := {row for row in settings.keys() - seeded if members[row] & seeded}:
        seeded |= further
    return seeded


def check_plan(plan: TablePlan) -> None:
    """Check the config of every run before the first of them.

    Raises
    ------
    ConfigError
        If a row has an unknown key, or a value of the wrong type; the message names the row.
    """
    for run in plan.runs:
        try:
            check_model(run.experiment.model)
        except ConfigError as error:
            raise ConfigError(f"row {run.row} of the table: {error}") from error
        except MissingExtraError:
            continue  # this row fails alone


def _read_texts(conf: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in conf.rglob("*.yaml")}


@contextmanager
def _open_conf(conf: Path) -> Iterator[None]:
    # A Hydra program has composed its own config already; those of the runs are further ones.
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(conf), version_base="1.3"):
        yield


def _plan_run(
    table: Mapping[str, Any], tracking: Mapping[str, Any], given: Mapping[str, Any], row: str, seed: int
) -> PlannedRun:
    words = [*table["overrides"], *table["rows"][row], f"seed={seed}"]
    config = compose("train", quote_overrides(words, is_sweep=False))
    for key, value in given.items():
        config[key] = OmegaConf.merge(config[key], value) if key == "split" else value
    config.tracking = dict(tracking)
    config.resume = True
    _set_seed(config, row, seed)
    return PlannedRun(row, seed, config, table.get("task") or list_tasks(config.task)[0])


def _set_seed(config: DictConfig, row: str, seed: int) -> None:
    config.seed = seed
    config.tracking = {**config.tracking, "run": f"{row}-seed{seed}"}
