"""What every training is tried on: an example of some stems, and one batch that is learned."""

from collections.abc import Mapping

import torch

from automix_bench.audio import total
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.example import Example
from automix_bench.separation.torch_device import fixed_threads
from automix_bench.song import Origin, Song, Stems
from automix_bench.training.training import Training


def example(stems: Stems) -> Example:
    """An example whose console does nothing."""
    song = Song("s", "a", stems, total(stems.values()), "CC0-1.0", Origin("s", "0" * 64))
    console = Console({name: Chain() for name in stems})
    return Example("s", "train", 0, 0.0, song, console, song)


def assert_learns(training: Training, batch: Mapping[str, torch.Tensor], steps: int) -> None:
    """One batch is overfitted to a third of its loss, and gradients reach every parameter."""
    with fixed_threads(1):  # several would wait for each other where tests run side by side
        _assert_learns(training, batch, steps)


def _assert_learns(training: Training, batch: Mapping[str, torch.Tensor], steps: int) -> None:
    torch.manual_seed(1)
    network = training.network().eval()
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    losses, reached = [], {name: 0.0 for name, _ in network.named_parameters()}
    for _ in range(steps):
        loss = training.loss(network, batch)
        optimiser.zero_grad()
        loss.backward()
        for name, parameter in network.named_parameters():
            reached[name] += float(parameter.grad.abs().sum())
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0] / 3.0
    assert [name for name, amount in reached.items() if amount == 0.0] == []
