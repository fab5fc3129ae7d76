"""Cut an excerpt out of a song, with the stems that sound in it."""

from __future__ import annotations

from dataclasses import replace

from automix_bench.audio import Audio, reaches_db, rms_db, total
from automix_bench.errors import Rejected
from automix_bench.recipe import Recipe, example_id
from automix_bench.sampling import Seed
from automix_bench.song import Song, Stems


def cut(recipe: Recipe, song: Song, number: int) -> Song:
    """Excerpt `number` of a song, at its released level.

    Stems below `silence_db` are left out, except `residual`. The mix is the released one, or the
    sum of the stems where the recipe has `plain_mix` or `stems_kept`.

    Raises:
        Rejected: the excerpt is silent, or ends after the song.
    """
    id, length = example_id(song.id, number), recipe.excerpt_length(song.mix.rate)
    start = number * length
    if start + length > song.mix.length:
        raise Rejected(id, f"ends at {song.mix.seconds:.2f} s, before the excerpt does")
    mix = song.mix.excerpt(start, length)
    if not reaches_db(mix, recipe.silence_db):
        raise Rejected(id, f"silent: {rms_db(mix):.0f} dB, below silence_db {recipe.silence_db}")
    stems = _sounding_stems(song, start, length, recipe.silence_db)
    if not stems.keys() - {"residual"}:
        raise Rejected(id, f"no stem reaches silence_db {recipe.silence_db}")
    if recipe.stems_kept is not None:
        seed = Seed(recipe.seed) / recipe.name / song.id / number / "stems"
        stems = _chosen_stems(stems, recipe.stems_kept, seed)
    kind = song.mix_kind
    if recipe.plain_mix or recipe.stems_kept is not None:
        mix, kind = total(stems.values()), "sum"
    return replace(song, id=id, stems=stems, mix=mix, mix_kind=kind)


def _sounding_stems(song: Song, start: int, length: int, silence_db: float) -> dict[str, Audio]:
    """The stems of an excerpt that reach `silence_db`, and `residual` at any level."""
    stems = {name: stem.excerpt(start, length) for name, stem in song.stems.items()}
    return {
        name: stem
        for name, stem in stems.items()
        if name == "residual" or reaches_db(stem, silence_db)
    }


def _chosen_stems(stems: Stems, count: int, seed: Seed) -> dict[str, Audio]:
    """`count` of the stems, chosen by the seed, sorted by name; never `residual`."""
    names = [str(name) for name in seed.rng().permutation(sorted(stems.keys() - {"residual"}))]
    return {name: stems[name] for name in sorted(names[:count])}
