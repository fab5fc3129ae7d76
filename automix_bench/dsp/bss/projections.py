"""The ratios of BSS Eval, from the projections of every estimate in every frame: the computation
behind `bss_eval`.

The energy of filtered sounds that are 0 outside of a frame follows from the sounds' correlations in
that frame and from those of the filters:

    || sum over a of h_a * s_a ||^2 = sum over a, b, l of q_ab[l] r_ab[l]
    q_ab[l] = sum over k of h_a[k + l] h_b[k],    r_ab[l] = sum over n of s_a[n] s_b[n + l]

The filters are solved from the sums of r over frames (with what reaches from one frame into the
next). So a song is transformed once, in short blocks. Where large terms nearly cancel, by a bound
on the rounding, the frame is filtered instead, as in museval.

Frames are spread over as many threads as there are processors. Each frame is computed by itself,
without functions that start threads of their own; the result does not depend on the number of
threads.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.fft
from jaxtyping import Bool, Complex128, Float64

from automix_bench.audio import Audio
from automix_bench.dsp.bss.block_toeplitz import solved
from automix_bench.dsp.bss.correlation import Correlations, Span, correlations

TAPS = 512

Filters = Float64[np.ndarray, "_ _ taps"]  # to each output, from each input
Spectra = Complex128[np.ndarray, "_ bins"]
Ratios = Float64[np.ndarray, "three frames"]

# Correlations of all frames are stored up to this size; beyond it they are computed twice.
_STORED_BYTES = 1 << 28
# Rounding may change an energy by this part of it: 0.00004 dB.
_TOLERATED = 1e-5
_ROUNDING = 2.0 * math.sqrt(TAPS) * float(np.finfo(float).eps)


@dataclass(frozen=True)
class _Form:
    """The quadratic form that gives the energy of filtered sounds from the correlations of the
    sounds."""

    weights: Float64[np.ndarray, "_ _ taps"]
    norms: Float64[np.ndarray, "_ _"]

    @classmethod
    def of(cls, filters: Filters) -> _Form:
        spectra = scipy.fft.rfft(filters, 2 * filters.shape[2])
        both = np.einsum("oaf,obf->abf", spectra, spectra.conj())
        weights = scipy.fft.irfft(both)[:, :, : filters.shape[2]]
        weights[:, :, 1:] *= 2.0  # negative lags of a and b are positive ones of b and a
        return cls(weights, np.sqrt(np.square(filters).sum(axis=2)))

    def energy(self, sounds: Correlations) -> float:
        # Not by BLAS, which would start threads of its own for these short sums.
        return float(np.einsum("i,i->", self.weights.ravel(), sounds.ravel()))

    def sizes(self, inputs: Float64[np.ndarray, " inputs"]) -> Float64[np.ndarray, " outputs"]:
        """An upper bound of the norm of each output, for inputs of these norms."""
        sizes: Float64[np.ndarray, " outputs"] = (self.norms * inputs).sum(axis=1)
        return sizes


@dataclass(frozen=True)
class _Estimate:
    """An estimate: where the channels of its reference and its own lie among all channels, and its
    filters."""

    own: slice
    outputs: slice
    alone: Filters
    joint: Filters
    forms: tuple[_Form, _Form, _Form, _Form]  # of P_j e - s_j, P_j e, P e - P_j e, P e

    @classmethod
    def of(cls, places: tuple[slice, slice], alone: Filters, joint: Filters) -> _Estimate:
        own, outputs = places
        spatial, interference = alone.copy(), joint.copy()
        for channel in range(len(alone)):
            spatial[channel, channel, 0] -= 1.0
        interference[:, own] -= alone
        forms = _Form.of(spatial), _Form.of(alone), _Form.of(interference), _Form.of(joint)
        return cls(own, outputs, alone, joint, forms)


@dataclass(frozen=True)
class _Song:
    """The sounds of a song, and their correlations frame by frame."""

    references: tuple[Audio, ...]
    estimates: tuple[Audio, ...]
    frame: int

    def within(self, start: int) -> Correlations:
        """Correlations of the references with all sounds, in the frame that starts there, cut
        out."""
        span = start, min(start + self.frame, self.references[0].length)
        return self._correlations(span, span)

    def whole(self, start: int, within: Correlations) -> Correlations:
        """The same, including what follows the frame: the part of the song's correlations that
        begins in the frame."""
        end = start + self.frame
        if end >= self.references[0].length:
            return within
        onward = (max(start, end - TAPS + 1), end), (end, end + TAPS - 1)
        whole: Correlations = within + self._correlations(*onward)
        return whole

    def _correlations(self, span: Span, reach: Span) -> Correlations:
        sounds = *self.references, *self.estimates
        return correlations(self.references, sounds, first=0, count=TAPS, span=span, reach=reach)


def ratios_db(
    references: tuple[Audio, ...],
    estimates: tuple[Audio, ...],
    targets: Sequence[int],
    frame: int,
    starts: Sequence[int],
) -> Float64[np.ndarray, "three estimates frames"]:
    """ISR, SIR and SAR of every estimate in the frames with these starts, in dB.

    Args:
        references: of one length and rate.
        estimates: likewise.
        targets: the index of each estimate's reference.
        frame: the length of a frame, in samples.
        starts: multiples of that.
    """
    song = _Song(references, estimates, frame)
    with _threads() as ordered:
        stored, parts = _solved(song, targets, ordered)

        def measured(start: int) -> tuple[np.ndarray, np.ndarray]:
            within = stored[start] if start in stored else song.within(start)
            return _measured(song, parts, within, start)

        frames = list(ordered(measured, starts))
        ratios = np.stack([each[0] for each in frames], axis=2)
        doubtful = np.stack([each[1] for each in frames], axis=1)
        for k, part in enumerate(parts):
            again = np.flatnonzero(doubtful[k])
            if again.size:
                chosen = [starts[t] for t in again.tolist()]
                ratios[:, k, again] = _filtered(song, part, estimates[k], chosen, ordered)
    return ratios


def ratio_db(signal: float, error: float) -> float:
    """10 log10(signal / error); infinite for no error, else minus infinity for no signal."""
    if error <= 0.0:
        return math.inf
    return 10.0 * math.log10(signal / error) if signal > 0.0 else -math.inf


# A `map` over one or more rows of arguments.
Ordered = Callable[..., Iterator[Any]]


@contextmanager
def _threads() -> Iterator[Ordered]:
    """A `map` that works on many items at once and returns results in order."""
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(free or 1) as threads:
        yield threads.map


def _solved(
    song: _Song, targets: Sequence[int], ordered: Ordered
) -> tuple[dict[int, Correlations], list[_Estimate]]:
    """The correlations of each frame, if they are few, and the filters of each estimate."""
    inputs, outputs = _rows(song.references), _rows(song.estimates)
    total, stored = _summed(song, (inputs[-1].stop, outputs[-1].stop), ordered)
    count = len(total)
    inner, products = total[:, :count], total[:, count:].transpose(0, 2, 1)
    # As in museval; too little to matter wherever the sound is audible.
    inner[np.arange(count), np.arange(count), 0] += np.finfo(float).eps
    systems = [(slice(0, count), slice(0, outputs[-1].stop))] if len(inputs) > 1 else []
    systems += [(inputs[j], output) for j, output in zip(targets, outputs, strict=True)]

    def filters(system: tuple[slice, slice]) -> Filters:
        own, output = system
        return solved(inner[own, own], products[own, :, output]).transpose(2, 0, 1).copy()

    solutions = list(ordered(filters, systems))
    alone = solutions[-len(targets) :]
    joint = [solutions[0][output] for output in outputs] if len(inputs) > 1 else alone
    places = [
        (inputs[j], slice(count + output.start, count + output.stop))
        for j, output in zip(targets, outputs, strict=True)
    ]
    return stored, list(ordered(_Estimate.of, places, alone, joint))


def _summed(
    song: _Song, rows: tuple[int, int], ordered: Ordered
) -> tuple[Correlations, dict[int, Correlations]]:
    """The correlations of the whole song, and those of its frames by their starts."""
    starts = range(0, song.references[0].length, song.frame)
    total = np.zeros((rows[0], sum(rows), TAPS))
    store = total.nbytes * len(starts) <= _STORED_BYTES
    stored: dict[int, Correlations] = {}

    def both(start: int) -> tuple[Correlations, Correlations]:
        within = song.within(start)
        return within, song.whole(start, within)

    for start, (within, whole) in zip(starts, ordered(both, starts), strict=True):
        total += whole
        if store:
            stored[start] = within
    return total, stored


def _rows(sounds: Sequence[Audio]) -> list[slice]:
    """The slice of each sound's channels, if the channels of all sounds are stacked."""
    ends = np.cumsum([0, *(audio.channels for audio in sounds)]).tolist()
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _measured(
    song: _Song, parts: Sequence[_Estimate], within: Correlations, start: int
) -> tuple[Float64[np.ndarray, "three estimates"], Bool[np.ndarray, " estimates"]]:
    """The ratios of one frame, and whether rounding may matter in those of each estimate."""
    inputs = len(within)
    inner = within[:, :inputs]
    norms = np.sqrt(np.maximum(np.einsum("aal->al", inner)[:, 0], 0.0))
    ratios = np.empty((3, len(parts)))
    doubtful = np.zeros(len(parts), bool)
    for k, part in enumerate(parts):
        own = part.own
        alone = inner[own, own]
        spatial, target, interference, joint = part.forms
        samples = song.estimates[k].samples[:, start : start + song.frame].astype(np.float64)
        levels = np.einsum("cn,cn->c", samples, samples)
        cross = np.einsum("oat,aot->", part.joint, within[:, part.outputs])
        whole = joint.energy(inner)
        energies = (
            (float(np.square(norms[own]).sum()), norms[own]),
            (spatial.energy(alone), spatial.sizes(norms[own])),
            (target.energy(alone), target.sizes(norms[own])),
            (interference.energy(inner), interference.sizes(norms)),
            (whole, joint.sizes(norms)),
            (
                float(levels.sum()) - 2.0 * float(cross) + whole,
                joint.sizes(norms) + np.sqrt(levels),
            ),
        )
        doubtful[k] = any(
            _ROUNDING * np.square(sizes).sum() > _TOLERATED * energy for energy, sizes in energies
        )
        values = [energy for energy, _ in energies]
        ratios[:, k] = list(map(ratio_db, values[::2], values[1::2]))
    return ratios, doubtful


