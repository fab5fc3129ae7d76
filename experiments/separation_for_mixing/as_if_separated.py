"""Groups as a separator of a stated quality would give them.

A separator with soft masks leaves parts of other sources in each one (leakage) and takes bins out
of it (musical noise). Both are made here from the truth, so that the kind of error and its size are
chosen, and everything else stays the same:

* `in_the_mix`: each group as it sounds within the released mix. They sum to the mix.
* `masked`: the mix through soft masks of the groups' powers, blurred (leakage) or rough (grain).
* `as_if_separated`: truth plus the error of the masks, scaled so that the signal-to-distortion
  ratio of every group is a stated one.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

import numpy as np
import scipy.ndimage
import scipy.signal

from automix_bench.audio import Audio, amplitude, rms_db
from automix_bench.dsp.bss.distortion import distortion_ratio_db
from automix_bench.song import Stems

WIDTH, HOP = 4096, 1024
BLUR = (1, 31, 5)
"""Over how many bins and frames leakage spreads a mask."""
SILENT_DB = -140.0
_LEAST = 1e-14


def in_the_mix(groups: Stems, mix: Audio) -> dict[str, Audio]:
    """Each group as it sounds in the mix; their sum is the mix.

    A group gets the gain that brings the sum of all nearest to the mix. What then is left, the
    work of the bus, goes to the groups by their shares of the power in every bin.

    Args:
        groups: as they enter the bus.

    Raises:
        ValueError: all groups are silent.
    """
    plain = sum(one.samples.astype(np.float64) for one in groups.values())
    power = float(np.sum(np.square(plain)))
    if power <= 0.0:
        raise ValueError("all groups are silent")
    gain = float(np.sum(plain * mix.samples)) / power
    rest = mix.samples - gain * plain
    shares = _through(rest, _masks(groups))
    return {
        name: Audio((gain * one.samples + share).astype(np.float32), mix.rate)
        for (name, one), share in zip(sorted(groups.items()), shares, strict=True)
    }


def masked(
    groups: Stems, mix: Audio, leak: float, grain_db: float, rng: np.random.Generator
) -> dict[str, Audio]:
    """The mix through the groups' soft masks; the results sum to the mix.

    Args:
        leak: the share of a mask that is replaced, half by its own blur, half by an even share.
        grain_db: the standard deviation of a random gain of every bin of every mask, in dB.
    """
    masks = _masks(groups)
    blurred = scipy.ndimage.uniform_filter(masks, BLUR, mode="nearest")
    masks = (1.0 - leak) * masks + leak * (0.5 * blurred + 0.5 / len(masks))
    if grain_db:
        masks = masks * 10.0 ** (grain_db * rng.standard_normal(masks.shape) / 20.0)
    masks = masks / masks.sum(axis=0)
    parts = _through(mix.samples.astype(np.float64), masks)
    return {
        name: Audio(part.astype(np.float32), mix.rate)
        for name, part in zip(sorted(groups), parts, strict=True)
    }


def as_if_separated(
    truth: Stems,
    mix: Audio,
    sdr_db: float,
    kind: Mapping[str, float],
    rng: np.random.Generator,
) -> dict[str, Audio]:
    """Groups with an error whose kind is that of masks, and whose size is stated.

    Args:
        truth: of `in_the_mix`.
        sdr_db: the ratio of the powers of a group and its error, in dB, for every group.
        kind: `leak` and `grain_db` of `masked`.

    Returns:
        The groups that are not silent. They do not sum to the mix.
    """
    estimates = masked(truth, mix, kind["leak"], kind["grain_db"], rng)
    groups: dict[str, Audio] = {}
    for name, true in truth.items():
        if rms_db(true) <= SILENT_DB:
            continue
        of_masks_db = distortion_ratio_db(true, estimates[name])
        # Masks without an error have nothing that could be made larger.
        gain = amplitude(of_masks_db - sdr_db) if isfinite(of_masks_db) else 0.0
        error = estimates[name].samples.astype(np.float64) - true.samples
        groups[name] = Audio((true.samples + gain * error).astype(np.float32), true.rate)
    return groups


def _masks(groups: Stems) -> np.ndarray:
    """The groups' shares of the power in every bin, in the order of their names: `(groups, bins,
    frames)`. In empty bins all have even shares."""
    powers = []
    for name in sorted(groups):
        spectra = _spectra(groups[name].samples.astype(np.float64))
        powers.append(np.mean(np.square(np.abs(spectra)), axis=0))
    stacked = np.stack(powers) + _LEAST
    masks: np.ndarray = stacked / stacked.sum(axis=0)
    return masks


def _spectra(samples: np.ndarray) -> np.ndarray:
    _, _, spectra = scipy.signal.stft(samples, nperseg=WIDTH, noverlap=WIDTH - HOP)
    return np.asarray(spectra)


def _through(samples: np.ndarray, masks: np.ndarray) -> list[np.ndarray]:
    """A sound `(channels, samples)` through each mask."""
    spectra, length = _spectra(samples), samples.shape[-1]
    parts = []
    for mask in masks:
        _, part = scipy.signal.istft(spectra * mask, nperseg=WIDTH, noverlap=WIDTH - HOP)
        parts.append(np.asarray(part)[:, :length])
    return parts
