"""The settings of a compressor as shares of their ranges, for a network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from automix_bench.effects.drc import Drc

__all__ = ["RANGES", "drc_of"]

RANGES = {
    "threshold_db": (-60.0, -20.0),
    "ratio": (2.0, 15.0),
    "detector_attack_ms": (5.0, 130.0),
    "detector_release_ms": (7.6, 127.0),
    "gain_attack_ms": (25.0, 500.0),
    "gain_release_ms": (25.0, 1_959.0),
}
"""Those of the recipe `drc_profiles`. All but the threshold are logarithmic."""


def drc_of(shares: Sequence[float]) -> Drc:
    """The compressor whose settings lie at these shares of their ranges, in the order of
    `RANGES`."""
    settings = {}
    for (name, (low, high)), share in zip(RANGES.items(), shares, strict=True):
        if low < 0.0:
            settings[name] = low + (high - low) * share
        else:
            settings[name] = math.exp(math.log(low) + math.log(high / low) * share)
    return Drc(**settings, mode="compressor", detector="rms")
