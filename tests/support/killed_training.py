"""`automix-bench train` in a process that kills itself at a given moment.

As a process of its own: `python -m tests.support.killed_training step=7 train …`.
"""

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

    def dying(self: learner.Learner, number_now: int) -> None:
        if number_now == number:
            die()
        update(self, number_now)

    setattr(learner.Learner, "_update_average", dying)  # noqa: B010


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


def run_until(moment: str, words: list[str]) -> None:
    """Run the program until a moment such as `step=7`."""
    sys.argv[1:] = words
    name, _, number = moment.partition("=")
    {"step": at_step, "checkpoint": at_checkpoint, "validation": at_validation}[name](int(number))
    cli.main()


def forked_until(moment: str, words: list[str]) -> int:
    """The same in a child of this process, which need not start Python. Returns how it ended."""
    child = os.fork()
    if not child:
        try:
            run_until(moment, words)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    run_until(sys.argv[1], sys.argv[2:])
