"""Work done elsewhere: the same bytes, every outcome, and nothing left running."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from automix_bench import cli, errors, plugin
from automix_bench.dataset.verify import verify
from automix_bench.executor import Executor, WorkerLost
from automix_bench.executors.inline import Inline
from automix_bench.executors.local import Local, _WorkerPool, gpus
from automix_bench.executors.ray import Ray
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.workers import exit_codes
from automix_bench.workers.pickling import packed, packed_error, unpacked, unpacked_error
from tests.making.test_make import small_recipe, sums
from tests.support import executor_work, killed_processes
from tests.support.executor_work import Away, Counted, Deadly, Elsewhere, Shuffled, Slow
from tests.support.tone_source import Tones

ROOT = Path(__file__).parent.parent.parent


def outcomes_of(executor, work, items, on_message=lambda item, message: None):
    with closing(executor.map(work, items, on_message)) as outcomes:
        return {outcome.item: outcome for outcome in outcomes}


@pytest.mark.parametrize("executor", [Inline(), Local(1), Local(3)], ids=str)
def test_every_item_has_its_outcome_and_what_it_told_is_heard(executor):
    assert isinstance(executor, Executor)
    messages = []
    outcomes = outcomes_of(
        executor, executor_work.double, range(7), lambda *told: messages.append(told)
    )
    assert {item: outcome.result for item, outcome in outcomes.items()} == {
        n: 2 * n for n in range(7)
    }
    assert sorted(messages) == [(n, ("begun", n)) for n in range(7)]


@pytest.mark.parametrize("executor", [Inline(), Local(2)], ids=str)
def test_what_fails_says_so_as_itself_and_the_others_finish(executor):
    outcomes = outcomes_of(executor, executor_work.fail, range(6))
    assert [n for n in range(6) if outcomes[n].error is None] == [0, 5]
    assert (outcomes[1].error.item, outcomes[1].error.reason) == ("song.wav", "silent")
    assert [exit_codes.ending(outcomes[n].error) for n in (1, 2, 3)] == [
        exit_codes.Ending(3, "song.wav: silent"),
        exit_codes.Ending(2, "/nowhere/it: No such file"),
        exit_codes.Ending(2, "this needs that, which is not installed: run `pip install that`"),
    ]
    assert [type(outcomes[n].error) for n in range(1, 5)] == [
        errors.Rejected,
        FileNotFoundError,
        errors.MissingPart,
        ZeroDivisionError,
    ]
    assert exit_codes.ending(outcomes[4].error) is None


def test_a_bug_says_where_in_the_other_process_it_arose():
    error = outcomes_of(Local(1), executor_work.fail, [4])[4].error
    assert "executor_work.py" in error.__notes__[0]
    assert 'raise ZeroDivisionError("a bug")' in error.__notes__[0]


def test_an_error_that_cannot_travel_is_told_all_the_same():
    class Own(Exception):
        pass

    told = unpacked_error(packed_error(Own("so it is")))
    assert (type(told), str(told)) == (RuntimeError, "Own: so it is")


def test_an_error_that_is_part_of_what_travels_arrives_as_it_was():
    sent = (errors.Rejected("song.wav", "silent"), errors.MissingPart("this", "that", "get it"))
    for error, came in zip(sent, unpacked(packed(sent)), strict=True):
        assert (type(came), str(came), vars(came)) == (type(error), str(error), vars(error))


def test_what_the_work_prints_and_what_its_programs_read_is_none_of_ours(capfd):
    outcomes = outcomes_of(Local(1), executor_work.talk, [1, 2, 3])
    assert [outcomes[n].result for n in (1, 2, 3)] == [1, 2, 3]
    assert capfd.readouterr().err.count("printed\n") == 3


def test_a_worker_computes_with_one_thread():
    outcomes = outcomes_of(Local(1), executor_work.environment, [0])
    assert set(outcomes[0].result.values()) == {"1"}


def test_an_item_whose_worker_was_killed_is_done_by_another(tmp_path):
    outcomes = outcomes_of(Local(2), executor_work.Kill(tmp_path, at=1, times=1), range(4))
    assert sorted(outcome.result for outcome in outcomes.values()) == [0, 1, 2, 3]
    assert (tmp_path / "killed-0").exists()


@pytest.mark.parametrize("items", [[1], [0, 1, 2, 3]])
def test_a_worker_killed_twice_at_one_item_is_named_and_the_others_finish(tmp_path, items):
    outcomes = outcomes_of(Local(2), executor_work.Kill(tmp_path, at=1, times=9), items)
    assert {n for n in items if outcomes[n].error is None} == {*items} - {1}
    assert isinstance(outcomes[1].error, WorkerLost)
    message = (
        "1: its worker process was ended by SIGKILL, 2 times: if memory is short, run the same"
    )
    assert str(outcomes[1].error).startswith(message)


@pytest.mark.skipif(not hasattr(signal, "SIGRTMIN"), reason="no such signals here")
def test_a_signal_without_a_name_goes_by_its_number():
    outcomes = outcomes_of(Local(1), executor_work.ends_by_a_signal_without_a_name, [1])
    assert f"was ended by signal {signal.SIGRTMIN + 3}, 2 times" in str(outcomes[1].error)


def test_a_worker_that_cannot_start_ends_it_all(monkeypatch):
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p and "python" in p])
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(WorkerLost, match="ended with exit code 1 before it could begin"):
        outcomes_of(Local(2), executor_work.double, [1, 2, 3])


def test_local_wants_a_worker():
    with pytest.raises(errors.UsageError, match="wanted 1 worker or more, got 0"):
        Local(0)


def alive(process):
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


def soon(claim, seconds=10.0):
    until = time.monotonic() + seconds
    while not claim() and time.monotonic() < until:
        time.sleep(0.02)
    return claim()


def test_closing_ends_what_is_at_work():
    class Enough(Exception):
        pass

    processes = []

    def on_message(item, process):
        processes.append(process)
        if len(processes) == 2:
            raise Enough

    with pytest.raises(Enough):
        outcomes_of(Local(2), executor_work.process_then_wait, [1, 2], on_message)
    assert not any(alive(process) for process in processes)


WAITING = """
from automix_bench.executors.local import Local
from tests.support import executor_work
for _ in Local(2).map(executor_work.process_then_wait, [1, 2], lambda _, p: print(p, flush=True)):
    pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_the_process_that_started_it(by):
    demand_that_no_worker_outlives(WAITING, by, seconds=10.0)


