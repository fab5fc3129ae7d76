"""Blocks of convolutions as in PANNs: Q. Kong et al., "PANNs: large-scale pretrained audio neural
networks for audio pattern recognition", IEEE/ACM TASLP 28, 2020, arXiv:1912.10211."""

from __future__ import annotations

from typing import Any

from automix_bench.networks.checkpoints import Weights, tensor, torch_for


def conv_block(weights: Weights, block: str, values: Any, pool: str, size: int, of: str) -> Any:
    """Two 3 x 3 convolutions, each with batch norm (if the checkpoint has one) and a ReLU; then a
    pool.

    Args:
        block: the part of the tensors' names before `.conv1.weight`.
        values: `(batch, channels, frames, bins)`.
        pool: "max" or "avg".
        size: side of the pool; 1 for no pool.
        of: the embedding, for messages.
    """
    functional = torch_for(of).nn.functional
    for number in "12":
        kernel = tensor(weights, f"{block}.conv{number}.weight", of)
        values = functional.conv2d(values, kernel, padding=1)
        values = functional.relu(_normed(weights, f"{block}.bn{number}", values, of))
    if size == 1:
        return values
    return getattr(functional, f"{pool}_pool2d")(values, size)


def linear(weights: Weights, layer: str, values: Any, of: str) -> Any:
    """A fully connected layer."""
    pair = (tensor(weights, f"{layer}.{part}", of) for part in ("weight", "bias"))
    return torch_for(of).nn.functional.linear(values, *pair)


def cnn14(weights: Weights, log_mels: Any, of: str) -> Any:
    """Six blocks, averaged over bins; then the maximum over time plus the mean: `(batch, 2048)`.

    Args:
        log_mels: `(batch, channels, frames, bins)`.
        of: the embedding, for messages.
    """
    values = log_mels
    for number in range(1, 7):
        size = 2 if number < 6 else 1
        values = conv_block(weights, f"conv_block{number}", values, "avg", size, of)
    values = values.mean(3)
    return values.amax(2) + values.mean(2)


def _normed(weights: Weights, layer: str, values: Any, of: str) -> Any:
    if f"{layer}.weight" not in weights:
        return values
    parts = ("running_mean", "running_var", "weight", "bias")
    statistics = [tensor(weights, f"{layer}.{part}", of) for part in parts]
    return torch_for(of).nn.functional.batch_norm(values, *statistics, eps=1e-5)
