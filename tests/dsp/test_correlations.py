"""Correlations at short lags, by the sum; and the filters solved from them, by the matrix."""

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.dsp.bss.block_toeplitz import solved
from automix_bench.dsp.bss.correlation import correlations


def noise(channels, length, seed):
    samples = 0.1 * np.random.default_rng(seed).standard_normal((channels, length))
    return Audio(samples.astype(np.float32), 8_000)


@pytest.mark.parametrize("first", [-50, 0, 7])
def test_correlations_by_the_sum(first):
    still, moved = noise(2, 13_600, seed=1), noise(1, 13_600, seed=2)
    found = correlations((still, moved), (moved, still), first=first, count=100)
    x = np.concatenate([still.samples, moved.samples]).astype(np.float64)
    y = np.concatenate([moved.samples, still.samples]).astype(np.float64)
    for lag in (0, 49, 99):
        shift = first + lag
        early, late = (
            (x[:, : x.shape[1] - shift], y[:, shift:])
            if shift >= 0
            else (x[:, -shift:], y[:, :shift])
        )
        np.testing.assert_allclose(found[:, :, lag], early @ late.T, atol=1e-11)


@pytest.mark.parametrize("first", [-40, 0, 9])
@pytest.mark.parametrize("span", [(0, 5_000), (700, 3_000), (9_990, 10_000)])
@pytest.mark.parametrize("reach", [(0, 10_000), (700, 3_000), (3_000, 3_040)])
def test_correlations_of_a_part_by_the_sum(first, span, reach):
    still, moved = noise(2, 10_000, seed=1), noise(1, 10_000, seed=2)
    found = correlations((still,), (moved,), first=first, count=60, span=span, reach=reach)
    counted = [np.zeros_like(audio.samples, np.float64) for audio in (still, moved)]
    counted[0][:, slice(*span)] = still.samples[:, slice(*span)]
    counted[1][:, slice(*reach)] = moved.samples[:, slice(*reach)]
    wide = np.pad(counted[1], ((0, 0), (100, 100)))
    for lag in (0, 30, 59):
        later = wide[:, 100 + first + lag :][:, : still.length]
        np.testing.assert_allclose(found[:, :, lag], counted[0] @ later.T, atol=1e-11)


def normal_equations(inputs, lags, seed=0, length=4_000):
    """The inner products of sounds at all delays, written out, and what they are made of."""
    sounds = np.random.default_rng(seed).standard_normal((inputs + 3, length))
    sounds[1:inputs] += 0.5 * np.roll(sounds[0], 3)
    padded = np.pad(sounds, ((0, 0), (0, lags)))
    delayed = np.stack([np.roll(padded, by, axis=1) for by in range(lags)], axis=1)
    rows = delayed[:inputs].reshape(inputs * lags, -1)
    inner = np.einsum("atn,bn->abt", delayed[:inputs], padded[:inputs])
    wanted = (rows @ padded[inputs:].T).reshape(inputs, lags, 3)
    return rows @ rows.T, inner, wanted


@pytest.mark.parametrize(("inputs", "lags"), [(1, 1), (1, 40), (2, 33), (3, 16), (5, 7)])
def test_filters_without_the_matrix_are_those_with_it(inputs, lags):
    gram, inner, wanted = normal_equations(inputs, lags)
    expected = np.linalg.solve(gram, wanted.reshape(inputs * lags, 3))
    np.testing.assert_allclose(solved(inner, wanted).reshape(-1, 3), expected, atol=1e-12)


def test_filters_of_inputs_that_are_sums_of_others_are_none():
    gram, inner, wanted = normal_equations(2, 20)
    mixing = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, -2.0]])
    three = np.einsum("ia,jb,abl->ijl", mixing, mixing, inner)
    found = solved(three, np.einsum("ia,alo->ilo", mixing, wanted))
    assert not found[2].any()
    expected = np.linalg.solve(gram, wanted.reshape(-1, 3))
    np.testing.assert_allclose(found[:2].reshape(-1, 3), expected, atol=1e-12)


def test_filters_of_inputs_that_are_others_later_make_what_is_wanted():
    """Of a tone, too, each sample follows from two before it."""
    n = np.arange(5_000)
    tone = np.where((n >= 100) & (n < 4_900), np.sin(0.3 * n), 0.0)
    sounds = np.stack([tone, np.roll(tone, 5)])
    delayed = np.stack([np.roll(sounds, by, axis=1) for by in range(24)], axis=1)
    rows = delayed.reshape(48, -1)
    inner = np.einsum("atn,bn->abt", delayed, sounds)
    aim = 0.7 * delayed[0, 3] + 0.2 * delayed[1, 20]
    filters = solved(inner, (rows @ aim).reshape(2, 24, 1))
    assert np.square(filters.ravel() @ rows - aim).sum() < 1e-19 * np.square(aim).sum()
