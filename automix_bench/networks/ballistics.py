"""How fast gain reduction comes and goes, with gradients.

    r[n] = a r[n-1] + (1 - a) w[n],  a = rising while w[n] > r[n-1], falling otherwise

This is the smoother of `dsp/dynamics/gain_reduction.py`. Its derivatives run backwards in time, for
a loss L, with g[n] = dL/dr[n]:

    l[n] = g[n] + a[n+1] l[n+1],  dL/dw[n] = (1 - a[n]) l[n],  dL/da = sum of l[n] (r[n-1] - w[n])

over the samples where a is that pole.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numpy as np
from jaxtyping import Float

from automix_bench.dsp.compiled import compiled
from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["smoothed"]


def smoothed(
    target: Float[Tensor, "rows steps"],
    rising: Float[Tensor, " rows"],
    falling: Float[Tensor, " rows"],
) -> Float[Tensor, "rows steps"]:
    """The reduction that follows a target, from 0 on. Computed on the CPU.

    Args:
        target: w, in dB.
        rising, falling: the poles of each row, from 0 to 1.
    """
    smooth: Tensor = _Smoothed.apply(target, rising, falling)
    return smooth


class _Smoothed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, target: Tensor, rising: Tensor, falling: Tensor) -> Tensor:
        arrays = [_array(one) for one in (target, rising, falling)]
        out = _forward(*arrays)
        ctx.save_for_backward(target, rising, falling)
        ctx.out = out
        return torch.from_numpy(out).to(target)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, Tensor, Tensor]:
        target, rising, falling = ctx.saved_tensors
        arrays = [_array(one) for one in (gradients[0], target, rising, falling)]
        results = _backward(arrays[0], ctx.out, *arrays[1:])
        by_target, by_rising, by_falling = (torch.from_numpy(one).to(target) for one in results)
        return by_target, by_rising, by_falling


def _array(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().to("cpu", torch.float64).contiguous().numpy()
    return array


@compiled
@no_type_check
def _forward(target: np.ndarray, rising: np.ndarray, falling: np.ndarray) -> np.ndarray:
    out = np.empty_like(target)
    for row in range(target.shape[0]):
        last = 0.0
        for n in range(target.shape[1]):
            pole = rising[row] if target[row, n] > last else falling[row]
            last = pole * last + (1.0 - pole) * target[row, n]
            out[row, n] = last
    return out


@compiled
@no_type_check
def _backward(
    gradient: np.ndarray,
    out: np.ndarray,
    target: np.ndarray,
    rising: np.ndarray,
    falling: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    by_target = np.empty_like(target)
    by_rising, by_falling = np.zeros_like(rising), np.zeros_like(falling)
    for row in range(target.shape[0]):
        later = 0.0
        for n in range(target.shape[1] - 1, -1, -1):
            before = out[row, n - 1] if n > 0 else 0.0
            grows = target[row, n] > before
            pole = rising[row] if grows else falling[row]
            here = gradient[row, n] + later
            by_target[row, n] = (1.0 - pole) * here
            if grows:
                by_rising[row] += here * (before - target[row, n])
            else:
                by_falling[row] += here * (before - target[row, n])
            later = pole * here
    return by_target, by_rising, by_falling
