"""The boards in git are those of the present tasks, in order; the README shows their numbers."""

import json
import runpy
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from automix_bench import plugin
from automix_bench.errors import DatasetError
from automix_bench.evaluation.card_checks import demand_sound
from automix_bench.submissions.benchmark import benchmark_named, benchmark_names
from automix_bench.submissions.board_entry import as_read, read_entry
from automix_bench.submissions.board_faults import faults
from automix_bench.submissions.board_folder import task_boards
from automix_bench.submissions.board_tables import write_tables

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "leaderboards"
BOARDS = sorted(
    path for name in ("quickstart", "composed") for path in (KEPT / name).glob("*.json")
)
OFFICIAL = [name for name in benchmark_names() if (KEPT / name).is_dir()]
SMALL = "mastering-composed-1"


@pytest.fixture(scope="module")
def kept_of():
    """The official boards, by benchmark; they are made once."""
    boards = list(task_boards(KEPT))
    return {
        name: [ranked_board for ranked_board in boards if ranked_board.benchmark.name == name]
        for name in OFFICIAL
    }


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


def test_a_new_entry_is_compared_as_it_will_be_read():
    """Metrics of one task may be of different items: a balance has an error of each source, and one
    order of all of them."""
    benchmark = benchmark_named("balance-composed-1")
    floor, entry = (
        read_entry(KEPT / benchmark.name / f"loudness_balance-{name}.json", benchmark)
        for name in ("floor", "balance-by-separation")
    )
    scored = tuple(one for one in entry.card.scores if one.value == one.value)
    fresh = replace(entry, card=replace(entry.card, scores=scored))
    metrics = benchmark.task("loudness_balance").metrics
    assert len(scored) < len(entry.card.scores)
    demand_sound([floor.card, as_read(fresh, Path("x.abench"), benchmark).card], metrics)


def test_there_are_boards():
    assert len(BOARDS) >= 2
    assert len(OFFICIAL) >= 2


def test_nothing_is_wrong_with_the_official_boards():
    assert faults(KEPT) == []


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_built_in_models_stand_on_the_official_boards(name, kept_of):
    boards = kept_of[name]
    assert [ranked_board.task.name for ranked_board in boards] == list(benchmark_named(name).tasks)
    script = runpy.run_path(str(KEPT / "make_boards.py"))
    for ranked_board in boards:
        rows = {row.model for row in ranked_board.board.rows if row.rank}
        models = set(script["TASKS"][ranked_board.task.name][2])
        assert rows >= models - set(script["GPL_MATCHERS"])
        assert ranked_board.board.songs == benchmark_named(name).songs
        assert ranked_board.unranked == ()


CHANGES = {
    "name": ("name", "someone else"),
    "benchmark": ("benchmark", "automix-composed-2"),
    "version": ("task_version", 9),
    "fingerprint": ("dataset", "0" * 64),
    "split": ("split", "train"),
    "badge": ("badge", "gold"),
    "part": ("part", "ceiling"),
}


@pytest.mark.parametrize("change", [*CHANGES, "file", "example", "coverage", "value", "table"])
def test_a_changed_entry_or_table_is_refused(tmp_path, change):
    boards = tmp_path / "boards"
    shutil.copytree(KEPT / SMALL, boards / SMALL)
    write_tables(boards)
    path = boards / SMALL / "mastering-mastering-rules.json"
    record = json.loads(path.read_text())
    if change in CHANGES:
        name, value = CHANGES[change]
        record[name] = value
    elif change == "example":
        record["items"][0][0] = record["items"][-1][0]
    elif change == "coverage":
        record["items"].pop()
    elif change == "value":
        values = next(iter(record["values"].values()))
        values[0] = (values[0] or 0.0) + 0.01
    path.write_text(json.dumps(record))
    if change == "file":
        path = path.rename(path.with_name(f"{path.stem}-2.json"))
    if change == "table":
        (boards / "boards.md").write_text("# Leaderboards\n")
    found = faults(boards)
    assert found
    if change in ("value", "table"):
        assert all("is not made of the entries" in line for line in found)
    else:
        assert str(path) in found[0]
        with pytest.raises(DatasetError):
            read_entry(path, benchmark_named(path.parent.name))


def test_the_readme_shows_these_numbers():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "leaderboards" / "quickstart").glob("*.json"):
        board = json.loads(path.read_text())
        first = board["metrics"][0]["name"]
        for row in board["rows"]:
            e = row["estimates"][first]
            assert f"{e['value']:.2f} [{e['low']:.2f}, {e['high']:.2f}]" in text, row["model"]
