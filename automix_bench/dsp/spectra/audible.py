"""How far two sounds at one level are apart in excitation, in dB, weighted by loudness."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from jaxtyping import Float, Float32

from automix_bench.audio import Audio, Samples
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.excitation import Ear, Excitation, ear, excitation

LONG_SECONDS, SHORT_SECONDS = 0.040, 0.008
"""The windows of the two resolutions. The short one has forward masking."""

JUST_NOTICEABLE_DB = 1.0
LOUDNESS_EXPONENT = 0.23

HEARD_BESIDE = 0.01
"""The power at which a side is heard beside its middle: at 20 dB below, the correlation of left and
right falls from 1 to 0.98."""

PARTNERS = [1, 0, 3, 2]
"""Of left, right, middle and side: the number of the signal that each is heard beside."""

Cells = Float[np.ndarray, "signals frames bands"]
Signals = Float32[np.ndarray, "signals samples"]


def audible_difference_db(reference: Audio, estimate: Audio) -> float:
    """The metric `audible_distance`. NaN for a reference that cannot be heard; infinite for a
    silent estimate."""
    long, short = (ear(reference.rate, seconds) for seconds in (LONG_SECONDS, SHORT_SECONDS))
    expected, got = _in_long_windows(reference, long), _in_long_windows(estimate, long)
    loudest = max(float((block / long.threshold).max()) for block in expected)
    if not loudest > 1.0:
        return math.nan
    channels = reference.channels
    energies = [
        math.fsum(float(np.sum(block[:channels])) for block in blocks) for blocks in (expected, got)
    ]
    if not energies[1] > 0.0:
        return math.inf
    gain = energies[0] / energies[1]
    shorter = (_excited(sound, short, forward_masking=True) for sound in (reference, estimate))
    means = [
        _mean_difference_db(zip(expected, got, strict=True), gain, long),
        _mean_difference_db(zip(*shorter, strict=True), gain, short),
    ]
    return math.fsum(means) / len(means)


@shared
def _in_long_windows(audio: Audio, long: Ear) -> tuple[Excitation, ...]:
    """All blocks at once: the level of a sound is known only at its end. A minute of stereo takes 5
    MB."""
    return tuple(_excited(audio, long, forward_masking=False))


def _excited(audio: Audio, ear: Ear, *, forward_masking: bool) -> Iterator[Excitation]:
    """The excitation of all signals. One channel is as two equal ones: its middle has twice its
    power, its side none."""
    for block in excitation(_signals(audio.samples), ear, forward_masking=forward_masking):
        yield np.concatenate([block, block, 2.0 * block, 0.0 * block]) if len(block) == 1 else block


def _mean_difference_db(
    blocks: Iterable[tuple[Excitation, Excitation]], gain: float, ear: Ear
) -> float:
    """The mean over all cells, weighted by their loudness in both sounds.

    Args:
        gain: of the estimate, in power.
    """
    sums = [_compared(expected, got, gain, ear) for expected, got in blocks]
    total = math.fsum(weight for _, weight in sums)
    return math.fsum(weighted for weighted, _ in sums) / total if total > 0.0 else 0.0


def _compared(expected: Excitation, got: Excitation, gain: float, ear: Ear) -> tuple[float, float]:
    """The sums of the weighted differences and of the weights over a block of frames."""
    threshold = ear.threshold.astype(expected.dtype)
    one, other = expected / threshold, got * (gain / threshold)
    least = 1.0 + _heard_beside(one, other)
    level_db = 10.0 * np.log10((one + least) / (other + least))
    weights = _loudness(np.maximum(one, other), threshold)
    differences = np.sqrt(np.square(level_db) + JUST_NOTICEABLE_DB**2) - JUST_NOTICEABLE_DB
    return float(np.sum(weights * differences)), float(np.sum(weights))


def _heard_beside(one: Cells, other: Cells) -> Cells | float:
    """What a channel must have to be heard beside the other channel, and the side beside the
    middle, in both sounds."""
    if len(one) != len(PARTNERS):
        return 0.0
    beside: Cells = HEARD_BESIDE * np.minimum(one, other)[PARTNERS]
    return beside


def _loudness(over_threshold: Cells, threshold: Float[np.ndarray, " bands"]) -> Cells:
    """Specific loudness up to a factor. None below the threshold."""
    grown = (0.5 + 0.5 * np.maximum(over_threshold, 1.0)) ** LOUDNESS_EXPONENT - 1.0
    loudness: Cells = threshold**LOUDNESS_EXPONENT * grown
    return loudness


def _signals(samples: Samples) -> Signals:
    """The channels; of two channels also the middle and the side, at equal power."""
    if len(samples) != 2:
        return samples
    left, right = samples
    root = np.float32(math.sqrt(0.5))
    return np.stack([left, right, root * (left + right), root * (left - right)])
