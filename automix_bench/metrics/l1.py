"""Mean absolute error of the samples."""

from __future__ import annotations

import math

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.plain_sounds import written
from automix_bench.metric import Known, Peer, metric

__all__ = ["l1"]


def _torch(*, reference: Audio, estimate: Audio) -> float:
    import torch

    pair = (torch.tensor(audio.samples) for audio in (estimate, reference))
    return float(torch.nn.functional.l1_loss(*pair))


@metric(
    unit="of full scale",
    better="lower",
    low=0.0,
    high=1.0,
    perfect=0.0,
    step=0.001,
    blind_to=(),
    sees=("noise", "low_pass", "clip", "compression", "reverb", "level", "width", "codec"),
    symmetric=True,
    source="definition",
    known=(
        Known(
            "s = (0.5, -0.5), e = (0.25, -0.5): (0.25 + 0) / 2",
            lambda: (written((0.5, -0.5)), written((0.25, -0.5))),
            0.125,
            1e-9,
        ),
    ),
    peers=(Peer("torch", ("torch",), _torch, 1e-6),),
)
def l1(*, reference: Audio, estimate: Audio) -> float:
    """Mean absolute error of the samples.

        1 / (C N)  sum over c and n of |s_c[n] - e_c[n]|

    s is the reference and e the estimate, with C channels of N samples. The value is linear, as
    papers print it and losses use it, so quiet songs count for little: use `sdr` to compare songs.

    Undefined (NaN) for a silent reference. A silent estimate, to which the equation would give the
    mean of |s|, gets the worst value: no answer must not beat a bad one.
    """
    if not reference.samples.any():
        return math.nan
    if not estimate.samples.any():
        return math.inf
    error = np.subtract(reference.samples, estimate.samples, dtype=np.float64)
    return float(np.mean(np.abs(error, out=error)))
