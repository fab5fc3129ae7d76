"""The floor of every mixing board."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.model import Answer, Brief

__all__ = ["PlainSum"]


class PlainSum:
    """Add the stems as they are, `residual` among them, with no gain of any kind."""

    def __call__(self, brief: Brief) -> Answer:
        return Answer(stems={"mix": total(brief.stems.values())})
