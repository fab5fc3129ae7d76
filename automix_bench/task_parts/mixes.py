"""What the tasks that ask for a mix share: what a model is shown, and how its mix is measured."""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.metric import Metric
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
from automix_bench.model import Answer, Brief

MIX_METRICS: tuple[Metric, ...] = (
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
)
"""The first one ranks."""


def stems_after(example: Example) -> Brief:
    """The stems as they left the console."""
    return Brief(stems=example.after.stems)


def mix_before(example: Example) -> Answer:
    """The mix that entered the console: the released one, where the song has one."""
    return Answer({"mix": example.before.mix})
