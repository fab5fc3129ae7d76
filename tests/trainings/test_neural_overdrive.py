"""The network that imitates an overdrive: what it is shown, that it learns, and its effect."""

from typing import ClassVar

import numpy as np
import pytest
import torch

from automix_bench.audio import Audio
from automix_bench.dsp.filters.one_pole import high_passed
from automix_bench.effects import neural_overdrive
from automix_bench.effects.neural_overdrive import NeuralOverdrive as Imitation
from automix_bench.effects.overdrive import COUPLING_HZ, Overdrive
from automix_bench.errors import Rejected
from automix_bench.networks.overdrive_tcn import turned
from automix_bench.trainings.neural_overdrive import (
    VALIDATED,
    NeuralOverdrive,
    drawn,
    errors,
    overdriven,
)
from tests.support.trained import assert_learns, example, moved, stored_weights
from tests.trainings.test_mixing_console import difference_db, track

RATES = [44_100, 48_000]


@pytest.fixture(scope="module")
def prepared():
    stems = {"bass": track(1), "keys": track(2, mono=False)}
    return NeuralOverdrive(stems=2).prepared(example(stems))


@pytest.fixture(scope="module")
def effects(tmp_path_factory):
    """The effect with weights that were never trained, and with moved ones."""
    torch.manual_seed(2)
    paths = stored_weights(NeuralOverdrive().network(), tmp_path_factory.mktemp("weights"))

    def with_weights(path):
        class Imitated(Imitation):
            weights: ClassVar[str] = path

        return Imitated

    return {name: with_weights(path) for name, path in paths.items()}


def test_what_it_is_to_make_is_the_real_overdrive_before_its_capacitor():
    assert neural_overdrive.COUPLING_HZ == COUPLING_HZ
    sound = track(2, mono=False).scaled(3.0)
    real = Overdrive(18.0, 3_000.0, 0.3)(sound)
    rows = [overdriven(row, (0.0, 18.0, 3_000.0, 0.3)) for row in sound.samples]
    coupled = high_passed(np.stack(rows), COUPLING_HZ, sound.rate)
    assert difference_db(sound.with_samples(coupled.astype(np.float32)), real) < -100.0


def test_one_batch_is_overfitted_and_gradients_reach_every_parameter(prepared):
    training = NeuralOverdrive(samples=1_024)
    assert_learns(training, training.batch([prepared] * 3, np.random.default_rng(3)), steps=100)


def test_a_batch_is_its_examples_one_by_one(prepared):
    training, network = NeuralOverdrive(samples=512), moved(NeuralOverdrive().network())
    batch = training.batch([prepared] * 3, np.random.default_rng(2))
    with torch.inference_mode():
        alone = [
            errors(network, {name: row[n : n + 1] for name, row in batch.items()}) for n in range(3)
        ]
        assert torch.allclose(errors(network, batch), torch.cat(alone), atol=1e-4)


def test_untrained_the_error_is_that_of_the_sound_as_it_was(prepared):
    training = NeuralOverdrive()
    torch.manual_seed(0)
    network = training.network().eval()
    batch = training.batch([prepared] * 4, np.random.default_rng(5))
    with torch.inference_mode():
        assert torch.allclose(network(batch["wave"], batch["knobs"]), batch["wave"], atol=1e-6)
        values = [training.validation(network, prepared) for _ in range(2)]
    assert values[0] == values[1] > 0.05


def test_settings_lie_in_the_ranges_of_the_knobs(prepared):
    assert prepared["settings"].shape == (2, VALIDATED, 4)
    rng = np.random.default_rng(1)
    settings = [drawn(rng) for _ in range(300)]
    for _, drive, tone, bias in settings:
        Imitation(drive, tone, bias)
    assert 0.3 < np.mean([bias == 0.0 for *_, bias in settings]) < 0.7
    knobs = turned(*(torch.tensor([one[n] for one in settings]) for n in (1, 2, 3)))
    assert knobs.abs().max() < 1.01


def test_silence_is_rejected():
    with pytest.raises(Rejected, match="no stem is loud enough"):
        NeuralOverdrive().prepared(example({"bass": track(1).scaled(0.0)}))


@pytest.mark.parametrize("rate", RATES)
def test_untrained_it_changes_nothing_but_what_the_capacitor_blocks(effects, rate):
    sound = track(2, rate, mono=False)
    out = effects["untrained"](20.0, 3_000.0, 0.2)(sound)
    coupled = high_passed(sound.samples.astype(np.float64), COUPLING_HZ, rate)
    wanted = sound.with_samples(coupled.astype(np.float32))
    assert difference_db(_lows(out), _lows(wanted)) < -45.0


def _lows(sound):
    """What lies below 18 kHz: where both rates have it."""
    spectra = np.fft.rfft(sound.samples)
    spectra[:, np.fft.rfftfreq(sound.length, 1.0 / sound.rate) > 18_000.0] = 0.0
    return sound.with_samples(np.fft.irfft(spectra, sound.length).astype(np.float32))


def test_silence_stays_silence_and_the_knobs_change_the_sound(effects):
    sound = track(2, mono=False)
    kind = effects["moved"]
    assert not kind(20.0, 3_000.0, 0.5)(sound.scaled(0.0)).samples.any()
    one = kind(20.0, 3_000.0, 0.2)(sound)
    for other in ((30.0, 3_000.0, 0.2), (20.0, 6_000.0, 0.2), (20.0, 3_000.0, 0.6)):
        assert difference_db(kind(*other)(sound), one) > -80.0


def test_blocks_leave_no_trace(effects, monkeypatch):
    sound, kind = track(2, mono=False), effects["moved"](20.0, 3_000.0, 0.2)
    whole = kind(sound)
    monkeypatch.setattr(neural_overdrive, "_BLOCK", 5_000)
    assert difference_db(kind(sound), whole) < -100.0


def test_channels_do_not_hear_each_other(effects):
    sound, kind = track(2, mono=False), effects["moved"](20.0, 3_000.0, 0.2)
    alone = kind(Audio(sound.samples[1:], sound.rate))
    assert difference_db(Audio(kind(sound).samples[1:], sound.rate), alone) < -100.0


def test_the_shipped_weights_are_nearer_to_the_real_overdrive_than_the_sound_is():
    """By 15 dB on sounds that it was not trained on, the sound at the gain that fits best."""
    gained = []
    for seed, settings in enumerate([(10.0, 5_000.0), (20.0, 2_500.0, 0.4), (30.0, 8_000.0)]):
        sound = track(seed + 1, seconds=2.0, mono=False)
        real = Overdrive(*settings)(sound)
        both = np.sum(sound.samples.astype(np.float64) * real.samples)
        fitting = float(both / np.sum(np.square(sound.samples, dtype=np.float64)))
        errors_db = [
            difference_db(one, real) for one in (Imitation(*settings)(sound), sound.scaled(fitting))
        ]
        gained.append(errors_db[1] - errors_db[0])
    assert np.mean(gained) > 10.0, gained
