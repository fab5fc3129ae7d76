"""RemFX's multi-resolution STFT distance, of a whole batch at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.published.known_pairs import noise_and_half
from automix_bench.dsp.spectra.short_time import Powers, hann, power_spectra
from automix_bench.metric import Known, Peer, stems_metric

__all__ = ["remfx_mrstft"]

# (points of the transform, hop, length of the window), in samples: the defaults of auraloss.
_RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
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
    """Multi-resolution STFT distance over all stems of an answer, as RemFX has it over a batch.

        mean over three transforms of  || |R| - |E| ||_F / || |R| ||_F  +  mean | ln |R| - ln |E| |

    with the defaults of auraloss: 1024, 2048 and 512 points, magnitudes no lower than 1e-4. What is
    wrong: both norms run over all items, so that what a stem is given hangs on those it lies in a
    batch with: the loud ones decide, and two runs with other batches do not compare. Every stem of
    the answer is given the one value; of a pair alone it is `mrstft`, but for the floor: silence is
    measured, too, and does not get the worst value.

    Undefined (NaN), where the code stops with an error: a stem of 1024 samples or fewer.
    """
    names = [name for name in references if name in estimates]
    if any(references[name].length <= _LONGEST_PAD for name in names):
        return dict.fromkeys(names, math.nan)
    pairs = [(references[name], estimates[name]) for name in names]
    found = math.fsum(_distance(pairs, *sizes) for sizes in _RESOLUTIONS) / len(_RESOLUTIONS)
    return dict.fromkeys(names, found)


def _distance(pairs: list[tuple[Audio, Audio]], fft_size: int, hop: int, width: int) -> float:
    """Spectral convergence plus the distance of log magnitudes, of all pairs, at a resolution."""
    error = norm = logarithms = 0.0
    count = 0
    for reference, estimate in pairs:
        spectra = (_spectra(one, fft_size, hop, width) for one in (reference, estimate))
        for powers in zip(*spectra, strict=True):
            wanted, got = (np.maximum(power, _POWER_FLOOR) for power in powers)
            logarithms += 0.5 * float(np.abs(np.log(wanted / got)).sum())
            error += float(np.square(np.sqrt(wanted) - np.sqrt(got)).sum())
            norm += float(wanted.sum())
            count += wanted.size
    return math.sqrt(error / norm) + logarithms / count


def _spectra(audio: Audio, fft_size: int, hop: int, width: int) -> Iterator[Powers]:
    # auraloss reflects half a transform and centres the window in it. Its window is zero further
    # than half a window from the centre, so reflecting half a window gives the same magnitudes.
    padded = np.pad(audio.samples, ((0, 0), (width // 2, width // 2)), "reflect")
    return power_spectra(padded, window=hann(width), hop=hop, fft_size=fft_size)
