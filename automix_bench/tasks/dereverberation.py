"""Given stems in a room, return them dry."""

from __future__ import annotations

from automix_bench.metrics.correlation_error import correlation_error
from automix_bench.metrics.microdynamics_error import microdynamics_error
from automix_bench.task_parts.removal import removal_task

__all__ = ["dereverberation"]

dereverberation = removal_task(
    "dereverberation",
    version=1,
    description="Shown: stems, each in a room. Wanted: each without the room.",
    recipes=("dereverberation",),
    further=(correlation_error, microdynamics_error),
)
