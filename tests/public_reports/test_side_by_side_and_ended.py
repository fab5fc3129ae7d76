"""Two evaluations side by side in one place, and commands that a signal ends."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
import soundfile

from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.run import run
from automix_bench.files import locks
from automix_bench.making.make import make
from automix_bench.scorecard import read_scorecard
from automix_bench.workers.end_signals import (
    EndedBySignal,
    keeping_handlers,
    raising_end_signals,
)
from automix_bench.workers.exit_codes import ending
from tests.making.test_make import small_recipe
from tests.support.tone_source import Tones

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import signal
for number in (signal.SIGTERM, signal.SIGHUP):  # a test run under nohup ignores some
    signal.signal(number, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
from automix_bench import cli
cli.main()
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks and signals of POSIX")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data set of a few examples; it is made once."""
    recipe = replace(small_recipe(), source=Tones(count=2, seconds=1.0), excerpt_seconds=0.5)
    return make(recipe, tmp_path_factory.mktemp("side") / "data").folder


def started(*arguments, temporary, **options):
    """The program in a process group of its own, with a folder of its own for temporary files."""
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def model(folder, name, body):
    """A file of a model with that body."""
    path = folder / f"{name}.py"
    path.write_text(
        "import time\nfrom pathlib import Path\nimport automix_bench as ab\n"
        "from automix_bench.audio import total\n"
        f"__all__ = ['{name}']\n"
        f"def {name}(brief):\n    mix = total(brief.stems.values()).scaled(0.5)\n"
        f"    {body}\n    return ab.Answer(stems={{'mix': mix}})\n"
    )
    return path


# Side by side.


def test_work_waits_with_one_line_or_is_refused(tmp_path):
    lines, entered = [], threading.Event()

    def second():
        with locks.work_alone(tmp_path, "a test", lines.append):
            entered.set()

    with locks.work_alone(tmp_path, "a test", lines.append):
        assert lines == []
        waiting = threading.Thread(target=second)
        waiting.start()
        until = time.monotonic() + 10.0
        while not lines and time.monotonic() < until:
            time.sleep(0.01)
        assert not entered.wait(0.1)
        with pytest.raises(DatasetError, match="let it finish"), locks.work_alone(tmp_path, "it"):
            pass
    waiting.join(10.0)
    assert entered.is_set()
    assert lines == [f"{tmp_path}: a test is at work there: waiting until it is done"]


def test_a_second_evaluation_waits_for_the_floor_and_takes_its_answers(data, tmp_path):
    first = evaluate("mixing", Dataset(data), [], tmp_path, any_data=True)
    floor = first.runs["plain_sum"]
    before = {path.name: path.stat().st_mtime_ns for path in floor.glob("*.json")}
    lines, ended = [], []

    def second():
        told = lines.append
        ended.append(evaluate("mixing", Dataset(data), [], tmp_path, any_data=True, told=told))

    with locks.work_alone(floor, "a test"):
        thread = threading.Thread(target=second)
        thread.start()
        until = time.monotonic() + 20.0
        while not lines and time.monotonic() < until:
            time.sleep(0.01)
        assert ended == []
    thread.join(60.0)
    assert lines == [f"{floor}: another run is at work there: waiting until it is done"]
    assert ended[0].board.to_json() == first.board.to_json()
    answers = [name for name in before if name.startswith("tones-")]
    after = {path.name: path.stat().st_mtime_ns for path in floor.glob("*.json")}
    assert {name: after[name] for name in answers} == {name: before[name] for name in answers}


def test_run_alone_is_still_refused(data, tmp_path):
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.evaluation.entry import as_entry

    arguments = as_entry("plain_sum"), task_named("mixing"), Dataset(data), tmp_path / "run"
    run(*arguments, any_data=True)
    with locks.work_alone(tmp_path / "run", "a test"), pytest.raises(DatasetError, match="another"):
        run(*arguments, any_data=True)


def test_two_evaluations_that_start_at_once(data, tmp_path):
    runs = tmp_path / "runs"
    models = [model(tmp_path, name, "time.sleep(0.02)") for name in ("one", "two")]
    command = ("evaluate", "mixing", data, "--split", "all", "--any-data", "--runs", runs)
    jobs = [started(*command, one, temporary=tmp_path / "tmp") for one in models]
    for job in jobs:
        out, err = job.communicate(timeout=120)
        assert job.returncode == 0, err
        assert "Traceback" not in err
        assert "plain_sum (floor)" in out
    cards = [read_scorecard(path) for path in (runs / "mixing").glob("*.json")]
    assert sorted(card.model for card in cards) == sorted(
        ("one.py", "two.py", "plain_sum", "oracle")
    )
    assert all(card.coverage == 1.0 for card in cards)
    assert list(runs.rglob("*.tmp")) == []


# Ended by a signal.


def signal_twice(number, cleared):
    """Raise a signal in this thread: one sent to the process may go to another of its threads, and
    come when the handler is gone."""
    try:
        signal.raise_signal(number)
        time.sleep(5.0)
    finally:
        signal.raise_signal(number)  # does not stop the clearing up
        cleared.append(number)


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="not in the main thread"
)
def test_a_signal_is_raised_once_and_has_its_code(handlers_of_python):
    for number in (signal.SIGTERM, signal.SIGHUP):
        cleared = []
        with pytest.raises(EndedBySignal) as caught, raising_end_signals():
            signal_twice(number, cleared)
        assert cleared == [number]
        assert signal.getsignal(number) is signal.SIG_DFL
        end = ending(caught.value)
        assert end.code == 128 + number
        assert end.line == f"ended by {number.name}; the same command goes on from here"
        wrapped = SystemExit(130)
        wrapped.__cause__ = caught.value
        assert ending(wrapped) == end
    assert ending(SystemExit(130)).code == 130


