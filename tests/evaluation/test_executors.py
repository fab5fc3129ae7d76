"""Models run and scored in other processes: the scorecards are equal, and a process that dies costs
one example."""

import itertools
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automix_bench import cli, errors, plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.cli.options import executor_from
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.entry import entry as entry_named
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.model_processes import ModelProcesses, process_of
from automix_bench.evaluation.run import run
from automix_bench.evaluation.run_costs import read_costs
from automix_bench.evaluation.score import ScoreExample, score
from automix_bench.executors.inline import Inline
from automix_bench.executors.local import Local
from automix_bench.isolation.privileges import Limits
from automix_bench.making.make import make
from automix_bench.metric import metric as as_metric
from automix_bench.models.plain_sum import PlainSum
from automix_bench.workers.pickling import packed, unpacked
from tests.making.test_make import small_recipe
from tests.support.executor_work import Shuffled
from tests.support.tone_source import Tones

MIXING = task_named("mixing")
LOUDNESS = replace(MIXING, metrics=(plugin.load("metrics", "loudness_error"),))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    recipe = replace(small_recipe(), source=Tones(count=2))
    return Dataset(make(recipe, tmp_path_factory.mktemp("bench") / "data").folder)


def test_a_card_does_not_depend_on_who_scores_nor_on_the_order(data, tmp_path, monkeypatch):
    clock = itertools.count()  # so that no share comes too soon after another to be told
    monkeypatch.setattr("automix_bench.workers.steps.monotonic", lambda: next(clock))
    run(entry_named("equal_loudness"), MIXING, data, tmp_path / "run")
    cards, steps = [], []
    for executor in (None, Shuffled(1), Shuffled(4), Local(2)):
        steps.clear()
        card = score(
            MIXING, data, tmp_path / "run", executor=executor, progress=lambda *s: steps.append(s)
        )
        card.write(tmp_path / "card.json")
        cards.append((tmp_path / "card.json").read_bytes())
        counts = [done for _, done, _, _ in steps]
        assert counts[0] == 0
        assert counts == sorted(counts)
        within = [done for done in counts if done % 1.0]
        assert within or isinstance(executor, Shuffled | Local)  # it moves within an example
        assert steps[-1] == ("scoring equal_loudness", len(data), len(data), "examples")
    assert len(set(cards)) == 1
    assert [s.example for s in card.of(MIXING.metrics[0])] == [row["id"] for row in data.rows]
    assert card.cost["work_seconds"] > 0.0


def test_answers_do_not_depend_on_who_asks(data, tmp_path):
    for name in ("equal_loudness", "oracle"):  # which is told the targets
        folders = [tmp_path / f"{name}-{n}" for n in range(2)]
        for folder, executor in zip(folders, (None, Local(1)), strict=True):
            run(entry_named(name), LOUDNESS, data, folder, executor=executor)
        for row in data.rows:
            here, there = (json.loads((f / f"{row['id']}.json").read_text()) for f in folders)
            assert here["files"] == there["files"] != {}
            assert read_costs(folders[1])[row["id"]].seconds > 0.0


DEADLY = '''
"""Ends its process at one item."""
__all__ = ["Deadly"]
import os
from pathlib import Path
from automix_bench.models.plain_sum import PlainSum

PLACE = Path(__file__)

class Deadly:
    def __call__(self, brief):
        stem = next(iter(brief.stems.values()))
        if stem.samples.tobytes() == PLACE.with_suffix(".item").read_bytes():
            os._exit(0)
        return PlainSum()(brief)
'''


@pytest.fixture
def deadly(data, tmp_path):
    path = tmp_path / "deadly.py"
    path.write_text(DEADLY)
    # The first example, so that there are others to be asked for after it.
    shown = MIXING.brief(data[0]).stems
    path.with_suffix(".item").write_bytes(next(iter(shown.values())).samples.tobytes())
    return path


