"""Estimate the same loudness balance for every mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automix_bench.model import Answer, Brief

__all__ = ["BalanceConstant"]


@dataclass(frozen=True)
class BalanceConstant:
    """The same levels for every mix: what an estimate without ears can know.

    Attributes:
        levels_lu: relative to the mix, by source. The default is the median over 60 composed songs
            of the recipe `loudness_balance` (`count=60 first=0`): the constant of the least mean
            absolute error. Composed songs have no voice: its level is the median for four sources
            whose loudness is drawn evenly from 24 LU, as in that recipe.
    """

    levels_lu: Mapping[str, float] = field(
        default_factory=lambda: {"vocals": -8.4, "drums": -4.8, "bass": -11.0, "other": -2.8}
    )

    def __call__(self, brief: Brief) -> Answer:
        return Answer(values=self.levels_lu)
