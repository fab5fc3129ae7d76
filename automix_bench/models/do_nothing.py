"""The floor of every effect-removal board."""

from __future__ import annotations

from automix_bench.model import Answer, Brief

__all__ = ["DoNothing"]


class DoNothing:
    """Hand the stems back as they are: what a removal model has to beat."""

    def __call__(self, brief: Brief) -> Answer:
        return Answer(stems=brief.stems)
