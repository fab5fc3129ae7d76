"""Live mixing: frames in order, nothing ahead, faults of one item alone."""

import sys
import textwrap
from dataclasses import replace

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.evaluation.entry import as_entry, entry
from automix_bench.isolation.live import (
    FRAME_SECONDS,
    NOT_LIVE,
    FrameFailed,
    LiveBrief,
    Show,
    performed,
    performed_here,
    played_live,
)
from automix_bench.isolation.loading import instance
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.model import Brief
from automix_bench.models.live_balance import LiveBalance
from automix_bench.models.plain_sum import PlainSum
from tests.isolation.test_programs import script, written

RATE = 8_000
FRAME = round(FRAME_SECONDS * RATE)
LENGTH = 10 * FRAME + 123
RNG = np.random.default_rng(3)
STEMS = {
    name: Audio((0.1 * RNG.standard_normal((2, LENGTH))).astype(np.float32), RATE)
    for name in ("vocals", "bass", "drums-2")
}
BRIEF = LiveBrief(STEMS)
SUM = sum(stem.samples for stem in STEMS.values())
HEAD = """
import os
import numpy as np
from automix_bench.audio import Audio, total

__all__ = ["Mine"]
"""


def model(folder, body, head=HEAD):
    folder.mkdir(exist_ok=True)
    path = folder / "mine.py"
    path.write_text(head + textwrap.dedent(body))
    return path


def asked(path, *briefs, **limits):
    with ModelProcess(entry(str(path)).place, limits=Limits(**limits)) as process:
        return [process.ask(brief) for brief in briefs or (BRIEF,)]


def mix_of(reply):
    assert reply.failure == ""
    return reply.answer.stems["mix"].samples


# --- what a model is shown -------------------------------------------------------------------


def test_the_frames_are_the_stems_in_order_filled_up_with_silence():
    frames = []

    def mix_frame(frame):
        frames.append(frame)
        return frame["bass"]

    performance = performed(BRIEF, 0, mix_frame)
    assert performance.frames == len(frames) == 11
    for name, stem in STEMS.items():
        joined = np.concatenate([frame[name].samples for frame in frames], axis=1)
        assert joined.shape == (2, 11 * FRAME)
        assert np.array_equal(joined[:, :LENGTH], stem.samples)
        assert not joined[:, LENGTH:].any()
    assert np.array_equal(performance.mix.samples, STEMS["bass"].samples)


def test_nothing_in_a_frame_leads_to_what_lies_ahead():
    def mix_frame(frame):
        for one in frame.values():
            array = one.samples
            while array is not None:
                assert array.nbytes == 2 * FRAME * 4
                array = array.base
        return frame["bass"]

    performed(BRIEF, 0, mix_frame)


def test_before_the_show_a_model_knows_names_rate_and_frame():
    assert BRIEF.show == Show(("vocals", "bass", "drums-2"), RATE, 2, FRAME)
    assert LiveBrief({"a": Audio(np.zeros((1, 9), np.float32), 44_100)}).show.frame_samples == 2205


