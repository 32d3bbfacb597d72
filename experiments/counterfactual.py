"""Predictions for the same statements about other parties: ``experiments/counterfactual.py saved=outputs/…/model``."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from janib.runs.hydra_main import run_hydra

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from janib.studies.counterfactual import Effect

CONF = Path(__file__).resolve().parents[1] / "conf"

COLUMNS = ("scope", "name", "exchanges")
NUMBERS = tuple(f"{name}{end}" for name in ("flips", "shift") for end in ("", "_low", "_high"))
"""Columns of ``MODEL.csv``: share of exchanges that change the label, and mean shift, with their intervals."""

log = logging.getLogger("janib.studies.counterfactual")


def exchange_names(config: DictConfig) -> None:
    """Exchange names, predict before and after, and write ``results/MODEL.csv`` and ``.md``."""
    import numpy as np

    from janib.articles.positions import load_judge
    from janib.io.files import write_csv, write_text
    from janib.provenance import describe_commit
    from janib.studies import counterfactual

    stance = load_judge(config.saved).stance
    mentions = counterfactual.read_mentions(config.splits)
    exchanges = counterfactual.make_exchanges(mentions, config.each, config.per_kind, config.seed)
    log.info("%d rows, %d exchanges", len(mentions), len(exchanges))
    places = {mention.row.id: place for place, mention in enumerate(mentions)}
    before = stance.model.predict_proba([mention.row for mention in mentions])["stance"]
    before = before[np.array([places[exchange.before.id] for exchange in exchanges])]
    after = stance.model.predict_proba([exchange.after for exchange in exchanges])["stance"]
    effects = counterfactual.measure_effects(exchanges, before, after)
    trained = stance.manifest["provenance"]
    about = {key: trained.get(key, "unknown") for key in ("model", "config_hash")} | describe_commit()
    stem = Path(config.results) / str(about["model"])
    write_csv(stem.with_suffix(".csv"), [*COLUMNS, *NUMBERS, *about], [_list_fields(one) | about for one in effects])
    write_text(stem.with_suffix(".md"), _tabulate(effects, config, about))
    log.info("written to %s.csv and .md", stem)


def _list_fields(effect: Effect) -> dict[str, object]:
    """Return an effect as a row of ``MODEL.csv``."""
    numbers = [f"{value:.6f}" for value in (*effect.flips, *effect.shift)]
    return {name: getattr(effect, name) for name in COLUMNS} | dict(zip(NUMBERS, numbers, strict=True))


def _tabulate(effects: Sequence[Effect], config: DictConfig, about: dict[str, str]) -> str:
    from janib.studies.counterfactual import find_largest

    largest = find_largest(effects, config.least)
    rows = [one for one in effects if one.scope != "party"]
    lines = [
        f"# {about['model']}: the same statements about other parties",
        "",
        f"{rows[0].exchanges} exchanges of names in {' and '.join(config.splits)}, {config.each} a row,",
        f"seed {config.seed}; model config {about['config_hash']}, commit {about['commit'][:7]}. Intervals: 95 %,",
        "bootstrap over documents. Shift: the mean change of P(favor) - P(against).",
        "",
        "| parties | exchanges | stance flips, % | shift |",
        "|---|---|---|---|",
    ]
    for one in [*rows, *([largest] if largest else [])]:
        name = {"all": "all", "kind": one.name, "party": f"largest shift: {one.name}"}[one.scope]
        flips = "{:.1f} ({:.1f} to {:.1f})".format(*(100 * share for share in one.flips))
        shift = "{:+.3f} ({:+.3f} to {:+.3f})".format(*one.shift)
        lines.append(f"| {name} | {one.exchanges} | {flips} | {shift} |")
    return "\n".join([*lines, "", f"The largest is of the parties with {config.least} exchanges or more.", ""])


if __name__ == "__main__":
    run_hydra(exchange_names, CONF, "counterfactual")
