"""How far the sum of a song's stems is from its mix.

The mix is compared with the plain sum of the stems at the gain, the sign and the lag that fit best:

    difference = 10 log10(|m - g s|^2 / |m|^2),  g = <m, s> / |s|^2

s is the sum of the stems, m the mix. The lag comes from the cross-correlation of some windows, the
gain from least squares over the whole song. All sums are taken in double precision without BLAS,
whose sums depend on the number of threads, and rounded to 0.1 dB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np
import scipy.fft
from jaxtyping import Float64

from automix_bench.audio import Audio

LEAST_DB = -120.0
"""A difference of this stands for any smaller one: below lie the rounding errors of float32."""

_CHUNK = 1 << 16
_WINDOW = 1 << 18
_SHORT_WINDOW = 1 << 16
_WINDOWS = 4
_PLACES = 16
# A lag must beat lag 0 by this: repeating music fits nearly as well a bar later.
_LEAST_GAIN_OF_A_LAG_DB = 0.5


@dataclass(frozen=True)
class StemSum:
    """The difference between a song's mix and the sum of its stems.

    Attributes:
        difference_db: the level of mix minus sum at the best gain, sign and lag, relative to the
            mix, in dB; at least `LEAST_DB`, and 0 where all stems are silent.
        gain_db: the level of the mix relative to the sum, in dB; None where all stems are silent.
        inverted: whether the mix has the opposite polarity of the sum.
        lag: how many samples the mix comes later than the stems.
    """

    difference_db: float
    gain_db: float | None
    inverted: bool
    lag: int


def stem_sum(stems: Mapping[str, Audio], mix: Audio) -> StemSum:
    """Compare a mix with the sum of its stems, which have its rate and shape."""
    plain, lag = _fitted(stems, mix, 0), best_lag(stems, mix)
    if not lag:
        return plain
    shifted = _fitted(stems, mix, lag)
    better_db = plain.difference_db - shifted.difference_db
    return shifted if better_db >= _LEAST_GAIN_OF_A_LAG_DB else plain


def _fitted(stems: Mapping[str, Audio], mix: Audio, lag: int) -> StemSum:
    """The best gain and sign at a lag, over all samples that both sides have."""
    mm = ms = ss = 0.0
    for start in range(max(0, -lag), mix.length - max(0, lag), _CHUNK):
        stop = min(start + _CHUNK, mix.length - max(0, lag))
        part = mix.samples[:, start + lag : stop + lag].astype(np.float64)
        summed = _summed(stems, start, stop)
        mm += float(np.einsum("ij,ij->", part, part))
        ms += float(np.einsum("ij,ij->", part, summed))
        ss += float(np.einsum("ij,ij->", summed, summed))
    if ss == 0.0 or mm == 0.0 or ms == 0.0:
        return StemSum(0.0, None, False, lag)
    gain, rest = ms / ss, 1.0 - ms * ms / (ss * mm)
    return StemSum(in_db(rest), round(20.0 * log10(abs(gain)), 1) + 0.0, gain < 0.0, lag)


def in_db(power: float) -> float:
    """A share of power in dB, from `LEAST_DB` to 0, rounded to 0.1 dB."""
    if power <= 10.0 ** (LEAST_DB / 10.0):
        return LEAST_DB
    return round(min(10.0 * log10(power), 0.0), 1) + 0.0


def _summed(stems: Mapping[str, Audio], start: int, stop: int) -> Float64[np.ndarray, "_ _"]:
    """The sum of all stems from sample `start` up to `stop`."""
    parts = iter(stems.values())
    total = next(parts).samples[:, start:stop].astype(np.float64)
    for part in parts:
        total += part.samples[:, start:stop]
    return total


def best_lag(stems: Mapping[str, Audio], mix: Audio) -> int:
    """How many samples the mix comes later than the sum of the stems: the lag with the largest
    absolute cross-correlation, up to 3 s either way at 44.1 kHz, in the loudest parts of the mix.
    """
    return _strongest_lag(stems, mix, loudest_windows(mix, min(_WINDOW, mix.length)))


def own_lag(stem: Audio, mix: Audio) -> int:
    """How many samples one stem comes later in the mix than in its own file, up to 0.7 s either
    way at 44.1 kHz; in the loudest parts of the stem."""
    windows = loudest_windows(stem, min(_SHORT_WINDOW, stem.length), most=2)
    return _strongest_lag({"stem": stem}, mix, windows)


def _strongest_lag(stems: Mapping[str, Audio], mix: Audio, windows: Sequence[slice]) -> int:
    """The lag with the largest absolute cross-correlation, up to half a window either way.

    The two sides overlap less at larger lags, so that of several lags that fit equally well the
    smallest is found.
    """
    size = windows[0].stop - windows[0].start
    correlation = np.zeros(2 * size)
    for window in windows:
        still = _summed(stems, window.start, window.stop)
        correlation += _correlation(still, mix.samples[:, window].astype(np.float64))
    reach = size // 2
    lags = np.r_[0 : reach + 1, -reach:0]
    return int(lags[int(np.argmax(np.abs(correlation[lags])))])


def _correlation(
    still: Float64[np.ndarray, "channels samples"], moved: Float64[np.ndarray, "channels samples"]
) -> Float64[np.ndarray, " lags"]:
    """The cross-correlation at each lag, the sum over channels and n of still[n] moved[n + l];
    negative lags at the end.

    Its spectrum is raised to the power of 1/4, phases kept (between the plain correlation and the
    phase transform of Knapp and Carter, 1976). A plain correlation follows the loudest band alone:
    an inverted bass would be taken for a bass that is half a period late.
    """
    count = 2 * still.shape[1]
    one, other = scipy.fft.rfft(still, count), scipy.fft.rfft(moved, count)
    crossed = (np.conj(one) * other).sum(axis=0)
    power = np.abs(crossed)
    floor = 1e-20 * max(float(power.max()), 1e-300)
    lags: Float64[np.ndarray, " lags"] = scipy.fft.irfft(
        crossed / np.maximum(power, floor) ** 0.75, count
    )
    return lags


def shifted(audio: Audio, by: int) -> Audio:
    """The audio `by` samples later, cut to its length; earlier where `by` is negative."""
    moved = np.zeros_like(audio.samples)
    if by >= 0:
        moved[:, by:] = audio.samples[:, : audio.length - by]
    else:
        moved[:, :by] = audio.samples[:, -by:]
    return audio.with_samples(moved)


def loudest_windows(sound: Audio, size: int, most: int = _WINDOWS) -> list[slice]:
    """The loudest `most` of sixteen evenly spread windows of `size` samples; all windows, end to
    end, of a sound that has no more of them."""
    if sound.length <= size * most:
        starts = list(range(0, sound.length - size + 1, size))
        return [slice(start, start + size) for start in starts]
    spread = [place * (sound.length - size) // (_PLACES - 1) for place in range(_PLACES)]
    power = [float(np.sum(np.square(sound.samples[:, s : s + size : 16]))) for s in spread]
    order = sorted(range(_PLACES), key=lambda place: (-power[place], place))
    return [slice(spread[place], spread[place] + size) for place in sorted(order[:most])]


def spread_blocks(length: int, size: int, most: int) -> Iterator[slice]:
    """At most `most` blocks of at most `size` samples, evenly spread over a sound."""
    if length <= size * most:
        yield from (slice(start, min(start + size, length)) for start in range(0, length, size))
        return
    for place in range(most):
        start = place * (length - size) // (most - 1)
        yield slice(start, start + size)
