"""The network that mixes after a reference: its parts, and that it learns."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.model import Brief
from automix_bench.model_parts.style_features import mirrored, style_features
from automix_bench.models.equal_loudness import EqualLoudness
from automix_bench.models.learned.style_console import StyleConsole as Model
from automix_bench.training.mix_frames import console_distances
from automix_bench.trainings.style_console import SOUNDS, StyleConsole, _augmented, _batch, _half
from tests.support.trained import assert_learns, example, moved, stored_weights
from tests.trainings.test_mixing_console import difference_db, track

RATES = [44_100, 48_000]
STRIPS = {"bass": (6.0, -0.4), "keys": (-3.0, 0.6), "kick": (0.0, 0.0)}


def shown(seed=1, rate=44_100, names=tuple(STRIPS)):
    """An example of tracks that a console put louder, softer and to the sides."""
    stems = {name: track(10 * seed + n, rate, mono=False) for n, name in enumerate(names)}
    strips = {name: Chain((Gain(STRIPS[name][0]), Pan(STRIPS[name][1]))) for name in names}
    return replace(example(stems), console=Console(strips))


@pytest.fixture(scope="module")
def examples():
    training = StyleConsole()
    return [training.prepared(shown(1)), training.prepared(shown(2, names=("bass", "kick")))]


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(examples):
    batch = _batch([_half(one, "second") for one in examples], None, 0)
    assert_learns(StyleConsole(), batch, steps=120, elsewhere=False)


def test_a_batch_is_its_examples_one_by_one(examples):
    training, network = StyleConsole(), moved(StyleConsole().network())
    alone = [training.validation(network, one) for one in examples]
    together = console_distances(
        network, _batch([_half(one, "second") for one in examples], None, 0)
    )
    assert together.tolist() == pytest.approx(alone, abs=1e-4)


def test_what_is_wanted_is_the_half_that_is_shown_and_the_reference_the_other(examples):
    one = shown(1)
    halves = [one.before.mix.excerpt(n * 33_075, 33_075) for n in (0, 1)]
    tracks = {name: stem.excerpt(33_075, 33_075) for name, stem in one.before.stems.items()}
    mixed = total(
        chain(one.before.stems[name].excerpt(0, 33_075))
        for name, chain in one.console.strips.items()
    )
    features, reference = style_features(tracks, mixed)
    assert halves[0].length == mixed.length
    assert np.allclose(_half(examples[0], "second")["features"], features)
    assert np.allclose(_half(examples[0], "second")["reference"], reference, atol=1e-4)


def test_a_mirrored_example_is_that_of_mirrored_sounds():
    one = shown(1)
    mix = one.console(one.before).mix
    sounds = one.before.stems
    turned = {name: stem.with_samples(stem.samples[::-1]) for name, stem in sounds.items()}
    wanted = style_features(turned, mix.with_samples(mix.samples[::-1]))
    plain = style_features(sounds, mix)
    for got, expected, before in zip(mirrored(*plain), wanted, plain, strict=True):
        assert np.abs(got - expected).max() < 1e-5
        assert np.abs(got - before).max() > 0.1


def test_augmentation_changes_sides_of_every_sound_alike(examples):
    drawn = [_augmented(examples[0], np.random.default_rng(seed)) for seed in range(12)]
    kinds = {
        (half, turned)
        for one in drawn
        for half in ("first", "second")
        for turned in (False, True)
        for plain in [_half(examples[0], half)]
        if all(
            np.array_equal(
                np.flip(one[name], one[name].ndim - 4) if turned else one[name], plain[name]
            )
            for name in SOUNDS
        )
    }
    assert len(kinds) == 4


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights of a network that was never trained, and of one that was moved."""
    return stored_weights(StyleConsole().network(), tmp_path_factory.mktemp("weights"))


@pytest.mark.parametrize("rate", RATES)
def test_the_declared_console_is_the_mix_and_as_loud_as_the_reference(weights, rate):
    one = shown(3, rate)
    stems = one.before.stems
    reference = one.console(one.before).mix.scaled(0.5)
    answer = Model(weights["moved"])(Brief(stems, reference))
    _, mix = answer.console.routed(stems, lambda _, chain, audio: chain(audio), total)
    assert np.array_equal(mix.samples, answer.stems["mix"].samples)
    assert integrated_lufs(mix) == pytest.approx(integrated_lufs(reference), abs=0.01)


def test_another_reference_is_another_mix_but_another_level_of_all_is_not(weights):
    one, model = shown(1), Model(weights["moved"])
    stems, reference = one.before.stems, one.console(one.before).mix
    mix = model(Brief(stems, reference)).stems["mix"]
    other = model(Brief(stems, shown(5).before.mix)).stems["mix"]
    level = integrated_lufs(mix) - integrated_lufs(other)
    assert difference_db(other.scaled(10.0 ** (level / 20.0)), mix) > -60.0
    louder = {name: stem.scaled(2.0) for name, stem in stems.items()}
    twice = model(Brief(louder, reference.scaled(2.0))).stems["mix"]
    assert difference_db(twice.scaled(0.5), mix) < -60.0


def test_without_a_reference_that_can_be_heard_all_is_at_equal_loudness(weights):
    model, stems = Model(weights["moved"]), shown(1).before.stems
    wanted = EqualLoudness()(Brief(stems)).stems["mix"]
    for reference in (None, shown(1).before.mix.scaled(0.0)):
        mix = model(Brief(stems, reference)).stems["mix"]
        level = integrated_lufs(wanted) - integrated_lufs(mix)
        assert difference_db(mix.scaled(10.0 ** (level / 20.0)), wanted) < -60.0


def test_mono_tracks_and_a_residual_have_a_mix(weights):
    stems = {n: Audio(s.samples[:1], s.rate) for n, s in shown(1).before.stems.items()}
    brief = Brief({**stems, "residual": stems["bass"]}, shown(2).before.mix)
    assert Model(weights["moved"])(brief).stems["mix"].channels == 1
    assert torch.is_grad_enabled()
