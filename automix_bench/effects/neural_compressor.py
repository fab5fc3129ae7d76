"""A network that imitates a compressor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.detector import loudest_channel
from automix_bench.dsp.dynamics.frame_levels import frame_levels_db, played_reduction
from automix_bench.dsp.loops import doubles
from automix_bench.effect import Effect, knob
from automix_bench.weights.store import network_with

if TYPE_CHECKING:
    from torch import nn

__all__ = ["NeuralCompressor"]

KNEE_DB = 6.0
"""Of the compressor that is imitated."""


@dataclass(frozen=True)
class NeuralCompressor(Effect):
    """A neural network in the place of a compressor, with the knobs of one.

    A temporal convolutional network hears the sound in frames of 1.5 ms, as the levels of peak and
    power above the threshold, and says the gain reduction r at the end of each; between two ends it
    is a straight line, and

        y[n] = 10^((makeup_db - (1 - 1 / ratio) r[n]) / 20) x[n].

    r is 0 where no peak of the last 3 s came within 3 dB of the threshold. It was trained
    (`automix-bench train neural_compressor`) to do what `Compressor` does with a knee of 6 dB and a
    detector of peaks. `docs/learned.md` says how near it comes.

    A network that hears an effect's knobs and imitates it is after C. J. Steinmetz and J. D. Reiss,
    "Efficient neural networks for real-time modeling of analog dynamic range compression", AES
    Convention 152, 2022. There it makes the sound itself. Here it says the gain, and can be wrong
    about the gain only.

    Link: all channels get one gain, that of the loudest. The gain within a frame depends on the
    whole frame, 1.5 ms ahead. Latency: 0 samples, as the sound is known beforehand. It hears 3 s
    of the past.
    """

    irreversible: ClassVar[str] = "what a network does has no equation to solve"
    neutral: ClassVar[dict[str, float]] = {"ratio": 1.0, "makeup_db": 0.0}
    weights: ClassVar[str] = "neural_compressor"
    """The name of shipped weights, or the path of a file that `train` wrote."""

    threshold_db: float = knob(-60.0, 0.0, "dB")
    ratio: float = knob(1.0, 20.0, "dB in per dB out")
    attack_ms: float = knob(0.5, 100.0, "ms")
    release_ms: float = knob(20.0, 1_000.0, "ms")
    makeup_db: float = knob(-24.0, 48.0, "dB", default=0.0)

    def __call__(self, audio: Audio) -> Audio:
        reduction = self.reduction_db(audio)
        gain = 10.0 ** ((self.makeup_db - reduction) / 20.0)
        return audio.with_samples((doubles(audio) * gain).astype(np.float32))

    def reduction_db(self, audio: Audio) -> np.ndarray:
        """The gain reduction at every sample, in dB."""
        if self.ratio == 1.0 or not audio.length:
            return np.zeros(audio.length)
        import torch

        from automix_bench.networks.compressor_tcn import heard, turned

        key = loudest_channel(doubles(audio))
        levels = frame_levels_db(key, audio.rate)
        network = network_with(_network, self.weights)
        with torch.inference_mode():
            rows = heard(torch.from_numpy(levels)[None].float(), torch.tensor([self.threshold_db]))
            knobs = turned(*(torch.tensor([one]) for one in (self.attack_ms, self.release_ms)))
            said = network(rows, knobs)[0].double().numpy()
        # Rounded, so that the order in which torch adds decides no bit.
        full = np.round(1_024.0 * np.maximum(said, 0.0)) / 1_024.0
        frames = np.arange(len(full))
        over = levels[0] > self.threshold_db - KNEE_DB / 2.0
        since = frames - np.maximum.accumulate(np.where(over, frames, -np.inf))
        full[since > network.past] = 0.0
        return played_reduction((1.0 - 1.0 / self.ratio) * full, audio.length, audio.rate)

    def inverse(self) -> None:
        return None


def _network() -> nn.Module:
    from automix_bench.networks.compressor_tcn import CompressorTcn

    return CompressorTcn()
