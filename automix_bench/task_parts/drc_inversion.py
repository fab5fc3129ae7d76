"""What the two tasks of inverting dynamic range compression share."""

from __future__ import annotations

from automix_bench.console import Console
from automix_bench.example import Example
from automix_bench.metric import Metric
from automix_bench.metrics.ldr_fast_error import ldr_fast_error
from automix_bench.metrics.loudness_range_error import loudness_range_error
from automix_bench.metrics.microdynamics_error import microdynamics_error
from automix_bench.model import Brief
from automix_bench.song import Stems

DRC_RECIPES = ("drc_profiles",)
DYNAMICS_METRICS: tuple[Metric, ...] = (microdynamics_error, ldr_fast_error, loudness_range_error)


def with_settings(example: Example, stems: Stems) -> Brief:
    """The stems, and the strips that they went through; nothing else of the console."""
    strips = {name: example.console.strips[name] for name in stems}
    return Brief(stems=stems, console=Console(strips))
