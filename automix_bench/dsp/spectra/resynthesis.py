"""A short-time transform that is changed and turned into sound again.

Square roots of Hann windows before and after, three quarters overlapping: unchanged spectra give
the sound back, to within rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from jaxtyping import Complex128

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.short_time import hann

__all__ = ["Stft"]

Spectra = Complex128[np.ndarray, "channels frames bins"]

_OVERLAP = 4


@dataclass(frozen=True)
class Stft:
    """Frames of a power of two of samples, the one nearest to `seconds` at `rate`."""

    seconds: float
    rate: int

    @property
    def length(self) -> int:
        """Samples in a frame."""
        return int(2 ** max(4, round(np.log2(self.seconds * self.rate))))

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        return self.length // _OVERLAP

    @property
    def frequencies_hz(self) -> np.ndarray:
        """The frequency of each bin."""
        return np.asarray(scipy.fft.rfftfreq(self.length, 1.0 / self.rate))

    def __call__(self, audio: Audio) -> Spectra:
        """The spectra, with silence beyond the ends of the sound."""
        around = (self.length, 2 * self.length)
        samples = np.pad(audio.samples.astype(np.float64), ((0, 0), around))
        view = np.lib.stride_tricks.sliding_window_view(samples, self.length, axis=1)
        spectra: Spectra = scipy.fft.rfft(view[:, :: self.hop] * np.sqrt(hann(self.length)), axis=2)
        return spectra

    def back(self, spectra: Spectra, like: Audio) -> Audio:
        """The sound of such spectra, of the length of `like`."""
        window = np.sqrt(hann(self.length))
        frames = scipy.fft.irfft(spectra, self.length, axis=2) * window
        size = (frames.shape[1] - 1) * self.hop + self.length
        out = np.zeros((frames.shape[0], size))
        for number in range(frames.shape[1]):
            start = number * self.hop
            out[:, start : start + self.length] += frames[:, number]
        # The squares of the windows that overlap at a sample sum to half their number.
        whole = out[:, self.length : self.length + like.length] / (_OVERLAP / 2.0)
        return like.with_samples(whole)
