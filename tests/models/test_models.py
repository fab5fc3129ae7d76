"""What every model must do. A new file in models/ is tested without a change here."""

import inspect
from importlib.util import find_spec

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import total
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.evaluation.entry import instance
from automix_bench.model import Answer, Brief, TruthReader

MODELS = {name: instance(name, plugin.load("models", name)) for name in plugin.names("models")}
NEEDS = {"dereverb": "nara_wpe", "matchering": "matchering"}
"""Packages that models need beyond those that are always installed."""

PLAYING = [
    model
    for name, model in MODELS.items()
    if not isinstance(model, TruthReader) and (name not in NEEDS or find_spec(NEEDS[name]))
]


@pytest.fixture(params=[(1, 16_000), (2, 44_100), (2, 48_000)], ids=str)
def brief(request, noise):
    channels, rate = request.param
    levels = {"drums": 0.3, "bass-1": 0.1, "bass-2": 0.02, "residual": 0.001}
    return Brief(
        {
            name: noise(channels=channels, rate=rate, seed=n, rms=rms)
            for n, (name, rms) in enumerate(levels.items())
        }
    )


@pytest.mark.parametrize("model", PLAYING, ids=lambda model: type(model).__name__)
def test_an_answer_fits_its_brief_and_is_the_same_twice(model, brief):
    shown = {name: stem.samples.copy() for name, stem in brief.stems.items()}
    one, two = model(brief), model(brief)
    some = next(iter(brief.stems.values()))
    assert one.stems or one.values
    assert one.values == two.values
    for name, audio in one.stems.items():
        assert (audio.rate, audio.samples.shape) == (some.rate, some.samples.shape)
        assert np.array_equal(audio.samples, two.stems[name].samples)
    for name, samples in shown.items():
        assert np.array_equal(brief.stems[name].samples, samples)


@pytest.mark.parametrize("model", PLAYING, ids=lambda model: type(model).__name__)
def test_the_order_of_the_stems_means_nothing(model, brief):
    turned = Brief(dict(reversed(brief.stems.items())))
    for name, audio in model(brief).stems.items():
        np.testing.assert_allclose(model(turned).stems[name].samples, audio.samples, atol=1e-6)


@pytest.mark.parametrize("model", PLAYING, ids=lambda model: type(model).__name__)
def test_silence_is_answered_with_silence(model, brief):
    quiet = Brief({name: stem.scaled(0.0) for name, stem in brief.stems.items()})
    assert all(not audio.samples.any() for audio in model(quiet).stems.values())


def test_no_model_imports_the_engineer_of_the_composed_songs():
    for model in MODELS.values():
        assert "engineer" not in inspect.getsource(inspect.getmodule(model))


def test_do_nothing_and_plain_sum_do_what_they_say(brief):
    assert MODELS["do_nothing"](brief).stems == brief.stems
    mix = MODELS["plain_sum"](brief).stems["mix"]
    assert np.array_equal(mix.samples, total(brief.stems.values()).samples)


def test_equal_loudness_makes_every_track_as_loud(noise):
    # Tracks with no frequency in common: filtered out of the mix again, each is as loud.
    rng = np.random.default_rng(0)
    spectra = {name: np.zeros(88_201, dtype=complex) for name in ("low", "high")}
    spectra["low"][1_000:3_000] = rng.standard_normal(2_000) * 40
    spectra["high"][9_000:12_000] = rng.standard_normal(3_000) * 4
    template = noise(channels=1, seconds=4.0)
    stems = {
        name: template.with_samples(np.fft.irfft(spectrum, template.length)[np.newaxis])
        for name, spectrum in spectra.items()
    }
    assert integrated_lufs(stems["low"]) - integrated_lufs(stems["high"]) > 10.0
    mix = MODELS["equal_loudness"](Brief(stems)).stems["mix"]
    assert integrated_lufs(mix) == pytest.approx(-23.0, abs=0.01)
    mixed = np.fft.rfft(mix.samples[0].astype(float))
    parts = {
        name: template.with_samples(
            np.fft.irfft(mixed * (spectrum != 0), template.length)[np.newaxis]
        )
        for name, spectrum in spectra.items()
    }
    assert integrated_lufs(parts["low"]) == pytest.approx(integrated_lufs(parts["high"]), abs=0.1)


def test_equal_loudness_does_not_raise_what_is_under_the_gate(noise):
    stems = {"lead": noise(rms=0.1), "pad": noise(rms=1e-6, seed=1)}
    mix = MODELS["equal_loudness"](Brief(stems)).stems["mix"]
    alone = MODELS["equal_loudness"](Brief({"lead": stems["lead"]})).stems["mix"]
    np.testing.assert_allclose(mix.samples, alone.samples, atol=1e-4)


def test_the_oracle_answers_with_the_targets_it_is_told(brief):
    targets = {"mix": total(brief.stems.values())}
    assert MODELS["oracle"].knowing(brief, Answer(targets)) == Answer(stems=targets)
