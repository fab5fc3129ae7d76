"""A hidden round from its begin to its end, and what is refused."""

import json
import re
import shutil
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.pages.board_site import board_site
from automix_bench.scorecard import read_scorecard
from automix_bench.submissions import board_tables, sealed_round
from automix_bench.submissions.benchmark import as_toml, benchmark_named, read_benchmark
from automix_bench.submissions.board_entry import read_entry
from automix_bench.submissions.board_faults import faults
from automix_bench.submissions.board_folder import task_boards
from automix_bench.submissions.board_rounds import add_round
from automix_bench.submissions.sealed_round import (
    hidden_benchmark,
    read_revealed,
    read_round,
    regenerate,
    results,
    reveal,
    seal,
)
from tests.submissions.test_boards import OPEN, RECIPE, made  # noqa: F401

TASK = task_named("mixing")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A benchmark of tones, and a sealed round of it."""
    folder = tmp_path_factory.mktemp("rounds")
    (folder / "tones.py").write_text(RECIPE)
    (folder / "tones-1.toml").write_text(as_toml(OPEN))
    seal(read_benchmark(folder / "tones-1.toml"), folder / "round")
    return folder


@pytest.fixture
def here(place, tmp_path):
    """A copy of them."""
    return Path(shutil.copytree(place, tmp_path / "rounds"))


def own(here):
    return read_benchmark(here / "tones-1.toml")


def test_what_is_published_is_the_sum_and_tells_nothing_else(here):
    record = read_round(here / "round" / "round.json")
    held = json.loads((here / "round" / "secret.json").read_text())
    data = Dataset(here / "round" / "data", "test")
    by_hand = sha256(bytes.fromhex(held["secret"]) + data.fingerprint.encode()).hexdigest()
    assert record["commitment"] == by_hand
    assert (record["songs"], record["examples"]) == (4, 4)
    assert len(held["secret"]) == 64
    assert held["secret"] not in json.dumps(record)
    assert data.fingerprint[:12] not in json.dumps(record)
    assert (here / "round" / "secret.json").stat().st_mode & 0o077 == 0


def test_a_round_goes_on_with_its_secret_and_another_has_another(here):
    before = (here / "round" / "secret.json").read_bytes()
    shutil.rmtree(here / "round" / "data")  # as after a kill
    again = seal(own(here), here / "round")
    assert (here / "round" / "secret.json").read_bytes() == before
    assert again == read_round(here / "round" / "round.json")
    other = seal(own(here), here / "other")
    assert other["commitment"] != again["commitment"]
    with pytest.raises(DatasetError, match="expected a round of tones-9, got one of tones-1"):
        seal(replace(own(here), name="tones-9"), here / "round")


def test_the_songs_and_the_settings_are_of_the_secret(tmp_path):
    official = benchmark_named("automix-composed-1")
    one, two = (hidden_benchmark(official, f"{n:064x}") for n in (1, 2))
    assert one.settings["seed"] != two.settings["seed"]
    assert one.settings["first"] != two.settings["first"]
    assert one.settings["count"] == official.settings["count"]
    assert one == hidden_benchmark(official, f"{1:064x}")
    assert not one.fingerprint
    for secret in (f"{n:064x}" for n in range(50)):
        first = int(hidden_benchmark(official, secret).settings["first"])
        assert first > 10_000_000
        assert first % 2 == 0  # a band has two songs
    (tmp_path / "fixed.py").write_text(RECIPE.replace(", seed: int = 7", "").replace("=seed", "=7"))
    with pytest.raises(UsageError, match=r"recipe fixed\.py has no seed"):
        hidden_benchmark(replace(OPEN, recipe="fixed.py", place=tmp_path), "0" * 64)


def test_only_means_are_published_during_a_round(here):
    data = Dataset(here / "round" / "data", "test")
    evaluated = evaluate(TASK, data, ("equal_loudness",), here / "runs")
    cards = [read_scorecard(path) for path in evaluated.cards]
    published = results(here / "round", cards, own(here))
    first = TASK.metrics[0]
    (mine,) = (card for card in cards if card.model == "equal_loudness")
    row = published["tasks"]["mixing"]["equal_loudness"]
    assert row["metrics"][first.name][0] == pytest.approx(mine.estimate(first).value, rel=1e-3)
    text = json.dumps(published)
    assert not any(row["id"] in text for row in data.rows)
    assert data.fingerprint not in text
    other = replace(mine, dataset="0" * 64)
    with pytest.raises(DatasetError, match="expected a card of this round's data"):
        results(here / "round", [other], own(here))


def test_a_round_that_is_over_is_made_again(here):
    revealed = reveal(here / "round")
    sealed = read_round(here / "round" / "round.json")
    again = regenerate(revealed, sealed, here / "second-clone", benchmark=own(here))
    assert again.fingerprint == revealed["fingerprint"]
    sums = [
        (here / folder / "SHA256SUMS").read_bytes() for folder in ("second-clone", "round/data")
    ]
    assert sums[0] == sums[1]


CHEATS = {
    "another secret": ({"secret": "0" * 64}, "not those that were sealed"),
    "another fingerprint": ({"fingerprint": "0" * 64}, "not those that were sealed"),
    "fewer songs": ({"songs": 3}, "songs: the round was sealed with 4, and revealed with 3"),
    "another sum": ({"commitment": "0" * 64}, "commitment: the round was sealed with"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_another_round_than_the_sealed_one_is_refused(here, cheat):
    change, message = CHEATS[cheat]
    revealed = {**reveal(here / "round"), **change}
    with pytest.raises(DatasetError, match=message):
        regenerate(
            revealed, read_round(here / "round" / "round.json"), here / "x", benchmark=own(here)
        )
    assert not (here / "x").exists()


def test_a_secret_that_does_not_make_the_data_is_refused(here):
    """Whoever sealed the sum of a secret and of other data is found out when they are made."""
    revealed = reveal(here / "round")
    revealed["fingerprint"] = "1" * 64
    revealed["commitment"] = sealed_round.commitment(revealed["secret"], "1" * 64)
    sealed = {**read_round(here / "round" / "round.json"), "commitment": revealed["commitment"]}
    with pytest.raises(DatasetError, match="fingerprint: the round has 111111111111"):
        regenerate(revealed, sealed, here / "x", benchmark=own(here))


def test_data_that_were_changed_are_not_revealed(here):
    shutil.rmtree(here / "round" / "data")
    sealed_round.make_benchmark(
        replace(own(here), settings={"count": "4", "seed": "5"}), here / "round" / "data"
    )
    with pytest.raises(DatasetError, match="its data are not those that were sealed"):
        reveal(here / "round")


def test_a_round_of_another_benchmark_is_refused(here):
    with pytest.raises(UsageError, match="no benchmark 'tones-1'"):
        results(here / "round", [])
    other = replace(own(here), name="tones-2")
    with pytest.raises(DatasetError, match="expected a round of tones-2, got one of tones-1"):
        results(here / "round", [], other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "format: expected 1"),
        ({"commitment": "x"}, "commitment: expected a sha256"),
        ({"seed": 1}, "seed: expected one of the fields"),
        ({"songs": None}, "songs: expected a whole number"),
    ],
)
def test_damaged_records_are_refused(here, change, message):
    path = here / "round" / "round.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(DatasetError, match=message):
        read_round(path)


def test_the_commands_do_the_same(here):
    def command(*words):
        done = CliRunner().invoke(cli.app, ["benchmark", *map(str, words)])
        assert done.exit_code == 0, done.output
        return done

    definition = here / "tones-1.toml"
    done = command("seal", definition, here / "new", "--json")
    assert json.loads(done.stdout) == read_round(here / "new" / "round.json")
    command("reveal", here / "new", here / "revealed.json")
    assert read_revealed(here / "revealed.json")["songs"] == 4
    words = (here / "revealed.json", here / "new" / "round.json", here / "again")
    command("regenerate", *words, "--benchmark", definition)
    evaluated = evaluate(TASK, Dataset(here / "again", "test"), ("random_mix",), here / "runs")
    done = command("results", here / "new", *evaluated.cards, "--benchmark", definition)
    assert set(json.loads(done.stdout)["tasks"]["mixing"]) == {"random_mix", "plain_sum", "oracle"}


# Rounds on boards.


@pytest.fixture
def shown(here, made):  # noqa: F811
    """A round with results, on a copy of the board of the benchmark that it is of."""
    boards = Path(shutil.copytree(made[0] / "boards", here / "boards"))
    data = Dataset(here / "round" / "data", "test")
    evaluated = evaluate(TASK, data, ("equal_loudness",), here / "runs")
    cards = [read_scorecard(path) for path in evaluated.cards]
    archives = {"equal_loudness": made[3]["equal_loudness"]}
    published = results(here / "round", cards, own(here), archives)
    (here / "results.json").write_text(json.dumps(published))
    (here / "revealed.json").write_text(json.dumps(reveal(here / "round")))
    return here, boards, made[1]


def test_a_round_stands_on_its_board_and_gives_a_badge_when_it_is_over(shown):
    here, boards, benchmark = shown
    add_round(boards, benchmark, "round-1", here / "results.json", None)
    page = board_tables.tables(boards)["tones-1/README.md"]
    commitment = read_round(here / "round" / "round.json")["commitment"]
    assert "### Hidden round round-1" in page
    assert f"sealed as {commitment}, not revealed yet." in page
    (ranked_board,) = task_boards(boards)
    assert {ranked_board.badge(entry) for entry in ranked_board.entries} == {"re-scored"}
    add_round(boards, benchmark, "round-1", here / "results.json", here / "revealed.json")
    board_tables.write_tables(boards)
    (ranked_board,) = task_boards(boards)
    badges = {entry.name: ranked_board.badge(entry) for entry in ranked_board.entries}
    assert badges["Equal loudness"] == "hidden"
    assert badges["=cmd|x"] == "re-scored"
    assert faults(boards) == []
    board_site(boards, here / "site")
    site = (here / "site" / "tones-1-mixing.html").read_text()
    mean = json.loads((here / "results.json").read_text())["tasks"]["mixing"]["Equal loudness"]
    assert f"{mean['metrics'][TASK.metrics[0].name][0]:.2f} [" in site
    assert commitment in site
    record = json.loads((here / "site" / "leaderboard.json").read_text())["boards"][0]
    assert record["rounds"][0]["revealed"] is True


ODD = {
    "another benchmark": ({"benchmark": "tones-9"}, {}, "benchmark: expected tones-1"),
    "a score of one item": ({"scores": [1.0]}, {}, "scores: expected one of the fields"),
    "a metric less": ("metric", {}, "expected the metrics of the task"),
    "a mean that is none": ("mean", {}, "a mean and the ends of its interval"),
    "another sum": ({}, {"commitment": "0" * 64}, "commitment: expected that of the sealed"),
    "another secret": ({}, {"secret": "0" * 64}, "not those that were sealed"),
}


@pytest.mark.parametrize("odd", ODD)
def test_rounds_that_do_not_hold_are_refused(shown, odd):
    here, boards, benchmark = shown
    change, of_end, message = ODD[odd]
    record = json.loads((here / "results.json").read_text())
    means = record["tasks"]["mixing"]["Equal loudness"]["metrics"]
    if change == "metric":
        means.pop(TASK.metrics[1].name)
    elif change == "mean":
        means[TASK.metrics[1].name] = "low"
    else:
        record.update(change)
    (here / "results.json").write_text(json.dumps(record))
    end = {**json.loads((here / "revealed.json").read_text()), **of_end}
    (here / "revealed.json").write_text(json.dumps(end))
    with pytest.raises(DatasetError, match=message):
        add_round(boards, benchmark, "round-1", here / "results.json", here / "revealed.json")
    assert not (boards / "tones-1" / "rounds").exists()
    (boards / "tones-1" / "rounds").mkdir()  # whoever writes the files by hand is found out too
    shutil.copy(here / "results.json", boards / "tones-1" / "rounds" / "round-1.json")
    shutil.copy(here / "revealed.json", boards / "tones-1" / "rounds" / "round-1.revealed.json")
    (line,) = faults(boards)
    assert re.search(message, line)


def test_files_that_are_no_rounds_are_named(shown):
    here, boards, benchmark = shown
    place = boards / "tones-1" / "rounds"
    place.mkdir()
    (place / "notes.txt").write_text("")
    assert "has no place here" in faults(boards)[0]
    (place / "notes.txt").unlink()
    shutil.copy(here / "revealed.json", place / "round-1.revealed.json")
    assert "expected the results of this round beside it" in faults(boards)[0]
    with pytest.raises(UsageError, match="expected a name of the round"):
        add_round(boards, benchmark, "../x", here / "results.json", None)


def test_a_badge_is_by_the_archive_and_not_by_the_name(shown):
    here, boards, benchmark = shown
    record = json.loads((here / "results.json").read_text())
    row = record["tasks"]["mixing"]["Equal loudness"]
    entry = read_entry(boards / "tones-1" / "mixing-equal-loudness.json", benchmark)
    assert row.pop("archive") == entry.archive
    for archive in (None, "0" * 64):
        row |= {"archive": archive} if archive else {}
        (here / "results.json").write_text(json.dumps(record))
        add_round(boards, benchmark, "round-1", here / "results.json", here / "revealed.json")
        (board,) = task_boards(boards)
        assert {board.badge(each) for each in board.entries} == {"re-scored"}
    with pytest.raises(UsageError, match="other: expected a card of this model, got none"):
        results(here / "round", [], own(here), {"other": here / "x.abench"})


def test_the_command_puts_a_round_on_its_board(shown):
    here, boards, _ = shown
    words = ["leaderboard", "round", here / "results.json", boards, "round-1"]
    done = CliRunner().invoke(cli.app, [*map(str, words), "--json"])
    assert done.exit_code == 0, done.output
    assert Path(json.loads(done.stdout)["round"]).is_file()
    assert faults(boards) == []
