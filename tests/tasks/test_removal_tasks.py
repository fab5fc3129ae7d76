"""The tasks of removing effects and of taking mixes apart: what is shown, what is wanted."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import total
from automix_bench.console import Console
from automix_bench.dataset.reader import Dataset
from automix_bench.effect import Chain
from automix_bench.effects.drc import Drc
from automix_bench.evaluation.scored_data import facts_of
from automix_bench.song import role
from automix_bench.task_parts.four_stems import four_stems
from tests.support import recipe_data_sets as books

REMOVAL = (
    "effect_removal",
    "effect_removal_multi",
    "drc_inversion",
    "drc_inversion_blind",
    "delimiting",
    "declipping",
    "dereverberation",
    "distortion_removal",
)
FROM_MIXES = ("separation", "source_restoration")
READS = [
    (name, recipe)
    for name in (*REMOVAL[1:], *FROM_MIXES)
    for recipe in plugin.load("tasks", name).recipes
]


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        yield books.opened(tmp_path_factory.mktemp("book"), patch)


@pytest.mark.parametrize(("name", "recipe"), READS)
def test_every_recipe_that_a_task_reads_gives_it_examples(book, name, recipe):
    task = plugin.load("tasks", name)
    data = Dataset(book.make(recipe, "composed").folder)
    assert facts_of(task, data).recipe == recipe
    with_targets = [example for example in data if task.wanted(example).stems]
    assert with_targets
    for example in with_targets:
        brief, targets = task.brief(example), task.wanted(example).stems
        for audio in (*brief.stems.values(), *targets.values()):
            assert audio.samples.shape == example.before.mix.samples.shape


@pytest.mark.parametrize("name", REMOVAL)
def test_a_removal_task_wants_the_stems_that_it_shows_as_they_were_before(dataset, name):
    task = plugin.load("tasks", name)
    for example in dataset:
        brief, targets = task.brief(example), task.wanted(example).stems
        assert brief.stems.keys() == targets.keys()
        for stem, target in targets.items():
            assert target is example.before.stems[stem]
            assert brief.stems[stem] is example.after.stems[stem]
        assert (brief.reference, brief.text) == (None, None)


@pytest.mark.parametrize("name", [*REMOVAL, *FROM_MIXES])
def test_the_views_of_a_task_can_be_sent_to_another_process(dataset, name):
    task = replace(plugin.load("tasks", name), metrics=())
    sent = pickle.loads(pickle.dumps(task))
    assert sent.wanted(dataset[0]).stems.keys() == task.wanted(dataset[0]).stems.keys()


def untouched(example, *names):
    """The example with empty strips for these stems, whose sound stays as it was."""
    strips = {name: Chain() if name in names else c for name, c in example.console.strips.items()}
    stems = {
        n: example.before.stems[n] if n in names else s for n, s in example.after.stems.items()
    }
    console = replace(example.console, strips=strips)
    return replace(example, console=console, after=replace(example.after, stems=stems))


def test_stems_without_effects_are_an_identity_case_of_several_effects_and_of_no_other(dataset):
    example = untouched(dataset[0], "bass")
    for name in REMOVAL:
        shown = plugin.load("tasks", name).brief(example).stems
        assert ("bass" in shown) == (name == "effect_removal_multi")
    task = plugin.load("tasks", "effect_removal_multi")
    shown, target = task.brief(example).stems["bass"], task.wanted(example).stems["bass"]
    for metric in task.metrics:
        if metric.stems is None:
            value = metric.measure(reference=target, estimate=shown)
            assert np.isnan(value) or metric.held(value) == metric.perfect


def test_the_residual_is_no_instrument(dataset):
    example = dataset[0]
    console = replace(
        example.console,
        strips={
            **example.console.strips,
            "residual": Chain((Drc(-30.0, 4.0, 5.0, 20.0, 13.0, 130.0),)),
        },
    )
    stems = [{**song.stems, "residual": song.mix} for song in (example.before, example.after)]
    example = replace(
        example,
        console=console,
        before=replace(example.before, stems=stems[0]),
        after=replace(example.after, stems=stems[1]),
    )
    for name in (*REMOVAL, "source_restoration"):
        assert "residual" not in plugin.load("tasks", name).wanted(example).stems
    assert "residual" not in four_stems(stems[0])


def test_only_the_inversion_with_known_settings_tells_them(dataset):
    for name in REMOVAL:
        console = plugin.load("tasks", name).brief(dataset[0]).console
        if name != "drc_inversion":
            assert console is None
            continue
        shown = plugin.load("tasks", name).brief(dataset[0]).stems
        assert console == Console({stem: dataset[0].console.strips[stem] for stem in shown})


def test_separation_wants_the_stems_that_sum_to_the_mix(dataset):
    task = plugin.load("tasks", "separation")
    for example in dataset:
        mix, targets = task.brief(example).stems["mix"], task.wanted(example).stems
        np.testing.assert_allclose(total(targets.values()).samples, mix.samples, atol=1e-6)


def test_separation_leaves_out_mixes_that_are_no_plain_sum(dataset):
    example, task = dataset[0], plugin.load("tasks", "separation")
    squared = example.before.mix.with_samples(np.sin(example.before.mix.samples * 3.0) / 3.0)
    squared_mix = replace(example, before=replace(example.before, mix=squared))
    assert task.wanted(squared_mix).stems == {}
    assert task.wanted(example).stems


def test_source_restoration_shows_the_mix_after_the_bus_and_wants_dry_stems(dataset):
    task = plugin.load("tasks", "source_restoration")
    for example in dataset:
        assert task.brief(example).stems == {"mix": example.after.mix}
        targets = task.wanted(example).stems
        assert set(targets) == {"bass", "drums", "other"}
        assert np.array_equal(targets["other"].samples, example.before.stems["keys"].samples)


def test_stems_are_summed_to_four_by_their_role(noise):
    names = ("kick", "snare-2", "vocals-1", "vocals-2", "bass", "keys-1", "guitar", "residual")
    stems = {name: noise(seed=number) for number, name in enumerate(names)}
    summed = four_stems(stems)
    assert list(summed) == ["vocals", "drums", "bass", "other"]
    parts = {"drums": ("kick", "snare-2"), "vocals": ("vocals-1", "vocals-2"), "bass": ("bass",)}
    parts["other"] = ("guitar", "keys-1")
    for target, members in parts.items():
        expected = total(stems[name] for name in members)
        assert np.array_equal(summed[target].samples, expected.samples)
    assert {role(name) for name in summed} == set(summed)
    assert set(four_stems({"pad-1": stems["bass"]})) == {"other"}
