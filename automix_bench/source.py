"""The contract of a source: where songs come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from automix_bench.errors import Rejected
from automix_bench.song import MixKind, Origin, Song


@dataclass(frozen=True, slots=True)
class Listing:
    """What is known of a source's song before any audio is decoded.

    Attributes:
        rate: in Hz.
        length: samples per channel, by the file's header.
        split: train, valid or test where the source has a split of its own, else None.
        mix_kind: of the song's mix, as in `Song`; `unknown` where only loading tells.
    """

    id: str
    artist: str
    license: str
    origin: Origin
    rate: int
    length: int
    split: str | None = None
    mix_kind: MixKind = "unknown"


@dataclass(frozen=True)
class Catalogue:
    """The songs of a source, in an order that does not depend on the machine, and the files that it
    rejected."""

    listings: tuple[Listing, ...]
    rejected: tuple[Rejected, ...] = ()


@runtime_checkable
class Source(Protocol):
    """Where songs come from.

    `catalogue` is quick (it reads headers and hashes) and returns the same every time. `load`
    decodes one song; it raises `Rejected` for what the header did not show (a truncated file, NaN).
    """

    def catalogue(self) -> Catalogue: ...

    def load(self, listing: Listing) -> Song: ...
