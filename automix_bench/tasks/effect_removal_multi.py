"""Given each stem after none to five effects, return the stem that entered the strip.

Stems without any effect are shown too, and scored like the others: a model should know when to do
nothing. `effect_removal` leaves them out.
"""

from __future__ import annotations

from automix_bench.task_parts.removal import every_stem, removal_task

__all__ = ["effect_removal_multi"]

effect_removal_multi = removal_task(
    "effect_removal_multi",
    version=1,
    description="Shown: stems after 0 to 5 effects. Wanted: each as it was before.",
    recipes=("effect_removal_multi",),
    chosen=every_stem,
)
