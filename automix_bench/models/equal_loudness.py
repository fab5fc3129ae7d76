"""Give every track the same loudness: the oldest rule of automatic mixing."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from automix_bench.audio import Audio, amplitude, total
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.model import Answer, Brief

__all__ = ["EqualLoudness"]


@dataclass(frozen=True)
class EqualLoudness:
    """Set every track to one integrated loudness, add them, and set the sum to the target.

    The equal-loudness faders of Perez-Gonzalez and Reiss (2009), with the integrated loudness of
    BS.1770 instead of a loudness histogram. Tracks below -70 LUFS are added unchanged, because a
    gain would raise their noise. `residual`, the part of the mix that a separator assigned to no
    stem, gets the mean gain (in dB) of the other tracks.

    Attributes:
        target_lufs: the loudness of the sum. The default is that of the released mix in the
            recipes.
    """

    target_lufs: float = -23.0

    def __call__(self, brief: Brief) -> Answer:
        gains_db = {
            name: self.target_lufs - loudness
            for name, stem in brief.stems.items()
            if name != "residual" and isfinite(loudness := integrated_lufs(stem))
        }
        mean_db = sum(gains_db.values()) / len(gains_db) if gains_db else 0.0
        if "residual" in brief.stems:
            gains_db["residual"] = mean_db
        mix = total(
            stem.scaled(amplitude(gains_db.get(name, 0.0))) for name, stem in brief.stems.items()
        )
        return Answer(stems={"mix": _at(mix, self.target_lufs)})


def _at(mix: Audio, target_lufs: float) -> Audio:
    loudness = integrated_lufs(mix)
    return mix.scaled(amplitude(target_lufs - loudness)) if isfinite(loudness) else mix
