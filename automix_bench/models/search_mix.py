"""Search a console whose mix has the features of the reference."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.mixing_rules.equal_loudness import equal_loudness
from automix_bench.mixing_rules.search import MixSearch, features_of
from automix_bench.mixing_rules.session import opened
from automix_bench.mixing_rules.spectrum_match import SpectrumMatch
from automix_bench.model import Answer, Brief
from automix_bench.sampling import Seed

__all__ = ["SearchMix"]


@dataclass(frozen=True)
class SearchMix:
    """Equal loudness, then a search over gains and places against the reference, then its bus.

    The search needs no gradients and no network (`mixing_rules/search.py`); what it cannot reach
    the bus makes up for as far as it may (`mixing_rules/spectrum_match.py`). A brief without a
    reference gets equal loudness. The answer holds the console; rendered, it is the mix.
    """

    steps: int = 3_000
    seed: int = 0

    def __call__(self, brief: Brief) -> Answer:
        session = equal_loudness(opened(brief.stems))
        features = features_of(brief.reference) if brief.reference is not None else None
        if brief.reference is not None and features is not None:
            session = MixSearch(self.steps)(session, features, Seed(self.seed) / "search_mix")
            session = SpectrumMatch(most_db=6.0)(session, brief.reference)
        return session.answer()
