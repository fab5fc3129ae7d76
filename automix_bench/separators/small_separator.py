"""A separator that was trained here, small enough for a CPU."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automix_bench.audio import Audio, Samples, amplitude
from automix_bench.separation.network import separated_by
from automix_bench.separation.torch_device import fixed_threads
from automix_bench.song import Song
from automix_bench.weights.store import file_of, network_with, sha256_of

if TYPE_CHECKING:
    from torch import nn

__all__ = ["SmallSeparator"]

SOURCES = ("drums", "bass", "lead", "other")
LUFS = -23.0


@dataclass(frozen=True)
class SmallSeparator:
    """`drums`, `bass`, `other` and a `residual`, by a network of 0.9 million numbers that was
    trained here: `automix-bench train small_separator`.

    It has never heard a voice: its songs were composed. On music of others expect it to be worse
    than `demucs` and Spleeter by much; it is there to separate where nothing can be fetched, and to
    make training data whose errors are those of a real separator. A silent song has silent stems.

    Attributes:
        lead: whether `lead`, the melody, is a stem of its own, not a part of `other`.
        weights: the name of shipped weights, or the path of a file that `train` wrote.
    """

    license: ClassVar[str] = "Apache-2.0"

    lead: bool = False
    weights: str = "small_separator"

    def __call__(self, song: Song) -> Song:
        # It loads a compiler, which is not wanted where plug-ins are only listed.
        from automix_bench.separation.cell_bands import RATE

        with fixed_threads(1):
            return separated_by(self._stems, song, rate=RATE, channels=2)

    def fingerprint(self) -> Mapping[str, Any]:
        """The settings, the weights' sha256, and the version of torch."""
        return {
            "separator": "small_separator",
            "lead": self.lead,
            "weights": sha256_of(file_of(self.weights)),
            "torch": version("torch").partition("+")[0],
        }

    def _stems(self, samples: Samples) -> dict[str, np.ndarray]:
        import torch

        from automix_bench.dsp.traits import gain_to_db
        from automix_bench.networks.small_separator import log_levels
        from automix_bench.separation.cell_bands import RATE, band_powers, played_masks, spectra

        gain_db = gain_to_db(Audio(samples, RATE), LUFS)
        level = amplitude(gain_db) if np.isfinite(gain_db) else 1.0
        heard = spectra(samples)
        powers = torch.from_numpy(band_powers(heard)) * level**2
        with torch.inference_mode():
            network = network_with(_network, self.weights)
            masks = network(log_levels(powers)[None])[0].numpy()
        if not self.lead:
            masks = np.stack([masks[0], masks[1], masks[2] + masks[3]])
        names = SOURCES if self.lead else ("drums", "bass", "other")
        return dict(zip(names, played_masks(heard, masks, samples.shape[1]), strict=True))


def _network() -> nn.Module:
    from automix_bench.networks.small_separator import SmallSeparatorNetwork
    from automix_bench.separation.cell_bands import BANDS

    return SmallSeparatorNetwork(BANDS, len(SOURCES))
