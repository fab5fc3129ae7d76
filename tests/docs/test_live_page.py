"""The page on live mixing: its model runs, and its numbers are of the models that it names."""

import re
from pathlib import Path

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.evaluation.entry import entry
from automix_bench.isolation.live import LiveBrief
from automix_bench.isolation.model_process import ModelProcess

PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text(encoding="utf-8")


def test_the_model_of_the_page_mixes_live(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "half.py"
    path.write_text(f'{code}\n__all__ = ["Half"]\n')
    stems = {
        name: Audio(np.full((2, 10_000), level, np.float32), 44_100)
        for name, level in (("a", 0.1), ("b", 0.2))
    }
    with ModelProcess(entry(str(path)).place) as process:
        reply = process.ask(LiveBrief(stems))
    assert reply.failure == ""
    np.testing.assert_allclose(reply.answer.stems["mix"].samples, 0.15, atol=1e-6)


def test_the_balance_is_better_than_the_floor_on_the_page():
    values = {
        model: float(value)
        for model, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) ", PAGE, re.MULTILINE)
    }
    assert values["oracle"] == 0.0 < values["live_balance"] < values["plain_sum"]
    difference, low, _ = map(
        float, re.search(r"by (-?[\d.]+) \[(-?[\d.]+), (-?[\d.]+)\] dB \(paired", PAGE).groups()
    )
    assert difference == pytest.approx(values["plain_sum"] - values["live_balance"], abs=0.02)
    assert low > 0.0
