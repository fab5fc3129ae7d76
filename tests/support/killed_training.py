"""`automix-bench train` in a process that kills itself at a given moment: `MOMENT train …`."""

import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from automix_bench import cli
from automix_bench.files import atomic
from automix_bench.training import learner


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def at_step(number: int) -> None:
    """In the middle of a step: its gradients are there, the weights are not yet others."""
    update = learner.Learner._update_average

    def dying(self: learner.Learner, step: int) -> None:
        if step == number:
            die()
        update(self, step)

    learner.Learner._update_average = dying  # type: ignore[method-assign]


def at_checkpoint(number: int) -> None:
    """While a checkpoint is written: it is whole, under its temporary name."""
    put_in_place = atomic.put_in_place

    def dying(unfinished: Path, path: Path) -> None:
        if path.name.startswith(f"step-{number:09d}"):
            die()
        put_in_place(unfinished, path)

    atomic.put_in_place = dying


def at_validation(number: int) -> None:
    """While an example is validated."""
    from automix_bench import plugin

    tiny = plugin.load("trainings", sys.argv[2])
    validation, calls = tiny.validation, [0]

    def dying(self: Any, network: Any, example: Any) -> float:
        calls[0] += 1
        if calls[0] == number:
            die()
        return float(validation(self, network, example))

    tiny.validation = dying


if __name__ == "__main__":
    moment, _, number = sys.argv.pop(1).partition("=")
    if moment:
        {"step": at_step, "checkpoint": at_checkpoint, "validation": at_validation}[moment](
            int(number)
        )
    cli.main()
