"""The loudness balance of a mix: how loud each source is in it."""

from __future__ import annotations

from math import isfinite

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.song import Stems

USUAL_LU = {"vocals": -8.4, "drums": -4.8, "bass": -11.0, "other": -2.8}
"""The level of each source relative to the mix: the median over 60 composed songs of the recipe
`loudness_balance` (`count=60 first=0`), which is the constant of the least mean absolute error.
Composed songs have no voice: its level is the median for four sources whose loudness is drawn
evenly from 24 LU, as in that recipe."""


def balance_lu(mix: Audio, sources: Stems) -> dict[str, float]:
    """The loudness of each source relative to the mix, in LU; sources and mixes without a loudness
    are left out.

    L(source) - L(mix), each integrated over the whole sound by ITU-R BS.1770-5.
    """
    whole = or_nan(integrated_lufs, mix)
    levels = {name: or_nan(integrated_lufs, sound) - whole for name, sound in sources.items()}
    return {name: level for name, level in levels.items() if isfinite(level)}