@pytest.mark.parametrize("workers", [(), ("--workers", "1")], ids=["here", "in a worker"])
def test_a_model_that_ends_its_process_has_failed_on_that_item_alone(
    data, deadly, tmp_path, workers
):
    first, *others = [row["id"] for row in data.rows]
    command = ["run", str(deadly), "mixing", str(data.folder), str(tmp_path / "run")]
    ended = CliRunner().invoke(cli.app, [*command, *workers])
    assert ended.exit_code == 5
    message = "its process ended with exit code 0"
    assert f"failed on {first}: {message}" in ended.stderr
    card = score(LOUDNESS, data, tmp_path / "run")
    failed = {s.example: s.reason for s in card.scores if s.status == "failed"}
    assert failed.keys() == {first}
    assert failed[first].startswith(message)
    assert len(card.scores) == len(data)

    deadly.with_suffix(".item").write_bytes(b"")  # mended: what was answered is kept
    ran = run(entry_named(str(deadly)), LOUDNESS, data, tmp_path / "run", executor=Local(1))
    assert (ran.failures, ran.reused) == ((), len(others))
    assert score(LOUDNESS, data, tmp_path / "run").coverage == 1.0


ODD = """
__all__ = ["Odd"]
from automix_bench.audio import Audio
from automix_bench.model import Answer
from automix_bench.models.plain_sum import PlainSum

class Odd:
    def __call__(self, brief):
        mix = PlainSum()(brief).stems["mix"]
        return Answer(stems={"mix": Audio(mix.samples.copy(), 100_001)})  # FLAC cannot state it
"""


@pytest.mark.parametrize("boxed", [True, False])
def test_an_answer_that_no_file_can_hold_fails_and_the_run_goes_on(data, tmp_path, boxed):
    path = tmp_path / "odd.py"
    path.write_text(ODD)
    model = str(path) if boxed else Entry("odd", plugin.load("models", str(path))())
    evaluated = evaluate(LOUDNESS, data, [model], tmp_path / "runs")
    (failures,) = evaluated.failures.values()
    assert len(failures) == len(data)
    assert all("Error" in line and len(line.splitlines()) == 1 for line in failures)


@dataclass
class Interrupted:
    """Gives one outcome, then what Ctrl-C gives; knows whether it was closed."""

    closed: bool = False

    def map(self, work, items, heard):
        try:
            yield next(Inline().map(work, items, heard))
            raise KeyboardInterrupt
        finally:
            self.closed = True


def test_an_interrupt_keeps_what_is_answered_and_a_fault_of_ours_ends_what_is_at_work(
    data, tmp_path, monkeypatch
):
    executor, entry = Interrupted(), entry_named("plain_sum")
    with pytest.raises(KeyboardInterrupt):
        run(entry, LOUDNESS, data, tmp_path / "run", executor=executor)
    assert executor.closed
    left_over = tmp_path / "run" / ".x.json.1.tmp"
    left_over.write_text("by a process that ended")
    assert run(entry, LOUDNESS, data, tmp_path / "run").reused == 1
    assert not left_over.exists()

    executor = Interrupted()
    (tmp_path / "run" / f"{data.rows[0]['id']}.json").write_text("damaged")
    with pytest.raises(errors.DatasetError, match="damaged") as caught:
        score(LOUDNESS, data, tmp_path / "run", executor=executor)
    assert executor.closed, caught


def test_a_fresh_run_asks_again_elsewhere_too(data, tmp_path):
    entry = entry_named("plain_sum")
    for fresh, kept in ((False, 0), (False, len(data)), (True, 0)):
        ran = run(entry, LOUDNESS, data, tmp_path / "run", fresh=fresh, executor=Shuffled(2))
        assert (ran.failures, ran.reused) == ((), kept)


def test_a_model_goes_by_its_name_and_only_as_it_was(deadly):
    entry = replace(entry_named(str(deadly)), title="mine")
    again = unpacked(packed(entry))
    assert (again.title, again.code, again.name) == ("mine", entry.code, entry.name)
    assert again.model is entry.model is None
    deadly.write_text(DEADLY + "# edited\n")
    with (
        ModelProcesses(),
        pytest.raises(errors.BrokenPlugin, match=r"deadly\.py: was changed while it was in use"),
    ):
        process_of(again, (), Limits())


