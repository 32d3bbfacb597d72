"""Scoring of annotated articles: counts of several judges, written to a file and listed in the ledger.

A judge is a pair of models, of stance and of sentiment, that labels positions.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf

from janib.articles.analysis import Analyser
from janib.articles.evaluation import (
    JUDGED,
    AnnotatedArticle,
    count_found,
    count_found_positions,
    count_positions,
    identify_parties,
    read_annotated,
    resample_articles,
)
from janib.articles.positions import Judge, load_judge
from janib.corpora import read_corpus
from janib.errors import ConfigError
from janib.inference.classifier import Classifier
from janib.io.files import write_csv
from janib.labels import POSITION_LABELS
from janib.provenance import describe_commit, hash_config
from janib.runs.experiment import make_model
from janib.scoring.ledger import append_scoring
from janib.scoring.metrics import Floats

log = logging.getLogger(__name__)

ARTICLE_SETS = (
    *("dev", "sealed"),
    *("ant_build", "ant_check", "ant"),
    *("wikinews_build", "wikinews_check", "wikinews"),
)
"""Folders of annotated articles: invented ones, then real ones to build on, to check with and to score at the end."""

SEALED_SETS = ("sealed", "ant", "wikinews")
"""Those that nothing is built or chosen on; every scoring of them is listed in the ledger."""

COUNT_COLUMNS = (
    *("article", "judge", "parties", "metric", "label", "right", "of"),
    *("model", "seed", "config_hash", "commit", "dirty"),
)
"""Columns of ``SET.csv``, a row for each article and label; ``judge`` is ``-`` where the metric needs no labels."""

DEFAULT_JUDGE = "default"
"""Name of the judge that ships with the package, or of those that the config names as ``saved``."""


@dataclass(frozen=True, slots=True)
class ArticleScoring:
    """The config of a scoring of annotated articles; made by :func:`read_article_scoring`.

    Attributes
    ----------
    articles
        Name of the set, one of :data:`ARTICLE_SETS`.
    saved
        Stance models, one a seed of the first judge; None stands for the one that ships.
    sentiment
        The sentiment model of these judges, where it is another.
    judges
        Name to the settings of a model that is fitted on the statements' training rows.
    results
        Folder of ``SET.csv``.
    ledger
        The list of test scorings.
    """

    articles: str
    saved: tuple[str | None, ...]
    sentiment: str | None
    judges: Mapping[str, Mapping[str, Any]]
    results: str
    ledger: str

    def make_judges(self) -> list[tuple[str, Judge]]:
        """Load the judges that are saved or ship, and fit the others; return each with its name."""
        judges = [(DEFAULT_JUDGE, load_judge(saved, self.sentiment)) for saved in self.saved]
        rows = read_corpus("statements")[1]["train"]
        for name, settings in self.judges.items():
            model = make_model(settings, POSITION_LABELS, 0).fit(rows, [])
            about = {"model": settings["name"], "seed": 0, "config_hash": hash_config(settings)}
            classifier = Classifier(model, {"provenance": about | {"target_is_given": True}})
            judges.append((name, Judge(classifier, classifier)))
        return judges


@dataclass(frozen=True, slots=True)
class MetricCounts:
    """Counts of one metric under one judge.

    Attributes
    ----------
    judge, metric
        Names; the judge's is ``-`` where the metric needs no labels.
    parties
        What the judge was given: ``gold``, all that is annotated; ``listed``, the article's own list of parties;
        ``shipped``, only what ships with the package.
    counts
        Shape (n_articles, n_labels, 2): how many are right, and of how many.
    about
        ``model``, ``seed`` and ``config_hash`` of the judge's stance model.
    """

    judge: str
    parties: str
    metric: str
    counts: Floats
    about: dict[str, Any]


def read_article_scoring(config: DictConfig) -> ArticleScoring:
    """Read and check a config that ``conf/evaluate.yaml`` composed.

    Raises
    ------
    ConfigError
        If there is no such set of articles.
    """
    saved = None if OmegaConf.is_missing(config, "saved") else config.saved
    models = list(saved) if isinstance(saved, ListConfig) else [saved]
    keys = ["articles", "sentiment", "judges", "results", "ledger"]
    values: Any = OmegaConf.to_container(OmegaConf.masked_copy(config, keys), resolve=True)
    if values["articles"] not in ARTICLE_SETS:
        raise ConfigError(f"articles={values['articles']}: there is no such set, only {', '.join(ARTICLE_SETS)}")
    return ArticleScoring(saved=tuple(models), **values)


def score_articles(scoring: ArticleScoring, folder: Path) -> list[MetricCounts]:
    """Score annotated articles under every judge.

    Statements, speakers and parties are found with the article's own list of parties, and with what ships alone.
    Positions are labelled where all that is annotated is given, and where it is found.

    The counts are also written to ``results`` as ``SET.csv``, from which ``experiments/table.py table=articles`` makes
    a table. ``folder`` has the sets of articles.

    Raises
    ------
    DataError
        If an article is missing or damaged.
    ModelError
        If a saved model cannot be used.
    """
    judges = scoring.make_judges()
    gold = read_annotated(folder / scoring.articles)
    commit = describe_commit()
    counted: list[MetricCounts] = []
    for number, (name, judge) in enumerate(judges):
        counted += _count(name, judge, gold, is_first=number == 0)
    path = Path(scoring.results) / f"{scoring.articles}.csv"
    write_csv(path, COUNT_COLUMNS, [row | commit for one in counted for row in _list_rows(one, gold)])
    for one in counted:
        draws = resample_articles(one.metric, [one.counts])
        value, (low, high) = float(draws.observed[one.metric][0]), draws.find_interval(one.metric, [0])
        said = (one.judge, one.about["seed"], one.parties, one.metric, value, low, high)
        log.info("%s (seed %s) %s %s: %.4f (95 %% interval %.4f to %.4f)", *said)
        if scoring.articles in SEALED_SETS:
            about = one.about | commit | {"task": "articles"}
            metric = f"{one.parties}/{one.metric}"
            append_scoring(Path(scoring.ledger), "articles", scoring.articles, about, metric, value)
    log.info("written to %s", path)
    return counted


def _count(name: str, judge: Judge, gold: Sequence[AnnotatedArticle], *, is_first: bool) -> Iterator[MetricCounts]:
    """Count a judge's positions; with the first judge also statements, speakers and mentions, which need none."""
    trained = judge.stance.manifest["provenance"]
    about = {key: trained.get(key, "unknown") for key in ("model", "seed", "config_hash")}
    for metric, counts in count_positions(gold, judge).items():
        yield MetricCounts(name, "gold", metric, counts, about)
    for parties in ("listed", "shipped"):
        analysed = [
            Analyser(judge, list(one.parties) if parties == "listed" else None).analyse(one.article) for one in gold
        ]
        found = identify_parties(gold, analysed)
        for metric, counts in count_found_positions(gold, found).items():
            yield MetricCounts(name, parties, metric, counts, about)
        if is_first:
            for metric, counts in count_found(gold, found).items():
                yield MetricCounts("-", parties, metric, counts, about)


def _list_rows(counted: MetricCounts, gold: Sequence[AnnotatedArticle]) -> Iterator[dict[str, Any]]:
    """Yield a row of ``SET.csv`` for each article and label."""
    labels = POSITION_LABELS[JUDGED[counted.metric]] if counted.metric in JUDGED else ("-",)
    about = {"judge": counted.judge, "parties": counted.parties, "metric": counted.metric, **counted.about}
    for annotated, counts in zip(gold, counted.counts.astype(int).tolist(), strict=True):
        for label, (right, of) in zip(labels, counts, strict=True):
            yield {"article": annotated.article.name, "label": label, "right": right, "of": of, **about}
