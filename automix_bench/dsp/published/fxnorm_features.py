"""The features that FxNorm-Automix and automix-toolkit compare, frame by frame, as their code
computes them. The metrics `legacy/mape_*` say what is wrong in them.

A track is an array `(rows, frames)` of one sound. Frames begin 1024 samples apart; only full frames
count. Sounds are first brought to a peak of -1 dB, so callers must exclude silent ones.
"""

from __future__ import annotations

import math

import numpy as np
import scipy.signal

from automix_bench.audio import Audio, amplitude, peak
from automix_bench.dsp.memo import shared
from automix_bench.dsp.spectra.short_time import hann

FRAME = 4096
HOP = 1024
AVERAGED = 40
"""The number of frames in a running mean."""

_TRIM_DB = 45.0
_PAN_EPSILON = np.complex64(1e-20)
_LOG_EPSILON = 1e-30
_RATIO_EPSILON = 1e-5
_LOW_HZ = 1000.0


@shared
def sounding_span(audio: Audio) -> tuple[int, int]:
    """The span, in samples, in which a sound is less than 45 dB below its loudest frame; for
    silence, all of it. Frames have 4096 samples around every 1024th sample, with zeros beyond the
    ends; the level of a frame is the RMS of its louder channel."""
    blocks = audio.length // HOP + 1
    padded = np.zeros((audio.channels, (blocks + 3) * HOP))
    length = min(audio.length, padded.shape[1] - FRAME // 2)
    padded[:, FRAME // 2 : FRAME // 2 + length] = audio.samples[:, :length]
    sums = np.square(padded).reshape(audio.channels, -1, HOP).sum(-1)
    power = np.maximum(_of_four(sums).max(0) / FRAME, 1e-10)
    loud = np.flatnonzero(power > power.max() * 10.0 ** (-_TRIM_DB / 10.0))
    return int(loud[0]) * HOP, min(audio.length, (int(loud[-1]) + 1) * HOP)


@shared
def magnitudes(audio: Audio, start: int, stop: int, fft_size: int = FRAME) -> np.ndarray:
    """|X| of samples `start` to `stop`, at a peak of -1 dB, in single precision, as `(channels,
    frames, bins)`; the window is the root of Hann's."""
    spectrum = _transformed(_peak_normalised(audio, start, stop), fft_size)
    spectrum.flags.writeable = False
    return spectrum


def _transformed(samples: np.ndarray, fft_size: int) -> np.ndarray:
    window = np.sqrt(hann(fft_size))
    frames = np.lib.stride_tricks.sliding_window_view(samples, fft_size, axis=1)[:, ::HOP]
    spectrum = np.empty((*frames.shape[:2], fft_size // 2 + 1), np.float32)
    for one in range(0, frames.shape[1], 32):
        block = np.fft.rfft(frames[:, one : one + 32] * window)
        spectrum[:, one : one + 32] = np.abs(block.astype(np.complex64))
    return spectrum


def _peak_normalised(audio: Audio, start: int, stop: int) -> np.ndarray:
    cut = audio.samples[:, start:stop]
    return np.asarray(cut * (amplitude(-1.0) / np.float64(np.abs(cut).max())))


def has_frames(start: int, stop: int, fft_size: int = FRAME) -> bool:
    """Whether the span has enough frames for one running mean."""
    return stop - start >= fft_size + (AVERAGED - 1) * HOP


@shared
def panning_track(audio: Audio, start: int, stop: int, fft_size: int) -> np.ndarray:
    """The root mean square of the stereo panning spectrum (1 - 2 L R / (L^2 + R^2)) sign(R - L) of
    each frame, in four bands (all, under 250 Hz, to 2500 Hz, above)."""
    left, right = np.abs(magnitudes(audio, start, stop, fft_size) + _PAN_EPSILON)
    half = audio.rate // 2
    bands = [
        (math.floor(low * fft_size / audio.rate), math.floor(high * fft_size / audio.rate))
        for low, high in ((0, half), (0, 250), (250, 2500), (2500, half))
    ]
    track = np.empty((len(bands), left.shape[0]))
    for first in range(0, left.shape[0], 256):
        some = slice(first, first + 256)
        squares = np.square(_panning_spectrum(left[some], right[some]))
        for row, (low, high) in enumerate(bands):
            track[row, some] = np.sqrt(squares[:, low:high].sum(-1) / (high - low))
    return track


def _panning_spectrum(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Single precision throughout, as it decides which bins are in the centre."""
    product = left * right
    similarity = 2 * product / (left**2 + right**2)
    spectrum: np.ndarray = (1 - similarity) * np.sign(product / left**2 - product / right**2)
    return spectrum


@shared
def dynamics_tracks(audio: Audio, start: int, stop: int) -> tuple[np.ndarray, ...]:
    """Three tracks `(1, frames)`, means over the channels: 1 - level in dB, 1 - dynamic spread in
    dB, and the peak in dB divided by the level in dB."""
    samples = np.abs(_peak_normalised(audio, start, stop))
    count = (samples.shape[1] - FRAME) // HOP + 4
    blocks = samples[:, : count * HOP].reshape(len(samples), count, HOP)
    level = _db(np.sqrt(_of_four(np.square(blocks).sum(-1)) / FRAME))
    spread = _of_four(_db(blocks).sum(-1)) / FRAME - level
    peaks = np.lib.stride_tricks.sliding_window_view(blocks.max(-1), 4, axis=1).max(-1)
    means = [one.mean(0, keepdims=True) for one in (level, spread, _db(peaks) / level)]
    return 1.0 - means[0], 1.0 - means[1], means[2]


@shared
def low_ratio_track(audio: Audio, start: int, stop: int) -> np.ndarray:
    """The sum over all bins of |low-passed| / |X|, mean over the channels; the low-pass is a
    Butterworth filter of order 4 at 1 kHz, run both ways."""
    forward, backward = scipy.signal.butter(4, _LOW_HZ / (audio.rate / 2), "lowpass")
    samples = _peak_normalised(audio, start, stop)
    low = _transformed(scipy.signal.filtfilt(forward, backward, samples), FRAME)
    ratio = low / (magnitudes(audio, start, stop) + np.float32(_RATIO_EPSILON))
    track: np.ndarray = ratio.sum(-1, dtype=np.float64).mean(0, keepdims=True)
    return track


@shared
def frame_levels(audio: Audio, start: int, stop: int, of: str) -> np.ndarray:
    """The level of every 0.4 s, half overlapping, `(1, frames)`: the peak in dB ("peak") or the
    loudness in LUFS ("lufs", by pyloudnorm with its default filter). `-inf` for frames that are
    silent or too quiet."""
    import pyloudnorm

    length = math.ceil(0.4 * audio.rate)
    cut = audio.samples[:, start:stop]
    frames = np.lib.stride_tricks.sliding_window_view(cut, length, axis=1)[:, :: length // 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        if of == "peak":
            peaks = np.maximum(frames.max((0, 2)), -frames.min((0, 2)))
            return np.asarray(20.0 * np.log10(peaks.astype(np.float64)))[np.newaxis]
        meter = pyloudnorm.Meter(audio.rate, block_size=0.4)
        every = (frames[:, one].T for one in range(frames.shape[1]))
        return np.array([[meter.integrated_loudness(frame) for frame in every]])


def whole_level(audio: Audio, of: str) -> float:
    """The same level for a whole sound of 0.4 s or more, gated."""
    import pyloudnorm

    with np.errstate(divide="ignore", invalid="ignore"):
        if of == "peak":
            return float(20.0 * np.log10(peak(audio)))
        samples = audio.samples.T.astype(np.float64)
        return float(pyloudnorm.Meter(audio.rate).integrated_loudness(samples))


def _of_four(blocks: np.ndarray) -> np.ndarray:
    """Sums over every four neighbours on the last axis: from blocks of a hop to frames."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(blocks, 4, axis=-1).sum(-1))


def _db(level: np.ndarray) -> np.ndarray:
    return np.asarray(20.0 * np.log10(level + _LOG_EPSILON))
