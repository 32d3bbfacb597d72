"""Run a table's cells and show it: ``python experiments/table.py table=demo``."""

from __future__ import annotations

from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from rich.console import Console

from janib.commandline import run_hydra

CONF = Path(__file__).resolve().parents[1] / "conf"


def make_table(config: DictConfig) -> None:
    """Run what has not run yet, then write and print the table."""
    from janib import tables

    table = config.table
    runs = Path(HydraConfig.get().runtime.output_dir)
    folder = Path(table.folder)
    lines = tables.run_table(table, config.tracking, CONF, folder, runs)
    tables.write_markdown(table, lines, folder)
    console = Console()
    console.print(tables.show_table(table.title, lines, table.columns))
    if table.register:
        address = tables.register_best(lines, config.tracking.uri, table.register)
        console.print(f"best on validation: {address}", highlight=False)


if __name__ == "__main__":
    run_hydra(make_table, CONF, "table")
