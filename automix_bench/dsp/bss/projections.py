"""What BSS Eval's projections leave of every estimate in every frame: the work behind `bss_eval`.

What filters make of sounds that are 0 outside of a frame has an energy that follows from the
sounds' correlations in that frame and the filters' own:

    || sum over a of h_a * s_a ||^2 = sum over a, b, l of q_ab[l] r_ab[l]
    q_ab[l] = sum over k of h_a[k + l] h_b[k],    r_ab[l] = sum over n of s_a[n] s_b[n + l]

and the sums over frames of the latter (with what reaches from one frame into the next) are what
the filters are solved from. So a song is transformed once, in short blocks. Where large terms all
but cancel, by a bound on the rounding, the frame is filtered instead, as museval does.

Frames go over as many threads as there are processors, each by itself and with nothing in it that
has threads of its own; what comes out does not depend on their number.
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

# Correlations of all frames are kept up to this size, and beyond it computed a second time.
_KEPT_BYTES = 1 << 28
# Rounding may move an energy by this part of it: 0.00004 dB.
_TOLERATED = 1e-5
_ROUNDING = 2.0 * math.sqrt(TAPS) * float(np.finfo(float).eps)


@dataclass(frozen=True)
class _Form:
    """The energy of what filters make of sounds, from the correlations of the sounds."""

    weights: Float64[np.ndarray, "_ _ taps"]
    norms: Float64[np.ndarray, "_ _"]

    @classmethod
    def of(cls, filters: Filters) -> _Form:
        spectra = scipy.fft.rfft(filters, 2 * filters.shape[2])
        both = np.einsum("oaf,obf->abf", spectra, spectra.conj())
        weights = scipy.fft.irfft(both)[:, :, : filters.shape[2]]
        weights[:, :, 1:] *= 2.0  # negative lags of a and b are positive ones of b and a
        return cls(weights, np.sqrt(np.square(filters).sum(axis=2)))

    def energy(self, found: Correlations) -> float:
        # Not by BLAS, which would wake threads of its own for these short sums.
        return float(np.einsum("i,i->", self.weights.ravel(), found.ravel()))

    def sizes(self, inputs: Float64[np.ndarray, " inputs"]) -> Float64[np.ndarray, " outputs"]:
        """What each output could come to at most, for inputs of these norms."""
        sizes: Float64[np.ndarray, " outputs"] = (self.norms * inputs).sum(axis=1)
        return sizes


@dataclass(frozen=True)
class _Estimate:
    """An estimate, where its reference and it lie among all channels, and its filters."""

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
    """The sounds, one second after the other."""

    references: tuple[Audio, ...]
    estimates: tuple[Audio, ...]
    frame: int

    def within(self, start: int) -> Correlations:
        """Of the references with all sounds, in the frame that starts there, cut out."""
        span = start, min(start + self.frame, self.references[0].length)
        return self._correlations(span, span)

    def whole(self, start: int, within: Correlations) -> Correlations:
        """The same with what follows the frame: the part of the song's that begins in it."""
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
    """ISR, SIR and SAR of every estimate in the frames that start there, in dB.

    Args:
        references: of one length and rate.
        estimates: likewise.
        targets: which of the references each estimate is of.
        frame: the length of one, in samples.
        starts: multiples of that.
    """
    song = _Song(references, estimates, frame)
    with _threads() as ordered:
        kept, parts = _solved(song, targets, ordered)

        def measured(start: int) -> tuple[np.ndarray, np.ndarray]:
            found = kept[start] if start in kept else song.within(start)
            return _measured(song, parts, found, start)

        frames = list(ordered(measured, starts))
        ratios = np.stack([each[0] for each in frames], axis=2)
        doubtful = np.stack([each[1] for each in frames], axis=1)
        for k, part in enumerate(parts):
            again = np.flatnonzero(doubtful[k])
            if again.size:
                chosen = [starts[t] for t in again.tolist()]
                ratios[:, k, again] = _filtered(song, part, estimates[k], chosen, ordered)
    return ratios


def ratio_db(kept: float, error: float) -> float:
    """10 log10(kept / error), infinite for no error and minus that for nothing kept."""
    if error <= 0.0:
        return math.inf
    return 10.0 * math.log10(kept / error) if kept > 0.0 else -math.inf


# A `map` over one or more rows of arguments.
Ordered = Callable[..., Iterator[Any]]


@contextmanager
def _threads() -> Iterator[Ordered]:
    """Do work on each of many things at once, with what comes out in their order."""
    free = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ThreadPoolExecutor(free or 1) as threads:
        yield threads.map