def demand_that_no_worker_outlives(script, by, seconds):
    """Start a script that prints the ids of two workers, end it by a signal, and wait for them."""
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    workers = [int(process.stdout.readline()) for _ in range(2)]
    assert all(alive(worker) for worker in workers)
    process.send_signal(by)
    process.wait()
    process.stdout.close()
    assert soon(lambda: not any(alive(worker) for worker in workers), seconds)


def test_a_class_from_a_file_is_found_again_by_the_content_of_the_file(tmp_path):
    path = tmp_path / "wide.py"
    path.write_text(
        "from dataclasses import dataclass\n__all__ = ['Wide']\n"
        "@dataclass(frozen=True)\nclass Wide:\n    width: float = 1.0\n"
    )
    wide = plugin.load("effects", str(path))(2.0)
    content = packed([wide, wide])
    assert unpacked(content) == [wide, wide]
    del sys.modules[type(wide).__module__]
    again = unpacked(content)[0]
    assert (type(again).__name__, again.width) == ("Wide", 2.0)
    assert type(again) is not type(wide)
    del sys.modules[type(wide).__module__]
    path.write_text(path.read_text() + "\n# edited\n")
    with pytest.raises(errors.BrokenPlugin, match=r"wide\.py: was changed while it was in use"):
        unpacked(content)


def test_what_no_other_process_finds_is_refused():
    with pytest.raises(errors.UsageError, match="cannot be sent to another process"):
        packed(lambda: 0)


# --- make ---


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return make(small_recipe(), tmp_path_factory.mktemp("made") / "whole").folder


@pytest.mark.parametrize(
    "executor", [Local(1), Local(2), Local(7), Shuffled(1), Shuffled(5)], ids=str
)
def test_bytes_do_not_depend_on_who_renders(undisturbed, tmp_path, executor):
    steps = []
    made = make(
        small_recipe(),
        tmp_path / "data",
        executor=executor,
        progress=lambda *step: steps.append(step),
    )
    assert made.rendered == 8
    assert sums(made.folder) == sums(undisturbed)
    assert [p.name for p in made.folder.iterdir() if p.name.startswith(".")] == []
    assert steps[0] == ("decoding and separating", 0, 8, "songs")
    assert steps[-2:] == [
        ("decoding and separating", 8, 8, "songs"),
        ("rendering", 24.0, 24.0, "s of audio"),
    ]


