"""The pages of a listening test: passages of songs, each with the sounds of all systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from automix_bench.audio import Audio
from automix_bench.errors import UsageError
from automix_bench.executor import Progress
from automix_bench.files import flac
from automix_bench.listening_tests.answered_sounds import AnsweredSounds, NoSound
from automix_bench.listening_tests.equal_levels import Level, level_of
from automix_bench.listening_tests.export_settings import TestSettings
from automix_bench.listening_tests.passages import Excerpt, Passage, passages
from automix_bench.sampling import Seed


@dataclass
class AnsweredPage:
    """A page before its stimuli are levelled.

    Attributes:
        sounds: FLAC by system, with the exponent that all of it was scaled by.
    """

    song: str
    number: int
    license: str
    passage: Passage
    sounds: dict[str, tuple[bytes, int]]
    levels: dict[str, Level] = field(default_factory=dict)


def answered_songs(
    sounds: AnsweredSounds,
    settings: TestSettings,
    seed: Seed,
    notes: list[str],
    progress: Progress,
) -> tuple[dict[str, list[AnsweredPage]], AnsweredPage | None]:
    """The pages of each song, in an order drawn at random, and the training page.

    The training page is of a song of its own, or of the first song if there is no other.
    """
    by_song = sounds.songs()
    names = sorted(by_song)
    (seed / "songs").rng().shuffle(names)
    songs: dict[str, list[AnsweredPage]] = {}
    training: AnsweredPage | None = None
    for song in names:
        if len(songs) == settings.songs and (training or not settings.training):
            break
        count = settings.passages if len(songs) < settings.songs else 1
        pages = _pages(sounds, song, by_song[song], settings.seconds, count)
        if not pages:
            continue
        if len(songs) < settings.songs:
            songs[song] = pages
            progress("passages", len(songs), settings.songs, "songs")
        else:
            training = pages[0]
    if not songs:
        reasons = "; ".join(f"{what}: {why}" for what, why in list(sounds.left_out.items())[:3])
        raise UsageError(f"listening test: no song can be used: {reasons or 'all are silent'}")
    if len(songs) < settings.songs:
        notes.append(f"{len(songs)} songs in place of {settings.songs}: there are no more")
    if settings.training and training is None:
        page = next(iter(songs.values()))[0]
        training = AnsweredPage(
            page.song, page.number, page.license, page.passage, page.sounds, page.levels
        )
        notes.append("the training page has the sounds of a rated page: there is no further song")
    return songs, training


def _pages(
    sounds: AnsweredSounds, song: str, numbers: Sequence[int], seconds: float, count: int
) -> list[AnsweredPage]:
    """The pages of a song, of examples of which every system has a sound."""
    rows = sounds.dataset.rows
    excerpts: dict[str, tuple[int, Excerpt]] = {}
    for number in numbers:
        example = sounds.dataset[number]
        wanted = sounds.wanted(example)
        if wanted is not None:
            excerpts[example.id] = (number, Excerpt(example.id, example.start, wanted))
    while excerpts:
        chosen = passages([excerpt for _, excerpt in excerpts.values()], seconds, count)
        pages = []
        for passage in chosen:
            number = excerpts[passage.example][0]
            try:
                of_systems = sounds.of(sounds.dataset[number])
            except NoSound as error:
                sounds.left_out[passage.example] = str(error)
                del excerpts[passage.example]
                break
            page = AnsweredPage(song, number, rows[number]["license"], passage, {})
            for system, audio in _of_one_shape(of_systems).items():
                cut = passage.of(audio)
                exponent = flac.exponent_for(cut)
                page.levels[system] = level_of(cut)
                page.sounds[system] = (flac.encode(cut.scaled(2.0**-exponent)), exponent)
            pages.append(page)
        else:
            return pages
    return []


def _of_one_shape(sounds: Mapping[str, Audio]) -> dict[str, Audio]:
    """The sounds with equal numbers of channels: players refuse others."""
    channels = max(audio.channels for audio in sounds.values())
    return {
        system: audio
        if audio.channels == channels
        else audio.with_samples(np.repeat(audio.samples[:1], channels, axis=0))
        for system, audio in sounds.items()
    }
