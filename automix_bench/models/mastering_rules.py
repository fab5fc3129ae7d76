"""Move a mix towards the spectrum and the loudness of released music."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.mixing_rules.bus_glue import at_loudness
from automix_bench.mixing_rules.session import opened
from automix_bench.mixing_rules.spectral_balance import SpectralBalance
from automix_bench.model import Answer, Brief

__all__ = ["MasteringRules"]


@dataclass(frozen=True)
class MasteringRules:
    """The plain sum, here of one finished mix, through the bus of the knowledge-based mixer: an
    equaliser in third octaves towards the mean spectrum of commercial recordings, and a gain.

    Z. Ma, J. Reiss and D. Black, "Implementation of an intelligent equalization tool using
    Yule-Walker for music mixing and mastering", AES 134, 2013 (`mixing_rules/spectral_balance.py`).
    It undoes no dynamics, rooms or clipping. The answer holds the console; rendered, it is the mix.

    Attributes:
        share: the part of the difference in spectrum that is made up.
        most_db: the largest gain of a band, either way.
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
    """

    share: float = 0.5
    most_db: float = 9.0
    target_lufs: float = -23.0

    def __call__(self, brief: Brief) -> Answer:
        session = SpectralBalance(self.share, self.most_db)(opened(brief.stems))
        session = at_loudness(session, self.target_lufs)
        return session.answer()
