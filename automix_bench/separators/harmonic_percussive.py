"""Drums, bass and other without a network: what is percussive, what is low, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from automix_bench.audio import Audio, Samples
from automix_bench.separation.network import separated_by
from automix_bench.song import Song

__all__ = ["HarmonicPercussive"]

_STEMS = ("drums", "bass", "other")


@dataclass(frozen=True)
class HarmonicPercussive:
    """`drums`, `bass`, `other` and a `residual` of rounding alone.

    Harmonic/percussive separation by median filtering (Fitzgerald, DAFx 2010); of the harmonic part
    the lows are the bass (`dsp.spectra.harmonic_percussive`). It needs no weights and tells no
    voices apart: a simple separator to compare others with.
    """

    license: ClassVar[str] = ""

    def __call__(self, song: Song) -> Song:
        # It loads a compiler, which is not wanted where plug-ins are only listed.
        from automix_bench.dsp.spectra.harmonic_percussive import drums_bass_other

        def parts(samples: Samples) -> Mapping[str, np.ndarray]:
            separated = drums_bass_other(Audio(samples, song.mix.rate))
            return dict(zip(_STEMS, (part.samples for part in separated), strict=True))

        return separated_by(parts, song, rate=song.mix.rate, channels=1)

    def fingerprint(self) -> Mapping[str, Any]:
        """The separator's name and the version of its stems; it has no settings."""
        return {"separator": "harmonic_percussive", "version": 1}
