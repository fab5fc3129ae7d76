"""BSS Eval, version 4: what of an estimate is its target, what another source, what neither.

Each estimate e_j is taken apart by projections on the references: with filters of 512 taps, from
every channel in to every channel out, the same for the whole song,

    P_j e   what filters make of reference j alone, closest to e over the whole song
    P e     what filters make of all references together, closest to e over the whole song

and in every frame of one second, with s_j the reference and all sounds cut to the frame first,

    e_spat = P_j e - s_j,    e_interf = P e - P_j e,    e_artif = e - P e

    SDR = 10 log10( ||s_j||^2 / ||e_spat + e_interf + e_artif||^2 )
    ISR = 10 log10( ||s_j||^2 / ||e_spat||^2 )
    SIR = 10 log10( ||s_j + e_spat||^2 / ||e_interf||^2 )
    SAR = 10 log10( ||s_j + e_spat + e_interf||^2 / ||e_artif||^2 )

The numbers are those of `museval.metrics.bss_eval` (window and hop of one second, no permutation);
the work is not: the filters of all estimates come from one factorisation, and the energies are
summed over the spectra of a frame, so that nothing is transformed back.

E. Vincent, R. Gribonval & C. Févotte, Performance measurement in blind audio source separation,
IEEE TASLP 14(4), 2006; F.-R. Stöter, A. Liutkus & N. Ito, The 2018 signal separation evaluation
campaign, LVA/ICA 2018, arXiv:1804.06267.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.fft
import scipy.linalg
from jaxtyping import Bool, Complex128, Float64
from scipy.linalg import lapack

from automix_bench.audio import Audio
from automix_bench.dsp.correlation import correlations
from automix_bench.sharing import shared

TAPS = 512

Ratios = Float64[np.ndarray, "stems frames"]
Spectra = Complex128[np.ndarray, "_ bins"]
Filters = Complex128[np.ndarray, "_ _ bins"]


@dataclass(frozen=True)
class BssEval:
    """The four ratios of every stem in every frame, in dB, in the order of the stems.

    A ratio over an error of nothing is infinite. NaN in frames where a reference or an estimate is
    silent, and of stems without an estimate.
    """

    sdr: Ratios
    isr: Ratios
    sir: Ratios
    sar: Ratios


@shared
def bss_eval(references: tuple[Audio, ...], estimates: tuple[Audio | None, ...]) -> BssEval:
    """Take every estimate apart; within `sharing` once for the same sounds.

    A sound whose channels cancel each other (as well as one of zeros) counts as silent, as in
    museval. Unlike there, the stems may differ in channels, and a stem may lack an estimate.

    Args:
        references: all that the estimates may be made of, none of them silent throughout; equal in
            length and rate.
        estimates: as many, each like its reference, or None. Frames are second by second; what is
            left over at the end of the song is not scored, a song under a second is one frame.

    Raises:
        ValueError: the references differ in length or rate.
    """
    if len({(audio.length, audio.rate) for audio in references}) > 1:
        shapes = [(audio.length, audio.rate) for audio in references]
        raise ValueError(f"BSS Eval wants stems of one length and rate, got {shapes}")
    given = [estimate for estimate in estimates if estimate is not None]
    found = np.full((3, len(references), _frame_count(references[0])), np.nan)
    if given:
        sounding = _sounding((*references, *given))
        targets = [j for j, estimate in enumerate(estimates) if estimate is not None]
        everywhere, alone = _filters(references, given, targets)
        frame, size = _frame_lengths(references[0])
        for t in np.flatnonzero(sounding):
            cut = [
                [audio.samples[:, t * frame : (t + 1) * frame] for audio in sounds]
                for sounds in (references, given)
            ]
            found[:, targets, t] = _frame(cut[0], cut[1], targets, everywhere, alone, size)
    return BssEval(sdr_frames(references, estimates), *found)


def sdr_frames(references: Sequence[Audio], estimates: Sequence[Audio | None]) -> Ratios:
    """The SDR alone, for which nothing has to be solved; as `BssEval.sdr`."""
    given = [estimate for estimate in estimates if estimate is not None]
    frame = _frame_lengths(references[0])[0]
    found = np.full((len(references), _frame_count(references[0])), np.nan)
    for t in np.flatnonzero(_sounding((*references, *given))):
        second = slice(t * frame, (t + 1) * frame)
        for j, (reference, estimate) in enumerate(zip(references, estimates, strict=True)):
            if estimate is not None:
                wanted = reference.samples[:, second].astype(np.float64)
                error = wanted - estimate.samples[:, second]
                found[j, t] = _ratio_db(np.square(wanted).sum(), np.square(error).sum())
    return found


def sounding_somewhere(sounds: Sequence[Audio]) -> bool:
    """Whether there is a frame in which none of the sounds is silent."""
    return bool(_sounding(sounds).any())


def _frame_count(audio: Audio) -> int:
    return max(1, audio.length // audio.rate)


def _frame_lengths(audio: Audio) -> tuple[int, int]:
    """Samples of a frame, and of a transform that holds it and the filters' tails."""
    frame = min(audio.rate, audio.length)
    return frame, 2 * int(scipy.fft.next_fast_len((frame + TAPS) // 2, real=True))


def _sounding(sounds: Sequence[Audio]) -> Bool[np.ndarray, " frames"]:
    frames, frame = _frame_count(sounds[0]), _frame_lengths(sounds[0])[0]
    alive = np.ones(frames, bool)
    for audio in sounds:
        together = audio.samples.sum(axis=0)[: frames * frame]
        alive &= together.reshape(frames, frame).any(axis=1)
    return alive


def _filters(
    references: Sequence[Audio], estimates: Sequence[Audio], targets: Sequence[int]
) -> tuple[list[Filters], list[Filters]]:
    """The spectra of the filters of each estimate: from all references, and from its own alone."""
    size = _frame_lengths(references[0])[1]
    inputs, outputs = _rows(references), _rows(estimates)
    found = correlations(references, (*references, *estimates), first=0, count=TAPS)
    gram = _gram(found[:, : inputs[-1].stop])
    right = np.moveaxis(found[:, inputs[-1].stop :], 1, 2)  # (inputs, taps, channels)
    alone = []
    for j, output in zip(targets, outputs, strict=True):
        own = slice(inputs[j].start * TAPS, inputs[j].stop * TAPS)
        wanted = right[inputs[j], :, output]
        alone.append(_spectra(_solved(gram[own, own].copy(order="F"), wanted), size))
    if len(references) == 1:
        return alone, alone
    joint = _spectra(_solved(gram, right), size)
    return [joint[output] for output in outputs], alone


def _rows(sounds: Sequence[Audio]) -> list[slice]:
    """Where the channels of each lie, if those of all are one below the other."""
    ends = np.cumsum([0, *(audio.channels for audio in sounds)]).tolist()
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _gram(found: Float64[np.ndarray, "inputs inputs taps"]) -> Float64[np.ndarray, "_ _"]:
    """The inner products of all references at all delays, the lower triangle of them: of input a
    delayed by p and b delayed by q, sum over n of s_a[n - p] s_b[n - q] = r_ab[p - q]."""
    inputs = len(found)
    gram = np.zeros((inputs * TAPS, inputs * TAPS), order="F")
    for a in range(inputs):
        for b in range(a + 1):
            rows, columns = slice(a * TAPS, (a + 1) * TAPS), slice(b * TAPS, (b + 1) * TAPS)
            gram[rows, columns] = scipy.linalg.toeplitz(found[a, b], found[b, a])
    # As museval has it; too little to matter wherever the sound is audible.
    gram[np.diag_indices_from(gram)] += np.finfo(float).eps
    return gram


def _solved(
    gram: Float64[np.ndarray, "_ _"], right: Float64[np.ndarray, "inputs taps channels"]
) -> Float64[np.ndarray, "inputs taps channels"]:
    """The filters, for the lower triangle of `gram`.

    Where some inputs can be made of others (a mono sound in two channels), there is more than one
    answer, and all give the same sound: then those inputs are left unused.
    """
    flat = right.reshape(-1, right.shape[2])
    factor, failed = lapack.dpotrf(gram, lower=1)
    if not failed:
        return np.reshape(lapack.dpotrs(factor, flat, lower=1)[0], right.shape)
    factor, order, rank, _ = lapack.dpstrf(gram, lower=1)
    used = order[:rank] - 1
    solution = np.zeros_like(flat)
    solution[used] = lapack.dpotrs(factor[:rank, :rank], flat[used], lower=1)[0]
    return np.reshape(solution, right.shape)


def _spectra(filters: Float64[np.ndarray, "inputs taps channels"], size: int) -> Filters:
    spectra: Filters = scipy.fft.rfft(np.ascontiguousarray(filters.transpose(2, 0, 1)), size)
    return spectra


def _frame(
    references: Sequence[np.ndarray],
    estimates: Sequence[np.ndarray],
    targets: Sequence[int],
    everywhere: Sequence[Filters],
    alone: Sequence[Filters],
    size: int,
) -> Float64[np.ndarray, "three estimates"]:
    """ISR, SIR and SAR of each estimate in one frame."""
    shown = scipy.fft.rfft(np.concatenate(references).astype(np.float64), size)
    heard = scipy.fft.rfft(np.concatenate(estimates).astype(np.float64), size)
    starts, row = np.cumsum([0, *map(len, references)]), 0
    ratios = np.empty((3, len(estimates)))
    for k, j in enumerate(targets):
        target, estimate = shown[starts[j] : starts[j + 1]], heard[row : row + len(estimates[k])]
        row += len(estimates[k])
        own = _through(alone[k], target)
        joint = own if len(references) == 1 else _through(everywhere[k], shown)
        pairs = (
            (target, own - target),
            (own, joint - own),
            (joint, estimate - joint),
        )
        ratios[:, k] = [_ratio_db(_energy(kept), _energy(error)) for kept, error in pairs]
    return ratios


def _through(filters: Filters, inputs: Spectra) -> Spectra:
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
    # Not by BLAS, which would wake its threads for every one of these short sums.
    return 2.0 * float(np.einsum("ij,ij->", parts, parts)) - float(ends.sum())


def _ratio_db(kept: float, error: float) -> float:
    if error <= 0.0:
        return math.inf
    return 10.0 * math.log10(kept / error) if kept > 0.0 else -math.inf
