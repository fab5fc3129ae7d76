"""A listening test that is held in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from automix_bench.listening_tests.server import ListeningServer, serving


@contextmanager
def running(folder: Path, results: Path) -> Iterator[ListeningServer]:
    """The server of a test, at a free port, until the end of the block."""
    with serving(folder, results, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
