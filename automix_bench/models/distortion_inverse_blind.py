"""Undo a distortion of unknown drive by the curve whose inverse makes the spectrum sparse."""

from __future__ import annotations

from automix_bench.dsp.restoration.curve_inverse import straightened
from automix_bench.model import Answer, Brief

__all__ = ["distortion_inverse_blind"]


def distortion_inverse_blind(brief: Brief) -> Answer:
    """Find the saturation of each stem, invert it, and restore what was clipped.

    The parametric blind inversion of Solé, Jutten and Taleb, Neurocomputing 48, 2002, with a family
    of saturating curves and spectral flatness as its measure (`dsp/restoration/curve_inverse.py`);
    what lies at the ceiling is restored by sparsity, as in `declip`. The loudness stays. A stem
    that no inverse makes less flat is returned as it is; so are most that were filtered after the
    distortion, as by the tone control of an overdrive, because it is then no curve of the samples
    any more.
    """
    return Answer(stems={name: straightened(stem) for name, stem in brief.stems.items()})
