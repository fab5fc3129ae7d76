"""Add the stems without gains: the floor of every mixing board."""

from __future__ import annotations

from automix_bench.audio import Audio, total
from automix_bench.isolation.live import MixFrame, Show
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems

__all__ = ["PlainSum"]


class PlainSum:
    """Add all stems, `residual` included, without any gain. Live it does the same, frame by
    frame."""

    def __call__(self, brief: Brief) -> Answer:
        return Answer(stems={"mix": total(brief.stems.values())})

    def live(self, show: Show) -> MixFrame:
        return _sum


def _sum(frame: Stems) -> Audio:
    return total(frame.values())
