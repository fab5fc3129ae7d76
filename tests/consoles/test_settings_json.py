"""What a client is told of the settings of an effect."""

from automix_bench.consoles.settings_json import defaults_of, settings_to_json
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain


def test_defaults_are_those_of_the_settings_that_may_be_left_out():
    assert defaults_of(Compressor) == {
        "detector_ms": 0.0,
        "sidechain": "flat",
        "sidechain_hz": 100.0,
    }
    assert defaults_of(Gain) == {}


def test_ranges_units_words_and_defaults():
    told = settings_to_json(Compressor.settings(), defaults_of(Compressor))
    assert told["knobs"]["ratio"] == {"low": 1.0, "high": 100.0, "unit": "dB in per dB out"}
    assert told["knobs"]["detector_ms"]["default"] == 0.0
    assert told["options"] == {
        "sidechain": {"words": ["flat", "high_pass"], "default": "flat"},
    }
