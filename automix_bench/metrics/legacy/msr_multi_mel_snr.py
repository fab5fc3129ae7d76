"""The Multi-Mel-SNR of the Music Source Restoration challenge."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.hearing_bands import mel_corners, triangle_weights
from automix_bench.dsp.spectra.short_time import hann, power_spectra
from automix_bench.metric import Known, metric
from automix_bench.sampling import rng_for

__all__ = ["msr_multi_mel_snr"]

# (points of the transform, hop, mel bands).
_RESOLUTIONS = ((512, 256, 80), (1024, 512, 128), (2048, 1024, 192))
_LONGEST_PAD = 1024
_HIGHEST_HZ = 24_000.0
_EPSILON = 1e-8


def _stopped() -> tuple[Audio, Audio]:
    """Four seconds of noise, and two of them."""
    noise = rng_for(0, "legacy").standard_normal((1, 192_000)).astype(np.float32)
    return Audio(noise, 48_000), Audio(noise * (np.arange(192_000) < 96_000), 48_000)


@metric(
    unit="dB",
    better="higher",
    low=-20.0,
    high=100.0,
    perfect=100.0,
    step=0.2,
    blind_to=("gain", "polarity"),
    sees=("noise",),
    symmetric=False,
    source="Music Source Restoration challenge 2025, arXiv:2601.04343; from its description and "
    "the function that entrants quote, not compared with the code: the organisers published none",
    known=(
        Known(
            "as loud in half of the sound, nothing in the other: 10 log10 2",
            _stopped,
            value=3.0103,
            within=0.1,
        ),
    ),
    instead="multi_mel_snr",
)
def msr_multi_mel_snr(*, reference: Audio, estimate: Audio) -> float:
    """Signal-to-noise ratio of mel spectra at three resolutions, as the MSR challenge defines it.

        mean over channels and resolutions of  10 log10(sum M_s^2 / (sum (M_s - M_ae)^2 + 1e-8))
        a = <s, e> / (<e, e> + 1e-8)

    M are powers in mel bands to 24 kHz, whatever the rate: 80, 128 and 192 bands, of transforms of
    512, 1024 and 2048 points, half overlapping.

    What is wrong: powers are squared again, so the loudest band of the loudest frame decides. Each
    channel is brought to its own level, so neither balance nor polarity is seen. A silent estimate
    has 0 dB, more than a bad one. The ceiling of an exact copy depends on its level; here it is
    held to 100 dB.

    Undefined (NaN) for a reference with a silent channel, or of 1024 samples or fewer, at which the
    code gives minus infinity or stops.
    """
    if reference.length <= _LONGEST_PAD or not reference.samples.any(axis=1).all():
        return math.nan
    values = [
        _snr_db(reference, estimate, channel, *sizes)
        for channel in range(reference.channels)
        for sizes in _RESOLUTIONS
    ]
    return math.fsum(values) / len(values)


def _snr_db(
    reference: Audio, estimate: Audio, channel: int, fft_size: int, hop: int, mels: int
) -> float:
    one, other = (audio.samples[channel].astype(np.float64) for audio in (reference, estimate))
    gain = float(one @ other) / (float(other @ other) + _EPSILON)
    bands = _mel_bands(fft_size, mels, reference.rate)
    signal = error = 0.0
    spectra = (_powers(audio, channel, fft_size, hop) for audio in (reference, estimate))
    for expected, got in zip(*spectra, strict=True):
        mel = expected @ bands
        signal += float(np.square(mel).sum())
        error += float(np.square(mel - gain**2 * (got @ bands)).sum())
    return 10.0 * math.log10(signal / (error + _EPSILON))


def _powers(audio: Audio, channel: int, fft_size: int, hop: int) -> Iterator[np.ndarray]:
    pad = fft_size // 2
    padded = np.pad(audio.samples[channel : channel + 1], ((0, 0), (pad, pad)), "reflect")
    for powers in power_spectra(padded, window=hann(fft_size), hop=hop, fft_size=fft_size):
        yield powers[0]


def _mel_bands(fft_size: int, mels: int, rate: int) -> np.ndarray:
    """Triangles of height 1, `(bins, bands)`."""
    bins_hz = np.linspace(0.0, rate // 2, fft_size // 2 + 1)
    return np.ascontiguousarray(triangle_weights(mel_corners(mels, _HIGHEST_HZ), bins_hz).T)
