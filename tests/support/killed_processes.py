"""Make a small data set slowly, in processes that are killed and on disks that are full."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from automix_bench.executors.local import Local
from automix_bench.making.make import Made, make
from automix_bench.recipe import Recipe
from tests.support.executor_work import Slow

MAKE = """
import sys
from pathlib import Path
from automix_bench.workers.exit_codes import ending
from tests.support.killed_processes import made
try:
    made(Path(sys.argv[1]), workers=2)
except Exception as error:
    print(error, file=sys.stderr)
    sys.exit(ending(error).code)
"""


def recipe() -> Recipe:
    from tests.making.test_make import small_recipe

    small: Recipe = small_recipe()  # type: ignore[no-untyped-call]
    return replace(small, source=Slow(count=12))


def made(folder: Path, workers: int | None = None) -> Made:
    """A data set of four shards and more, made by `workers` processes, or in this one."""
    return make(recipe(), folder, executor=Local(workers) if workers else None)


def try_to_make(folder: Path, seconds: float | None = None) -> int:
    """Make the data set with two workers in a process group, which is killed after some seconds.
    Returns the exit code: -9 if it was killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAKE, str(folder)],
        cwd=Path(__file__).parent.parent.parent,
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Callable[[int], int]]:
    """Make a folder that is a disk of its own. Gives a function that sets its size. The test is
    skipped if this process may not mount a disk."""

    def mount(*arguments: str) -> int:
        return subprocess.run(["mount", *arguments, str(folder)], capture_output=True).returncode

    folder.mkdir()
    may = sys.platform == "linux" and os.geteuid() == 0
    if not may or mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs"):
        pytest.skip("no disk can be mounted here")
    try:
        yield lambda size: mount("-o", f"remount,size={size}k")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
