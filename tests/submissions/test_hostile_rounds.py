"""Hidden rounds that tell single scores, that mislead, or that name a program to be run."""

import json
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import DatasetError, UsageError
from automix_bench.scorecard import read_scorecard
from automix_bench.submissions import board_tables
from automix_bench.submissions.benchmark import as_toml, read_benchmark
from automix_bench.submissions.board_entry import read_entry
from automix_bench.submissions.board_faults import faults
from automix_bench.submissions.board_folder import task_boards
from automix_bench.submissions.board_rounds import add_round
from automix_bench.submissions.sealed_round import (
    ROUND,
    commitment,
    regenerate,
    results,
    seal,
)
from tests.submissions.test_boards import (  # noqa: F401
    OPEN,
    RECIPE,
    TASK,
    boards,
    entry_path,
    made,
)

SECRET = "5" * 64


def revealed(benchmark="tones-1", digit="6"):
    """What is published at the end of a round whose data have a fingerprint of one digit."""
    of_data = digit * 64
    public = {"format": 1, "benchmark": benchmark, "songs": 4, "examples": 4}
    public["commitment"] = commitment(SECRET, of_data)
    return {**public, "secret": SECRET, "fingerprint": of_data}


def record(names=("X",), value=0.5, digit="6", **row):
    """Results of a round, with one value for all means."""
    public = revealed(digit=digit)
    del public["secret"], public["fingerprint"]
    means = {metric.name: [value, value, value] for metric in TASK.metrics}
    rows = {name: {"coverage": 1.0, "metrics": means, **row} for name in names}
    return {**public, "tasks": {"mixing": rows}}


def stands(tmp_path, boards, benchmark, name, of, end=None):  # noqa: F811
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(of))
    over = None
    if end is not None:
        over = tmp_path / f"{name}.revealed.json"
        over.write_text(json.dumps(end))
    add_round(boards, benchmark, name, path, over)


def test_a_record_does_not_name_a_program(tmp_path, monkeypatch):
    """The definition of a benchmark may name a recipe in a file; a record's name is no path."""
    (tmp_path / "evil.py").write_text(f"raise SystemExit('run!')\n{RECIPE}")
    (tmp_path / "evil-1.toml").write_text(as_toml(replace(OPEN, recipe="evil.py")))
    monkeypatch.chdir(tmp_path)
    for name in ("evil-1.toml", str(tmp_path / "evil-1.toml")):
        over = revealed(name)
        with pytest.raises(UsageError, match="no benchmark"):
            regenerate(over, over, tmp_path / "out")
        (tmp_path / "results.json").write_text(json.dumps(record() | {"benchmark": name}))
        (tmp_path / "boards").mkdir(exist_ok=True)
        words = ("leaderboard", "round", "results.json", "boards", "r")
        done = CliRunner().invoke(cli.app, words)
        assert isinstance(done.exception, UsageError), done.output
        assert "no benchmark" in str(done.exception)


def test_a_definition_does_not_name_a_program_as_a_task(tmp_path):
    text = as_toml(OPEN).replace("mixing =", '"evil.py" =')
    (tmp_path / "evil-1.toml").write_text(text)
    with pytest.raises(DatasetError, match=r"tasks: expected built-in ones, got evil\.py"):
        read_benchmark(tmp_path / "evil-1.toml")


@pytest.mark.parametrize("value", [10**400, 1e300, -1e300, 1e9])
def test_a_mean_that_cannot_be_is_refused(made, boards, tmp_path, value):  # noqa: F811
    with pytest.raises(DatasetError, match="expected"):
        stands(tmp_path, boards, made[1], "r", record(value=value))
    assert faults(boards) == []


def test_a_round_stands_once_and_is_not_replaced_by_another(made, boards, tmp_path):  # noqa: F811
    stands(tmp_path, boards, made[1], "one", record())
    stands(tmp_path, boards, made[1], "one", record(value=0.25))  # more results of the same
    with pytest.raises(DatasetError, match="expected another round than the one there: one is"):
        stands(tmp_path, boards, made[1], "two", record())
    with pytest.raises(DatasetError, match="expected another round than the one there: one is"):
        stands(tmp_path, boards, made[1], "one", record(digit="7"))
    rounds = boards / "tones-1" / "rounds"
    shutil.copy(rounds / "one.json", rounds / "two.json")
    (line,) = faults(boards)
    assert "two.json: is sealed as one is" in line


