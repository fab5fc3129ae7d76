"""Ask a model what it is, before it is shown anything: its weights, its own fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.isolation.running import Denied, ModelPlace, Ready

_NOT_FILES = {"proc", "sys", "dev"}


def described(
    place: ModelPlace, forbidden: Sequence[Path] = (), limits: Limits | None = None
) -> tuple[ModelPlace, Ready]:
    """Load a model in a process of its own, and end that process.

    A model may name weights, with `ab.weights`, that do not lie beside its file. It reads them to
    name them, so it is loaded once more in a process that may read all files but the forbidden
    ones. That process is shown nothing and can write nothing that the next one reads.

    Returns:
        The place, which may now read the weights too, and what the model says.

    Raises:
        AutomixError: the model cannot be loaded.
    """
    limits = limits or Limits()
    try:
        with ModelProcess(place, forbidden, limits) as process:
            ready = process.start()
        denied = None
    except Denied as error:
        denied, ready = error, Ready(False, "", ())
    if denied or not all(_may_read(place, weights) for weights in ready.weights):
        everything = replace(place, read=(*_all_files(), *place.read))
        with ModelProcess(everything, forbidden, limits) as process:
            ready = process.start()
        place = replace(place, read=(*place.read, *ready.weights))
    if denied:
        with ModelProcess(place, forbidden, limits) as process:
            ready = process.start()
    return place, ready


def _may_read(place: ModelPlace, weights: Path) -> bool:
    real = weights.resolve()
    return any(real.is_relative_to(path.resolve()) for path in place.read)


def _all_files() -> tuple[Path, ...]:
    return tuple(path for path in Path("/").iterdir() if path.name not in _NOT_FILES)
