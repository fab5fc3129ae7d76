"""The properties of one sound, and why one of them has no value."""

import math

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.evaluation.sound_properties import properties


def reasons(audio):
    found = {one.name: one for one in properties(audio)}
    assert all(bool(one.reason) != math.isfinite(one.value) for one in found.values())
    return {name: one.reason for name, one in found.items() if one.reason}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        # The sentence of the metric's own description, up to its first stop or semicolon.
        ("dynamic_spread", "undefined for a silent reference and for audio shorter than a block"),
        ("loudness", "loudness wants at least 0.4 s, got 0.007 s"),
        ("loudness_range", "loudness wants at least 3.0 s, got 0.007 s"),
    ],
)
def test_the_reason_of_a_short_sound_is_what_the_metric_says(noise, name, reason):
    assert reasons(noise(seconds=300 / 44_100))[name] == reason


def test_silence_mono_and_what_no_gate_opens_for(noise):
    silent = Audio(np.zeros((2, 4 * 44_100), np.float32), 44_100)
    assert set(reasons(silent).values()) >= {"the sound is silent"}
    for channels in (1, 3):
        other = reasons(noise(channels=channels, seconds=4.0))
        assert f"wants two channels, got {channels}" in other.values()
    quiet = reasons(noise(seconds=4.0, rms=1e-5))
    assert any("louder than -70 LUFS" in reason for reason in quiet.values())


def test_values_are_those_of_the_sound_in_their_own_units(tone):
    found = {one.name: one for one in properties(tone(hz=1_000.0, amplitude=0.5, seconds=4.0))}
    assert (found["peak"].value, found["peak"].unit) == (pytest.approx(-6.02, abs=0.01), "dBFS")
    assert found["loudness"].unit == "LUFS"
    assert found["crest"].value == pytest.approx(3.01, abs=0.01)
    assert found["centroid"].unit == "octaves above 1 kHz"
    assert abs(found["centroid"].value) < 0.1
