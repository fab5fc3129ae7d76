"""Put what a metric's card claims to the test.

The claims: values that are known by hand, the order of damaged sounds, blindness to exactly the
changes that the card names, the same value whatever was measured before, agreement with other
implementations, and fitness to rank.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from automix_bench.audio import Audio
from automix_bench.catalogue.metrics import missing, not_installed
from automix_bench.dsp.memo import sharing
from automix_bench.metric import CHANGES, Metric, Peer
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.eligibility import eligibility
from automix_bench.proofs.pairs import Pairs
from automix_bench.proofs.songs import CHANGED, ProofSong

Songs = tuple[ProofSong, ...]


@dataclass(frozen=True)
class Proof:
    """A claim and the result of its test.

    Attributes:
        kind: the sort of claim. There may be several proofs of one kind.
        holds: whether the claim holds. None if there is nothing to test: the proof only reports a
            figure, or an outside implementation is not installed.
        found: the figures.
    """

    kind: str
    claim: str
    holds: bool | None
    found: str


@dataclass(frozen=True)
class Proved:
    """A metric and its proofs. There are none if packages that it needs are missing."""

    metric: Metric
    proofs: tuple[Proof, ...]
    missing: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Proof, ...]:
        """The proofs that do not hold."""
        return tuple(proof for proof in self.proofs if proof.holds is False)


def prove(metric: Metric, songs: Songs, pairs: Pairs | None = None) -> Proved:
    """Test every claim of a metric on the songs.

    Args:
        pairs: the pairs on which it shows whether it is fit to rank; None for not to try.
    """
    missing = tuple(not_installed(metric))
    return Proved(metric, () if missing else tuple(proofs(metric, songs, pairs)), missing)


def proofs(metric: Metric, songs: Songs, pairs: Pairs | None = None) -> Iterator[Proof]:
    """Every proof of a metric, one after the other."""
    yield from known_answers(metric)
    for kind in (perfect_on_itself, silence, changes, orders, alone_and_together):
        yield from kind(metric, songs)
    yield from resampled(metric, songs)
    yield from peers(metric, songs)
    yield from cost(metric, songs)
    if pairs is not None:
        yield from eligible(metric, pairs)


def eligible(metric: Metric, pairs: Pairs) -> Iterator[Proof]:
    """Whether the metric is fit to rank. For a metric that does not claim to be, a report only."""
    for one in eligibility(metric, pairs):
        mark = one.holds if metric.ranks else None
        outcome = "" if one.holds else "not met: "
        yield Proof("eligibility", f"to rank: {one.name}", mark, f"{outcome}{one.figures}")


def error(metric: Metric, reference: Audio, estimate: Audio) -> float:
    """The distance of the value from perfect, in the metric's unit."""
    return abs(metric(reference=reference, estimate=estimate) - metric.perfect)


def known_answers(metric: Metric) -> Iterator[Proof]:
    """Pairs of sounds whose value was worked out by hand."""
    for known in metric.known:
        reference, estimate = known.pair()
        value = metric(reference=reference, estimate=estimate)
        right = abs(value - known.value) <= known.within or value == known.value
        expected = f"{known.value:g} ± {known.within:g}{metric.after_number}"
        undefined = math.isnan(value) and math.isnan(known.value)
        yield Proof("known", known.what, right or undefined, f"{value:.6g}, expected {expected}")


