"""One scoring of annotated articles: several judges beside each other, scored, written, listed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from janib.article.analysis import Analyser
from janib.article.evaluation import Gold, Score, read_gold, score_analyses, score_found_positions, score_positions
from janib.article.positions import Judge, load_judge
from janib.classifier import Classifier
from janib.corpora import read_corpus
from janib.errors import ConfigError
from janib.files import write_csv, write_file
from janib.labels import TASK_LABELS
from janib.provenance import describe_commit, hash_config
from janib.results import append_scoring

log = logging.getLogger(__name__)

SETS = ("dev", "sealed")
"""Folders of annotated articles; every scoring of the second is listed."""

_COLUMNS = ("set", "articles", "judge", "parties", "metric", "value", "low", "high")
_ABOUT = ("model", "seed", "config_hash", "commit", "dirty")

DEFAULT = "default"
"""The judge that ships with the package, or the one that the config names as ``saved``."""

_KINDS = {"gold": "given", "listed": "found, with the article's own list", "shipped": "found, with what ships alone"}
_FINDING = {"sentence_f1": "statements, F1", "speaker_accuracy": "speakers, accuracy", "party_f1": "parties, F1"}
_JUDGING = {"position_macro_f1": "stance", "sentiment_macro_f1": "sentiment"}


@dataclass(frozen=True, slots=True)
class Line:
    """A score: of which judge (empty where none judges), with which parties (a key of the table's columns)."""

    judge: str
    parties: str
    metric: str
    score: Score


def evaluate(config: DictConfig, folder: Path) -> list[Line]:
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
    list of Line
        Also written to ``results`` as ``SET.csv`` and ``SET.md``.

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
    lines = [line for judge in judges for line in _score(judge, judges[judge], gold, alone=judge == DEFAULT)]
    rows = []
    for line in lines:
        about = _describe(judges[line.judge or DEFAULT]) | commit
        rows.append({"set": name, "articles": len(gold), **_show(line), **about})
        log.info("%s %s %s: %.4f (95 %% interval %.4f to %.4f)", *_name(line), *_values(line.score))
        if name == "sealed":
            metric = f"{line.parties}/{line.metric}"
            append_scoring(
                Path(config.ledger), "articles", name, about | {"task": "articles"}, metric, line.score.value
            )
    _write(Path(config.results) / name, rows, _tabulate(lines, name, len(gold), commit["commit"]))
    return lines


def make_judges(config: DictConfig) -> dict[str, Judge]:
    """Load the model that ships, or is ``saved``, and fit those under ``judges`` on the statements' training rows."""
    saved = None if OmegaConf.is_missing(config, "saved") else config.saved
    judges = {DEFAULT: load_judge(saved, config.sentiment)}
    rows = read_corpus("statements")[1]["train"]
    for name, settings in config.judges.items():
        options: Any = OmegaConf.to_container(settings, resolve=True)
        model = instantiate(
            {key: value for key, value in options.items() if key != "name"},
            labels=TASK_LABELS,
            seed=0,
            _convert_="all",
        ).fit(rows, [])
        about = {"model": options["name"], "seed": 0, "config_hash": hash_config(options), "target_is_given": True}
        classifier = Classifier(model, {"provenance": about})
        judges[str(name)] = Judge(classifier, classifier)
    return judges


def _score(name: str, judge: Judge, gold: Sequence[Gold], *, alone: bool) -> Iterator[Line]:
    """Score a judge; with ``alone`` also what is found before any judge is asked."""
    for metric, score in score_positions(gold, judge).items():
        yield Line(name, "gold", metric, score)
    for kind in ("listed", "shipped"):
        found = [Analyser(judge, list(one.parties) if kind == "listed" else None).analyse(one.article) for one in gold]
        for metric, score in score_found_positions(gold, found).items():
            yield Line(name, kind, metric, score)
        for metric, score in score_analyses(gold, found).items() if alone else ():
            yield Line("", kind, metric, score)


def _describe(judge: Judge) -> dict[str, Any]:
    trained = judge.stance.manifest["provenance"]
    return {key: trained.get(key, "unknown") for key in ("model", "seed", "config_hash")}


def _name(line: Line) -> tuple[str, str, str]:
    return line.judge or "-", line.parties, line.metric


def _values(score: Score) -> tuple[float, float, float]:
    return score.value, score.low, score.high


def _show(line: Line) -> dict[str, str]:
    judge, parties, metric = _name(line)
    value, low, high = (f"{share:.6f}" for share in _values(line.score))
    return {"judge": judge, "parties": parties, "metric": metric, "value": value, "low": low, "high": high}


def _tabulate(lines: Sequence[Line], name: str, articles: int, commit: str) -> str:
    scores = {(line.judge, line.parties, line.metric): line.score for line in lines}
    judges = list(dict.fromkeys(line.judge for line in lines if line.judge))
    found = {kind: title for kind, title in _KINDS.items() if kind != "gold"}
    return "\n".join(
        [
            f"# Annotated articles: {name}",
            "",
            f"{articles} articles; percent, 95 % bootstrap intervals over articles. Made by",
            f"`python experiments/evaluate.py articles={name}` at commit {commit[:7]}.",
            "",
            "What is found:",
            "",
            *_lay_out(_FINDING, {title: {m: scores["", kind, m] for m in _FINDING} for kind, title in found.items()}),
            "",
            "What is judged, macro-F1; where statements, speakers and parties are found, a position counts only if",
            "these are right too:",
            "",
            *_lay_out(
                {(k, m): f"{title}, all {given}" for m, title in _JUDGING.items() for k, given in _KINDS.items()},
                {judge: {(k, m): scores[judge, k, m] for m in _JUDGING for k in _KINDS} for judge in judges},
            ),
            "",
        ]
    )


def _lay_out(columns: Mapping[Any, str], rows: Mapping[str, Mapping[Any, Score]]) -> Iterator[str]:
    yield f"| | {' | '.join(columns.values())} |"
    yield f"|---|{'---|' * len(columns)}"
    for name, scores in rows.items():
        cells = (_values(scores[key]) for key in columns)
        shown = (f"{100 * value:.1f} ({100 * low:.1f} to {100 * high:.1f})" for value, low, high in cells)
        yield f"| {name} | {' | '.join(shown)} |"


def _write(stem: Path, rows: Sequence[Mapping[str, Any]], table: str) -> None:
    write_csv(stem.with_suffix(".csv"), [*_COLUMNS, *_ABOUT], rows)
    with write_file(stem.with_suffix(".md")) as path:
        path.write_text(table, encoding="utf-8")
    log.info("written to %s.csv and .md", stem)
