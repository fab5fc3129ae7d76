"""Remove reverberation by weighted prediction error (WPE)."""

from __future__ import annotations

from automix_bench.dsp.restoration.weighted_prediction import predicted_away
from automix_bench.model import Answer, Brief

__all__ = ["dereverb"]


def dereverb(brief: Brief) -> Answer:
    """Predict the late reverberation of every stem from its past, and subtract it.

    Nakatani et al., "Speech dereverberation based on variance-normalized delayed linear
    prediction", IEEE TASLP 18 (7), 2010, by the package nara_wpe (MIT), which the extra
    `dereverberation` installs. `spectral_dereverb` needs no package. Stems that fall silent too
    fast for any room are returned as they are.
    """
    return Answer(stems={name: predicted_away(stem) for name, stem in brief.stems.items()})
