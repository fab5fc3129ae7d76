"""A compressor imitated by a network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.frame_levels import frame_levels_db, with_frame_gains
from automix_bench.effect import Effect, knob

__all__ = ["NeuralCompressor"]

WEIGHTS = "neural_compressor"


@dataclass(frozen=True)
class NeuralCompressor(Effect):
    """What a network makes of the knobs of `Compressor`, with no knee and no make-up.

        y[n] = 10^(-r[n] / 20) x[n],  r = softplus(TCN(l, knobs))

    l are the peak and the RMS of frames of 0.73 ms, in dB; r lies on straight lines between the
    middles of frames. The network is causal and hears the last 0.99 s. It was trained on composed
    stems against `Compressor` with the same knobs, in these ranges: `automix-bench train
    neural_compressor`. How close it comes is in docs/learned.md.

    After C. J. Steinmetz and J. D. Reiss, "Efficient neural networks for real-time modeling of
    analog dynamic range compression", AES Convention 152, 2022; here the network says the gain, not
    the sample. Latency: 0 samples; a gain is known half a frame ahead.

    Raises:
        MissingPart: torch is not installed.
    """

    irreversible: ClassVar[str] = "its gain follows from the sound before it, by a network"

    threshold_db: float = knob(-50.0, -5.0, "dB")
    ratio: float = knob(1.0, 10.0, "dB in per dB out")
    attack_ms: float = knob(1.0, 50.0, "ms")
    release_ms: float = knob(20.0, 400.0, "ms")

    def __call__(self, audio: Audio) -> Audio:
        levels = frame_levels_db(audio)
        return with_frame_gains(audio, -self.reduction_db(levels, WEIGHTS))

    def inverse(self) -> None:
        return None

    def shares(self) -> list[float]:
        """The knobs as shares of their ranges: the threshold evenly, the slope 1 - 1 / ratio, the
        times by their logarithms."""
        knobs = type(self).knobs()
        times = [
            math.log(value / knobs[name].low) / math.log(knobs[name].high / knobs[name].low)
            for name, value in (("attack_ms", self.attack_ms), ("release_ms", self.release_ms))
        ]
        threshold = knobs["threshold_db"]
        share = (self.threshold_db - threshold.low) / (threshold.high - threshold.low)
        return [share, 1.0 - 1.0 / self.ratio, *times]

    def reduction_db(self, levels_db: np.ndarray, weights: str = WEIGHTS) -> np.ndarray:
        """The reduction that the network says for each frame.

        Args:
            levels_db: of `frame_levels_db`.
            weights: the name of shipped weights, or the path of a file that `train` wrote.
        """
        import torch

        from automix_bench.networks.compressor_tcn import reduction_db

        with torch.inference_mode():
            said = reduction_db(
                _network(weights), torch.from_numpy(levels_db)[None], torch.tensor([self.shares()])
            )
        reduction: np.ndarray = said[0].numpy()
        return reduction


@lru_cache(maxsize=2)
def _network(weights: str) -> Any:
    from automix_bench.networks.compressor_tcn import compressor_tcn
    from automix_bench.weights.store import file_of, load_into

    network = compressor_tcn()
    load_into(network, file_of(weights))
    return network.eval()
