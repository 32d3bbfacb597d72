"""The server of ``janib app`` and its clients of bad manners."""

import json
import socket
import time

import pytest

from janib.app import server as servers
from janib.app.requests import BODY_LIMIT
from janib.app.server import PageServer
from janib.errors import ConfigError

HEAD = "POST /sentence HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


def talk(app, *parts, pause=0.0):
    """Send parts with pauses between them; return the status line and the JSON of the answer."""
    with socket.create_connection(("127.0.0.1", app.server_port), timeout=10) as client:
        for part in parts:
            client.sendall(part)
            time.sleep(pause)
        answer = b"".join(iter(lambda: client.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.splitlines()[0].decode(), json.loads(body)


def make_head(app, length):
    return HEAD.format(f"127.0.0.1:{app.server_port}", length).encode()


def test_it_listens_on_loopback_alone(app):
    assert app.server_address[0] == "127.0.0.1"
    assert app.address == f"http://127.0.0.1:{app.server_port}"


def test_a_port_that_is_taken_is_an_error(app, run_janib):
    with pytest.raises(ConfigError, match=f"the port {app.server_port} cannot be had"):
        PageServer(app.server_port, lambda origins: None)
    code, out, err = run_janib("app", "--no-browser", "--port", app.server_port)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: the port {app.server_port} cannot be had")
    assert err.count("\n") == 1


def test_a_body_that_is_too_large_is_refused_while_it_is_sent(app):
    status, answer = talk(app, make_head(app, 3 * BODY_LIMIT), b"x" * (3 * BODY_LIMIT))
    assert status == "HTTP/1.0 413 Request Entity Too Large"
    assert answer["reason"] == "large"


@pytest.mark.parametrize("parts", [[b"GET"], [b"GET / HT"] + [b"T"] * 20, [b"HEAD"], ["head"], ["head", b"{", b" "]])
def test_a_slow_client_is_told_so(app, monkeypatch, parts):
    monkeypatch.setattr(servers, "REQUEST_SECONDS", 0.2)
    sent = [make_head(app, 100) if part == "head" else part for part in parts]
    status, answer = talk(app, *sent, pause=0.25 / len(parts))
    assert status == "HTTP/1.0 408 Request Timeout"
    assert answer["reason"] in ("slow", "request")


def test_a_body_that_ends_early_is_refused(app):
    with socket.create_connection(("127.0.0.1", app.server_port), timeout=10) as client:
        client.sendall(make_head(app, 100) + b"{}")
        client.shutdown(socket.SHUT_WR)
        assert b"the request ends after 2 of 100 bytes" in b"".join(iter(lambda: client.recv(65_536), b""))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),  # TLS
        (b'"</script>\\ bla HTTP/9\r\n\r\n', 400),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_is_no_request_gets_json_too(app, sent, status):
    head, answer = talk(app, sent)
    assert head.startswith(f"HTTP/1.0 {status} ")
    assert answer["reason"] == "request"


def test_one_connection_too_many_is_told_so(app, ask, monkeypatch):
    idle = [socket.create_connection(("127.0.0.1", app.server_port)) for _ in range(servers.MOST_CONNECTIONS)]
    try:
        status, answer = talk(app, b"")
        assert (status, answer["reason"]) == ("HTTP/1.0 503 Service Unavailable", "busy")
    finally:
        for one in idle:
            one.close()
    for _ in range(100):  # until the threads of the closed ones have ended
        status, _, _ = ask(app, "GET", "/")
        if status == 200:
            break
        time.sleep(0.05)
    assert status == 200


def test_a_client_that_is_gone_leaves_no_trace(app, capfd, caplog):
    for sent in (b"", b"GET", make_head(app, 100), make_head(app, 2) + b"{}"):
        with socket.create_connection(("127.0.0.1", app.server_port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # closes by a reset
            client.sendall(sent)
    time.sleep(0.3)
    assert capfd.readouterr().err == ""
    assert caplog.text == ""
