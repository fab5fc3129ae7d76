"""Given distorted stems, return them clean.

The task of Imort, Fabbro, Martinez Ramirez, Uhlich, Koyama and Mitsufuji, "Distortion audio
effects: learning how to recover the clean signal", ISMIR 2022.
"""

from __future__ import annotations

from automix_bench.metrics.flatness_error import flatness_error
from automix_bench.metrics.microdynamics_error import microdynamics_error
from automix_bench.task_parts.removal import removal_task

__all__ = ["distortion_removal"]

distortion_removal = removal_task(
    "distortion_removal",
    version=1,
    description="Shown: distorted stems. Wanted: each as it was before the distortion.",
    recipes=("distortion_removal",),
    further=(flatness_error, microdynamics_error),
)
