"""The model `matchering`: only where its package is installed."""

import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from automix_bench.audio import Audio, total
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effect import Unsuitable
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.errors import MissingPart
from automix_bench.hosting import matchering_match
from automix_bench.hosting.matchering_match import matched
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.model import Brief
from automix_bench.models.matchering import Matchering

installed = pytest.mark.skipif(not find_spec("matchering"), reason="matchering is not installed")


@pytest.fixture
def stems(noise):
    return {name: noise(seconds=3.0, seed=n) for n, name in enumerate(("bass", "lead"))}


@pytest.fixture
def reference(noise):
    """Another sound with far less treble, and 6 dB quieter."""
    return HighShelf(2_000.0, -12.0, 0.7)(noise(seconds=4.0, seed=7)).scaled(0.5)


@installed
def test_the_mix_gets_the_spectrum_and_the_loudness_of_the_reference(stems, reference):
    mix = total(stems.values())
    got = Matchering()(Brief(stems, reference)).stems["mix"]
    excerpt = reference.excerpt(0, got.length)
    before = third_octave_distance(reference=excerpt, estimate=mix)
    after = third_octave_distance(reference=excerpt, estimate=got)
    assert (got.rate, got.samples.shape) == (mix.rate, mix.samples.shape)
    assert after < before / 3.0
    assert abs(integrated_lufs(got) - integrated_lufs(excerpt)) < 1.0


@installed
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_other_rates_and_mono_keep_their_shape(noise, rate):
    stem = noise(channels=1, rate=rate, seconds=2.0)
    got = Matchering()(Brief({"lead": stem}, noise(channels=1, rate=rate, seconds=2.0, seed=3)))
    assert (got.stems["mix"].rate, got.stems["mix"].samples.shape) == (rate, stem.samples.shape)


@installed
def test_its_limiter_can_be_turned_off(stems, reference):
    peaks = [
        float(np.abs(Matchering(limit)(Brief(stems, reference)).stems["mix"].samples).max())
        for limit in (True, False)
    ]
    assert peaks[0] < peaks[1]


@installed
def test_what_is_silent_or_too_short_is_the_plain_sum(stems, reference):
    mix = total(stems.values())
    short = {name: stem.excerpt(0, 4_096) for name, stem in stems.items()}
    for brief in (
        Brief(stems),
        Brief(stems, reference.scaled(0.0)),
        Brief(short, reference),
    ):
        plain = total(brief.stems.values())
        assert np.array_equal(Matchering()(brief).stems["mix"].samples, plain.samples)
    silence = {name: stem.scaled(0.0) for name, stem in stems.items()}
    assert not Matchering()(Brief(silence, mix)).stems["mix"].samples.any()


@installed
def test_more_than_two_channels_are_refused(reference):
    three = Audio(np.ones((3, 10_000), np.float32) * 0.1, reference.rate)
    with pytest.raises(Unsuitable, match=r"two channels at most, got 3 \(target\)"):
        matched(three, reference, wanted_by="matchering")


def test_where_it_is_missing_the_message_says_how_to_install_it(stems, reference, monkeypatch):
    monkeypatch.setattr(matchering_match.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPart, match="matchering needs matchering, which is not installed"):
        Matchering()(Brief(stems, reference))


def test_naming_the_model_does_not_import_the_package():
    code = (
        "import sys; from automix_bench import plugin; plugin.load('models', 'matchering'); "
        "print('matchering' in sys.modules)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
