"""Run a table's cells and show it: ``python experiments/table.py table=demo``.

``action=status`` says how far it is; ``render`` writes it from its results, without running anything; ``check``
fails where what is written differs from what the results give.
"""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from rich.console import Console

from janib.runs.hydra_main import run_hydra

CONF = Path(__file__).resolve().parents[1] / "conf"


def make_table(config: DictConfig) -> None:
    """Do what ``action`` says to the table."""
    from janib.tables.actions import act

    act(config, CONF, Path(HydraConfig.get().runtime.output_dir), Console())


if __name__ == "__main__":
    run_hydra(make_table, CONF, "table")
