"""The server of ``janib app``: on loopback, with a time limit for each request and a number of connections at most."""

from __future__ import annotations

import errno
import io
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from socketserver import TCPServer, ThreadingMixIn
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import WSGIApplication

from janib.errors import ConfigError
from janib.io.strict_json import format_json

HOST = "127.0.0.1"
"""The only address that is listened at: this machine's own."""

REQUEST_SECONDS = 20.0
"""A request must come whole in this time, and each part of an answer must be taken."""

MOST_CONNECTIONS = 32

_LINGER_SECONDS = 2.0


class PageServer(ThreadingMixIn, WSGIServer):
    """A server of a WSGI application; each connection has a thread and serves one request.

    Parameters
    ----------
    port
        Port on loopback; 0 for a free one.
    make_application
        Makes the application for the addresses at which browsers reach it.

    Raises
    ------
    ConfigError
        If the port cannot be had.
    """

    daemon_threads = True  # a request at work does not keep the program from ending
    block_on_close = False
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, port: int, make_application: Callable[[list[str]], WSGIApplication]) -> None:
        self._connections = BoundedSemaphore(MOST_CONNECTIONS)
        try:
            super().__init__((HOST, port), _Handler)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            found = f"the port {port} cannot be had ({error.strerror}); name another with --port, or leave it out"
            raise ConfigError(found) from error
        self.address = f"http://{HOST}:{self.server_port}"
        try:
            self.set_app(make_application([self.address, f"http://localhost:{self.server_port}"]))
        except BaseException:
            self.server_close()
            raise

    def server_bind(self) -> None:
        """Bind without a look-up of the host's name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread; one too many is told so and closed."""
        if self._connections.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        found = _format_problem("busy", "too many connections are open; try again in a moment")
        with suppress(OSError):
            request.settimeout(1)
            request.sendall(
                b"HTTP/1.0 503 Service Unavailable\r\nContent-Type: application/json\r\nRetry-After: 5\r\n\r\n" + found
            )
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, and free its place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that are gone or too slow."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(WSGIRequestHandler):
    """One request. Its errors are JSON, and nothing is logged: an address may hold what somebody asked."""

    server_version, sys_version = "janib", ""

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(_TimedReader(self.connection, REQUEST_SECONDS))

    def handle(self) -> None:
        try:
            super().handle()
        except TimeoutError:
            self.send_error(HTTPStatus.REQUEST_TIMEOUT)

    def finish(self) -> None:
        """Take what still comes, for a while: a client that is sending would not read why it was refused."""
        super().finish()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            end = monotonic() + _LINGER_SECONDS
            while (left := end - monotonic()) > 0:
                self.connection.settimeout(left)
                if not self.connection.recv(65_536):
                    break

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        status = HTTPStatus(code)
        self.request_version, self.requestline = "HTTP/1.0", ""  # perhaps not even those could be read
        content = _format_problem("request", f"{status.phrase}: {status.description or message}")
        self.send_response(status, status.phrase)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class _TimedReader(io.RawIOBase):
    """The bytes of a connection, until a time has passed since it was opened."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection, self._seconds = connection, seconds
        self._end = monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._end - monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(left)
        try:
            return self._connection.recv_into(buffer)
        finally:
            self._connection.settimeout(self._seconds)  # for each part of the answer


def _format_problem(reason: str, error: str) -> bytes:
    return format_json({"error": error, "reason": reason}).encode()
