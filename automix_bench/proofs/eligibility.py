"""Whether a metric is fit to rank: it may stand first in a task only if every proof here holds.

* What nobody hears costs nearly nothing: noise at -80 dBFS and rounding to 16 bits.
* A near-perfect answer is better than one with effects, in every pair.
* The grades of every degradation that the metric claims to see are in order.
* No trick improves an answer: silence, a low-pass, a gain away from the target's level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum

import numpy as np

from automix_bench.audio import Audio, amplitude
from automix_bench.effects.low_pass import LowPass
from automix_bench.metric import Metric
from automix_bench.proofs.degradations import DEGRADATIONS, levelled
from automix_bench.proofs.pairs import Pairs, ProofPair
from automix_bench.sampling import rng_for

LARGEST_COST = 0.02
LEAST_IN_ORDER = 0.98
NOISE_DBFS = -80.0
NEAR_DB = -46.0

Answer = Callable[[Audio], Audio]
Floors = Mapping[int, float]
"""The badness of the effected answer, by the `id` of its pair."""
Near = Mapping[tuple[int, str], float]
"""The badness of the near-perfect answers, by the `id` of the target and the answer's name."""

TRICKS: dict[str, tuple[Answer, ...]] = {
    "silence": (lambda audio: audio.scaled(0.0),),
    "a low-pass": (
        LowPass(frequency_hz=8_000.0, order="4"),
        LowPass(frequency_hz=2_000.0, order="4"),
    ),
    "a gain": (
        lambda audio: audio.scaled(amplitude(-6.0)),
        lambda audio: audio.scaled(amplitude(6.0)),
    ),
}
"""Changes that must not make an answer better."""


@dataclass(frozen=True)
class Criterion:
    """A criterion and its outcome.

    Attributes:
        name: what is asked, in a few words; the same for every metric.
        holds: whether the metric meets it.
        figures: the outcome in numbers, with the worst case.
        cell: the outcome in a table.
    """

    name: str
    holds: bool
    figures: str
    cell: str


def with_noise(audio: Audio) -> Audio:
    """White noise at -80 dBFS on top."""
    noise = rng_for(0, "eligibility").standard_normal(audio.samples.shape)
    return audio.with_samples(audio.samples + amplitude(NOISE_DBFS) * noise)


def rounded(audio: Audio) -> Audio:
    """Rounded to 16 bits, without dither."""
    return audio.with_samples(np.rint(audio.samples * 32_767.0) / 32_767.0)


def nearly(audio: Audio) -> Audio:
    """With itself, backwards and 46 dB lower, on top: an error with the spectrum of the sound."""
    return audio.with_samples(audio.samples + amplitude(NEAR_DB) * audio.samples[:, ::-1])


INAUDIBLE: dict[str, Answer] = {"noise at -80 dBFS": with_noise, "16 bits": rounded}
NEAR_PERFECT: dict[str, Answer] = {**INAUDIBLE, "error at -46 dB": nearly}


def eligibility(metric: Metric, pairs: Pairs) -> tuple[Criterion, ...]:
    """Every criterion of a metric on the pairs."""
    every = [pair for of_task in pairs.by_task.values() for pair in of_task]
    targets = {id(pair.target): pair for pair in every}
    floors = {id(pair): badness(metric, pair.target, pair.effected) for pair in every}
    near = {
        (target, what): badness(metric, pair.target, answer(pair.target))
        for target, pair in targets.items()
        for what, answer in NEAR_PERFECT.items()
    }
    return (
        *_costs(pairs, floors, near),
        _near_perfect(every, floors, near),
        _grades(metric, list(targets.values())),
        *_tricks(metric, every),
    )


def badness(metric: Metric, target: Audio, answer: Audio) -> float:
    """The value turned so that more is worse: 0 at perfect."""
    return metric.sign * (metric.perfect - metric(reference=target, estimate=answer))


def _costs(pairs: Pairs, floors: Floors, near: Near) -> Iterator[Criterion]:
    """The mean cost of what nobody hears, as a share of the mean way from floor to ceiling."""
    for what in INAUDIBLE:
        shares = {}
        for task, of_task in pairs.by_task.items():
            costs = [near[id(pair.target), what] for pair in of_task]
            way = fsum(floors[id(pair)] for pair in of_task)
            shares[task] = fsum(costs) / way if way > 0.0 else float("inf")
        figures = ", ".join(f"{task} {100.0 * share:.2g} %" for task, share in shares.items())
        worst = max(shares.values())
        holds = worst < LARGEST_COST
        yield Criterion(f"{what} costs under 2 %", holds, figures, f"{100.0 * worst:.2g} %")


def _near_perfect(pairs: Sequence[ProofPair], floors: Floors, near: Near) -> Criterion:
    wrong = [
        f"{pair.name} ({what})"
        for pair in pairs
        for what in NEAR_PERFECT
        if not near[id(pair.target), what] < floors[id(pair)]
    ]
    count = len(pairs) * len(NEAR_PERFECT)
    return _counted("near-perfect before effected in every pair", wrong, count, 1.0)


def _grades(metric: Metric, pairs: Sequence[ProofPair]) -> Criterion:
    """The neighbouring grades of every degradation.

    Args:
        pairs: one of each target.
    """
    wrong, count, least = list[str](), 0, 1.0
    for name in metric.sees:
        missed, of_name = list[str](), 0
        for pair in pairs:
            if name == "width" and _is_mono(pair.target):
                continue
            grades = [
                badness(metric, pair.target, grade)
                for grade in DEGRADATIONS[name].grades(pair.target)
            ]
            of_name += len(grades) - 1
            missed += [f"{name} on {pair.name}" for a, b in pairwise(grades) if not a < b]
        least = min(least, 1.0 - len(missed) / max(of_name, 1))
        wrong, count = wrong + missed, count + of_name
    title = "grades in order in 98 % of pairs of each degradation"
    if not count:
        return Criterion(title, False, "claims to see no degradation", "–")
    one = _counted(title, wrong, count, LEAST_IN_ORDER)
    return Criterion(title, least >= LEAST_IN_ORDER, one.figures, f"{100.0 * least:.3g} %")


def _tricks(metric: Metric, pairs: Sequence[ProofPair]) -> Iterator[Criterion]:
    """Tricks on the answer with effects and on one that is nearly perfect, both at the level of the
    target. A tenth of a step and 2 % of the distance from perfect are no improvement."""
    answers = [
        (f"{pair.name}, {what}", pair.target, levelled(answer, pair.target))
        for pair in pairs
        for what, answer in (("effected", pair.effected), ("nearly", nearly(pair.target)))
    ]
    plain = [badness(metric, target, answer) for _, target, answer in answers]
    for name, changes in TRICKS.items():
        wrong = [
            what
            for (what, target, answer), before in zip(answers, plain, strict=True)
            for change in changes
            if badness(metric, target, change(answer))
            < before * (1.0 - LARGEST_COST) - metric.step / 10.0
        ]
        yield _counted(f"not improved by {name}", wrong, len(answers) * len(changes), 1.0)


def _is_mono(audio: Audio) -> bool:
    return audio.channels != 2 or bool(np.array_equal(*audio.samples))


def _counted(name: str, wrong: Sequence[str], count: int, least: float) -> Criterion:
    right = count - len(wrong)
    figures = f"{right} of {count}" + (f"; not {'; '.join(wrong[:3])}" if wrong else "")
    return Criterion(name, right >= least * count, figures, f"{right}/{count}")
