"""Harmonic and percussive parts of a sound, by median filtering.

D. Fitzgerald, "Harmonic/percussive separation using median filtering", DAFx 2010. In a spectrogram
S, tones are horizontal lines and strokes are vertical ones. The median over 17 frames keeps the
first, H, the median over 17 bins the second, P. The masks are those of Wiener,

    M_H = H^2 / (H^2 + P^2),  M_P = P^2 / (H^2 + P^2),

so the two parts sum to the sound. Frames of 93 ms, three quarters overlapping; channels one by one.
"""

from __future__ import annotations

import numpy as np
import scipy.ndimage

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.resynthesis import Stft

__all__ = ["drums_bass_other"]

_FRAME_SECONDS = 0.093
_FRAMES = _BINS = 17
_BASS_HZ = (150.0, 300.0)


def drums_bass_other(audio: Audio) -> tuple[Audio, Audio, Audio]:
    """The percussive part; of the harmonic part what lies below some 200 Hz; and the rest of it.

    The share of the bass falls from 1 at 150 Hz to 0 at 300 Hz, evenly in the logarithm. The three
    sum to the sound, to within rounding.
    """
    stft = Stft(_FRAME_SECONDS, audio.rate)
    spectra = stft(audio)
    sizes = np.abs(spectra)
    harmonic = np.square(scipy.ndimage.median_filter(sizes, size=(1, _FRAMES, 1)))
    percussive = np.square(scipy.ndimage.median_filter(sizes, size=(1, 1, _BINS)))
    whole = harmonic + percussive
    share = np.where(whole > 0.0, harmonic / np.where(whole > 0.0, whole, 1.0), 0.5)
    octaves = np.log2(np.maximum(stft.frequencies_hz, 1.0))
    low = np.interp(octaves, np.log2(_BASS_HZ), (1.0, 0.0))
    parts = (1.0 - share, share * low, share * (1.0 - low))
    drums, bass, other = (stft.back(spectra * part, audio) for part in parts)
    return drums, bass, other
