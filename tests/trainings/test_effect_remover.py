"""The networks of effect removal: what they are shown, and what their model does."""

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio, rms_db
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.errors import Rejected, UsageError
from automix_bench.model import Brief
from automix_bench.model_parts.mel_frames import BANDS
from automix_bench.model_parts.removal_sounds import (
    EFFECTS,
    curve_features,
    played_gains,
    removal_mels,
)
from automix_bench.models.learned.effect_remover import EffectRemover as Model
from automix_bench.networks.effect_remover import KNOTS, TAPS, straightened
from automix_bench.recipe_parts.effect_removal import NAMES
from automix_bench.trainings.effect_remover import CHAINS, EffectRemover, _losses
from automix_bench.weights.store import packed
from tests.support.trained import assert_learns, example, moved
from tests.trainings.test_mixing_console import difference_db, track

RATES = [44_100, 48_000]


@pytest.fixture(scope="module")
def prepared():
    stems = {"bass": track(1), "keys": track(2, mono=False)}
    return EffectRemover(stems=1).prepared(example(stems))


def stored(network, folder, name, logit=None):
    """The path of weights; with `logit`, the detector always says it of every effect."""
    if logit is not None:
        with torch.no_grad():
            network.detector.head[-1].bias.fill_(logit)
            network.detector.head[-1].weight.zero_()
    path = folder / f"{name}.safetensors"
    path.write_bytes(packed(network.state_dict(), {}))
    return str(path)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(3)
    network = EffectRemover().network()
    return {
        "deaf": stored(network, folder, "deaf", -9.0),
        "sure": stored(network, folder, "sure", 9.0),
        "moved": stored(moved(network), folder, "moved"),
    }


def test_names_are_those_of_the_recipe():
    assert EFFECTS == NAMES


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = EffectRemover(frames=24)
    batch = training.batch([prepared], np.random.default_rng(1))
    assert_learns(training, batch, steps=60)


def test_each_sound_has_the_effects_that_its_label_says(prepared):
    labels = prepared["labels"][0]
    assert labels.shape == (1 + len(EFFECTS) + CHAINS, len(EFFECTS))
    assert not labels[0].any()
    assert np.array_equal(labels[1 : 1 + len(EFFECTS)], np.eye(len(EFFECTS), dtype=bool))
    assert (labels[1 + len(EFFECTS) :].sum(axis=1) >= 2).all()
    mels = np.square(prepared["mels"][0].astype(float))
    moved_by = np.abs(np.log10(mels[1:].mean(axis=2) / mels[0].mean(axis=1) + 1e-3))
    assert (moved_by.max(axis=(1, 2)) > 0.01).all()


def test_a_batch_is_its_examples_one_by_one(prepared):
    training, network = EffectRemover(), moved(EffectRemover().network())
    batch = training.batch([prepared] * 3, np.random.default_rng(2))
    with torch.inference_mode():
        for run, shown in (
            (network.detector, batch["mels"][:, 1] * 50.0),
            (network.gains["reverb"], batch["mels"][:, 1].mean(dim=1)),
            (lambda x: network.curve(x)[0], batch["features"]),
        ):
            alone = torch.cat([run(one[None]) for one in shown])
            assert torch.allclose(run(shown), alone, atol=1e-4)
        bent = straightened(batch["bent"], *network.curve(batch["features"]))
        for n in range(3):
            part = slice(n, n + 1)
            one = straightened(batch["bent"][part], *network.curve(batch["features"][part]))
            assert torch.allclose(bent[part], one, atol=1e-4)


def test_every_network_adds_its_own_loss(prepared):
    network = EffectRemover().network().eval()
    batch = EffectRemover().batch([prepared], np.random.default_rng(1))
    losses = _losses(network, batch)
    assert len(losses) == 2 + 2 * (len(EFFECTS) - 1)
    clean = [float(one.detach()) for one in losses[3::2]]
    assert clean == [0.0] * 4  # a dry sound through 0 dB


def test_silence_is_rejected():
    with pytest.raises(Rejected, match="no stem is loud enough"):
        EffectRemover().prepared(example({"bass": track(1).scaled(0.0)}))


# What the networks say, played.


