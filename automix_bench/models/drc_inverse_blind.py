"""Invert dynamic range compression whose settings are not known: they are searched for."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.dsp.restoration.compressor_search import uncompressed
from automix_bench.model import Answer, Brief

__all__ = ["DrcInverseBlind"]


@dataclass(frozen=True)
class DrcInverseBlind:
    """Try the inverse of each setting on a grid, and average them by how plausible they are.

    The problem of Sun, Fourer and Maaref, "Blind estimation and inversion of dynamic range
    compression", arXiv 2411.04337; the inverse of Gorlow and Reiss, IEEE TASLP 21 (7), 2013. What
    is plausible, by peak and levels, is in `dsp.restoration.compressor_search`. A stem
    whose peak is at `peak_dbfs` or above is returned as it is. US patent 10,924,078 is about the
    inversion of dynamic range control.

    Attributes:
        peak_dbfs: the sample peak before the compressor: -3 dBFS in the data of `drc_profiles`.
            Data with another peak want another number.
    """

    peak_dbfs: float = -3.0

    def __call__(self, brief: Brief) -> Answer:
        return Answer(
            stems={name: uncompressed(stem, self.peak_dbfs) for name, stem in brief.stems.items()}
        )
