"""Scoring without training: a model (``saved=outputs/…/model data=mawqif``) or articles (``articles=dev``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from janib.runs.hydra_main import run_hydra

if TYPE_CHECKING:
    from omegaconf import DictConfig

CONF = Path(__file__).resolve().parents[1] / "conf"


def evaluate(config: DictConfig) -> None:
    """Score the model or the annotated articles of the config."""
    if config.articles is not None:
        from janib.runs.article_scoring import read_article_scoring, score_articles

        score_articles(read_article_scoring(config), CONF.parent / "experiments" / "articles")
        return
    from hydra.core.hydra_config import HydraConfig

    from janib.runs.experiment import read_evaluation
    from janib.runs.run import score_saved

    score_saved(read_evaluation(config), Path(HydraConfig.get().runtime.output_dir))


if __name__ == "__main__":
    run_hydra(evaluate, CONF, "evaluate")
