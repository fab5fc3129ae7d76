"""Undo a limiter: divide by a gain that is estimated from where the sound touches the ceiling."""

from __future__ import annotations

from automix_bench.dsp.restoration.limiter_gain import unlimited
from automix_bench.model import Answer, Brief

__all__ = ["delimit"]


def delimit(brief: Brief) -> Answer:
    """Divide every stem by the gain that its limiter had, as `dsp.restoration.limiter_gain` tells.

    Sample-wise gain inversion after Jeon and Lee, "Music de-limiter networks via sample-wise gain
    inversion", WASPAA 2023, with a rule in place of their network. A sound that does not touch a
    ceiling again and again is returned as it is. All channels get one gain.
    """
    return Answer(stems={name: unlimited(stem) for name, stem in brief.stems.items()})
