"""Every configuration composes, and what it names can be made."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_method
from omegaconf import OmegaConf

from janib import corpora
from janib.labels import TASK_LABELS, TASKS
from janib.models.base import Model
from janib.runs.experiment import read_experiment

CONF = Path(__file__).parents[1] / "conf"


MEMBERS = {"ensemble": ["model.members=[tfidf_logreg,tfidf_svm]"]}  # none by default: they are the user's choice


def list_choices(group):
    folder = CONF / group
    return sorted(path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))


@pytest.fixture
def composed():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        yield compose


@pytest.mark.parametrize("experiment", list_choices("experiment"))
def test_experiment_composes(composed, experiment):
    config = composed("train", [f"experiment={experiment}"])
    corpus, name = experiment.split("/")
    assert config.data.name == corpus
    assert config.model.name == name or corpus in ("statements", "ant_positions")  # named by what is trained on


HUB_ROWS = [
    (table, row)
    for table in list_choices("table")
    for row in OmegaConf.load(CONF / "table" / f"{table}.yaml").get("rows") or ()
    if row.removesuffix("_joint") in list_choices("model") and row.startswith(("arabert", "marbert"))
]


@pytest.mark.parametrize(("name", "row"), HUB_ROWS)
def test_the_rows_of_large_encoders_are_their_experiments(composed, name, row):
    table = composed("table", [f"table={name}"]).table
    corpus = table.overrides[0].removeprefix("data=")
    run = composed("train", [*table.overrides, *table.rows[row]])
    experiment = composed("train", [f"experiment={corpus}/{row.removesuffix('_joint')}"])
    assert run == experiment
    assert run.model.label_smoothing == 0.1
    if corpus.startswith("mawqif"):
        assert run.model.class_weights == "target"
        assert run.model.loss_weights == {"sentiment": 0.3}


def test_large_encoders_have_rows_on_tweets_statements_and_news():
    tables = {name for name, _ in HUB_ROWS}
    mawqif = {"mawqif_stance", "mawqif_unseen", "mawqif_sentiment"}
    assert tables >= {*mawqif, "arabicstancex", "statements", "real_news"}


@pytest.mark.parametrize("name", list_choices("model"))
def test_model_can_be_made(composed, name):
    config = composed("train", [f"model={name}", *MEMBERS.get(name, [])])
    assert config.model.name == name
    model = read_experiment(config).make_model(corpora.get_corpus("mawqif"))
    assert isinstance(model, Model)
    assert dict(model.labels) == {"stance": TASK_LABELS["stance"]}


@pytest.mark.parametrize("task", list_choices("task"))
def test_the_tasks_of_a_config_are_known(composed, task):
    tasks = read_experiment(composed("train", [f"task={task}"])).tasks
    assert set(tasks) <= set(TASKS)


def test_every_task_has_a_config():
    assert set(TASKS) <= set(list_choices("task"))


@pytest.mark.parametrize("name", list_choices("model"))
def test_model_has_a_head_for_each_task(composed, name):
    config = composed("train", ["task=joint_sarcasm", f"model={name}", *MEMBERS.get(name, [])])
    assert dict(read_experiment(config).make_model(corpora.get_corpus("mawqif")).labels) == TASK_LABELS


@pytest.mark.parametrize("name", list_choices("data"))
def test_data_names_a_reader(composed, name):
    config = composed("train", [f"data={name}", *(["data.path=csv.tsv.gz"] if name == "csv" else [])])
    assert config.data.name == name
    assert callable(get_method(config.data._target_))


def test_every_corpus_has_a_config():
    assert set(corpora.NAMES) <= set(list_choices("data"))


@pytest.mark.parametrize("name", list_choices("table"))
def test_table_composes(composed, name):
    table = composed("table", [f"table={name}"]).table
    assert table.name == name
    for overrides in () if table.get("scored") else table.rows.values():
        composed("train", [*table.overrides, *overrides])


@pytest.mark.parametrize("name", list_choices("debug"))
def test_debug_composes(composed, name):
    assert composed("train", [f"debug={name}"]).test is False


@pytest.mark.parametrize("name", ["train", "table"])
@pytest.mark.parametrize("launcher", ["joblib", "submitit_local", "submitit_slurm"])
def test_runs_and_tables_take_a_launcher(composed, name, launcher):
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    config = composed(name, [f"hydra/launcher={launcher}"], return_hydra_config=True)
    assert config.hydra.launcher._target_.startswith("hydra_plugins.")