RECIPE = '''
from dataclasses import dataclass
from pathlib import Path
import numpy as np
from automix_bench import plugin
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.recipe import Recipe
from automix_bench.distributions.plain import Uniform
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.consoles.random_chain import RandomChain
from tests.support.tone_source import Tones

__all__ = ["own"]

Turn = plugin.load("effects", str(Path(__file__).with_name("turn.py")))


@dataclass(frozen=True)
class Louder(Tones):
    """A source in the recipe's own file."""

    def load(self, listing):
        return super().load(listing)


def own(count: int = 3) -> Recipe:
    """Turned tones."""
    return Recipe(
        "own", 1, 1, "Turned tones.", Louder(count=count, level=0.5), AsRecorded(),
        RandomConsole(default=RandomChain((Turn.random(share=Uniform(0.0, 1.0)),))),
        excerpt_seconds=1.0, examples_per_shard=3,
    )
'''

EFFECT = '''
from dataclasses import dataclass
from automix_bench.effect import Effect, knob

__all__ = ["Turn"]


@dataclass(frozen=True)
class Turn(Effect):
    """Quieter. Latency: 0 samples. Undone by nothing."""

    share: float = knob(0.0, 1.0, "(linear)")
    irreversible = "it is not tried"

    def __call__(self, audio):
        return audio.scaled(self.share)

    def inverse(self):
        return None
'''


def test_a_recipe_with_an_effect_and_a_source_from_files_goes_to_workers(tmp_path):
    (tmp_path / "own.py").write_text(RECIPE)
    (tmp_path / "turn.py").write_text(EFFECT)
    recipe = recipe_from(str(tmp_path / "own.py"), ["count=4"])
    here = make(recipe, tmp_path / "here").folder
    there = make(recipe, tmp_path / "there", executor=Local(2)).folder
    assert sums(here) == sums(there)
    assert verify(there, rerender=True) == []


def test_a_recipe_that_cannot_travel_is_refused_and_made_by_one(recipe, tmp_path):
    @dataclass(frozen=True)
    class Inner:
        license: str = ""

        def __call__(self, song):
            return song

        def fingerprint(self):
            return {"separator": "inner"}

    with pytest.raises(errors.UsageError, match="cannot be sent to another process"):
        make(recipe(separator=Inner()), tmp_path / "data", executor=Local(2))
    assert len(make(recipe(separator=Inner()), tmp_path / "data").rows) == 12


@pytest.mark.parametrize("executor", [Inline(), Local(2)], ids=str)
def test_a_song_that_is_gone_stops_its_shard_alone(tmp_path, executor):
    back, told = tmp_path / "back", []
    one = replace(small_recipe(), source=Away(count=6, back=str(back)))
    with pytest.raises(errors.Changed, match="tones/2: cannot be read: put it back"):
        make(one, tmp_path / "data", executor=executor, told=told.append)
    assert told[-1] == "shard 00002.tar is not made: tones/2: cannot be read: put it back"
    names = sorted(p.name for p in (tmp_path / "data").glob("*.tar"))
    assert names == [f"0000{n}.tar" for n in (0, 1, 3, 4, 5)]
    back.touch()
    assert make(one, tmp_path / "data", executor=executor).rendered == 1
    assert sums(tmp_path / "data") == sums(make(one, tmp_path / "other").folder)


def test_a_shard_whose_worker_was_killed_is_made_by_another(tmp_path):
    one = replace(small_recipe(), source=Deadly(count=4, folder=str(tmp_path)))
    steps = []
    made = make(one, tmp_path / "data", executor=Local(2), progress=lambda *s: steps.append(s))
    assert (tmp_path / "killed-0").exists()
    assert steps[-1] == ("rendering", 12.0, 12.0, "s of audio")
    assert sums(made.folder) == sums(make(one, tmp_path / "other").folder)


