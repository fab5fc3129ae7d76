"""A network that learns: its weights, their moving average, and the optimiser, step by step."""

from __future__ import annotations

import contextlib
import copy
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automix_bench.errors import BrokenPlugin
from automix_bench.sampling import Seed
from automix_bench.separation.torch_device import fixed_threads
from automix_bench.training.training import Schedule, Training

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True)
class LearntStep:
    """What happened at a step.

    Attributes:
        loss, gradient_norm: before clipping; NaN where not known.
        fault: why the step was skipped; empty if it was not.
    """

    loss: float
    gradient_norm: float
    learning_rate: float
    fault: str = ""


@contextlib.contextmanager
def exact_arithmetic(device: str = "cpu") -> Iterator[None]:
    """Meanwhile torch gives the same bits every time: one thread, and only algorithms without
    chance. Its settings and its generator are as before afterwards."""
    import torch

    if device.startswith("cuda"):
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS demands it
    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    devices = [device] if device.startswith("cuda") else []
    with fixed_threads(1), torch.random.fork_rng(devices):
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before, warn_only=warn_only)


def learning_rate(schedule: Schedule, step: int) -> float:
    """The learning rate of a step, from 1 on: a straight line up, then half a cosine down to
    `final` of the highest rate at the last step.

    Source: SGDR, Loshchilov and Hutter 2017, without restarts.
    """
    if step <= schedule.warm_up:
        return schedule.learning_rate * step / schedule.warm_up
    rest = max(schedule.steps - schedule.warm_up, 1)
    way = min((step - schedule.warm_up) / rest, 1.0)
    share = schedule.final + (1.0 - schedule.final) * 0.5 * (1.0 + math.cos(math.pi * way))
    return schedule.learning_rate * share


def average_decay(schedule: Schedule, step: int) -> float:
    """The decay of the averaged weights at a step: less at first, so that the first weights do not
    stay in the average."""
    return min(schedule.ema, (1.0 + step) / (10.0 + step))


def seed_torch(seed: Seed, device: str = "cpu") -> None:
    """Seed torch's generators: that of the CPU, and those of a device that is another."""
    import torch

    number = int(seed.rng().integers(1 << 63))
    if device == "cpu":  # `torch.manual_seed` would note a call for CUDA, at every step
        torch.default_generator.manual_seed(number)
    else:
        torch.manual_seed(number)


def new_network(training: Training) -> nn.Module:
    """A new network of a training, in training mode.

    Raises:
        BrokenPlugin: it is no network, or it has nothing to train.
    """
    from torch import nn

    seed_torch(Seed(training.schedule.seed) / "network")
    network = training.network()
    if not isinstance(network, nn.Module):
        raise BrokenPlugin(f"training {training.name}: network() must give a Module, got {network}")
    if not any(one.requires_grad for one in network.parameters()):
        raise BrokenPlugin(f"training {training.name}: its network has no parameters to train")
    return network.train()


class Learner:
    """A network with the average of its weights, in `average`, and its optimiser, AdamW.

    Source: AdamW, Loshchilov and Hutter 2019; averaged weights, Polyak and Juditsky 1992.
    """

    def __init__(
        self,
        training: Training,
        network: nn.Module,
        device: str = "cpu",
        schedule: Schedule | None = None,
    ) -> None:
        """
        Args:
            schedule: in place of the training's own.
        """
        import torch

        self.training, self.device = training, device
        self.schedule = schedule or training.schedule
        self.network = network.to(device)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        self.parameters = [one for one in self.network.parameters() if one.requires_grad]
        self.optimiser = torch.optim.AdamW(
            self.parameters,
            lr=self.schedule.learning_rate,
            weight_decay=self.schedule.weight_decay,
        )
        both = [
            *zip(self.average.parameters(), self.network.parameters(), strict=True),
            *zip(self.average.buffers(), self.network.buffers(), strict=True),
        ]
        self._floats = [pair for pair in both if pair[0].is_floating_point()]
        self._others = [pair for pair in both if not pair[0].is_floating_point()]
        self._buffers = list(self.network.buffers())

    def step(self, batch: Mapping[str, Tensor], number: int) -> LearntStep:
        """Learn from a batch, as step `number`, from 1 on. A step whose loss or gradient is not
        finite changes nothing.

        Raises:
            BrokenPlugin: the loss is not a single number.
        """
        import torch

        rate = learning_rate(self.schedule, number)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        buffers = [buffer.clone() for buffer in self._buffers]
        self.optimiser.zero_grad(set_to_none=True)
        with self._making_tensors():
            loss = self.training.loss(self.network, batch)
        if not isinstance(loss, torch.Tensor) or loss.ndim:
            got = tuple(loss.shape) if isinstance(loss, torch.Tensor) else loss
            raise BrokenPlugin(
                f"training {self.training.name}: loss must be a single number, a tensor of no "
                f"dimensions, got {got}"
            )
        value, norm, fault = float(loss.detach()), math.nan, ""
        if math.isfinite(value):
            loss.backward()
            limit = self.schedule.clip or math.inf
            norm = float(torch.nn.utils.clip_grad_norm_(self.parameters, limit))
            fault = "" if math.isfinite(norm) else "the gradient is not finite"
        else:
            fault = "the loss is not finite"
        if fault:
            with torch.no_grad():
                for buffer, before in zip(self._buffers, buffers, strict=True):
                    buffer.copy_(before)
        else:
            self.optimiser.step()
            self._update_average(number)
        return LearntStep(value, norm, rate, fault)

    def _making_tensors(self) -> contextlib.AbstractContextManager[Any]:
        """What makes new tensors on the device of the network."""
        import torch

        on_cpu = self.device == "cpu"
        return contextlib.nullcontext() if on_cpu else torch.device(self.device)

    def _update_average(self, number: int) -> None:
        import torch

        with torch.no_grad():
            share = 1.0 - average_decay(self.schedule, number)
            for average, own in self._floats:
                average.lerp_(own, share)
            for average, own in self._others:  # counters, and what is true or false
                average.copy_(own)

    def state(self) -> dict[str, Any]:
        """All that the next step depends on."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])

    def average_on_cpu(self) -> nn.Module:
        """The network with the averaged weights, where `validation` works."""
        on_cpu = self.device == "cpu"
        return self.average if on_cpu else copy.deepcopy(self.average).to("cpu")

    def averaged_weights(self) -> dict[str, Tensor]:
        """A copy of the averaged weights, on the CPU."""
        state = self.average.state_dict()
        return {name: tensor.detach().cpu().clone() for name, tensor in state.items()}
