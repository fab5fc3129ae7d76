"""Severity against sounds whose every cell is known: single clicks, whose spectra are flat."""

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.dsp.severity import BINS, severity_bin, severity_db

LENGTHS = {8_000: 512, 15_400: 512, 22_050: 1_024, 44_100: 2_048, 48_000: 2_048, 96_000: 4_096}
"""The power of two nearest to 46 ms, by rate: 15,400 Hz lies just below the middle of two."""


def clicks(rate, *sizes, channels=1):
    """Single samples, each in the middle of a frame. The frames beside it overlap it at the
    window's zero, so each click is one frame, with one power in every bin."""
    length = LENGTHS[rate]
    samples = np.zeros((channels, length * (len(sizes) + 1)), np.float32)
    for number, size in enumerate(sizes, 1):
        samples[:, number * length] = size
    return Audio(samples, rate)


def bins_of_bands(rate):
    """How many bins of the transform each third octave from 50 Hz to 16 kHz holds; bands that
    begin at one bin are one band (IEC 61260-1: centres 1000 * 10^(n / 10), n = -13 to 12)."""
    length = LENGTHS[rate]
    edges = [
        min(round(1_000.0 * 10.0 ** ((n - 0.5) / 10.0) * length / rate), length // 2)
        for n in range(-13, 14)
    ]
    return np.diff(sorted(set(edges)))


@pytest.mark.parametrize("rate", LENGTHS)
@pytest.mark.parametrize("softer_db", [-40.0, -45.0, -52.5])
def test_cells_count_where_either_sound_is_within_60_db_of_the_loudest_cell(rate, softer_db):
    bands = bins_of_bands(rate)
    before = clicks(rate, 1.0, 10.0 ** (softer_db / 20.0))
    after = clicks(rate, 1.0, 10.0 ** ((softer_db + 6.0) / 20.0))
    floor_db = 10.0 * np.log10(bands.max()) - 60.0
    differences = [0.0] * len(bands)
    for band in bands:
        low_db = 10.0 * np.log10(band) + softer_db
        if low_db + 6.0 > floor_db:
            differences.append(low_db + 6.0 - max(low_db, floor_db))
    if softer_db == -52.5 and rate == 44_100:  # so that the test sees every part of the rule
        assert len(bands) < len(differences) < 2 * len(bands)
        assert any(0.0 < difference < 5.9 for difference in differences)
    expected = round(float(np.mean(differences)), 3)
    assert severity_db(before, after) == pytest.approx(expected, abs=1e-3)
    assert severity_db(after, before) == pytest.approx(expected, abs=1e-3)


def test_severity_is_rounded_to_thousandths():
    before, after = clicks(44_100, 1.0, 0.5), clicks(44_100, 1.0, 0.56)
    expected = 20.0 * np.log10(0.56 / 0.5) / 2.0  # one of two frames differs: 0.4922
    assert severity_db(before, after) == round(expected, 3) == 0.492


def test_the_loudest_cell_may_be_in_either_sound_and_channels_are_cells_of_their_own():
    loud, none = clicks(48_000, 1.0), clicks(48_000, 0.0)
    level_db = 60.0 + 10.0 * np.log10(bins_of_bands(48_000) / bins_of_bands(48_000).max())
    expected = round(float(np.mean(level_db)), 3)
    assert severity_db(loud, none) == severity_db(none, loud) == pytest.approx(expected, abs=1e-3)
    left = Audio(np.concatenate([loud.samples, loud.samples]), 48_000)
    right = Audio(np.concatenate([loud.samples, 2.0 * loud.samples]), 48_000)
    assert severity_db(left, right) == pytest.approx(20.0 * np.log10(2.0) / 2.0, abs=1e-3)


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_click_at_an_end_counts_as_one_within(place):
    """Before a sound and behind it there is silence to fill the frames up."""
    length = LENGTHS[44_100]
    samples = np.zeros((1, 4 * length), np.float32)
    samples[0, 0 if place == "first" else -1] = 0.5
    before = Audio(samples, 44_100)
    assert severity_db(before, before.scaled(2.0)) == pytest.approx(6.021, abs=1e-3)


@pytest.mark.parametrize(
    ("severity", "name"),
    [
        (0.499, "none"),
        (0.5, "mild"),
        (1.999, "mild"),
        (2.0, "medium"),
        (4.999, "medium"),
        (5.0, "strong"),
        (1e9, "strong"),
    ],
)
def test_a_bin_holds_its_lower_end(severity, name):
    assert severity_bin(severity) == name
    assert [end for _, end in BINS] == [0.5, 2.0, 5.0, float("inf")]
