"""A song: its stems, its mix, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from automix_bench.audio import Audio

Stems = Mapping[str, Audio]
MixKind = Literal["released", "sum", "unknown"]

NAME = re.compile(r"[a-z0-9]+([_-]+[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a song comes from, as it is stored in data sets.

    Attributes:
        name: the file or item, relative to its source; never a path of this machine.
        sha256: of the file's bytes, or of what the song is generated from.
        attribution: the credit that the licence asks for; empty if it asks for none.
        settings: what made the mix, if it is known: the engineer's console as JSON.
    """

    name: str
    sha256: str
    attribution: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Song:
    """Named stems and a mix, all of one rate and shape.

    Attributes:
        id: unique within its source; part of the seed of everything random that happens to the
            song.
        artist: all songs of one artist are in one split.
        stems: by name; there are none before separation, and none is called `mix`. The part of a
            name before the first dash is its role: `guitar-2` is a guitar.
        mix: as released; it need not be the plain sum of the stems.
        license: SPDX expression of the recording.
        mix_kind: `released` if somebody made the mix, `sum` if it is the plain sum of the stems.
        measured: what loading the song showed, as `music.song_measures.SongMeasures`.

    Raises:
        ValueError: a name is not made of `a-z 0-9 _ -`, or a stem differs from the mix in shape.
    """

    id: str
    artist: str
    stems: Stems
    mix: Audio
    license: str
    origin: Origin
    mix_kind: MixKind = "unknown"
    measured: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (self.id, *self.stems):
            if not NAME.fullmatch(name) or name == "mix":
                raise ValueError(f"{name!r} cannot name a song or a stem: use a-z 0-9 _ -, not mix")
        for name, stem in self.stems.items():
            if (stem.rate, stem.samples.shape) != (self.mix.rate, self.mix.samples.shape):
                raise ValueError(
                    f"{self.id}: stem {name} is {stem.samples.shape} at {stem.rate} Hz, "
                    f"its mix {self.mix.samples.shape} at {self.mix.rate} Hz"
                )


def role(stem: str) -> str:
    """The role of a stem, `drums` or `guitar`: the part of its name before the first dash."""
    return stem.split("-")[0]


def slug(text: str) -> str:
    """A name made of `a-z 0-9 -` for a text in any script. Letters outside ASCII become their base
    letter where Unicode has one, and are dropped otherwise."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
