"""A network sets a mixing console for a drum kit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from automix_bench.model import Answer, Brief
from automix_bench.model_parts.console_knobs import knobs_of
from automix_bench.model_parts.console_mix import Parts, answer_of
from automix_bench.weights.store import file_of, sha256_of

__all__ = ["DrumConsole"]


@dataclass(frozen=True)
class DrumConsole:
    """The console of `learned/mixing_console` with a network that was trained on drum kits:
    `automix-bench train drum_console`.

    The task is that of Martinez Ramirez, Stoller and Moffat, JAES 69 (3), 2021. They mix with a
    Wave-U-Net; here a network sets the console of Steinmetz et al. (ICASSP 2021). Names of tracks
    are not used.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
    """

    weights: str = "drum_console"
    target_lufs: float = -23.0

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def __call__(self, brief: Brief) -> Answer:
        set_knobs = partial(knobs_of, file_of(self.weights))
        return answer_of(brief.stems, set_knobs, Parts(), self.target_lufs)
