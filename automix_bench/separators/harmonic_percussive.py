"""Drums, bass and other without a network: what is percussive, what is low, and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from automix_bench.dsp.spectra.harmonic_percussive import drums_bass_other
from automix_bench.separation.network import with_residual
from automix_bench.song import Song

__all__ = ["HarmonicPercussive"]


@dataclass(frozen=True)
class HarmonicPercussive:
    """`drums`, `bass`, `other` and a `residual` of rounding alone.

    Harmonic/percussive separation by median filtering (Fitzgerald, DAFx 2010); of the harmonic part
    the lows are the bass (`dsp.spectra.harmonic_percussive`). It needs no weights and tells no
    voices apart: a simple separator to compare others with.
    """

    license: ClassVar[str] = ""

    def __call__(self, song: Song) -> Song:
        drums, bass, other = drums_bass_other(song.mix)
        return with_residual(song, {"drums": drums, "bass": bass, "other": other})

    def fingerprint(self) -> Mapping[str, Any]:
        """The separator's name and the version of its stems; it has no settings."""
        return {"separator": "harmonic_percussive", "version": 1}
