"""pedalboard's bit crusher."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.effect import knob
from automix_bench.hosting.pedalboard_effects import PedalboardEffect

__all__ = ["PedalboardBitcrush"]


@dataclass(frozen=True)
class PedalboardBitcrush(PedalboardEffect):
    """pedalboard's `Bitcrush`: samples rounded to steps, without dither.

        y = round(2^bit_depth x) / 2^bit_depth

    (pedalboard, `Bitcrush`, 2021.) The step is 2^-bit_depth of full scale, half of what a word of
    that many bits has: -1 to 1 in steps of 2^-8 takes nine bits. Fractions of a bit are legal.
    Nothing clips. Latency: 0 samples.

    Raises:
        MissingPart: pedalboard is not installed.
    """

    plays: ClassVar[str] = "Bitcrush"

    bit_depth: float = knob(1.0, 20.0, "bits")
