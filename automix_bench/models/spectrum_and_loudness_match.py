"""Make the sum of the tracks sound like the reference: spectrum, width, loudness."""

from __future__ import annotations

from automix_bench.mixing_rules.session import opened
from automix_bench.mixing_rules.spectrum_match import SpectrumMatch
from automix_bench.model import Answer, Brief

__all__ = ["SpectrumAndLoudnessMatch"]


class SpectrumAndLoudnessMatch:
    """The plain sum through a bus that matches the reference: an equaliser in third octaves, a
    width, a gain (`mixing_rules/spectrum_match.py`).

    A brief without a reference gets the plain sum. The answer holds the console; rendered, it is
    the mix.
    """

    def __call__(self, brief: Brief) -> Answer:
        session = opened(brief.stems)
        if brief.reference is not None:
            session = SpectrumMatch()(session, brief.reference)
        return session.answer()
