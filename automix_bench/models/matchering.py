"""Make the sum of the tracks sound like the reference, by the package matchering."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import total
from automix_bench.hosting.matchering_match import matched
from automix_bench.model import Answer, Brief

__all__ = ["Matchering"]


@dataclass(frozen=True)
class Matchering:
    """The plain sum through matchering (S. Grishakov, version 2, GPL-3.0): an equaliser for mid and
    side and a level from the reference, then its limiter.

    A system that people use. The extra `matchering` installs it. A brief without a reference gets
    the plain sum. The answer holds no console: what matchering does is its own.

    Attributes:
        limit: whether its limiter works, as it does by its default.
    """

    limit: bool = True

    def __call__(self, brief: Brief) -> Answer:
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        if brief.reference is None:
            return Answer(stems={"mix": mix})
        matched_mix = matched(mix, brief.reference, wanted_by="matchering", limit=self.limit)
        return Answer(stems={"mix": matched_mix})
