"""One scoring of annotated articles: analyse, score, write, list."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from janib.article.analysis import Analyser, Analysis
from janib.article.evaluation import Gold, Score, read_gold, score_analyses, score_positions
from janib.article.positions import Judge, load_judge
from janib.errors import ConfigError
from janib.files import write_file
from janib.provenance import describe_commit, describe_versions
from janib.results import append_scoring

log = logging.getLogger(__name__)

SETS = ("dev", "sealed")
"""Folders of annotated articles; every scoring of the second is listed."""


def evaluate(config: DictConfig, folder: Path) -> dict[str, Score]:
    """Score the analysis of annotated articles, with a user's party list of each article and with none.

    Parameters
    ----------
    config
        As ``conf/evaluate.yaml`` composes it.
    folder
        Where the sets of articles lie.

    Returns
    -------
    dict[str, Score]
        The scores of :mod:`janib.article.evaluation`, also written to ``results``; those of statements, speakers and
        parties under ``listed/`` and ``shipped/``, by the gazetteer that was used.

    Raises
    ------
    ConfigError
        If there is no such set.
    """
    name: str = config.articles
    if name not in SETS:
        raise ConfigError(f"articles={name}: there is no such set, only {', '.join(SETS)}")
    saved = None if OmegaConf.is_missing(config, "saved") else config.saved
    judge = load_judge(saved, config.sentiment)
    gold = read_gold(folder / name)
    scores = score_positions(gold, judge)
    for kind, listed in (("listed", True), ("shipped", False)):
        found = [_analyse(one, judge, listed=listed) for one in gold]
        scores |= {f"{kind}/{key}": score for key, score in score_analyses(gold, found).items()}
    provenance = _describe(judge, name)
    target = Path(config.results) / f"{name}_{provenance['model']}.json"
    content = provenance | {"articles": len(gold), "scores": {key: asdict(score) for key, score in scores.items()}}
    with write_file(target) as path:
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for key, score in scores.items():
        log.info("%s: %.4f (95 %% interval %.4f to %.4f)", key, score.value, score.low, score.high)
        if name == "sealed":
            append_scoring(Path(config.ledger), "articles", name, provenance, key, score.value)
    log.info("written to %s", target)
    return scores


def _analyse(gold: Gold, judge: Judge, *, listed: bool) -> Analysis:
    return Analyser(judge, list(gold.parties) if listed else None).analyse(gold.article)


def _describe(judge: Judge, name: str) -> dict[str, Any]:
    trained = judge.stance.manifest["provenance"]
    return {
        **describe_commit(),
        "data": f"articles/{name}",
        "task": "articles",
        **{key: trained.get(key, "unknown") for key in ("model", "seed", "config_hash")},
        "versions": describe_versions(),
    }
