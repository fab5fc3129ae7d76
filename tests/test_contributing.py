"""The examples in CONTRIBUTING.md are files that work, as they stand there."""

import re
from pathlib import Path

import numpy as np
import pytest

from automix_bench import bench, plugin
from automix_bench.model import Brief

TEXT = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
BLOCKS = dict(zip(("metrics", "effects", "models"), re.findall(r"```python\n(.*?)```", TEXT, re.S),
                  strict=True))  # fmt: skip


@pytest.fixture
def offered(tmp_path):
    def load(kind):
        path = tmp_path / f"{kind}.py"
        path.write_text(BLOCKS[kind])
        return plugin.load(kind, str(path))

    return load


def test_the_metric(offered, tone):
    metric = offered("metrics")
    assert metric(reference=tone(), estimate=tone()) == metric.perfect
    assert metric(reference=tone(), estimate=tone().scaled(0.5)) == pytest.approx(6.0206, abs=1e-3)
    assert metric(reference=tone(), estimate=tone().scaled(0.0)) == metric.worst


def test_the_effect(offered, noise):
    wide = offered("effects")(width=2.0)
    back = wide.inverse()(wide(noise()))
    np.testing.assert_allclose(back.samples, noise().samples, atol=1e-6)


def test_the_model(offered, noise):
    model = bench.instance("half", offered("models"))
    answer = model(Brief({"a": noise(), "b": noise()}))
    np.testing.assert_allclose(answer.stems["mix"].samples, noise().samples, atol=1e-7)


def test_every_file_and_folder_it_names_is_there():
    root = Path(__file__).parent.parent
    named = set(re.findall(r"`((?:tests|recipes|benchmarks|automix_bench)/[\w/]*(?:\.py)?)`", TEXT))
    assert len(named) > 10
    assert [name for name in named if not (root / name).exists()] == []