@pytest.mark.parametrize("rate", RATES)
def test_gains_are_played_where_they_are_said(rate):
    sound = track(2, rate, mono=False)
    mels = removal_mels(sound)
    frames = mels.shape[1]
    same = played_gains(sound, np.zeros((frames, BANDS)))
    assert difference_db(same, sound) < -100.0
    gains = np.zeros((frames, BANDS))
    gains[frames // 2 :] = -20.0
    gains[:, :30] -= 10.0
    got = removal_mels(played_gains(sound, gains))
    changes = 10.0 * np.log10(got.mean(axis=0) / mels.mean(axis=0))
    loud = mels.mean(axis=0) > 1e-3 * mels.mean()
    inner = np.zeros_like(loud)
    inner[2 : frames // 2 - 3, 33:] = inner[frames // 2 + 3 : -2, 33:] = True
    inner[2 : frames // 2 - 3, 2:28] = inner[frames // 2 + 3 : -2, 2:28] = True
    errors = np.abs(changes - gains)[inner & loud]
    assert np.median(errors) < 0.5
    assert np.percentile(errors, 90) < 2.0


def test_a_sound_shorter_than_a_window_is_played_too():
    short = track(1).excerpt(0, 500)
    assert difference_db(played_gains(short, np.zeros((1, BANDS))), short) < -100.0


def test_the_curve_that_inverts_a_soft_clip_undoes_it():
    clean = track(2).samples[:1].astype(np.float64)
    clean = clean * (0.9 / np.abs(clean).max())
    bent = SoftClip(9.0)(Audio(clean.astype(np.float32), 44_100)).samples.astype(np.float64)
    peak = np.abs(bent).max()
    knots = 1.0 - np.square(1.0 - np.linspace(0.0, 1.0, KNOTS + 1))
    drive = 10.0 ** (9.0 / 20.0)
    wanted = np.arctanh(knots * peak * np.tanh(drive)) / drive
    slopes = np.log(np.diff(wanted) / np.diff(knots))
    taps = torch.zeros(1, TAPS, dtype=torch.float64)
    taps[0, TAPS // 2] = 1.0
    said = torch.tensor(np.stack([slopes, slopes])[None])
    got = straightened(torch.tensor(bent[None]), said, taps)[0].numpy()
    error = np.sum((got - clean) ** 2) / np.sum(clean**2)
    assert 10.0 * np.log10(error) < -40.0
    upside_down = straightened(-torch.tensor(bent[None]), said, taps)[0].numpy()
    assert np.allclose(upside_down, -got, atol=1e-9)


def test_features_of_a_curve_do_not_hear_the_level_but_the_distortion():
    sound = track(2).samples[0].astype(np.float64)
    plain, soft = curve_features(sound, 44_100), curve_features(0.01 * sound, 44_100)
    assert np.abs(plain - soft).max() < 1e-3
    bent = curve_features(np.tanh(20.0 * sound / np.abs(sound).max()), 44_100)
    assert np.abs(plain - bent)[:48].max() > 0.3


# The model.


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_what_no_network_hears_an_effect_in_is_returned_as_it_is(weights, rate, channels):
    sound = track(2, rate, mono=False)
    stems = {"x": sound.with_samples(sound.samples[:channels]), "silent": sound.scaled(0.0)}
    answer = Model(weights["deaf"])(Brief(stems))
    assert all(np.array_equal(answer.stems[n].samples, stems[n].samples) for n in stems)


@pytest.mark.parametrize("rate", RATES)
def test_untrained_networks_change_nothing_where_all_effects_are_heard(weights, rate):
    sound = track(2, rate, mono=False)
    got = Model(weights["sure"]).cleaned(sound)
    assert not np.array_equal(got.samples, sound.samples)
    assert difference_db(got, sound) < -60.0


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_told_effect_is_taken_away_at_the_loudness_of_the_stem(weights, effect):
    sound = track(4, mono=False)
    got = Model(weights["moved"], told=(effect,)).cleaned(sound)
    assert difference_db(got, sound) > -50.0
    assert integrated_lufs(got) == pytest.approx(integrated_lufs(sound), abs=0.02)
    twice = Model(weights["moved"], told=(effect,)).cleaned(sound.scaled(2.0))
    assert difference_db(twice.scaled(0.5), got) < -50.0


def test_only_effects_that_are_asked_for_are_taken_away(weights):
    sound = track(4, mono=False)
    assert Model(weights["sure"], effects=()).cleaned(sound) is sound
    assert rms_db(Model(weights["sure"], effects=("reverb",)).cleaned(sound)) == pytest.approx(
        rms_db(sound), abs=0.1
    )


@pytest.mark.parametrize("setting", ["effects", "told"])
def test_effects_that_it_does_not_know_are_refused(setting):
    with pytest.raises(UsageError, match=f"{setting}: expected some of .*'delays', did you mean"):
        Model(**{setting: ("delays",)})


@pytest.mark.parametrize(("rate", "channels"), [(3_000, 1), (44_100, 7)])
def test_what_has_no_loudness_is_returned_as_it_is(rate, channels):
    rng = np.random.default_rng(0)
    stem = Audio((0.1 * rng.standard_normal((channels, rate))).astype(np.float32), rate)
    assert np.array_equal(Model().cleaned(stem).samples, stem.samples)