@pytest.mark.parametrize("length", [1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME])
@pytest.mark.parametrize("latency", [0, 1, FRAME // 2, FRAME])
def test_a_delay_that_is_stated_is_taken_off_again(length, latency):
    brief = LiveBrief({"a": STEMS["bass"].excerpt(0, length)})

    class Late:
        latency_samples = latency

        def __init__(self):
            self.rest = np.zeros((2, latency), np.float32)

        def __call__(self, frame):
            joined = np.concatenate([self.rest, frame["a"].samples], axis=1)
            self.rest = joined[:, FRAME:]
            return Audio(joined[:, :FRAME].copy(), RATE)

    class Model:
        def live(self, show):
            return Late()

    performance = performed_here(Model(), brief)
    assert np.array_equal(performance.mix.samples, brief.stems["a"].samples)
    assert performance.latency_seconds == latency / RATE
    assert performance.frames == -(-(length + latency) // FRAME)


@pytest.mark.parametrize("latency", [-1, FRAME + 1, 1.5, "late", None])
def test_a_latency_beyond_a_frame_or_no_number_is_refused(latency):
    def mix_frame(frame):
        return frame["bass"]

    mix_frame.latency_samples = latency

    class Model:
        def live(self, show):
            return mix_frame

    with pytest.raises(FrameFailed, match="latency_samples: expected a whole number from 0 to 400"):
        performed_here(Model(), BRIEF)


def test_late_frames_are_counted():
    import time

    numbers = iter(range(20))

    def mix_frame(frame):
        time.sleep(0.08 if next(numbers) in (2, 5) else 0.0)
        return frame["bass"]

    assert performed(BRIEF, 0, mix_frame).late_frames == 2


# --- boxed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain_sum", "live_balance"])
def test_boxed_and_in_process_sound_the_same(name):
    with ModelProcess(entry(name).place) as process:
        one, two = process.ask(BRIEF), process.ask(BRIEF)
    here = {"plain_sum": PlainSum(), "live_balance": LiveBalance()}[name]
    expected = performed_here(here, BRIEF).mix.samples
    assert np.array_equal(mix_of(one), expected)
    assert np.array_equal(mix_of(two), expected)
    assert one.performance.frames == 11
    if name == "plain_sum":
        assert np.allclose(expected, SUM, atol=1e-6)


def test_a_model_that_reads_ahead_from_the_pipe_has_nothing(tmp_path):
    """Whatever descriptor it reads, without answering there is no more."""
    path = model(
        tmp_path,
        """
        class Mine:
            def live(self, show):
                return self.mix

            def mix(self, frame):
                import resource, select
                poll, got = select.poll(), 0
                most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
                for descriptor in range(3, min(most, 1 << 16)):
                    try:
                        os.fstat(descriptor)
                        poll.register(descriptor, select.POLLIN)
                    except OSError:
                        pass
                for descriptor, event in poll.poll(50):
                    got += len(os.read(descriptor, 1 << 20)) if event & select.POLLIN else 0
                one = frame["bass"]
                return Audio(np.full_like(one.samples, 0.25 if got else 0.5), one.rate)
        """,
    )
    (reply,) = asked(path)
    assert np.array_equal(mix_of(reply), np.full((2, LENGTH), 0.5, np.float32))


def test_a_mix_that_is_sent_before_its_frame_gains_nothing(tmp_path):
    """What is sent ahead of a frame is the mix of that frame: it was made without it. The next
    item begins in order."""
    path = model(
        tmp_path,
        """
        class Mine:
            def live(self, show):
                self.calls = 0
                return self.mix

            def mix(self, frame):
                import gc
                from automix_bench.isolation.wire import Message, Sound, Wire
                self.calls += 1
                if self.calls == 1:
                    (wire,) = [one for one in gc.get_objects() if type(one) is Wire]
                    quiet = frame["bass"].scaled(0.0)
                    wire.send(Message({"type": "frame"}, (Sound("stem", "mix", quiet),)))
                return frame["bass"]
        """,
    )
    first, second, third = asked(path, BRIEF, BRIEF, BRIEF)
    mix = mix_of(first)
    assert not mix[:, :FRAME].any()
    late = np.concatenate([np.zeros((2, FRAME)), STEMS["bass"].samples], axis=1)[:, :LENGTH]
    assert np.allclose(mix, late, atol=1e-6)
    assert "expected a message of type playing, got" in second.failure
    assert mix_of(third) is not None


CRASHES = {
    "raises": ("raise ValueError('no idea')", "frame 3, at 0.150 s: ValueError: no idea"),
    "exits": ("os._exit(0)", "frame 3, at 0.150 s: its process ended"),
    "crashes": (
        "import ctypes; ctypes.string_at(0)",
        "frame 3, at 0.150 s: its process was ended by SIGSEGV",
    ),
    "short": (
        "return frame['bass'].excerpt(0, 7)",
        "frame 3, at 0.150 s: FrameFailed: expected a frame of shape (2, 400) at 8000 Hz, "
        "got (2, 7) at 8000 Hz",
    ),
    "not audio": (
        "return frame['bass'].samples",
        "frame 3, at 0.150 s: FrameFailed: expected Audio, a frame of shape (2, 400)",
    ),
    "nan": (
        "return frame['bass'].with_samples(frame['bass'].samples * np.nan)",
        "frame 3, at 0.150 s: ValueError: audio must be finite",
    ),
    "sleeps": ("import time; time.sleep(60)", "frame 3, at 0.150 s: was ended: it took longer"),
}


@pytest.mark.parametrize("kind", CRASHES)
def test_a_fault_in_a_frame_fails_this_item_alone(tmp_path, kind):
    """The first show fails at its fourth frame; the second, shorter one is mixed."""
    fault, failure = CRASHES[kind]
    path = model(
        tmp_path,
        f"""
        class Mine:
            def live(self, show):
                self.count = 0
                return self.mix

            def mix(self, frame):
                self.count += 1
                if self.count == 4:
                    {fault}
                return total(frame.values())
        """,
    )
    short = LiveBrief({name: stem.excerpt(0, 2 * FRAME + 9) for name, stem in STEMS.items()})
    broken, whole = asked(path, BRIEF, short, item_seconds=8.0)
    assert broken.answer is None
    assert broken.failure.startswith(failure), broken.failure
    assert len(broken.failure.splitlines()) == 1
    assert np.allclose(mix_of(whole), SUM[:, : 2 * FRAME + 9], atol=1e-6)


def test_a_model_of_whole_briefs_fails_in_one_line(tmp_path):
    body = """
        class Mine:
            def __call__(self, brief):
                raise RuntimeError("asked")
        """
    (reply,) = asked(model(tmp_path, body))
    assert reply.failure == NOT_LIVE
    assert len(NOT_LIVE.splitlines()) == 1


def test_a_live_model_may_have_nothing_else(tmp_path):
    body = """
        class Mine:
            def live(self, show):
                return lambda frame: frame["bass"]
        """
    live, whole = asked(model(tmp_path, body), BRIEF, Brief(STEMS))
    assert np.array_equal(mix_of(live), STEMS["bass"].samples)
    assert "this task shows whole stems" in whole.failure


# --- other languages -------------------------------------------------------------------------


def other_python(folder, body):
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(textwrap.dedent(body))
    (folder / "model.toml").write_text(f"python = {sys.executable!r}\nmodel = 'mine.py'\n")
    return folder / "model.toml"


def test_the_live_model_of_the_docs_in_another_python(tmp_path):
    path = written(tmp_path, "live", PYTHON=sys.executable)
    (reply,) = asked(path)
    assert np.allclose(mix_of(reply), 0.5 * SUM, atol=1e-6)


def test_another_python_mixes_live(tmp_path):
    path = other_python(
        tmp_path / "other",
        """
        import numpy as np

        class Late:
            latency_samples = 5

            def __init__(self, show):
                assert (show.stems, show.rate) == (["vocals", "bass", "drums-2"], 8000)
                self.rest = np.zeros((show.channels, 5), np.float32)

            def __call__(self, frame):
                joined = np.concatenate([self.rest, sum(frame.values())], axis=1)
                self.rest = joined[:, -5:]
                return joined[:, :-5]

        def live(show):
            return Late(show)
        """,
    )
    live, whole, again = asked(path, BRIEF, Brief(STEMS), BRIEF)
    assert np.allclose(mix_of(live), SUM, atol=1e-6)
    assert live.performance.latency_seconds == 5 / RATE
    assert "no function answer(brief)" in whole.failure
    assert np.array_equal(mix_of(live), mix_of(again))


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ("def answer(brief): return {}", NOT_LIVE),
        ("def live(show): return lambda frame: 1 / 0", "frame 0, at 0.000 s: ZeroDivisionError"),
        ("def live(show): return lambda frame: frame['bass'][:, 1:]", "frame 0, at 0.000 s: "),
        ("def live(show): return lambda frame: frame['bass'][0]", "frame 0, at 0.000 s: "),
        ("def live(show): return lambda frame: frame['bass'] * float('nan')", "frame 0, at 0.000"),
        ("def live(show): raise ValueError('no')", "ValueError: no"),
    ],
)
def test_a_fault_in_another_python_fails_its_item(tmp_path, body, failure):
    for reply in asked(other_python(tmp_path / "other", body), BRIEF, BRIEF):
        assert reply.failure.startswith(failure), reply.failure


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ([{"type": "answer"}], "expected a message of type playing, got 'answer'"),
        ([{"type": "playing", "latency_samples": 9999}], "latency_samples: expected a whole"),
        ([{"type": "playing"}, {"type": "frame"}], "frame 0, at 0.000 s: expected one sound, mix"),
        ([{"type": "playing"}, {"type": "no"}], "frame 0, at 0.000 s: no answer of the protocol"),
    ],
)
def test_a_wrong_message_fails_its_item_in_one_line(tmp_path, answers, failure):
    body = f"""
        import json, struct, sys, time
        def send(head):
            content = json.dumps(head).encode()
            sys.stdout.buffer.write(struct.pack("<4sI", b"ABM1", len(content)) + content)
            sys.stdout.buffer.flush()
        send({{"type": "ready", "protocol": 1, "live": True}})
        for head in {answers!r}:
            sys.stdin.buffer.read(8)
            send(head)
        time.sleep(60)
    """
    (reply,) = asked(script(tmp_path / "mine", body, "pipe"))
    assert reply.answer is None
    assert failure in reply.failure, reply.failure
    assert len(reply.failure.splitlines()) == 1


# --- in this process -------------------------------------------------------------------------


def test_what_a_class_of_a_notebook_plays_is_no_whole_brief():
    class Live:
        def live(self, show):
            return lambda frame: frame["bass"]

    assert instance("Live", Live).live
    assert played_live(Live(), Brief(STEMS)).stems["mix"].samples.shape == (2, LENGTH)
    assert as_entry(Live()).told_the_answer is False
    assert replace(BRIEF, text="x").show == BRIEF.show
