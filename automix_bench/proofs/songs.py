"""The music on which metrics are tested, and the changes that a metric may be blind to.

The songs are a real clip and two composed songs, or the user's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from automix_bench.audio import Audio, rms_db
from automix_bench.errors import DataError
from automix_bench.files.decode import decode
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.separation.example_clip import example_clip
from automix_bench.sources.composed import Composed
from automix_bench.sources.folder import Folder

SECONDS = 4.0
"""The length of each song; the longest blocks of a loudness measurement last 3 s."""

_DELAY_SECONDS = 0.010
_TURNED_BY = np.pi / 6.0


@dataclass(frozen=True, eq=False)
class ProofSong:
    """A piece of music to be damaged."""

    name: str
    sound: Audio

    @functools.cached_property
    def spoiled(self) -> Audio:
        """The song with noise 30 dB below it: an estimate that is not perfect."""
        return self.graded("noise")[1]

    @functools.lru_cache(maxsize=24)  # noqa: B019 - songs live as long as the process
    def graded(self, degradation: str) -> tuple[Audio, ...]:
        """The song in every grade of a degradation, mild to heavy."""
        return tuple(DEGRADATIONS[degradation].grades(self.sound))


@functools.cache
def proof_songs() -> tuple[ProofSong, ...]:
    """A real clip (funk with vocals) and two composed songs, 4 s of each.

    Raises:
        MissingPart: the wheel that holds the clip is not installed.
    """
    composed = Composed(3, seconds=12.0)
    listings = composed.catalogue().listings
    return (
        ProofSong("example clip", excerpt(decode(example_clip()))),
        *(ProofSong(one.id, excerpt(composed.load(one).mix)) for one in listings[::2]),
    )


def songs_in(folder: Path, count: int = 20) -> tuple[ProofSong, ...]:
    """The first `count` stereo songs of a folder that are long enough: 4 s from the middle of each.
    Those whose excerpt is below -60 dB RMS are left out.

    Raises:
        DataError: there is no such song.
    """
    songs: list[ProofSong] = []
    source = Folder(folder)
    for listing in source.catalogue().listings:
        if len(songs) == count:
            break
        sound = source.load(listing).mix
        if sound.channels == 2 and sound.seconds >= SECONDS:
            songs.append(ProofSong(listing.id, excerpt(sound)))
    audible = tuple(song for song in songs if rms_db(song.sound) > -60.0)
    if not audible:
        raise DataError(f"{folder}: no stereo song of {SECONDS:g} s or more in it")
    return audible


def excerpt(sound: Audio) -> Audio:
    """`SECONDS` from the middle of a sound."""
    length = round(SECONDS * sound.rate)
    return sound.excerpt((sound.length - length) // 2, length)


def _delayed(audio: Audio) -> Audio:
    """10 ms later; the last 10 ms are lost."""
    late = min(round(_DELAY_SECONDS * audio.rate), audio.length)
    return audio.with_samples(np.pad(audio.samples, ((0, 0), (late, 0)))[:, : audio.length])


def _turned(audio: Audio) -> Audio:
    """The stereo image turned by 30 degrees. The power of both channels together stays."""
    cosine, sine = np.float32(np.cos(_TURNED_BY)), np.float32(np.sin(_TURNED_BY))
    left, right = audio.samples
    return audio.with_samples(
        np.stack([cosine * left - sine * right, sine * left + cosine * right])
    )


def _truncated(audio: Audio) -> Audio:
    """The last third is silence."""
    audible = np.arange(audio.length) < audio.length - audio.length // 3
    return audio.with_samples(audio.samples * audible)


CHANGED: dict[str, Callable[[Audio], Audio]] = {
    "gain": lambda audio: audio.scaled(0.5),
    "polarity": lambda audio: audio.scaled(-1.0),
    "delay": _delayed,
    "channel swap": lambda audio: audio.with_samples(audio.samples[::-1]),
    "stereo": _turned,
    "silence": lambda audio: audio.scaled(0.0),
    "truncation": _truncated,
}
"""The changes that `Metric.blind_to` names, as functions of a stereo sound."""
