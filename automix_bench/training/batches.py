"""The batch of a step, and the values of the songs of the split valid."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from automix_bench.sampling import Seed
from automix_bench.training.epoch_sampler import EpochSampler
from automix_bench.training.learner import Learner, seed_torch
from automix_bench.training.prepared_examples import PreparedExamples
from automix_bench.training.training import Training

if TYPE_CHECKING:
    from torch import Tensor


def batch_of(
    training: Training, examples: PreparedExamples, step: int, device: str
) -> Mapping[str, Tensor]:
    """The batch of a step, from 1 on. Every example comes once in each pass over the split. Torch
    is seeded for the step before."""
    schedule = training.schedule
    seed = Seed(schedule.seed)
    first = (step - 1) * schedule.batch
    turns = [divmod(turn, len(examples)) for turn in range(first, first + schedule.batch)]
    numbers = [_order(len(examples), schedule.seed, epoch)[position] for epoch, position in turns]
    chosen = [examples[number] for number in numbers]
    rng: np.random.Generator = (seed / "step" / step).rng()
    seed_torch(seed / "torch" / step, device)
    try:
        batch = training.batch(chosen, rng)
    except Exception as error:
        shown = ", ".join(examples.items[number].id for number in numbers)
        error.add_note(f"training {training.name}: in the batch of step {step}, of {shown}")
        raise
    if device == "cpu":
        return batch
    return {name: value.to(device) for name, value in batch.items()}


def validated(
    training: Training, learner: Learner, examples: PreparedExamples, go_on: Callable[[], bool]
) -> dict[str, float] | None:
    """The value of each song with the averaged weights, on the CPU; None if `go_on` ended it."""
    import torch

    values: dict[str, list[float]] = {}
    network = learner.average_on_cpu()
    with torch.no_grad():
        for number, song in enumerate(examples.songs):
            if not go_on():
                return None
            try:
                value = float(training.validation(network, examples[number]))
            except Exception as error:
                id = examples.items[number].id
                error.add_note(f"training {training.name}: in the validation of {id}")
                raise
            values.setdefault(song, []).append(value)
    return {song: sum(some) / len(some) for song, some in values.items()}


@functools.lru_cache(maxsize=4)
def _order(count: int, seed: int, epoch: int) -> Sequence[int]:
    return EpochSampler(count, seed=seed).order(epoch)
