"""Training: ``python experiments/train.py data=mawqif task=stance model=tfidf_logreg seed=0``, or a sweep."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from janib.runs.hydra_main import run_hydra

if TYPE_CHECKING:
    from omegaconf import DictConfig

CONF = Path(__file__).resolve().parents[1] / "conf"


def train(config: DictConfig) -> None:
    """Train and test the model of the config."""
    from hydra.core.hydra_config import HydraConfig

    from janib.runs.experiment import read_experiment
    from janib.runs.run import run

    run(read_experiment(config), Path(HydraConfig.get().runtime.output_dir))


def train_share(config: DictConfig) -> None:
    """Train in a further process that torchrun has started."""
    from hydra.core.hydra_config import HydraConfig

    from janib.runs.experiment import read_experiment
    from janib.runs.run import follow

    follow(read_experiment(config), Path(HydraConfig.get().runtime.output_dir))


if __name__ == "__main__":
    if os.environ.get("RANK", "0") == "0":
        run_hydra(train, CONF, "train")
    else:
        with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            sys.argv.append(f"hydra.run.dir={scratch}/run")
            run_hydra(train_share, CONF, "train")
