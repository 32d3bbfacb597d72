"""The wheel alone, in a fresh environment: light to import, and it says what is missing."""

import json
import re
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow

HEAVY = ("sklearn", "datasets", "hydra", "mlflow", "torch", "transformers", "pandas", "matplotlib", "scipy")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True
    )
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def fresh(wheel, tmp_path_factory, make_environment):
    """An environment with the wheel, and with packages whose files have the hashes of requirements/."""
    folder = tmp_path_factory.mktemp("fresh")
    make_environment(folder, "--require-hashes", "--requirement", ROOT / "requirements" / "base.txt")
    subprocess.run([folder / "bin/pip", "install", "--quiet", "--no-deps", wheel], check=True)
    return folder


def test_wheel_holds_the_statements_and_is_small(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert "janib/data/statements/statements.jsonl" in names
    assert "janib/py.typed" in names
    assert {"janib/conf/train.yaml", "janib/conf/table/own.yaml", "janib/conf/model/tfidf_svm.yaml"} <= set(names)
    assert not [name for name in names if name.startswith("janib/conf/local")]  # a developer's own
    assert wheel.stat().st_size < 60 * 2**20


def test_import_is_light(fresh):
    code = f"import janib, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([fresh / "bin/python", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_base_install_describes_the_shipped_corpus(fresh, tmp_path):
    done = subprocess.run([fresh / "bin/janib", "data", "describe", "statements"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "test_unseen" in done.stdout


def test_base_install_says_which_extra_is_missing(fresh, tmp_path):
    done = subprocess.run(
        [fresh / "bin/janib", "data", "fetch", "mawqif"],
        capture_output=True,
        text=True,
        env={"PATH": "", "HOME": str(tmp_path)},
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: downloading a corpus needs packages that are not installed; install them ")
    assert re.search(r"/bin/python[\d.]* -m pip install 'janib\[experiments\]'\n$", done.stderr)


def test_base_install_says_what_a_comparison_needs(fresh, tmp_path):
    done = subprocess.run([fresh / "bin/janib", "compare", "x.csv"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2
    assert re.search(r"/bin/python[\d.]* -m pip install 'janib\[experiments\]'\n$", done.stderr)


def test_base_install_predicts_with_tfidf(fresh, statements_model, tmp_path):
    done = subprocess.run(
        [
            fresh / "bin/janib",
            "predict",
            "--model",
            str(statements_model),
            str(ROOT / "examples" / "statements.csv"),
            "out.csv",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 9


def test_base_install_predicts_and_analyses_with_the_shipped_model(fresh, tmp_path):
    text = "وأكد الناطق باسم الحكومة الأردنية أن بلاده تدعم لبنان، وأدان ما تقوم به إسرائيل."
    (tmp_path / "one.csv").write_text(f'text,target\n"{text}",إسرائيل\n', encoding="utf-8")
    (tmp_path / "article.txt").write_text(text, encoding="utf-8")
    for command in (["predict", "one.csv", "out.csv"], ["analyse", "article.txt", "-o", "out"]):
        done = subprocess.run([fresh / "bin/janib", *command], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert "against" in (tmp_path / "out.csv").read_text(encoding="utf-8")
    found = [json.loads(line) for line in (tmp_path / "out" / "positions.jsonl").read_text("utf-8").splitlines()]
    assert {(one["party_id"], one["stance"]) for one in found} == {("lebanon", "favor"), ("israel", "against")}


def test_base_install_runs_the_app(fresh):
    command = [fresh / "bin/janib", "app", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().split()[3]
            for name in ("", "app.js", "app.css", "setup.json", "icon.svg"):
                with urllib.request.urlopen(f"{address}/{name}", timeout=60) as answer:
                    assert answer.status == 200
            article = json.dumps({"articles": [{"text": "رفضت مصر قرار إثيوبيا."}]}).encode()
            asked = urllib.request.Request(f"{address}/analysis", article, {"Content-Type": "application/json"})
            with urllib.request.urlopen(asked, timeout=60) as answer:
                found = json.loads(answer.read().splitlines()[-1])
        finally:
            process.terminate()
    assert [one["record"]["party_id"] for one in found["positions"]] == ["ethiopia"]
