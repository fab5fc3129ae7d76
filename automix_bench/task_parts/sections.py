"""A song cut into sections of one length."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.song import Song


def section(song: Song, number: int, count: int) -> Song:
    """One of `count` sections of a song, counted from 0. What is left at the end is in none.

    Raises:
        ValueError: the song is shorter than `count` samples, or there is no such section.
    """
    if not 0 <= number < count <= song.mix.length:
        raise ValueError(f"{song.id}: no section {number} of {count} in {song.mix.length} samples")
    length = song.mix.length // count
    stems = {name: stem.excerpt(number * length, length) for name, stem in song.stems.items()}
    return replace(song, stems=stems, mix=song.mix.excerpt(number * length, length))
