"""The command that makes the boards of all tasks: unattended, resumable, equal when run again."""

import json
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from automix_bench import plugin

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "leaderboards" / "make_boards.py"
MADE = runpy.run_path(str(SCRIPT))
OF_TIME = (
    *("speed", "relative_speed", "relative_seconds", "cpu_seconds", "peak_memory", "late_share"),
)


def scores(folder):
    """The boards of a folder without what depends on the clock."""
    boards = {path.name: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    for board in boards.values():
        for row in board["rows"]:
            for name in OF_TIME:
                row.pop(name)
    return boards


def test_every_task_has_a_recipe_and_models():
    assert set(MADE["TASKS"]) == set(plugin.names("tasks"))
    for name, (recipe, _, models) in MADE["TASKS"].items():
        task = plugin.load("tasks", name)
        assert not task.recipes or recipe in task.recipes
        assert set(models) <= set(plugin.names("models"))


def test_every_built_in_model_stands_on_a_board():
    shown = {model for _, _, models in MADE["TASKS"].values() for model in models}
    for name in MADE["TASKS"]:
        task = plugin.load("tasks", name)
        shown |= {task.floor, task.ceiling}
    assert shown == set(plugin.names("models"))


@pytest.mark.slow
def test_a_killed_run_goes_on_and_its_boards_are_the_same(tmp_path):
    words = ["--count", "2", "--task", "mastering", "--task", "loudness_balance"]
    command = [sys.executable, str(SCRIPT), str(tmp_path / "killed"), *words, "--out"]
    process = subprocess.Popen([*command, str(tmp_path / "a")], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 300.0
    while not list((tmp_path / "killed").glob("runs/*/*/*.flac")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not list((tmp_path / "a").glob("*.json"))
    main = MADE["main"]
    assert main([str(tmp_path / "killed"), *words, "--out", str(tmp_path / "a")]) == 0
    assert main([str(tmp_path / "fresh"), *words, "--out", str(tmp_path / "b")]) == 0
    assert scores(tmp_path / "a") == scores(tmp_path / "b")
    assert scores(tmp_path / "a").keys() == {"mastering.json", "loudness_balance.json"}
    page = (tmp_path / "a" / "README.md").read_text(encoding="utf-8")
    assert page == (tmp_path / "b" / "README.md").read_text(encoding="utf-8")
    assert page.count("| – | oracle (ceiling) |") == 2
    assert page.index("## mastering") < page.index("## loudness_balance")


def test_a_task_that_cannot_be_had_of_mixed_music_is_named(tmp_path, capsys):
    (tmp_path / "music").mkdir()
    words = ["--songs", str(tmp_path / "music"), "--separator", "whole", "--task", "remix"]
    assert MADE["main"]([str(tmp_path / "x"), *words, "--out", str(tmp_path / "y")]) == 1
    assert "remix: no board: " in capsys.readouterr().out
    with pytest.raises(SystemExit):
        MADE["main"]([str(tmp_path / "x"), "--songs", str(tmp_path)])


@pytest.mark.slow
def test_all_tasks_of_a_few_songs_have_boards(tmp_path):
    main = MADE["main"]
    assert main([str(tmp_path / "x"), "--count", "3", "--out", str(tmp_path / "y")]) == 0
    assert {path.stem for path in (tmp_path / "y").glob("*.json")} == set(MADE["TASKS"])
    page = (tmp_path / "y" / "README.md").read_text(encoding="utf-8")
    assert all(f"## {name}\n" in page for name in MADE["TASKS"])
