"""Plans of tables: a run for each row and seed, and configuration files that are edited meanwhile."""

import shutil
from pathlib import Path

import pytest

from janib.errors import ConfigError
from janib.tables.planned_runs import list_seeded_rows, plan_table

CONF = Path(__file__).parents[3] / "conf"
TABLE = {
    **{"name": "smoke", "overrides": ["data=statements", "task=stance"], "seeds": [0], "row_seeds": {"nb": [3, 5]}},
    "rows": {"floor": ["model=majority"], "nb": ["model=tfidf_nb"]},
}


@pytest.fixture
def plan(tmp_path):
    conf = tmp_path / "conf"
    shutil.copytree(CONF, conf)
    return plan_table(TABLE, {"uri": "", "artifacts": "", "experiment": "x"}, conf)


def append(path, text):
    path.write_text(f"{path.read_text(encoding='utf-8')}{text}\n", encoding="utf-8")


def test_a_run_for_each_row_and_seed(plan):
    assert [run.key for run in plan.runs] == [("floor", 0), ("nb", 3), ("nb", 5)]
    assert [run.experiment.seed for run in plan.runs] == [0, 3, 5]
    assert len({run.config_hash for run in plan.runs}) == 3
    assert [run.config.tracking.run for run in plan.runs] == ["floor-seed0", "nb-seed3", "nb-seed5"]


def test_rows_that_depend_on_their_seed_by_their_own_config_or_a_members():
    members = {
        "plain": "[nb,floor]",
        "outer": "[plain,encoder_seed1]",
        "above": "[outer,nb]",
        "foreign": "[a/model,nb]",
    }
    rows = {
        **TABLE["rows"],
        "encoder": ["model=arabert_v02"],
        **{name: ["model=ensemble", f"model.members={own}"] for name, own in members.items()},
        "stacked": ["model=ensemble", "model.members=[nb,floor]", "model.combination=stacking"],
    }
    planned = plan_table({**TABLE, "rows": rows, "row_seeds": {}}, {"uri": ""}, CONF).runs
    assert list_seeded_rows(planned) == {"encoder", "outer", "above", "foreign", "stacked"}


def test_a_table_without_seeds_has_no_runs():
    assert plan_table({**TABLE, "seeds": [], "row_seeds": {}}, {}, CONF).runs == []


def test_edits_of_configuration_files(plan):
    append(plan.conf / "model" / "probe.yaml", "# a model of no row")
    append(plan.conf / "model" / "tfidf_nb.yaml", "# a comment")
    for run in plan.runs:
        plan.check(run)
    text = (plan.conf / "model" / "tfidf_nb.yaml").read_text(encoding="utf-8")
    (plan.conf / "model" / "tfidf_nb.yaml").write_text(text.replace("min_df: 2", "min_df: 3"), encoding="utf-8")
    plan.check(plan.runs[0])
    with pytest.raises(ConfigError, match=r"^the config of nb was edited \(min_df: 3\) while the table runs"):
        plan.check(plan.runs[2])
    append(plan.conf / "table" / "smoke.yaml", "# a comment")
    with pytest.raises(ConfigError, match=r"smoke.yaml was edited while the table runs, and runs of two"):
        plan.check(plan.runs[0])
