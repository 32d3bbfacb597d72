"""Tables of runs: ``python experiments/table.py table=demo`` runs what has not run yet, and shows the table.

``action=status`` lists the runs that are done and left; ``render`` writes the pages from the results, without a run;
``published`` fetches what others predicted, and tests it in pairs; ``check`` fails if pages differ from the results.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from janib.runs.hydra_main import run_hydra

if TYPE_CHECKING:
    from omegaconf import DictConfig

CONF = Path(__file__).resolve().parents[1] / "conf"


def make_table(config: DictConfig) -> None:
    """Do the config's action to its table."""
    from hydra.core.hydra_config import HydraConfig

    from janib.cli.console import open_console
    from janib.tables.actions import act
    from janib.tables.table_config import is_own

    if is_own(config):
        words = shlex.join(HydraConfig.get().overrides.task)
        config.table.command = f".venv/bin/python experiments/table.py {words}"
    act(config, CONF, Path(HydraConfig.get().runtime.output_dir), open_console())


if __name__ == "__main__":
    run_hydra(make_table, CONF, "table")
