"""Restore clipped samples by sparsity: A-SPADE."""

from __future__ import annotations

from automix_bench.dsp.restoration.sparse_declipping import declipped
from automix_bench.model import Answer, Brief

__all__ = ["declip"]


def declip(brief: Brief) -> Answer:
    """Find the clipping level of each channel and restore what is beyond it; change nothing else.

    Kitić, Bertin and Gribonval, "Sparsity and cosparsity for audio declipping: a flexible
    non-convex approach", LVA/ICA 2015, algorithm 1 (A-SPADE). A sound without clipped runs is
    returned as it is; so is one that was filtered, resampled or coded after it was clipped, because
    its tops are not flat any more.
    """
    return Answer(stems={name: declipped(stem) for name, stem in brief.stems.items()})
