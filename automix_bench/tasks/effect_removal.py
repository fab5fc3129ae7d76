"""Given each stem as it left its channel strip, return the stem that entered the strip."""

from __future__ import annotations

from automix_bench.example import Example
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.balance_error import balance_error
from automix_bench.metrics.crest_error import crest_error
from automix_bench.metrics.latency import latency
from automix_bench.metrics.log_spectral_distance import log_spectral_distance
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.mrstft import mrstft
from automix_bench.metrics.multi_mel_snr import multi_mel_snr
from automix_bench.metrics.sd_sdr import sd_sdr
from automix_bench.metrics.sdr import sdr
from automix_bench.metrics.si_sdr import si_sdr
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.metrics.true_peak_error import true_peak_error
from automix_bench.metrics.width_error import width_error
from automix_bench.model import Brief
from automix_bench.song import Stems
from automix_bench.task import Task

__all__ = ["effect_removal"]


def _processed(example: Example) -> Stems:
    """The stems that went through an effect, without `residual`, which is no instrument."""
    strips = example.console.strips
    return {
        name: stem
        for name, stem in example.after.stems.items()
        if strips[name].effects and name != "residual"
    }


def _stems_after(example: Example) -> Brief:
    return Brief(stems=_processed(example))


def _stems_before(example: Example) -> Stems:
    return {name: example.before.stems[name] for name in _processed(example)}


effect_removal = Task(
    "effect_removal",
    version=3,
    description="Shown: stems that went through effects. Wanted: each as it was before.",
    brief=_stems_after,
    targets=_stems_before,
    metrics=(
        audible_distance,
        mrstft,
        si_sdr,
        sd_sdr,
        sdr,
        latency,
        log_spectral_distance,
        multi_mel_snr,
        third_octave_distance,
        loudness_error,
        true_peak_error,
        crest_error,
        width_error,
        balance_error,
    ),
    floor="do_nothing",
    ceiling="oracle",
    recipes=(
        "quickstart",
        "pseudo_multitrack",
        "wet_multitrack",
        "effect_removal_single",
        "effect_removal_multi",
        "drc_profiles",
        "delimiting",
        "declipping",
        "dereverberation",
        "distortion_removal",
        "source_restoration",
        "mastering_degradations",
    ),
)
