"""A store that is away for a while loses no metric and no run."""

import os
import shutil
import sqlite3
from errno import EDQUOT, ENOSPC

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from requests import ConnectionError, HTTPError, Response

from janib.errors import TrackingError
from janib.tracking import outage
from janib.tracking.store import track_run

pytestmark = pytest.mark.usefixtures("copied_stores")

GONE = MlflowException("API request failed with exception Max retries exceeded")


class Outage:
    """A store whose calls fail while ``is_away`` is set."""

    def __init__(self, monkeypatch):
        self.is_away = False
        self.calls = 0
        for name in ("log_batch", "log_artifact", "set_terminated"):
            call = getattr(mlflow.MlflowClient, name)
            monkeypatch.setattr(mlflow.MlflowClient, name, self.guard(call))

    def guard(self, call):
        def guarded(*arguments, **named):
            if self.is_away:
                self.calls += 1
                raise GONE
            return call(*arguments, **named)

        return guarded


@pytest.fixture
def server(monkeypatch):
    return Outage(monkeypatch)


@pytest.fixture
def clock(monkeypatch):
    """A clock that runs only while someone sleeps."""

    class Clock:
        now = 1000.0
        wakes = staticmethod(lambda: None)

        def sleep(self, seconds):
            self.now += seconds
            self.wakes()

    found = Clock()
    monkeypatch.setattr(outage.time, "monotonic", lambda: found.now)
    monkeypatch.setattr(outage.time, "sleep", found.sleep)
    return found


def open_run(folder):
    return track_run(f"sqlite:///{folder}/mlflow.db", folder / "artifacts", "test", "run", {"commit": "abc"})


def leave(folder, server, act):
    """Do something last in a run, while the store is away."""
    with open_run(folder) as run:
        server.is_away = True
        act(run)


def read_history(folder, run):
    client = mlflow.MlflowClient(f"sqlite:///{folder}/mlflow.db")
    status = client.get_run(run.id).info.status
    return [(point.step, point.value) for point in client.get_metric_history(run.id, "loss")], status


def test_metrics_wait_and_training_goes_on(tmp_path, server, clock):
    with open_run(tmp_path) as run:
        for step in range(100):
            server.is_away = 20 <= step < 80
            run.log_metrics({"loss": 1 / (step + 1)}, step)
            clock.now += 1
        assert server.calls <= 60 / outage._PAUSE  # it is not asked at every step
    assert read_history(tmp_path, run) == ([(step, 1 / (step + 1)) for step in range(100)], "FINISHED")


@pytest.mark.parametrize("torn", ["", '{"key": "lo'])
def test_metrics_wait_for_a_later_process(tmp_path, server, clock, torn):
    path = tmp_path / "metrics.jsonl"

    def train(run):
        run.keep_metrics(path)
        for step in range(3):
            run.log_metrics({"loss": step}, step)
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        leave(tmp_path, server, train)
    with path.open("a") as file:
        file.write(torn)
    server.is_away = False
    with open_run(tmp_path) as run:
        run.keep_metrics(path)
        run.log_metrics({"loss": 3}, 3)
    assert read_history(tmp_path, run) == ([(step, step) for step in range(4)], "FINISHED")
    assert not path.exists()


@pytest.mark.parametrize("log", ["log_tags", "log_params", "log_file", "close"])
def test_the_end_of_a_run_asks_until_there_is_an_answer(tmp_path, server, clock, log, caplog):
    def wake():
        server.is_away = server.calls < 4

    clock.wakes = wake
    (tmp_path / "a.json").write_text("{}")
    with open_run(tmp_path) as run:
        run.log_metrics({"loss": 1}, 0)
        server.is_away = True
        run.log_metrics({"loss": 2}, 1)
        if log == "log_file":
            run.log_file(tmp_path / "a.json")
        elif log != "close":
            getattr(run, log)({"a": 1})
    assert server.calls == 4
    assert read_history(tmp_path, run) == ([(0, 1), (1, 2)], "FINISHED")
    assert "asking again until" in caplog.text