def test_a_model_of_a_notebook_is_asked_here_or_refused(data, tmp_path):
    mine = Entry("mine", lambda brief: PlainSum()(brief))
    with pytest.raises(errors.UsageError, match="cannot be sent to another process"):
        run(mine, LOUDNESS, data, tmp_path / "run", executor=Local(2))
    assert run(mine, LOUDNESS, data, tmp_path / "run").failures == ()
    sent = unpacked(packed(Entry("plain", PlainSum(), "code")))
    assert (sent.title, sent.code, type(sent.model)) == ("plain", "code", PlainSum)


TASK = """
__all__ = ["own"]
from pathlib import Path
from automix_bench import plugin
from automix_bench.model import Answer
from automix_bench.task import Task

quiet = plugin.load("metrics", str(Path(__file__).with_name("quiet.py")))

def shown(example):
    return plugin.load("tasks", "mixing").brief(example)

def wanted(example):
    return Answer({"mix": example.before.mix})

own = Task("own", 1, "A test.", shown, wanted, (quiet,), "plain_sum", "oracle")
"""

METRIC = '''
__all__ = ["quiet"]
from automix_bench.metric import metric

@metric(unit="1", better="lower", low=0.0, high=1.0, perfect=0.0, source="a test", ranks=True)
def quiet(*, reference, estimate):
    """The difference of the first samples."""
    FAIL
    return float(abs(reference.samples[0, 100] - estimate.samples[0, 100]))
'''


def own_task(folder, fail):
    folder.mkdir()
    (folder / "quiet.py").write_text(METRIC.replace("FAIL", fail) + f"# {folder}\n")
    (folder / "own.py").write_text(TASK + f"# {folder}\n")
    return task_named(str(folder / "own.py"))


def test_a_task_and_a_metric_from_files_go_to_workers(data, tmp_path):
    task = own_task(tmp_path / "own", "")
    here = evaluate(task, data, [], tmp_path / "here")
    there = evaluate(task, data, [], tmp_path / "there", executor=Local(1))
    for a, b in zip(here.cards, there.cards, strict=True):
        assert json.loads(a.read_text())["scores"] == json.loads(b.read_text())["scores"]
    work = packed(ScoreExample(task, data, tmp_path))
    assert unpacked(work).task.metrics[0] is task.metrics[0]
    del sys.modules[task.metrics[0].measure.__module__]
    assert unpacked(work).task.metrics[0] is not task.metrics[0]
    del sys.modules[task.metrics[0].measure.__module__]
    (tmp_path / "own" / "quiet.py").write_text("edited = 1\n__all__ = ['edited']\n")
    with pytest.raises(errors.BrokenPlugin, match=r"quiet\.py: was changed while it was in use"):
        unpacked(work)


def test_a_metric_that_fails_elsewhere_is_named_with_its_item(data, tmp_path):
    task = own_task(tmp_path / "own", 'raise KeyError("oops")')
    run(entry_named("plain_sum"), task, data, tmp_path / "run")
    with pytest.raises(
        errors.UsageError, match=r"metric quiet fails on tones-.*: KeyError: 'oops'"
    ):
        score(task, data, tmp_path / "run", executor=Local(1))


def test_a_metric_of_a_notebook_measures_here_or_is_refused(data, tmp_path):
    @as_metric(
        unit="1", better="lower", low=0.0, high=1.0, perfect=0.0, source="a test", ranks=True
    )
    def typed(*, reference, estimate):
        """None."""
        return 0.0

    task = replace(MIXING, metrics=(typed,))
    run(entry_named("plain_sum"), task, data, tmp_path / "run")
    with pytest.raises(errors.UsageError, match="typed cannot be sent to another process"):
        score(task, data, tmp_path / "run", executor=Local(2))
    assert score(task, data, tmp_path / "run").coverage == 1.0


