"""Try a training before it runs for hours: `train --check`."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automix_bench.dataset.folder import refuse_inside
from automix_bench.executor import Progress, silent
from automix_bench.sampling import Seed
from automix_bench.separation.torch_device import device as torch_device
from automix_bench.separation.torch_device import torch_for
from automix_bench.training.batches import batch_of
from automix_bench.training.checkpoint import packed_state, unpacked_state
from automix_bench.training.learner import Learner, exact_arithmetic, new_network, seed_torch
from automix_bench.training.prepared_examples import PreparedExamples, prepare
from automix_bench.training.training import Training
from automix_bench.training.training_identity import DataIdentity, TrainingIdentity

if TYPE_CHECKING:
    from torch import Tensor, nn

STEPS = 200
"""In which one batch must be overfitted."""
FALL = 2.0 / 3.0
"""By so much of its size the first loss of a batch must fall. A loss may be below 0."""
_GRADIENT_STEPS = 20
_RESUMED = 3
_SHOWN = 3


@dataclass(frozen=True)
class CheckLine:
    """One thing that was tried.

    Attributes:
        figure: what came.
        expected: what was wanted.
    """

    name: str
    holds: bool
    figure: str
    expected: str

    def to_json(self) -> dict[str, Any]:
        return dict(vars(self))


def check_training(
    training: Training,
    data: Path,
    prepared: Path | None = None,
    *,
    device: str = "cpu",
    progress: Progress = silent,
    told: Callable[[str], None] = lambda line: None,
) -> list[CheckLine]:
    """Try a training on its first batch.

    * One batch is overfitted: without dropout and at a constant learning rate, its loss falls by
      two thirds of its size within 200 steps.
    * Gradients reach every parameter: at one of the first 20 of these steps at the latest.
    * Resuming is exact: six steps give the same weights as three, a checkpoint, and three more.
    * Validation repeats: an example has the same finite value twice.

    Args:
        prepared: the folder of prepared examples; None for one that is removed. Only as many are
            prepared as a batch has.

    Raises:
        DatasetError: the data has no split valid, or the folder holds what other code prepared.
        MissingPart: torch is not installed.
    """
    torch_for("train")
    device = torch_device(device, "train")
    if prepared is not None:
        refuse_inside(prepared, data)
    identity_of_data = DataIdentity.of(data)
    with exact_arithmetic(device), tempfile.TemporaryDirectory() as scratch:
        network = new_network(training)
        identity = TrainingIdentity.of(training, network, identity_of_data, device)
        examples = prepare(
            training,
            data,
            prepared or Path(scratch),
            identity.prepared_fingerprint,
            most={"train": training.schedule.batch, "valid": 1},
            progress=progress,
            told=told,
        )
        assert examples is not None  # nothing ends it
        overfitted, reached = _overfitted(training, network, examples["train"], device, progress)
        return [
            overfitted,
            reached,
            _resumed(training, examples["train"], device),
            _repeated(training, examples["valid"], device),
        ]


def _overfitted(
    training: Training,
    network: nn.Module,
    examples: PreparedExamples,
    device: str,
    progress: Progress,
) -> tuple[CheckLine, CheckLine]:
    """Overfit one batch, and watch the gradients."""
    import torch

    schedule = replace(training.schedule, steps=10**9, warm_up=0, weight_decay=0.0, final=1.0)
    for module in network.modules():
        if isinstance(module, torch.nn.modules.dropout._DropoutNd):
            module.p = 0.0
    batch = batch_of(training, examples, 1, device)
    learner = Learner(training, network, device, schedule)
    reached, losses = set[str](), list[float]()
    names = [name for name, one in network.named_parameters() if one.requires_grad]
    for number in range(1, STEPS + 1):
        seed_torch(Seed(training.schedule.seed) / "check" / number, device)
        losses.append(learner.step(batch, number).loss)
        if number <= _GRADIENT_STEPS:
            reached |= {n for n, p in network.named_parameters() if _has_gradient(p.grad)}
        progress("overfitting", number, STEPS, "steps")
        if number >= _GRADIENT_STEPS and _has_fallen(losses):
            break
    dead = [name for name in names if name not in reached]
    return (
        CheckLine(
            "one batch is overfitted",
            _has_fallen(losses),
            f"loss {losses[0]:.4g} → {min(losses):.4g} in {len(losses)} steps",
            f"less by two thirds within {STEPS} steps",
        ),
        CheckLine(
            "gradients reach every parameter",
            not dead,
            f"none reaches {_some(dead)}" if dead else f"{len(names)} of {len(names)} tensors",
            f"all within {_GRADIENT_STEPS} steps",
        ),
    )


def _has_fallen(losses: Sequence[float]) -> bool:
    return losses[0] - min(losses) > FALL * abs(losses[0])


def _has_gradient(gradient: Tensor | None) -> bool:
    return gradient is not None and bool((gradient != 0).any())


def _resumed(training: Training, examples: PreparedExamples, device: str) -> CheckLine:
    """Compare steps in one go with steps around a checkpoint."""
    whole = _learnt(training, examples, device, Learner(training, new_network(training), device))
    first = Learner(training, new_network(training), device)
    _learnt(training, examples, device, first, last=_RESUMED)
    state = unpacked_state(packed_state(first.state()))
    second = Learner(training, new_network(training), device)
    second.load(state)
    _learnt(training, examples, device, second, first=_RESUMED + 1)
    differing = _differing(whole.state(), second.state())
    return CheckLine(
        "resuming is exact",
        not differing,
        f"{_some(differing)} differ" if differing else "equal bit for bit",
        f"{2 * _RESUMED} steps = {_RESUMED}, a checkpoint, {_RESUMED}",
    )


def _learnt(
    training: Training,
    examples: PreparedExamples,
    device: str,
    learner: Learner,
    first: int = 1,
    last: int = 2 * _RESUMED,
) -> Learner:
    for number in range(first, last + 1):
        learner.step(batch_of(training, examples, number, device), number)
    return learner


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names of the tensors, in two states of a learner, that are not equal."""
    import torch

    return [
        name
        for part in ("network", "average")
        for name, tensor in one[part].items()
        if not torch.equal(tensor, other[part][name])
    ]


def _repeated(training: Training, examples: PreparedExamples, device: str) -> CheckLine:
    """Validate an example twice, with different seeds."""
    import torch

    learner = Learner(training, new_network(training), device)
    values = list[float]()
    for number in range(2):
        seed_torch(Seed(number) / "check", device)
        with torch.no_grad():
            values.append(float(training.validation(learner.average_on_cpu(), examples[0])))
    return CheckLine(
        "validation repeats",
        values[0] == values[1] and math.isfinite(values[0]),
        " and ".join(f"{value:.6g}" for value in values),
        "the same finite value twice",
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
