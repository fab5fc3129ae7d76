"""Subtract late reverberation in the spectrum, by the statistical model of a usual room."""

from __future__ import annotations

from automix_bench.dsp.restoration.late_reverb import without_late_reverb
from automix_bench.model import Answer, Brief

__all__ = ["spectral_dereverb"]


def spectral_dereverb(brief: Brief) -> Answer:
    """Take the late reverberation off every stem.

    Lebart, Boucher and Denbigh, "A new method based on spectral subtraction for speech
    dereverberation", Acta Acustica 87 (3), 2001, with the direct sound apart, as Habets, Gannot and
    Cohen, IEEE Signal Processing Letters 16 (9), 2009. The room is one of usual decay
    (`dsp.restoration.late_reverb`). Stems that fall silent too fast for any room are returned as
    they are.
    """
    return Answer(stems={name: without_late_reverb(stem) for name, stem in brief.stems.items()})
