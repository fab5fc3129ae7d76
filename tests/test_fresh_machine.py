"""Tests hold on a machine where nothing is compiled yet."""

import os
import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

HERE = Path(__file__).parent
DRAWN = sorted(p for p in HERE.rglob("test_*.py") if "@given" in p.read_text(encoding="utf-8"))


def test_an_example_has_the_time_that_compilation_takes():
    assert hypothesis.settings().deadline is None


def test_no_test_sets_a_deadline_of_its_own():
    for path in (p for p in DRAWN if p != Path(__file__)):
        set_here = path.read_text(encoding="utf-8").replace("deadline=None", "")
        assert "deadline=" not in set_here, path


@pytest.mark.slow
def test_drawn_examples_hold_where_nothing_is_compiled(tmp_path):
    kernels = tmp_path / "kernels"
    files = [str(path) for path in DRAWN if path != Path(__file__)]
    assert len(files) >= 5
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files],
        cwd=HERE.parent,
        env={**os.environ, "NUMBA_CACHE_DIR": str(kernels)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-4_000:]
    assert any(kernels.rglob("*.nbc")), "nothing was compiled: the test is empty"
