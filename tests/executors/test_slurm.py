"""Array jobs, on a cluster of one machine that really runs them."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from automix_bench import cli, errors
from automix_bench.executor import Executor, WorkerLost
from automix_bench.executors.slurm import Slurm
from automix_bench.making.make import make
from automix_bench.workers.slurm import commands
from automix_bench.workers.slurm.spool import key_of, room_of
from automix_bench.workers.slurm.status import standings
from tests.making.test_make import small_recipe, sums
from tests.support import executor_work, slurm_work

ROOT = Path(__file__).parent.parent.parent
STAND_IN = ROOT / "tests" / "support" / "fake_slurm.py"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="runs bash and process groups")


class Cluster:
    """The stand-in, seen from a test."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "jobs").mkdir()
        self.set()

    def set(self, **settings):
        unfinished = self.folder / "settings.new"
        unfinished.write_text(json.dumps(settings))
        unfinished.replace(self.folder / "settings.json")

    def jobs(self):
        found = sorted((self.folder / "jobs").glob("*/record.json"))
        return [json.loads(path.read_text()) for path in found]

    def scripts(self):
        return sorted((self.folder / "jobs").glob("*/script"))

    def end(self):
        self.set()
        for job in (self.folder / "jobs").iterdir():
            (job / "cancelled").touch()
        until = time.monotonic() + 10.0
        while any(alive(job) for job in (self.folder / "jobs").iterdir()):
            assert time.monotonic() < until, "a controller does not end"
            time.sleep(0.02)


def alive(job):
    path = job / "controller"
    try:
        stat = Path(f"/proc/{path.read_text()}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The stand-in on the PATH."""
    programs = tmp_path / "the programs"
    programs.mkdir()
    for name in ("sbatch", "squeue", "scancel", "scontrol"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{STAND_IN}" {name} "$@"\n')
        program.chmod(0o755)
    (tmp_path / "stand-in").mkdir()
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN_SLURM", str(tmp_path / "stand-in"))
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "cache"))
    running = Cluster(tmp_path / "stand-in")
    yield running
    running.end()


@pytest.fixture
def slurm(tmp_path):
    def made(workers=None, **fields):
        spool = tmp_path / "a spool, 100% 'shared'"
        return Slurm(workers, spool=spool, poll_seconds=0.1, grace_seconds=0.5, **fields)

    return made


def soon(claim, seconds=30.0):
    until = time.monotonic() + seconds
    while not claim() and time.monotonic() < until:
        time.sleep(0.02)
    return claim()


def outcomes_of(executor, work, items, heard=lambda item, message: None):
    with closing(executor.map(work, items, heard)) as outcomes:
        return {outcome.item: outcome for outcome in outcomes}


def left_in(executor):
    return sorted(path.name for path in executor.spool.glob("*"))


def test_every_item_has_its_outcome_what_it_told_is_heard_and_nothing_is_left(here, slurm):
    executor, heard = slurm(2, items_per_task=2), []
    assert isinstance(executor, Executor)
    found = outcomes_of(executor, executor_work.double, range(5), lambda *told: heard.append(told))
    assert {item: one.result for item, one in found.items()} == {n: 2 * n for n in range(5)}
    assert sorted(heard) == [(n, ("begun", n)) for n in range(5)]
    assert [(job["count"], job["at_once"]) for job in here.jobs()] == [(3, 2)]
    assert left_in(executor) == []
    assert {state.read_text() for state in here.folder.glob("jobs/*/state-*")} == {"COMPLETED"}
    assert outcomes_of(executor, executor_work.double, []) == {}


def test_the_script_is_bash_asks_for_what_is_said_and_computes_with_one_thread(here, slurm):
    executor = slurm(partition="cpu", account="music", memory_gb=2.5, cpus=2, gpus=1)
    found = outcomes_of(executor, executor_work.environment, [0])
    assert set(found[0].result.values()) == {"1"}
    (script,) = here.scripts()
    assert subprocess.run(["bash", "-n", str(script)], capture_output=True).stderr == b""
    asked = [line for line in script.read_text().splitlines() if line.startswith("#SBATCH")]
    assert [line.removeprefix("#SBATCH --") for line in asked] == [
        "partition=cpu",
        "account=music",
        "time=24:00:00",
        "mem=2560M",
        "nodes=1",
        "ntasks=1",
        "cpus-per-task=2",
        "gpus=1",
    ]
    (job,) = here.jobs()
    assert (job["signal"], job["open-mode"]) == ("B:TERM@60", "append")
    assert "requeue" in job


