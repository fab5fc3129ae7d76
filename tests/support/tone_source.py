"""A source for tests: songs of a tone, a chord and a beat, made in a moment and known exactly."""

from dataclasses import dataclass

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Tones"]


@dataclass(frozen=True)
class Tones:
    """`count` songs of `seconds` at `rate` Hz; two songs an artist; `level` scales them all."""

    count: int = 4
    seconds: float = 3.0
    rate: int = 16_000
    channels: int = 2
    level: float = 1.0
    with_stems: bool = True

    def catalogue(self) -> Catalogue:
        return Catalogue(tuple(self._listing(number) for number in range(self.count)))

    def load(self, listing: Listing) -> Song:
        number = int(listing.id.removeprefix("tones-"))
        time = np.arange(listing.length) / self.rate
        beat = np.random.default_rng(number).standard_normal(listing.length)
        waves = {
            "bass": 0.2 * np.sin(2 * np.pi * (55 + number) * time),
            "keys": 0.1 * np.sin(2 * np.pi * (440 + number) * time) * np.cos(2 * time),
            "drums": 0.2 * beat * np.exp(-20 * (time % 0.5)),
        }
        stems = {name: self._audio(wave) for name, wave in waves.items()}
        mix = total(stems.values())
        shown = stems if self.with_stems else {}
        return Song(listing.id, listing.artist, shown, mix, listing.license, listing.origin)

    def _listing(self, number: int) -> Listing:
        length = round(self.seconds * self.rate)
        origin = Origin(f"tones/{number}", f"{number:064d}", attribution="A. Tester")
        artist = f"artist-{number // 2}"
        return Listing(f"tones-{number}", artist, "CC0-1.0", origin, self.rate, length)

    def _audio(self, wave: np.ndarray) -> Audio:
        side = np.roll(wave, 7) if self.channels == 2 else wave
        both = np.stack([wave, side])[: self.channels]
        return Audio((self.level * both).astype(np.float32), self.rate)
