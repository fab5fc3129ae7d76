"""Results are computed once: for a sound as long as it lives, or within a block of sharing."""

import gc
import weakref

import numpy as np
import pytest

from automix_bench.audio import Audio, peak_db
from automix_bench.dsp import severity
from automix_bench.dsp.memo import measured_once, shared, sharing


def sound(level=0.5):
    return Audio(np.full((1, 8), level, np.float32), 8_000)


def counted():
    """A shared function, and the list of its calls."""
    calls = []

    @shared
    def peak(audio, power=1, *, gain=1.0):
        calls.append((power, gain))
        return gain * float(audio.samples.max()) ** power

    return peak, calls


def test_once_for_each_sound_and_argument_however_it_is_given():
    peak, calls = counted()
    one, other = sound(0.5), sound(0.25)
    with sharing():
        for _ in range(3):
            assert (peak(one), peak(other)) == (0.5, 0.25)
            assert (peak(one, 2), peak(one, gain=2.0), peak(one, gain=4.0)) == (0.25, 1.0, 2.0)
    assert len(calls) == 5


def test_equal_sounds_are_two_sounds():
    peak, calls = counted()
    with sharing():
        assert peak(sound()) == peak(sound())
    assert len(calls) == 2


def test_nothing_is_kept_outside_of_the_block_nor_from_one_to_the_next():
    peak, calls = counted()
    one = sound()
    peak(one)
    peak(one)
    for _ in range(2):
        with sharing():
            peak(one)
            with sharing():
                peak(one)
            peak(one)
    peak(one)
    assert len(calls) == 2 + 2 + 1


def test_of_several_sounds_and_of_tuples_of_them():
    calls = []

    @shared
    def together(references, estimate):
        calls.append(len(references))
        return len(references)

    one, other = sound(), sound()
    with sharing():
        assert together((one, other), one) == together((one, other), one) == 2
        assert together((one,), one) == 1
        assert together((one, other), other) == 2
    assert calls == [2, 1, 2]


def test_a_sound_is_measured_once_and_another_by_itself(noise):
    asked = []

    @measured_once
    def measure(audio):
        asked.append(audio)
        return peak_db(audio)

    one, other = noise(seed=1), noise(seed=1).scaled(0.5)
    assert measure(one) == measure(one) == peak_db(one)
    assert measure(other) == pytest.approx(peak_db(one) - 6.02, abs=0.01)
    assert len(asked) == 2


def test_how_far_a_sound_is_moved_is_kept_for_those_two_sounds(noise, monkeypatch):
    one, other = noise(seed=1), noise(seed=1).scaled(0.5)
    assert severity.severity_db(one, other) == severity.severity_db(other, one)
    assert severity.severity_db(one, noise(seed=1)) == 0.0 == severity.severity_db(one, one)
    monkeypatch.setattr(severity, "_difference_db", None)
    assert severity.severity_db(one, other) == pytest.approx(6.02, abs=0.01)


def test_a_result_of_two_sounds_lives_as_long_as_both():
    calls = []

    @measured_once
    def difference(one, other):
        calls.append(1)
        return np.zeros(1) + one.range[1] - other.range[1]

    one, other = sound(0.5), sound(0.25)
    assert difference(one, other) is difference(one, other)
    assert difference(other, one) == -0.25
    assert len(calls) == 2
    result = weakref.ref(difference(one, other))
    del other
    gc.collect()
    assert result() is None
    assert difference(one, sound(0.25)) == 0.25
    assert len(calls) == 3
