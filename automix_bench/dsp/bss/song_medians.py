"""BSS Eval of a song: medians over its seconds, and the treatment of silent stems."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.bss.bss_eval import bss_eval, sdr_frames, sounding_somewhere


def of_song(
    references: Mapping[str, Audio], estimates: Mapping[str, Audio], ratio: str
) -> dict[str, float]:
    """The median of one of the ratios, "sdr", "isr", "sir" or "sar", of every stem, in dB.

    A stem whose reference or estimate is silent throughout does not take part, as museval refuses a
    song with one. NaN for a stem whose reference is silent or that lacks an estimate, and where the
    references alone leave no second in which all of them sound. `-inf` for a silent estimate, and
    where only the silence of an estimate leaves no such second.

    Raises:
        ValueError: the references differ in length or rate.
    """
    sounding = [name for name, reference in references.items() if sounds(reference)]
    medians = dict.fromkeys(references, math.nan)
    if not sounding:
        return medians
    shown = tuple(references[name] for name in sounding)
    fit = tuple(
        estimates[name] if name in estimates and sounds(estimates[name]) else None
        for name in sounding
    )
    frames = sdr_frames(shown, fit) if ratio == "sdr" else getattr(bss_eval(shown, fit), ratio)
    nothing = -math.inf if sounding_somewhere(shown) else math.nan
    for name, row in zip(sounding, frames, strict=True):
        if name in estimates:
            values = row[~np.isnan(row)]
            medians[name] = _median(values) if values.size else nothing
    return medians


def _median(values: np.ndarray) -> float:
    """As numpy's median, except for an even number of values with two equal infinities in the
    middle, whose difference numpy takes."""
    ordered = np.sort(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(low if low == high else (low + high) / 2.0)


def sounds(audio: Audio) -> bool:
    """Whether its channels sum to something else than zero anywhere."""
    return bool(audio.samples.sum(axis=0).any())
