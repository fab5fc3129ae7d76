"""Songs that the package composes from a seed: true multitracks with a released mix."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.consoles.console_json import console_to_json
from automix_bench.errors import UsageError
from automix_bench.licence import join
from automix_bench.music.composer import GENRES, VERSION, Composition, compose
from automix_bench.music.engineer.engineer import mix
from automix_bench.music.synth.play_part import Part, play
from automix_bench.music.synth.soundfont import SoundFont, find
from automix_bench.plugin import did_you_mean
from automix_bench.sampling import Seed
from automix_bench.song import Origin, Song
from automix_bench.source import Catalogue, Listing

__all__ = ["Composed"]

SONGS_A_BAND = 2

_COLOURS = ("Copper", "Velvet", "Crimson", "Hollow", "Northern", "Neon", "Quiet", "Wooden")
_BEASTS = ("Otters", "Anchors", "Lanterns", "Foxes", "Satellites", "Orchards", "Pilots", "Herons")


@dataclass(frozen=True)
class Composed:
    """An unlimited source of true multitracks. Only the SoundFont's licence restricts their use.

    A song has dry stems, as a studio would record them. Drums are recorded piece by piece, and in
    mono where one microphone is enough. Each stem has its own level, with a peak from -12 to -3
    dBFS. The released mix is made by `automix_bench.music.engineer`:
    `console_from_json(song.origin.settings["console"])` makes it from the stems again, sample for
    sample.

    A song depends on its number and the other settings, never on `count`: `Composed(10)` and
    `Composed(20)` share their first ten songs. Every two songs in a row have the same band and the
    same genre. All genres are equally frequent.

    Attributes:
        count: the number of songs.
        seed: another seed gives other songs.
        first: the number of the first song.
        seconds: the length of each song.
        genres: the genres to compose; all if empty.
        soundfont: as `automix_bench.music.synth.soundfont.find` takes it.
        rate: in Hz.
    """

    count: int
    seed: int = 2026
    first: int = 0
    seconds: float = 60.0
    genres: tuple[str, ...] = ()
    soundfont: str | Path | None = None
    rate: int = 44_100

    def __post_init__(self) -> None:
        if self.count < 1 or self.first < 0:
            raise UsageError(
                "composed: expected one song or more, the first numbered 0 or more, "
                f"got count {self.count}, first {self.first}"
            )
        if unknown := [genre for genre in self.genres if genre not in GENRES]:
            guess = did_you_mean(unknown[0], GENRES)
            raise UsageError(f"composed: no genre {unknown[0]!r}{guess}")

    def catalogue(self) -> Catalogue:
        """List every song. The scores are composed; nothing is played."""
        soundfont = find(self.soundfont)
        numbers = range(self.first, self.first + self.count)
        return Catalogue(tuple(self._listing(number, soundfont) for number in numbers))

    def load(self, listing: Listing) -> Song:
        """Play and mix the song."""
        soundfont = find(self.soundfont)
        number = int(listing.id.split("-")[1])
        known = self._listing(number, soundfont)
        if known != listing:
            raise UsageError(f"composed: {listing.id} was listed by a source with other settings")
        score, seed = self._score(number), self._song_seed(number)
        stems = {
            part.name: _recorded(part, soundfont, self.seconds, self.rate, seed)
            for part in score.tracks
        }
        mixdown = mix(stems, score.genre, seed / "engineer")
        settings = {
            "title": score.title,
            "genre": score.genre,
            "tempo_bpm": score.tempo_bpm,
            "key": score.key,
            "sections": [[s.kind, s.start_seconds] for s in score.sections],
            "programs": {part.name: part.program for part in score.tracks},
            "console": console_to_json(mixdown.console),
        }
        origin = Origin(known.origin.name, known.origin.sha256, known.origin.attribution, settings)
        return Song(
            known.id, known.artist, stems, mixdown.audio, known.license, origin, known.mix_kind
        )

    def _listing(self, number: int, soundfont: SoundFont) -> Listing:
        score = self._score(number)
        text = f"{VERSION} {score.sha256} {soundfont.sha256} {self.rate} {self.seed} {number}"
        credit = f"composed by automix_bench, played by {soundfont.attribution or 'a SoundFont'}"
        return Listing(
            id=f"composed-{number:04d}-{score.genre}",
            artist=self._artist(number // SONGS_A_BAND),
            license=join("CC0-1.0", soundfont.license),
            origin=Origin(score.title, hashlib.sha256(text.encode()).hexdigest(), credit),
            rate=self.rate,
            length=round(self.seconds * self.rate),
            mix_kind="released",
        )

    def _score(self, number: int) -> Composition:
        genre = self._genre(number // SONGS_A_BAND)
        return _composed(self._song_seed(number), self.seconds, genre)

    def _song_seed(self, number: int) -> Seed:
        return Seed(self.seed) / "composed" / number

    def _genre(self, band: int) -> str:
        """The genre of a band: each block of as many bands as genres has every genre once, in
        random order."""
        genres = self.genres or tuple(GENRES)
        turn, place = divmod(band, len(genres))
        order = (Seed(self.seed) / "genres" / turn).rng().permutation(len(genres))
        return genres[int(order[place])]

    def _artist(self, band: int) -> str:
        rng = (Seed(self.seed) / "band" / band).rng()
        return f"The {rng.choice(_COLOURS)} {rng.choice(_BEASTS)} ({self.seed}-{band})"


@lru_cache(maxsize=64)
def _composed(seed: Seed, seconds: float, genre: str) -> Composition:
    return compose(seed, seconds, genre)


def _recorded(part: Part, soundfont: SoundFont, seconds: float, rate: int, seed: Seed) -> Audio:
    """The part played and scaled to a random peak from -12 to -3 dBFS. A part whose peak is -100
    dBFS or lower is not scaled."""
    played = play(part, soundfont.path, seconds, rate)
    target_db = float((seed / "recordist" / part.name).rng().uniform(-12.0, -3.0))
    level_db = peak_db(played)
    return played.scaled(amplitude(target_db - level_db)) if level_db > -100.0 else played
