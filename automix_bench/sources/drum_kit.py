"""Only the drums of songs, as microphones on a kit record them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.consoles.console_json import console_from_json
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.errors import Rejected, UsageError
from automix_bench.song import MixKind, Song, role
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["DrumKit"]

PIECES = ("kick", "snare", "hihat", "toms", "cymbals", "percussion")
CORE = ("kick", "snare")
FEWEST = 3
MIXED = "drums"


@dataclass(frozen=True)
class DrumKit:
    """The drums of another source's songs. Each piece becomes a mono track, the mean of its
    channels. `overhead-left` and `overhead-right` are the two sides of the sum of all pieces, like
    a pair of microphones above the kit.

    If the song stores its engineer's console (songs of `composed` do), that console makes the mix
    from these pieces. Otherwise the mix is their sum. A song is rejected when it is loaded if it
    has fewer than three pieces, or no kick and no snare: overheads cannot be derived from less. So
    is a song with a mixed stem `drums`, which is no piece, or holds some of the others once more.

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
        if reason := _why_no_kit(song.stems):
            raise Rejected(song.id, reason)
        pieces = {name: stem for name, stem in song.stems.items() if role(name) in PIECES}
        stereo = {name: in_two_channels(piece) for name, piece in pieces.items()}
        overhead = total(stereo.values()).scaled(10.0 ** (self.overheads_db / 20.0))
        tracks = {
            **{name: _mono(piece) for name, piece in stereo.items()},
            "overhead-left": _side(overhead, 0),
            "overhead-right": _side(overhead, 1),
        }
        known = "console" in song.origin.settings
        kind: MixKind = "released" if known else "sum"
        return replace(song, stems=tracks, mix=_mixed(song, stereo), mix_kind=kind)


def _why_no_kit(stems: Iterable[str]) -> str:
    """Why some stems are not the pieces of a drum kit; empty if they are."""
    names = sorted(stems)
    pieces = [name for name in names if role(name) in PIECES]
    mixed = [name for name in names if role(name) == MIXED]
    shown = ", ".join(names) or "no stems"
    wanted = f"expected at least {FEWEST} single pieces, kick or snare among them, got {shown}"
    if mixed and pieces:
        return (
            f"{mixed[0]} is a mixed stem beside single pieces ({', '.join(pieces)}), which it may "
            "hold once more: leave it out, or name it by its piece"
        )
    if mixed:
        return f"{mixed[0]} is a whole kit in one stem, not its pieces: {wanted}"
    if not pieces:
        return f"no drums among its stems: {wanted}"
    if len(pieces) < FEWEST or not {role(name) for name in pieces} & set(CORE):
        return f"too few pieces of a drum kit: {wanted}"
    return ""


def _mixed(song: Song, pieces: dict[str, Audio]) -> Audio:
    console = song.origin.settings.get("console")
    if console is None:
        return total(pieces.values())
    return console_from_json(console)(
        replace(song, stems=pieces, mix=in_two_channels(song.mix))
    ).mix


def _mono(audio: Audio) -> Audio:
    mean = audio.samples.mean(axis=0, dtype=np.float64)
    return audio.with_samples(np.stack([mean, mean]))


def _side(audio: Audio, channel: int) -> Audio:
    return audio.with_samples(np.stack([audio.samples[channel]] * 2))
