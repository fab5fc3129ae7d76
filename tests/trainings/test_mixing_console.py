"""The network of the mixing console: what it must do before it is trained, and while it is."""

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.errors import Rejected
from automix_bench.model import Brief
from automix_bench.model_parts.roles import ROLES, role_number
from automix_bench.model_parts.track_features import FEATURES, track_features
from automix_bench.models.equal_loudness import EqualLoudness
from automix_bench.models.learned.mixing_console import MixingConsole as Model
from automix_bench.networks.mixing_console import MixingConsoleNetwork
from automix_bench.training.mix_frames import console_distances, mix_batch, prepared_mix
from automix_bench.trainings.mixing_console import MixingConsole
from tests.support.trained import assert_learns, moved, stored_weights

RATE = 44_100


def track(seed, rate=RATE, seconds=1.5, mono=True):
    """Noise of one colour, in bursts."""
    rng = np.random.default_rng(seed)
    n = np.arange(int(seconds * rate))
    noise = rng.standard_normal((2, len(n)))
    smoothed = np.cumsum(noise, axis=1) * 0.02 if seed % 2 else noise
    smoothed -= smoothed.mean(axis=1, keepdims=True)
    samples = 0.05 * smoothed * np.exp(-(n % (rate // (1 + seed % 4))) / (0.1 * rate))
    return Audio((samples[:1].repeat(2, 0) if mono else samples).astype(np.float32), rate)


def song(seed, tracks=3, rate=RATE):
    """Tracks, and the mix of an engineer who likes some louder and on the left."""
    stems = {f"t{n}": track(10 * seed + n, rate, mono=n != 1) for n in range(tracks)}
    sides = np.float32([[1.0], [0.3]])
    mix = total(
        one.with_samples(one.samples * sides * (0.2 + n)) for n, one in enumerate(stems.values())
    )
    return stems, mix


def prepared(seed, tracks=3, rate=RATE):
    stems, mix = song(seed, tracks, rate)
    return prepared_mix(f"s{seed}", stems, mix, frames=6)


@pytest.fixture(scope="module")
def examples():
    return [prepared(1, 3), prepared(2, 5), prepared(3, 1)]


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(examples):
    batch = mix_batch(examples[:2], None, 0)
    assert_learns(MixingConsole(roles=True), batch, steps=120, elsewhere=False)


def test_a_batch_is_its_examples_one_by_one(examples):
    training, network = MixingConsole(), moved(MixingConsole().network())
    alone = [training.validation(network, one) for one in examples]
    together = console_distances(network, mix_batch(examples, None, 0))
    assert together.tolist() == pytest.approx(alone, abs=1e-4)


def test_the_order_of_tracks_has_no_meaning():
    network = moved(MixingConsoleNetwork(FEATURES))
    features = torch.randn(1, 7, FEATURES, generator=torch.Generator().manual_seed(3))
    there, order = torch.ones(1, 7, dtype=torch.bool), torch.tensor([3, 1, 6, 0, 2, 5, 4])
    strips, bus = network(features, there)
    shuffled, same_bus = network(features[:, order], there)
    assert torch.allclose(strips[:, order], shuffled, atol=1e-5)
    assert torch.allclose(bus, same_bus, atol=1e-5)


def test_frames_are_drawn_by_the_generator_alone(examples):
    one, same, other = (
        MixingConsole(frames=2).batch(examples, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["mix"], other["mix"])
    assert one["mix"].shape[2] == 2


def test_few_knobs_leave_the_others_where_they_are():
    network = moved(MixingConsole(few_knobs=True).network())
    strips, bus = network(torch.randn(1, 3, FEATURES), torch.ones(1, 3, dtype=torch.bool))
    assert int((strips[0, 0] != 0.0).sum()) == 2
    assert not bus.any()


def test_what_cannot_be_learned_from_is_rejected():
    stems, mix = song(1)
    with pytest.raises(Rejected, match="no track is loud enough"):
        prepared_mix("x", {"t": mix.scaled(0.0)}, mix)
    with pytest.raises(Rejected, match="stereo"):
        prepared_mix("x", stems, Audio(mix.samples[:1], RATE))


def test_features_are_the_same_for_a_sound_at_another_rate_and_level_matched():
    from automix_bench.dsp.resampled import resampled

    sound = track(4, 48_000)
    one, other = track_features(sound), track_features(resampled(sound, 44_100))
    assert np.isfinite(one).all()
    assert np.abs(one - other)[:56].max() < 0.1  # the highest bands lose what lies above 16 kHz
    assert one.shape == (FEATURES,)


def test_roles_are_told_by_names():
    assert [role_number(one) for one in ("bass", "guitar-2", "x17")] == [3, 4, 0]
    assert len(set(ROLES)) == len(ROLES)


# The model.


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Weights of a network that was never trained, and of one that was moved."""
    return stored_weights(MixingConsole().network(), tmp_path_factory.mktemp("weights"))


def difference_db(one, other):
    error = np.sum((one.samples.astype(float) - other.samples) ** 2)
    return 10.0 * np.log10(error / np.sum(other.samples.astype(float) ** 2) + 1e-30)


def test_an_untrained_network_mixes_at_equal_loudness(weights):
    stems, _ = song(1, 4)
    model = Model(weights["untrained"], reverb=False, compression=False)
    mix = model(Brief(stems)).stems["mix"]
    equal = EqualLoudness()(Brief(stems)).stems["mix"]
    level = integrated_lufs(equal) - integrated_lufs(mix)
    assert difference_db(mix.scaled(10.0 ** (level / 20.0)), equal) < -60.0


@pytest.mark.parametrize("rate", [8_000, 48_000])
@pytest.mark.parametrize("tracks", [1, 9])
def test_the_declared_console_is_the_mix(weights, rate, tracks):
    stems, _ = song(2, tracks, rate)
    answer = Model(weights["moved"])(Brief(stems))
    _, mix = answer.console.routed(stems, lambda _, chain, audio: chain(audio), total)
    assert np.array_equal(mix.samples, answer.stems["mix"].samples)
    assert integrated_lufs(mix) == pytest.approx(-23.0, abs=0.01)


def test_order_level_and_silence_do_not_change_the_mix(weights):
    model, (stems, _) = Model(weights["moved"]), song(3, 4)
    mix = model(Brief(stems)).stems["mix"]
    turned = dict(reversed(stems.items()))
    assert np.array_equal(model(Brief(turned)).stems["mix"].samples, mix.samples)
    louder = {name: one.scaled(2.0) for name, one in stems.items()}
    assert difference_db(model(Brief(louder)).stems["mix"], mix) < -60.0
    silent = {**stems, "silence": mix.scaled(0.0)}
    assert difference_db(model(Brief(silent)).stems["mix"], mix) < -60.0


def test_mono_songs_the_residual_and_silence_have_a_mix(weights):
    model, (stems, _) = Model(weights["moved"]), song(4, 3)
    mono = {name: Audio(one.samples[:1], RATE) for name, one in stems.items()}
    assert model(Brief(mono)).stems["mix"].channels == 1
    answer = model(Brief({"residual": stems["t0"], "vocals": stems["t1"]}))
    assert [type(one).__name__ for one in answer.console.strips["residual"].effects] == ["Gain"]
    silence = {name: one.scaled(0.0) for name, one in stems.items()}
    assert not model(Brief(silence)).stems["mix"].samples.any()
    with pytest.raises(ValueError, match="at least one stem"):
        model(Brief({}))


def test_switches_leave_parts_out(weights):
    stems, _ = song(5, 3)

    def effects(**switches):
        console: Console = Model(weights["moved"], **switches)(Brief(stems)).console
        return console, {type(e).__name__: e for c in console.strips.values() for e in c.effects}

    console, _ = effects(reverb=False)
    assert not console.auxes
    _, by_name = effects(compression=False, panning=False, equaliser=False)
    assert (by_name["Compressor"].ratio, by_name["Pan"].pan) == (1.0, 0.0)
    assert by_name["Compressor"].makeup_db == 0.0
    assert by_name["PeakingEQ"].gain_db == by_name["LowShelf"].gain_db == 0.0


def test_the_fingerprint_is_that_of_the_weights(weights):
    assert Model(weights["moved"]).fingerprint() != Model(weights["untrained"]).fingerprint()
