"""Compose a song: from a seed to every note of every track."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from automix_bench.errors import UsageError
from automix_bench.music.composer import bands, bass, club, comping, melody, screen
from automix_bench.music.composer.drums import MONO, Drumming, drum
from automix_bench.music.composer.form import Bar, Section, lay_out, sections
from automix_bench.music.composer.genre import Genre
from automix_bench.music.composer.harmony import KEYS, SCALES, Chord, chord
from automix_bench.music.composer.performance import Clock, perform, scoops
from automix_bench.music.composer.playing import Player, Sheet, Slot, Stroke
from automix_bench.music.synth.play_part import Part
from automix_bench.plugin import did_you_mean
from automix_bench.sampling import Seed

VERSION = "1"
"""To be increased with every change that alters a score."""

GENRES: Mapping[str, Genre] = {
    genre.name: genre
    for genre in (
        *(bands.ROCK, bands.POP, bands.BALLAD, bands.METAL, bands.FOLK),
        *(club.FUNK, club.HOUSE, club.JAZZ, club.LATIN, screen.CINEMATIC),
    )
}

PLAYERS: Mapping[str, Player] = {
    "locked": bass.locked,
    "patterned": bass.patterned,
    "walking": bass.walking,
    "comp": comping.comp,
    "pad": comping.pad,
    "strum": comping.strum,
    "power": comping.power,
    "arpeggio": comping.arpeggio,
    "lead": melody.lead,
    "counter": melody.counter,
    "riff": melody.riff,
}

SHORTEST_SECONDS = 10.0
TAIL_SECONDS = 1.5

_FIRST = ("Paper", "Silver", "Broken", "Slow", "Electric", "Golden", "Hollow", "Distant", "Salt")
_SECOND = ("Harbour", "Mirrors", "Season", "Motors", "Letters", "Rivers", "Signal", "Garden")


@dataclass(frozen=True)
class Composition:
    """A composed song; a frozen value, equal for equal seeds.

    Attributes:
        title: made up.
        genre: its name in `GENRES`.
        tempo_bpm: quarter notes a minute.
        key: tonic and mode, as in "A minor".
        sections: the form, with times.
        tracks: 2 to 16, drums by piece first.
        duration_seconds: the length, including the tail of the last chord.
    """

    title: str
    genre: str
    tempo_bpm: float
    key: str
    sections: tuple[Section, ...]
    tracks: tuple[Part, ...]
    duration_seconds: float

    @property
    def sha256(self) -> str:
        """The hash of every field and note."""
        # The class was called Score when the first data sets were made; their hashes must not
        # change.
        text = "Score" + repr(self).removeprefix("Composition")
        return hashlib.sha256(text.encode()).hexdigest()


def compose(seed: Seed, seconds: float = 60.0, genre: str | None = None) -> Composition:
    """The song that belongs to a seed.

    Args:
        seed: determines everything.
        seconds: the length of the song, exact to the sample. The tempo is adjusted a little, so
            that an even number of bars and 1.5 s of tail fill it.
        genre: a name in `GENRES`; drawn if None.

    Raises:
        UsageError: there is no such genre, or the song is too short.
    """
    if seconds < SHORTEST_SECONDS:
        raise UsageError(f"a song takes {SHORTEST_SECONDS:g} s or more, got {seconds:g} s")
    if genre is not None and genre not in GENRES:
        raise UsageError(f"no genre {genre!r}{did_you_mean(genre, GENRES)}")
    rng = (seed / "song").rng()
    drawn = list(GENRES)[int(rng.integers(len(GENRES)))]
    kind = GENRES[genre or drawn]
    target_bpm = float(rng.uniform(kind.slowest_bpm, kind.fastest_bpm))
    bars, tempo_bpm = _fitted(seconds - TAIL_SECONDS, target_bpm, kind.beats)
    tonic, mode = int(rng.integers(12)), str(rng.choice(kind.modes))
    title = f"{rng.choice(_FIRST)} {rng.choice(_SECOND)}"
    form = _timed(sections(bars), kind.beats * 60.0 / tempo_bpm)
    laid_out = lay_out(form, _progressions(kind, mode, tonic, rng), chord(_home(mode), tonic))
    drift_ms = 1.5 * kind.looseness_ms
    phase = float(rng.uniform(0.0, 2.0 * np.pi))
    clock = Clock(tempo_bpm, kind.swing, kind.swung_beats, drift_ms, phase)
    scale = tuple((tonic + step) % 12 for step in SCALES[mode])
    tracks = _tracks(kind, laid_out, scale, clock, seed)
    return Composition(title, kind.name, tempo_bpm, f"{KEYS[tonic]} {mode}", form, tracks, seconds)


def _fitted(seconds: float, target_bpm: float, beats: int) -> tuple[int, float]:
    """An even number of bars, and the tempo near `target_bpm` at which they fill the time."""
    bars = max(4, 2 * round(seconds * target_bpm / 60.0 / beats / 2.0))
    return bars, round(bars * beats * 60.0 / seconds, 6)


def _timed(form: tuple[Section, ...], bar_seconds: float) -> tuple[Section, ...]:
    starts = accumulate((section.bars for section in form), initial=0)
    return tuple(
        Section(section.kind, section.bars, round(start * bar_seconds, 6))
        for section, start in zip(form, starts, strict=False)
    )


def _home(mode: str) -> str:
    return "I" if mode in ("major", "mixolydian") else "i"


def _progressions(
    kind: Genre, mode: str, tonic: int, rng: np.random.Generator
) -> dict[str, Sequence[tuple[Chord, ...]]]:
    """The chords by bar of each kind of section; all sections of a kind share them."""
    lines = kind.progressions[mode]
    chosen = {name: str(rng.choice(lines[name])) for name in ("verse", "chorus")}
    chosen["bridge"] = str(rng.choice(lines.get("bridge", lines["verse"])))
    chosen["intro"] = chosen["outro"] = chosen["verse"]
    return {
        name: [tuple(chord(symbol, tonic) for symbol in bar.split()) for bar in line.split("|")]
        for name, line in chosen.items()
    }


def _tracks(
    kind: Genre, bars: tuple[Bar, ...], scale: tuple[int, ...], clock: Clock, seed: Seed
) -> tuple[Part, ...]:
    drumming = Drumming({}, tuple(() for _ in bars))
    program = 0
    if kind.kit is not None:
        rng = (seed / "drums").rng()
        program = int(rng.choice(kind.kit.programs))
        drumming = drum(bars, kind.beats, kind.kit, rng)
    sheet = Sheet(bars, kind.beats, scale, drumming.kick, kind.straight)
    parts = []
    for name, strokes in drumming.tracks.items():
        notes = perform(strokes, name, kind, clock, (seed / "hands" / name).rng())
        parts.append(Part(name, program, True, notes, mono=name in MONO))
    for slot in kind.slots:
        rng = (seed / "slot" / slot.name).rng()
        hired, chosen = rng.random() < slot.chance, int(rng.choice(slot.programs))
        if hired and (strokes := PLAYERS[slot.player](sheet, slot, rng)):
            parts.append(_part(slot, chosen, strokes, kind, clock, seed))
    return tuple(parts)


def _part(
    slot: Slot, program: int, strokes: list[Stroke], kind: Genre, clock: Clock, seed: Seed
) -> Part:
    rng = (seed / "hands" / slot.name).rng()
    notes = perform(strokes, slot.name.split("-")[0], kind, clock, rng)
    bends = scoops(notes, rng) if slot.player == "lead" and kind.looseness_ms > 0.0 else ()
    return Part(slot.name, program, False, notes, bends=bends, mono=slot.mono)
