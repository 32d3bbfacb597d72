"""A table's config is checked before its first run."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

import janib.runs.own_names  # which the configs ask  # noqa: F401
from janib.errors import ConfigError
from janib.runs.overrides import quote_overrides
from janib.tables.planned_runs import check_plan, plan_table
from janib.tables.table_config import read_table

CONF = Path(__file__).parents[3] / "conf"
OWN = ["table=own", "data.path=a.csv"]


def read(*overrides, without=None):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("table", quote_overrides(overrides, is_sweep=False))
    OmegaConf.set_struct(config, False)
    if without:
        del config.table[without]
    read_table(config)
    return config


@pytest.mark.parametrize("name", sorted(path.stem for path in (CONF / "table").glob("*.yaml")))
def test_every_table_that_ships_is_right(name):
    read(f"table={name}", *OWN[1:][: name == "own"])


@pytest.mark.parametrize("key", ["published", "seeds", "columns", "baseline", "controls", "register", "protocol"])
def test_a_key_that_is_left_out_is_named(key):
    with pytest.raises(
        ConfigError, match=rf"^table\.{key} is missing: expected .*; conf/table/demo\.yaml has every key$"
    ):
        read("table=demo", without=key)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+table.sead=[1]", "table.sead: a table has no such key; did you mean 'seeds'?"),
        ("+table.publishd=[]", "did you mean 'published'?"),
        ("table.seeds=0", "table.seeds=0: expected a list of whole numbers, as [0]"),
        ("table.seeds=[]", "table.seeds=[]: expected a list of whole numbers"),
        ("table.rows.lexicon=model", "expected a list of overrides for each row, as tfidf_nb: [model=tfidf_nb]"),
        ("table.columns=valid/macro_f1", "table.columns=valid/macro_f1: expected a list of scores"),
        ("table.published=[{model: x}]", "each with model and source"),
        (
            "table.published=[{model: x, source: y, predictions: {url: z}}]",
            "predictions of x is {'url': 'z'}, expected texts for url, sha256, chosen_on",
        ),
        (
            "table.published=[{model: x, source: y, predictions: {url: z, sha256: abc, chosen_on: train}}]",
            "sha256 of x is 'abc', expected 64 digits",
        ),
        ("table.baseline=tfidf", "table.baseline: 'tfidf' is none of majority, "),
        ("table.compared=[test/macrof1]", "table.compared: 'test/macrof1' is none of "),
        (
            "+table.by_target=test/macro_f1",
            "table.by_target=test/macro_f1: expected some of the columns, as [test/favg2]",
        ),
        ("+table.by_target=[test/mcc]", "table.by_target: 'test/mcc' is none of valid/macro_f1, test/macro_f1, "),
        ("table.controls=[nb]", "table.controls: 'nb' is none of majority, "),
        ("+table.post_hoc.lexikon=why", "table.post_hoc: 'lexikon' is none of majority, "),
        (
            "table.post_hoc={lexicon: null}",
            "expected, for each row whose choice cannot be shown to come before its test",
        ),
        ("table.post_hoc=lexicon", "the reason, as tfidf_svm: c was changed after its first score"),
        (
            "+table.rows.lexicon_averaged=[model=lexicon]",
            "table.rows: lexicon_averaged is what the table calls the average of the seeds of lexicon; rename it",
        ),
        ("table.register=3", "table.register=3: expected a name for the best model, or null"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_expected(override, message):
    with pytest.raises(ConfigError) as refused:
        read("table=demo", override)
    assert message in str(refused.value)


def test_a_mean_over_targets_has_no_score_of_each():
    with pytest.raises(ConfigError, match=r"table\.by_target: 'test/f_avg_by_target' is none of .*test/favg2"):
        read("table=mawqif_stance", "+table.by_target=[test/f_avg_by_target]")


@pytest.mark.parametrize(
    ("overrides", "columns", "compared"),
    [
        ([], ["valid/macro_f1", "valid/accuracy"], ["valid/macro_f1"]),
        (
            ["data.test_path=b.csv", "data.metric=favg2"],
            ["valid/favg2", "valid/accuracy", "test/favg2", "test/accuracy"],
            ["test/favg2"],
        ),
        (["table.columns=[valid/mcc]", "table.compared=[valid/mcc]"], ["valid/mcc"], ["valid/mcc"]),
    ],
)
def test_columns_of_an_own_file_follow_from_its_files(overrides, columns, compared):
    table = read(*OWN, *overrides).table
    assert (list(table.columns), list(table.compared)) == (columns, compared)


def test_a_metric_that_is_none_is_told():
    with pytest.raises(ConfigError, match=r"table\.columns: 'f1_macro' is none of .*; did you mean 'macro_f1'"):
        read(*OWN, "data.metric=f1_macro")


def test_a_corpus_is_no_own_file():
    with pytest.raises(ConfigError, match="table=own is for a file of your own, data=csv"):
        read("table=own", "data=mawqif")


def test_rows_of_an_own_table_have_its_data_and_say_which_of_them_is_wrong():
    config = read(*OWN, "data.name=آراء", "data.metric=favg2", "split.parts=3")
    given = {key: config[key] for key in ("data", "task", "split", "ledger")}
    config.table.rows = {"one": ["model=majority", "model.name=واحد"]}
    plan = plan_table(config.table, config.tracking, CONF, given)
    check_plan(plan)
    experiment = plan.runs[0].experiment
    assert (experiment.data["name"], experiment.data["metric"], experiment.model["name"]) == ("آراء", "favg2", "واحد")
    assert (experiment.split["parts"], experiment.split["used"], experiment.split["by"]) == (3, 5, "rows")
    assert experiment.tracking["run"] == "one-seed0"
    config.table.rows = {"two": ["model=majority", "+model.foo=3"]}
    with pytest.raises(ConfigError, match=r"^row two of the table: model\.foo: the config has no such key$"):
        check_plan(plan_table(config.table, config.tracking, CONF, given))
