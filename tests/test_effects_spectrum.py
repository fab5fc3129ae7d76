"""Equalisers and filters."""

import numpy as np
import pytest
from scipy import signal

from automix_bench.dsp import biquad
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.peaking_eq import PeakingEQ
from tests.sounds import RATES, response_db, sounding


def bell(s, a, q):
    return (s**2 + s * a / q + 1.0) / (s**2 + s / (a * q) + 1.0)


def low(s, a, q):
    return a * (s**2 + s * np.sqrt(a) / q + a) / (a * s**2 + s * np.sqrt(a) / q + 1.0)


def high(s, a, q):
    return a * (a * s**2 + s * np.sqrt(a) / q + 1.0) / (s**2 + s * np.sqrt(a) / q + a)


@pytest.mark.parametrize("rate", [8_000, *RATES])
@pytest.mark.parametrize(
    ("effect", "prototype"), [(PeakingEQ, bell), (LowShelf, low), (HighShelf, high)]
)
@pytest.mark.parametrize(
    ("hz", "gain_db", "q"), [(200.0, 6.0, 0.7), (3_000.0, -18.0, 2.0), (900.0, 12.0, 0.3)]
)
def test_an_eq_is_its_analogue_prototype_through_the_bilinear_transform(
    rate, effect, prototype, hz, gain_db, q
):
    frequencies, heard = response_db(effect(hz, gain_db, q), rate)
    s = 1j * np.tan(np.pi * frequencies[:-1] / rate) / np.tan(np.pi * hz / rate)
    wanted = 20.0 * np.log10(np.abs(prototype(s, 10.0 ** (gain_db / 40.0), q)))
    np.testing.assert_allclose(heard[:-1], wanted, atol=2e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("gain_db", [-24.0, -6.0, 6.0, 24.0])
def test_6_db_is_6_db(rate, gain_db):
    hz = rate / 64.0
    frequencies, bell_db = response_db(PeakingEQ(hz, gain_db, 2.0), rate)
    centre = int(np.argmin(np.abs(frequencies - hz)))
    assert bell_db[centre] == pytest.approx(gain_db, abs=1e-4)
    assert bell_db[[0, -1]] == pytest.approx([0.0, 0.0], abs=1e-3)
    _, low_db = response_db(LowShelf(hz, gain_db, 0.7071), rate)
    assert low_db[[0, centre, -1]] == pytest.approx([gain_db, gain_db / 2.0, 0.0], abs=1e-3)
    _, high_db = response_db(HighShelf(hz, gain_db, 0.7071), rate)
    assert high_db[[0, centre, -1]] == pytest.approx([0.0, gain_db / 2.0, gain_db], abs=1e-3)


@pytest.mark.parametrize("design", [biquad.peaking, biquad.low_shelf, biquad.high_shelf])
def test_sections_are_minimum_phase_and_filter_as_scipy_does(design):
    audio = sounding(2, 5_000, 48_000)
    for hz in (25.0, 1_000.0, 19_000.0):
        s = design(hz, 9.0, 0.8, 48_000)
        assert np.abs(np.roots([s.b0, s.b1, s.b2])).max() < 1.0
        assert np.abs(np.roots([1.0, s.a1, s.a2])).max() < 1.0
        wanted = signal.lfilter([s.b0, s.b1, s.b2], [1.0, s.a1, s.a2], audio.samples.astype(float))
        np.testing.assert_allclose(biquad.filtered(audio, s).samples, wanted, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("effect", [PeakingEQ, LowShelf, HighShelf])
def test_an_eq_of_0_db_changes_no_bit(effect):
    audio = sounding(2, 5_000, 44_100)
    assert np.array_equal(effect(1_234.5, 0.0, 0.9)(audio).samples, audio.samples)
