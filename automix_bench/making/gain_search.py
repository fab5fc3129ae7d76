"""Find the gain at which an excerpt keeps its headroom all the way through a console."""

from __future__ import annotations

import numpy as np

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.consoles.random_chain import Drawn
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effect import Effect, Unsuitable
from automix_bench.errors import Rejected
from automix_bench.making.render import (
    ChainTooLoud,
    Rendering,
    TooLoud,
    headroom_peak_dbtp,
    render,
)
from automix_bench.recipe import Recipe
from automix_bench.song import Song

LEAST_GAIN_DB = -60.0
SPARE_DB = 0.5


def render_with_headroom(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole, most_db: float = float("inf")
) -> Rendering:
    """The excerpt through the console, at a gain at which every sound keeps its headroom.

    The first gain tried gives the recipe's loudness. As soon as a sound is too loud, rendering
    starts again at the gain at which that sound should fit, with some to spare.

    Args:
        most_db: the highest gain allowed.

    Raises:
        Rejected: an effect cannot take the excerpt, or it does not fit even at `LEAST_GAIN_DB`.
    """
    loudness_gain_db = _loudness_gain_db(recipe, excerpt)
    gain_db = min(loudness_gain_db, most_db)
    try:
        while gain_db > LEAST_GAIN_DB:
            lowered_db = gain_db - loudness_gain_db
            try:
                return render(recipe, excerpt, drawn, gain_db, lowered_db)
            except TooLoud as too_loud:
                relief_db = _relief_db(too_loud, drawn, lowered_db, recipe.headroom_dbtp)
            gain_db = round(gain_db - relief_db - 0.01, 2)
    except Unsuitable as error:
        raise Rejected(excerpt.id, str(error)) from error
    raise Rejected(excerpt.id, f"peaks above the headroom even at {LEAST_GAIN_DB:g} dB")


def _loudness_gain_db(recipe: Recipe, excerpt: Song) -> float:
    """The gain that gives the recipe's loudness; lower where the excerpt would pass the headroom
    by this gain alone."""
    gain_db = 0.0
    if recipe.loudness_lufs is not None:
        loudness = integrated_lufs(excerpt.mix)
        if np.isfinite(loudness):
            gain_db = recipe.loudness_lufs - loudness
    peaks = [peak_db(part) for part in (excerpt.mix, *excerpt.stems.values())]
    return round(min(gain_db, recipe.headroom_dbtp - max(peaks)), 2)


def _relief_db(too_loud: TooLoud, drawn: DrawnConsole, lowered_db: float, limit_db: float) -> float:
    """How far to lower the excerpt so that the sound that was too loud should fit.

    It is a little more than that sound needs, so a third attempt is rare. Where a stem is
    too loud, the mix may be so too. And a sum of strips that compress falls by less than what
    entered them.
    """
    if not isinstance(too_loud, ChainTooLoud):
        return too_loud.excess_db
    relief_db = _chain_relief_db(
        too_loud.chain, too_loud.audio, lowered_db, limit_db, too_loud.excess_db
    )
    if too_loud.place in drawn.strips:
        return relief_db + SPARE_DB
    effects = [effect for strip in drawn.strips.values() for effect in strip.places]
    are_linear = all(isinstance(effect, Effect) and effect.linear for effect in effects)
    return relief_db if are_linear else 2.0 * relief_db


def _chain_relief_db(
    chain: Drawn, audio: Audio, lowered_db: float, limit_db: float, excess_db: float
) -> float:
    """How far to lower a sound ahead of a chain so that it leaves the chain without an excess.

    Only this chain is played. The secant method finds the level, as if the peak that leaves the
    chain were a straight line of the level that enters it: a chain that compresses needs more
    relief than its excess.
    """
    relief_db, slope = 0.0, 1.0
    while excess_db > 0.0 and relief_db < -LEAST_GAIN_DB:
        step_db = excess_db / slope + 0.01
        relief_db += step_db
        softer = audio.scaled(amplitude(-relief_db))
        _, out = chain.settled(softer, lowered_db - relief_db)
        left_db = headroom_peak_dbtp(out) - limit_db
        slope = float(np.clip((excess_db - left_db) / step_db, 0.125, 1.0))
        excess_db = left_db
    return relief_db
