"""The network that imitates a room: what it is shown, that it learns, and its effect."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio
from automix_bench.dsp.octave_levels import (
    BANDS,
    KNOT_SECONDS,
    KNOTS,
    measured_levels_db,
    noise_with_levels,
)
from automix_bench.effect import Unsuitable
from automix_bench.effects.neural_reverb import NeuralReverb as Imitation
from automix_bench.effects.reverb import Reverb
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.trainings.neural_reverb import ROOMS, NeuralReverb, drawn, room_levels_db
from tests.support.trained import assert_learns, example, moved, stored_weights
from tests.trainings.test_mixing_console import difference_db, track

RATE = 44_100


@pytest.fixture(scope="module")
def prepared():
    return NeuralReverb().prepared(example({"bass": track(1), "keys": track(2, mono=False)}))


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    """The effect with weights that were never trained, and with moved ones."""
    torch.manual_seed(2)
    paths = stored_weights(NeuralReverb().network(), tmp_path_factory.mktemp("weights"))

    def with_weights(path):
        class Imitated(Imitation):
            weights: ClassVar[str] = path

        return Imitated

    return {name: with_weights(path) for name, path in paths.items()}


# Levels in octaves.


def test_the_levels_of_white_noise_add_up_to_its_power():
    noise = np.random.default_rng(0).standard_normal((2, 2 * RATE))
    levels = measured_levels_db(noise, RATE)[:, :15]  # up to 1.3 s
    powers = 10.0 ** (levels / 10.0)
    assert powers.sum(axis=0) == pytest.approx(np.ones(15), abs=0.25)
    assert 10.0 * np.log10(powers[5, 8:].mean() / powers[4, 8:].mean()) == pytest.approx(
        3.0, abs=0.7
    )


def test_the_levels_of_a_decay_fall_as_it_does():
    seconds = np.arange(3 * RATE) / RATE
    noise = np.random.default_rng(1).standard_normal((4, 3 * RATE))
    levels = measured_levels_db(noise * 10.0 ** (-3.0 * seconds / 1.2), RATE)
    knots = np.array(KNOT_SECONDS)
    late = (knots > 0.1) & (knots < 1.5)
    for band in range(2, BANDS):
        slope = np.polyfit(knots[late], levels[band, late], 1)[0]
        assert slope == pytest.approx(-60.0 / 1.2, rel=0.06)
    assert (levels[:, knots > 4.0] == -200.0).all()


def test_noise_gets_the_levels_that_were_measured():
    """Of noise that loses its highs first, 40 s^-1 dB at 16 kHz and 20 at 62 Hz."""
    noises = np.random.default_rng(2).standard_normal((2, BANDS, 4, round(1.6 * RATE)))
    falls = np.linspace(20.0, 40.0, BANDS)[:, None] * np.array(KNOT_SECONDS)
    real = noise_with_levels(noises[0], -50.0 - falls, RATE)
    wanted = measured_levels_db(real, RATE)
    shaped = noise_with_levels(noises[1], wanted, RATE)
    assert not shaped[:, : int(0.0099 * RATE)].any()
    off = np.abs(measured_levels_db(shaped, RATE) - wanted)[2:, 2:14]
    assert off.mean() < 0.6
    assert off.max() < 3.0


# The training.


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = NeuralReverb()
    assert_learns(training, training.batch([prepared] * 2, np.random.default_rng(0)), steps=150)


def test_rooms_are_those_of_the_real_reverb_and_drawn_by_the_id_alone(prepared):
    again = NeuralReverb().prepared(example({"lead": track(5)}))
    assert again["settings"].tolist() == prepared["settings"].tolist()
    assert prepared["settings"].shape == (ROOMS, 2)
    assert prepared["levels_db"].shape == (ROOMS, BANDS, KNOTS)
    one = room_levels_db(tuple(prepared["settings"][1]))
    assert prepared["levels_db"][1] == pytest.approx(one, abs=1e-3)
    rng = np.random.default_rng(1)
    for rt60, damping in [drawn(rng) for _ in range(100)]:
        Imitation(rt60, 0.0, damping, 0.5)


def test_what_is_far_below_the_loudest_does_not_count(prepared):
    training, network = NeuralReverb(), moved(NeuralReverb().network())
    batch = training.batch([prepared], np.random.default_rng(0))
    quieter = batch["levels_db"].clone()
    low = quieter < quieter.amax(dim=(1, 2), keepdim=True) - 90.0
    quieter[low] -= 40.0
    with torch.inference_mode():
        one, other = (
            training.loss(network, {**batch, "levels_db": levels})
            for levels in (batch["levels_db"], quieter)
        )
    assert low.any()
    assert float(one) == pytest.approx(float(other))
    assert training.validation(network, prepared) == pytest.approx(float(one))


# The effect.


def test_dry_sound_and_pre_delay_are_those_of_the_knobs(effects):
    impulse = np.zeros((2, RATE // 2), np.float32)
    impulse[0, 100] = 1.0
    out = effects["moved"](1.0, 20.0, 4_000.0, 0.25)(Audio(impulse, RATE)).samples
    assert out[0, 100] == pytest.approx(0.75)
    begins = 100 + round(0.02 * RATE) + round(0.01 * RATE)
    assert np.abs(out[:, 101 : begins - 2]).max() < 1e-6
    assert np.abs(out[:, begins : begins + 200]).max(axis=1).min() > 0.0
    assert np.corrcoef(out[:, begins:])[0, 1] == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_the_room_has_the_same_power_at_every_rate(effects, rate):
    sound = track(2, rate, mono=False)
    tail = effects["moved"](1.0, 0.0, 4_000.0, 1.0)(sound)
    at_44 = effects["moved"](1.0, 0.0, 4_000.0, 1.0)(track(2, 44_100, mono=False))
    levels = [10.0 * np.log10(np.mean(np.square(one.samples))) for one in (tail, at_44)]
    assert levels[0] == pytest.approx(levels[1], abs=1.0)


def test_a_longer_sound_is_in_the_same_room(effects):
    sound, kind = track(2, seconds=2.0, mono=False), effects["moved"](1.0, 10.0, 4_000.0, 0.5)
    start = Audio(sound.samples[:, :30_000], sound.rate)
    whole = Audio(kind(sound).samples[:, :30_000], sound.rate)
    assert difference_db(kind(start), whole) < -100.0


def test_the_knobs_change_the_room_and_more_than_two_channels_are_refused(effects):
    sound, kind = track(2, mono=False), effects["moved"]
    one = kind(1.0, 10.0, 4_000.0, 0.5)(sound)
    for other in ((3.0, 10.0, 4_000.0), (1.0, 40.0, 4_000.0), (1.0, 10.0, 1_000.0)):
        assert difference_db(kind(*other, 0.5)(sound), one) > -60.0
    with pytest.raises(Unsuitable, match="NeuralReverb wants mono or stereo audio, got 3"):
        kind(1.0, 10.0, 4_000.0, 0.5)(Audio(np.zeros((3, 100), np.float32), RATE))


def test_the_shipped_weights_say_the_levels_of_the_real_reverb():
    """Of rooms that it was not trained on, within 2 dB on the mean."""
    rng = np.random.default_rng(2026)
    off = []
    for settings in [drawn(rng) for _ in range(8)]:
        real = room_levels_db(settings)
        loud = real > real.max() - 60.0
        said = Imitation(settings[0], 0.0, settings[1], 1.0).levels_db()
        off.append(float(np.abs(said - real)[loud].mean()))
    assert np.mean(off) < 2.0, off


def test_the_shipped_weights_sound_nearer_to_the_real_reverb_than_the_dry_sound():
    gained = []
    for seed, (rt60, damping) in enumerate([(0.6, 6_000.0), (1.5, 3_000.0), (3.0, 8_000.0)]):
        sound = track(seed + 1, seconds=3.0, mono=False)
        real = Reverb(rt60, 10.0, damping, 0.4)(sound)
        gained.append(
            audible_distance(reference=real, estimate=sound)
            - audible_distance(reference=real, estimate=Imitation(rt60, 10.0, damping, 0.4)(sound))
        )
    assert min(gained) > 0.0, gained
