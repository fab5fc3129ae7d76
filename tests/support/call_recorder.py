"""A pytest plug-in that records which functions of the package each test calls.

    AUTOMIX_BENCH_CALLS=calls.json pytest -p tests.support.call_recorder tests/dsp

The JSON has, by test: `seconds`, and `calls`, the functions as `file:first line`. What a fixture of
a module or a session calls, or the import of a test file, belongs to every test of that file. What
is kept of earlier calls is forgotten before each test, so that it calls again. What another process
calls is not seen.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

PACKAGE_NAME = "automix_bench"
PACKAGE = f"{Path.cwd() / PACKAGE_NAME}{os.sep}"

_calls: dict[str, set[CodeType]] = {}
_shared: dict[str, set[CodeType]] = {}
_seconds: dict[str, float] = {}
_now: list[set[CodeType]] = [set()]


def _forget() -> None:
    """Empty the caches of the package's functions."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == PACKAGE_NAME:
            for one in list(vars(module).values()):
                forget = getattr(one, "cache_clear", None)
                if callable(forget):
                    forget()


def _called(frame: FrameType, event: str, argument: Any) -> None:
    _now[-1].add(frame.f_code)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _forget()
    begun = time.monotonic()
    _now.append(_calls.setdefault(item.nodeid, set()))
    sys.settrace(_called)
    threading.settrace(_called)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        threading.settrace(None)
        _now.pop()
        _seconds[item.nodeid] = time.monotonic() - begun


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Iterator[None]:
    shared = fixturedef.scope != "function"
    if shared:
        _now.append(_shared.setdefault(request.node.nodeid.split("::")[0], set()))
    try:
        return (yield)
    finally:
        if shared:
            _now.pop()


def pytest_sessionfinish() -> None:
    tests = {}
    for test, codes in _calls.items():
        every = codes | _shared.get(test.split("::")[0], set()) | _shared.get("", set())
        places = {
            f"{code.co_filename.removeprefix(PACKAGE)}:{code.co_firstlineno}"
            for code in every
            if code.co_filename.startswith(PACKAGE)
        }
        tests[test] = {"seconds": _seconds.get(test, 0.0), "calls": sorted(places)}
    Path(os.environ["AUTOMIX_BENCH_CALLS"]).write_text(json.dumps(tests))
