"""Signal-to-distortion ratios, sample by sample, with and without a lag taken out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.bss.correlation import correlations
from automix_bench.dsp.memo import shared

LONGEST_LAG_MS = 50.0


def distortion_ratio_db(reference: Audio, estimate: Audio) -> float:
    """10 log10( ||s||^2 / ||s - e||^2 ) over all samples of all channels; NaN for a silent
    reference, `-inf` for a silent estimate."""
    signal = energy(reference)
    if signal == 0.0:
        return math.nan
    if not estimate.samples.any():
        return -math.inf
    return ratio_db(signal, error_energy(reference, estimate))


def scale_invariant_ratio_db(reference: Audio, estimate: Audio) -> float:
    """10 log10( ||a s||^2 / ||a s - e||^2 ) with a the best `scale`; NaN for a silent reference,
    `-inf` for an estimate that is silent or orthogonal to it."""
    signal = energy(reference)
    if signal == 0.0:
        return math.nan
    best = scale(reference, estimate)
    if best == 0.0:
        return -math.inf
    return ratio_db(best**2 * signal, error_energy(reference, estimate, best))


def scale(reference: Audio, estimate: Audio) -> float:
    """<e, s> / ||s||^2, for a reference that is not silent."""
    product = np.multiply(reference.samples, estimate.samples, dtype=np.float64)
    return float(np.sum(product)) / energy(reference)


def energy(audio: Audio) -> float:
    """||s||^2 over all samples of all channels."""
    return float(np.sum(np.square(audio.samples, dtype=np.float64)))


def error_energy(reference: Audio, estimate: Audio, by: float = 1.0) -> float:
    """||by s - e||^2."""
    error = np.multiply(reference.samples, by, dtype=np.float64)
    error -= estimate.samples
    return float(np.sum(np.square(error, out=error)))


def ratio_db(signal: float, error: float) -> float:
    """10 log10(signal / error); infinite for no error."""
    return 10.0 * math.log10(signal / error) if error > 0.0 else math.inf


@shared
def lag_samples(reference: Audio, estimate: Audio) -> int:
    """By how many samples the estimate comes later than the reference; negative if it is early.

        the l of |l| <= 50 ms at which |sum over c and n of s_c[n] e_c[n + l]| is largest

    Of equally good lags, the one nearest to 0; so silence has a lag of 0. The polarity does not
    matter.
    """
    reach = min(round(LONGEST_LAG_MS / 1000.0 * reference.rate), reference.length - 1)
    products = correlations((reference,), (estimate,), first=-reach, count=2 * reach + 1)
    together = np.abs(np.einsum("ccl->l", products))
    nearest_first = np.argsort(np.abs(np.arange(-reach, reach + 1)), kind="stable")
    return int(nearest_first[np.argmax(together[nearest_first])]) - reach


def aligned_ratio_db(
    ratio: Callable[[Audio, Audio], float], reference: Audio, estimate: Audio
) -> float:
    """The ratio after the lag has been taken out, over the samples that both sounds then have. NaN
    for a silent reference, `-inf` where no part of it is left."""
    lag = lag_samples(reference, estimate)
    length = reference.length - abs(lag)
    value = ratio(reference.excerpt(max(-lag, 0), length), estimate.excerpt(max(lag, 0), length))
    return -math.inf if math.isnan(value) and reference.samples.any() else value


def torchmetrics_ratio(name: str, reference: Audio, estimate: Audio) -> float:
    """The ratio of torchmetrics, in double precision, with the channels one after the other."""
    import torch
    import torchmetrics.functional.audio

    function: Any = getattr(torchmetrics.functional.audio, name)
    pair = (
        torch.tensor(audio.samples, dtype=torch.float64).ravel() for audio in (estimate, reference)
    )
    return float(function(*pair))
