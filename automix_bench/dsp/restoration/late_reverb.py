"""Late reverberation taken off in the spectrum.

K. Lebart, J. M. Boucher and P. N. Denbigh, "A new method based on spectral subtraction for speech
dereverberation", Acta Acustica 87 (3), 2001, estimate the power of the late reverberation R from
the sound of before, with the exponential decay of Polack's model, and subtract it. E. A. P. Habets,
S. Gannot and I. Cohen, "Late reverberant spectral variance estimation based on a statistical
model", IEEE Signal Processing Letters 16 (9), 2009, take into account that the direct sound is
louder than its reverberation. With Y the power of a frame and bin, averaged over the channels,

    R[t] = d R[t-1] + r (1 - d) max(Y[t-2] - R[t-2], 0),  d = 10^(-6 hop / T),
    gain = max(1 - R / Y, 10^(-24/20)),

so Y - R is the power of the dry sound, and r the energy of its tail beside its own. All channels
get one gain. Lebart estimates the decay time T; here T and r are those of a usual room, whatever
the sound: 1.5 s at 125 Hz and below, 1.2 s at 1 kHz, 0.7 s at 8 kHz and above, and r = 0.4. On
eight composed songs estimates of r from the sound were no better (`docs/removal.md`).

A sound that falls silent faster than a room lets it is dry: where r = 0.1 and T = 0.5 s would leave
more reverberation than there is sound in 60 % of the cells, nothing is subtracted.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.resynthesis import Stft
from automix_bench.dsp.spectra.stretches import in_stretches

__all__ = ["is_dry", "without_late_reverb"]

Powers = Float64[np.ndarray, "frames bands"]
Row = Float64[np.ndarray, " bands"]

_FRAME_SECONDS = 0.093
_CENTRES_HZ = (125.0, 1_000.0, 8_000.0)
_DECAY_SECONDS = (1.5, 1.2, 0.7)
_TAIL = 0.4
_FLOOR = 10.0 ** (-24.0 / 20.0)

_PROBE_SECONDS, _PROBE_TAIL = (0.5, 0.5, 0.35), 0.1
_DRY_SHARE = 0.6
_RANGE = 1e-6
_LOWEST_HZ = 60.0


def without_late_reverb(audio: Audio) -> Audio:
    """The sound with its late reverberation subtracted; unchanged if it is dry or silent."""
    return in_stretches(audio, _without)


def _without(audio: Audio) -> Audio:
    if not audio.samples.any():
        return audio
    stft = Stft(_FRAME_SECONDS, audio.rate)
    spectra = stft(audio)
    powers = np.square(np.abs(spectra)).mean(axis=0)
    if is_dry(powers, stft):
        return audio
    decays = _decays(stft.frequencies_hz, _DECAY_SECONDS, stft)
    reverb = _late_powers(powers, decays, _TAIL)
    gains = np.maximum(1.0 - reverb / np.maximum(powers, 1e-30), _FLOOR)
    return stft.back(spectra * gains, audio)


def is_dry(powers: Powers, stft: Stft) -> bool:
    """Whether a sound decays faster, in third octaves from 60 Hz, than a little reverberation."""
    edges_hz = _LOWEST_HZ * 2.0 ** (np.arange(26) / 3.0)
    edges = np.unique(np.searchsorted(stft.frequencies_hz, edges_hz))
    edges = edges[edges < powers.shape[1] - 1]
    if len(edges) < 2:
        return False
    bands = np.add.reduceat(powers, edges, axis=1)[:, :-1]
    centres_hz = np.sqrt(stft.frequencies_hz[edges[:-1]] * stft.frequencies_hz[edges[1:]])
    reverb = _late_powers(bands, _decays(centres_hz, _PROBE_SECONDS, stft), _PROBE_TAIL)
    heard = reverb > _RANGE * bands.max()
    beyond = heard & (reverb > bands)
    return bool(beyond.sum() > _DRY_SHARE * heard.sum())


def _decays(frequencies_hz: np.ndarray, seconds: tuple[float, float, float], stft: Stft) -> Row:
    """The factor of a power from one frame to the next; the logarithm of the decay time changes
    evenly with that of the frequency."""
    octaves = np.log2(np.maximum(frequencies_hz, 1.0))
    times = np.exp(np.interp(octaves, np.log2(_CENTRES_HZ), np.log(seconds)))
    decays: Row = 10.0 ** (-6.0 * stft.hop / stft.rate / times)
    return decays


def _late_powers(powers: Powers, decays: Row, tail: float) -> Powers:
    """R of every frame and band. A frame feeds it from two frames later on, half its length."""
    reverb = np.zeros_like(powers)
    for now in range(2, len(powers)):
        dry = np.maximum(powers[now - 2] - reverb[now - 2], 0.0)
        reverb[now] = decays * reverb[now - 1] + tail * (1.0 - decays) * dry
    return reverb
