"""Invert dynamic range compression with known settings, exactly."""

from __future__ import annotations

from automix_bench.audio import Audio
from automix_bench.console import Console
from automix_bench.effect import Effect
from automix_bench.model import Answer, Brief

__all__ = ["drc_inverse"]


def drc_inverse(brief: Brief) -> Answer:
    """Play every stem through the inverses of its strip's effects, the last effect first.

    For a compressor the inverse is that of Gorlow and Reiss, "Model-based inversion of dynamic
    range compression", IEEE TASLP 21 (7), 2013 (`effects.drc_inverse`, `effects.decompressor`),
    exact up to the rounding of the stored sound. An effect that has no inverse is left alone; a
    stem whose settings the brief does not tell is returned as it is. US patent 10,924,078 is about
    the inversion of dynamic range control.
    """
    strips = (brief.console or Console({})).strips
    return Answer(
        stems={
            name: _inverted(strips[name].effects, stem) if name in strips else stem
            for name, stem in brief.stems.items()
        }
    )


def _inverted(effects: tuple[Effect, ...], audio: Audio) -> Audio:
    for effect in reversed(effects):
        inverse = effect.inverse()
        audio = inverse(audio) if inverse else audio
    return audio
