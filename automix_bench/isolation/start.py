"""In the model's process: load what the box will hide, enter the box, then serve."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from typing import Any

from automix_bench.isolation.box import box_from_json, enter
from automix_bench.isolation.commands import FOLDER
from automix_bench.isolation.wire import ClosedWire, Message, Wire


def start(orders: dict[str, Any]) -> None:
    """Serve a model until the harness wants no more of it."""
    from automix_bench.isolation.folder_exchange import serve_by_folders
    from automix_bench.isolation.host import serve

    _read_compiled_code_only()
    # Python's finders list the folders of its path now; in the box they may not.
    importlib.util.find_spec("automix_bench_no_such_module")
    wire = Wire(orders["incoming"], orders["outgoing"], orders["most_bytes"])
    state, lacking = enter(box_from_json(orders["box"]))
    wire.send(Message({"type": "box", "state": state, "lacking": lacking}))
    words = orders["load"].get("words")
    if not words:
        serve(wire, orders["load"])
    elif orders["load"]["exchange"] == FOLDER:
        with contextlib.suppress(ClosedWire):
            serve_by_folders(wire, words)
    else:
        wire.hand_over()
        os.execv(words[0], words)


def _read_compiled_code_only() -> None:
    """Let numba read compiled code where the harness stored it, and write none: what a model could
    write there, the harness would run."""
    from numba.core import caching

    from automix_bench.dsp import compiled  # noqa: F401  (loads numba's compiler now)

    caching._CacheLocator.ensure_cache_path = lambda self: None
    caching.Cache.save_overload = lambda self, sig, data: None
