"""What must hold of every effect: a new file in effects/ is tested by being there. What each one
must do to sound is in the test_effects_*.py of its family."""

import functools
import json
import math
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automix_bench import plugin
from automix_bench.audio import Audio, peak_db
from automix_bench.consoles.console_json import chain_from_json, chain_to_json
from automix_bench.effect import Chain, Unsuitable
from automix_bench.errors import MissingPart
from tests.support.signals import RATES, drawn, example_of, level_db, middle, snr_db, sounding

EFFECTS = [plugin.load("effects", name) for name in plugin.names("effects")]
NEUTRAL = [effect for effect in EFFECTS if effect.neutral is not None]
LINEAR = [effect for effect in EFFECTS if effect.linear]


def channels_for(effect):
    return (2,) if effect.stereo_only else (1, 2)


def heard(effect, audio):
    """The result of the effect, and the reason in words if it refuses the audio."""
    try:
        return effect(audio), ""
    except Unsuitable as error:
        return None, str(error)


@functools.cache
def absence(effect):
    """The third-party package or plug-in that this machine lacks; empty if it lacks none."""
    try:
        heard(middle(effect), sounding(2, 64, 44_100))
    except MissingPart as error:
        return str(error)
    return ""


@pytest.fixture(autouse=True)
def _skipped_where_a_part_is_missing(request):
    called = getattr(request.node, "callspec", None)
    if called is not None and "effect" in called.params and absence(called.params["effect"]):
        pytest.skip(absence(called.params["effect"]))


@pytest.mark.parametrize("effect", EFFECTS)
@settings(max_examples=12, deadline=None)
@given(data=st.data(), rate=st.sampled_from(RATES), length=st.integers(1, 9_000))
def test_shape_rate_and_input_stay_and_the_bits_repeat(effect, data, rate, length):
    channels = data.draw(st.sampled_from(channels_for(effect)))
    one, audio = drawn(effect, data), sounding(channels, length, rate)
    before = audio.samples.copy()
    out, refused = heard(one, audio)
    assert out is not None or refused
    if out is not None:
        assert (out.rate, out.samples.shape) == (audio.rate, audio.samples.shape)
        assert out.samples.dtype == np.float32
        assert np.array_equal(out.samples, one(audio).samples)
    assert np.array_equal(audio.samples, before)


@pytest.mark.parametrize("effect", EFFECTS)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), rate=st.sampled_from(RATES))
def test_an_inverse_is_as_exact_as_claimed(effect, data, rate):
    one, audio = drawn(effect, data), sounding(2, 20_000, rate)
    undo = one.inverse()
    if undo is not None:
        out, _ = heard(one, audio)
        if out is not None:
            assert snr_db(audio, undo(out)) >= effect.inverse_db


@pytest.mark.parametrize("effect", EFFECTS)
def test_only_irreversible_effects_state_a_reason(effect):
    undone = [example_of(effect, seed).inverse() for seed in range(50)]
    assert bool(effect.irreversible) == all(undo is None for undo in undone)
    assert "\n" not in effect.irreversible


@pytest.mark.parametrize("effect", NEUTRAL)
@settings(max_examples=12, deadline=None)
@given(data=st.data(), rate=st.sampled_from(RATES))
def test_neutral_settings_change_nothing(effect, data, rate):
    one, audio = drawn(effect, data, **effect.neutral), sounding(2, 6_000, rate)
    out, _ = heard(one, audio)
    if out is not None:
        assert snr_db(audio, out) >= 120.0


@pytest.mark.parametrize("effect", LINEAR)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_linear_effects_are_linear(effect, data):
    one = drawn(effect, data)
    first, second = sounding(2, 6_000, 48_000, seed=1), sounding(2, 6_000, 48_000, seed=2)
    parts = [heard(one, audio)[0] for audio in (first.scaled(0.5), second.scaled(-2.0))]
    both, _ = heard(one, first.scaled(0.5) + second.scaled(-2.0))
    if both is not None:
        error = both.samples - (parts[0].samples.astype(np.float64) + parts[1].samples)
        loudest = max(level_db(part) for part in (*parts, both, second))
        assert level_db(error) <= loudest - 120.0 + recirculated_db(one)


def recirculated_db(effect):
    """By how much feedback in single precision, as in pedalboard, amplifies rounding errors: these
    are uncorrelated, so that a loop of gain f adds up 1 + f^2 + f^4 + ... of their power."""
    hosted = type(effect).__name__.startswith("Pedalboard")
    return -10.0 * np.log10(1.0 - getattr(effect, "feedback", 0.0) ** 2) if hosted else 0.0


@pytest.mark.parametrize("effect", [e for e in EFFECTS if not e.linear])
def test_other_effects_are_not_linear(effect):
    """At least one of 20 settings must be non-linear on loud noise, by its level or by a sum."""
    audio, more = (sounding(2, 12_000, 44_100, seed=seed, rms=0.3) for seed in (0, 1))
    shown = []
    for seed in range(20):
        one = example_of(effect, seed)
        sounds = (audio, audio.scaled(0.01), more, audio + more)
        loud, quiet, other, both = (heard(one, sound)[0] for sound in sounds)
        if loud is not None and quiet is not None:
            shown.append(snr_db(loud, quiet.scaled(100.0)) < 100.0)
            shown.append(snr_db(loud + other, both) < 100.0)
    assert any(shown)


