"""The Wave-U-Net for drum kits: its slots, that it learns, and what its model does."""

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.dsp.resampled import resampled
from automix_bench.errors import Rejected
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.model import Brief
from automix_bench.model_parts.drum_slots import RATE, SLOTS, in_slots, slot_of
from automix_bench.models.equal_loudness import EqualLoudness
from automix_bench.models.learned.drum_wave_u_net import DrumWaveUNet as Model
from automix_bench.trainings.drum_wave_u_net import DrumWaveUNet, _batch, distances
from tests.support.trained import assert_learns, example, moved, stored_weights
from tests.trainings.test_drum_console import NAMES, kit
from tests.trainings.test_mixing_console import difference_db, track

RATES = [44_100, 48_000]


@pytest.fixture(scope="module")
def prepared():
    return [DrumWaveUNet().prepared(kit(seed)) for seed in (1, 2)]


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    torch.manual_seed(2)
    return stored_weights(DrumWaveUNet().network(), tmp_path_factory.mktemp("weights"))


def test_tracks_go_into_the_slot_of_their_name_of_their_role_or_into_one_that_is_left():
    assert slot_of(["overhead-right", "kick", "toms-2"]) == {
        "overhead-right": 7,
        "kick": 0,
        "toms-2": 3,
    }
    assert slot_of(["mic b", "snare", "mic a"]) == {"snare": 1, "mic a": 0, "mic b": 2}
    many = slot_of([f"{n:02d}" for n in range(12)])
    assert sorted(set(many.values())) == list(range(len(SLOTS)))
    assert [many[f"{n:02d}"] for n in (7, 8, 11)] == [7, 7, 7]


def test_every_slot_is_at_one_loudness_and_a_missing_or_silent_track_is_silence():
    stems = {"kick": track(1), "snare": track(2).scaled(0.1), "toms": track(3).scaled(0.0)}
    slots = in_slots(stems)
    assert slots.shape == (8, track(1).length)
    assert [bool(row.any()) for row in slots] == [True, True] + 6 * [False]
    for row in slots[:2]:
        both = Audio(np.stack([row, row]), RATE)
        assert integrated_lufs(both) == pytest.approx(-30.0, abs=0.1)
    twice = in_slots({**stems, "kick-2": stems["kick"]})
    assert np.allclose(twice[0], 2.0 * slots[0], atol=1e-6)
    with pytest.raises(ValueError, match="at least one track"):
        in_slots({})


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    part = slice(4_000, 12_000)
    batch = _batch([(one["slots"][:, part], one["mix"][:, part]) for one in prepared[:1]])
    assert_learns(DrumWaveUNet(), batch, steps=150, elsewhere=False)


def test_a_batch_is_its_examples_one_by_one(prepared):
    training, network = DrumWaveUNet(), moved(DrumWaveUNet().network())
    alone = [training.validation(network, one) for one in prepared]
    batch = _batch([(one["slots"], one["mix"]) for one in prepared])
    with torch.inference_mode():
        assert distances(network, batch).tolist() == pytest.approx(alone, abs=1e-4)


def test_stretches_are_drawn_by_the_generator_alone(prepared):
    training = DrumWaveUNet(seconds=0.25)
    one, same, other = (training.batch(prepared, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(one["mix"], same["mix"])
    assert not torch.equal(one["mix"], other["mix"])
    assert one["slots"].shape == (2, 8, RATE // 4)


def test_a_mono_mix_is_rejected():
    mono = example({name: Audio(track(1).samples[:1], RATE) for name in NAMES})
    with pytest.raises(Rejected, match="stereo"):
        DrumWaveUNet().prepared(mono)


# The model.


@pytest.mark.parametrize("rate", RATES)
def test_untrained_the_mix_is_that_of_equal_loudness(weights, rate):
    stems = kit(1, rate).after.stems
    mix = Model(weights["untrained"])(Brief(stems)).stems["mix"]
    assert difference_db(mix, EqualLoudness()(Brief(stems)).stems["mix"]) < -60.0
    assert (mix.rate, mix.length) == (rate, stems["kick"].length)


def test_the_network_is_heard_at_every_rate_alike(weights):
    stems = kit(1).after.stems
    model = Model(weights["moved"])
    mix = model(Brief(stems)).stems["mix"]
    assert difference_db(mix, Model(weights["untrained"])(Brief(stems)).stems["mix"]) > -30.0
    higher = {name: resampled(stem, 96_000) for name, stem in stems.items()}
    back = resampled(model(Brief(higher)).stems["mix"], RATE)
    assert audible_distance(reference=mix, estimate=back) < 0.5
    assert integrated_lufs(mix) == pytest.approx(-23.0, abs=0.05)


def test_names_count_and_the_order_of_tracks_does_not(weights):
    stems, model = kit().after.stems, Model(weights["moved"])
    mix = model(Brief(stems)).stems["mix"]
    turned = model(Brief(dict(reversed(stems.items())))).stems["mix"]
    assert np.array_equal(turned.samples, mix.samples)
    swapped = {**stems, "kick": stems["snare"], "snare": stems["kick"]}
    assert difference_db(model(Brief(swapped)).stems["mix"], mix) > -40.0


def test_silence_mono_tracks_and_short_ones_have_a_mix(weights):
    model, stems = Model(weights["moved"]), kit().after.stems
    silent = model(Brief({"kick": stems["kick"].scaled(0.0)})).stems["mix"]
    assert silent.length == stems["kick"].length
    assert not silent.samples.any()
    mono = {name: Audio(stems[name].samples[:1], RATE) for name in NAMES}
    assert model(Brief(mono)).stems["mix"].channels == 1
    short = {name: stems[name].excerpt(0, 100) for name in NAMES}
    assert model(Brief(short)).stems["mix"].length == 100