def test_arrays_are_split_over_the_limit_of_the_cluster_and_of_the_executor(here, slurm):
    here.set(max_array_size=2)
    assert len(outcomes_of(slurm(), executor_work.double, range(5))) == 5
    assert [job["count"] for job in here.jobs()] == [2, 2, 1]
    assert len(outcomes_of(slurm(array_limit=1), executor_work.double, range(2))) == 2
    assert [job["count"] for job in here.jobs()] == [2, 2, 1, 1, 1]


def test_with_so_many_workers_one_array_waits_for_the_other(here, slurm, tmp_path):
    work = slurm_work.Alone(tmp_path, 0.3)
    seen = []
    with closing(slurm(1, array_limit=2).map(work, range(4), lambda *told: None)) as outcomes:
        for _ in outcomes:
            seen.append([task.state for task in commands.queue().values()])
    assert [job["count"] for job in here.jobs()] == [2, 2]
    assert len(seen[0]) == len(seen[1]) == 2  # the second array was not sent before
    assert len(seen[2]) == 4


def test_what_a_cluster_does_not_take_at_once_goes_when_there_is_room(here, slurm):
    here.set(max_array_size=1, most_jobs=1)
    assert len(outcomes_of(slurm(), executor_work.double, range(3))) == 3
    assert len(here.jobs()) == 3


def test_what_fails_says_so_as_itself_and_the_commands_tell_it(here, slurm):
    executor = slurm()
    found = outcomes_of(executor, slurm_work.fails_at_two, [1, 2, 3])
    assert found[1].result == 1
    assert (found[2].error.item, found[2].error.reason) == ("song.wav", "silent")
    assert type(found[3].error) is ZeroDivisionError
    said = CliRunner().invoke(cli.app, ["failed", str(executor.spool), "--json"])
    assert said.exit_code == 5
    first, second = json.loads(said.stdout)
    assert (first["item"], first["error"], first["job"]) == ("2", "song.wav: silent", "100")
    assert second["error"] == "ZeroDivisionError: a bug"
    assert 'raise ZeroDivisionError("a\\nbug")' in Path(second["log"]).read_text()
    plain = CliRunner().invoke(cli.app, ["failed", str(executor.spool)])
    assert plain.exit_code == 5
    assert f"2: song.wav: silent\n  {first['log']}\n" in plain.stdout
    (standing,) = standings(executor.spool)
    assert (standing.done, standing.failed, standing.pending, standing.lost) == (1, 2, 0, 0)
    outcomes_of(executor, slurm_work.fails_at_two, [1])  # what failed before is not asked for
    assert left_in(executor) == []
    clean = CliRunner().invoke(cli.app, ["failed", str(executor.spool)])
    assert (clean.exit_code, clean.stdout) == (0, f"{executor.spool}: no items failed\n")


def test_a_result_that_cannot_travel_is_its_items_error(here, slurm):
    found = outcomes_of(slurm(), slurm_work.never_sendable, [1])
    assert isinstance(found[1].error, errors.UsageError)


def test_what_is_told_is_heard_while_the_work_goes_on(here, slurm):
    executor, told, at_work = slurm(), [], []

    def heard(*message):
        told.append(message)
        at_work.append(not list(executor.spool.glob("*/array-*/ended/*")))

    outcomes_of(executor, slurm_work.tells_slowly, [7], heard)
    assert told == [(7, 0), (7, 1), (7, 2)]
    assert at_work[0]


def test_a_task_that_the_cluster_requeues_goes_on_where_it_was(here, slurm, tmp_path):
    here.set(requeue_killed=3)
    work = slurm_work.Counted(tmp_path, executor_work.Kill(tmp_path, at=1, times=3))
    found = outcomes_of(slurm(items_per_task=3), work, range(3))
    assert [found[n].result for n in range(3)] == [0, 1, 2]
    assert (tmp_path / "begun").read_text().split() == ["0", "1", "1", "1", "1", "2"]
    assert len(here.jobs()) == 1


def test_a_task_that_vanished_is_sent_once_more(here, slurm, tmp_path):
    found = outcomes_of(
        slurm(items_per_task=4), executor_work.Kill(tmp_path, at=1, times=1), range(4)
    )
    assert [found[n].result for n in range(4)] == [0, 1, 2, 3]
    assert [job["count"] for job in here.jobs()] == [1, 1]


def test_a_task_that_always_dies_is_named_and_the_others_finish(here, slurm, tmp_path):
    executor = slurm(items_per_task=2)
    found = outcomes_of(executor, executor_work.Kill(tmp_path, at=1, times=9), [1, 0, 2, 3])
    assert {n for n in range(4) if found[n].error is None} == {0, 2, 3}
    assert isinstance(found[1].error, WorkerLost)
    assert str(found[1].error).startswith("1: its job 101_0 ended without a word (FAILED), 2 times")
    (failure,) = json.loads(
        CliRunner().invoke(cli.app, ["failed", str(executor.spool), "--json"]).stdout
    )
    assert failure["log"] in str(found[1].error)
    assert "begun: 1\n" in Path(failure["log"]).read_text()


