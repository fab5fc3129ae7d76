"""Every container cut at every tenth and with bits flipped: right, or refused in one line; never a
traceback, more than 2 GB or more than 10 s."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.container_sounds import FRAMES_ONLY, kinds, suffix, write
from tests.support.fuzzed_files import cuts, flips, outcome

ROOT = Path(__file__).parent.parent.parent
MOST_SECONDS = 10.0
MOST_BYTES = 2_000_000_000
FLIPS = 56


def read_all(folder, kind, flipped):
    """Read the damaged copies of a sound. Returns how many were read and how many refused."""
    path = write(folder / f"a.{suffix(kind)}", kind)
    content = path.read_bytes()
    length, refusal, _ = outcome(path)
    assert refusal == ""
    read = refused = 0
    for damaged in cuts(content):
        path.write_bytes(damaged)
        got, refusal, seconds = outcome(path)
        assert seconds < MOST_SECONDS, (kind, len(damaged), seconds)
        assert refusal or kind in FRAMES_ONLY, f"{kind} cut to {len(damaged)} bytes: {got} samples"
    for number, damaged in enumerate(flips(content, flipped, seed=len(kind))):
        path.write_bytes(damaged)
        got, refusal, seconds = outcome(path)
        assert seconds < MOST_SECONDS, (kind, number, seconds)
        # Most flips in headers are other headers; what is read is no longer than bits allow.
        assert got <= 16 * length, (kind, number, got)
        read, refused = read + (not refusal), refused + bool(refusal)
    return read, refused


@pytest.mark.parametrize("kind", kinds())
def test_a_few_damaged_files_of_each_kind(tmp_path, kind):
    read_all(tmp_path, kind, 2)


@pytest.mark.slow
def test_two_thousand_damaged_files(tmp_path):
    """In a process of its own, which may not take more than 2 GB beyond what it has at first."""
    code = (
        "import sys; from pathlib import Path; from tests.public_reports import test_fuzzed_files\n"
        "test_fuzzed_files.read_everything(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr[-3000:]
    print(done.stdout)


def read_everything(folder):
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    files = 0
    for kind in kinds():
        read, refused = read_all(folder, kind, FLIPS)
        files += 9 + read + refused
        print(f"{kind}: of {read + refused} with flipped bits {read} read, {refused} refused")
    own, children = (
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"{files} files; {own // 1000} MB, ffmpeg {children // 1000} MB at most")
    assert files >= 1_000
    assert max(own, children) * 1024 < MOST_BYTES
