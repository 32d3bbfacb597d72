"""``janib ui`` without a server: what it refuses."""

import socket

import pytest

pytest.importorskip("mlflow")

from janib.cli import ui as command
from janib.tracking import store


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("sqlite:///none.db", "there is no MLflow store at sqlite:///none.db; run an experiment first"),
        ("http://127.0.0.1:1", "http://127.0.0.1:1 is no file of this machine"),
    ],
)
def test_a_store_that_is_not_here_is_one_error(run_janib, tmp_path, monkeypatch, address, said):
    monkeypatch.chdir(tmp_path)
    code, out, err = run_janib("ui", "--store", address)
    assert (code, out) == (2, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_one_error(run_janib, monkeypatch):
    monkeypatch.setattr(store, "list_pages", lambda _: {"one": "#/"})
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, _, err = run_janib("ui", "--port", port)
    assert code == 2
    assert f"port {port} cannot be used: Address already in use; choose another with --port" in err


def test_a_server_that_does_not_start_says_why(run_janib, tmp_path, monkeypatch):
    monkeypatch.setattr(store, "list_pages", lambda _: {"one": "#/"})
    monkeypatch.setattr(command.sys, "executable", "/bin/false")
    code, _, err = run_janib("ui", "--port", 5078)
    assert code == 2
    assert "MLflow's server did not start; it said:" in err
