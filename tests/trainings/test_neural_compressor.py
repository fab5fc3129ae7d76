"""The network that imitates a compressor: what it is shown, that it learns, and its effect."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.frame_levels import (
    frame_length,
    frame_levels_db,
    played_reduction,
)
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.neural_compressor import KNEE_DB
from automix_bench.effects.neural_compressor import NeuralCompressor as Imitation
from automix_bench.errors import Rejected
from automix_bench.networks.film_tcn import FilmTcn
from automix_bench.trainings.neural_compressor import (
    VALIDATED,
    NeuralCompressor,
    _batch,
    _row,
    drawn,
    full_reduction_db,
)
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns, example, moved
from tests.trainings.test_mixing_console import difference_db, track

RATES = [44_100, 48_000]


@pytest.fixture(scope="module")
def prepared():
    stems = {"bass": track(1), "keys": track(2, mono=False)}
    return NeuralCompressor(stems=2).prepared(example(stems))


def imitation(network, folder, name):
    """The effect with the weights of a network."""
    path = folder / f"{name}.safetensors"
    path.write_bytes(packed(network.state_dict(), {}))

    class Imitated(Imitation):
        weights: ClassVar[str] = str(path)

    return Imitated


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(2)
    untrained = NeuralCompressor().network()
    kinds = {"untrained": imitation(untrained, folder, "untrained")}
    return {**kinds, "moved": imitation(moved(untrained), folder, "moved")}


# Levels and gains in frames.


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_levels_of_frames_are_those_of_peak_and_power(rate):
    length = frame_length(rate)
    assert length / rate == pytest.approx(64 / 44_100, rel=0.05)
    row = np.concatenate([np.full(length, 0.5), np.tile([1.0, 0.0], length)[:length], [0.1]])
    peaks, powers = frame_levels_db(row, rate)
    assert peaks == pytest.approx([-6.02, 0.0, -20.0], abs=0.01)
    assert powers[:2] == pytest.approx([-6.02, -3.01], abs=0.4)
    assert powers[2] == pytest.approx(-20.0 - 10.0 * np.log10(length), abs=0.01)
    assert (frame_levels_db(np.zeros(1), rate) == -100.0).all()


def test_reduction_is_a_line_between_the_ends_of_frames():
    length = frame_length(44_100)
    line = played_reduction(np.array([6.0, 2.0]), 2 * length, 44_100)
    assert line[length - 1] == 6.0
    assert line[-1] == 2.0
    assert line[0] == pytest.approx(6.0 / length)
    assert np.diff(line[:length]) == pytest.approx(6.0 / length)
    assert len(played_reduction(np.array([6.0]), 3, 44_100)) == 3


def test_the_network_hears_nothing_of_the_future_and_no_further_back_than_it_says():
    network = moved(FilmTcn(2, 3, 2, 6, 3, (1, 2, 4)))
    rows, knobs = torch.randn(2, 2, 50), torch.randn(2, 2)
    with torch.inference_mode():
        before = network(rows, knobs)
        rows[:, :, 20] += 1.0
        changed = (network(rows, knobs) - before).abs().amax(dim=(0, 1)) > 1e-7
    assert network.past == 14
    assert changed.nonzero().flatten().tolist() == list(range(20, 20 + network.past + 1))


def test_knobs_turn_what_the_network_says():
    network = moved(FilmTcn(2, 1, 2, 6, 3, (1, 2)))
    rows = torch.randn(1, 2, 30)
    with torch.inference_mode():
        one, other = (network(rows, torch.tensor([[x, 0.0]])) for x in (0.0, 1.0))
    assert (one - other).abs().max() > 1e-3


# The training.


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = NeuralCompressor(seconds=0.5)
    assert_learns(training, training.batch([prepared] * 4, np.random.default_rng(3)), steps=200)


def test_what_it_is_to_say_is_the_reduction_of_the_real_compressor(prepared):
    key, settings = prepared["keys"][0].astype(np.float64), (0.0, -30.0, 5.0, 100.0)
    reduction = full_reduction_db(key, 44_100, settings)
    assert reduction.max() > 3.0
    sound = Audio(key[np.newaxis].astype(np.float32), 44_100)
    real = Compressor(-30.0, 4.0, KNEE_DB, 5.0, 100.0, 0.0)(sound)
    gains = 10.0 ** (-0.75 * reduction / 20.0)
    assert difference_db(sound.with_samples((sound.samples * gains).astype(np.float32)), real) < (
        -100.0
    )


def test_level_and_threshold_move_together(prepared):
    key = prepared["keys"][0]
    one, other = (_row(key, 44_100, (gain, -20.0 + gain, 5.0, 100.0)) for gain in (0.0, -12.0))
    rows = [_batch([row])["rows"] for row in (one, other)]
    assert torch.allclose(*rows, atol=1e-4)
    assert one["reduction_db"] == pytest.approx(other["reduction_db"], abs=1e-3)


def test_a_batch_is_its_examples_one_by_one(prepared):
    training, network = NeuralCompressor(), moved(NeuralCompressor().network())
    batch = training.batch([prepared] * 3, np.random.default_rng(2))
    with torch.inference_mode():
        alone = [network(batch["rows"][n : n + 1], batch["knobs"][n : n + 1]) for n in range(3)]
        assert torch.allclose(network(batch["rows"], batch["knobs"]), torch.cat(alone), atol=1e-4)


def test_settings_that_are_validated_are_kept_and_lie_in_the_ranges_of_the_knobs(prepared):
    assert prepared["settings"].shape == (2, VALIDATED, 4)
    rng = np.random.default_rng(1)
    for _, threshold, attack, release in [drawn(rng) for _ in range(200)]:
        Imitation(threshold, 4.0, attack, release)
    network = NeuralCompressor().network().eval()
    with torch.inference_mode():
        values = [NeuralCompressor().validation(network, prepared) for _ in range(2)]
    assert values[0] == values[1] > 1.0


def test_silence_is_rejected():
    with pytest.raises(Rejected, match="no stem is loud enough"):
        NeuralCompressor().prepared(example({"bass": track(1).scaled(0.0)}))


# The effect.


@pytest.mark.parametrize("rate", RATES)
def test_untrained_it_changes_nothing_but_the_make_up(effects, rate):
    sound = track(2, rate, mono=False)
    out = effects["untrained"](-40.0, 8.0, 5.0, 100.0, 6.0)(sound)
    assert difference_db(out, sound.scaled(10.0 ** (6.0 / 20.0))) < -100.0


@pytest.mark.parametrize("rate", RATES)
def test_all_channels_get_one_gain_and_the_knobs_change_it(effects, rate):
    sound = track(2, rate, mono=False)
    sound = sound.with_samples(sound.samples * np.float32([[1.0], [0.25]]))
    one = effects["moved"](-50.0, 8.0, 5.0, 100.0)
    gains = one(sound).samples / np.where(np.abs(sound.samples) > 1e-4, sound.samples, np.nan)
    assert np.nanmax(np.abs(gains[0] - gains[1])) < 1e-3
    for other in (
        effects["moved"](-20.0, 8.0, 5.0, 100.0),
        effects["moved"](-50.0, 2.0, 5.0, 100.0),
        effects["moved"](-50.0, 8.0, 50.0, 100.0),
        effects["moved"](-50.0, 8.0, 5.0, 800.0),
    ):
        assert np.abs(other.reduction_db(sound) - one.reduction_db(sound)).max() > 0.01


def test_nothing_is_taken_where_nothing_came_near_the_threshold(effects):
    """Before the first loud sound, and 3 s after the last one."""
    quiet = track(2, seconds=9.0, mono=False)
    quiet = quiet.scaled(0.005 / float(np.abs(quiet.samples).max()))
    one = effects["moved"](-35.0, 8.0, 5.0, 100.0)
    assert np.array_equal(one(quiet).samples, quiet.samples)
    samples = quiet.samples.copy()
    samples[:, 88_200:92_610] *= 100.0
    reduction = one.reduction_db(quiet.with_samples(samples))
    assert not reduction[:88_000].any()
    assert reduction[88_300:92_000].max() > 0.0
    assert reduction[92_610 : 92_610 + 100_000].any()
    assert not reduction[92_610 + 132_300 :].any()


def test_the_shipped_weights_are_nearer_to_the_real_compressor_than_no_compressor():
    """By 10 dB on sounds that it was not trained on, each at the gain that fits best."""
    errors = []
    for seed, (threshold, ratio, attack, release) in enumerate(
        [(-35.0, 4.0, 5.0, 100.0), (-45.0, 8.0, 20.0, 300.0), (-30.0, 3.0, 1.5, 60.0)]
    ):
        sound = track(seed + 1, seconds=2.0, mono=False)
        real = Compressor(threshold, ratio, KNEE_DB, attack, release, 0.0)(sound)
        wrong = [
            difference_db(one.scaled(_fitting(one, real)), real)
            for one in (Imitation(threshold, ratio, attack, release)(sound), sound)
        ]
        errors.append(wrong[0] - wrong[1])
    assert max(errors) < -6.0
    assert np.mean(errors) < -10.0


def _fitting(one, other):
    both = np.sum(one.samples.astype(np.float64) * other.samples)
    return float(both / np.sum(np.square(one.samples, dtype=np.float64)))
