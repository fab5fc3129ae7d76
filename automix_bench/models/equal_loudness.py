"""Give every track the same loudness: the oldest rule of automatic mixing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from automix_bench.audio import amplitude, total
from automix_bench.console import Console
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.model import Answer, Brief

__all__ = ["EqualLoudness"]


@dataclass(frozen=True)
class EqualLoudness:
    """Set every track to one integrated loudness, add them, and set the sum to the target.

    The equal-loudness faders of Perez-Gonzalez and Reiss (2009), with the integrated loudness of
    BS.1770 instead of a loudness histogram. Tracks below -70 LUFS are added unchanged, because a
    gain would raise their noise. `residual`, the part of the mix that a separator assigned to no
    stem, gets the mean gain (in dB) of the other tracks. The answer holds the gains as a console;
    rendered, it is the mix.

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
        loudness = integrated_lufs(mix)
        whole_db = self.target_lufs - loudness if isfinite(loudness) else 0.0
        faders = {name: gains_db.get(name, 0.0) for name in brief.stems}
        return Answer({"mix": mix.scaled(amplitude(whole_db))}, console=_console(faders, whole_db))


def _console(faders_db: Mapping[str, float], whole_db: float) -> Console | None:
    """The gains as a console; None where one is beyond the effect's range."""
    knob = Gain.knobs()["gain_db"]
    if any(not knob.low <= gain_db <= knob.high for gain_db in (*faders_db.values(), whole_db)):
        return None
    strips = {name: Chain((Gain(gain_db),)) for name, gain_db in faders_db.items()}
    return Console(strips, Chain((Gain(whole_db),)))
