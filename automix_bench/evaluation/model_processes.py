"""The processes of models that this process has started, one for each model that it asks."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from automix_bench.evaluation.entry import Entry
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits

_opening = threading.Lock()
_open: dict[tuple[object, ...], ModelProcess] = {}


def process_of(entry: Entry, forbidden: Sequence[Path], limits: Limits) -> ModelProcess:
    """The process in which a model answers; it is started if it does not run yet.

    Raises:
        BrokenPlugin: the model's code or weights have changed since it was entered.
        AutomixError: it cannot be loaded.
    """
    key = (entry.name, entry.code, entry.weights, tuple(forbidden), limits)
    with _opening:
        if key not in _open:
            assert entry.place is not None, "a model that answers here has no process"
            _open[key] = ModelProcess(entry.place, forbidden, limits)
            entry.demand_unchanged(_open[key].start())
        return _open[key]


class ModelProcesses:
    """A context at whose end all of them end. Those of a worker end with the worker."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *unused: object) -> None:
        while _open:
            _open.popitem()[1].close()
