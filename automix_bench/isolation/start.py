"""In the model's process: load what the box will hide, enter the box, then serve."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pkgutil
from collections.abc import Sequence
from typing import Any

from automix_bench.isolation.box import OWN_PROCESS, box_from_json, enter
from automix_bench.isolation.commands import AGENT, FOLDER
from automix_bench.isolation.containers import WHY_NOT_BOXED
from automix_bench.isolation.wire import ClosedWire, Message, Wire

_NO_MODULE = "automix_bench_no_such_module"


def start(orders: dict[str, Any]) -> None:
    """Serve a model until the harness wants no more of it."""
    from automix_bench.isolation.folder_exchange import serve_by_folders
    from automix_bench.isolation.host import serve

    _read_compiled_code_only()
    _list_folders_of_modules(orders["load"]["folders"])
    if orders["load"]["exchange"] == AGENT:  # it takes a third of a second to load
        from automix_bench.isolation.agent_exchange import load_effects, serve_agent

        load_effects()
    wire = Wire(orders["incoming"], orders["outgoing"], orders["most_bytes"])
    if orders["container"]:
        state, lacking = OWN_PROCESS, WHY_NOT_BOXED
    else:
        state, lacking = enter(box_from_json(orders["box"]))
    wire.send(Message({"type": "box", "state": state, "lacking": lacking}))
    words = orders["load"].get("words")
    if not words:
        serve(wire, orders["load"])
    elif orders["load"]["exchange"] == FOLDER:
        with contextlib.suppress(ClosedWire):
            serve_by_folders(wire, words)
    elif orders["load"]["exchange"] == AGENT:
        with contextlib.suppress(ClosedWire):
            serve_agent(wire, words)
    else:
        wire.hand_over()
        os.execv(words[0], words)


def _list_folders_of_modules(folders: Sequence[str]) -> None:
    """Let Python's finders list the folders of its path, and those of the model's code. In the box
    they may not, and use the list that they have."""
    importlib.util.find_spec(_NO_MODULE)
    for folder in folders:
        finder = pkgutil.get_importer(folder)
        if finder is not None:
            finder.find_spec(_NO_MODULE, None)


def _read_compiled_code_only() -> None:
    """Let numba read compiled code where the harness stored it, and write none: what a model could
    write there, the harness would run."""
    from numba.core import caching

    from automix_bench.dsp import compiled  # noqa: F401  (loads numba's compiler now)

    caching._CacheLocator.ensure_cache_path = lambda self: None
    caching.Cache.save_overload = lambda self, sig, data: None
