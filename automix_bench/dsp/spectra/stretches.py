"""Long sounds worked on in stretches, so that memory does not grow with their length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from automix_bench.audio import Audio

__all__ = ["in_stretches"]

_SECONDS, _OVERLAP_SECONDS = 30.0, 2.0


def in_stretches(audio: Audio, work: Callable[[Audio], Audio]) -> Audio:
    """`work` on stretches of 30 s, each faded over 2 s into the next; on all of a sound that is
    shorter than two. A sound of which `work` returns each stretch as it is, is returned as it is.

    Args:
        work: returns a sound of the rate and shape that it is given.
    """
    length, overlap = (round(part * audio.rate) for part in (_SECONDS, _OVERLAP_SECONDS))
    if audio.length < 2 * length:
        return work(audio)
    # The last stretch has what is left: at least a whole one.
    count = 1 + (audio.length - length) // (length - overlap)
    starts = [number * (length - overlap) for number in range(count)]
    out = np.zeros(audio.samples.shape)
    rising = (np.arange(overlap) + 0.5) / overlap
    same = True
    for number, start in enumerate(starts):
        last = number == count - 1
        stretch = audio.excerpt(start, audio.length - start if last else length)
        worked = work(stretch)
        same = same and worked is stretch
        weights = np.ones(stretch.length)
        if number:
            weights[:overlap] = rising
        if not last:
            weights[-overlap:] = 1.0 - rising
        out[:, start : start + stretch.length] += weights * worked.samples
    return audio if same else audio.with_samples(out)
