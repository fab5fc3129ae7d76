"""A stand-in for the hub: the endpoints that an upload needs, on this machine, and what it got."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class StandIn:
    """Repositories by name; the files of each by name; whether each is private."""

    def __init__(self) -> None:
        self.repos: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.large: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.url = ""

    def post(self, path: str, body: bytes) -> Any:
        """The answer to a POST, as JSON."""
        if path == "/api/repos/create":
            request = json.loads(body)
            assert request["type"] == "dataset"
            name = f"{request['organization']}/{request['name']}"
            self.repos.setdefault(name, {})
            hidden = request.get("private", request.get("visibility") == "private")
            self.private.setdefault(name, hidden)
            return {"url": f"{self.url}/datasets/{name}", "name": name, "id": "1"}
        if path == "/api/validate-yaml":
            assert json.loads(body)["content"].startswith("---\n")
            return {"errors": [], "warnings": []}
        if path.endswith("/preupload/main"):
            files = json.loads(body)["files"]
            return {"files": [self._mode(file["path"]) for file in files]}
        if path.endswith("/info/lfs/objects/batch"):
            objects = json.loads(body)["objects"]
            return {"transfer": "basic", "objects": [self._place(o) for o in objects]}
        if path.endswith("/commit/main"):
            return self._commit(
                path.removeprefix("/api/datasets/").removesuffix("/commit/main"), body
            )
        raise AssertionError(f"the hub was asked for {path}")

    def _mode(self, path: str) -> dict[str, Any]:
        large = path.endswith((".tar", ".parquet"))
        return {"path": path, "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}

    def _place(self, item: dict[str, Any]) -> dict[str, Any]:
        if item["oid"] in self.large:
            return item
        return {**item, "actions": {"upload": {"href": f"{self.url}/lfs/{item['oid']}"}}}

    def _commit(self, repo: str, body: bytes) -> dict[str, Any]:
        for line in body.decode().splitlines():
            entry = json.loads(line)
            if entry["key"] == "file":
                content = base64.b64decode(entry["value"]["content"])
                self.repos[repo][entry["value"]["path"]] = content
            elif entry["key"] == "lfsFile":
                self.repos[repo][entry["value"]["path"]] = self.large[entry["value"]["oid"]]
        return {
            "commitUrl": f"{self.url}/datasets/{repo}/commit/{0:040d}",
            "commitOid": "0" * 40,
            "pullRequestUrl": None,
        }


@contextmanager
def stand_in() -> Iterator[StandIn]:
    """A `StandIn` that listens, until the block ends."""
    hub = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self._body()
            hub.asked.append(self.path)
            self._answer(json.dumps(hub.post(self.path, body)).encode())

        def do_GET(self) -> None:
            hub.asked.append(self.path)
            self._answer(b'{"sha": "' + b"0" * 40 + b'", "id": "x/y", "siblings": []}')

        def do_PUT(self) -> None:
            content, oid = self._body(), self.path.removeprefix("/lfs/")
            assert hashlib.sha256(content).hexdigest() == oid
            hub.large[oid] = content
            self._answer(b"")

        def _body(self) -> bytes:
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))

        def _answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
