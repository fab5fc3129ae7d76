"""A SLURM cluster: submitit submits the jobs, `squeue` tells their states.

submitit itself asks `sacct` for states. That needs the cluster's accounting database, which not
every cluster has, and its errors are only logged.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automix_bench.errors import MissingPart, UsageError
from automix_bench.workers.process import environment
from automix_bench.workers.slurm.share import Share, WorkFolder, do_share

# A task in one of these states has left the queue, though squeue shows it for some minutes more.
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
# Variables that are hidden from sbatch. Those of the user would override options that this package
# relies on. If this process itself runs in an array job, its jobs must not inherit that array.
HIDDEN_VARIABLES = (
    "SBATCH_ARRAY_INX",
    "SBATCH_ERROR",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_OUTPUT",
    "SBATCH_REQUEUE",
    "SBATCH_SIGNAL",
    "SLURM_ARRAY_JOB_ID",
    "SLURM_ARRAY_TASK_ID",
)
NUMBER_PATTERN = re.compile("%[jtaA]")  # submitit would put numbers in their place


class Refused(UsageError):
    """A program of the cluster refused a request."""


@dataclass(frozen=True)
class QueuedTask:
    """An array task as the queue shows it."""

    name: str
    state: str

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def waiting(self) -> bool:
        return self.state in WAITING


# By the id of the job: 123_4 for task 4 of array job 123, 123 for a job that is no array.
Queue = dict[str, QueuedTask]


def submit(
    folder: WorkFolder,
    shares: Sequence[Share],
    resources: Mapping[str, Any],
    options: Mapping[str, Any],
    at_once: int | None,
) -> list[str]:
    """Submit a job for each share, all of them as one array. Returns the id of each job.

    Args:
        resources: what each job is given, as submitit names it. It stands in the batch script,
            where the user's `SBATCH_…` variables override it. None leaves it to the cluster.
        options: of sbatch, which submitit has no name for.
        at_once: how many jobs may run at once; None for all.

    Raises:
        Refused: the cluster does not take the jobs.
        MissingPart: submitit is not installed.
        UsageError: there is no cluster here, or the path of the spool has `%j` or the like in it.
    """
    try:
        from submitit import SlurmExecutor
        from submitit.core.utils import FailedJobError
    except ImportError as error:
        raise MissingPart("slurm", "submitit", 'pip install "automix-bench[slurm]"') from error
    _demand("sbatch")
    _demand("srun")  # where there is none, submitit sees no cluster; the jobs do not run it
    if NUMBER_PATTERN.search(str(folder.jobs)):
        raise UsageError(f"slurm: {folder.jobs}: take a spool without %j, %t, %a or %A in its path")
    alone = len(shares) == 1  # submitit then submits a job that is no array
    log = str(folder.jobs).replace("%", "%%") + ("/%j" if alone else "/%A_%a") + "_0_log.out"
    setup = [f"export {name}={shlex.quote(value)}" for name, value in environment().items()]
    executor = SlurmExecutor(folder.jobs, python=f"exec {shlex.quote(sys.executable)} -P")
    executor.update_parameters(
        **resources,
        additional_parameters={
            **options,
            "output": log,
            "requeue": True,
            "signal": f"B:TERM@{SECONDS_TO_END}",
        },
        job_name=folder.name,
        array_parallelism=at_once or len(shares),
        setup=setup,
        stderr_to_stdout=True,
        use_srun=False,
        wckey=None,
    )
    try:
        # submitit prints what it raises as well.
        with contextlib.redirect_stderr(io.StringIO()), _without(HIDDEN_VARIABLES):
            jobs = executor.map_array(do_share, [folder.folder] * len(shares), shares)
    except FailedJobError as error:
        folder.remove_unsubmitted()
        raise Refused(_message("sbatch", str(error))) from None
    return [job.job_id for job in jobs]


def queue() -> Queue:
    """All jobs of this user, also those that ended a moment ago.

    Raises:
        Refused: the controller does not answer.
        UsageError: there is no cluster here.
    """
    stdout = _answer(
        "squeue", "--me", "--noheader", "--array", "--states=all", "--format=%F|%K|%T|%j"
    )
    tasks = {}
    for line in stdout.splitlines():
        job, number, state, name = line.split("|", 3)
        tasks[f"{job}_{number}" if number.isdecimal() else job] = QueuedTask(name, state)
    return tasks


def is_live(queue: Queue, job: str) -> bool:
    """Whether a job is in the queue and not over."""
    return job in queue and not queue[job].over


def cancel(jobs: Iterable[str]) -> None:
    """Cancel jobs, waiting or running.

    Raises:
        Refused: the controller does not answer.
    """
    if jobs := sorted(jobs):
        _answer("scancel", *jobs)


def most_tasks() -> int:
    """How many tasks an array of this cluster may have.

    Raises:
        Refused: the controller does not answer.
        UsageError: there is no cluster here.
    """
    match = re.search(r"^MaxArraySize\s*=\s*(\d+)", _answer("scontrol", "show", "config"), re.M)
    return max(1, int(match[1])) if match else 1


@contextlib.contextmanager
def _without(names: Iterable[str]) -> Iterator[None]:
    """Take variables out of the environment for a while."""
    removed = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(removed)


def _answer(*command: str) -> str:
    _demand(command[0])
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        nothing = f"ended with exit code {done.returncode} and no message"
        raise Refused(_message(command[0], done.stderr or nothing))
    return done.stdout


def _demand(program: str) -> None:
    if shutil.which(program) is None:
        raise UsageError(
            f"slurm: there is no {program} here: give the command on a machine that submits "
            "jobs to the cluster, or take `--executor local`"
        )


def _message(program: str, stderr: str) -> str:
    line = " ".join(stderr.split())
    return f"slurm: {line.removeprefix(f'{program}: ')} (from {program})"
