"""pedalboard's reverb."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardReverb"]


@dataclass(frozen=True)
class PedalboardReverb(PedalboardEffect):
    """pedalboard's `Reverb`, which is Freeverb as implemented in the library JUCE.

        left = 2 dry_level left + (3/2) wet_level ((1 + width) L + (1 - width) R)

    The right side is the same with the sides exchanged. L and R are each the sum of eight damped
    comb filters on left + right, followed by four all-pass filters in series (Jezar at Dreampoint,
    "Freeverb", 2000; JUCE, `Reverb`). `room_size` sets the feedback of the combs, 0.7 to 0.98, and
    `damping` their low pass. The levels are pedalboard's own numbers, unlike those of our `Reverb`:
    **a dry level of 0.5 is unity**, 1.0 doubles the dry sound. RemFX (2023) drew room size 0.3 to
    1, damping 0.2 to 1, wet level 0.2 to 0.6 with a dry level of 1 - wet, width 0.2 to 1, so its
    dry sound changed level too. The effect is linear except for JUCE's protection against
    denormals, which rounds the feedback to steps of 7e-9. Latency: 0 samples. The tail ends with
    the sound.

    Raises:
        Unsuitable: there are more than two channels, which pedalboard would return dry.
        MissingPart: pedalboard is not installed.
    """

    neutral: ClassVar[Mapping[str, float]] = {"wet_level": 0.0, "dry_level": 0.5}
    plays: ClassVar[str] = "Reverb"
    most_channels: ClassVar[int | None] = 2

    room_size: float = knob(0.0, 1.0, "(linear)")
    damping: float = knob(0.0, 1.0, "(linear)")
    wet_level: float = knob(0.0, 1.0, "(linear)")
    dry_level: float = knob(0.0, 1.0, "(linear)")
    width: float = knob(0.0, 1.0, "(linear)")
