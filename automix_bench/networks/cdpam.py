"""CDPAM's network and weights, as they ship inside the wheel `cdpam`.

P. Manocha, Z. Jin, R. Zhang, A. Finkelstein, "CDPAM: contrastive learning for perceptual audio
similarity", ICASSP 2021, arXiv:2102.05109.

The encoder has sixteen 1-d convolutions of 15 taps (batch norm, leaky ReLU of slope 0.1). After
each fourth, the channels double, from 64 to 1024, and the rate is halved. The first half of the
mean over time, scaled to length 1, goes through four fully connected layers. The distance of two
sounds is the weighted sum of the absolute differences in all four layers.

Only the file of weights in the wheel is used; its code is never imported.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import numpy as np

from automix_bench.networks.checkpoints import in_wheel, torch_for

RATE = 22_050
INSTALL = "pip install --no-deps cdpam"
SHA256 = "453c8b6edee1a94f0120236156436ff28fe4d8d884485e4a67695c8e8570bdfe"
NAMED = "the metric cdpam"
FULL_SCALE = 32_768.0
CONVOLUTIONS, LAYERS = 16, 4


def encoded(mono: np.ndarray) -> np.ndarray:
    """512 numbers of length 1 for a sound `(samples)` at 22.05 kHz, which is rounded to 16 bits as
    in the original.

    Raises:
        MissingPart: torch or the wheel is not installed.
        DatasetError: the weights are not those this program was tested with.
    """
    torch, weights = torch_for(NAMED), _weights()
    functional = torch.nn.functional
    with torch.inference_mode():
        values = torch.from_numpy(np.rint(mono * np.float32(FULL_SCALE)))[None, None]
        for number in range(CONVOLUTIONS):
            name = f"base_encoder.encoder.{number}"
            pair = (weights[f"{name}.weight"], weights[f"{name}.bias"])
            values = functional.conv1d(values, *pair, padding=7)
            values = functional.leaky_relu_(_normed(weights, number, values), 0.1)
            if number % 4 == 3:
                values = values[:, :, ::2]
        mean = values.mean(2)
        vector: np.ndarray = functional.normalize(mean[:, : mean.shape[1] // 2])[0].numpy()
    return vector


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """The distance of two encoded sounds."""
    torch, weights = torch_for(NAMED), _weights()
    functional = torch.nn.functional
    total = 0.0
    with torch.inference_mode():
        values = torch.from_numpy(np.stack([one, other]))
        for layer in range(LAYERS):
            name = f"model_dist.convs.{layer}.0"
            values = functional.linear(values, weights[f"{name}.weight"], weights[f"{name}.bias"])
            if layer < LAYERS - 1:
                values = functional.leaky_relu(values, 0.01)
            apart = (values[0] - values[1]) * weights[f"model_dist.chan_w.{layer}"]
            total += float(apart.abs().sum())
    return total


def _normed(weights: Mapping[str, Any], number: int, values: Any) -> Any:
    parts = ("running_mean", "running_var", "weight", "bias")
    statistics = [weights[f"base_encoder.ebatch.{number}.{part}"] for part in parts]
    return torch_for(NAMED).nn.functional.batch_norm(values, *statistics, eps=1e-5)


@functools.cache
def _weights() -> Mapping[str, Any]:
    """The weights. The file is a pickle; it is opened only because its hash is that of a file that
    was examined."""
    torch = torch_for(NAMED)
    path = in_wheel(
        "cdpam", "CDPAM_trained/scratchJNDdefault_best_model.pth", SHA256, NAMED, INSTALL
    )
    held: Mapping[str, Any] = torch.load(path, map_location="cpu", weights_only=False)["state"]
    return held
