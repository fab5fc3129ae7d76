"""Add the stems without gains: the floor of every mixing board."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.model import Answer, Brief

__all__ = ["PlainSum"]


class PlainSum:
    """Add all stems, `residual` included, without any gain."""

    def __call__(self, brief: Brief) -> Answer:
        return Answer(stems={"mix": total(brief.stems.values())})