def perfect_on_itself(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """A sound compared with itself is perfect, to a thousandth of a step."""
    off = max(error(metric, song.sound, song.sound) for song in songs)
    perfect = off <= metric.step / 1000.0
    yield Proof("perfect", f"{metric.perfect:g} on itself", perfect, f"{off:.3g} off")


def silence(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """A silent estimate gets the worst value. Metrics whose card names blindness to silence are not
    tested, nor are metrics that are kept as they were published."""
    if metric.instead or "silence" in metric.blind_to:
        return
    silenced = CHANGED["silence"]
    values = [metric(reference=song.sound, estimate=silenced(song.sound)) for song in songs]
    worst = all(value == metric.worst for value in values)
    claim = f"silence is worst: {metric.worst:g}"
    yield Proof("silence", claim, worst, ", ".join(f"{value:.4g}" for value in values))


def changes(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """Blindness or sight, for every change in `CHANGES`."""
    yield from (changed(metric, songs, change) for change in CHANGES)


def changed(metric: Metric, songs: Songs, change: str) -> Proof:
    """Blindness or sight, for one change.

    A blind metric moves by less than a step on every song, whether the estimate was a copy of the
    song or already damaged. Otherwise the metric moves by a step or more on some song. The end of a
    song may matter more or less than its start, so a truncation is also tried on the songs played
    backwards.
    """
    moved = max(_moved(metric, song, change) for song in songs)
    blind = change in metric.blind_to
    figures = f"moves by {moved:.3g}{metric.after_number}, a step is {metric.step:g}"
    claim = f"{'blind to' if blind else 'sees'} {change}"
    return Proof("change", claim, (moved < metric.step) == blind, figures)


def _moved(metric: Metric, song: ProofSong, change: str) -> float:
    """The largest move of the value by a change."""
    moved = 0.0
    for backwards in (False, True) if change == "truncation" else (False,):
        for reference, estimate, before in _unchanged(metric, song, backwards):
            after = metric(reference=reference, estimate=CHANGED[change](estimate))
            moved = max(moved, abs(after - before))
    return moved


@functools.lru_cache(maxsize=16)
def _unchanged(
    metric: Metric, song: ProofSong, backwards: bool
) -> tuple[tuple[Audio, Audio, float], ...]:
    """The references and estimates that every change is applied to, with their values."""
    pairs = [(song.sound, song.sound), (song.sound, song.spoiled)]
    if backwards:
        pairs = [(_backwards(reference), _backwards(estimate)) for reference, estimate in pairs]
    return tuple((*pair, metric(reference=pair[0], estimate=pair[1])) for pair in pairs)


def _backwards(audio: Audio) -> Audio:
    return audio.with_samples(audio.samples[:, ::-1])


def orders(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """The five grades of every degradation that the card claims to see are in strict order on every
    song, and at least one grade of one song is a step off or more."""
    for name in metric.sees:
        errors = [graded_errors(metric, song, name) for song in songs]
        strict = all(mild < heavy for row in errors for mild, heavy in pairwise(row))
        amounts = ", ".join(f"{amount:g}" for amount in DEGRADATIONS[name].amounts)
        figures = "; ".join(
            f"{song.name} {', '.join(f'{off:.3g}' for off in row)}"
            for song, row in zip(songs, errors, strict=True)
        )
        seen = max(max(row) for row in errors) >= metric.step
        claim = f"{name} in order: {amounts} {DEGRADATIONS[name].unit}"
        yield Proof("order", claim, strict and seen, f"off by {figures}")


def graded_errors(metric: Metric, song: ProofSong, degradation: str) -> list[float]:
    """The error of every grade of a degradation, mild to heavy."""
    return [error(metric, song.sound, grade) for grade in song.graded(degradation)]


def alone_and_together(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """The value of a pair does not depend on the pairs that were measured before, nor on
    measurements that metrics share."""
    pairs = [(song.sound, song.spoiled) for song in songs]
    alone = _values(metric, pairs)
    with sharing():
        shared = _values(metric, [*pairs, *pairs])
    backwards = _values(metric, pairs[::-1])[::-1]
    same = [*alone, *alone] == shared and alone == backwards
    yield Proof("batch", "equal alone and among others", same, f"{len(pairs)} pairs, three times")


def _values(metric: Metric, pairs: Iterable[tuple[Audio, Audio]]) -> list[float]:
    return [metric(reference=reference, estimate=estimate) for reference, estimate in pairs]


def resampled(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """The error of a sound that was resampled to 48 kHz and back, as many models do. A report
    only."""
    import soxr

    errors = []
    for song in songs:
        at_48_khz = soxr.resample(song.sound.samples.T, song.sound.rate, 48_000)
        back = soxr.resample(at_48_khz, 48_000, song.sound.rate).T[:, : song.sound.length]
        errors.append(error(metric, song.sound, song.sound.with_samples(back)))
    figures = f"off by {max(errors):.3g}{metric.after_number}"
    yield Proof("resampling", "at 48 kHz and back", None, figures)


def peers(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """Agreement with every outside implementation, on mildly and on heavily damaged songs."""
    for peer in metric.peers:
        if absent := missing(peer.packages):
            yield Proof("peer", peer.name, None, f"not installed: {', '.join(absent)}")
            continue
        yield _agreement(metric, peer, songs)


def _agreement(metric: Metric, peer: Peer, songs: Songs) -> Proof:
    """The values of the pair on which the two lie farthest apart."""
    values = []
    for song in songs:
        for estimate in (song.spoiled, song.graded("clip")[3]):
            ours = metric(reference=song.sound, estimate=estimate)
            theirs = peer.compare(reference=song.sound, estimate=estimate)
            values.append((abs(ours - theirs), ours, theirs))
    apart, ours, theirs = max(values)
    figures = f"{ours:.6g}, theirs {theirs:.6g}: {apart:.2g} apart, within {peer.within:g}"
    return Proof("peer", f"as {peer.name}", apart <= peer.within, figures)


def cost(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """The speed on one core, ours and that of every peer, as a multiple of real time. It is only
    reported: a metric that is called cheap takes less than three seconds a minute of sound, which a
    busy machine may not show."""
    song = songs[0]
    ours = times_real_time(metric, song)
    yield Proof("cost", "speed", None, f"{ours:.3g} x real time")
    for peer in metric.peers:
        if not missing(peer.packages):
            theirs = times_real_time(peer.compare, song)
            ratio = f"{theirs:.3g} x real time, ours {ours / theirs:.3g} times as fast"
            yield Proof("cost", f"speed of {peer.name}", None, ratio)


def times_real_time(compare: Callable[..., float], song: ProofSong) -> float:
    """Seconds of sound per second of processor time.

    The song is repeated four times, so that work which is done once for each sound counts little.
    The first of three runs warms up; the faster of the other two counts.
    """
    pair = [np.tile(audio.samples, (1, 4)) for audio in (song.sound, song.spoiled)]
    spent = []
    for _ in range(3):
        # New sounds each time: measurements of a sound may be stored with it.
        reference, estimate = (song.sound.with_samples(samples) for samples in pair)
        begun = time.process_time()
        compare(reference=reference, estimate=estimate)
        spent.append(time.process_time() - begun)
    return reference.seconds / max(min(spent[1:]), 1e-9)
