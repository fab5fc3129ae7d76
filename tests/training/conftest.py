"""A small data set to train on, and the tiny training."""

from pathlib import Path

import pytest

from automix_bench.consoles.random_console import RandomConsole
from automix_bench.making.make import make
from automix_bench.recipe import Recipe
from automix_bench.separators.as_recorded import AsRecorded
from automix_bench.training.trainer import TrainingRun, train
from automix_bench.training.training_settings import training_from
from tests.conftest import BUS, STRIP
from tests.support.tone_source import Tones

TINY = str(Path(__file__).with_name("tiny_training.py"))


def made(folder, **changed):
    fields = {
        "name": "tones",
        "version": 1,
        "seed": 7,
        "description": "Tones through random strips.",
        "source": Tones(count=10),
        "separator": AsRecorded(),
        "console": RandomConsole(default=STRIP, bus=BUS),
        "excerpt_seconds": 1.0,
        "excerpts_per_song": 1,
        "splits": (0.6, 0.4, 0.0),
    }
    return make(Recipe(**{**fields, **changed}), folder).folder


@pytest.fixture(scope="session")
def tones(tmp_path_factory):
    """The folder of a data set with the splits train and valid."""
    return made(tmp_path_factory.mktemp("training") / "tones")


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder of prepared examples for all trainings with the default settings."""
    return tmp_path_factory.mktemp("training") / "prepared"


@pytest.fixture
def trained(tones, shared):
    """Train the tiny training: `trained(out, "steps=20")`; gives the result and its lines."""

    def run(out, *settings, told=None, **options):
        data = options.pop("data", tones)
        own = {"bins", "reject"} & {setting.partition("=")[0] for setting in settings}
        options = {"prepared": None if own or data != tones else shared, **options}
        lines = [] if told is None else told
        chosen = TrainingRun(told=lines.append, **options)
        return train(training_from(TINY, settings), data, out, chosen)

    return run
