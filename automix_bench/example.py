"""One item of a data set, and how it is rendered: in 24-bit steps that can be walked again, or in
those of 16 bits, which are 24-bit integers as well: the multiples of 256."""

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
    """An excerpt of a song, the console it was played through, and the excerpt as it came out.

    `played(console, before, bits)` is `after`, to the last bit: it carries its own history.

    Attributes:
        song: the id of the song the excerpt is of: the unit of inference.
        split: train, valid or test.
        start: where the excerpt begins in the song, in samples.
        gain_db: what `before` was multiplied by on its way from the song, ahead of what prepared
            its stems, if anything did.
        bits: of which its sounds are, 24 or 16.
        draw: which draw of the console this is: 0, or higher where earlier ones were not heard.
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
    and bus. A group and the bus are fed the integer sum of what meets there.

    Raises:
        BeyondFullScale: something leaves a chain above full scale.
        Unsuitable: an effect cannot take this audio.
    """

    def through(_: str, chain: Chain, audio: Audio) -> Audio:
        return quantised(chain(audio), bits=bits)

    stems, mix = console.routed(before.stems, through, integer_sum)
    return replace(before, stems=stems, mix=mix)


def integer_sum(parts: Iterable[Audio]) -> Audio:
    """The exact sum of 24-bit audio; as float32, so above full scale it is rounded."""
    parts = tuple(parts)
    return from_integers(_sum(parts), parts[0].rate)


def sums_to_mix(song: Song) -> bool:
    """Whether 24-bit stems sum to the mix exactly, as those of a separated song do."""
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
