"""A network sets a mixing console for the tracks of a drum kit."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.model_parts.console_model import ConsoleModel
from automix_bench.model_parts.track_names import known_name

__all__ = ["DrumConsole"]


@dataclass(frozen=True)
class DrumConsole(ConsoleModel):
    """The network and the console of `learned/mixing_console`, trained on drum kits: `automix-bench
    train drum_console`.

    Every track is brought to one loudness. The network hears statistics of all of them, and what a
    track is by its name (`kick`, `Snare Top`, `overhead-left`); a name that tells no role tells it
    nothing. The answer's console is its mix. Tracks without a loudness stay as they are.
    The other learned mixer of drums, `learned/drum_wave_u_net`, makes the mix itself.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        compression: whether the compressors are used.
        equaliser: whether the equalisers of strips and bus are used.
        panning: whether tracks are panned.
        reverb: whether tracks are sent to the room.
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
    """

    weights: str = "drum_console"

    def called(self, name: str) -> str:
        return known_name(name)
