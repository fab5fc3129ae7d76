"""Only the drums of songs, as microphones on a kit record them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.consoles.console_json import console_from_json
from automix_bench.errors import Rejected, UsageError
from automix_bench.song import MixKind, Song, role
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["DrumKit"]

PIECES = ("kick", "snare", "hihat", "toms", "cymbals", "percussion", "drums")


@dataclass(frozen=True)
class DrumKit:
    """The drums of another source's songs. Each piece becomes a mono track, the mean of its
    channels. `overhead-left` and `overhead-right` are the two sides of the sum of all pieces, like
    a pair of microphones above the kit.

    If the song stores its engineer's console (songs of `composed` do), that console makes the mix
    from these pieces. Otherwise the mix is their sum. A song without any drum piece is rejected
    when it is loaded.

    Attributes:
        source: the source of the songs, with stems named by role.
        overheads_db: the level of the overheads relative to the sum, in dB.

    Raises:
        UsageError: `overheads_db` is not within +-40 dB.
    """

    source: Source
    overheads_db: float = -6.0

    def __post_init__(self) -> None:
        if not -40.0 <= self.overheads_db <= 40.0:
            raise UsageError(f"drum_kit: overheads_db must lie in +-40, got {self.overheads_db}")

    def catalogue(self) -> Catalogue:
        return self.source.catalogue()

    def load(self, listing: Listing) -> Song:
        song = self.source.load(listing)
        pieces = {name: stem for name, stem in song.stems.items() if role(name) in PIECES}
        if not pieces:
            stem_names = ", ".join(sorted(song.stems)) or "no stems"
            reason = f"no drums among its stems, wanted kick, snare…, got {stem_names}"
            raise Rejected(song.id, reason)
        stereo = {name: _stereo(piece) for name, piece in pieces.items()}
        overhead = total(stereo.values()).scaled(10.0 ** (self.overheads_db / 20.0))
        tracks = {
            **{name: _mono(piece) for name, piece in stereo.items()},
            "overhead-left": _side(overhead, 0),
            "overhead-right": _side(overhead, 1),
        }
        known = "console" in song.origin.settings
        kind: MixKind = "released" if known else "sum"
        return replace(song, stems=tracks, mix=_mixed(song, stereo), mix_kind=kind)


def _mixed(song: Song, pieces: dict[str, Audio]) -> Audio:
    console = song.origin.settings.get("console")
    if console is None:
        return total(pieces.values())
    return console_from_json(console)(replace(song, stems=pieces, mix=_stereo(song.mix))).mix


def _stereo(audio: Audio) -> Audio:
    return audio if audio.channels == 2 else audio.with_samples(np.repeat(audio.samples, 2, axis=0))


def _mono(audio: Audio) -> Audio:
    mean = audio.samples.mean(axis=0, dtype=np.float64)
    return audio.with_samples(np.stack([mean, mean]))


def _side(audio: Audio, channel: int) -> Audio:
    return audio.with_samples(np.stack([audio.samples[channel]] * 2))
