"""The microphones of a stage, which hear each other, and the mix that was released.

On a stage every microphone hears its own source and, later, softer and duller, all others: bleed,
or spill. It is what sets live mixing apart from mixing in a studio (E. Perez-Gonzalez and J. Reiss,
"Automatic gain and fader control for live mixing", WASPAA 2009): a fader that follows the loudness
of its channel follows the neighbours too. `before` holds the microphones with their bleed, and
`before.mix` the released mix of the dry tracks; in `after` every microphone has gone through a
random strip. The task `live_mixing` shows them in frames of 50 ms.

The stage is drawn for each song: drums at the back within a metre of each other, singers in front,
the others around. Bleed between two places at a distance of d metres:

    delay = d / 343 s,   gain = 0.3 / max(d, 0.3) - 6 dB (off axis),   low pass at 8 kHz / sqrt(d)

The low pass has 6 dB an octave; drums are 6 dB louder in the microphones of others. Basses, keys
and pads are lines: they hear nothing, and are heard from their amplifiers. These numbers are ours;
with `bleed_db` all bleed is louder or softer, and at -60 there is next to none.

Different from published data: none that we know has bleed whose every path is stated. Recordings of
real stages have bleed, and no dry tracks to make a mix of.

    automix-bench make recipes/live_multitrack.py OUT --set seconds=20
    automix-bench make recipes/live_multitrack.py OUT --set songs=~/multitracks --set layout=stems
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from automix_bench.audio import Audio, total
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import LogUniform, Uniform
from automix_bench.dsp.filters.one_pole import low_passed
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.errors import Rejected, UsageError
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.sampling import Seed
from automix_bench.song import Song, role
from automix_bench.source import Catalogue, Listing, Source

__all__ = ["live_multitrack"]

MOST_DB = 60.0
METRES_A_SECOND = 343.0
OWN_METRES = 0.3
OFF_AXIS_DB = -6.0
DULL_HZ = 8_000.0
LOUD_DB = 6.0
KIT = frozenset({"drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion"})
LINES = frozenset({"bass", "keys", "pad", "effects", "residual"})
SAME = 1e-3
SINGERS = frozenset({"vocals"})

Place = tuple[float, float]


@dataclass(frozen=True)
class Stage:
    """Another source's songs, as the microphones of a stage record them.

    A released mix stays as it is. A mix that is the plain sum of the tracks becomes the plain sum
    of the microphones: nobody made it. A song without stems is rejected when it is loaded.

    Attributes:
        source: the source of the songs, with stems named by role.
        bleed_db: makes all bleed louder or softer, in dB.
        seed: another seed puts the sources elsewhere.
    """

    name_in_plans: ClassVar[str] = "live_multitrack@1d741b60d032f05b:Stage"

    source: Source
    bleed_db: float
    seed: int

    def catalogue(self) -> Catalogue:
        """That of the source."""
        return self.source.catalogue()

    def load(self, listing: Listing) -> Song:
        """A song with its bleed."""
        song = self.source.load(listing)
        if not song.stems:
            raise Rejected(
                song.id,
                "no microphones: expected a song with stems of its own, got a mix alone: say what "
                "the folder holds (--set layout=stems, medleydb, …)",
            )
        seed = Seed(self.seed) / "stage" / song.id
        places = {name: _place(name, seed) for name in song.stems}
        microphones = {name: self._heard(name, song.stems, places) for name in song.stems}
        if _is_sum(song):
            return replace(song, stems=microphones, mix=total(microphones.values()), mix_kind="sum")
        return replace(song, stems=microphones)

    def _heard(self, name: str, stems: Mapping[str, Audio], places: Mapping[str, Place]) -> Audio:
        """What a microphone records: its own source, and the others in the order of their names."""
        own = stems[name]
        if role(name) in LINES:
            return own
        heard = own.samples.astype(np.float64)
        for other in sorted(stems.keys() - {name}):
            heard += self._bleed(other, stems[other], _metres(places[name], places[other]))
        return own.with_samples(heard)

    def _bleed(self, name: str, source: Audio, metres: float) -> np.ndarray:
        """What is heard of a source at a distance, the same in every channel."""
        loud_db = LOUD_DB if role(name) in KIT else 0.0
        gain = 10.0 ** ((OFF_AXIS_DB + loud_db + self.bleed_db) / 20.0) * OWN_METRES / metres
        late = round(metres / METRES_A_SECOND * source.rate)
        mono = source.samples.mean(axis=0, keepdims=True, dtype=np.float64)
        delayed = np.zeros_like(mono)
        delayed[:, late:] = mono[:, : max(source.length - late, 0)]
        highest = 0.45 * source.rate
        dull: np.ndarray = low_passed(delayed, min(DULL_HZ / metres**0.5, highest), source.rate)
        quieter: np.ndarray = gain * dull
        return quieter


def _is_sum(song: Song) -> bool:
    """Whether the mix is the plain sum of the tracks, as the source says or as it sounds."""
    if song.mix_kind != "unknown":
        return song.mix_kind == "sum"
    rest = total(song.stems.values()).samples - song.mix.samples
    return bool(np.abs(rest).max() <= SAME)


def _place(name: str, seed: Seed) -> Place:
    """Where a source stands, in metres: to the right of the middle, and behind the edge."""
    rng = (seed / name).rng()
    part = role(name)
    if part in KIT:
        return float(rng.uniform(-0.7, 0.7)), float(rng.uniform(3.5, 4.5))
    if part in SINGERS:
        return float(rng.uniform(-1.5, 1.5)), float(rng.uniform(0.5, 1.0))
    side = 1.0 if rng.random() < 0.5 else -1.0
    return float(side * rng.uniform(1.5, 4.0)), float(rng.uniform(1.5, 3.5))


def _metres(one: Place, other: Place) -> float:
    return float(max(np.hypot(one[0] - other[0], one[1] - other[1]), OWN_METRES))


strip = RandomChain(
    (
        LowShelf.random(
            chance=0.3, frequency_hz=LogUniform(60.0, 300.0), gain_db=Uniform(-6.0, 6.0), q=0.707
        ),
        PeakingEQ.random(
            chance=0.5,
            frequency_hz=LogUniform(150.0, 6_000.0),
            gain_db=Uniform(-6.0, 6.0),
            q=LogUniform(0.5, 4.0),
        ),
        HighShelf.random(
            chance=0.3,
            frequency_hz=LogUniform(3_000.0, 7_000.0),
            gain_db=Uniform(-6.0, 6.0),
            q=0.707,
        ),
        Compressor.random(
            chance=0.3,
            threshold_db=Uniform(-35.0, -15.0),
            ratio=LogUniform(1.5, 6.0),
            knee_db=6.0,
            attack_ms=LogUniform(3.0, 50.0),
            release_ms=LogUniform(50.0, 500.0),
            makeup_db=Uniform(0.0, 6.0),
        ),
        Gain.random(gain_db=Uniform(-15.0, 9.0)),
    )
)


def live_multitrack(
    material: Material = Material(), bleed_db: float = 0.0, seed: int = 20261122
) -> Recipe:
    """The recipe, on true multitracks with a mix; see `Material` for the settings of the music.

    Args:
        bleed_db: makes all bleed louder or softer, in dB.
    """
    if not -MOST_DB <= bleed_db <= MOST_DB / 3.0:
        raise UsageError(
            f"bleed_db must be from {-MOST_DB:g} to {MOST_DB / 3.0:g} dB, got {bleed_db}"
        )
    music = material.settings("as_recorded")
    music["source"] = Stage(music["source"], bleed_db, seed)
    return Recipe(
        name="live_multitrack",
        version=1,
        seed=seed,
        description=(
            "The microphones of a stage, which hear each other, each left through a random strip, "
            "and the released mix."
        ),
        console=RandomConsole(default=strip),
        **music,
    )