def test_tasks_that_cannot_even_start_end_it_after_two(here, slurm, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    found = outcomes_of(slurm(items_per_task=2), executor_work.double, range(3))
    assert all(isinstance(one.error, WorkerLost) for one in found.values())
    assert sum(job["count"] for job in here.jobs()) == 4


def test_where_there_is_no_cluster_it_says_so_and_leaves_nothing(slurm, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    executor = slurm(array_limit=3)
    with pytest.raises(errors.UsageError, match="slurm: there is no sbatch here: give the command"):
        outcomes_of(executor, executor_work.double, [1])
    with pytest.raises(errors.UsageError, match="slurm: there is no scontrol here"):
        outcomes_of(slurm(), executor_work.double, [1])
    assert left_in(executor) == []


def test_what_sbatch_says_against_it_is_told_in_one_line(here, slurm):
    here.set(refuse="Batch job submission failed:\nInvalid account")
    executor = slurm()
    with pytest.raises(errors.UsageError) as refused:
        outcomes_of(executor, executor_work.double, [1])
    said = "slurm: error: Batch job submission failed: Invalid account (from sbatch)"
    assert str(refused.value) == said
    assert left_in(executor) == []


def test_a_controller_that_is_away_for_a_while_is_waited_for(here, slurm, tmp_path):
    work = slurm_work.Sleeps(tmp_path)
    with closing(slurm().map(work, [0.0, 2.0, 2.1], lambda *told: None)) as outcomes:
        first = next(outcomes)
        here.set(silent=True)
        others = [next(outcomes), next(outcomes)]
        here.set()
    assert sorted(one.result for one in (first, *others)) == [0.0, 2.0, 2.1]


def test_a_controller_that_is_away_at_the_end_hides_no_error(here, slurm, tmp_path):
    executor, work = slurm(), slurm_work.Sleeps(tmp_path)

    def broken_off():
        with closing(executor.map(work, [0.1, 60.0], lambda *told: None)) as outcomes:
            next(outcomes)
            here.set(silent=True)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken_off()
    here.set()
    assert [standing.running for standing in standings(executor.spool)] == [1]  # for the next run


def test_work_that_two_would_send_at_once_is_refused(here, slurm, tmp_path):
    executor, work = slurm(), slurm_work.Alone(tmp_path, 0.1)
    with closing(executor.map(work, [1, 2], lambda *told: None)) as outcomes:
        next(outcomes)
        with pytest.raises(errors.DatasetError, match="another run of the same work is at work"):
            outcomes_of(executor, work, [1])


def test_closing_cancels_the_jobs_and_waits_until_they_are_gone(here, slurm, tmp_path):
    executor = slurm()
    work = slurm_work.Sleeps(tmp_path)
    with closing(executor.map(work, [1.0, 60.0, 61.0], print)) as outcomes:
        assert next(outcomes).result == 1.0
        assert soon(lambda: len(list(tmp_path.glob("at-*"))) == 2)
    assert all(task.over for task in commands.queue().values())
    assert left_in(executor) == []
    assert list(tmp_path.glob("at-*")) == []  # ended by a signal that lets them tidy up


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"workers": 0}, "wanted 1 worker or more, got 0"),
        ({"items_per_task": 0}, "wanted items_per_task of 1 or more, got 0"),
        ({"memory_gb": 0.0}, "no task has 0 gpus and 0.0 GB"),
        ({"memory_gb": float("nan")}, "no task has 0 gpus and nan GB"),
        ({"memory_gb": float("inf")}, "no task has 0 gpus and inf GB"),
        ({"memory_gb": 0.0001}, "no task has 0 gpus and 0.0001 GB"),
        ({"poll_seconds": float("nan")}, "wanted poll_seconds of 0 or more, got nan"),
        ({"grace_seconds": -1.0}, "wanted grace_seconds of 0 or more, got -1.0"),
        ({"partition": "cpu; rm"}, "partition 'cpu; rm' is no word that sbatch takes"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(fields, said):
    with pytest.raises(errors.UsageError, match=said):
        Slurm(**fields)


def test_equal_values_have_one_key_whatever_they_share():
    word = "".join(["to", "nes"])
    assert key_of([word, word]) == key_of(["tones", "".join(["ton", "es"])])
    assert key_of(["tones", "tone"]) != key_of(["tones", "tones"])
    code = (
        "from tests.making.test_make import small_recipe as r; "
        "from automix_bench.workers.slurm.spool import key_of; print(key_of(r()))"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            text=True,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout.strip()
        for seed in "12"
    }
    assert found == {key_of(small_recipe())}


def test_a_work_holds_itself():
    endless = []
    endless.append(endless)
    with pytest.raises(errors.UsageError, match="cannot be sent to a cluster"):
        key_of(endless)


# --- make ---


def few(source):
    return replace(small_recipe(), source=source, examples_per_shard=3)


def test_bytes_are_those_of_one_process_though_a_task_is_killed(here, slurm, tmp_path):
    here.set(requeue_killed=1, max_array_size=2)
    one = few(slurm_work.KilledFirst(count=3, folder=str(tmp_path)))
    executor, steps = slurm(2), []
    made = make(one, tmp_path / "data", executor=executor, progress=lambda *s: steps.append(s))
    assert (tmp_path / "killed").exists()
    assert sums(made.folder) == sums(make(one, tmp_path / "other").folder)
    assert [p.name for p in made.folder.iterdir() if p.name.startswith(".")] == []
    assert steps[-1][1:] == (9.0, 9.0, "s of audio")
    assert left_in(executor) == []


MAKING = """
import sys
from pathlib import Path
from automix_bench.executors.slurm import Slurm
from automix_bench.making import make
from tests.support.slurm_work import Observed
from tests.executors.test_slurm import few
folder, spool = map(Path, sys.argv[1:])
recipe = few(Observed(count=4, folder=str(folder.parent)))
make(recipe, folder, executor=Slurm(2, spool=spool, poll_seconds=0.1, grace_seconds=0.5))
"""


def test_who_submits_is_killed_and_begins_again_and_nothing_is_made_twice(here, slurm, tmp_path):
    spool, rng = tmp_path / "spool", random.Random(5)
    command = [sys.executable, "-c", MAKING, str(tmp_path / "data"), str(spool)]
    for _ in range(2):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
        assert soon(here.jobs)
        time.sleep(rng.uniform(0.0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.glob("twice-*")) == []
    begun = [line.split()[0] for line in (tmp_path / "begun").read_text().splitlines()]
    assert set(begun) == {f"tones-{n}" for n in range(4)}
    assert list(spool.iterdir()) == []
    one = few(slurm_work.Observed(count=4, folder=str(tmp_path)))
    assert sums(tmp_path / "data") == sums(make(one, tmp_path / "other").folder)


ALONE = """
import sys
from pathlib import Path
from automix_bench.executors.slurm import Slurm
from tests.support.slurm_work import Alone
slurm = Slurm(spool=Path(sys.argv[2]), poll_seconds=0.1, grace_seconds=0.5, items_per_task=2)
for outcome in slurm.map(Alone(Path(sys.argv[1]), 0.2), range(4), print): pass
"""


def test_what_waits_in_the_queue_of_a_killed_run_is_taken_over(here, slurm, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    here.set(held=True)
    executor, work = slurm(items_per_task=2), slurm_work.Alone(tmp_path, 0.2)
    command = [sys.executable, "-c", ALONE, str(tmp_path), str(executor.spool)]
    process = subprocess.Popen(command)
    assert soon(here.jobs)
    process.kill()
    process.wait()
    for path in room_of(executor.spool, work).folder.glob("array-*/job"):
        path.unlink()  # killed before it wrote the number down: found by its name
    (standing,) = standings(executor.spool)
    assert (standing.job, standing.pending, standing.running) == ("", 4, 0)
    said = CliRunner().invoke(cli.app, ["status", str(executor.spool)]).stdout
    assert said.splitlines()[1].split()[:6] == ["–", "4", "0", "0", "0", "0"]
    here.set()
    found = outcomes_of(executor, work, [0, 1, 2, 3, 4])
    assert sorted(one.result for one in found.values()) == [0, 1, 2, 3, 4]
    assert [job["count"] for job in here.jobs()] == [2, 1]
    assert list(tmp_path.glob("twice-*")) == []
    assert left_in(executor) == []


def test_status_counts_items_while_they_are_done(here, slurm, tmp_path):
    executor = slurm(1, items_per_task=2)
    with closing(
        executor.map(slurm_work.Sleeps(tmp_path), [0.1, 60.0, 61.0, 62.0], print)
    ) as outcomes:
        next(outcomes)
        assert soon(lambda: len(list(tmp_path.glob("at-*"))) == 1)
        command = ["status", str(executor.spool), "--json"]
        (found,) = json.loads(CliRunner().invoke(cli.app, command).stdout)
    assert (found["job"], found["running"], found["pending"], found["done"]) == ("100", 1, 2, 1)
    assert found["per_hour"] > 0.0
    assert CliRunner().invoke(cli.app, command).stdout == "[]\n"
    missing = CliRunner().invoke(cli.app, ["status", str(tmp_path / "nowhere")]).exception
    assert "nowhere: no such folder" in str(missing)
