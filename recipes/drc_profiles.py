"""Thirty profiles of dynamic range compression, to be identified and inverted.

Sun, Fourer and Maaref ("Blind estimation and inversion of dynamic range compression", arXiv
2411.04337) identify which of 30 profiles compressed a sound, and invert it with the model of Gorlow
and Reiss ("Model-based inversion of dynamic range compression", IEEE TASLP 21 (7), 2013). The
compressor here is that model: the effect `drc` with an RMS detector (p = 2). The 30 profiles cover
the published ranges: five thresholds from -60 to -20 dB with six ratios from 2 to 15 each, and four
times, each range covered evenly in the logarithm, so that no two profiles share a time.

Different from the paper: songs are split by artist (there, chunks of one song are in two splits,
which alone can make scores high). Profiles are split too: of every six, four are for training, one
for validation, one for the test, so that the test has times, and pairs of threshold and ratio, that
training has not. `disjoint=songs` splits songs only. Peaks are at -3 dBFS, as thresholds are
absolute.

    automix-bench make recipes/drc_profiles.py OUT

US patent 10,924,078 concerns the inversion of dynamic range control.
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.joint import Rows
from automix_bench.effects.drc import Drc
from automix_bench.errors import UsageError
from automix_bench.normalisers.peak import Peak
from automix_bench.recipe import BySplit, Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["drc_profiles"]

NAMES = (
    "threshold_db",
    "ratio",
    "detector_attack_ms",
    "detector_release_ms",
    "gain_attack_ms",
    "gain_release_ms",
)
THRESHOLDS_DB = (-20.0, -30.0, -40.0, -50.0, -60.0)
RATIOS = (2.0, 3.0, 4.5, 6.7, 10.0, 15.0)
TIMES_MS = ((5.0, 130.0), (7.6, 127.0), (25.0, 500.0), (25.0, 1_959.0))
"""Least and greatest, in the order of `NAMES`."""

STEPS = (7, 11, 13, 17)
"""Coprime to 30: time k of profile n is value n STEPS[k] mod 30 of 30, so all 30 occur once."""


def profile(number: int) -> tuple[float, ...]:
    """The settings of a profile, 0 to 29, in the order of `NAMES`."""
    times = [
        round(low * (high / low) ** (number * step % 30 / 29.0), 2)
        for step, (low, high) in zip(STEPS, TIMES_MS, strict=True)
    ]
    return THRESHOLDS_DB[number // 6], RATIOS[(number + number // 6) % 6], *times


def profiles(numbers: list[int]) -> RandomConsole:
    """A console with one of these profiles on every stem."""
    compression = Drc.random(
        mode="compressor",
        detector="rms",
        jointly=Rows(NAMES, tuple(profile(number) for number in numbers)),
    )
    return RandomConsole(
        default=RandomChain((compression,)),
        prepared=RandomChain((Peak.random(peak_dbfs=-3.0),)),
    )


def drc_profiles(
    material: Material = Material(),
    disjoint: str = "songs-and-profiles",
    stems: int | None = 1,
    seed: int = 20261122,
) -> Recipe:
    """The recipe.

    Args:
        disjoint: what splits do not share: `songs-and-profiles`, or `songs`.
        stems: how many stems an example has; None keeps all.
    """
    if disjoint not in ("songs-and-profiles", "songs"):
        raise UsageError(f"disjoint must be songs-and-profiles or songs, got {disjoint!r}")
    everything = list(range(30))
    by_split = BySplit(
        profiles([number for number in everything if number % 6 < 4]),
        profiles([number for number in everything if number % 6 == 4]),
        profiles([number for number in everything if number % 6 == 5]),
    )
    return Recipe(
        name="drc_profiles",
        version=1,
        seed=seed,
        description=(
            "Stems through one of 30 profiles of the compressor of Gorlow and Reiss, every setting "
            "known; songs and profiles are disjoint between splits."
        ),
        console=by_split if disjoint == "songs-and-profiles" else profiles(everything),
        stems_kept=stems,
        **material.settings(),
    )
