"""Gains and places at random: what a mix is worth that nobody thought about."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.mixing_rules.bus_glue import at_loudness
from automix_bench.mixing_rules.equal_loudness import equal_loudness
from automix_bench.mixing_rules.random_settings import random_settings, with_settings
from automix_bench.mixing_rules.session import opened
from automix_bench.model import Answer, Brief
from automix_bench.sampling import Seed

__all__ = ["RandomMix"]


@dataclass(frozen=True)
class RandomMix:
    """Every track at equal loudness, then at a random gain and place.

    The low anchor of the listening tests on automatic mixing. The draw depends on the seed and on
    the names of the tracks alone. The answer holds the console; rendered, it is the mix.

    Attributes:
        most_db: gains are uniform within plus and minus this.
        most_pan: places are uniform within plus and minus this.
        target_lufs: the loudness of the mix.
    """

    seed: int = 0
    most_db: float = 12.0
    most_pan: float = 1.0
    target_lufs: float = -23.0

    def __call__(self, brief: Brief) -> Answer:
        levelled = equal_loudness(opened(brief.stems))
        seed = Seed(self.seed) / "random_mix"
        settings = random_settings(levelled, seed, self.most_db, self.most_pan)
        session = at_loudness(with_settings(levelled, settings), self.target_lufs)
        return session.answer()
