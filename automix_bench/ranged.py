"""What a measurement of sounds and one of settings have in common: a unit, and a range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypedDict


@dataclass(frozen=True)
class Ranged:
    """A measurement with a unit and a range; `Metric` and `SettingsMetric` say what the fields
    are."""

    name: str
    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    perfect: float

    def __post_init__(self) -> None:
        if not self.low <= self.perfect <= self.high:
            raise ValueError(f"{self.name}: perfect {self.perfect} is not in its own range")

    @property
    def sign(self) -> float:
        """That turns a value into one of which more is better."""
        return 1.0 if self.better == "higher" else -1.0

    @property
    def worst(self) -> float:
        """What a failed item is given."""
        return self.low if self.better == "higher" else self.high

    @property
    def after_number(self) -> str:
        """The unit with a space before it; nothing for what has no unit."""
        return "" if self.unit == "1" else f" {self.unit}"

    def held(self, value: float) -> float:
        """The value, or the end of the range that it lies beyond; NaN stays."""
        return value if math.isnan(value) else float(min(max(value, self.low), self.high))


class RangedCard(TypedDict):
    """What the card of a measurement with a range must say."""

    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float
    perfect: float
    source: str
