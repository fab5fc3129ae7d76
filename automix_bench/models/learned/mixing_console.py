"""A network sets a mixing console."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.model_parts.console_model import ConsoleModel

__all__ = ["MixingConsole"]


@dataclass(frozen=True)
class MixingConsole(ConsoleModel):
    """The mixing console of Steinmetz et al. (ICASSP 2021), trained here: `automix-bench train
    mixing_console`.

    Every track is brought to one loudness. A network hears statistics of all of them. For each
    track it sets a compressor, six bands of an equaliser, gain, pan and a send to one room; for the
    bus an equaliser. The package's own effects play that console, so the answer's console is its
    mix. It takes any number of tracks in any order; their names are not used. Tracks without a
    loudness stay as they are, and the residual of a separator gets the mean gain of the others.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        compression: whether the compressors are used.
        equaliser: whether the equalisers of strips and bus are used.
        panning: whether tracks are panned.
        reverb: whether tracks are sent to the room.
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
    """

    weights: str = "mixing_console"
