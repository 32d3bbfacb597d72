"""Run an experiment, or a sweep: ``python experiments/train.py data=mawqif task=stance model=tfidf_logreg seed=0``."""

from __future__ import annotations

import os
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from janib.commandline import run_hydra

CONF = Path(__file__).resolve().parents[1] / "conf"


def train(config: DictConfig) -> None:
    """Run the experiment that the config describes."""
    from janib import pipeline  # only once the config is right: mlflow and scikit-learn take seconds

    work = pipeline.follow if int(os.environ.get("RANK", "0")) else pipeline.run  # torchrun numbers its processes
    work(config, Path(HydraConfig.get().runtime.output_dir))


if __name__ == "__main__":
    run_hydra(train, CONF, "train")
