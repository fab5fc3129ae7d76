"""Render one excerpt through one drawn console, at one gain.

The steps: multiply the excerpt by the gain, send its stems through the chains that prepare them,
quantise the result (`before`), and send that through the console, chain by chain, quantising after
each chain as `played` does (`after`). Rendering stops at the first sound that is too loud.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.console import Console
from automix_bench.consoles.random_chain import Drawn
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dsp.loudness import true_peak_dbtp
from automix_bench.effect import Chain
from automix_bench.example import integer_sum, with_exact_residual
from automix_bench.files.quantise import BeyondFullScale, quantised
from automix_bench.licence import join
from automix_bench.recipe import Recipe
from automix_bench.song import Song, Stems


@dataclass(frozen=True)
class Rendering:
    """An excerpt through a console; the attributes are those of `Example`."""

    gain_db: float
    before: Song
    console: Console
    after: Song


class TooLoud(Exception):
    """A sound peaks above the headroom before it enters the console, or passes full scale.

    Attributes:
        excess_db: how far its peak is above the headroom.
    """

    def __init__(self, excess_db: float) -> None:
        super().__init__(excess_db)
        self.excess_db = excess_db


class ChainTooLoud(TooLoud):
    """A sound peaks above the headroom as it leaves a chain of the console.

    Attributes:
        place: of the chain, named as in `Desk.places`.
        chain: as it was drawn.
        audio: the sound that came to the chain.
    """

    def __init__(self, excess_db: float, place: str, chain: Drawn, audio: Audio) -> None:
        super().__init__(excess_db)
        self.place, self.chain, self.audio = place, chain, audio


def render(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole, gain_db: float, lowered_db: float
) -> Rendering:
    """The excerpt at a gain, through a console.

    Args:
        lowered_db: how far the gain is from the one that gives the recipe's loudness, 0 or
            negative; normalisers move their target by it.

    Raises:
        TooLoud: a stored sound peaks above the headroom, or another one above full scale.
        Unsuitable: an effect cannot take this excerpt.
    """
    try:
        before, chains = _before(recipe, excerpt, drawn, gain_db, lowered_db)
        peak_dbtp = max(map(headroom_peak_dbtp, (before.mix, *before.stems.values())))
        if peak_dbtp - recipe.headroom_dbtp > 0.0:
            raise TooLoud(peak_dbtp - recipe.headroom_dbtp)
        console, stems, mix = _through(recipe, before, drawn, chains, lowered_db)
    except BeyondFullScale as error:
        raise TooLoud(error.peak_db - recipe.headroom_dbtp) from error
    effects = {effect.license for _, chain in console.places() for effect in chain.effects}
    before = replace(before, license=join(before.license, *sorted(effects)))
    return Rendering(gain_db, before, console, replace(before, stems=stems, mix=mix))


def _before(
    recipe: Recipe, excerpt: Song, drawn: DrawnConsole, gain_db: float, lowered_db: float
) -> tuple[Song, dict[str, Chain]]:
    """The excerpt as it enters the console, quantised, and the chains that prepared its stems.

    The mix of prepared stems is their plain sum: the released mix is of what they were before.
    """
    gain = amplitude(gain_db)
    if not drawn.prepared:
        return _quantised_song(recipe, excerpt, gain), {}
    scaled = {name: stem.scaled(gain) for name, stem in excerpt.stems.items()}
    chains, prepared = drawn.prepare(scaled, lowered_db)
    stems = {name: quantised(stem, bits=recipe.bits) for name, stem in prepared.items()}
    mix = quantised(integer_sum(stems.values()), bits=recipe.bits)
    return replace(excerpt, stems=stems, mix=mix, mix_kind="sum"), chains


def _quantised_song(recipe: Recipe, excerpt: Song, gain: float) -> Song:
    """The excerpt times a linear gain, quantised.

    A residual makes the stems sum to the mix exactly. Where the mix is a plain sum, it is the sum
    of the quantised stems.
    """
    bits = recipe.bits
    mix = quantised(excerpt.mix, gain, bits)
    stems = {name: quantised(stem, gain, bits) for name, stem in excerpt.stems.items()}
    if "residual" in stems:
        stems = with_exact_residual(stems, mix)
    elif recipe.plain_mix or recipe.stems_kept is not None:
        mix = quantised(integer_sum(stems.values()), bits=bits)
    return replace(excerpt, mix=mix, stems=stems)


def _through(
    recipe: Recipe,
    before: Song,
    drawn: DrawnConsole,
    prepared: dict[str, Chain],
    lowered_db: float,
) -> tuple[Console, dict[str, Audio], Audio]:
    """The console with every knob set for this excerpt; the stems as they leave their strips, and
    the mix as it leaves the bus."""
    limit_db = recipe.headroom_dbtp

    def play(place: str, chain: Drawn, audio: Audio) -> tuple[Chain, Audio]:
        settled, out = chain.settled(audio, lowered_db)
        is_stored = place == "bus" or place in before.stems
        if peak_db(out) < 0.0:
            out = quantised(out, bits=recipe.bits)
            if not is_stored or headroom_peak_dbtp(out) <= limit_db:
                return settled, out
        raise ChainTooLoud(headroom_peak_dbtp(out) - limit_db, place, chain, audio)

    stems = _loudest_first(before.stems)
    console, out, mix = drawn.settled(stems, prepared, play, integer_sum)
    return console, {name: out[name] for name in before.stems}, mix


def _loudest_first(stems: Stems) -> Stems:
    """The stems, highest peak first: that one is the most likely to be too loud."""
    names = sorted(stems, key=lambda name: -peak_db(stems[name]))
    return {name: stems[name] for name in names}


def headroom_peak_dbtp(audio: Audio) -> float:
    """The peak that the headroom is compared with, in dBTP.

    It is the true peak. Where all samples stay 6 dB below full scale it is the largest sample
    instead: music between them does not rise that far.
    """
    highest_db = peak_db(audio)
    return true_peak_dbtp(audio) if highest_db > -6.0 else highest_db
