"""What a metric's card claims, put to the test: known answers, order under damage, blindness
exactly as stated, the same value alone as in company, agreement with outside implementations."""

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
from automix_bench.proofs.songs import CHANGED, ProofSong


@dataclass(frozen=True)
class Proof:
    """A claim, and what was found.

    Attributes:
        kind: the sort of claim; of one sort may be many.
        holds: None where there is nothing to hold it to: a figure that is only reported, or an
            outside implementation that is not installed.
        found: the figures.
    """

    kind: str
    claim: str
    holds: bool | None
    found: str


Songs = tuple[ProofSong, ...]


@dataclass(frozen=True)
class Proved:
    """A metric and its proofs; none of them where packages that it needs are missing."""

    metric: Metric
    proofs: tuple[Proof, ...]
    missing: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Proof, ...]:
        """The proofs that do not hold."""
        return tuple(proof for proof in self.proofs if proof.holds is False)


def proved(metric: Metric, songs: Songs) -> Proved:
    """A metric with every proof."""
    missing = tuple(not_installed(metric))
    return Proved(metric, () if missing else tuple(prove(metric, songs)), missing)


def prove(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """Every proof of a metric, one after the other."""
    yield from known_answers(metric)
    for proof in (perfect_on_itself, silence, changes, orders, alone_as_in_company):
        yield from proof(metric, songs)
    yield from resampled(metric, songs)
    yield from peers(metric, songs)
    yield from cost(metric, songs)


def error(metric: Metric, reference: Audio, estimate: Audio) -> float:
    """How far the value lies from perfect, in the metric's unit."""
    return abs(metric(reference=reference, estimate=estimate) - metric.perfect)


def known_answers(metric: Metric) -> Iterator[Proof]:
    """Pairs that were done by hand."""
    for known in metric.known:
        reference, estimate = known.pair()
        value = metric(reference=reference, estimate=estimate)
        right = abs(value - known.value) <= known.within or value == known.value
        wanted = f"{known.value:g} ± {known.within:g}{metric.after_number}"
        undefined = math.isnan(value) and math.isnan(known.value)
        yield Proof("known", known.what, right or undefined, f"{value:.6g}, wanted {wanted}")


def perfect_on_itself(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """A sound against itself, to a thousandth of a step."""
    off = max(error(metric, song.sound, song.sound) for song in songs)
    perfect = off <= metric.step / 1000.0
    yield Proof("perfect", f"{metric.perfect:g} on itself", perfect, f"{off:.3g} off")


def silence(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """A silent estimate gets the worst there is, unless the card says that silence is not seen.
    What is kept as it was published may do as it did."""
    if metric.instead or "silence" in metric.blind_to:
        return
    silent = CHANGED["silence"]
    values = [metric(reference=song.sound, estimate=silent(song.sound)) for song in songs]
    worst = all(value == metric.worst for value in values)
    claim = f"silence is worst: {metric.worst:g}"
    yield Proof("silence", claim, worst, ", ".join(f"{value:.4g}" for value in values))


def changes(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """Every change that a metric may be blind to."""
    yield from (changed(metric, songs, change) for change in CHANGES)


def changed(metric: Metric, songs: Songs, change: str) -> Proof:
    """Blind to a change: on no song does it move the value by a step, neither of the song itself
    nor of one that is off already. Not blind: on some it does. What comes last may matter or not,
    so a truncation is tried on the songs played backwards too."""
    moved = max(_moved(metric, song, change) for song in songs)
    blind = change in metric.blind_to
    found = f"moves by {moved:.3g}{metric.after_number}, a step is {metric.step:g}"
    claim = f"{'blind to' if blind else 'sees'} {change}"
    return Proof("change", claim, (moved < metric.step) == blind, found)


def _moved(metric: Metric, song: ProofSong, change: str) -> float:
    moved = 0.0
    for backwards in (False, True) if change == "truncation" else (False,):
        for reference, given, before in _unchanged(metric, song, backwards):
            after = metric(reference=reference, estimate=CHANGED[change](given))
            moved = max(moved, abs(after - before))
    return moved


@functools.lru_cache(maxsize=16)
def _unchanged(
    metric: Metric, song: ProofSong, backwards: bool
) -> tuple[tuple[Audio, Audio, float], ...]:
    """The references and estimates that all changes start from, with their values."""
    pairs = [(song.sound, song.sound), (song.sound, song.spoiled)]
    if backwards:
        pairs = [(_backwards(reference), _backwards(given)) for reference, given in pairs]
    return tuple((*pair, metric(reference=pair[0], estimate=pair[1])) for pair in pairs)


def _backwards(audio: Audio) -> Audio:
    return audio.with_samples(audio.samples[:, ::-1])


def orders(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """The five grades of every degradation that it claims to see: in strict order on every song,
    the heaviest of some song a step off or more."""
    for name in metric.sees:
        errors = [graded_errors(metric, song, name) for song in songs]
        strict = all(mild < heavy for row in errors for mild, heavy in pairwise(row))
        amounts = ", ".join(f"{amount:g}" for amount in DEGRADATIONS[name].amounts)
        found = "; ".join(
            f"{song.name} {', '.join(f'{off:.3g}' for off in row)}"
            for song, row in zip(songs, errors, strict=True)
        )
        seen = max(max(row) for row in errors) >= metric.step
        claim = f"{name} in order: {amounts} {DEGRADATIONS[name].unit}"
        yield Proof("order", claim, strict and seen, f"off by {found}")


def graded_errors(metric: Metric, song: ProofSong, degradation: str) -> list[float]:
    """How far off every grade is, mild to heavy."""
    return [error(metric, song.sound, grade) for grade in song.graded(degradation)]


def alone_as_in_company(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """A pair's value does not depend on those measured before it, nor on what is shared."""
    pairs = [(song.sound, song.spoiled) for song in songs]
    alone = _values(metric, pairs)
    with sharing():
        shared = _values(metric, [*pairs, *pairs])
    backwards = _values(metric, pairs[::-1])[::-1]
    same = [*alone, *alone] == shared and alone == backwards
    yield Proof("batch", "alone as in company", same, f"{len(pairs)} pairs, three times over")


def _values(metric: Metric, pairs: Iterable[tuple[Audio, Audio]]) -> list[float]:
    return [metric(reference=reference, estimate=estimate) for reference, estimate in pairs]


def resampled(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """What becomes of a sound that was taken to 48 kHz and back, as many models do; a report."""
    import soxr

    errors = []
    for song in songs:
        there = soxr.resample(song.sound.samples.T, song.sound.rate, 48_000)
        back = soxr.resample(there, 48_000, song.sound.rate).T[:, : song.sound.length]
        errors.append(error(metric, song.sound, song.sound.with_samples(back)))
    found = f"off by {max(errors):.3g}{metric.after_number}"
    yield Proof("resampling", "at 48 kHz and back", None, found)


def peers(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """Beside every outside implementation, on the songs, spoiled: mildly, and heavily."""
    for peer in metric.peers:
        if absent := missing(peer.packages):
            yield Proof("peer", peer.name, None, f"not installed: {', '.join(absent)}")
            continue
        yield _beside(metric, peer, songs)


def _beside(metric: Metric, peer: Peer, songs: Songs) -> Proof:
    """The pair on which the two lie farthest apart."""
    found = []
    for song in songs:
        for estimate in (song.spoiled, song.graded("clip")[3]):
            ours = metric(reference=song.sound, estimate=estimate)
            theirs = peer.compare(reference=song.sound, estimate=estimate)
            found.append((abs(ours - theirs), ours, theirs))
    apart, ours, theirs = max(found)
    said = f"{ours:.6g}, theirs {theirs:.6g}: {apart:.2g} apart, within {peer.within:g}"
    return Proof("peer", f"as {peer.name}", apart <= peer.within, said)


def cost(metric: Metric, songs: Songs) -> Iterator[Proof]:
    """Times real time on one core, of ours and of every peer; what is called cheap takes less than
    three seconds a minute, which a busy machine may not show: reported."""
    song = songs[0]
    ours = times_real_time(metric, song)
    yield Proof("cost", "speed", None, f"{ours:.3g} x real time")
    for peer in metric.peers:
        if not missing(peer.packages):
            theirs = times_real_time(peer.compare, song)
            ratio = f"{theirs:.3g} x real time, ours {ours / theirs:.3g} times as fast"
            yield Proof("cost", f"speed of {peer.name}", None, ratio)


def times_real_time(compare: Callable[..., float], song: ProofSong) -> float:
    """Seconds of sound a second of processor time, the better of two goes after a first; of the
    song four times over, as what is found once for a song is little in a longer one."""
    pair = [np.tile(audio.samples, (1, 4)) for audio in (song.sound, song.spoiled)]
    spent = []
    for _ in range(3):
        # Anew each time: what was measured of a sound may stay with it.
        reference, estimate = (song.sound.with_samples(samples) for samples in pair)
        begun = time.process_time()
        compare(reference=reference, estimate=estimate)
        spent.append(time.process_time() - begun)
    return reference.seconds / max(min(spent[1:]), 1e-9)
