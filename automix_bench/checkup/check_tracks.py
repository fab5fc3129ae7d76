"""The music of the check-up: tracks of one song, and what the trials make of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from automix_bench.audio import Audio, amplitude, peak_db, rms_db, total
from automix_bench.dsp.resampled import converted
from automix_bench.errors import UsageError
from automix_bench.song import Stems, role
from automix_bench.sources.composed import Composed

SEED = 15
PEAK_DB = -3.0
"""The sample peak of the sum of all tracks, in dB full scale."""
_MOST_TRACKS = 8
_QUIETEST_DB = -50.0
_SONG_SECONDS = 12.0
_START_SECONDS = 5.0


@dataclass(frozen=True)
class CheckTracks:
    """Tracks of two songs, and how much of them the trials use.

    Attributes:
        tracks: by name, all of one rate and shape. Their sum has its peak at `PEAK_DB`.
        others: the same of another song.
        track_counts: how many tracks are mixed, of which trial.
        rates: in Hz.
        lengths: in seconds, rising.

    Raises:
        UsageError: there are fewer than two tracks.
    """

    tracks: Stems
    others: Stems
    track_counts: tuple[int, ...] = (1, 2, 8, 16, 64)
    rates: tuple[int, ...] = (8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000)
    lengths: tuple[float, ...] = (1.0, 4.0, 16.0, 60.0)
    _at_rates: dict[int, Stems] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if min(len(self.tracks), len(self.others)) < 2:
            raise UsageError("a check-up wants two songs of two tracks or more")

    @property
    def some(self) -> Audio:
        """One of the tracks, for their rate and shape."""
        return next(iter(self.tracks.values()))

    @property
    def reference(self) -> Audio:
        """A mix of the other song."""
        return total(self.others.values())

    def at_rate(self, rate: int) -> Stems:
        """The tracks at another rate."""
        if rate not in self._at_rates:
            self._at_rates[rate] = {n: converted(a, rate) for n, a in self.tracks.items()}
        return self._at_rates[rate]

    def many(self, count: int, seconds: float) -> Stems:
        """As many tracks: the song's, then the same from other places of the song. Together they
        peak at `PEAK_DB`.

        Their names are in alphabetical order and keep their roles.
        """
        names = list(self.tracks)
        length = min(round(seconds * self.some.rate), self.some.length)
        made: dict[str, Audio] = {}
        for number in range(count):
            name = names[number % len(names)]
            turn = number // len(names)
            audio = self.tracks[name]
            samples = np.roll(audio.samples, -round(turn * 0.381966 * audio.length), axis=1)
            made[f"{role(name)}-{number + 1:03d}"] = audio.with_samples(samples[:, :length].copy())
        return levelled({name: made[name] for name in sorted(made)})

    def long(self, seconds: float, count: int = 3) -> Stems:
        """A few tracks again and again, for so many seconds."""
        length = round(seconds * self.some.rate)
        names = list(self.tracks)[:count]
        times = -(-length // self.some.length)
        return {
            name: self.tracks[name].with_samples(
                np.tile(self.tracks[name].samples, (1, times))[:, :length].copy()
            )
            for name in names
        }


def composed_tracks(long: bool = False) -> CheckTracks:
    """Tracks of two songs that the package composes: 5 s of up to eight tracks.

    Args:
        long: try lengths of up to ten minutes.

    Raises:
        MissingPart: the packages that play composed songs are not installed.
    """
    source = Composed(4, seed=SEED, seconds=_SONG_SECONDS)
    listings = source.catalogue().listings
    songs = (source.load(listings[0]), source.load(listings[2]))
    one, two = (_audible(song.stems) for song in songs)
    lengths = (*CheckTracks.lengths, 600.0) if long else CheckTracks.lengths
    return CheckTracks(one, two, lengths=lengths)


def levelled(tracks: Stems, peak: float = PEAK_DB) -> Stems:
    """The tracks with one gain for all, so that their sum has this peak in dB full scale."""
    level = peak_db(total(tracks.values()))
    if level == float("-inf"):
        return tracks
    gain = amplitude(peak - level)
    return {name: track.scaled(gain) for name, track in tracks.items()}


def _audible(stems: Mapping[str, Audio]) -> Stems:
    """The loudest tracks of an excerpt, in the order of their names."""
    some = next(iter(stems.values()))
    start, length = round(_START_SECONDS * some.rate), 5 * some.rate
    cut = {name: stem.excerpt(start, length) for name, stem in stems.items()}
    loud = sorted(cut, key=lambda name: -rms_db(cut[name]))[:_MOST_TRACKS]
    kept = sorted(name for name in loud if rms_db(cut[name]) > _QUIETEST_DB)
    return levelled({name: cut[name] for name in kept})
