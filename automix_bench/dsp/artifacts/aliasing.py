"""Aliasing: a copy of the reference moved in frequency, as left by a change of rate without a good
filter, by a transposed convolution or by samples that are held.

Keeping every L-th sample, or putting zeros between samples, multiplies by tones at multiples of
rate / L. What should be at f is then also at f + c, where c is the frequency of such a tone; a real
sound also has the mirror image. So the transforms of the estimate, E, are compared with X, the
transforms of the reference times exp(2 pi i c n / rate), bin by bin over the frames of a second.
The part of both that depends linearly on the reference's own transforms is removed first (W. A.
Gardner, "Exploitation of spectral redundancy in cyclostationary signals", IEEE Signal Processing
Magazine 8(2), 1991):

    coherence = | sum_t E X* |^2 / (sum_t |E|^2 sum_t |X|^2)

Frames have 1024 samples, are Hann-windowed and begin a quarter of that apart. Noise, distortion,
filters, reverberation and changes of level, however strong, have no such coherence except by
chance: N independent, unrelated frames reach a coherence of C with a probability of
(1 - C)^(N - 1). Frames that overlap, or that belong to one held note, are not independent. Of T
frames,

    N = T R_E(0) R_X(0) / sum_l R_E(l) R_X(l)* times (sum_t |E X|)^2 / (T sum_t |E X|^2)

are independent: the first factor uses the autocorrelations over frames (M. S. Bartlett, J. Royal
Stat. Soc. 98(3), 1935), the second is small where a single stroke fills only a few frames. A second
is aliased where, for one c, at least 20 bins have 6 independent frames or more and a coherence less
probable than 1e-6, and the power that they explain is at least 1e-8 (-80 dB) of the estimate's
power there. The frequencies c that are tried are m rate / L for L of 2, 3, 4, 6 and 8, and the
usual rates below the sound's own.

Estimate and reference must be aligned to a few milliseconds. A second with only a few strokes or
held notes is too little to decide on. Only a part of the aliasing is explained, so sizes read up to
10 dB low. Harmonics that a distortion folds back are no copy of the reference and are not found.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import scipy.fft
from jaxtyping import Complex128, Float64

from automix_bench.audio import Audio
from automix_bench.dsp.artifacts.artifact import Artifact, Detector, in_order
from automix_bench.dsp.artifacts.gaps import runs
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.short_time import hann

LEAST_DB = -80.0
"""The least power of aliasing against that of the estimate; less counts as none."""

SHORTEST = 8_192
"""Length in samples below which no aliasing is found."""

_LENGTH, _HOP = 1_024, 256
_FACTORS = (2, 3, 4, 6, 8)
_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
_CHANCE, _FEWEST_INDEPENDENT = 1e-6, 6.0
_FEWEST_BINS = 20
_SHORTEST_STRETCH = 32_768

Frames = Complex128[np.ndarray, "frames bins"]
Powers = Float64[np.ndarray, "channels stretches"]


def aliasing(*, reference: Audio, estimate: Audio) -> tuple[Artifact, ...]:
    """Every stretch of whole seconds that is aliased, in order. The size is the power of the
    aliasing against that of the estimate, in dB. At rates under 32.8 kHz stretches of 32768 samples
    take the place of seconds."""
    aliased, whole = aliased_powers(reference, estimate)
    edges = _edges(reference)
    stretches = []
    for channel, powers in enumerate(aliased):
        for first, end in runs(powers > 0.0):
            start, length = int(edges[first]), int(edges[end] - edges[first])
            part = float(powers[first:end].sum() / whole[channel, first:end].sum())
            size = min(10.0 * math.log10(part), 0.0)
            stretches.append(Artifact("aliasing", channel, start, length, size))
    return in_order(stretches)


ALIASING = Detector("aliasing", unit="dB against the sound", compare=aliasing)


@shared
def aliased_powers(reference: Audio, estimate: Audio) -> tuple[Powers, Powers]:
    """The power of the aliasing in the estimate, and the power of the estimate, in each channel and
    second. An incomplete second at the end counts as a second by itself, or is added to the
    last."""
    edges, carriers = _edges(reference), _carriers(reference.rate)
    aliased = np.zeros((reference.channels, len(edges) - 1))
    whole = np.zeros_like(aliased)
    for channel, pair in enumerate(zip(reference.samples, estimate.samples, strict=True)):
        for number, (start, end) in enumerate(pairwise(edges)):
            clean, got = (samples[start:end].astype(np.float64) for samples in pair)
            aliased_power, power = _of_stretch(clean, got, carriers)
            aliased[channel, number], whole[channel, number] = aliased_power, power
    for powers in (aliased, whole):
        powers.flags.writeable = False
    return aliased, whole


def _edges(audio: Audio) -> np.ndarray:
    step = max(audio.rate, _SHORTEST_STRETCH)
    edges = step * np.arange(max(1, round(audio.length / step)) + 1)
    edges[-1] = audio.length
    return edges


def _carriers(rate: int) -> list[float]:
    """The frequencies c, in cycles a sample, above -1/2 and up to 1/2."""
    own = {m / factor for factor in _FACTORS for m in range(1, factor)}
    usual = {other / rate for other in _RATES if other < rate}
    folded = {round((sign * c + 0.5) % 1.0 - 0.5, 9) for c in own | usual for sign in (-1.0, 1.0)}
    return sorted({0.5 if c == -0.5 else c for c in folded})


def _of_stretch(clean: np.ndarray, got: np.ndarray, carriers: list[float]) -> tuple[float, float]:
    """The power of the aliasing, summed over the carriers, and that of the estimate."""
    if len(clean) < SHORTEST:
        return 0.0, 0.0
    clean_frames, frames = _frames(clean), _frames(got)
    power, own = float(_power(frames).sum()), _power(clean_frames)
    if power == 0.0 or not clean.any():
        return 0.0, power
    rest = _Rest.of(frames, clean_frames, own)
    least = power * 10.0 ** (LEAST_DB / 10.0)
    if float(rest.power.sum()) < least:
        return 0.0, power
    aliased = 0.0
    for moved in _moved(clean, carriers):
        other = _Rest.of(moved, clean_frames, own)
        coherent, explained = _coherent(rest, other)
        # In bins that hold nothing the rest is rounding error, which may be coherent.
        coherent &= (rest.power > 1e-12 * power) & (other.power > 1e-12 * float(own.sum()))
        if int(coherent.sum()) >= _FEWEST_BINS:
            part = float(explained[coherent].sum())
            aliased += part if part >= least else 0.0
    return aliased, power


@dataclass(frozen=True, eq=False)
class _Rest:
    """The part of transforms that does not depend linearly on the reference's own, bin by bin."""

    frames: Frames

    @staticmethod
    def of(frames: Frames, clean: Frames, own: np.ndarray) -> _Rest:
        gain = (frames * clean.conj()).sum(axis=0) / np.where(own > 0.0, own, 1.0)
        return _Rest(frames - gain * clean)

    @cached_property
    def power(self) -> np.ndarray:
        """Of each bin."""
        return _power(self.frames)

    @cached_property
    def modulation(self) -> np.ndarray:
        """The power spectrum of each bin over the frames: the transform of its autocorrelation."""
        spectrum = scipy.fft.fft(self.frames, 2 * len(self.frames), axis=0)
        powers: np.ndarray = np.square(np.abs(spectrum))
        return powers


