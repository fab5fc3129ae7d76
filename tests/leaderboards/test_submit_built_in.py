"""The built-in models go the way of everybody's submissions."""

import sys
from pathlib import Path

import pytest

from automix_bench import plugin
from automix_bench.scorecard import Scorecard
from automix_bench.submissions.benchmark import (
    as_toml,
    benchmark_named,
    benchmark_names,
    frozen,
    make_benchmark,
    read_benchmark,
)
from automix_bench.submissions.board_faults import faults
from automix_bench.submissions.board_folder import task_boards
from automix_bench.submissions.record import system_fault
from tests.submissions.test_boards import OPEN, RECIPE

LEADERBOARDS = Path(__file__).parent.parent.parent / "leaderboards"


@pytest.fixture
def script(monkeypatch):
    monkeypatch.syspath_prepend(str(LEADERBOARDS))
    import submit_built_in

    yield submit_built_in
    for name in ("submit_built_in", "make_boards"):
        sys.modules.pop(name, None)


def test_every_built_in_model_has_a_system_card_that_is_right(script):
    for name in plugin.names("models"):
        card = Scorecard("mixing", 1, "0" * 64, name, (), {}, {})
        system = script.system_card(card)
        assert system["name"] == name
        assert system_fault(system) == ""
        module = plugin.load("models", name).__module__
        trained = module.endswith(("_separation", ".separate")) or ".learned." in module
        assert bool(system["trained_on"]) == trained, name
        assert ("safetensors" in str(system["weights"])) == (".learned." in module), name


def test_every_real_model_stands_on_an_official_benchmark(script):
    """But for those of an extra under the GPL, and of the tasks that have no benchmark."""
    tasks = {task for name in benchmark_names() for task in benchmark_named(name).tasks}
    standing = {model for task in tasks for model in script.submitted(task)}
    of_others = {model for task in script.TASKS.keys() - tasks for model in script.submitted(task)}
    assert of_others - standing == {"distortion_inverse_blind"}
    ends = {
        model
        for task in map(lambda name: plugin.load("tasks", name), plugin.names("tasks"))
        for model in (task.floor, task.ceiling)
    }
    assert standing | of_others >= set(plugin.names("models")) - ends - {"matchering"}


@pytest.mark.slow
def test_models_are_submitted_and_a_second_run_changes_nothing(script, tmp_path):
    (tmp_path / "tones.py").write_text(RECIPE)
    (tmp_path / "tones-1.toml").write_text(as_toml(OPEN))
    loose = read_benchmark(tmp_path / "tones-1.toml")
    make_benchmark(loose, tmp_path / "tones-1")
    place = tmp_path / "boards" / "tones-1"
    place.mkdir(parents=True)
    (place / "tones-1.toml").write_text(frozen(loose, tmp_path / "tones-1"))
    (tmp_path / "tones-1.toml").write_bytes((place / "tones-1.toml").read_bytes())
    benchmark = read_benchmark(tmp_path / "tones-1.toml")
    lines = script.submit(benchmark, tmp_path, tmp_path / "boards")
    assert len(lines) == len(script.TASKS["mixing"][2])
    assert all("re-scored" in line for line in lines)
    (ranked_board,) = task_boards(tmp_path / "boards")
    assert {row.model for row in ranked_board.board.rows if row.rank} == set(
        script.TASKS["mixing"][2]
    )
    script.write_tables(tmp_path / "boards")
    assert faults(tmp_path / "boards") == []
    before = {path: path.read_bytes() for path in (tmp_path / "boards").rglob("*.json")}
    script.submit(benchmark, tmp_path, tmp_path / "boards")
    script.write_tables(tmp_path / "boards")
    assert {path: path.read_bytes() for path in (tmp_path / "boards").rglob("*.json")} == before
