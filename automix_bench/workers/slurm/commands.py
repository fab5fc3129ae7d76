"""The commands of SLURM: each is one call of its program, and an answer or an error in one line."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.workers.process import environment

# In these a task is out of the queue, though squeue goes on showing it for some minutes.
OVER = frozenset(
    (
        "BOOT_FAIL",
        "CANCELLED",
        "COMPLETED",
        "DEADLINE",
        "FAILED",
        "LAUNCH_FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "PREEMPTED",
        "RECONFIG_FAIL",
        "REVOKED",
        "TIMEOUT",
    )
)
WAITING = frozenset(("PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"))
SECONDS_TO_END = 60


class Refused(UsageError):
    """A program of the cluster would not do what it was asked."""


@dataclass(frozen=True)
class Needs:
    """What one array task is given. None leaves it to the cluster.

    Attributes:
        time: the longest it may take, as SLURM writes it: `24:00:00`, `2-00:00:00`.
    """

    partition: str | None = None
    account: str | None = None
    time: str | None = None
    memory_gb: float | None = None
    cpus: int = 1
    gpus: int = 0

    def directives(self) -> list[str]:
        """As they stand in a batch script, where the user's `SBATCH_…` variables override them."""
        asked = {
            "partition": self.partition,
            "account": self.account,
            "time": self.time,
            "mem": self.memory_gb and f"{round(1024 * self.memory_gb)}M",
            "nodes": 1,
            "ntasks": 1,
            "cpus-per-task": self.cpus,
            "gpus": self.gpus or None,
        }
        return [f"#SBATCH --{name}={value}" for name, value in asked.items() if value is not None]


@dataclass(frozen=True)
class Task:
    """An array task as the queue shows it."""

    job: str
    state: str

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def waiting(self) -> bool:
        return self.state in WAITING


# By the name of the array and the number of the task.
Queue = dict[tuple[str, int], Task]


def batch_script(array: Path, needs: Needs) -> str:
    """What an array task runs: this Python, with these modules, and one thread."""
    lines = [
        "#!/bin/bash",
        *needs.directives(),
        *(f"export {name}={shlex.quote(value)}" for name, value in environment().items()),
        f"exec {shlex.quote(sys.executable)} -P -m automix_bench.workers.slurm.array_task "
        f'{shlex.quote(str(array))} "$SLURM_ARRAY_TASK_ID"',
    ]
    return "\n".join(lines) + "\n"


def submit(name: str, script: Path, tasks: int, at_once: int | None) -> str:
    """Send an array job, and give its id.

    Raises:
        Refused: the cluster will not have it.
        UsageError: there is no cluster here.
    """
    throttle = "" if at_once is None else f"%{at_once}"
    logs = str(script.parent).replace("%", "%%")  # what follows a % stands for something
    said = _answer(
        "sbatch",
        "--parsable",
        f"--job-name={name}",
        f"--array=0-{tasks - 1}{throttle}",
        "--requeue",
        "--open-mode=append",
        f"--signal=B:TERM@{SECONDS_TO_END}",
        f"--output={logs}/task-%a.log",
        f"--chdir={os.getcwd()}",
        str(script),
    )
    return said.strip().splitlines()[-1].split(";")[0]


def queue() -> Queue:
    """All array tasks of this user, also those that ended a moment ago.

    Raises:
        Refused: the controller does not answer.
    """
    said = _answer(
        "squeue", "--me", "--noheader", "--array", "--states=all", "--format=%F|%K|%T|%j"
    )
    rows = (line.split("|", 3) for line in said.splitlines())
    return {
        (name, int(task)): Task(job, state) for job, task, state, name in rows if task.isdecimal()
    }


def cancel(jobs: Sequence[str]) -> None:
    """End jobs, whatever they are at."""
    if jobs:
        _answer("scancel", *jobs)


def most_tasks() -> int:
    """How many tasks an array of this cluster may have."""
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", _answer("scontrol", "show", "config"), re.M)
    return max(1, int(found[1])) if found else 1


def _answer(*command: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise UsageError(
            f"slurm: there is no {command[0]} here: give the command on a machine that submits "
            "jobs to the cluster, or take `--executor local`"
        ) from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"left with {done.returncode}, and said nothing"
        raise Refused(f"slurm: {said.removeprefix(f'{command[0]}: ')} (from {command[0]})")
    return done.stdout
