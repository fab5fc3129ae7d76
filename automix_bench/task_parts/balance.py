"""The loudness balance of a mix: how loud each source is in it."""

from __future__ import annotations

from math import isfinite

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.song import Stems


def balance_lu(mix: Audio, sources: Stems) -> dict[str, float]:
    """The loudness of each source relative to the mix, in LU; sources and mixes without a loudness
    are left out.

    L(source) - L(mix), each integrated over the whole sound by ITU-R BS.1770-5.
    """
    whole = or_nan(integrated_lufs, mix)
    levels = {name: or_nan(integrated_lufs, sound) - whole for name, sound in sources.items()}
    return {name: level for name, level in levels.items() if isfinite(level)}
