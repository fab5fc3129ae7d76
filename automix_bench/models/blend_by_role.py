"""Blend a track into a mix at the level of its role."""

from __future__ import annotations

from automix_bench.mixing_rules.blending import Blending
from automix_bench.mixing_rules.session import opened
from automix_bench.model import Answer, Brief

__all__ = ["BlendByRole"]


class BlendByRole:
    """Every track but `submix` at the loudness that one track of eight has beside the others, more
    or less by its role (`mixing_rules/blending.py`).

    A brief without `submix` gets the plain sum. The answer holds the console; rendered, it is the
    mix.
    """

    def __call__(self, brief: Brief) -> Answer:
        session = Blending()(opened(brief.stems))
        return session.answer()
