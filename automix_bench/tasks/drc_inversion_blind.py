"""Given compressed stems and nothing else, return the stems before the compressor.

The task of Sun, Fourer and Maaref, "Blind estimation and inversion of dynamic range compression",
arXiv 2411.04337.
"""

from __future__ import annotations

from automix_bench.task_parts.drc_inversion import DRC_RECIPES, DYNAMICS_METRICS
from automix_bench.task_parts.removal import removal_task

__all__ = ["drc_inversion_blind"]

drc_inversion_blind = removal_task(
    "drc_inversion_blind",
    version=1,
    description="Shown: compressed stems, without settings. Wanted: each as it was before.",
    recipes=DRC_RECIPES,
    further=DYNAMICS_METRICS,
)
