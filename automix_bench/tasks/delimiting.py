"""Given music that a limiter made loud, return it with its dynamics.

The task of Jeon and Lee, "Music de-limiter networks via sample-wise gain inversion", WASPAA 2023.
"""

from __future__ import annotations

from automix_bench.metrics.dr_error import dr_error
from automix_bench.metrics.loudness_range_error import loudness_range_error
from automix_bench.metrics.microdynamics_error import microdynamics_error
from automix_bench.metrics.plr_error import plr_error
from automix_bench.task_parts.removal import removal_task

__all__ = ["delimiting"]

delimiting = removal_task(
    "delimiting",
    version=1,
    description="Shown: music driven into a limiter. Wanted: the music before the limiter.",
    recipes=("delimiting",),
    further=(plr_error, dr_error, microdynamics_error, loudness_range_error),
)
