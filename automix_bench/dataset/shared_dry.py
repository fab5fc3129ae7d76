"""How data sets hold that store `before` alone, of which `after` is rendered when it is read.

One excerpt may be played through several consoles. What enters them is then stored once, with the
first example, and the others' settings name it:

    song_0003.json
    song_0003.before.vocals.flac      of all three
    song_0003.before.mix.flac
    song_0003-k1.json                 "before_of": "song_0003"
    song_0003-k2.json                 "before_of": "song_0003"

The place of an example reaches from the first file that it needs to its last one; what lies between
and belongs to others is passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from automix_bench.example import Example
from automix_bench.files.quantise import integers
from automix_bench.song import Song


def sounds_sha256(song: Song) -> str:
    """A name for the integers of all stems, in the order of their names, and of the mix."""
    digest = hashlib.sha256()
    for name, audio in (*sorted(song.stems.items()), ("mix", song.mix)):
        digest.update(f"{name} {audio.rate} {audio.samples.shape}\n".encode())
        digest.update(np.ascontiguousarray(integers(audio), dtype="<i4").data)
    return digest.hexdigest()


@dataclass(frozen=True)
class Dry:
    """What entered the consoles of an excerpt, as it lies in a shard.

    Attributes:
        example: that it is stored with.
        files: its sounds, by name.
    """

    example: Example
    files: Mapping[str, bytes]

    def serves(self, example: Example) -> bool:
        """Whether an example is of the same excerpt, with equal sounds."""
        mine = self.example
        if (mine.song, mine.start) != (example.song, example.start):
            return False
        ours, theirs = ({**e.before.stems, "mix": e.before.mix} for e in (mine, example))
        return ours.keys() == theirs.keys() and all(
            np.array_equal(ours[name].samples, theirs[name].samples) for name in ours
        )


def belonging(files: Mapping[str, bytes], id: str) -> dict[str, bytes]:
    """Those of the files at an example's place that are its own, or that it shares."""
    first = next(iter(files), "").partition(".")[0]
    return {
        name: content
        for name, content in files.items()
        if name.startswith((f"{id}.", f"{first}.before."))
    }
