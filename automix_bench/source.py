"""The contract of a source: where songs come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from automix_bench.errors import Rejected
from automix_bench.song import Origin, Song


@dataclass(frozen=True, slots=True)
class Listing:
    """A song that a source has, as far as it is known before any audio is decoded.

    Attributes:
        rate: in Hz.
        length: samples per channel, as the file's header says.
        split: train, valid or test where the source keeps a split of its own, else None.
    """

    id: str
    artist: str
    license: str
    origin: Origin
    rate: int
    length: int
    split: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """What a source has, in an order that does not depend on the machine, and what it refused."""

    listings: tuple[Listing, ...]
    rejected: tuple[Rejected, ...] = ()


@runtime_checkable
class Source(Protocol):
    """Where songs come from.

    `catalogue` is quick (headers and hashes) and gives the same every time; `load` decodes one
    song, and raises `Rejected` for what the header did not show (a truncated file, NaN).
    """

    def catalogue(self) -> Catalogue: ...

    def load(self, listing: Listing) -> Song: ...
