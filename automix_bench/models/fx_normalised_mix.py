"""Drums, bass, vocals and the rest brought to the means of released stems, and added."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.mixing_rules.bus_glue import at_loudness
from automix_bench.mixing_rules.effect_normalisation import EffectNormalisation
from automix_bench.mixing_rules.equal_loudness import equal_loudness
from automix_bench.mixing_rules.session import opened
from automix_bench.model import Answer, Brief

__all__ = ["FxNormalisedMix"]


@dataclass(frozen=True)
class FxNormalisedMix:
    """Equal loudness within each class of stems, then effect normalisation of the classes.

    What FxNorm-Automix does to stems before its network mixes them, without the network
    (`mixing_rules/effect_normalisation.py`). The answer holds the console; rendered, it is the mix.

    Attributes:
        target_lufs: the loudness of the mix.
    """

    target_lufs: float = -23.0

    def __call__(self, brief: Brief) -> Answer:
        session = EffectNormalisation()(equal_loudness(opened(brief.stems)))
        session = at_loudness(session, self.target_lufs)
        return session.answer()