def test_the_badge_is_for_whoever_answered_all(made, boards, tmp_path):  # noqa: F811
    archive = read_entry(entry_path(boards), made[1]).archive
    for coverage, badge in ((0.5, "re-scored"), (1.0, "hidden")):
        of = record(coverage=coverage, archive=archive)
        stands(tmp_path, boards, made[1], "r", of, revealed())
        (board,) = task_boards(boards)
        badges = {entry.name: board.badge(entry) for entry in board.entries}
        assert badges["Equal loudness"] == badge


def test_a_rank_beside_a_round_is_by_the_archive_and_not_by_the_name(
    made,  # noqa: F811
    boards,  # noqa: F811
    tmp_path,
):
    archive = read_entry(entry_path(boards), made[1]).archive
    lines = {}
    for held, of in (("", {}), ("own", {"archive": archive}), ("other", {"archive": "0" * 64})):
        stands(tmp_path, boards, made[1], "r", record(["Equal loudness"], **of))
        page = board_tables.tables(boards)["tones-1/README.md"].partition("### Hidden round")[2]
        (lines[held],) = (line for line in page.splitlines() if "Equal loudness" in line)
    assert lines["own"].split(" | ")[-1].startswith("1")
    assert lines[""].endswith("| – |")
    assert lines["other"].endswith("| – |")


def test_a_round_of_few_songs_is_not_sealed(tmp_path):
    (tmp_path / "tones.py").write_text(RECIPE)
    few = replace(OPEN, settings={"count": "3"})
    (tmp_path / "tones-1.toml").write_text(as_toml(few))
    with pytest.raises(DatasetError, match="a round of 4 songs or more, got 3: published means"):
        seal(read_benchmark(tmp_path / "tones-1.toml"), tmp_path / "round")
    assert not (tmp_path / "round" / ROUND).exists()


@pytest.fixture(scope="module")
def round_of(made, tmp_path_factory):  # noqa: F811
    """A folder that holds the data of the board's benchmark as those of a round."""
    folder, benchmark, dataset, _ = made
    place = tmp_path_factory.mktemp("round")
    public = {"format": 1, "benchmark": benchmark.name, "songs": 4, "examples": 4}
    public["commitment"] = commitment(SECRET, dataset.fingerprint)
    (place / ROUND).write_text(json.dumps(public))
    shutil.copytree(folder / "data", place / "data")
    return place


def cards_of(made):  # noqa: F811
    paths = (made[0] / "runs" / "mixing").glob("*.json")
    return {card.model: card for card in map(read_scorecard, paths)}


def test_no_row_takes_the_place_of_another(made, round_of, tmp_path):  # noqa: F811
    cards = cards_of(made)
    both = [cards["equal_loudness"], cards["random_mix"]]
    with pytest.raises(DatasetError, match="equal_loudness: expected one row, got two"):
        results(round_of, [both[0], both[0]], made[1])
    from tests.submissions.test_hostile_entries import again

    archive = again(made[3]["random_mix"], tmp_path / "x.abench", {"name": "equal_loudness"})
    with pytest.raises(DatasetError, match="equal_loudness: expected one row, got two"):
        results(round_of, both, made[1], {"random_mix": archive})


def test_an_archive_of_another_benchmark_is_refused(made, round_of, tmp_path):  # noqa: F811
    from tests.submissions.test_hostile_entries import again

    archive = again(made[3]["random_mix"], tmp_path / "x.abench", benchmark="tones-2")
    with pytest.raises(DatasetError, match="benchmark: expected tones-1, got tones-2"):
        results(round_of, [cards_of(made)["random_mix"]], made[1], {"random_mix": archive})


def test_a_metric_that_few_songs_have_has_no_mean(made, round_of):  # noqa: F811
    card, first = cards_of(made)["random_mix"], TASK.metrics[0].name
    songs = sorted({score.song for score in card.scores})
    scores = tuple(
        replace(s, value=float("nan"), status="undefined")
        if s.metric == first and s.song == songs[0]
        else s
        for s in card.scores
    )
    published = results(round_of, [replace(card, scores=scores)], made[1])
    means = published["tasks"]["mixing"]["random_mix"]["metrics"]
    assert means[first] == [None] * 3
    assert means[TASK.metrics[1].name][0] is not None
