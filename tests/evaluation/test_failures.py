"""What is said of a model that raises: its own lines once, its traceback in the run folder."""

import json
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.charts.number_text import interval
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.board_cells import covered_text
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.entry import entry as entry_named
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.failures import Failure, ModelFailed, by_cause
from automix_bench.evaluation.leaderboard import board
from automix_bench.evaluation.run import run
from automix_bench.evaluation.score import score
from automix_bench.executors.local import Local
from automix_bench.isolation.model_errors import (
    LONGEST_REASON,
    LONGEST_TRACE,
    error_line,
    frames_of,
    trace_of,
)
from automix_bench.making.make import make
from automix_bench.models.plain_sum import PlainSum
from automix_bench.statistics import Estimate
from tests.conftest import BUS, STRIP
from tests.support.tone_source import Tones

MIXING = task_named("mixing")
LOUDNESS = replace(MIXING, metrics=(plugin.load("metrics", "loudness_error"),))

MODEL = '''"""A model that fails deep in a module of its own."""
from gains import louder
__all__ = ["mine"]
def mine(brief):
    return louder(brief)
'''
GAINS = """import numpy as np
def louder(brief):
    length = len(next(iter(brief.stems)))
    return np.zeros(3) @ np.zeros(4 + length)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    from automix_bench.consoles.random_console import RandomConsole
    from automix_bench.recipe import Recipe
    from automix_bench.separators.as_recorded import AsRecorded

    console = RandomConsole(default=STRIP, bus=BUS)
    recipe = Recipe(
        "tones", 1, 7, "Tones.", Tones(count=2), AsRecorded(), console, excerpt_seconds=1.0
    )
    return Dataset(make(recipe, tmp_path_factory.mktemp("failures") / "data").folder)


@pytest.fixture
def mine(tmp_path, monkeypatch):
    own = f"gains_{uuid.uuid4().hex[:8]}"  # a module's name stands for one file in a process
    (tmp_path / "mine.py").write_text(MODEL.replace("gains", own))
    (tmp_path / f"{own}.py").write_text(GAINS)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    return tmp_path / "mine.py"


def failing_once(at):
    """A model that fails on the item of a number, from 0, and counts how often it is asked."""
    asked = []

    def model(brief):
        asked.append(len(asked))
        if asked[-1] == at:
            raise KeyError("gian")
        return PlainSum()(brief)

    return Entry("once", model, "code"), asked


@pytest.mark.parametrize("executor", [None, Local(2)], ids=["here", "workers"])
def test_the_models_own_lines_are_kept_and_the_whole_traceback_lies_beside_the_answer(
    data, mine, tmp_path, executor
):
    ran = run(entry_named(str(mine)), LOUDNESS, data, tmp_path / "run", executor=executor)
    assert [failure.item for failure in ran.failed] == [row["id"] for row in data.rows]
    for failure in ran.failed:
        assert failure.reason.startswith("ValueError: matmul")
        frames = failure.frames.splitlines()
        assert frames[0] == f'  File "{mine}", line 5, in mine'
        (gains,) = mine.parent.glob("gains_*.py")
        assert f'  File "{gains}", line 4, in louder' in frames
        assert "automix_bench/evaluation" not in failure.frames
        assert failure.file == tmp_path / "run" / f"{failure.item}.traceback.txt"
        text = failure.file.read_text()
        assert text.startswith("Traceback (most recent call last):\n")
        assert failure.frames in text
        assert text.splitlines()[-1].startswith("ValueError: matmul")
        assert "automix_bench/evaluation" not in text
    (cause,) = by_cause(ran.failed)
    assert len(cause.items) == len(data)


def test_a_mended_model_leaves_no_traceback_and_no_program_reads_one(data, tmp_path):
    folder = tmp_path / "run"
    entry, _ = failing_once(1)
    (failure,) = run(entry, LOUDNESS, data, folder).failed
    failure.file.write_bytes(b"\xff\x1b]0;a stranger's text\x07")
    card = score(LOUDNESS, data, folder)
    assert {s.reason for s in card.scores if s.status == "failed"} == {"KeyError: 'gian'"}
    again = run(entry, LOUDNESS, data, folder)
    assert (again.failed, again.reused) == ((), len(data) - 1)
    assert not list(folder.glob("*.traceback.txt"))


def test_fail_fast_stops_at_the_first_failure_keeps_what_is_made_and_goes_on_later(data, tmp_path):
    entry, asked = failing_once(2)
    with pytest.raises(ModelFailed) as caught:
        run(entry, LOUDNESS, data, tmp_path / "run", fail_fast=True)
    assert len(asked) == 3
    assert caught.value.exit_code == 5
    assert caught.value.failure.item == data.rows[2]["id"]
    assert "KeyError: 'gian'" in caught.value.failure.trace
    again = run(entry, LOUDNESS, data, tmp_path / "run", fail_fast=True)
    assert (again.failed, again.reused) == ((), 2)
    assert score(LOUDNESS, data, tmp_path / "run").coverage == 1.0
    assert score(LOUDNESS, data, tmp_path / "run").cost["work_seconds"] > 0.0


def test_fail_fast_asks_the_model_before_the_floor(data, mine, tmp_path):
    with pytest.raises(ModelFailed, match=r"mine.py failed on .*: ValueError: .*\.traceback\.txt"):
        evaluate(MIXING, data, [mine], tmp_path / "runs", fail_fast=True, executor=Local(2))
    assert [path.name[:4] for path in (tmp_path / "runs" / "mixing").iterdir()] == ["mine"]


def test_an_answer_that_cannot_be_scored_stops_a_run_that_fails_fast(data, tmp_path):
    entry = Entry("none", lambda brief: None, "code")
    with pytest.raises(
        ModelFailed, match="wanted an Answer, got NoneType: stopped; earlier answers"
    ):
        run(entry, LOUDNESS, data, tmp_path / "run", fail_fast=True)


def test_on_the_command_line_a_failure_is_shown_once_and_counted(data, mine, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["run", str(mine), "mixing", str(data.folder), "answers"]
    ended = CliRunner().invoke(cli.app, [*command, "--json", "--quiet"])
    assert ended.exit_code == 5
    first, *others = [row["id"] for row in data.rows]
    lines = ended.stderr.splitlines()
    assert lines[0].startswith(f"{mine} failed on {first}: ValueError: matmul")
    assert lines.count(f'  File "{mine}", line 5, in mine') == 1
    assert f"  the same on {len(others)} more examples" in lines
    assert lines[-1] == f"answers/{first}.traceback.txt"
    assert Path(lines[-1]).is_file()
    records = json.loads(ended.stdout)["failures"]
    assert [one["item"] for one in records] == [first, *others]
    assert records[0]["traceback"].endswith(f"answers/{first}.traceback.txt")

    ended = CliRunner().invoke(cli.app, [*command, "--fail-fast", "-q"])
    assert ended.stderr.count("Traceback (most recent call last)") == 1
    assert isinstance(ended.exception, ModelFailed)


def test_failures_of_one_cause_differ_in_numbers_alone_or_were_raised_by_one_line():
    frames = '  File "mine.py", line 3, in mine'
    failures = [
        Failure("a", "mix has shape (2, 15999), wanted (2, 16000)"),
        Failure("b", "mix has shape (2, 7999), wanted (2, 8000)"),
        Failure("c", "mix is silent where sound was wanted"),
        Failure("d", "ValueError: 3 of x", frames),
        Failure("e", "ValueError: of another text", frames),
        Failure("f", "KeyError: 3 of x", frames),
        Failure("g", "ValueError: 3 of x", frames.replace("3", "4")),
    ]
    assert [same.items for same in by_cause(failures)] == [
        ("a", "b"),
        ("c",),
        ("d", "e"),
        ("f",),
        ("g",),
    ]


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError


def raised(error):
    try:
        raise error
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    "error",
    [Unspeakable(), ValueError("x" * 3_000_000), ValueError("\udcff\x1b[31m"), RecursionError()],
    ids=["unspeakable", "long", "surrogate", "recursion"],
)
def test_whatever_is_raised_can_be_stored_and_shown(error):
    caught = raised(error)
    assert len(error_line(caught)) <= LONGEST_REASON
    assert len(trace_of(caught)) < 1.1 * LONGEST_TRACE
    for text in (error_line(caught), trace_of(caught), frames_of(caught, Path(__file__))):
        text.encode()
    assert "in raised" in frames_of(caught, Path(__file__))
    assert "\x1b" not in frames_of(caught, Path(__file__))


def test_what_a_failed_model_has_covered_is_not_a_number(data, tmp_path):
    cards = []
    entries = {"plain_sum": PlainSum(), "oracle": plugin.load("models", "oracle")()}
    entry, _ = failing_once(1)
    for one in (*(Entry(name, model, "code") for name, model in entries.items()), entry):
        run(one, MIXING, data, tmp_path / one.title)
        cards.append(score(MIXING, data, tmp_path / one.title))
    ranking = board(MIXING, cards)
    rows = {row.model: row for row in ranking.rows}
    assert covered_text(rows["once"]) == "failed"
    assert covered_text(rows["oracle"]) == "100 %"
    records = {row["model"]: row for row in ranking.to_json()["rows"]}
    assert records["once"]["covered"] is None
    heads, *lines = (line.split(" | ") for line in ranking.to_markdown().splitlines())
    (line,) = [line for line in lines if "once" in line]
    assert line[heads.index("covered")] == "failed"


def test_a_mean_is_never_minus_zero():
    assert interval(Estimate(-0.001, -0.004, 0.001, 3)) == "0.00 [0.00, 0.00]"
