"""A running app with the lexicon as its model, and requests to it."""

import http.client
import json
from contextlib import contextmanager
from threading import Thread

import pytest

from janib.app.application import Application
from janib.app.server import PageServer
from janib.articles.analysis import Analyser
from janib.articles.positions import Judge


@pytest.fixture(scope="session")
def analyser(lexicon):
    return Analyser(Judge(lexicon, lexicon))


@pytest.fixture(scope="session")
def run_app(analyser):
    """Run an app on a free port until the block ends; it is given an analyser, or has the lexicon's."""

    @contextmanager
    def run(reader=analyser):
        with PageServer(0, lambda origins: Application(origins, reader)) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield server
            finally:
                server.shutdown()
                thread.join()

    return run


@pytest.fixture(scope="module")
def app(run_app):
    with run_app() as server:
        yield server


@pytest.fixture(scope="session")
def ask():
    """Send a request to an app; return the status, the headers, and the body, from JSON if it is some."""

    def send(app, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", app.server_port, timeout=20)
        if isinstance(body, dict | list):
            body = json.dumps(body).encode()
            headers = {"Content_Type": "application/json"} | headers
        try:
            connection.request(method, path, body, {key.replace("_", "-"): value for key, value in headers.items()})
            answer = connection.getresponse()
            content, kind = answer.read(), answer.headers["Content-Type"]
        finally:
            connection.close()
        if kind.startswith("application/json"):
            return answer.status, answer.headers, json.loads(content)
        if kind.startswith("application/x-ndjson"):
            return answer.status, answer.headers, [json.loads(line) for line in content.splitlines()]
        return answer.status, answer.headers, content.decode()

    return send
