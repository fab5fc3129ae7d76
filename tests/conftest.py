"""Sounds that many tests share. Everything is made here: no network, no download."""

import os
import shutil
import signal

# Tests run side by side: torch with a thread for each core in each of them waits for itself, up to
# ten times as long. Read when torch is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.reader import Dataset
from automix_bench.distributions.plain import Uniform
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.making.make import make
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.workers.end_signals import END_SIGNALS, keeping_handlers
from tests.support.tone_source import Tones

# An example that is the first to call a compiled function waits for its compilation, where nothing
# is compiled yet for seconds; so no example has a deadline.
hypothesis.settings.register_profile("compiled", deadline=None)
hypothesis.settings.load_profile("compiled")


@pytest.fixture
def noise():
    """A maker of seeded noise: `noise(channels=2, seconds=1.0, rate=44_100, seed=0, rms=0.1)`."""

    def make(channels=2, seconds=1.0, rate=44_100, seed=0, rms=0.1):
        rng = np.random.default_rng(seed)
        samples = rms * rng.standard_normal((channels, round(seconds * rate)))
        return Audio(samples.astype(np.float32), rate)

    return make


@pytest.fixture
def tone():
    """A maker of sines: `tone(hz=997.0, channels=2, seconds=1.0, rate=44_100, amplitude=0.5)`."""

    def make(hz=997.0, channels=2, seconds=1.0, rate=44_100, amplitude=0.5):
        time = np.arange(round(seconds * rate)) / rate
        wave = amplitude * np.sin(2.0 * np.pi * hz * time)
        return Audio(np.tile(wave, (channels, 1)).astype(np.float32), rate)

    return make


@pytest.fixture(scope="session")
def recipe():
    """A maker of small recipes on `Tones`; any field of `Recipe` can be given."""

    def make(**changed):
        fields = {
            "name": "tones",
            "version": 1,
            "seed": 7,
            "description": "Tones through random strips.",
            "source": Tones(),
            "separator": AsRecorded(),
            "console": RandomConsole(default=STRIP, bus=BUS),
            "excerpt_seconds": 1.0,
            "examples_per_shard": 4,
        }
        return Recipe(**{**fields, **changed})

    return make


@pytest.fixture
def dataset(recipe, tmp_path):
    """A finished data set of twelve examples in three shards."""
    return Dataset(make(recipe(), tmp_path / "data").folder)


STRIP = RandomChain(
    (
        PeakingEQ.random(chance=0.5, frequency_hz=Uniform(200.0, 4_000.0), gain_db=6.0, q=1.0),
        SoftClip.random(chance=0.5, drive_db=Uniform(0.0, 12.0)),
        Gain.random(gain_db=Uniform(-12.0, 6.0)),
        Pan.random(pan=Uniform(-0.8, 0.8)),
    ),
    shuffled=True,
)
BUS = RandomChain((Gain.random(gain_db=-1.0), SoftClip.random(drive_db=3.0)))


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium, driven by playwright; the test is skipped where one of them is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    flags = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
    with api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture
def handlers_of_python():
    """The handlers of a fresh process: libraries that other tests load (ray) set their own, which
    end the process."""
    interrupt = signal.getsignal(signal.SIGINT)
    with keeping_handlers():
        for number in END_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    signal.signal(signal.SIGINT, interrupt)
