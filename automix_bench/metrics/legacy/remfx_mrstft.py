"""RemFX's multi-resolution STFT distance, over a whole batch at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.spectra.short_time import Powers, hann, power_spectra
from automix_bench.dsp.spectra.stft_distance import AURALOSS_RESOLUTIONS, Resolution
from automix_bench.metric import Known, Peer, stems_metric

__all__ = ["remfx_mrstft"]

_LONGEST_PAD = 1024
_POWER_FLOOR = 1e-8


def _auraloss(*, reference: Audio, estimate: Audio) -> float:
    import torch
    from auraloss.freq import MultiResolutionSTFTLoss

    batch = [torch.from_numpy(one.samples.copy())[None] for one in (estimate, reference)]
    return float(MultiResolutionSTFTLoss()(*batch))


@stems_metric(
    unit="1",
    better="lower",
    low=0.0,
    high=50.0,
    perfect=0.0,
    step=0.02,
    blind_to=("polarity",),
    sees=("noise", "low_pass", "level", "codec"),
    symmetric=False,
    source="Rice, Steinmetz, Fazekas & Reiss, WASPAA 2023, arXiv:2308.16177; RemFX at 85d5030, "
    "remfx/models.py: MultiResolutionSTFTLoss() of auraloss 0.4",
    known=(
        Known(
            "0.5 + ln 2 at every resolution",
            lambda: noise_and_half(44_100),
            value=1.193147,
            within=1e-4,
        ),
    ),
    peers=(Peer("auraloss", ("auraloss", "torch"), _auraloss, within=1e-3),),
    instead="mrstft",
)
def remfx_mrstft(
    *, references: Mapping[str, Audio], estimates: Mapping[str, Audio]
) -> dict[str, float]:
    """Multi-resolution STFT distance over all stems of an answer, as RemFX computes it over a
    batch.

        mean over three transforms of  || |R| - |E| ||_F / || |R| ||_F  +  mean | ln |R| - ln |E| |

    with the defaults of auraloss: 1024, 2048 and 512 points, magnitudes floored at 1e-4. Every stem
    of the answer gets the one value. For a pair alone it is `mrstft`, except for the floor: silence
    is measured too, and does not get the worst value.

    What is wrong: both norms run over all items, so the value of a stem depends on the other stems
    of its batch. The loud stems decide, and two runs with different batches cannot be compared.

    Undefined (NaN), where the published code stops with an error: a stem of 1024 samples or fewer.
    """
    names = [name for name in references if name in estimates]
    if any(references[name].length <= _LONGEST_PAD for name in names):
        return dict.fromkeys(names, math.nan)
    pairs = [(references[name], estimates[name]) for name in names]
    distances = [_distance(pairs, one) for one in AURALOSS_RESOLUTIONS]
    value = math.fsum(distances) / len(distances)
    return dict.fromkeys(names, value)


def _distance(pairs: list[tuple[Audio, Audio]], resolution: Resolution) -> float:
    """Spectral convergence plus the distance of log magnitudes, over all pairs, at one
    resolution."""
    error = norm = logarithms = 0.0
    count = 0
    for reference, estimate in pairs:
        spectra = (_spectra(one, resolution) for one in (reference, estimate))
        for powers in zip(*spectra, strict=True):
            expected, got = (np.maximum(power, _POWER_FLOOR) for power in powers)
            logarithms += 0.5 * float(np.abs(np.log(expected / got)).sum())
            error += float(np.square(np.sqrt(expected) - np.sqrt(got)).sum())
            norm += float(expected.sum())
            count += expected.size
    return math.sqrt(error / norm) + logarithms / count


def _spectra(audio: Audio, resolution: Resolution) -> Iterator[Powers]:
    # auraloss reflects half a transform and centres the window in it. Its window is zero further
    # than half a window from the centre, so reflecting half a window gives the same magnitudes.
    half, window = resolution.width // 2, hann(resolution.width)
    padded = np.pad(audio.samples, ((0, 0), (half, half)), "reflect")
    return power_spectra(padded, window=window, hop=resolution.hop, fft_size=resolution.fft_size)
