"""Given each stem as it left its channel strip, return the stem that entered the strip."""

from __future__ import annotations

from automix_bench.task_parts.removal import removal_task

__all__ = ["effect_removal"]

effect_removal = removal_task(
    "effect_removal",
    version=3,
    description="Shown: stems that went through effects. Wanted: each as it was before.",
    recipes=(
        "quickstart",
        "pseudo_multitrack",
        "wet_multitrack",
        "effect_removal_single",
        "effect_removal_multi",
        "drc_profiles",
        "delimiting",
        "declipping",
        "dereverberation",
        "distortion_removal",
        "source_restoration",
        "mastering_degradations",
    ),
)
