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
        levels_lu: relative to the mix, by source. The default is the median over the training songs
            of the recipe `loudness_balance` (`docs/_build/balance_page.py`): the constant of the
            least mean absolute error.
    """

    levels_lu: Mapping[str, float] = field(
        default_factory=lambda: {"vocals": -9.0, "drums": -9.0, "bass": -9.0, "other": -5.0}
    )

    def __call__(self, brief: Brief) -> Answer:
        return Answer(values=self.levels_lu)
