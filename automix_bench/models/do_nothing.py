"""Return the stems unchanged: the floor of every effect-removal board."""

from __future__ import annotations

from automix_bench.model import Answer, Brief

__all__ = ["DoNothing"]


class DoNothing:
    """Return the stems as they are. A removal model has to beat this."""

    def __call__(self, brief: Brief) -> Answer:
        return Answer(stems=brief.stems)