def _coherent(rest: _Rest, other: _Rest) -> tuple[np.ndarray, np.ndarray]:
    """Whether each bin of the two is coherent beyond chance, and the power of the first that this
    explains."""
    products = rest.frames * other.frames.conj()
    left, size, together = rest.power, other.power, np.square(np.abs(products.sum(axis=0)))
    explained = together / np.where(size > 0.0, size, 1.0)
    coherence = np.minimum(explained / np.where(left > 0.0, left, np.inf), 1.0)
    dependent = (rest.modulation * other.modulation).sum(axis=0) / (2.0 * len(products))
    strokes = np.square(np.abs(products).sum(axis=0)) / np.maximum(_power(products), 1e-300)
    independent = left * size / np.maximum(dependent, 1e-300) * strokes
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.log1p(-coherence) * (independent - 1.0)
    return (chance < math.log(_CHANCE)) & (independent >= _FEWEST_INDEPENDENT), explained


def _moved(clean: np.ndarray, carriers: list[float]) -> Iterator[Frames]:
    """The transforms of the sound times each carrier."""
    numbers = np.arange(len(clean))
    for carrier in carriers:
        yield _frames(clean * np.exp(2j * np.pi * carrier * numbers))


def _power(frames: Frames) -> np.ndarray:
    """Of each bin, over all frames."""
    power: np.ndarray = np.square(np.abs(frames)).sum(axis=0)
    return power


def _frames(samples: np.ndarray) -> Frames:
    """The lower half of the transforms."""
    views = np.lib.stride_tricks.sliding_window_view(samples, _LENGTH)[::_HOP]
    transforms: Frames = scipy.fft.fft(views * hann(_LENGTH), axis=1)[:, : _LENGTH // 2 + 1]
    return transforms
