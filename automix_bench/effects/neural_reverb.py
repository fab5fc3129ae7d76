"""A network that imitates a room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import soxr

from automix_bench.audio import Audio
from automix_bench.dsp.filters.convolution import convolved
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.octave_levels import BANDS, KNOT_SECONDS, noise_with_levels
from automix_bench.effect import Effect, Unsuitable, knob
from automix_bench.files.stamp import stamp_of
from automix_bench.sampling import rng_for
from automix_bench.weights.store import file_of, network_with

if TYPE_CHECKING:
    from torch import nn

__all__ = ["NeuralReverb"]

RATE = 44_100
DECAYED_DB = 70.0
_STEPS_PER_DB = 64
_KEPT_ROOMS = 8
_SHORTEST, _LONGEST, _MARGIN = 1 << 15, 1 << 22, 1_000


@dataclass(frozen=True)
class NeuralReverb(Effect):
    """A neural network in the place of a feedback delay network, with the knobs of `Reverb`.

        y(t) = (1 - wet) x(t) + wet sum_k h(t_k) x(t - pre_delay - t_k)

    From `rt60_seconds` and `damping_hz` a network says how loud the tail is in nine octaves, 10 ms
    to 10 s after the sound, and noise with these levels is the response h: another noise for each
    path from a side to a side, always the same ones. It ends where it is 70 dB below its loudest
    level. The network was trained (`automix-bench train neural_reverb`) to say the levels of
    `Reverb`, whose single echoes it has none of. `docs/learned.md` says how near it comes.

    A network that shapes noise in bands into a room is after C. J. Steinmetz, V. K. Ithapu and P.
    Calamia, "Filtered noise shaping for time domain room impulse response estimation from
    reverberant speech", WASPAA 2021. A convolutional network that makes the wave itself would have
    to hear 10 s of the past.

    The room is made at 44.1 kHz and resampled, so it is the same at every rate, without anything
    above 22 kHz. Latency of the dry sound: 0 samples. The output is as long as the input: the tail
    beyond its end is cut off.

    Raises:
        Unsuitable: the audio has more than two channels, or `damping_hz` is not below half its
            rate, which happens only at rates of 40 kHz or less.
    """

    irreversible: ClassVar[str] = (
        "a dense tail is not minimum phase: its exact inverse is unstable, and its end is cut off"
    )
    neutral: ClassVar[Mapping[str, float]] = {"wet": 0.0}
    linear: ClassVar[bool] = True
    weights: ClassVar[str] = "neural_reverb"
    """The name of shipped weights, or the path of a file that `train` wrote."""

    rt60_seconds: float = knob(0.1, 10.0, "s")
    pre_delay_ms: float = knob(0.0, 250.0, "ms")
    damping_hz: float = knob(500.0, 20_000.0, "Hz")
    wet: float = knob(0.0, 1.0, "(share of the amplitude)")

    def __call__(self, audio: Audio) -> Audio:
        if audio.channels > 2:
            raise Unsuitable(
                f"NeuralReverb wants mono or stereo audio, got {audio.channels} channels"
            )
        require_below_nyquist(self.damping_hz, audio.rate, knob="NeuralReverb.damping_hz")
        if self.wet == 0.0:
            return audio
        taps = min(_LONGEST, max(_SHORTEST, 1 << (audio.length - 1).bit_length()))
        weights, settings = file_of(self.weights), (self.rt60_seconds, self.damping_hz)
        room = _room(weights, stamp_of(weights), *settings, audio.rate, taps)
        paths = room[: audio.channels, : audio.channels]
        late = round(self.pre_delay_ms * audio.rate / 1_000.0)
        tail = convolved(audio.samples, paths, late=late)
        return audio.with_samples((1.0 - self.wet) * audio.samples + self.wet * tail)

    def levels_db(self) -> np.ndarray:
        """What the network says: `(octaves, times)`, in dB per tap at 44.1 kHz."""
        return _levels_db(file_of(self.weights), self.rt60_seconds, self.damping_hz)

    def inverse(self) -> None:
        return None


@lru_cache(maxsize=_KEPT_ROOMS)
def _room(
    weights: Path, stamp: object, rt60_seconds: float, damping_hz: float, rate: int, taps: int
) -> np.ndarray:
    """The responses from each side to each side, `(2, 2, taps)`, float32, read-only.

    Args:
        stamp: of the file of weights.
        taps: the rest is cut off.
    """
    levels = _levels_db(weights, rt60_seconds, damping_hz)
    loud = np.flatnonzero(levels.max(axis=0) > levels.max() - DECAYED_DB)
    end = KNOT_SECONDS[min(int(loud[-1]) + 1, len(KNOT_SECONDS) - 1)]
    length = min(round(end * RATE), -(-taps * RATE // rate) + _MARGIN)
    noise = np.stack(
        [
            rng_for(0, "neural_reverb", str(band), str(path)).standard_normal(length)
            for band in range(BANDS)
            for path in range(4)
        ]
    )
    paths = noise_with_levels(noise.reshape(BANDS, 4, -1), levels, RATE)
    if rate != RATE:
        paths = soxr.resample(paths.T, RATE, rate, quality="HQ").T * (RATE / rate)
    room = np.ascontiguousarray(paths[:, :taps].reshape(2, 2, -1)).astype(np.float32)
    room.flags.writeable = False
    return room


def _levels_db(weights: Path, rt60_seconds: float, damping_hz: float) -> np.ndarray:
    import torch

    from automix_bench.networks.reverb_levels import turned

    knobs = turned(torch.tensor([rt60_seconds]), torch.tensor([damping_hz]))
    with torch.inference_mode():
        said = network_with(_network, str(weights))(knobs)[0].double().numpy()
    # Rounded, so that the order in which torch adds decides no bit.
    rounded: np.ndarray = np.round(_STEPS_PER_DB * said) / _STEPS_PER_DB
    return rounded


def _network() -> nn.Module:
    from automix_bench.networks.reverb_levels import ReverbLevels

    return ReverbLevels()
