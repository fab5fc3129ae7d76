"""Signal-to-error ratio of the mel spectrogram."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.peers.spectra import librosa_mel_peer
from automix_bench.dsp.plain_sounds import clicks
from automix_bench.dsp.spectra.mel import mel_powers
from automix_bench.metric import Known, metric

__all__ = ["mel_snr"]

_FFT_SIZE, _HOP, _BANDS = 2048, 512, 128


def _ratio_db(expected: np.ndarray, got: np.ndarray) -> float:
    error = float(np.sum(np.square(np.subtract(expected, got, dtype=np.float64))))
    signal = float(np.sum(np.square(expected, dtype=np.float64)))
    return 10.0 * math.log10(signal / error) if error > 0.0 else math.inf


@metric(
    unit="dB",
    better="higher",
    low=-100.0,
    high=100.0,
    perfect=100.0,
    step=0.5,
    blind_to=("polarity",),
    source="signal-to-noise ratio of mel power spectrograms, as in the Multi-Mel-SNR of the Music "
    "Source Restoration Challenge (2025), at one resolution and with the level left as it is",
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    known=(
        Known(
            "at 1 / sqrt 2 of the amplitude powers halve: 10 log10 4",
            lambda: (clicks(24_000), clicks(24_000, size=0.5 * math.sqrt(0.5))),
            value=6.0206,
            within=1e-3,
        ),
    ),
    peers=(librosa_mel_peer(_ratio_db, ((_FFT_SIZE, _HOP, _BANDS),), within=1e-3),),
)
def mel_snr(*, reference: Audio, estimate: Audio) -> float:
    """Signal-to-error ratio of mel power spectrograms, in dB.

        10 log10( sum M_r^2 / sum (M_r - M_e)^2 )

    M is the power in 128 mel bands from 0 to half the rate, of Hann frames of 2048 samples, 512
    apart. Sums run over channels, frames and bands together. An error of phase costs nothing, an
    error of level does. As powers are squared, the loudest frames and bands decide alone: one that
    is 20 dB lower weighs a ten-thousandth. Values at different rates cannot be compared.

    Undefined (NaN) for a silent reference. A silent estimate, to which the equation would give 0
    dB, gets the worst value.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return -math.inf
    expected, got = (
        mel_powers(audio, fft_size=_FFT_SIZE, hop=_HOP, bands=_BANDS)
        for audio in (reference, estimate)
    )
    return _ratio_db(expected, got)
