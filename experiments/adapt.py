"""Adapt an encoder to unlabelled texts before it is fine-tuned: ``python experiments/adapt.py``; conf/adapt.yaml."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from janib.commandline import run_hydra

CONF = Path(__file__).resolve().parents[1] / "conf"

log = logging.getLogger("janib.adapt")


def adapt(config: DictConfig) -> None:
    """Read the texts that the config names, train, and write the encoder's folder."""
    from janib.corpora.mixture import read_unlabelled
    from janib.models.adaptation import adapt_encoder

    texts = read_unlabelled(config.corpora, config.scored)
    log.info("%d texts of %s", len(texts), ", ".join(config.corpora))
    checkpoints = Path(config.checkpoints)
    settings = ("encoder", "revision", "cleaning", "max_length", "share", "tokens", "seed", "training")
    read = adapt_encoder(
        texts,
        Path(config.folder),
        checkpoint_dir=checkpoints,
        on_log=lambda step, values: log.info("step %d: loss %.4f", step, values["train/loss"]),
        **{name: OmegaConf.to_object(config)[name] for name in settings},
    )
    shutil.rmtree(checkpoints)
    log.info("read %(tokens)d tokens of %(texts)d texts, %(hidden)d of them hidden", read)
    log.info("written to %s", config.folder)


if __name__ == "__main__":
    run_hydra(adapt, CONF, "adapt")