def _filtered(
    song: _Song, part: _Estimate, estimate: Audio, starts: Sequence[int], ordered: Ordered
) -> Ratios:
    """The ratios of one estimate in some frames, from the filtered sounds."""
    size = 2 * int(scipy.fft.next_fast_len((song.frame + TAPS) // 2, real=True))
    alone, joint = scipy.fft.rfft(part.alone, size), scipy.fft.rfft(part.joint, size)

    def spectra(sounds: Sequence[Audio], start: int) -> Spectra:
        cut = [audio.samples[:, start : start + song.frame] for audio in sounds]
        return np.asarray(scipy.fft.rfft(np.concatenate(cut).astype(np.float64), size))

    def measured(start: int) -> list[float]:
        sources, answer = spectra(song.references, start), spectra((estimate,), start)
        target = sources[part.own]
        own, whole = _through(alone, target), _through(joint, sources)
        pairs = ((target, own - target), (own, whole - own), (whole, answer - whole))
        return [ratio_db(_energy(signal), _energy(error)) for signal, error in pairs]

    return np.array(list(ordered(measured, starts))).T


def _through(filters: Complex128[np.ndarray, "_ _ bins"], inputs: Spectra) -> Spectra:
    """Each output, of all inputs through their filters."""
    out: Spectra = filters[:, 0] * inputs[0]
    for i in range(1, len(inputs)):
        out += filters[:, i] * inputs[i]
    return out


def _energy(spectra: Spectra) -> float:
    """The energy by Parseval's theorem, up to a factor that is the same for all sounds of a frame.
    Every bin but the first and the last, at half the rate, also stands for its mirror image."""
    parts = spectra.view(np.float64)
    ends = np.square(np.abs(spectra[:, 0])) + np.square(np.abs(spectra[:, -1]))
    return 2.0 * float(np.einsum("ij,ij->", parts, parts)) - float(ends.sum())