def test_a_signal_that_is_ignored_stays_so(handlers_of_python):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with raising_end_signals():
        signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


class SignalledFile(io.BytesIO):
    """A file object during one of whose calls a signal comes."""

    signals = ()

    def readinto(self, buffer):
        number, self.signals = self.signals[0], self.signals[1:]
        if number:
            signal.raise_signal(number)
        return super().readinto(buffer)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_while_a_decoder_reads_waits_until_it_has_read(handlers_of_python, capfd, number):
    wave = SignalledFile()
    soundfile.write(wave, numpy.arange(-900, 900, dtype=numpy.int16), 44100, format="WAV")
    wave.seek(0)
    wave.signals = [0] * 100
    sound, samples = soundfile.SoundFile(wave), numpy.zeros(1800, numpy.int16)
    wave.signals = (number, *[0] * 100)

    def read_and_go_on():
        sound.read(out=samples)
        time.sleep(5.0)

    with pytest.raises(KeyboardInterrupt) as caught, raising_end_signals():
        read_and_go_on()
    assert len(wave.signals) < 101
    assert numpy.array_equal(samples, numpy.arange(-900, 900))
    assert ending(caught.value).code == (130 if number == signal.SIGINT else 128 + number)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_that_python_drops_comes_again(handlers_of_python, capfd, number):
    class SignalledAtItsEnd:
        def __del__(self):
            signal.raise_signal(number)
            time.sleep(0.0)

    def drop_and_go_on():
        SignalledAtItsEnd()
        time.sleep(5.0)

    with pytest.raises(KeyboardInterrupt) as caught, raising_end_signals():
        drop_and_go_on()
    assert ending(caught.value).code == (130 if number == signal.SIGINT else 128 + number)
    assert capfd.readouterr() == ("", "")


def test_other_errors_that_python_drops_are_printed(handlers_of_python, capfd):
    class FailsAtItsEnd:
        def __del__(self):
            raise ValueError("dropped")

    before = sys.unraisablehook
    sys.unraisablehook = sys.__unraisablehook__  # pytest's own collects them
    try:
        with raising_end_signals():
            FailsAtItsEnd()
    finally:
        sys.unraisablehook = before
    assert "ValueError: dropped" in capfd.readouterr().err


def test_a_library_that_sets_its_own_handler_does_not_keep_it(handlers_of_python):
    def of_a_library(number, frame):
        raise SystemExit(number)

    with raising_end_signals():
        with keeping_handlers():
            signal.signal(signal.SIGTERM, of_a_library)
        with pytest.raises(EndedBySignal):
            signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def demand_ended(process, number, whole_group, out, temporary):
    """Send the signal: one line, its code, no process and no unfinished file is left."""
    (os.killpg if whole_group else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    ours = [line for line in err.splitlines() if line.startswith("automix-bench: ")]
    name = signal.Signals(number).name
    assert ours == [f"automix-bench: ended by {name}; the same command goes on from here"]
    assert err.splitlines()[-1] == ours[0]
    assert "Traceback" not in err
    until = time.monotonic() + 10.0
    while group_is_alive(process.pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not group_is_alive(process.pid)
    assert [path for path in out.rglob("*") if path.name.endswith(".tmp")] == []
    assert list(temporary.iterdir()) == []


def group_is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(process, marker):
    until = time.monotonic() + 60.0
    while not marker():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


RECIPE = """
from dataclasses import replace
from automix_bench.recipe import Recipe
from tests.making.test_make import small_recipe
from tests.support.executor_work import Slow
__all__ = ["slow"]
def slow() -> Recipe:
    return replace(small_recipe(), source=Slow(count=400))
"""


@pytest.mark.parametrize(
    ("more", "whole_group", "number"),
    [
        ((), False, signal.SIGTERM),
        (("--workers", "2"), True, signal.SIGTERM),
        (("--workers", "2"), False, signal.SIGHUP),
    ],
    ids=["in-this-process", "whole-group", "workers-hang-up"],
)
def test_make_is_ended(more, whole_group, number, tmp_path):
    (tmp_path / "slow.py").write_text(RECIPE)
    out, temporary = tmp_path / "out", tmp_path / "tmp"
    process = started("make", tmp_path / "slow.py", out, *more, temporary=temporary)
    wait_for(process, lambda: list(out.glob("0*.tar")))
    demand_ended(process, number, whole_group, out, temporary)


def test_evaluate_is_ended_while_a_model_works(data, tmp_path):
    slow = model(tmp_path, "slow", "Path('asked').touch(); time.sleep(60)")
    runs, temporary = tmp_path / "runs", tmp_path / "tmp"
    command = ("evaluate", "mixing", data, slow, "--split", "all", "--any-data", "--runs", runs)
    process = started(*command, temporary=temporary)
    wait_for(process, lambda: list(temporary.glob("model-*/asked")))
    demand_ended(process, signal.SIGTERM, False, runs, temporary)


def test_evaluate_is_ended_while_it_waits_for_another(data, tmp_path):
    runs, temporary = tmp_path / "runs", tmp_path / "tmp"
    floor = evaluate("mixing", Dataset(data), [], runs, any_data=True).runs["plain_sum"]
    command = ("evaluate", "mixing", data, "--split", "all", "--any-data", "--runs", runs)
    with locks.work_alone(floor, "a test"):
        process = started(*command, temporary=temporary)
        assert "waiting until it is done" in process.stderr.readline()
        demand_ended(process, signal.SIGTERM, False, runs, temporary)
