"""Compose songs from a seed: harmony, form, drums, bass, chords and tunes, with human timing.

`compose` returns a `Composition`, a frozen value. `automix_bench.music.synth.play_part` turns its
tracks into sound. Nothing here is learned or quoted from existing music.
"""

from automix_bench.music.composer.score import GENRES, VERSION, Composition, compose

__all__ = ["GENRES", "VERSION", "Composition", "compose"]