@pytest.mark.parametrize(("workers", "per_gpu"), [(1, 1), (3, 1), (2, 2)])
def test_a_device_is_left_to_few_processes_that_load_the_model_once(tmp_path, workers, per_gpu):
    one = replace(small_recipe(), separator=Counted(str(tmp_path)))
    executor = Local(workers, per_gpu)
    made = make(one, tmp_path / "data", cache=tmp_path / "cache", executor=executor)
    loaded = {path.read_text() for path in tmp_path.glob("loaded-*")}
    assert 1 <= len(loaded) <= per_gpu
    assert {path.read_text() for path in tmp_path.glob("separated-*")} == loaded
    assert len(list(tmp_path.glob("separated-*"))) == 8
    here = make(one, tmp_path / "here", cache=tmp_path / "other").folder
    assert sums(made.folder) == sums(here)
    without = make(one, tmp_path / "without", executor=Local(workers)).folder
    assert sums(made.folder) == sums(without)


def test_the_process_at_the_device_is_replaced_when_it_is_killed(tmp_path):
    one = replace(small_recipe(), separator=Counted(str(tmp_path), kill="tones-3"))
    made = make(one, tmp_path / "data", cache=tmp_path / "cache", executor=Local(2, per_gpu=1))
    assert len(list(tmp_path.glob("loaded-*"))) == 2
    assert len(made.rows) == 24


@pytest.fixture
def hired(monkeypatch):
    """The arguments of every `_WorkerPool.start`."""
    calls, start = [], _WorkerPool.start
    monkeypatch.setattr(
        _WorkerPool, "start", lambda *a, **how: calls.append(how) or start(*a, **how)
    )
    return calls


def test_several_gpus_have_as_many_processes_each_and_who_is_killed_leaves_his(
    tmp_path, monkeypatch, hired
):
    monkeypatch.setitem(
        sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(device_count=lambda: 2))
    )
    assert gpus() == 2
    one = replace(small_recipe(), separator=Counted(str(tmp_path), kill="tones-3"))
    executor = Local(1, per_gpu=2)
    made = make(one, tmp_path / "data", cache=tmp_path / "cache", executor=executor)
    assert len(made.rows) == 24
    ahead = [how.get("gpu") for how in hired if how["ahead"]]
    assert ahead[:4] == ["0", "1", "0", "1"]
    (replacement,) = ahead[4:]
    by_gpu = {path.read_text(): path for path in tmp_path.glob("own-*")}
    assert set(by_gpu) <= {"0", "1"}
    assert replacement in by_gpu
    assert all(not how.get("gpu") for how in hired if not how["ahead"])


def test_one_gpu_is_everybodys(tmp_path, monkeypatch, hired):
    monkeypatch.setitem(
        sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(device_count=lambda: 1))
    )
    one = replace(small_recipe(), separator=Counted(str(tmp_path)))
    make(one, tmp_path / "data", cache=tmp_path / "cache", executor=Local(1))
    assert {path.read_text() for path in tmp_path.glob("own-*")} == {""}
    assert [how["ahead"] for how in hired] == [True, True, False]


def test_few_songs_do_not_want_many_processes(tmp_path, hired):
    one = replace(small_recipe(), separator=Counted(str(tmp_path)), source=Tones(count=2))
    make(one, tmp_path / "data", cache=tmp_path / "cache", executor=Local(1, per_gpu=5))
    assert [how["ahead"] for how in hired] == [True, True, False]


@pytest.mark.parametrize("count", [3, 300])
def test_what_only_the_last_item_needs_is_done(tmp_path, count):
    work = executor_work.Needy(tmp_path, last=count - 1)
    outcomes = outcomes_of(Local(1), work, range(count))
    assert len(outcomes) == count
    assert outcomes[count - 1].result == "done ahead"


def test_all_at_the_gpu_have_work_however_few_the_workers(tmp_path):
    """As many items are looked at ahead as there are processes for what they need."""
    work = executor_work.Meeting(tmp_path, most=4)
    outcomes = outcomes_of(Local(1, per_gpu=4), work, range(4))
    assert {outcome.error for outcome in outcomes.values()} == {None}


@pytest.mark.parametrize("executor", [Local, Ray])
def test_a_gpu_has_one_process_at_least(executor):
    with pytest.raises(errors.UsageError, match=r"per GPU or more, got 0"):
        executor(per_gpu=0)


