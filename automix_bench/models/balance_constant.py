"""Estimate the same loudness balance for every mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from automix_bench.model import Answer, Brief
from automix_bench.task_parts.balance import USUAL_LU

__all__ = ["BalanceConstant"]


@dataclass(frozen=True)
class BalanceConstant:
    """The same levels for every mix: what an estimate without ears can know.

    Attributes:
        levels_lu: relative to the mix, by source.
    """

    levels_lu: Mapping[str, float] = field(default_factory=lambda: USUAL_LU)

    def __call__(self, brief: Brief) -> Answer:
        return Answer(values=self.levels_lu)