def test_built_in_metrics_go_as_themselves(data, tmp_path):
    tasks = [task_named(name) for name in plugin.names("tasks")]
    every = replace(
        MIXING, metrics=tuple({m.name: m for task in tasks for m in task.metrics}.values())
    )
    sent = unpacked(packed(ScoreExample(every, data, tmp_path)))
    for arrived, metric in zip(sent.task.metrics, every.metrics, strict=True):
        assert arrived is metric


OWN_EXECUTOR = """
__all__ = ["Own"]
from dataclasses import dataclass
from pathlib import Path
from automix_bench.executors.inline import Inline

@dataclass(frozen=True)
class Own:
    spool: Path
    workers: int = 2
    seconds: float | None = 1.0
    keep: bool = False

    def map(self, work, items, heard):
        with (self.spool / "done").open("a") as done:
            print(type(work).__name__, file=done)
        return Inline().map(work, items, heard)
"""


def test_an_executor_takes_its_settings_from_the_command_line(tmp_path):
    (tmp_path / "own.py").write_text(OWN_EXECUTOR)
    own = str(tmp_path / "own.py")
    made = executor_from(own, 8, ["spool=~/x", "seconds=none", "keep=yes"])
    assert (made.spool, made.workers) == (Path.home() / "x", 8)
    assert (made.seconds, made.keep) == (None, True)
    assert executor_from(None, None) is None
    assert (
        executor_from(None, 3)
        == executor_from("local", 3)
        == executor_from(None, None, ["workers=3"])
        == Local(3)
    )


@pytest.mark.parametrize(
    ("name", "workers", "settings", "message"),
    [
        ("own", None, [], "own.py: spool must be given: --executor-set spool=…"),
        ("own", None, ["spool=a", "seconds=soon"], "seconds must be of type float, got 'soon'"),
        ("own", 2, ["spool=a", "workers=3"], "workers is set twice"),
        ("own", None, ["spool"], "a setting must be name=value, got 'spool'"),
        (None, None, ["worker=3"], "executor local: no setting 'worker', did you mean 'workers'?"),
        ("inline", 2, [], "executor inline: takes no number of --workers"),
        ("automix_bench.song:slug", None, ["text=a"], "must have a method `map`"),
        ("automix_bench.recipe:SPLITS", None, [], "must be a class or a function"),
    ],
)
def test_settings_that_an_executor_does_not_take_are_told(
    tmp_path, name, workers, settings, message
):
    (tmp_path / "own.py").write_text(OWN_EXECUTOR)
    if name == "own":
        name = str(tmp_path / "own.py")
    with pytest.raises(errors.UsageError) as caught:
        executor_from(name, workers, settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("command", "works"),
    [
        ("run", ["AskModel"]),
        ("score", ["ScoreExample"]),
        ("evaluate", ["AskModel", "ScoreExample"] * 2),
    ],
)
def test_every_command_at_models_takes_a_crew(data, tmp_path, command, works):
    (tmp_path / "own.py").write_text(OWN_EXECUTOR)
    run(entry_named("plain_sum"), task_named("mixing"), data, tmp_path / "run")
    words = {
        "run": ["plain_sum", "mixing", str(data.folder), str(tmp_path / "out")],
        "score": [str(tmp_path / "run"), str(data.folder)],
        "evaluate": ["mixing", str(data.folder), "--runs", str(tmp_path / "runs")],
    }[command]
    refused = CliRunner().invoke(cli.app, [command, *words, "--executor-set", "workers=0"])
    assert isinstance(refused.exception, errors.UsageError)
    assert "wanted 1 worker or more, got 0" in str(refused.exception)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "runs").exists()
    own = ["--executor", str(tmp_path / "own.py"), "--executor-set", f"spool={tmp_path}"]
    done = CliRunner().invoke(cli.app, [command, *words, *own])
    assert done.exit_code == 0, done.exception
    assert (tmp_path / "done").read_text().split() == works
