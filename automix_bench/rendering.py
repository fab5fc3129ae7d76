"""One excerpt of one song through a recipe: cut, levelled, drawn for, played, and heard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from automix_bench.audio import BeyondFullScale, amplitude, peak_db, quantised, rms_db, total
from automix_bench.console import Console
from automix_bench.effect import Chain, Unsuitable
from automix_bench.errors import Rejected
from automix_bench.example import Example, integer_sum, played, with_exact_residual
from automix_bench.licence import join
from automix_bench.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.random_console import Chance, DrawnConsole
from automix_bench.recipe import Recipe, example_id
from automix_bench.sampling import Seed
from automix_bench.severity import severity_db
from automix_bench.song import Song

LEAST_GAIN_DB = -60.0


def render(recipe: Recipe, song: Song, number: int, split: str) -> Example:
    """One excerpt of a song that has its stems, through the console that belongs to its name.

    Raises:
        Rejected: the excerpt is silent, lies beyond the end of the song, an effect that was
            drawn cannot take its rate or channels, or no draw was heard.
    """
    excerpt = _cut(recipe, song, number)
    seed = Seed(recipe.seed) / recipe.name / song.id / number
    draw, gain_db, before, console, after = heard(recipe, excerpt, recipe.desk(split), seed)
    start = number * recipe.excerpt_length(song.mix.rate)
    return Example(song.id, split, start, gain_db, before, console, after, draw)


def heard(
    recipe: Recipe, excerpt: Song, desk: Chance, seed: Seed
) -> tuple[int, float, Song, Console, Song]:
    """The first draw of a desk that is heard, by its number; the gain and the parts it gives.

    Raises:
        Rejected: none is, or an effect that was drawn cannot take the excerpt.
    """
    least_db = recipe.audible_db
    for draw in range(recipe.draws):
        drawn = desk.draw(excerpt.stems, seed / "draw" / draw if draw else seed)
        gain_db, before, console, after = _fitted(recipe, excerpt, drawn)
        if least_db is None or _audible(before, console, after, least_db):
            return draw, gain_db, before, console, after
    told = f"{least_db:g} dB in {recipe.draws} draws"
    raise Rejected(excerpt.id, f"no console that was drawn changed it by {told}")


def _audible(before: Song, console: Console, after: Song, least_db: float) -> bool:
    """Whether each stem that goes through effects is changed by so much, and the mix by what all
    stems share; a console without effects has nothing to show."""
    stems = [n for n, chain in console.strips.items() if chain and n in before.stems]
    shared = bool(console.bus or console.auxes) or any(g.chain for g in console.groups.values())
    pairs = [(before.stems[name], after.stems[name]) for name in stems]
    pairs += [(before.mix, after.mix)] if shared else []
    return all(severity_db(one, other) >= least_db for one, other in pairs)


def _fitted(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole
) -> tuple[float, Song, Console, Song]:
    """The highest gain at which all of an example keeps its headroom, and the example's parts."""
    gain_db = first_gain_db = _first_gain(recipe, excerpt)
    while gain_db > LEAST_GAIN_DB:
        try:
            before, console = _settled(recipe, excerpt, drawn, gain_db, gain_db - first_gain_db)
            after = played(console, before)
        except BeyondFullScale as error:
            excess_db = error.peak_db - recipe.headroom_dbtp
        except Unsuitable as error:
            raise Rejected(excerpt.id, str(error)) from error
        else:
            excess_db = _loudest_peak(before, after) - recipe.headroom_dbtp
            if excess_db <= 0.0:
                return gain_db, before, console, after
        gain_db = round(gain_db - excess_db - 0.01, 2)
    raise Rejected(excerpt.id, f"peaks above the headroom even at {LEAST_GAIN_DB:g} dB")


def _settled(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole, gain_db: float, lowered_db: float
) -> tuple[Song, Console]:
    """The excerpt at a gain, prepared, and the console that belongs to it. Stems that were
    prepared have the plain sum of all stems for a mix: the released one is of what they were."""
    if not drawn.prepared:
        before, chains = _scaled(recipe, excerpt, gain_db), dict[str, Chain]()
    else:
        gain = amplitude(gain_db)
        chains, stems = drawn.prepare(
            {n: s.scaled(gain) for n, s in excerpt.stems.items()}, lowered_db
        )
        stems = {name: quantised(stem) for name, stem in stems.items()}
        before = replace(excerpt, stems=stems, mix=quantised(integer_sum(stems.values())))
    console = drawn.settled(before.stems, chains, quantised, integer_sum, lowered_db)
    heard = {effect.license for _, chain in console.places() for effect in chain.effects}
    return replace(before, license=join(before.license, *sorted(heard))), console


def _cut(recipe: Recipe, song: Song, number: int) -> Song:
    length, id = recipe.excerpt_length(song.mix.rate), example_id(song.id, number)
    start = number * length
    if start + length > song.mix.length:
        raise Rejected(id, f"ends at {song.mix.seconds:.2f} s, before the excerpt does")
    mix = song.mix.excerpt(start, length)
    if rms_db(mix) < recipe.silence_db:
        raise Rejected(id, f"silent: {rms_db(mix):.0f} dB, below silence_db {recipe.silence_db}")
    stems = {name: stem.excerpt(start, length) for name, stem in song.stems.items()}
    audible = {n: s for n, s in stems.items() if rms_db(s) >= recipe.silence_db or n == "residual"}
    if not audible.keys() - {"residual"}:
        raise Rejected(id, f"no stem reaches silence_db {recipe.silence_db}")
    if recipe.plain_mix:
        mix = total(audible.values())
    if recipe.stems_kept is None:
        return replace(song, id=id, stems=audible, mix=mix)
    rng = (Seed(recipe.seed) / recipe.name / song.id / number / "stems").rng()
    names = [str(name) for name in rng.permutation(sorted(audible.keys() - {"residual"}))]
    kept = {name: audible[name] for name in sorted(names[: recipe.stems_kept])}
    return replace(song, id=id, stems=kept, mix=total(kept.values()))


def _first_gain(recipe: Recipe, excerpt: Song) -> float:
    """The gain that gives the loudness wanted; lower where that alone would pass full scale."""
    gain_db = 0.0
    if recipe.loudness_lufs is not None:
        loudness = integrated_lufs(excerpt.mix)
        if np.isfinite(loudness):
            gain_db = recipe.loudness_lufs - loudness
    peaks = [peak_db(part) for part in (excerpt.mix, *excerpt.stems.values())]
    return round(min(gain_db, recipe.headroom_dbtp - max(peaks)), 2)


def _scaled(recipe: Recipe, excerpt: Song, gain_db: float) -> Song:
    gain = amplitude(gain_db)
    mix = quantised(excerpt.mix, gain)
    stems = {name: quantised(stem, gain) for name, stem in excerpt.stems.items()}
    if "residual" in stems:
        stems = with_exact_residual(stems, mix)
    elif recipe.plain_mix or recipe.stems_kept is not None:
        mix = quantised(integer_sum(stems.values()))
    return replace(excerpt, mix=mix, stems=stems)


def _loudest_peak(before: Song, after: Song) -> float:
    """The highest true peak in an example, in dBTP. Sounds whose samples stay 6 dB below full
    scale are not oversampled: what lies between them does not rise that far in music."""
    parts = (before.mix, after.mix, *before.stems.values(), *after.stems.values())
    return max(true_peak_dbtp(p) if peak_db(p) > -6.0 else peak_db(p) for p in parts)
