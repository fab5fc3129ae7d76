"""A data set and the answers of two models, from which listening tests are made."""

import hashlib
from pathlib import Path

import pytest

from automix_bench.audio import total
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.run_folder import EncodedAnswer, begin, encode_answer, write_answer
from automix_bench.listening_tests.answered_sounds import answered_sounds
from automix_bench.listening_tests.export import export
from automix_bench.listening_tests.export_settings import TestSettings
from automix_bench.making.make import make
from automix_bench.model import Answer
from tests.support.tone_source import Tones


def stored_run(folder, dataset, model, answer, task="mixing", failing=()):
    """A run folder of a model: `answer` of an example gives its stems."""
    begin(
        folder,
        {
            "model": model,
            "task": task,
            "task_version": task_named(task).version,
            "dataset": dataset.fingerprint,
            "split": None,
            "code": hashlib.sha256(model.encode()).hexdigest(),
            "told_the_answer": False,
            "environment": {},
        },
    )
    for example in dataset:
        if example.id in failing:
            write_answer(folder, example.id, EncodedAnswer(), "it fell over")
        else:
            stems = answer(example)
            write_answer(folder, example.id, encode_answer(example.id, Answer(stems)), "")
    return folder


def drums_up(example):
    stems = example.after.stems
    return {"mix": total([*stems.values(), stems["drums"].scaled(0.8)])}


def no_keys(example):
    return {"mix": total([stem for name, stem in example.after.stems.items() if name != "keys"])}


@pytest.fixture(scope="session")
def tones_data(recipe, tmp_path_factory):
    """Five songs of 9 s, of each two excerpts of 4 s."""
    songs = Tones(count=5, seconds=9.0)
    tones = recipe(source=songs, excerpt_seconds=4.0, excerpts_per_song=2)
    return Dataset(make(tones, tmp_path_factory.mktemp("tones") / "data").folder)


@pytest.fixture(scope="session")
def runs(tones_data, tmp_path_factory):
    """The run folders of two models of mixing."""
    folder = tmp_path_factory.mktemp("runs")
    return [
        stored_run(folder / "loud", tones_data, "drums_up", drums_up),
        stored_run(folder / "quiet", tones_data, "no_keys", no_keys),
    ]


@pytest.fixture(scope="session")
def exported(tones_data, runs):
    """A maker of tests: `exported(folder, anchors=..., **settings)`."""

    def make_test(out: Path, anchors=("plain_sum",), labels=None, **settings):
        sounds = answered_sounds(runs, tones_data.folder, anchors=anchors, labels=labels)
        chosen = {"songs": 3, "seconds": 3.0, **settings}
        return export(sounds, out, TestSettings(**chosen))

    return make_test
