"""Serve an exported listening test to browsers, by the standard library alone.

The server hands out our own page, the stimuli that the test names and nothing else, and takes small
JSON requests, which `sessions` checks. By default only this machine reaches it; it then also
refuses requests under another host's name, so that no web page can reach it through a visitor's
browser.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from automix_bench.errors import AutomixError, UsageError
from automix_bench.files.locks import work_alone
from automix_bench.listening_tests.exported_test import files_of, read_test
from automix_bench.listening_tests.sessions import REQUESTS, Refused, Sessions
from automix_bench.untrusted.json_file import without_repeats
from automix_bench.untrusted.shown import one_line

SERVED = Path(__file__).parent / "served"
TEMPLATES = Path(__file__).parents[1] / "pages" / "templates"
PAGE_FILES = {
    "/": (SERVED / "page.html", "text/html; charset=utf-8"),
    "/sound_graph.js": (TEMPLATES / "sound_graph.js", "text/javascript; charset=utf-8"),
    "/player.js": (SERVED / "player.js", "text/javascript; charset=utf-8"),
    "/page.js": (SERVED / "page.js", "text/javascript; charset=utf-8"),
    "/page.css": (SERVED / "page.css", "text/css; charset=utf-8"),
}
SOUND_TYPES = {".flac": "audio/flac", ".wav": "audio/wav"}
MOST_BODY = 64 << 10
PUBLIC = ("id", "title", "method", "question", "instructions", "consent", "questions")
"""The fields of a test that every visitor gets; pages come after consent."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class ListeningServer(ThreadingHTTPServer):
    """A server of one test.

    Attributes:
        address: where a browser finds it.
        sessions: of its raters.
    """

    daemon_threads = True

    def __init__(
        self, test: dict[str, Any], folder: Path, results: Path, at: tuple[str, int]
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
        self.folder = folder
        self.public = {name: test[name] for name in PUBLIC}
        self.stimuli = {f"/{file}" for file in files_of(test)}
        self.sessions = Sessions(test, results)
        self.local = _is_local(at[0])
        super().__init__(at, _Handler)
        host = f"[{at[0]}]" if ":" in at[0] else at[0]
        self.address = f"http://{host}:{self.server_port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no error of ours."""


@contextmanager
def serving(folder: Path, results: Path, host: str, port: int) -> Iterator[ListeningServer]:
    """A server that holds the folder of results; `serve_forever` starts it.

    Raises:
        DatasetError: the test is damaged, or another server holds the folder, or it holds the
            results of another test.
        UsageError: the address cannot be had.
    """
    test = read_test(folder)
    results.mkdir(parents=True, exist_ok=True)
    with work_alone(results, "another `listen serve`"):
        try:
            server = ListeningServer(test, folder, results, (host, port))
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(
                f"--host {one_line(host)} --port {port}: {reason}: choose others, such as --port 0"
            ) from error
        try:
            yield server
        finally:
            server.server_close()


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Handler(BaseHTTPRequestHandler):
    server: ListeningServer
    timeout = 30
    server_version, sys_version = "automix-bench", ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if not self._from_here():
            return
        if path in PAGE_FILES:
            file, kind = PAGE_FILES[path]
            self._send(HTTPStatus.OK, kind, file.read_bytes())
        elif path == "/test.json":
            self._send_json(HTTPStatus.OK, self.server.public)
        elif path in self.server.stimuli:
            file = self.server.folder / path[1:]
            self._send(HTTPStatus.OK, SOUND_TYPES[file.suffix], file.read_bytes())
        else:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": "there is no such file"})

    def do_POST(self) -> None:
        action = self.path.removeprefix("/")
        if not self._from_here():
            return
        if action not in REQUESTS:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": "there is no such request"})
            return
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        length = self.headers.get("Content-Length", "")
        if kind != "application/json":
            self._send_json(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, {"error": "expected JSON"})
        elif not (length.isascii() and length.isdigit() and len(length) < 10):
            self._send_json(HTTPStatus.LENGTH_REQUIRED, {"error": "expected a Content-Length"})
        elif int(length) > MOST_BODY:
            most = {"error": f"expected at most {MOST_BODY} bytes, got {length}"}
            self._send_json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, most)
        else:
            self._answer(action, self.rfile.read(int(length)))

    def _answer(self, action: str, body: bytes) -> None:
        try:
            request = json.loads(body.decode("utf-8"), object_pairs_hook=without_repeats)
        except (ValueError, RecursionError) as error:
            reason = one_line(str(error))[:200]
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": f"not JSON: {reason}"})
            return
        try:
            state = self.server.sessions.answered(action, request)
        except Refused as error:
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": one_line(str(error))})
        except (AutomixError, OSError) as error:
            self.log_error("%s", one_line(str(error)))
            gone = {"error": "the server could not keep it: tell the experimenter"}
            self._send_json(HTTPStatus.INTERNAL_SERVER_ERROR, gone)
        else:
            self._send_json(HTTPStatus.OK, state)

    def _from_here(self) -> bool:
        """Whether the request names this server, and comes from its own page; else it is refused.

        A web page elsewhere could otherwise send requests by its visitor's browser, under its own
        name for this machine.
        """
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        named = host.rpartition(":")[0].strip("[]") if ":" in host else host
        right = not self.server.local or _is_local(named)
        if right and origin is not None and self.command == "POST":
            right = origin.partition("://")[2] == host
        if not right:
            self._send_json(HTTPStatus.FORBIDDEN, {"error": "expected a request of its own page"})
        return right

    def _send_json(self, status: HTTPStatus, value: Any) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged; errors are."""

    def log_error(self, format: str, *args: Any) -> None:
        import sys

        print(one_line(format % args), file=sys.stderr)
