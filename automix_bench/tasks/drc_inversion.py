"""Given compressed stems and the settings of the compressor, return the stems before it.

The task of Gorlow and Reiss, "Model-based inversion of dynamic range compression", IEEE TASLP 21
(7), 2013. The brief's console has the strips of the stems that are shown.
"""

from __future__ import annotations

from automix_bench.task_parts.drc_inversion import DRC_RECIPES, DYNAMICS_METRICS, with_settings
from automix_bench.task_parts.removal import removal_task

__all__ = ["drc_inversion"]

drc_inversion = removal_task(
    "drc_inversion",
    version=1,
    description="Shown: compressed stems and the settings. Wanted: each as it was before.",
    recipes=DRC_RECIPES,
    shown=with_settings,
    further=DYNAMICS_METRICS,
)