def test_the_end_of_a_run_gives_up_with_the_way_to_go_on(tmp_path, server, clock):
    with pytest.raises(TrackingError) as caught:
        leave(tmp_path, server, lambda run: run.log_tags({"a": 1}))
    assert str(caught.value).endswith("run again; a training goes on with resume=true")
    assert clock.now - 1000 >= outage.PATIENCE


@pytest.mark.parametrize("reason", [RuntimeError("why"), KeyboardInterrupt()])
def test_a_run_that_fails_during_an_outage_says_why_it_failed(tmp_path, server, clock, reason):
    def fail(_):
        raise reason

    with pytest.raises(type(reason)):
        leave(tmp_path, server, fail)
    assert clock.now < 1000 + outage.PATIENCE


def test_what_the_store_refuses_is_told_at_once(tmp_path, clock):
    with pytest.raises(TrackingError), open_run(tmp_path) as run:
        run.log_metrics({"loss?": 1}, 0)
    assert clock.now == 1000


@pytest.mark.parametrize(
    ("log", "written", "fault", "said"),
    [
        ("log_metrics", "insert on metrics", "database or disk is full", "the disk is full; free some space"),
        ("log_tags", "insert on tags", "database or disk is full", "the disk is full; free some space"),
        ("close", "update on runs", "database or disk is full", "the disk is full; free some space"),
        ("log_metrics", "insert on metrics", "attempt to write a readonly database", "it is read-only"),
        ("log_metrics", "insert on metrics", "database disk image is malformed", "image is malformed; mend it"),
        ("log_metrics", "insert on metrics", "disk I/O error", "disk I/O error; mend it"),
    ],
)
def test_faults_of_a_local_store_are_no_outage(tmp_path, clock, caplog, log, written, fault, said):
    def break_store(run):
        with sqlite3.connect(tmp_path / "mlflow.db") as store:
            store.execute(f"create trigger broken before {written} begin select raise(abort, '{fault}'); end")
        if log != "close":
            getattr(run, log)({"loss": 1})

    with pytest.raises(TrackingError, match=said) as caught, open_run(tmp_path) as run:
        break_store(run)
    assert "\n" not in str(caught.value)
    assert "asking again" not in caplog.text
    assert "Traceback" not in caplog.text
    assert clock.now < 1000 + outage.PATIENCE / 2  # MLflow's own trials


def wrap(error):
    """Return MLflow's error of another one."""
    found = MlflowException("Failed to copy the specified code path")
    found.__cause__ = error
    return found


@pytest.mark.parametrize("number", [ENOSPC, EDQUOT])
def test_a_disk_that_fills_while_files_are_copied_is_told_at_once(number):
    one = OSError(number, os.strerror(number), "a.bin")
    for error in (one, shutil.Error([("a.bin", "b.bin", str(one))])):
        assert outage.is_disk_full(wrap(error))
        assert not outage.may_pass(wrap(error))
    assert outage.may_pass(wrap(OSError("connection reset")))


def answer(status):
    response = Response()
    response.status_code = status
    return HTTPError(response=response)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectionError(), True),
        (answer(503), True),
        (answer(429), True),
        (answer(404), False),
        (GONE, True),
        (MlflowException.invalid_parameter_value("no such key"), False),
    ],
)
def test_some_errors_may_pass(error, expected):
    assert outage.may_pass(error) is expected


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("foo://x", "tracking.uri=foo://x is of no kind that MLflow keeps"),
        ("mlruns", "tracking.uri=mlruns is of no kind that MLflow keeps"),
        ("sqlite:////", "is a folder, expected a file"),
        ("mysql://me:s3cret@host/db", "install it with: pip install mysqlclient"),
    ],
)
def test_an_address_that_is_none_is_one_error(tmp_path, uri, said):
    with pytest.raises(TrackingError, match=said) as caught, track_run(uri, tmp_path, "test", "run", {}):
        pass
    assert "s3cret" not in str(caught.value)