def _solved(
    song: _Song, targets: Sequence[int], ordered: Ordered
) -> tuple[dict[int, Correlations], list[_Estimate]]:
    """The correlations of each frame, if they are few, and the filters of each estimate."""
    inputs, outputs = _rows(song.references), _rows(song.estimates)
    total, kept = _summed(song, (inputs[-1].stop, outputs[-1].stop), ordered)
    count = len(total)
    inner, wanted = total[:, :count], total[:, count:].transpose(0, 2, 1)
    # As museval has it; too little to matter wherever the sound is audible.
    inner[np.arange(count), np.arange(count), 0] += np.finfo(float).eps
    systems = [(slice(0, count), slice(0, outputs[-1].stop))] if len(inputs) > 1 else []
    systems += [(inputs[j], output) for j, output in zip(targets, outputs, strict=True)]

    def filters(system: tuple[slice, slice]) -> Filters:
        own, output = system
        return solved(inner[own, own], wanted[own, :, output]).transpose(2, 0, 1).copy()

    solutions = list(ordered(filters, systems))
    alone = solutions[-len(targets) :]
    joint = [solutions[0][output] for output in outputs] if len(inputs) > 1 else alone
    places = [
        (inputs[j], slice(count + output.start, count + output.stop))
        for j, output in zip(targets, outputs, strict=True)
    ]
    return kept, list(ordered(_Estimate.of, places, alone, joint))


def _summed(
    song: _Song, rows: tuple[int, int], ordered: Ordered
) -> tuple[Correlations, dict[int, Correlations]]:
    """The correlations of the whole song, and those of its frames by where they start."""
    starts = range(0, song.references[0].length, song.frame)
    total = np.zeros((rows[0], sum(rows), TAPS))
    keep = total.nbytes * len(starts) <= _KEPT_BYTES
    kept: dict[int, Correlations] = {}

    def found(start: int) -> tuple[Correlations, Correlations]:
        within = song.within(start)
        return within, song.whole(start, within)

    for start, (within, whole) in zip(starts, ordered(found, starts), strict=True):
        total += whole
        if keep:
            kept[start] = within
    return total, kept


def _rows(sounds: Sequence[Audio]) -> list[slice]:
    """Where the channels of each lie, if those of all are one below the other."""
    ends = np.cumsum([0, *(audio.channels for audio in sounds)]).tolist()
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _measured(
    song: _Song, parts: Sequence[_Estimate], found: Correlations, start: int
) -> tuple[Float64[np.ndarray, "three estimates"], Bool[np.ndarray, " estimates"]]:
    """The ratios of one frame, and of which estimates rounding might have a say in them."""
    inputs = len(found)
    inner = found[:, :inputs]
    norms = np.sqrt(np.maximum(np.einsum("aal->al", inner)[:, 0], 0.0))
    ratios = np.empty((3, len(parts)))
    doubtful = np.zeros(len(parts), bool)
    for k, part in enumerate(parts):
        own = part.own
        alone = inner[own, own]
        spatial, kept, interference, joint = part.forms
        heard = song.estimates[k].samples[:, start : start + song.frame].astype(np.float64)
        levels = np.einsum("cn,cn->c", heard, heard)
        cross = np.einsum("oat,aot->", part.joint, found[:, part.outputs])
        whole = joint.energy(inner)
        energies = (
            (float(np.square(norms[own]).sum()), norms[own]),
            (spatial.energy(alone), spatial.sizes(norms[own])),
            (kept.energy(alone), kept.sizes(norms[own])),
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
    """The ratios of one estimate in some frames, by what the filters make of them."""
    size = 2 * int(scipy.fft.next_fast_len((song.frame + TAPS) // 2, real=True))
    alone, joint = scipy.fft.rfft(part.alone, size), scipy.fft.rfft(part.joint, size)

    def spectra(sounds: Sequence[Audio], start: int) -> Spectra:
        cut = [audio.samples[:, start : start + song.frame] for audio in sounds]
        return np.asarray(scipy.fft.rfft(np.concatenate(cut).astype(np.float64), size))

    def measured(start: int) -> list[float]:
        shown, heard = spectra(song.references, start), spectra((estimate,), start)
        target = shown[part.own]
        own, whole = _through(alone, target), _through(joint, shown)
        pairs = ((target, own - target), (own, whole - own), (whole, heard - whole))
        return [ratio_db(_energy(kept), _energy(error)) for kept, error in pairs]

    return np.array(list(ordered(measured, starts))).T


def _through(filters: Complex128[np.ndarray, "_ _ bins"], inputs: Spectra) -> Spectra:
    """Each output, of all inputs through their filters."""
    out: Spectra = filters[:, 0] * inputs[0]
    for i in range(1, len(inputs)):
        out += filters[:, i] * inputs[i]
    return out


def _energy(spectra: Spectra) -> float:
    """By Parseval's theorem, but for a factor that is the same for all sounds of a frame. Every
    bin but the first and the last, at half the rate, stands for its mirror image as well."""
    parts = spectra.view(np.float64)
    ends = np.square(np.abs(spectra[:, 0])) + np.square(np.abs(spectra[:, -1]))
    return 2.0 * float(np.einsum("ij,ij->", parts, parts)) - float(ends.sum())
