"""What is trained, as one frozen value: the contract of a file in `trainings/`.

The trainer (`training/trainer.py`) calls it in this order: `left_out` and `prepared` once for each
example of the splits train and valid, in any process; `network` once; then `batch` and `loss` at
every step, and `validation` on every example of the split valid every few steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from automix_bench.errors import UsageError
from automix_bench.example import Example

if TYPE_CHECKING:
    from torch import Tensor, nn

Arrays = Mapping[str, np.ndarray]
"""What is stored of an example: arrays of bool, integers or floats of up to 64 bits, by name.

As `batch` and `validation` get them, they lie in a file that is mapped to memory: only what is
indexed is read. They are read-only, so copy what becomes a tensor:
`torch.from_numpy(array[:, start:stop].copy())`."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a network is trained. Its fields are settings of every training.

    Attributes:
        steps: the number of batches.
        batch: the number of examples in a batch.
        learning_rate: the highest rate, of AdamW.
        weight_decay: of AdamW.
        clip: the largest norm of the gradient over all weights; 0 for no limit.
        warm_up: the steps in which the rate rises from 0, in a straight line.
        final: the share of the rate that is left at the last step, at the end of a half cosine.
        ema: the decay, at each step, of the average of weights that is validated and kept.
        validate_every: the steps between two validations.
        patience: the validations in a row without a better value after which training stops early;
            0 for never.
        seed: of the first weights, of the order of examples, and of all that is drawn.

    Raises:
        UsageError: a value is out of its range.
    """

    steps: int = 10_000
    batch: int = 12
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    clip: float = 1.0
    warm_up: int = 50
    final: float = 0.02
    ema: float = 0.999
    validate_every: int = 250
    patience: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for names, low, high in _RANGES:
            for name in names.split():
                value = getattr(self, name)
                if isinstance(low, int) and isinstance(high, int) and not _is_whole(value):
                    raise UsageError(f"schedule: {name} must be a whole number, got {value!r}")
                if not low <= value <= high:
                    raise UsageError(f"schedule: {name} must lie in {low} to {high}, got {value}")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_MANY = 10**9
_RANGES = (
    ("steps batch validate_every", 1, _MANY),
    ("warm_up patience seed", 0, _MANY),
    ("learning_rate", 1e-12, 1e3),
    ("weight_decay clip", 0, 1e6),
    ("final", 0.0, 1.0),
    ("ema", 0.0, 0.999999),
)


@runtime_checkable
class Training(Protocol):
    """What is trained: a frozen dataclass. Its fields, and those of its `schedule`, are settings
    (`--set name=value`), so all of them have defaults.

    `name` and `version` are class attributes. Raise `version` when the weights become others.
    Three more attributes are optional. `limits` is a text for the card on what the weights are not
    good for. `left_out(example)` is the reason why an example is not used, empty if it is; an
    example is left out as well if `prepared` raises `Rejected`. `prepared_from` names the settings
    that `prepared` depends on, so that trainings which differ in others can share what is prepared
    (`train --prepared`); without it, it depends on all but `schedule`.

    `name` is the name of the file of weights. All randomness of a step, in `batch` and in `loss`,
    comes from `rng` and from torch's generator, which the trainer seeds by the schedule's seed and
    the number of the step: state that is kept from one step to the next would make a resumed
    training another one.

    On another device than the CPU, `loss` gets a network and a batch that lie there, and tensors
    that it makes lie there too; `batch` and `validation` work on the CPU.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def schedule(self) -> Schedule: ...

    def network(self) -> nn.Module:
        """A new network, its first weights drawn from torch's generator, which is seeded before."""

    def prepared(self, example: Example) -> Arrays:
        """What is stored of an example. It depends on the example and on the fields of this value
        other than `schedule`, and is stored on disk.

        Raises:
            Rejected: the example cannot be used.
        """

    def batch(self, examples: Sequence[Arrays], rng: np.random.Generator) -> Mapping[str, Tensor]:
        """What is shown to `loss` of some examples: random frames, augmented. An example may be
        left unused."""

    def loss(self, network: nn.Module, batch: Mapping[str, Tensor]) -> Tensor:
        """What is made smaller: the mean over the batch, a single number."""

    def validation(self, network: nn.Module, example: Arrays) -> float:
        """The value of one example, lower is better, without anything random. The network is in
        `eval` mode and takes no gradients. The trainer takes the mean over the examples of a song,
        then over songs."""


def left_out(training: Training, example: Example) -> str:
    """Why a training does not use an example; empty if it does."""
    reason: Any = getattr(training, "left_out", None)
    return str(reason(example)) if callable(reason) else ""


def prepared_from(training: Training, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a training's settings that decide what it prepares of an example.

    Raises:
        UsageError: `prepared_from` names no setting.
    """
    names = tuple(getattr(training, "prepared_from", settings.keys() - {"schedule"}))
    for name in names:
        if name not in settings:
            raise UsageError(f"training {training.name}: prepared_from: no setting {name!r}")
    return {name: settings[name] for name in names}


def limits(training: Training) -> str:
    """What a training says its weights are not good for; may be empty."""
    return str(getattr(training, "limits", ""))
