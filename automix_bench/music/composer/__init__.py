"""Songs from a seed: harmony, form, drums, bass, chords and tunes, played by human hands.

`compose` returns a `Composition`, a frozen value. `automix_bench.music.synth.play_part` turns its
tracks into sound.
Nothing here is learned from or quoted after existing music.
"""

from automix_bench.music.composer.score import GENRES, VERSION, Composition, compose

__all__ = ["GENRES", "VERSION", "Composition", "compose"]
