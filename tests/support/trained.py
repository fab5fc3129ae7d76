"""What every training is tried on: an example of some stems, and one batch that is learned."""

import copy
from collections.abc import Mapping
from pathlib import Path

import torch

from automix_bench.audio import total
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.example import Example
from automix_bench.song import Origin, Song, Stems
from automix_bench.training.training import Training
from automix_bench.weights.store import packed


def example(stems: Stems) -> Example:
    """An example whose console does nothing."""
    song = Song("s", "a", stems, total(stems.values()), "CC0-1.0", Origin("s", "0" * 64))
    console = Console({name: Chain() for name in stems})
    return Example("s", "train", 0, 0.0, song, console, song)


def assert_learns(
    training: Training, batch: Mapping[str, torch.Tensor], steps: int, elsewhere: bool = True
) -> None:
    """One batch is overfitted to a third of its loss, and gradients reach every parameter.

    Args:
        elsewhere: whether the loss is tried on another device too; not possible where it reads
            numbers off a tensor, or keeps a part of it from one call to the next.
    """
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
    if elsewhere:
        assert_works_elsewhere(training, network, batch)


def assert_works_elsewhere(
    training: Training, network: torch.nn.Module, batch: Mapping[str, torch.Tensor]
) -> None:
    """The loss works where the network and the batch lie. The device is `meta`, which computes
    shapes alone: no GPU is needed, and a tensor that stays on the CPU is an error as there."""
    with torch.device("meta"):
        loss = training.loss(
            copy.deepcopy(network).to("meta"), {name: one.to("meta") for name, one in batch.items()}
        )
    assert loss.device.type == "meta"
    loss.backward()


def moved(network: torch.nn.Module, seed: int = 5) -> torch.nn.Module:
    """The network with weights that do not start at zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    return network.eval()


def stored_weights(network: torch.nn.Module, folder: Path) -> dict[str, str]:
    """The paths of the weights of a network that was never trained, and of it moved."""
    paths: dict[str, str] = {}
    for name in ("untrained", "moved"):
        path = folder / f"{name}.safetensors"
        path.write_bytes(packed(network.state_dict(), {}))
        paths[name] = str(path)
        network = moved(network)
    return paths