@pytest.mark.parametrize("executor", [Inline(), Local(2)], ids=str)
def test_where_separation_differs_from_the_plan_it_is_not_done(tmp_path, executor):
    elsewhere = Elsewhere(str(tmp_path), maker=os.getpid())
    one = replace(small_recipe(), separator=elsewhere)
    if isinstance(executor, Inline):
        assert len(make(one, tmp_path / "data", executor=executor).rows) == 24
        return
    with pytest.raises(
        errors.UsageError,
        match="planned with device 'here', but where it is done "
        "there is device 'elsewhere': give the separator settings",
    ):
        make(one, tmp_path / "data", cache=tmp_path / "cache", executor=executor)
    # What is in the cache is used, wherever.
    make(one, tmp_path / "first", cache=tmp_path / "cache")
    assert len(make(one, tmp_path / "data", cache=tmp_path / "cache", executor=executor).rows) == 24


MAKING = """
import sys
from dataclasses import replace
from pathlib import Path
from automix_bench.executors.local import Local
from automix_bench.making.make import make
from automix_bench.workers import exit_codes
from tests.support.executor_work import Slow
from tests.making.test_make import small_recipe
print("begun", flush=True)
recipe = replace(small_recipe(), source=Slow(count=int(sys.argv[2])))
try:
    make(recipe, Path(sys.argv[1]), executor=Local(2))
except BaseException as error:
    ended = exit_codes.ending(error)
    print(ended.line)
    sys.exit(ended.code)
"""


def making(folder, songs=8):
    process = subprocess.Popen(
        [sys.executable, "-c", MAKING, str(folder), str(songs)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
        text=True,
    )
    process.stdout.readline()
    return process


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGINT])
def test_killed_with_its_workers_at_random_moments_and_resumed_gives_the_same_bytes(tmp_path, by):
    one = replace(small_recipe(), source=Slow(count=8))
    rng = random.Random(int(by))
    for _ in range(4):
        process = making(tmp_path / "killed")
        time.sleep(rng.uniform(0.1, 1.6))
        os.killpg(process.pid, by)
        process.communicate()
    make(one, tmp_path / "killed", executor=Local(2))
    assert sums(tmp_path / "killed") == sums(make(one, tmp_path / "whole").folder)
    assert verify(tmp_path / "killed") == []


def test_a_full_disk_is_told_once_and_what_is_finished_stays(tmp_path):
    with killed_processes.small_disk(tmp_path / "disk", 2048):
        folder = tmp_path / "disk" / "data"
        process = making(folder, songs=16)
        lines = process.communicate()[0].splitlines()
        assert process.returncode == 4
        assert len(lines) == 1
        assert lines[0].startswith(f"no space left on the disk of {folder}")
        finished = {p.name: p.read_bytes() for p in folder.glob("*.tar")}
        assert finished
        assert [p for p in folder.glob(".*") if p.stat().st_size > 0] == []
    whole = make(replace(small_recipe(), source=Slow(count=16)), tmp_path / "whole").folder
    assert all((whole / name).read_bytes() == content for name, content in finished.items())


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--executor", "inline", "--workers", "2"), "inline: takes no number of --workers"),
        (("--executor", "nonsense"), "no 'nonsense' in executors"),
        (("--workers", "0"), "wanted 1 worker or more, got 0"),
    ],
)
def test_the_command_line_refuses_a_crew_that_cannot_be(tmp_path, options, message, dry):
    command = ["make", "wet_multitrack", str(tmp_path / "data"), *options, *dry]
    error = CliRunner().invoke(cli.app, command).exception
    assert isinstance(error, errors.UsageError)
    assert message in str(error)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("options", "workers"),
    [
        ((), 1),
        (("--workers", "2"), 2),
        (("--executor", "local"), 3),
        (("--executor", "local", "--executor-set", "workers=5"), 5),
    ],
)
def test_a_dry_run_reckons_with_those_who_would_work(tmp_path, monkeypatch, options, workers):
    monkeypatch.setattr("automix_bench.executors.local.cores", lambda: 3)
    command = ["make", "wet_multitrack", str(tmp_path / "data"), "--dry-run", *options]
    monkeypatch.setattr("automix_bench.making.estimate.estimate", lambda recipe: recipe)
    monkeypatch.setattr(
        "automix_bench.cli.output.data_sets.show_estimate",
        lambda estimate, workers, as_json: print(f"by {workers}"),
    )
    assert CliRunner().invoke(cli.app, command).stdout == f"by {workers}\n"
