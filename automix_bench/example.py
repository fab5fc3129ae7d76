"""One example of a data set, and how it is rendered so that it can be rendered again.

Every sound is quantised to 24 bits, or to 16. Sounds of 16 bits are 24-bit integers as well:
multiples of 256.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from automix_bench.audio import Audio, decibels
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.files.quantise import (
    FULL_SCALE_24,
    BeyondFullScale,
    from_integers,
    integers,
    quantised,
)
from automix_bench.song import Song


@dataclass(frozen=True)
class Example:
    """An excerpt of a song, the console it was played through, and the excerpt as it left it.

    `played(console, before, bits)` equals `after`, to the last bit.

    Attributes:
        song: the id of the song that the excerpt is of; songs are the unit of inference.
        split: train, valid or test.
        start: where the excerpt begins in the song, in samples.
        gain_db: the gain in dB that was applied to the excerpt to give `before`. If chains prepare
            the stems, they come after it.
        before: the excerpt as it entered the console.
        after: the excerpt as it left the console.
        draw: the number of the draw that gave the console: 0, or higher where earlier draws were
            not audible.
        bits: of its sounds, 24 or 16.
    """

    song: str
    split: str
    start: int
    gain_db: float
    before: Song
    console: Console
    after: Song
    draw: int = 0
    bits: int = 24

    @property
    def id(self) -> str:
        """Unique within the data set."""
        return self.before.id


def played(console: Console, before: Song, bits: int = 24) -> Song:
    """A song through a console, quantised to 24 or 16 bits after each chain: strips, groups, auxes
    and bus. What enters a group or the bus is the integer sum of its inputs.

    Raises:
        BeyondFullScale: a sound leaves a chain above full scale.
        Unsuitable: an effect cannot take this audio.
    """

    def through(_: str, chain: Chain, audio: Audio) -> Audio:
        return quantised(chain(audio), bits=bits)

    stems, mix = console.routed(before.stems, through, integer_sum)
    return replace(before, stems=stems, mix=mix)


def integer_sum(parts: Iterable[Audio]) -> Audio:
    """The sum of 24-bit audio, as float32: exact up to full scale, rounded above."""
    parts = tuple(parts)
    return from_integers(_sum(parts), parts[0].rate)


def sums_to_mix(song: Song) -> bool:
    """Whether the 24-bit stems sum to the mix exactly, as those of a separated song do."""
    return bool(np.array_equal(_sum(tuple(song.stems.values())), integers(song.mix)))


def with_exact_residual(stems: Mapping[str, Audio], mix: Audio) -> dict[str, Audio]:
    """24-bit stems with a `residual` that makes their integer sum equal the 24-bit mix.

    Raises:
        BeyondFullScale: the residual does not fit.
    """
    others = {name: stem for name, stem in stems.items() if name != "residual"}
    rest = integers(mix) - (_sum(tuple(others.values())) if others else 0)
    peak = int(np.abs(rest).max())
    if peak >= 1 << 23:
        raise BeyondFullScale(decibels(peak / FULL_SCALE_24))
    return {**others, "residual": from_integers(rest.astype(np.int32), mix.rate)}


def _sum(parts: tuple[Audio, ...]) -> np.ndarray:
    sums = np.zeros(parts[0].samples.shape, dtype=np.int32)
    for part in parts:  # 256 of them fit 32 bits
        sums += integers(part)
    return sums
