"""Every classical model returns the console that makes its mix, and takes what it is given."""

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import total
from automix_bench.consoles.console_json import console_from_json, console_to_json
from automix_bench.dsp.filters.biquad import filtered, high_pass, low_pass
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.mixing_rules.session import opened
from automix_bench.model import Brief
from automix_bench.models.knowledge_based import KnowledgeBased

NAMES = (
    "best_of_n_random",
    "blend_by_role",
    "fx_normalised_mix",
    "knowledge_based",
    "mastering_rules",
    "random_mix",
    "search_mix",
    "spectrum_and_loudness_match",
)
RULES = (
    "levels",
    "roles",
    "modified",
    "band_limited",
    "bleed_aware",
    "low_cut",
    "masking",
    "compression",
    "panning",
    "reverb",
    "balance",
    "glue",
)
EVERY_RULE = KnowledgeBased(**dict.fromkeys(RULES, True))
MODELS = {**{name: plugin.load("models", name)() for name in NAMES}, "every rule": EVERY_RULE}
each_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())


@pytest.fixture
def stems(noise):
    """A song: mono and stereo tracks, a silent one, a name that tells nothing, a residual."""
    mono = {
        "kick": filtered(noise(channels=1, seed=1, rms=0.2), *[low_pass(100.0, 0.707, 44_100)] * 2),
        "snare": noise(channels=1, seed=2),
        "qwx_7": noise(channels=1, seed=3, rms=0.01),
        "residual": noise(channels=1, seed=4, rms=0.001),
        "pad": noise(channels=1, seed=5, rms=0.0),
    }
    both = {name: a.with_samples(np.repeat(a.samples, 2, axis=0)) for name, a in mono.items()}
    return both | {"vocals": noise(seed=6, rms=0.05), "guitar-2": noise(seed=7)}


def rendered(console, stems):
    """What a console makes of tracks in another order than the model had them."""
    names = sorted(stems, reverse=True)
    _, mix = console.routed(
        {name: stems[name] for name in names}, lambda _, chain, audio: chain(audio), total
    )
    return mix


@each_model
@pytest.mark.parametrize("referenced", [True, False])
def test_the_console_rendered_is_the_mix(model, stems, noise, referenced):
    reference = noise(seconds=2.0, seed=9, rms=0.03) if referenced else None
    answer = model(Brief(stems, reference=reference))
    mix = answer.stems["mix"]
    again = console_from_json(console_to_json(answer.console))
    assert np.abs(rendered(again, stems).samples - mix.samples).max() < 1e-5
    assert answer.console.strips.keys() == stems.keys()
    assert not answer.console.strips["pad"].effects


@each_model
def test_a_silent_track_more_changes_nothing(model, stems, noise):
    reference = noise(seconds=2.0, seed=9, rms=0.03)
    fewer = {name: stem for name, stem in stems.items() if name != "pad"}
    mixes = [model(Brief(some, reference)).stems["mix"].samples for some in (stems, fewer)]
    np.testing.assert_allclose(*mixes, atol=1e-6)


@pytest.mark.parametrize("model", [EVERY_RULE, KnowledgeBased()], ids=["every rule", "default"])
@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_number_of_tracks(model, noise, count, channels):
    stems = {f"t{n}": noise(channels=channels, seed=n, seconds=0.5) for n in range(count)}
    mix = model(Brief(stems)).stems["mix"]
    assert integrated_lufs(mix) == pytest.approx(-23.0, abs=0.01)


def test_gains_on_the_tracks_make_no_other_mix(stems):
    model = KnowledgeBased()
    gains = {"kick": 0.1, "vocals": 4.0, "guitar-2": 0.5}
    louder = {name: stem.scaled(gains.get(name, 1.0)) for name, stem in stems.items()}
    without = {name: stem for name, stem in stems.items() if name != "residual"}
    loud_without = {name: stem for name, stem in louder.items() if name != "residual"}
    one, other = (model(Brief(some)).stems["mix"].samples for some in (without, loud_without))
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_too_short_for_a_loudness_is_a_plain_sum(noise):
    stems = {"a": noise(seconds=0.2), "b": noise(seconds=0.2, seed=1)}
    mix = EVERY_RULE(Brief(stems)).stems["mix"]
    assert np.array_equal(mix.samples, total(stems.values()).samples)


def test_each_rule_is_a_switch(stems, noise, tone):
    # The organ's four strongest octaves lie low; the bell's second one is high, and softer there.
    bass = filtered(noise(seed=8), *[low_pass(600.0, 0.707, 44_100)] * 3)
    treble = filtered(noise(seed=9), *[high_pass(4_000.0, 0.707, 44_100)] * 3)
    stems = stems | {
        "organ": bass.scaled(5.0) + treble.scaled(0.2),
        "bell": tone(500.0, amplitude=0.3) + treble.scaled(0.01),
    }
    off = KnowledgeBased(**dict.fromkeys(RULES, False))
    plain = off(Brief(stems)).stems["mix"].samples
    for rule in RULES:
        if rule in ("roles", "modified", "band_limited", "bleed_aware"):
            continue  # they say how `levels` sets faders
        on = KnowledgeBased(**(dict.fromkeys(RULES, False) | {rule: True}))
        assert not np.allclose(on(Brief(stems)).stems["mix"].samples, plain, atol=1e-5), rule
    measured = dict.fromkeys(RULES, False) | {"levels": True}
    levelled = KnowledgeBased(**measured)(Brief(stems)).stems["mix"].samples
    for rule in ("roles", "modified", "band_limited"):
        on = KnowledgeBased(**(measured | {rule: True}))
        assert not np.allclose(on(Brief(stems)).stems["mix"].samples, levelled, atol=1e-5), rule


@pytest.mark.parametrize("rate", [2_000, 8_000, 96_000])
@pytest.mark.parametrize("model", [EVERY_RULE, KnowledgeBased()], ids=["every rule", "default"])
def test_any_rate(model, noise, rate):
    stems = {name: noise(rate=rate, seed=n) for n, name in enumerate(("kick", "keys", "vocals"))}
    mix = model(Brief(stems)).stems["mix"]
    if rate < 4_000:  # loudness is undefined
        assert np.array_equal(mix.samples, total(stems[name] for name in sorted(stems)).samples)
    else:
        assert integrated_lufs(mix) == pytest.approx(-23.0, abs=0.01)


def test_six_channels(noise):
    stems = {name: noise(channels=6, seed=n) for n, name in enumerate(("kick", "keys"))}
    assert integrated_lufs(EVERY_RULE(Brief(stems)).stems["mix"]) == pytest.approx(-23.0, abs=0.01)


def test_a_sound_in_the_last_moment_alone(noise):
    last = noise(seconds=0.45)
    samples = last.samples.copy()
    samples[:, : round(0.41 * 44_100)] = 0.0
    mix = EVERY_RULE(Brief({"snare": last.with_samples(samples)})).stems["mix"]
    assert np.isfinite(mix.samples).all()


def test_no_stems_are_refused():
    with pytest.raises(ValueError, match="at least one stem, got none"):
        opened({})
