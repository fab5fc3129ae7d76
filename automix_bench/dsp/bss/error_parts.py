"""The error of a mix, taken apart by the sources that it consists of.

BSS Eval projects the error of one separated source on all sources (E. Vincent, R. Gribonval and C.
Févotte, "Performance measurement in blind audio source separation", IEEE TASLP 14 (4), 2006). Here
it is the error of a mix, and the projection is local in time and frequency, as in V. Emiya et al.,
"Subjective and objective quality assessment of audio source separation", IEEE TASLP 19 (7), 2011:
so that a source that is too loud in one bar, or lost above 4 kHz, is found. With E the error's
short-time spectrum in a band and stretch, and S_k those of all channels of all sounds there,

    E = sum over k of a_k S_k + R,    the a_k by least squares,

and the part of a group of sounds is the sum over its k. R belongs to none: it is what no source
explains, such as noise. Frames of 93 ms, stretches of 1.5 s, bands of an octave or wider from 100
Hz. Sounds that are alike to within -100 dB cannot be told apart; their part is shared evenly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Complex128

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.resynthesis import Stft

_FRAME_SECONDS = 0.093
_STRETCH_SECONDS = 1.5
_EDGES_HZ = (0.0, 100.0, 200.0, 400.0, 800.0, 1_600.0, 3_200.0, 6_400.0, 12_800.0)
_ALIKE = 1e-10
"""Directions of less than this part of the power of the strongest are no directions."""

Cell = Complex128[np.ndarray, "_ cells"]


def error_parts(error: Audio, groups: Mapping[str, Sequence[Audio]]) -> dict[str, Audio]:
    """The part of an error that each group of sounds explains.

    Args:
        error: an estimate minus its reference.
        groups: sounds of the error's rate and shape, by the name of their group. A silent sound
            explains nothing.

    Returns:
        Audio of the error's shape, by the name of the group.
    """
    silence = error.with_samples(np.zeros_like(error.samples))
    sounds = [(name, one) for name, group in groups.items() for one in group]
    sounding = [(name, one) for name, one in sounds if one.samples.any()]
    if not error.samples.any() or not sounding:
        return dict.fromkeys(groups, silence)
    stft = Stft(_FRAME_SECONDS, error.rate)
    errors = stft(error)
    spectra = np.concatenate([stft(one) for _, one in sounding])
    owners = [name for name, one in sounding for _ in range(one.channels)]
    parts = {name: np.zeros_like(errors) for name in groups}
    for cell in _cells(stft, errors.shape[1]):
        inside = spectra[:, *cell]
        shape = inside.shape[1:]
        shares = _shares(inside.reshape(len(owners), -1), errors[:, *cell].reshape(len(errors), -1))
        for name in groups:
            own = [place for place, owner in enumerate(owners) if owner == name]
            part = shares[:, own] @ inside[own].reshape(len(own), -1)
            parts[name][:, *cell] = part.reshape(len(errors), *shape)
    return {name: stft.back(part, error) for name, part in parts.items()}


def _cells(stft: Stft, frames: int) -> list[tuple[slice, slice]]:
    """Stretches of frames and bands of bins; together they are the whole plane."""
    edges_hz = [hz for hz in _EDGES_HZ if hz < stft.rate / 2]
    starts = np.unique(np.searchsorted(stft.frequencies_hz, edges_hz)).tolist()
    bands = [slice(*ends) for ends in pairwise([*starts, len(stft.frequencies_hz)])]
    count = max(1, round(_STRETCH_SECONDS * stft.rate / stft.hop))
    pieces = max(1, frames // count)  # the last one is longer rather than shorter
    cuts = [*range(0, pieces * count, count), frames]
    return [(slice(*ends), band) for ends in pairwise(cuts) for band in bands]


def _shares(sounds: Cell, errors: Cell) -> Complex128[np.ndarray, "_ _"]:
    """The weights of the sounds in each error, by least squares; the smallest where many do."""
    norms = np.sqrt(np.square(np.abs(sounds)).sum(axis=1))
    sounding = norms > 0.0
    shares = np.zeros((len(errors), len(sounds)), dtype=np.complex128)
    if not sounding.any():
        return shares
    levelled = sounds[sounding] / norms[sounding, np.newaxis]
    inner = levelled @ levelled.conj().T
    inverse = np.linalg.pinv(inner, rcond=_ALIKE, hermitian=True)
    shares[:, sounding] = (errors @ levelled.conj().T) @ inverse / norms[sounding]
    return shares
