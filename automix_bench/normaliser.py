"""The contract of a normaliser: what finds an effect's knobs on the sound it is about to take.

`Gain(3.2)` is the same on every sound; "bring it to -20 LUFS" is not. A recipe puts a normaliser
into a strip where it would put an effect; when the strip meets its sound, the normaliser gives the
effects that do what is wanted, and those, with the numbers that were found, are what is stored.
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
    """Brings a property of a sound to a wanted value."""

    @abstractmethod
    def fitted(self, audio: Audio, came_in: Audio, lowered_db: float) -> Chain:
        """The effects that bring `audio` to what is wanted; none if it is there already.

        Args:
            audio: the sound as it reaches this place of the strip.
            came_in: the sound as it entered the strip.
            lowered_db: by how much the whole example was lowered so that nothing in it peaks above
                the headroom, 0 or less: absolute levels that are wanted move with it.

        Raises:
            Unsuitable: no effect can, for instance because the sound is silent.
        """
