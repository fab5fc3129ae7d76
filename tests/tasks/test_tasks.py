"""What every task must do. A new file in tasks/ is tested without a change here."""

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.evaluation.entry import instance
from automix_bench.model import Model, TruthReader
from automix_bench.song import NAME

TASKS = [plugin.load("tasks", name) for name in plugin.names("tasks")]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_is_two_views_of_an_example(task, dataset):
    for example in dataset:
        brief, answer = task.brief(example), task.wanted(example)
        targets = answer.stems
        assert targets or answer.values or answer.console is not None
        for name, audio in targets.items():
            assert NAME.fullmatch(name)
            assert audio.rate == example.before.mix.rate
        assert all(map(np.isfinite, answer.values.values()))
        shown = {id(audio) for audio in brief.stems.values()}
        assert not shown & {id(audio) for audio in targets.values()}


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_names_its_floor_and_ceiling(task):
    assert isinstance(instance("", plugin.load("models", task.floor)), Model)
    assert isinstance(instance("", plugin.load("models", task.ceiling)), TruthReader)
    assert len({metric.name for metric in task.metrics}) == len(task.metrics)
    assert task.name in plugin.names("tasks")


def test_mixing_wants_the_mix_as_released(dataset):
    task = plugin.load("tasks", "mixing")
    for example in dataset:
        assert np.array_equal(task.wanted(example).stems["mix"].samples, example.before.mix.samples)
        assert task.brief(example).stems == example.after.stems


def test_effect_removal_wants_what_went_into_each_strip(dataset):
    task = plugin.load("tasks", "effect_removal")
    for example in dataset:
        for name, target in task.wanted(example).stems.items():
            assert np.array_equal(target.samples, example.before.stems[name].samples)
        assert task.wanted(example).stems.keys() == task.brief(example).stems.keys()
