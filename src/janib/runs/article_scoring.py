"""One scoring of annotated articles: several judges beside each other, counted, written, listed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from janib.articles.analysis import Analyser
from janib.articles.evaluation import (
    JUDGED,
    Gold,
    count_found,
    count_found_positions,
    count_positions,
    read_gold,
    resample_articles,
)
from janib.articles.positions import Judge, load_judge
from janib.corpora import read_corpus
from janib.errors import ConfigError
from janib.inference.classifier import Classifier
from janib.io.files import write_csv
from janib.labels import TASK_LABELS
from janib.provenance import describe_commit, hash_config
from janib.runs.experiment import make_model
from janib.scoring.ledger import append_scoring
from janib.scoring.metrics import Floats

log = logging.getLogger(__name__)

SETS = ("dev", "sealed")
"""Folders of annotated articles; every scoring of the second is listed."""

COLUMNS = (
    *("article", "judge", "parties", "metric", "label", "right", "of"),
    *("model", "seed", "config_hash", "commit", "dirty"),
)
"""Of ``SET.csv``: a line for each article and label; ``judge`` is ``-`` where none judges."""

DEFAULT = "default"
"""The judge that ships with the package, or those that the config names as ``saved``."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of a metric, of shape (n_articles, n_labels, 2): of which judge (``-`` where none judges) and seed.

    ``parties`` says what the judge was given: ``gold``, all that is annotated; ``listed``, the article's own list of
    parties; ``shipped``, what ships alone.
    """

    judge: str
    parties: str
    metric: str
    counts: Floats
    about: dict[str, Any]


def evaluate(config: DictConfig, folder: Path) -> list[Counted]:
    """Score annotated articles under every judge of the config.

    Statements, speakers and parties are found with a user's list of each article's parties and with what ships alone;
    positions are judged where all that is given, and where it is found.

    Parameters
    ----------
    config
        As ``conf/evaluate.yaml`` composes it.
    folder
        Where the sets of articles lie.

    Returns
    -------
    list of Counted
        Also written to ``results`` as ``SET.csv``, from which ``experiments/table.py table=articles`` makes a table.

    Raises
    ------
    ConfigError
        If there is no such set.
    """
    name: str = config.articles
    if name not in SETS:
        raise ConfigError(f"articles={name}: there is no such set, only {', '.join(SETS)}")
    judges = make_judges(config)
    gold = read_gold(folder / name)
    commit = describe_commit()
    counted = [one for number, (judged, judge) in enumerate(judges) for one in _count(judged, judge, gold, number == 0)]
    path = Path(config.results) / f"{name}.csv"
    write_csv(path, COLUMNS, [row | commit for one in counted for row in _list_rows(one, gold)])
    for one in counted:
        draws = resample_articles(one.metric, [one.counts])
        value, (low, high) = float(draws.observed[one.metric][0]), draws.find_interval(one.metric, [0])
        said = (one.judge, one.about["seed"], one.parties, one.metric, value, low, high)
        log.info("%s (seed %s) %s %s: %.4f (95 %% interval %.4f to %.4f)", *said)
        if name == "sealed":
            about = one.about | commit | {"task": "articles"}
            append_scoring(Path(config.ledger), "articles", name, about, f"{one.parties}/{one.metric}", value)
    log.info("written to %s", path)
    return counted


def make_judges(config: DictConfig) -> list[tuple[str, Judge]]:
    """Load the model that ships, or those ``saved``; fit those of ``judges`` on the statements' training rows."""
    saved = None if OmegaConf.is_missing(config, "saved") else config.saved
    folders = list(saved) if isinstance(saved, ListConfig) else [saved]
    judges = [(DEFAULT, load_judge(one, config.sentiment)) for one in folders]
    rows = read_corpus("statements")[1]["train"]
    for name, settings in config.judges.items():
        options: Any = OmegaConf.to_container(settings, resolve=True)
        model = make_model(options, TASK_LABELS, 0).fit(rows, [])
        about = {"model": options["name"], "seed": 0, "config_hash": hash_config(options), "target_is_given": True}
        classifier = Classifier(model, {"provenance": about})
        judges.append((str(name), Judge(classifier, classifier)))
    return judges


def _count(name: str, judge: Judge, gold: Sequence[Gold], is_first: bool) -> Iterator[Counted]:
    """Count a judge's answers; with the first one also what is found before any judge is asked."""
    trained = judge.stance.manifest["provenance"]
    about = {key: trained.get(key, "unknown") for key in ("model", "seed", "config_hash")}
    for metric, counts in count_positions(gold, judge).items():
        yield Counted(name, "gold", metric, counts, about)
    for kind in ("listed", "shipped"):
        found = [Analyser(judge, list(one.parties) if kind == "listed" else None).analyse(one.article) for one in gold]
        for metric, counts in count_found_positions(gold, found).items():
            yield Counted(name, kind, metric, counts, about)
        for metric, counts in count_found(gold, found).items() if is_first else ():
            yield Counted("-", kind, metric, counts, about)


def _list_rows(one: Counted, gold: Sequence[Gold]) -> Iterator[dict[str, Any]]:
    labels = TASK_LABELS[JUDGED[one.metric]] if one.metric in JUDGED else ("-",)
    about = {"judge": one.judge, "parties": one.parties, "metric": one.metric, **one.about}
    for article, rows in zip(gold, one.counts.astype(int).tolist(), strict=True):
        for label, (right, of) in zip(labels, rows, strict=True):
            yield {"article": article.article.name, "label": label, "right": right, "of": of, **about}
