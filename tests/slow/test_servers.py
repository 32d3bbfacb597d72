"""``make ui`` answers on loopback."""

import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def test_ui_answers_on_loopback(serve, tmp_path):
    # The environment of the tests is taken as it is: an installation would change it under other tests.
    make = ["make", "--old-file", ".venv/experiments.stamp", "ui"]
    with (
        serve(lambda port: [*make, f"PORT={port}"], tmp_path / "log", cwd=ROOT) as address,
        urllib.request.urlopen(address, timeout=60) as answer,
    ):
        assert answer.status == 200
        assert b"MLflow" in answer.read()
