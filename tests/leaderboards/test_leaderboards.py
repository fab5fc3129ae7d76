"""The boards in git are those of the present tasks, in order; the README shows their numbers."""

import json
import runpy
from pathlib import Path

import pytest

from automix_bench import plugin

ROOT = Path(__file__).parent.parent.parent
BOARDS = sorted((ROOT / "leaderboards").glob("*/*.json"))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_board_is_of_its_task_and_in_order(path):
    board = json.loads(path.read_text())
    task = plugin.load("tasks", board["task"])
    assert (task.name, task.version) == (path.stem, board["task_version"])
    assert [m["name"] for m in board["metrics"]] == [metric.name for metric in task.metrics]
    first = task.metrics[0]
    values = [row["estimates"][first.name]["value"] for row in board["rows"]]
    assert values == sorted(values, reverse=first.better == "higher")
    parts = {row["part"]: row for row in board["rows"]}
    assert (parts["floor"]["model"], parts["ceiling"]["model"]) == (task.floor, task.ceiling)
    ceiling = parts["ceiling"]["estimates"][first.name]["value"]
    assert ceiling == pytest.approx(first.perfect, abs=1e-6)  # answers have 24 bits
    assert all(row["coverage"] == 1.0 for row in board["rows"] if row["rank"])


def test_the_page_of_all_tasks_is_what_the_boards_say():
    made = runpy.run_path(str(ROOT / "leaderboards" / "make_boards.py"))
    page = ROOT / "leaderboards" / "composed" / "README.md"
    assert page.read_text(encoding="utf-8") == "\n".join(made["_page"](page.parent)) + "\n"


def test_there_are_boards():
    assert len(BOARDS) >= 2


def test_the_readme_shows_these_numbers():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "leaderboards" / "quickstart").glob("*.json"):
        board = json.loads(path.read_text())
        first = board["metrics"][0]["name"]
        for row in board["rows"]:
            e = row["estimates"][first]
            assert f"{e['value']:.2f} [{e['low']:.2f}, {e['high']:.2f}]" in text, row["model"]