@pytest.mark.parametrize("effect", EFFECTS)
def test_each_knob_out_of_range_is_named_with_its_range_and_unit(effect):
    within = example_of(effect, 0)
    given = {name: getattr(within, name) for name in effect.settings()}
    for name, k in effect.knobs().items():
        told = f"{effect.__name__}.{name} must lie in [{k.low}, {k.high}] {k.unit}, got "
        assert k.unit
        for value in (k.low - 1e-3, k.high + 1e-3, math.nan):
            wrong = (value,) * k.count if k.count else value
            with pytest.raises(ValueError, match=re.escape(told)):
                effect(**(given | {name: wrong}))
    for name, words in effect.options().items():
        if words.words:
            with pytest.raises(ValueError, match=f"{name} must be one of: {words.words[0]}"):
                effect(**(given | {name: "no such word"}))


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_both_ends_of_every_knob_give_sound(effect, rate):
    """On noise at full scale. Only a frequency that is too high for the audio may be refused."""
    audio = sounding(2, rate // 20, rate, rms=0.3)
    middling = middle(effect)
    given = {name: getattr(middling, name) for name in effect.settings()}
    for name, k in effect.knobs().items():
        for end in (k.low, k.high):
            out, refused = heard(effect(**(given | {name: (end,) * k.count or end})), audio)
            assert out is not None or (f"{rate} Hz" in refused or "rate" in refused), refused


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("seed", range(3))
def test_no_input_makes_an_effect_fail(effect, seed):
    """Full-scale square waves, denormals, one sample, clicks: finite out (`Audio` sees to that)."""
    square = np.where(np.arange(6_000) // 50 % 2, 1.0, -1.0).astype(np.float32)
    denormal = np.full(6_000, 1e-41, np.float32)
    click = np.zeros(6_000, np.float32)
    click[17] = 1.0
    one = example_of(effect, seed)
    for wave in (square, denormal, click, square[:1], np.ones(6_000, np.float32)):
        out, refused = heard(one, Audio(np.stack([wave, -wave]), 44_100))
        assert refused or out.samples.shape == (2, wave.size)
        if out is not None and wave is not denormal:
            assert peak_db(out) < 120.0


@pytest.mark.parametrize("effect", EFFECTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_comes_back_equal_from_json_and_so_does_its_inverse(effect, data):
    one = drawn(effect, data)
    undo = one.inverse()
    chain = Chain((one,) if undo is None else (one, undo))
    assert chain_from_json(json.loads(json.dumps(chain_to_json(chain)))) == chain


@pytest.mark.parametrize("effect", EFFECTS)
def test_its_docstring_has_equation_source_and_latency(effect):
    assert re.search(r"^ {8}\S.* = ", effect.__doc__, re.MULTILINE)
    assert re.search(r"\b(19|20)\d\d\b|\bIEC \d+|Cookbook", effect.__doc__)
    assert re.search(r"\blatency\b", effect.__doc__, re.IGNORECASE)


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("length", [1, 5_000])
def test_silence_stays_silence(effect, length):
    silence = Audio(np.zeros((2, length), np.float32), 44_100)
    for one in (middle(effect), example_of(effect, 1)):
        out, refused = heard(one, silence)
        assert refused or not out.samples.any()


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("rate", [8_000, 11_025, 192_000])
def test_works_at_unusual_rates_where_its_frequencies_exist(effect, rate):
    fitting = {
        name: min(k.high, max(k.low, min((k.low + k.high) / 2.0, 0.4 * rate)))
        for name, k in effect.knobs().items()
        if name.endswith("_hz")
    }
    audio = sounding(2, 3 * rate // 10, rate)
    assert middle(effect, **fitting)(audio).samples.shape == audio.samples.shape


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_a_frequency_the_audio_does_not_have_is_named_with_the_rate(effect, rate):
    for name, k in effect.knobs().items():
        if name.endswith("_hz") and k.low <= rate / 2.0 <= k.high:
            fitting = {
                n: max(1_000.0, other.low)
                for n, other in effect.knobs().items()
                if n.endswith("_hz") and other.low <= 1_000.0 <= other.high
            }
            told = rf"{effect.__name__}\.{name} must lie below .*{rate / 2.0:g} Hz at {rate} Hz"
            with pytest.raises(Unsuitable, match=told):
                middle(effect, **(fitting | {name: rate / 2.0}))(sounding(2, 100, rate))


@pytest.mark.parametrize("effect", EFFECTS)
def test_effects_for_stereo_refuse_mono(effect):
    out, refused = heard(middle(effect), sounding(1, 1_000, 44_100))
    assert (out is None) == effect.stereo_only
    if effect.stereo_only:
        assert re.search(rf"{effect.__name__} wants stereo.*got 1", refused)


@pytest.mark.parametrize("effect", EFFECTS)
def test_takes_samples_in_any_layout_of_memory(effect):
    audio = sounding(2, 4_000, 44_100)
    striped = Audio(np.asfortranarray(audio.samples), audio.rate)
    one = middle(effect)
    assert np.array_equal(one(audio).samples, one(striped).samples)


def test_threads_give_the_same_bits():
    audio = sounding(2, 30_000, 44_100)
    chain = Chain(tuple(middle(effect) for effect in EFFECTS if not absence(effect)))
    alone = chain(audio).samples
    with ThreadPoolExecutor(4) as pool:
        for together in pool.map(chain, [audio] * 4):
            assert np.array_equal(together.samples, alone)
