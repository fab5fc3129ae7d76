"""One excerpt of one song through a recipe: cut, levelled, drawn for, played, and heard."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from automix_bench.audio import Audio, amplitude, peak_db, reaches_db, rms_db, total
from automix_bench.console import Console
from automix_bench.consoles.random_chain import Drawn
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.dsp.severity import severity_db
from automix_bench.effect import Chain, Effect, Unsuitable
from automix_bench.errors import Rejected
from automix_bench.example import integer_sum, with_exact_residual
from automix_bench.files.quantise import BeyondFullScale, quantised
from automix_bench.licence import join
from automix_bench.recipe import Chance, Recipe, example_id
from automix_bench.sampling import Seed
from automix_bench.song import Song

LEAST_GAIN_DB = -60.0
SPARE_DB = 0.5


def heard(
    recipe: Recipe, excerpt: Song, desk: Chance, seed: Seed, most_db: float = float("inf")
) -> tuple[int, float, Song, Console, Song]:
    """The first draw of a desk that is heard, by its number; the gain and the parts it gives.

    Args:
        most_db: what the gain is at most.

    Raises:
        Rejected: none is, or an effect that was drawn cannot take the excerpt.
    """
    least_db = recipe.audible_db
    for draw in range(recipe.draws):
        drawn = desk.draw(excerpt.stems, seed / "draw" / draw if draw else seed)
        gain_db, before, console, after = _fitted(recipe, excerpt, drawn, most_db)
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


class _TooLoud(Exception):
    """A part of an example peaks above the headroom.

    Attributes:
        relief_db: what lowering the example by is likely to mend it.
    """

    def __init__(self, relief_db: float) -> None:
        super().__init__(relief_db)
        self.relief_db = relief_db


def _fitted(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole, most_db: float
) -> tuple[float, Song, Console, Song]:
    """A gain at which all of an example keeps its headroom, and the example's parts.

    It is the one that the loudness asks for, if that does. Else all is begun again, as soon as a
    part is too loud, at the gain at which that one should not be, with some to spare.
    """
    first_gain_db = _first_gain(recipe, excerpt)
    gain_db = min(first_gain_db, most_db)
    while gain_db > LEAST_GAIN_DB:
        try:
            parts = _rendered(recipe, excerpt, drawn, gain_db, gain_db - first_gain_db)
        except BeyondFullScale as error:
            relief_db = error.peak_db - recipe.headroom_dbtp
        except _TooLoud as error:
            relief_db = error.relief_db
        except Unsuitable as error:
            raise Rejected(excerpt.id, str(error)) from error
        else:
            return gain_db, *parts
        gain_db = round(gain_db - relief_db - 0.01, 2)
    raise Rejected(excerpt.id, f"peaks above the headroom even at {LEAST_GAIN_DB:g} dB")


def _rendered(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole, gain_db: float, lowered_db: float
) -> tuple[Song, Console, Song]:
    """The excerpt at a gain, prepared; the console that belongs to it; and the excerpt played
    through that, chain by chain as `played` does it.

    Raises:
        _TooLoud, BeyondFullScale: a part is.
    """
    limit_db = recipe.headroom_dbtp
    before, chains = _prepared(recipe, excerpt, drawn, gain_db, lowered_db)
    excess_db = max(map(_peak_dbtp, (before.mix, *before.stems.values()))) - limit_db
    if excess_db > 0.0:
        raise _TooLoud(excess_db)

    def through(place: str, strip: Drawn, audio: Audio) -> tuple[Chain, Audio]:
        chain, out = strip.settled(audio, lowered_db)
        stored = place == "bus" or place in before.stems
        if peak_db(out) < 0.0:
            out = quantised(out, bits=recipe.bits)
            if not stored or _peak_dbtp(out) <= limit_db:
                return chain, out
        relief_db = _relief_db(strip, audio, lowered_db, limit_db, _peak_dbtp(out) - limit_db)
        raise _TooLoud(_with_spare(drawn, place, relief_db))

    # The loudest first, as that one is likely to be too loud.
    order = sorted(before.stems, key=lambda name: -peak_db(before.stems[name]))
    loudest_first = {name: before.stems[name] for name in order}
    console, out, mix = drawn.settled(loudest_first, chains, through, integer_sum)
    effects = {effect.license for _, chain in console.places() for effect in chain.effects}
    before = replace(before, license=join(before.license, *sorted(effects)))
    return before, console, replace(before, stems={n: out[n] for n in before.stems}, mix=mix)


def _with_spare(drawn: DrawnConsole, place: str, relief_db: float) -> float:
    """More relief than one place needs, which saves most examples a third attempt: where a stem is
    too loud, the mix may be as well; and what meets behind strips that compress falls by less than
    what entered them."""
    if place in drawn.strips:
        return relief_db + SPARE_DB
    effects = [effect for strip in drawn.strips.values() for effect in strip.places]
    linear = all(isinstance(effect, Effect) and effect.linear for effect in effects)
    return relief_db if linear else 2.0 * relief_db


def _relief_db(
    strip: Drawn, audio: Audio, lowered_db: float, limit_db: float, excess_db: float
) -> float:
    """By how much softer a sound must come to a chain to leave it without an excess. Only this
    chain is played, at gains found as if its peaks followed a line (the secant method): one that
    compresses needs more than its excess."""
    relief_db, slope = 0.0, 1.0
    while excess_db > 0.0 and relief_db < -LEAST_GAIN_DB:
        step_db = excess_db / slope + 0.01
        relief_db += step_db
        softer = audio.scaled(amplitude(-relief_db))
        _, out = strip.settled(softer, lowered_db - relief_db)
        left_db = _peak_dbtp(out) - limit_db
        slope = float(np.clip((excess_db - left_db) / step_db, 0.125, 1.0))
        excess_db = left_db
    return relief_db


def _prepared(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole, gain_db: float, lowered_db: float
) -> tuple[Song, dict[str, Chain]]:
    """The excerpt at a gain, and what its stems went through. Stems that were prepared have the
    plain sum of all stems for a mix: the released one is of what they were."""
    if not drawn.prepared:
        return _scaled(recipe, excerpt, gain_db), {}
    gain = amplitude(gain_db)
    louder = {name: stem.scaled(gain) for name, stem in excerpt.stems.items()}
    chains, prepared = drawn.prepare(louder, lowered_db)
    stems = {name: quantised(stem, bits=recipe.bits) for name, stem in prepared.items()}
    mix = quantised(integer_sum(stems.values()), bits=recipe.bits)
    return replace(excerpt, stems=stems, mix=mix), chains


def cut(recipe: Recipe, song: Song, number: int) -> Song:
    """An excerpt of a song, as released, with the stems that are kept.

    Raises:
        Rejected: it is silent, or lies beyond the end of the song.
    """
    length, id = recipe.excerpt_length(song.mix.rate), example_id(song.id, number)
    start = number * length
    if start + length > song.mix.length:
        raise Rejected(id, f"ends at {song.mix.seconds:.2f} s, before the excerpt does")
    mix = song.mix.excerpt(start, length)
    if not reaches_db(mix, recipe.silence_db):
        raise Rejected(id, f"silent: {rms_db(mix):.0f} dB, below silence_db {recipe.silence_db}")
    stems = {name: stem.excerpt(start, length) for name, stem in song.stems.items()}
    audible = {
        n: s for n, s in stems.items() if n == "residual" or reaches_db(s, recipe.silence_db)
    }
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
    gain, bits = amplitude(gain_db), recipe.bits
    mix = quantised(excerpt.mix, gain, bits)
    stems = {name: quantised(stem, gain, bits) for name, stem in excerpt.stems.items()}
    if "residual" in stems:
        stems = with_exact_residual(stems, mix)
    elif recipe.plain_mix or recipe.stems_kept is not None:
        mix = quantised(integer_sum(stems.values()), bits=bits)
    return replace(excerpt, mix=mix, stems=stems)


def _peak_dbtp(audio: Audio) -> float:
    """The true peak. Of sounds whose samples stay 6 dB below full scale the largest sample: what
    lies between them does not rise that far in music."""
    highest_db = peak_db(audio)
    return true_peak_dbtp(audio) if highest_db > -6.0 else highest_db
