"""Many random mixes, and of them the one most like released music."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.mixing_rules.bus_glue import at_loudness
from automix_bench.mixing_rules.equal_loudness import equal_loudness
from automix_bench.mixing_rules.mix_quality import powers_of
from automix_bench.mixing_rules.random_settings import random_settings, with_settings
from automix_bench.mixing_rules.session import opened
from automix_bench.model import Answer, Brief
from automix_bench.sampling import Seed

__all__ = ["BestOfNRandom"]


@dataclass(frozen=True)
class BestOfNRandom:
    """Draw random mixes, and answer with the one that features find best.

    The features know no target: the spectrum of the mix against the mean of commercial recordings,
    and how far it leans to one side. Both follow from the spectra of the tracks, so that only the
    chosen mix is rendered (`mixing_rules/mix_quality.py`). Generating many mixes and
    choosing among them is the approach of A. Wilson and B. Fazenda, "Populating the mix space:
    parametric methods for generating multitrack audio mixtures", Applied Sciences 7(12), 2017. The
    answer holds the console; rendered, it is the mix.

    Attributes:
        n: how many mixes are drawn.
        most_db, most_pan: as for `random_mix`, narrower.
        target_lufs: the loudness of the mix.
    """

    n: int = 100
    seed: int = 0
    most_db: float = 6.0
    most_pan: float = 0.7
    target_lufs: float = -23.0

    def __call__(self, brief: Brief) -> Answer:
        levelled = equal_loudness(opened(brief.stems))
        seed = Seed(self.seed) / "best_of_n_random"
        session = levelled
        if levelled.audible:
            powers = powers_of(levelled.audible)
            draws = (
                random_settings(levelled, seed / number, self.most_db, self.most_pan)
                for number in range(self.n)
            )
            session = with_settings(levelled, min(draws, key=powers.unlikeness_db))
        session = at_loudness(session, self.target_lufs)
        return session.answer()
