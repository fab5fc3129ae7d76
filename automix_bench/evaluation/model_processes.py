"""The processes of models that this process has started, one for each model that it asks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automix_bench.evaluation.entry import Entry
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits

_open: dict[tuple[object, ...], ModelProcess] = {}


def process_of(entry: Entry, forbidden: Sequence[Path], limits: Limits) -> ModelProcess:
    """The process in which a model answers; it starts when it is first asked.

    Raises:
        BrokenPlugin: the model's code has changed since it was entered.
    """
    key = (entry.name, entry.code, entry.weights, tuple(forbidden), limits)
    if key not in _open:
        assert entry.place is not None, "a model that answers here has no process"
        entry.demand_unchanged()
        _open[key] = ModelProcess(entry.place, forbidden, limits)
    return _open[key]


class ModelProcesses:
    """All of them, to be closed when a run ends. Those of a worker end with the worker."""

    def close(self) -> None:
        """End them."""
        while _open:
            _open.popitem()[1].close()
