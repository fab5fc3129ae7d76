"""BSS Eval, version 4: which part of an estimate is its target, which is another source, and which
is neither.

Each estimate e_j is decomposed by projections on the references. With filters of 512 taps from
every input channel to every output channel, constant over the whole song,

    P_j e   is the closest to e, over the whole song, that filters make of reference j alone
    P e     is the closest to e, over the whole song, that filters make of all references together

In every frame of one second, with s_j the reference and all sounds cut to the frame first,

    e_spat = P_j e - s_j,    e_interf = P e - P_j e,    e_artif = e - P e

    SDR = 10 log10( ||s_j||^2 / ||e_spat + e_interf + e_artif||^2 )
    ISR = 10 log10( ||s_j||^2 / ||e_spat||^2 )
    SIR = 10 log10( ||s_j + e_spat||^2 / ||e_interf||^2 )
    SAR = 10 log10( ||s_j + e_spat + e_interf||^2 / ||e_artif||^2 )

The numbers are those of `museval.metrics.bss_eval` (window and hop of one second, no permutation).
The computation is different (`projections`): the filters come from one short factorisation for all
estimates, and the energies from the same correlations as the filters.

E. Vincent, R. Gribonval & C. Févotte, Performance measurement in blind audio source separation,
IEEE TASLP 14(4), 2006; F.-R. Stöter, A. Liutkus & N. Ito, The 2018 signal separation evaluation
campaign, LVA/ICA 2018, arXiv:1804.06267.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from automix_bench.audio import Audio
from automix_bench.dsp.bss.projections import ratio_db, ratios_db
from automix_bench.dsp.memo import shared

Ratios = Float64[np.ndarray, "stems frames"]


@dataclass(frozen=True)
class BssEval:
    """The four ratios of every stem in every frame, in dB, in the order of the stems. A ratio over
    an error of zero is infinite. NaN in frames where a reference or an estimate is silent, and for
    stems without an estimate."""

    sdr: Ratios
    isr: Ratios
    sir: Ratios
    sar: Ratios


@shared
def bss_eval(references: tuple[Audio, ...], estimates: tuple[Audio | None, ...]) -> BssEval:
    """Decompose every estimate; within `sharing` once for the same sounds.

    A sound whose channels cancel each other counts as silent, like a sound of zeros, as in museval.
    Unlike in museval, the stems may differ in channels, and a stem may lack an estimate.

    Args:
        references: all sounds that the estimates may be made of; none silent throughout; equal in
            length and rate.
        estimates: one for each reference, of the same shape, or None. Frames are whole seconds; the
            remainder at the end is not scored. A song under a second is one frame.

    Raises:
        ValueError: the references differ in length or rate.
    """
    if len({(audio.length, audio.rate) for audio in references}) > 1:
        shapes = [(audio.length, audio.rate) for audio in references]
        raise ValueError(f"BSS Eval wants stems of one length and rate, got {shapes}")
    given = [estimate for estimate in estimates if estimate is not None]
    ratios = np.full((3, len(references), _frame_count(references[0])), np.nan)
    if given:
        targets = [j for j, estimate in enumerate(estimates) if estimate is not None]
        frame = _frame_length(references[0])
        frames = np.flatnonzero(_sounding((*references, *given)))
        if frames.size:
            starts = (frames * frame).tolist()
            measured = np.full((3, len(given), ratios.shape[2]), np.nan)
            measured[:, :, frames] = ratios_db(references, tuple(given), targets, frame, starts)
            ratios[:, targets] = measured
    return BssEval(sdr_frames(references, estimates), *ratios)


def sdr_frames(references: Sequence[Audio], estimates: Sequence[Audio | None]) -> Ratios:
    """The SDR alone, as `BssEval.sdr`; it needs no filters."""
    given = [estimate for estimate in estimates if estimate is not None]
    frame = _frame_length(references[0])
    ratios = np.full((len(references), _frame_count(references[0])), np.nan)
    for t in np.flatnonzero(_sounding((*references, *given))):
        second = slice(t * frame, (t + 1) * frame)
        for j, (reference, estimate) in enumerate(zip(references, estimates, strict=True)):
            if estimate is not None:
                target = reference.samples[:, second].astype(np.float64)
                error = target - estimate.samples[:, second]
                ratios[j, t] = ratio_db(_energy(target), _energy(error))
    return ratios


def sounding_somewhere(sounds: Sequence[Audio]) -> bool:
    """Whether there is a frame in which none of the sounds is silent."""
    return bool(_sounding(sounds).any())


def _frame_count(audio: Audio) -> int:
    return max(1, audio.length // audio.rate)


def _frame_length(audio: Audio) -> int:
    return min(audio.rate, audio.length)


def _sounding(sounds: Sequence[Audio]) -> Bool[np.ndarray, " frames"]:
    frames, frame = _frame_count(sounds[0]), _frame_length(sounds[0])
    alive = np.ones(frames, bool)
    for audio in sounds:
        together = audio.samples.sum(axis=0)[: frames * frame]
        alive &= together.reshape(frames, frame).any(axis=1)
    return alive


def _energy(samples: Float64[np.ndarray, "channels samples"]) -> float:
    return float(np.einsum("cn,cn->", samples, samples))
