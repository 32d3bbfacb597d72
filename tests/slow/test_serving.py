"""MLflow's own doors, each a process of its own: serve under load, predict, and a fresh environment."""

import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from load import ADDRESS, EXAMPLE, TOLD, ask_together, expect, find_variables, make_store, parse, serve_model

import janib

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with an MLflow store that holds a registered TF-IDF model."""
    folder = tmp_path_factory.mktemp("serving")
    make_store(folder)
    return folder


@pytest.fixture(scope="module")
def environment(work):
    return find_variables(work)


@pytest.fixture(scope="module")
def running(work):
    with serve_model(work) as server:
        yield server


@pytest.fixture
def server(running):
    return f"{running.address}invocations"


def ask(server, body):
    status, text = fetch(server, body)
    return status, parse(text)


def fetch(server, body):
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(server, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_clients_get_their_own_answers_among_malformed_questions(work, running):
    classifier = janib.load(work / "model")
    texts = [f"{text} رقم {number}" for number in range(100) for text in TOLD.values()]
    tally = ask_together(running, {text: expect(classifier, text) for text in texts}, seconds=5)
    assert tally.faults == []
    assert min(tally.equal, tally.clear_errors) > 0
    assert tally.equal + tally.clear_errors == tally.trials


def test_a_blank_row_costs_no_other(work, server):
    rows = [EXAMPLE, {"text": " ", "target": "المجلس"}]
    status, answer = ask(server, {"dataframe_records": rows})
    assert status == 200
    assert answer["predictions"][0] == expect(janib.load(work / "model"), EXAMPLE["text"])
    assert answer["predictions"][1]["error"] == "text is blank; every row needs one"


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("columns", [["text", "target"], ["target", "text", "speaker", "context"]])
def test_another_language_parses_every_answer(server, columns):
    cells = {
        "text": [EXAMPLE["text"], " ", "👍🏽 ﷽", None, "نص\u200f٣\u2028"],
        "target": ["المجلس", None, "", "x", "y"],
    }
    cells |= {name: [None, "", "الوزير", "x", " "] for name in ("speaker", "context")}
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*map(cells.get, columns), strict=True)]
    data = [[row[name] for name in columns] for row in rows]
    bodies = [{"dataframe_records": rows}, {"dataframe_split": {"columns": columns, "data": data}}]
    script = "const a = JSON.parse(require('fs').readFileSync(0, 'utf8')); console.log(a.predictions?.length)"
    for body in bodies:
        status, text = fetch(server, body)
        done = subprocess.run(["node", "-e", script], input=text, capture_output=True)
        assert done.returncode == 0, (text, done.stderr.decode())
        assert status == 200, text
        assert done.stdout == b"5\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"dataframe_records": [{"txt": "نص", "target": "المجلس"}]}, "text"),
        ({"dataframe_records": [{"text": "نص"}]}, "target"),
        ({"rows": []}, "dataframe_records"),
    ],
)
def test_a_wrong_input_is_a_bad_request(server, body, said):
    status, answer = ask(server, body)
    assert status == 400
    assert said in answer["message"]


def test_predict_from_the_command_line(work, environment):
    (work / "in.json").write_text(json.dumps({"dataframe_records": [EXAMPLE]}), encoding="utf-8")
    command = [sys.executable, "-m", "mlflow", "models", "predict", "-m", ADDRESS, "-i", "in.json", "-o", "out.json"]
    done = subprocess.run(
        [*command, "-t", "json", "--env-manager", "local"], cwd=work, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads((work / "out.json").read_text(encoding="utf-8"))
    assert answer["predictions"] == [expect(janib.load(work / "model"), EXAMPLE["text"])]


def test_a_fresh_environment_without_a_clone(work, tmp_path, make_environment):
    (model,) = (path.parent for path in (work / "artifacts").rglob("MLmodel"))
    make_environment(tmp_path / "venv", "--requirement", model / "requirements.txt")
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    code = (
        "import mlflow, pandas, sys; model = mlflow.pyfunc.load_model(sys.argv[1]); "
        "print(model.predict(pandas.DataFrame([{'text': sys.argv[2], 'target': 'المجلس'}])).to_json(orient='records'))"
    )
    done = subprocess.run(
        [tmp_path / "venv/bin/python", "-c", code, model, EXAMPLE["text"]],
        cwd=tmp_path,
        env=bare,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [expect(janib.load(work / "model"), EXAMPLE["text"])]
