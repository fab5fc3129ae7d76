"""Load a planned song with its stems; or leave the stems in the cache, ahead of rendering."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from automix_bench.audio import total
from automix_bench.dataset.plan import PlannedSong
from automix_bench.dsp.resampled import converted
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.errors import AutomixError, Rejected
from automix_bench.executor import Tell
from automix_bench.licence import join
from automix_bench.music.song_measures import RESAMPLED, measured_song, with_notes
from automix_bench.recipe import Recipe
from automix_bench.separation.separate import KeepsStems, SeparationCache, separated
from automix_bench.song import Song

# What decoders and folders raise. An error in the code of a source, such as a `TypeError`, is none.
_READING_ERRORS = (OSError, ValueError, RuntimeError, EOFError, ArithmeticError, LookupError)


def load_song(recipe: Recipe, planned: PlannedSong, cache: SeparationCache | Path | None) -> Song:
    """A planned song, decoded, at the recipe's rate, with its stems, and with what their sum shows
    about its mix.

    Raises:
        Rejected: the file is not what its header promised, or reading it raises an error of
            whatever kind.
    """
    song = decoded_song(recipe, planned)
    separator = recipe.separator
    if isinstance(separator, KeepsStems) and separator.keeps(song) and song.mix_kind != "sum":
        song = replace(song, measured=measured_song(song))
    return with_stems(recipe, song, cache)


def decoded_song(recipe: Recipe, planned: PlannedSong) -> Song:
    """A planned song as its source loads it, at the recipe's rate.

    Raises:
        Rejected: as for `load_song`.
    """
    try:
        song = recipe.source.load(planned.listing)
    except _READING_ERRORS as error:
        if isinstance(error, AutomixError):
            raise
        line = " ".join(f"{type(error).__name__}: {error}".split())
        reason = f"cannot be loaded ({line}); get a whole copy or export it again, or remove it"
        raise Rejected(planned.listing.origin.name, reason) from error
    return song if recipe.rate is None else at_rate(song, recipe.rate)


def at_rate(song: Song, rate: int) -> Song:
    """The song at `rate`, with a note on the rate that it had; unchanged if it has that rate.

    Mix and stems are resampled one at a time (`dsp.resampled.converted`), and stay aligned. A mix
    that is the plain sum of its stems is their sum again, to the bit.
    """
    was = song.mix.rate
    if was == rate:
        return song
    stems = {name: converted(stem, rate) for name, stem in song.stems.items()}
    is_sum = song.mix_kind == "sum" and stems
    mix = total(stems.values()) if is_sum else converted(song.mix, rate)
    note = f"{RESAMPLED} from {was} Hz to {rate} Hz (soxr, VHQ)"
    return replace(song, stems=stems, mix=mix, measured=with_notes(song.measured, note))


def with_stems(recipe: Recipe, song: Song, cache: SeparationCache | Path | None) -> Song:
    """A song as the recipe uses it: in stereo if the recipe says so, with recorded or separated
    stems. The licence of separated stems includes that of the separator's weights."""
    if recipe.stereo:
        stems = {name: in_two_channels(stem) for name, stem in song.stems.items()}
        song = replace(song, stems=stems, mix=in_two_channels(song.mix))
    song = separated(song, recipe.separator, cache)
    weights = recipe.separator.license if "residual" in song.stems else ""
    return replace(song, license=join(song.license, weights))


@dataclass(frozen=True)
class SeparateSong:
    """Work for an executor: put the stems of a planned song into the cache."""

    recipe: Recipe
    cache: SeparationCache | Path

    def __call__(self, planned: PlannedSong, tell: Tell) -> None:
        try:
            with_stems(self.recipe, decoded_song(self.recipe, planned), self.cache)
        except Rejected:
            return  # rendering meets the same error, and records it
