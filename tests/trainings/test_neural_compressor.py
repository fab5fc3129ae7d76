"""The network that imitates a compressor: what it learns from, that it learns, and its effect."""

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.frame_levels import (
    FRAMES_PER_SECOND,
    frame_levels_db,
    frame_means,
    with_frame_gains,
)
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.neural_compressor import NeuralCompressor as Effect
from automix_bench.errors import Rejected
from automix_bench.networks.compressor_tcn import SEEN, compressor_tcn, reduction_db
from automix_bench.trainings.neural_compressor import (
    NeuralCompressor,
    _batch,
    _errors,
    drawn,
    true_reduction_db,
)
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns, example
from tests.trainings.test_mixing_console import difference_db, moved, track

RATES = [44_100, 48_000]


@pytest.fixture(scope="module")
def prepared():
    return NeuralCompressor(draws=3).prepared(example({"bass": track(1), "kick": track(2)}))


def sine(rate, level, seconds=1.0):
    n = np.arange(int(seconds * rate))
    wave = level * np.sin(2.0 * np.pi * 4_000.0 * n / rate)
    return Audio(np.stack([0.5 * wave, wave]).astype(np.float32), rate)


@pytest.mark.parametrize("rate", [8_000, *RATES, 96_000])
def test_levels_of_frames_are_those_of_the_loudest_channel(rate):
    if rate == 8_000:
        wave = np.tile(np.float32([0.1, -0.1]), rate)[np.newaxis]
        assert np.allclose(frame_levels_db(Audio(wave, rate)), -20.0, atol=1e-4)
        return
    levels = frame_levels_db(sine(rate, 0.5))
    assert levels.shape[1] == pytest.approx(FRAMES_PER_SECOND, abs=1.0)
    assert np.median(levels[0]) == pytest.approx(-6.02, abs=0.2)
    assert np.median(levels[1]) == pytest.approx(-9.03, abs=0.2)
    assert (frame_levels_db(sine(rate, 0.0)) == -90.0).all()


@pytest.mark.parametrize("rate", RATES)
def test_the_true_reduction_played_by_frames_is_the_compressor(rate):
    sound, effect = track(2, rate, mono=False).scaled(3.0), Effect(-30.0, 4.0, 20.0, 200.0)
    real = Compressor(-30.0, 4.0, 0.0, 20.0, 200.0, 0.0)(sound)
    played = with_frame_gains(sound, -true_reduction_db(effect, sound))
    assert difference_db(real, sound) > -12.0
    assert difference_db(played, real) < -40.0


def test_means_of_frames_have_the_mean_of_all():
    values = np.arange(32.0 * 50)
    means = frame_means(values, 44_100)
    assert means[:2].tolist() == [15.5, 47.5]
    assert means.mean() == pytest.approx(values.mean())


def test_drawn_settings_fill_their_ranges():
    rng = np.random.default_rng(1)
    shares = np.array([drawn(rng).shares() for _ in range(300)])
    assert (shares.min(axis=0) < 0.05).all()
    assert (shares.max(axis=0) > [0.95, 0.85, 0.95, 0.95]).all()
    assert Effect(-50.0, 1.0, 1.0, 20.0).shares() == [0.0, 0.0, 0.0, 0.0]
    assert Effect(-5.0, 10.0, 50.0, 400.0).shares() == pytest.approx([1.0, 0.9, 1.0, 1.0])


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    batch = _batch([(prepared, n, slice(0, 400), 0) for n in (0, 4)])
    assert_learns(NeuralCompressor(), batch, steps=150)


def test_a_batch_is_its_examples_one_by_one(prepared):
    network = moved(compressor_tcn())
    rows = [(prepared, n, slice(0, 900), 0) for n in range(3)]
    alone = [float(_errors(network, _batch([row]))[0].detach()) for row in rows]
    assert _errors(network, _batch(rows)).tolist() == pytest.approx(alone, abs=1e-4)


def test_nothing_is_heard_ahead_and_only_so_far_back():
    network, shares = moved(compressor_tcn()), torch.rand(1, 4)
    levels = -60.0 + 50.0 * torch.rand(1, 2, SEEN + 300)
    other = levels.clone()
    other[:, :, 200] += 20.0
    with torch.inference_mode():
        plain, changed = (reduction_db(network, one, shares)[0] for one in (levels, other))
    changed = (changed - plain).abs()
    assert float(changed[:200].max()) == 0.0
    assert float(changed[200]) > 0.0
    assert float(changed[200 + SEEN + 1 :].max()) < 1e-5


def test_frames_that_only_come_before_and_silent_ones_do_not_count(prepared):
    training = NeuralCompressor(frames=64)
    batch = training.batch([prepared] * 6, np.random.default_rng(3))
    assert (batch["asked"].sum(dim=1) <= batch["asked"].shape[1]).all()
    assert set(batch["asked"].unique().tolist()) <= {0.0, 1.0}
    silent = _batch([({**prepared, "levels": prepared["levels"] * 0.0 - 80.0}, 0, slice(9), 0)])
    assert not silent["asked"].any()
    with pytest.raises(Rejected, match="no stem is loud enough"):
        training.prepared(example({"bass": track(1).scaled(0.0)}))


def test_what_the_network_says_is_played(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(packed(moved(compressor_tcn()).state_dict(), {}))
    effect = Effect(-30.0, 4.0, 5.0, 100.0)
    reduction = effect.reduction_db(frame_levels_db(track(2)), str(path))
    assert (reduction >= 0.0).all()
    assert np.ptp(reduction) > 0.0
    other = Effect(-10.0, 2.0, 5.0, 100.0).reduction_db(frame_levels_db(track(2)), str(path))
    assert np.abs(other - reduction).max() > 1e-3
