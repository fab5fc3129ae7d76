"""A network that imitates an overdrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.filters.nyquist import require_below_nyquist
from automix_bench.dsp.filters.one_pole import high_passed
from automix_bench.dsp.resampled import resampled
from automix_bench.effect import Effect, knob
from automix_bench.weights.store import network_with

if TYPE_CHECKING:
    from torch import nn

__all__ = ["NeuralOverdrive"]

RATE = 44_100
COUPLING_HZ = 10.0
"""That of the overdrive that is imitated."""
_BLOCK = 1 << 17
_STEPS = 1 << 20


@dataclass(frozen=True)
class NeuralOverdrive(Effect):
    """A neural network in the place of an overdriven amplifier, with the knobs of `Overdrive`.

        y = high_pass(N(x, knobs) - N(0, knobs))

    N is a temporal convolutional network that makes the wave; the knobs turn the channels of its
    convolutions. The coupling capacitor (a first-order high pass at 10 Hz) follows, as it remembers
    more than the network hears. It was trained
    (`automix-bench train neural_overdrive`) to do what `Overdrive` does, from wave to wave.
    `docs/learned.md` says how near it comes. It was trained on peaks of -30 to 0 dBFS: above full
    scale it does not saturate as the real one does.

    A network that hears an effect's knobs and imitates it is after C. J. Steinmetz and J. D. Reiss,
    "Efficient neural networks for real-time modeling of analog dynamic range compression", AES
    Convention 152, 2022.

    It works at 44.1 kHz: sounds of other rates are resampled, so that nothing above 22 kHz is left
    of them. The channels are distorted one by one. Latency: 0 samples. It hears 2.9 ms of the past.

    Raises:
        Unsuitable: `tone_hz` is not below half the rate.
    """

    irreversible: ClassVar[str] = "what a network does has no equation to solve"
    weights: ClassVar[str] = "neural_overdrive"
    """The name of shipped weights, or the path of a file that `train` wrote."""

    drive_db: float = knob(0.0, 40.0, "dB")
    tone_hz: float = knob(500.0, 20_000.0, "Hz")
    bias: float = knob(0.0, 1.0, "(linear)", default=0.0)

    def __call__(self, audio: Audio) -> Audio:
        require_below_nyquist(self.tone_hz, audio.rate, knob="NeuralOverdrive.tone_hz")
        if not audio.length:
            return audio
        at_rate = resampled(audio, RATE)
        waves = np.stack([self._played(row) for row in at_rate.samples])
        coupled = high_passed(waves, COUPLING_HZ, RATE).astype(np.float32)
        back = resampled(Audio(coupled, RATE), audio.rate).samples
        lacking = max(0, audio.length - back.shape[1])
        return audio.with_samples(np.pad(back, ((0, 0), (0, lacking)))[:, : audio.length])

    def inverse(self) -> None:
        return None

    def _played(self, wave: np.ndarray) -> np.ndarray:
        """One channel at 44.1 kHz through the network, block by block."""
        import torch

        from automix_bench.networks.overdrive_tcn import turned

        network = network_with(_network, self.weights)
        knobs = turned(*(torch.tensor([one]) for one in (self.drive_db, self.tone_hz, self.bias)))
        padded = torch.from_numpy(np.pad(wave, (network.past, 0)))
        parts = []
        with torch.inference_mode():
            for start in range(0, len(wave), _BLOCK):
                stretch = padded[start : start + _BLOCK + network.past]
                parts.append(network(stretch[None], knobs)[0, network.past :].numpy())
        # Rounded, so that the order in which torch adds decides next to no bit.
        whole: np.ndarray = np.round(_STEPS * np.concatenate(parts).astype(np.float64)) / _STEPS
        return whole


def _network() -> nn.Module:
    from automix_bench.networks.overdrive_tcn import OverdriveTcn

    return OverdriveTcn()
