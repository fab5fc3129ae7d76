"""Logarithms and powers of two against arithmetic of 40 digits, and the blocks that effects work
them out on."""

from decimal import Context, Decimal, localcontext

import numba
import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.dsp.dynamics.blocks import BLOCK, mean_into, multiplied_into, peaks_into
from automix_bench.dsp.dynamics.log_exp import (
    DB_PER_OCTAVE,
    OCTAVES_PER_DB,
    SMALLEST,
    log2,
    power_of_2,
)
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.drc import Drc
from automix_bench.effects.expander import Expander
from tests.support.signals import sounding

EPSILON = Decimal(2) ** -52
LARGEST = float(np.finfo(np.float64).max)
DIGITS = Context(prec=40)


@numba.njit
def logarithms(numbers):
    out = np.empty_like(numbers)
    for i in range(numbers.size):
        out[i] = log2(numbers[i])
    return out


@numba.njit
def powers(exponents):
    out = np.empty_like(exponents)
    for i in range(exponents.size):
        out[i] = power_of_2(exponents[i])
    return out


def numbers():
    """Of every size there is, and many around 1, where a logarithm is small."""
    rng = np.random.default_rng(0)
    everywhere = np.exp2(rng.uniform(-1022.0, 1023.99, 400))
    near = 1.0 + np.concatenate([rng.uniform(-0.5, 1.0, 400), 10.0 ** rng.uniform(-16, -1, 400)])
    edges = [SMALLEST, 0.5**0.5, np.nextafter(0.5**0.5, 0.0), 2.0**0.5, 2.0 - 1e-15, LARGEST]
    return np.concatenate([everywhere, near, edges])


def test_logarithms_are_within_4_units_in_the_last_place():
    with localcontext(DIGITS):
        for number, got in zip(numbers(), logarithms(numbers()), strict=True):
            wanted = Decimal(float(number)).ln() / Decimal(2).ln()
            assert abs(Decimal(float(got)) - wanted) <= 4 * EPSILON * abs(wanted), number


def test_powers_are_within_2_units_in_the_last_place():
    rng = np.random.default_rng(1)
    exponents = np.concatenate(
        [rng.uniform(-1022.0, 1023.0, 400), rng.uniform(-2.0, 2.0, 400), [-0.5, 0.5, 1e-17]]
    )
    with localcontext(DIGITS):
        for exponent, got in zip(exponents, powers(exponents), strict=True):
            wanted = Decimal(2) ** Decimal(float(exponent))
            assert abs(Decimal(float(got)) - wanted) <= 2 * EPSILON * wanted, exponent


def test_whole_octaves_are_exact():
    octaves = np.arange(-1022.0, 1024.0)
    assert np.array_equal(powers(octaves), np.ldexp(1.0, octaves.astype(int)))
    assert np.array_equal(logarithms(np.ldexp(1.0, octaves.astype(int))), octaves)
    octave_db = DB_PER_OCTAVE * OCTAVES_PER_DB
    assert octave_db == pytest.approx(1.0, abs=1e-15)
    assert 20.0 * np.log10(2.0) == pytest.approx(DB_PER_OCTAVE, abs=1e-15)


def test_what_is_out_of_range_counts_as_its_end():
    least = np.array([0.0, -0.0, -1.0, 5e-324, SMALLEST / 2.0, SMALLEST])
    assert (logarithms(least) == -1022.0).all()
    assert list(powers(np.array([-1e300, -1023.0, 1024.0, 1e300]))) == [
        SMALLEST,
        SMALLEST,
        2.0**1023,
        2.0**1023,
    ]


def test_a_block_is_filled_with_what_it_says():
    samples = sounding(3, 40, 44_100).samples.astype(float)
    block, part = np.empty(7), samples[:, 5:12]
    peaks_into(block, samples, 5)
    assert np.array_equal(block, np.abs(part).max(axis=0))
    for p in (1.0, 2.0):
        mean_into(block, samples, 5, p)
        np.testing.assert_allclose(block, np.mean(np.abs(part) ** p, axis=0), rtol=1e-15)
    out = np.zeros((3, 40), np.float32)
    multiplied_into(out, samples, 5, block)
    assert np.array_equal(out[:, 5:12], (part * block).astype(np.float32))
    assert not out[:, :5].any()
    assert not out[:, 12:].any()


@pytest.mark.parametrize("detector_ms", [0.0, 5.0])
@pytest.mark.parametrize("undone", [False, True])
def test_bits_do_not_depend_on_how_much_of_the_sound_is_yet_to_come(detector_ms, undone):
    audio = sounding(2, 3 * BLOCK, 44_100, rms=0.3)
    for one in (
        Compressor(-30.0, 4.0, 6.0, 5.0, 80.0, 0.0, detector_ms),
        Expander(-10.0, 2.0, 6.0, 5.0, 80.0, 60.0, detector_ms),
        Drc(-30.0, 4.0, 5.0, 20.0, 13.0, 130.0, detector="rms" if detector_ms else "peak"),
    ):
        effect = one.inverse() if undone else one
        whole = effect(audio).samples
        for length in (1, 3, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5):
            part = effect(Audio(audio.samples[:, :length].copy(), audio.rate)).samples
            assert np.array_equal(part, whole[:, :length]), (one, length)
