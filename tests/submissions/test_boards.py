"""Benchmarks with a pinned fingerprint, entries of boards, and their tables."""

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.catalogue.tasks import task_named
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.entry import entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.executors.local import Local
from automix_bench.making.planning import plan
from automix_bench.scorecard import read_scorecard
from automix_bench.submissions import board_folder, board_tables
from automix_bench.submissions.benchmark import (
    Benchmark,
    as_toml,
    benchmark_named,
    benchmark_names,
    demand_benchmark,
    frozen,
    key,
    make_benchmark,
    read_benchmark,
)
from automix_bench.submissions.board_entry import read_entry
from automix_bench.submissions.board_faults import faults
from automix_bench.submissions.board_folder import add, task_boards
from automix_bench.submissions.pack import pack
from automix_bench.submissions.record import read_system_card
from automix_bench.submissions.rerun import drawn
from automix_bench.workers.machine import vectors
from tests.support.system_card import FILLED

TASK = task_named("mixing")
RECIPE = """
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from tests.conftest import BUS, STRIP
from tests.support.tone_source import Tones

__all__ = ["tones"]


def tones(count: int = 3, seed: int = 7) -> Recipe:
    return Recipe(
        name="tones",
        version=1,
        seed=seed,
        description="Tones through random strips.",
        source=Tones(count=count),
        separator=AsRecorded(),
        console=RandomConsole(default=STRIP, bus=BUS),
        excerpt_seconds=1.0,
        excerpts_per_song=1,
        examples_per_shard=1,
        tasks=("mixing",),
    )
"""
OPEN = Benchmark("tones-1", "Tones", "tones.py", 1, {"mixing": TASK.version}, {"count": "4"})


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A benchmark of tones, pinned; its data; two submissions; and a folder with their board."""
    folder = tmp_path_factory.mktemp("boards")
    (folder / "tones.py").write_text(RECIPE)
    (folder / "tones-1.toml").write_text(as_toml(OPEN))
    dataset = make_benchmark(read_benchmark(folder / "tones-1.toml"), folder / "data")
    place = folder / "boards" / "tones-1"
    place.mkdir(parents=True)
    shutil.copy(folder / "tones.py", place)
    pinned = place / "tones-1.toml"
    pinned.write_text(frozen(read_benchmark(folder / "tones-1.toml"), folder / "data"))
    benchmark = read_benchmark(pinned)
    runs = folder / "runs"
    evaluated = evaluate(TASK, dataset, ("equal_loudness", "random_mix"), runs)
    (folder / "system.toml").write_text(FILLED)
    blank = read_system_card(folder / "system.toml")
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    archives = {}
    for model, name in (("equal_loudness", "Equal loudness"), ("random_mix", "=cmd|x")):
        archives[model] = pack(
            TASK,
            dataset,
            evaluated.runs[model],
            cards[model],
            {**blank, "name": name},
            folder / f"{model}.abench",
            benchmark="tones-1",
            floor=cards["plain_sum"],
        )
        add(archives[model], benchmark, dataset, folder / "boards")
    board_tables.write_tables(folder / "boards")
    return folder, benchmark, dataset, archives


@pytest.fixture
def boards(made, tmp_path):
    """A copy of the folder of boards."""
    return Path(shutil.copytree(made[0] / "boards", tmp_path / "boards"))


def entry_path(boards):
    return boards / "tones-1" / "mixing-equal-loudness.json"


# Benchmarks.


def test_official_benchmarks_are_of_tasks_and_recipes_of_this_version():
    assert len(benchmark_names()) >= 10
    for name in benchmark_names():
        benchmark = benchmark_named(name)
        for task in benchmark.tasks:
            assert benchmark.task(task).metrics
            assert len(key(benchmark, task)) == 16
        needs = [f"{setting}=/nowhere" for setting in benchmark.needs]
        recipe = benchmark.recipe_with(needs)
        assert recipe.version == benchmark.recipe_version
        assert recipe.splits == (0.0, 0.0, 1.0)
        assert bool(benchmark.fingerprint) != bool(benchmark.needs)
        assert read_benchmark_text(as_toml(benchmark), name) == benchmark


PINNED = [name for name in benchmark_names() if benchmark_named(name).fingerprint]


@pytest.mark.parametrize("name", PINNED)
def test_the_plan_of_an_official_benchmark_is_the_published_one(name):
    benchmark = benchmark_named(name)
    assert plan(benchmark.recipe_with()).root == benchmark.plan


@pytest.mark.slow
def test_an_official_benchmark_is_made_again_on_two_cores(tmp_path):
    smallest = min(map(benchmark_named, PINNED), key=lambda benchmark: benchmark.examples)
    made_again = make_benchmark(smallest, tmp_path / "data", executor=Local(2))
    assert made_again.fingerprint == smallest.fingerprint


def read_benchmark_text(text, name):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.toml"
        path.write_text(text)
        return replace(read_benchmark(path), place=benchmark_named(name).place)


def test_no_two_official_benchmarks_share_a_composed_song():
    ranges = []
    for name in benchmark_names():
        settings = benchmark_named(name).settings
        if "first" in settings:
            first = int(settings["first"])
            assert first >= 1_000_000
            ranges.append(range(first, first + int(settings["count"])))
    taken = [number for numbers in ranges for number in numbers]
    assert len(ranges) >= 4
    assert len(set(taken)) == len(taken)


def test_the_data_is_the_same_on_two_cores_and_when_it_is_made_again(made, tmp_path):
    _, benchmark, dataset, _ = made
    shutil.copy(made[0] / "tones.py", tmp_path)
    here = replace(benchmark, place=tmp_path)
    again = make_benchmark(here, tmp_path / "again", executor=Local(2))
    assert again.fingerprint == dataset.fingerprint == benchmark.fingerprint
    assert again.split == "test"
    assert len(again) == benchmark.examples


@pytest.mark.parametrize("setting", ["count=3", "seed=8"])
def test_other_data_is_refused(made, tmp_path, setting):
    name, _, value = setting.partition("=")
    shutil.copy(made[0] / "tones.py", tmp_path)
    other = replace(made[1], settings={**made[1].settings, name: value}, place=tmp_path)
    with pytest.raises(DatasetError, match=r"plan: benchmark tones-1 has .* it is another one"):
        make_benchmark(other, tmp_path / "data")


@pytest.mark.parametrize(
    ("older", "told"),
    [
        ({"numpy": "0.1"}, r"same plan: this installation has numpy \S+ instead"),
        ({"vectors": "SSE2"}, r"has vectors \S* instead of SSE2 \(OPENBLAS_CORETYPE="),
    ],
    ids=["package", "vector instructions"],
)
def test_another_sound_of_the_same_plan_names_what_is_of_another_version(made, older, told):
    folder, benchmark, _, _ = made
    assert benchmark.made_with["vectors"] == vectors()
    old = {**benchmark.made_with, **older}
    other = replace(benchmark, fingerprint="0" * 64, made_with=old)
    with pytest.raises(DatasetError, match=told):
        demand_benchmark(other, folder / "data")


def test_another_sound_with_the_same_packages_may_be_another_generation_of_the_processor(made):
    folder, benchmark, _, _ = made
    with pytest.raises(DatasetError, match=r"same plan: .* another generation of the processor"):
        demand_benchmark(replace(benchmark, fingerprint="0" * 64), folder / "data")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("format = 2", "format: expected 1"),
        ("songs = 4", "expected all of songs, examples, plan, fingerprint, or none"),
        ("fingerprint = 'x'", "fingerprint: expected a sha256"),
        ("colour = 'red'", "colour: expected one of the fields"),
        ("[tasks]", "tasks: expected one or more"),
        ("format = [", "expected a benchmark in TOML"),
    ],
)
def test_a_definition_with_a_fault_is_refused(tmp_path, line, fault):
    text = as_toml(OPEN)
    if line.startswith("["):
        text = text.replace(f"mixing = {TASK.version}\n", "")
    else:
        name = line.split(" ")[0]
        kept = [each for each in text.splitlines() if not each.startswith(f"{name} ")]
        text = "\n".join([line, *kept])
    path = tmp_path / "tones-1.toml"
    path.write_text(text)
    with pytest.raises(DatasetError, match=fault.replace("[", r"\[")):
        read_benchmark(path)


def test_names_settings_and_versions_are_demanded(made, tmp_path):
    benchmark = made[1]
    with pytest.raises(UsageError, match="its settings are fixed"):
        benchmark.recipe_with(["count=9"])
    with pytest.raises(UsageError, match="give --set songs=…: the folder of MedleyDB"):
        benchmark_named("automix-medleydb-1").recipe_with()
    with pytest.raises(UsageError, match="no benchmark 'automix-composd-1'"):
        benchmark_named("automix-composd-1")
    with pytest.raises(UsageError, match="no task remix"):
        benchmark.task("remix")
    with pytest.raises(DatasetError, match="expected version 99"):
        replace(benchmark, tasks={"mixing": 99}).task("mixing")
    shutil.copy(made[0] / "tones.py", tmp_path)
    with pytest.raises(DatasetError, match=r"recipe tones\.py: expected version 2"):
        replace(benchmark, recipe_version=2, place=tmp_path).recipe_with()
    (tmp_path / "Tones 1.toml").write_text(as_toml(OPEN))
    with pytest.raises(DatasetError, match="expected a name such as"):
        read_benchmark(tmp_path / "Tones 1.toml")


# Entries.


def test_an_entry_holds_the_scores_that_were_measured(made):
    folder, benchmark, _, _ = made
    entry = read_entry(entry_path(folder / "boards"), benchmark)
    (path,) = (folder / "runs" / "mixing").glob("equal-loudness-*.json")
    card = read_scorecard(path)
    for metric in TASK.metrics:
        own = entry.card.estimate(metric)
        assert own.value == pytest.approx(
            card.estimate(metric).value, rel=1e-5, abs=1e-9, nan_ok=True
        )
    assert entry.badge == "re-scored"
    assert entry.stated["cost"]["work_seconds"] > 0.0
    assert entry.stated["floor_cost"]["work_seconds"] > 0.0


def changed(boards, **changes):
    path = entry_path(boards)
    record = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps(record))
    return path


def first_value(boards, value):
    values = json.loads(entry_path(boards).read_text())["values"]
    values[TASK.metrics[0].name][0] = value
    return {"values": values}


def fewer(boards):
    record = json.loads(entry_path(boards).read_text())
    return {
        "items": record["items"][1:],
        "values": {name: of[1:] for name, of in record["values"].items()},
    }


FAULTS = {
    "another format": (lambda b: {"format": 2}, "format: expected 1, got 2"),
    "another benchmark": (lambda b: {"benchmark": "tones-2"}, "benchmark: expected tones-1"),
    "another task": (lambda b: {"task": "remix"}, "task: expected one of mixing"),
    "another version": (lambda b: {"task_version": 99}, "task_version: expected"),
    "another fingerprint": (lambda b: {"dataset": "0" * 64}, "dataset: expected"),
    "another split": (lambda b: {"split": "train"}, "split: expected test"),
    "an unknown badge": (lambda b: {"badge": "golden"}, "badge: expected one of declared"),
    "a further field": (lambda b: {"colour": 1}, "colour: expected one of the fields"),
    "another name": (lambda b: {"name": "Other"}, "name: expected that of its system"),
    "the floor's name": (lambda b: {"name": "plain_sum"}, "name: expected one of its own"),
    "no system card": (lambda b: {"system": None}, "system: expected a system card"),
    "a floor of its own": (lambda b: {"part": "floor"}, "name: expected plain_sum, the floor"),
    "a system with a fault": (lambda b: {"system": {"name": "x"}}, "system: authors: expected"),
    "no archive": (lambda b: {"archive": None}, "sha256 of an archive"),
    "an example less": (fewer, "items: expected 4 examples, got 3"),
    "a value out of range": (lambda b: first_value(b, 1e9), "expected a number"),
    "a value that is no number": (lambda b: first_value(b, "low"), "expected a number"),
    "a value too few": (
        lambda b: {"values": {**json.loads(entry_path(b).read_text())["values"], "sdr": []}},
        "values: sdr: expected 4, got 0",
    ),
    "a metric more": (
        lambda b: {"values": {**json.loads(entry_path(b).read_text())["values"], "mine": []}},
        "values: expected the metrics of mixing, differing in mine",
    ),
    "items that are none": (lambda b: {"items": [1, 2]}, "items: expected example, song and stem"),
    "a strange overlap": (lambda b: {"overlap": ["elsewhere"]}, "overlap: expected examples"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_entry_with_a_fault_is_refused(made, boards, fault):
    change, message = FAULTS[fault]
    path = changed(boards, **change(boards))
    with pytest.raises(DatasetError) as caught:
        read_entry(path, made[1])
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert faults(boards) == [str(caught.value)]


def test_an_item_that_is_there_twice_is_refused(made, boards):
    record = json.loads(entry_path(boards).read_text())
    path = changed(boards, items=[record["items"][0], *record["items"][:-1]])
    with pytest.raises(DatasetError, match="an item is there twice"):
        read_entry(path, made[1])


def test_a_file_has_the_name_of_its_entry(made, boards):
    moved = entry_path(boards).rename(boards / "tones-1" / "mixing-mine.json")
    with pytest.raises(DatasetError, match=r"expected the file mixing-equal-loudness\.json"):
        read_entry(moved, made[1])


# Boards.


def test_a_folder_in_order_has_no_fault(boards):
    assert faults(boards) == []


@pytest.mark.parametrize(
    "name",
    ["boards.md", "leaderboard.json", *(f"tones-1/{n}" for n in ("README.md", "mixing.csv"))],
)
def test_tables_that_are_not_those_of_the_entries_are_named(boards, name):
    path = boards / name
    path.write_text(path.read_text().replace("1", "2", 1))
    assert faults(boards) == [
        f"{path}: is not made of the entries: run automix-bench leaderboard tables"
    ]
    path.unlink()
    assert faults(boards) == [f"{path}: is missing: run automix-bench leaderboard tables"]


def test_a_strange_file_and_a_missing_floor_are_named(boards):
    (boards / "tones-1" / "payload.sh").write_text("")
    assert faults(boards) == [f"{boards / 'tones-1' / 'payload.sh'}: has no place here"]
    (boards / "tones-1" / "mixing-floor.json").unlink()
    assert faults(boards) == ["tones-1, mixing: expected an entry for the floor, got none"]


def test_nobody_defines_an_official_benchmark_again(boards):
    name = benchmark_names()[0]
    (boards / name).mkdir()
    (boards / name / f"{name}.toml").write_text(as_toml(OPEN))
    (line,) = faults(boards)
    assert "an official benchmark has this name" in line


def examples_by_gain(boards):
    """The examples, those first on which `Equal loudness` gains least over the floor."""
    first = TASK.metrics[0].name
    mine, floor = (
        json.loads((boards / "tones-1" / f"mixing-{name}.json").read_text())
        for name in ("equal-loudness", "floor")
    )
    gains = {
        item[0]: floor["values"][first][n] - mine["values"][first][n]
        for n, item in enumerate(mine["items"])
    }
    return sorted(gains, key=gains.get)


def test_items_that_someone_trained_on_count_for_nobody(made, boards):
    example = examples_by_gain(boards)[-1]
    changed(boards, overlap=[example])
    benchmark = made[1]
    (ranked_board,) = task_boards(boards)
    assert [entry.name for entry, _ in ranked_board.unranked] == ["Equal loudness"]
    assert "trained on 1 of 4 examples" in "\n".join(board_tables.tables(boards).values())
    loose = board_folder.entries(boards, benchmark)
    wide = replace(benchmark, examples=40)
    common = board_folder.task_board(wide, TASK, loose)
    assert common.dropped.examples == {example}
    assert [entry.name for entry in common.dropped.because_of] == ["Equal loudness"]
    assert "Equal loudness was trained on them" in "\n".join(board_tables.board_notes(common))
    assert common.unranked == ()
    assert common.dropped.not_dropped == ()
    songs = {score.song for score in loose[0].card.scores}
    assert common.board.songs == len(songs) - 1


def test_nobody_rises_by_naming_the_items_that_he_fails_on(made, boards):
    example = examples_by_gain(boards)[0]
    whole = board_folder.task_board(made[1], TASK, board_folder.entries(boards, made[1]))
    changed(boards, overlap=[example])
    entries = board_folder.entries(boards, made[1])
    common = board_folder.task_board(replace(made[1], examples=40), TASK, entries)
    assert common.dropped.examples == frozenset()
    assert [entry.name for entry, _ in common.dropped.not_dropped] == ["Equal loudness"]
    assert common.board.to_json() == whole.board.to_json()
    assert "1 examples on which Equal loudness was trained still count" in "\n".join(
        board_tables.board_notes(common)
    )


@pytest.mark.parametrize("name", ["plain-sum", "Plain_Sum", "ORACLE", "floor"])
def test_a_system_does_not_take_the_name_of_an_end_of_the_board(made, boards, name):
    record = json.loads(entry_path(boards).read_text())
    path = changed(boards, name=name, system={**record["system"], "name": name})
    with pytest.raises(DatasetError, match="name: expected one of its own"):
        read_entry(path, made[1])


def test_declared_scores_are_listed_and_not_ranked(boards):
    changed(boards, badge="declared")
    (ranked_board,) = task_boards(boards)
    assert [row.model for row in ranked_board.board.rows if row.rank] == ["=cmd|x"]
    page = board_tables.tables(boards)["tones-1/README.md"]
    assert "Not ranked: Equal loudness, nobody scored it again." in page


def test_tables_have_the_same_numbers_and_show_text_as_text(made, boards):
    (ranked_board,) = task_boards(boards)
    made_tables = board_tables.tables(boards)
    rows = list(csv.DictReader(io.StringIO(made_tables["tones-1/mixing.csv"])))
    whole = json.loads(made_tables["leaderboard.json"])["boards"][0]
    first = TASK.metrics[0].name
    for row, record, line in zip(ranked_board.board.rows, whole["rows"], rows, strict=True):
        value = row.estimates[first].value
        assert record["metrics"][first][0] == float(f"{value:.7g}")
        assert float(line[first]) == pytest.approx(value, rel=1e-6, abs=1e-9)
        assert f"{value:.2f}" in made_tables["tones-1/README.md"]
        assert f"{value:.2f}" in made_tables["tones-1/mixing.tex"]
    assert "'=cmd|x" in [line["name"] for line in rows]
    assert "=cmd\\|x" in made_tables["tones-1/README.md"]
    assert r"=cmd\textbar{}x" in made_tables["tones-1/mixing.tex"]
    assert whole["dataset"] == made[1].fingerprint
    assert whole["split"] == "test"
    assert {row["part"] for row in whole["rows"]} == {"entry", "floor", "ceiling"}
    entry = next(row for row in whole["rows"] if row["name"] == "Equal loudness")
    assert entry["stated"]["relative_speed"] > 0.0
    assert entry["stated"]["peak_memory"] > 1_000_000


def test_a_name_that_is_taken_is_refused(made, boards, tmp_path):
    folder, benchmark, dataset, archives = made
    add(archives["equal_loudness"], benchmark, dataset, boards)  # the same again
    system = json.loads(entry_path(boards).read_text())["system"]
    (run_folder,) = (p for p in (folder / "runs" / "mixing").glob("random-mix-*") if p.is_dir())
    card = read_scorecard(run_folder.with_suffix(".json"))
    other = pack(
        TASK, dataset, run_folder, card, system, tmp_path / "x.abench", benchmark="tones-1"
    )
    with pytest.raises(DatasetError, match="there is another submission of the name Equal loud"):
        add(other, benchmark, dataset, boards)
    with pytest.raises(DatasetError, match=r"every score is that of =cmd\|x"):
        add(other, benchmark, dataset, boards, replace_entry=True)
    (boards / "tones-1" / "mixing-cmd-x.json").unlink()
    add(other, benchmark, dataset, boards, replace_entry=True)
    assert read_entry(entry_path(boards), benchmark).model == "random_mix"


def test_a_submission_of_no_benchmark_is_refused(made, tmp_path):
    folder, benchmark, dataset, _ = made
    (run_folder,) = (p for p in (folder / "runs" / "mixing").glob("random-mix-*") if p.is_dir())
    card = read_scorecard(run_folder.with_suffix(".json"))
    system = json.loads(entry_path(folder / "boards").read_text())["system"]
    other = pack(TASK, dataset, run_folder, card, system, tmp_path / "x.abench")
    with pytest.raises(DatasetError, match="benchmark: expected tones-1, got none"):
        add(other, benchmark, dataset, tmp_path / "boards")


# Systems that are run again.


def test_items_to_run_again_depend_on_archive_and_number():
    ids = [f"song-{n}" for n in range(200)]
    one = drawn("a" * 64, "1", ids, 5)
    assert one == drawn("a" * 64, "1", ids[::-1], 5)
    assert len(set(one)) == 5
    assert one != drawn("a" * 64, "2", ids, 5)
    assert one != drawn("b" * 64, "1", ids, 5)
    counts = dict.fromkeys(ids, 0)
    for number in range(400):
        for each in drawn("a" * 64, str(number), ids, 5):
            counts[each] += 1
    assert min(counts.values()) >= 1
    assert max(counts.values()) < 30  # 10 each, on average


def test_the_system_that_made_the_answers_gets_the_badge(made, boards):
    _, benchmark, dataset, archives = made
    added, _ = add(
        archives["equal_loudness"],
        benchmark,
        dataset,
        boards,
        system=entry("equal_loudness"),
        number="2026-11-29 4 8 15",
    )
    assert added.badge == "re-run"
    assert read_entry(entry_path(boards), benchmark).badge == "re-run"
    again, _ = add(archives["equal_loudness"], benchmark, dataset, boards)
    assert again.badge == "re-run"  # it is not lost


def test_another_system_than_that_of_the_answers_is_refused(made, boards, tmp_path):
    _, benchmark, dataset, archives = made
    before = entry_path(boards).read_bytes()
    with pytest.raises(DatasetError, match=r"equal_loudness\.abench: .*run again it scores"):
        add(
            archives["equal_loudness"],
            benchmark,
            dataset,
            boards,
            system=entry("random_mix"),
            number="1",
        )
    (tmp_path / "broken.py").write_text(
        "__all__ = ['broken']\n\n\ndef broken(brief):\n    raise ValueError('no')\n"
    )
    with pytest.raises(DatasetError, match=r"run again: .*ValueError: no"):
        add(
            archives["equal_loudness"],
            benchmark,
            dataset,
            boards,
            system=entry(str(tmp_path / "broken.py")),
            number="1",
        )
    with pytest.raises(UsageError, match="expected a public number"):
        add(archives["equal_loudness"], benchmark, dataset, boards, system=entry("random_mix"))
    assert entry_path(boards).read_bytes() == before


# Commands.


def command(*words):
    return CliRunner().invoke(cli.app, list(map(str, words)))


def test_the_commands_do_the_same(made, boards, tmp_path):
    folder, benchmark, _, archives = made
    listed = json.loads(command("benchmark", "list", "--json").stdout)
    assert [each["name"] for each in listed] == benchmark_names()
    done = command(
        "benchmark", "verify", boards / "tones-1/tones-1.toml", folder / "data", "--json"
    )
    assert json.loads(done.stdout)["fingerprint"] == benchmark.fingerprint
    out = tmp_path / "tones-2.toml"
    assert command("benchmark", "freeze", boards / "tones-1/tones-1.toml", folder / "data", out)
    assert read_benchmark(out).fingerprint == benchmark.fingerprint
    before = {path: path.read_bytes() for path in boards.rglob("*") if path.is_file()}
    done = command("leaderboard", "add", archives["equal_loudness"], folder / "data", boards)
    assert done.exit_code == 0, done.output
    assert {path: path.read_bytes() for path in boards.rglob("*") if path.is_file()} == before
    assert command("leaderboard", "check", boards).exit_code == 0
    words = (archives["equal_loudness"], folder / "data", "equal_loudness", "--number", "7")
    again = json.loads(command("submit", "rerun", *words, "--items", "2", "--json").stdout)
    assert len(again["items"]) == 2
    assert max(again["largest_differences"].values()) < 1e-3
    assert command("leaderboard", "tables", boards).exit_code == 0
    (boards / "boards.md").write_text("")
    assert command("leaderboard", "check", boards).exit_code == 3
