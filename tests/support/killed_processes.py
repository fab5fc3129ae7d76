"""Making a small data set slowly, in processes that are killed, on disks that are full."""

import contextlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from automix_bench.executors.local import Local
from automix_bench.making.make import make
from tests.support.executor_work import Slow

MAKE = """
import sys
from pathlib import Path
from automix_bench.errors import ending
from tests.support.killed_processes import made
try:
    made(Path(sys.argv[1]), workers=2)
except Exception as error:
    print(error, file=sys.stderr)
    sys.exit(ending(error).code)
"""


def recipe():
    from tests.making.test_make import small_recipe

    return replace(small_recipe(), source=Slow(count=12))


def made(folder, workers=None):
    """The data set, four shards and more, by so many processes or in this one."""
    return make(recipe(), folder, executor=workers and Local(workers))


def try_to_make(folder, seconds=None):
    """Make it with two workers in a process group of its own, all of which is killed after some
    seconds; the exit code, -9 if it was killed."""
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


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextlib.contextmanager
def small_disk(folder, kilobytes):
    """Make a folder that is a disk of its own; gives a function that sets its size. Skipped where
    this process may not mount one."""

    def mount(*arguments):
        return subprocess.run(["mount", *arguments, str(folder)], capture_output=True).returncode

    folder.mkdir()
    may = sys.platform == "linux" and os.geteuid() == 0
    if not may or mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs"):
        pytest.skip("no disk can be mounted here")
    try:
        yield lambda size: mount("-o", f"remount,size={size}k")
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
