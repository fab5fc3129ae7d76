"""The contract of a normaliser: it chooses the settings of effects for the sound that they play.

`Gain(3.2)` is the same on every sound; "bring it to -20 LUFS" is not. A recipe puts a normaliser
into a strip in the place of an effect. When the strip plays a sound, the normaliser returns the
effects that reach its target on that sound. The example stores those effects, with their settings.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from automix_bench.audio import Audio
from automix_bench.effect import Chain
from automix_bench.settings import Settings, knob, option, text

__all__ = ["Normaliser", "knob", "option", "text"]


@dataclass(frozen=True)
class Normaliser(Settings):
    """Brings a property of a sound to a target value."""

    @abstractmethod
    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        """The effects that bring `audio` to the target; an empty chain if it is already there.

        Args:
            audio: the sound as it reaches this place of the strip.
            came_in: the sound as it entered the strip.
            lowered_db: by how much the whole example was lowered so that nothing in it peaks above
                the headroom, in dB, 0 or less. Targets that are absolute levels move with it.

        Raises:
            Unsuitable: no effect reaches the target, for example because the sound is silent.
        """
