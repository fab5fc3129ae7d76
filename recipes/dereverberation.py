"""Stems in rooms, to be made dry; no room is in two splits.

Reverb is removed as in RemFX (Rice et al., WASPAA 2023) and in the restoration literature. Rooms
are disjoint between splits, so that the test asks for rooms that a model has never met. By default
a room is a number, from which the effect `noise_reverb` makes its response: numbers below 800,000
are for training, the next 100,000 for validation, the rest for the test. With `responses=FOLDER`
measured impulse responses take their place. The hash of a response decides its split, so that the
same file under two names is never in two splits. Two different responses of one room may be.

Different from published data sets: the dry sound is not delayed (0 samples), so that metrics of
waveforms apply; the decay time is a setting, checked by tests; `wet` is the share of a tail with
the energy of the sound, so it means the same in every room.

    automix-bench make recipes/dereverberation.py OUT
    automix-bench make recipes/dereverberation.py OUT --set responses=~/rooms \
        --set responses_license=CC-BY-4.0
"""

from pathlib import Path

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Choice, LogUniform, Uniform
from automix_bench.effects.convolution import Convolution
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.errors import UsageError
from automix_bench.files.impulse_responses import ImpulseResponse, ImpulseResponses, split_of
from automix_bench.recipe import SPLITS, BySplit, Recipe
from automix_bench.recipe_parts.material import Material
from automix_bench.recipe_parts.room_numbers import ROOMS
from automix_bench.settings import Random

__all__ = ["dereverberation"]

WET = Uniform(0.15, 0.6)
PRE_DELAY_MS = Uniform(0.0, 40.0)


def numbered(split: str) -> Random:
    """A numbered room of a split."""
    return NoiseReverb.random(
        rt60_low_seconds=LogUniform(0.3, 4.0),
        rt60_mid_seconds=LogUniform(0.3, 3.0),
        rt60_high_seconds=LogUniform(0.2, 1.5),
        pre_delay_ms=PRE_DELAY_MS,
        wet=WET,
        room=Uniform(*ROOMS[split]),
    )


def measured(split: str, responses: tuple[ImpulseResponse, ...]) -> Random:
    """A measured room of a split, without its direct sound."""
    own = tuple(one.sha256 for one in responses if split_of(one.sha256) == split)
    if not own:
        raise UsageError(
            f"dereverberation: none of {len(responses)} impulse responses falls to {split} by its "
            "hash: give a folder with more of them, 30 or so"
        )
    return Convolution.random(
        response=Choice(own), wet=WET, pre_delay_ms=PRE_DELAY_MS, direct="removed"
    )


def dereverberation(
    material: Material = Material(),
    responses: Path | None = None,
    responses_license: str = "LicenseRef-unknown",
    stems: int | None = None,
    seed: int = 20261122,
) -> Recipe:
    """The recipe.

    Args:
        responses: a folder of impulse responses; None takes numbered rooms.
        responses_license: SPDX; it is joined with the licence of every example.
        stems: how many stems an example has; None keeps all.
    """
    if responses is None:
        rooms = [numbered(split) for split in SPLITS]
    else:
        added = ImpulseResponses().add_all(responses, responses_license).responses
        rooms = [measured(split, added) for split in SPLITS]
    return Recipe(
        name="dereverberation",
        version=1,
        seed=seed,
        description=(
            "Stems, each in a room of its own that no other split has; to be made dry again."
            + (f" Rooms: impulse responses under {responses_license}." if responses else "")
        ),
        console=BySplit(*(RandomConsole(default=RandomChain((room,))) for room in rooms)),
        audible_db=0.5,
        stems_kept=stems,
        **material.settings(),
    )
