"""Dereverberation by weighted prediction error (WPE), through the package nara_wpe.

T. Nakatani, T. Yoshioka, K. Kinoshita, M. Miyoshi and B.-H. Juang, "Speech dereverberation based on
variance-normalized delayed linear prediction", IEEE TASLP 18 (7), 2010. In every bin f of a
short-time transform the late reverberation is predicted from earlier frames of all channels,

    x[t] = y[t] - sum_{k=0}^{K-1} G[k]^H y[t - D - k],

with the G that minimise sum_t |x[t]|^2 / (mean power of x[t]); three iterations. The code is that
of L. Drude, J. Heymann, C. Boeddeker and R. Haeb-Umbach, "NARA-WPE", ITG Speech Communication 2018
(MIT). It was made for speech at 16 kHz in frames of 32 ms with K = 10. Music has longer tails and
sustained notes: here frames are 93 ms, K is 20 and D is 3 hops of 23 ms, chosen on eight composed
songs (`docs/removal.md`). In a short sound K is so small that four frames tell each of its weights.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.restoration.late_reverb import is_dry
from automix_bench.dsp.spectra.resynthesis import Stft
from automix_bench.dsp.spectra.stretches import in_stretches
from automix_bench.errors import MissingPart

__all__ = ["predicted_away"]

INSTALL = "pip install -c constraints.txt -e '.[dereverberation]'"

_FRAME_SECONDS = 0.093
_TAPS = 20
_DELAY = 3
_FRAMES_PER_WEIGHT = 4
_ITERATIONS = 3
_BINS_AT_ONCE = 64


def predicted_away(audio: Audio) -> Audio:
    """The sound without what its past predicts; unchanged if it is silent or `is_dry`.

    Raises:
        MissingPart: nara_wpe is not installed.
    """
    return in_stretches(audio, partial(_predicted_away, _wpe()))


def _predicted_away(wpe: Callable[..., np.ndarray], audio: Audio) -> Audio:
    if not audio.samples.any():
        return audio
    stft = Stft(_FRAME_SECONDS, audio.rate)
    spectra = stft(audio)
    if is_dry(np.square(np.abs(spectra)).mean(axis=0), stft):
        return audio
    taps = max(1, min(_TAPS, audio.length // stft.hop // (_FRAMES_PER_WEIGHT * audio.channels)))
    out = np.empty_like(spectra)
    for first in range(0, spectra.shape[2], _BINS_AT_ONCE):
        some = slice(first, first + _BINS_AT_ONCE)
        observed = np.ascontiguousarray(spectra[:, :, some].transpose(2, 0, 1))
        sounding = observed.any(axis=(1, 2))
        observed[sounding] = wpe(
            observed[sounding],
            taps=taps,
            delay=_DELAY,
            iterations=_ITERATIONS,
            statistics_mode="full",
        )
        out[:, :, some] = observed.transpose(1, 2, 0)
    return stft.back(out, audio)


def _wpe() -> Callable[..., np.ndarray]:
    try:
        module = importlib.import_module("nara_wpe.wpe")
    except ImportError as error:
        raise MissingPart("dereverb", "nara_wpe", INSTALL) from error
    wpe: Callable[..., np.ndarray] = module.wpe_v8
    return wpe
