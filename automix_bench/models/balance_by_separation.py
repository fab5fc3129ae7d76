"""Estimate the loudness balance of a mix from the loudness of its separated sources."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from automix_bench.audio import amplitude, total
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.balance import USUAL_LU, balance_lu
from automix_bench.task_parts.one_after_another import separated

__all__ = ["BalanceBySeparation"]

MIX_LUFS = -23.0


@dataclass(frozen=True)
class BalanceBySeparation:
    """Separate the mix, and measure how loud each separated source is relative to it.

    The method of Ward et al. (WIMP 2017): any separator, then BS.1770. What leaks into a quiet
    source makes it too loud, and what a source loses to others makes it too soft. So a level is
    believed in part only; the rest is the usual level of that source, `USUAL_LU`.

    The mix is brought to one loudness before: the gates of BS.1770 are absolute, and so are the
    levels that a network was trained on.

    Attributes:
        separators: as in the model `separate`.
        least_lu: no level is lower: separators leave less than is there of sources that they do not
            know. The default is the range of the recipe `loudness_balance`.
        trust: how far a measured level is believed, from 0 to 1. The default is the share of the
            usual levels' squared error in that of both, on the songs that gave the usual levels.
    """

    separators: tuple[str, ...] = ("spleeter", "harmonic_percussive")
    least_lu: float = -24.0
    trust: float = 0.7

    def __call__(self, brief: Brief) -> Answer:
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        if isfinite(loudness := or_nan(integrated_lufs, mix)):
            mix = mix.scaled(amplitude(MIX_LUFS - loudness))
        sources = separated(mix, self.separators)
        levels = {**dict.fromkeys(sources, self.least_lu), **balance_lu(mix, sources)}
        return Answer(values={name: self._believed(name, level) for name, level in levels.items()})

    def _believed(self, source: str, level_lu: float) -> float:
        measured_lu = max(level_lu, self.least_lu)
        usual_lu = USUAL_LU.get(source, measured_lu)
        return usual_lu + self.trust * (measured_lu - usual_lu)
