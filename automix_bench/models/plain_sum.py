"""Add the stems without gains: the floor of every mixing board."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.model import Answer, Brief

__all__ = ["PlainSum"]


class PlainSum:
    """Add all stems, `residual` included, without any gain. The console that it tells is empty."""

    def __call__(self, brief: Brief) -> Answer:
        empty = Console({name: Chain() for name in brief.stems})
        return Answer({"mix": total(brief.stems.values())}, console=empty)
