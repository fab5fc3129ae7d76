"""Distortion of five kinds at six grades, to be undone.

Distortion was the first effect that networks learned to remove (Imort et al., "Distortion audio
effects: learning how to recover the clean signal", ISMIR 2022, on guitars; the distortion of
RemFX). Here every stem is brought to full scale and goes through one of five curves of known
equation: a hyperbolic tangent, a cubic, an asymmetric one (half as many dB on the lower half of the
wave), hard clipping, or an overdrive with a tone control. A last step brings the loudness back to
that of the dry stem. All gains are stored.

Different from published data sets: the drive is drawn evenly from six grades, 6 to 36 dB in steps
of 6, so that results can be given by grade. The sound always peaks at full scale before the curve,
so that a grade means the same on every stem; otherwise it would depend on the level of the
recording.

    automix-bench make recipes/distortion_removal.py OUT
"""

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.joint import Rows
from automix_bench.distributions.plain import Choice, Constant, LogUniform
from automix_bench.effects.asymmetric_clip import AsymmetricClip
from automix_bench.effects.cubic_clip import CubicClip
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.overdrive import Overdrive
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.normalisers.peak import Peak
from automix_bench.normalisers.same_loudness import SameLoudness
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["distortion_removal"]

GRADES_DB = (6.0, 12.0, 18.0, 24.0, 30.0, 36.0)
drive_db = Choice(GRADES_DB)


def distortion_removal(
    material: Material = Material(), stems: int | None = None, seed: int = 20261122
) -> Recipe:
    """The recipe; an example has `stems` stems, all of them if None."""
    full_scale = Peak.random(peak_dbfs=0.0, when="fixed")
    below_db = Choice(tuple(-grade for grade in GRADES_DB))
    # One grade for both halves of the wave, so that results can be given by grade.
    asymmetric = Rows(
        ("positive_db", "negative_db"), tuple((-grade, -grade / 2.0) for grade in GRADES_DB)
    )
    curves = (
        SoftClip.random(drive_db=drive_db),
        HardClip.random(threshold_db=below_db),
        CubicClip.random(ceiling_db=below_db),
        AsymmetricClip.random(jointly=asymmetric),
        Overdrive.random(drive_db=drive_db, tone_hz=LogUniform(1_500.0, 12_000.0), bias=0.2),
    )
    one = RandomChain(curves, count=Constant(1))
    return Recipe(
        name="distortion_removal",
        version=1,
        seed=seed,
        description=(
            "Stems through one of five distortions of known equation, at one of six grades of "
            "drive, brought back to the loudness they had; to be made clean again."
        ),
        console=RandomConsole(default=RandomChain((full_scale, one, SameLoudness.random()))),
        audible_db=0.1,
        stems_kept=stems,
        **material.settings(),
    )
