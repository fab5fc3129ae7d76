"""Ask a model what it is, before it is shown anything: its weights, its own fingerprint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.isolation.running import Denied, ModelPlace, Ready
from automix_bench.untrusted.fields import shown


def described(
    place: ModelPlace,
    forbidden: Sequence[Path] = (),
    limits: Limits | None = None,
    reads: Sequence[Path] = (),
) -> tuple[ModelPlace, Ready]:
    """Load a model in a process of its own, and end that process.

    A model may name weights, with `ab.weights`, in folders beside its file. It reads them to name
    them, so it is loaded once more in a process that may read all that lies below its own folders.
    That process is shown nothing and can write nothing that the next one reads. What it names is
    believed only if it lies there.

    Args:
        reads: what the user lets it read besides its own files.

    Returns:
        The place, which may now read the weights too, and what the model says.

    Raises:
        UsageError: it names weights outside of its folders and of what it may read.
        AutomixError: the model cannot be loaded.
    """
    limits = limits or Limits()
    try:
        with ModelProcess(place, forbidden, limits) as process:
            ready = process.start()
        denied = None
    except Denied as error:
        denied, ready = error, Ready(False, "", ())
    if denied or not all(_lies_in(weights, place.read) for weights in ready.weights):
        below = replace(place, read=(*place.folders, *place.read))
        with ModelProcess(below, forbidden, limits) as process:
            ready = process.start()
        for weights in ready.weights:
            demand_own(weights, place, reads)
        place = replace(place, read=(*place.read, *ready.weights))
    if denied:
        with ModelProcess(place, forbidden, limits) as process:
            ready = process.start()
    return place, ready


def demand_own(weights: Path, place: ModelPlace, reads: Sequence[Path]) -> None:
    """Refuse weights that are no part of a model: a stranger's model could name a copy of the data.

    Args:
        reads: what the user lets it read besides its own files.

    Raises:
        UsageError: they lie elsewhere, or the model's own folder lies in them.
    """
    real = weights.resolve()
    around = any(folder.resolve().is_relative_to(real) for folder in place.folders)
    if around or not _lies_in(weights, (*place.folders, *place.read, *reads)):
        raise UsageError(
            f"model {place.title}: expected weights below the folder of its file, got "
            f"{shown(str(weights))}: move them there, or let it read them with --model-reads"
        )


def _lies_in(weights: Path, places: Sequence[Path]) -> bool:
    real = weights.resolve()
    return any(real.is_relative_to(place.resolve()) for place in places)
