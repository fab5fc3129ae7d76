"""Signal-to-error ratio of mel spectrograms at three resolutions, at the best level."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import librosa_mel_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.mel import mel_powers
from automix_bench.metric import Known, metric

__all__ = ["multi_mel_snr"]

# Points of the transform, hop and bands.
_RESOLUTIONS = ((512, 256, 80), (1024, 512, 128), (2048, 1024, 192))


def _best_ratio_db(expected: np.ndarray, got: np.ndarray) -> float:
    """Signal over error, with `got` scaled to where the error is least."""
    expected, got = expected.astype(np.float64), got.astype(np.float64)
    energy = float(np.sum(np.square(got)))
    if energy == 0.0:
        return -math.inf
    error = float(np.sum(np.square(expected - float(np.sum(expected * got)) / energy * got)))
    return 10.0 * math.log10(float(np.sum(np.square(expected))) / error) if error > 0.0 else 100.0


@metric(
    unit="dB",
    better="higher",
    low=0.0,
    high=100.0,
    perfect=100.0,
    step=0.5,
    blind_to=("gain", "polarity"),
    symmetric=True,
    source="Multi-Mel-SNR of the Music Source Restoration Challenge (2025): its resolutions, and a "
    "level that is fitted to the spectrograms instead of the waveforms",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "width", "codec"),
    known=(
        Known(
            "one of two equal clicks is missing: half of the energy is error, 10 log10 2",
            lambda: (clicks(12_288, 36_864), clicks(12_288)),
            value=3.0103,
            within=1e-3,
        ),
    ),
    peers=(librosa_mel_peer(_best_ratio_db, _RESOLUTIONS, within=1e-3),),
)
def multi_mel_snr(*, reference: Audio, estimate: Audio) -> float:
    """Signal-to-error ratio of mel power spectrograms at the best level, in dB.

        mean over resolutions of 10 log10( sum M_r^2 / sum (M_r - a M_e)^2 ),
        a = sum M_r M_e / sum M_e^2

    M is the power in mel bands from 0 to half the rate: 80 bands of frames of 512 samples, 128 of
    1024, 192 of 2048, Hann-windowed and half a window apart. Sums run over channels, frames and
    bands together, so a channel that is silent in the reference does no harm. The level a is fitted
    to the spectrograms. The published metric fits it to the waveforms: then a delay of a few
    milliseconds, or an error of phase, scales the estimate to nothing and the ratio to 0 dB,
    although no spectrogram has changed. The value is never below 0 dB. Values at different rates
    cannot be compared.

    Undefined (NaN) for a silent reference; a silent estimate gets the worst value.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return -math.inf
    ratios = [
        _best_ratio_db(
            mel_powers(reference, fft_size=fft_size, hop=hop, bands=bands),
            mel_powers(estimate, fft_size=fft_size, hop=hop, bands=bands),
        )
        for fft_size, hop, bands in _RESOLUTIONS
    ]
    return math.fsum(min(ratio, 100.0) for ratio in ratios) / len(ratios)
