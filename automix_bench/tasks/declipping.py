"""Given hard-clipped music, return it unclipped.

The task of Zaviska, Rajmic, Ozerov and Rencker, "A survey and an extensive evaluation of popular
audio declipping methods", IEEE JSTSP 15 (1), 2021. Their main measure, the gain in SDR, is the
`sdr` of a model less that of `do_nothing`.
"""

from __future__ import annotations

from automix_bench.metrics.clipped_runs import clipped_runs
from automix_bench.task_parts.removal import removal_task

__all__ = ["declipping"]

declipping = removal_task(
    "declipping",
    version=1,
    description="Shown: hard-clipped music. Wanted: the music before it was clipped.",
    recipes=("declipping",),
    further=(clipped_runs,),
)
