"""Given stems that went through a random console, make the plain sum of what they were before."""

from __future__ import annotations

from automix_bench.audio import total
from automix_bench.example import Example
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.bark_distance import bark_distance
from automix_bench.metrics.correlation_error import correlation_error
from automix_bench.metrics.crest_error import crest_error
from automix_bench.metrics.imbalance_error import imbalance_error
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.loudness_range_error import loudness_range_error
from automix_bench.metrics.mrstft import mrstft
from automix_bench.metrics.panning_error import panning_error
from automix_bench.metrics.plr_error import plr_error
from automix_bench.metrics.sdr import sdr
from automix_bench.metrics.si_sdr import si_sdr
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.metrics.true_peak_error import true_peak_error
from automix_bench.metrics.width_error import width_error
from automix_bench.model import Brief
from automix_bench.song import Stems
from automix_bench.task import Task

__all__ = ["mixing_to_sum"]


def _stems_after(example: Example) -> Brief:
    return Brief(stems=example.after.stems)


def _sum_before(example: Example) -> Stems:
    """The stored mix where it is the plain sum of the stems, else their sum."""
    before = example.before
    return {"mix": before.mix if before.mix_kind == "sum" else total(before.stems.values())}


mixing_to_sum = Task(
    "mixing_to_sum",
    version=1,
    description="Shown: stems with effects left at random. Wanted: their sum without them.",
    brief=_stems_after,
    targets=_sum_before,
    metrics=(
        audible_distance,
        mrstft,
        loudness_error,
        loudness_range_error,
        true_peak_error,
        plr_error,
        crest_error,
        third_octave_distance,
        bark_distance,
        width_error,
        imbalance_error,
        correlation_error,
        panning_error,
        si_sdr,
        sdr,
    ),
    floor="plain_sum",
    ceiling="oracle",
    recipes=(
        "quickstart",
        "pseudo_multitrack",
        "wet_multitrack",
        "fx_normalised",
        "effect_removal_single",
        "effect_removal_multi",
    ),
)
