"""What the tasks that ask for effects to be removed share: which stems are shown, what is wanted,
and how it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from automix_bench.example import Example
from automix_bench.metric import Metric
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
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems
from automix_bench.task import Task

REMOVAL_METRICS: tuple[Metric, ...] = (
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
)
"""The first one ranks."""

Chosen = Callable[[Example], Stems]
"""Which stems of an example a task shows, as they left the console."""


def instruments(stems: Stems) -> Stems:
    """The stems without `residual`, the part of a mix that a separator assigned to no stem."""
    return {name: stem for name, stem in stems.items() if name != "residual"}


def every_stem(example: Example) -> Stems:
    """All instruments after the console, also those that went through no effect."""
    return instruments(example.after.stems)


def processed_stems(example: Example) -> Stems:
    """The instruments that went through an effect, after the console."""
    strips = example.console.strips
    return {name: stem for name, stem in every_stem(example).items() if strips[name].effects}


def only_stems(example: Example, stems: Stems) -> Brief:
    """The stems, and nothing else of the example."""
    return Brief(stems=stems)


@dataclass(frozen=True)
class ShownStems:
    """What a removal task shows of an example. It can be sent to other processes."""

    chosen: Chosen
    shown: Callable[[Example, Stems], Brief]

    def __call__(self, example: Example) -> Brief:
        return self.shown(example, self.chosen(example))


@dataclass(frozen=True)
class StemsBefore:
    """What a removal task wants of an example: the chosen stems before the console."""

    chosen: Chosen

    def __call__(self, example: Example) -> Answer:
        return Answer({name: example.before.stems[name] for name in self.chosen(example)})


def removal_task(
    name: str,
    *,
    version: int,
    description: str,
    recipes: tuple[str, ...],
    chosen: Chosen = processed_stems,
    shown: Callable[[Example, Stems], Brief] = only_stems,
    further: tuple[Metric, ...] = (),
) -> Task:
    """A task that shows stems after their strips and wants each as it was before.

    Args:
        chosen: which stems.
        shown: the brief, given the example and the stems.
        further: metrics after the `REMOVAL_METRICS`.
    """
    return Task(
        name,
        version=version,
        description=description,
        brief=ShownStems(chosen, shown),
        wanted=StemsBefore(chosen),
        metrics=(*REMOVAL_METRICS, *further),
        floor="do_nothing",
        ceiling="oracle",
        recipes=recipes,
    )
