"""Faders that ride themselves: slowly, causally, and not moved by bleed."""

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.isolation.live import LiveBrief, performed_here, played_live
from automix_bench.metrics.clicks import clicks
from automix_bench.mixing_rules.live_faders import (
    FLOOR_LUFS,
    MOST_DB,
    OPENING_DB,
    SLOPE_DB,
    LiveFaders,
)
from automix_bench.model import Brief
from automix_bench.models.live_balance import LiveBalance

RATE, FRAME = 16_000, 800
STEP = FRAME / RATE


def noise(seed, seconds=10.0, rms=0.1):
    rng = np.random.default_rng(seed)
    return rms * rng.standard_normal((1, round(seconds * RATE)))


def phrases(seed, seconds=10.0, rms=0.1):
    """Noise that swells and fades by 12 dB at a pace of its own, as no bleed of another does."""
    time = np.arange(round(seconds * RATE)) / RATE
    swell = 10.0 ** (0.3 * np.sin(2.0 * np.pi * (0.4 + 0.13 * seed) * time + seed))
    return noise(seed, seconds, rms) * swell


def ridden(channels, names, roles=False):
    """The faders after each frame, in dB: `(frames, channels)`."""
    faders = LiveFaders(names, RATE, FRAME, roles=roles)
    stacked = np.stack([channels[name] for name in names])
    frames = stacked.shape[2] // FRAME
    return np.array(
        [faders.ridden(stacked[..., n * FRAME : (n + 1) * FRAME]) for n in range(frames)]
    )


def test_channels_come_to_one_loudness_and_the_mix_to_its_own():
    channels = {"a": phrases(1, 20.0), "b": phrases(2, 20.0, 0.03), "c": phrases(3, 20.0, 0.01)}
    gains_db = ridden(channels, list(channels))[-1]
    levels = [20.0 * np.log10(rms) for rms in (0.1, 0.03, 0.01)] + gains_db
    assert np.ptp(levels) < 3.0  # of 20 dB
    brief = Brief({name: Audio(one.astype(np.float32), RATE) for name, one in channels.items()})
    from automix_bench.dsp.loudness import integrated_lufs

    mix = played_live(LiveBalance(roles=False), brief).stems["mix"]
    second_half = mix.excerpt(mix.length // 2, mix.length // 2)
    assert integrated_lufs(second_half) == pytest.approx(-23.0, abs=2.0)


def test_roles_have_their_offsets():
    channels = {"vocals": noise(1), "percussion": noise(2)}
    vocals, percussion = ridden(channels, list(channels), roles=True)[-1]
    assert vocals - percussion == pytest.approx(3.5 + 3.0, abs=0.3)


def test_no_fader_moves_faster_than_it_may():
    """A channel becomes 20 dB louder at once, and softer again."""
    change = np.where(np.arange(10 * RATE) // (2 * RATE) % 2, 1.0, 0.1)
    gains_db = ridden({"a": noise(1) * change}, ["a"])
    moves = np.abs(np.diff(gains_db, axis=0)) / STEP
    assert moves.max() <= OPENING_DB + 1e-9
    assert moves[round(1.1 / STEP) :].max() <= SLOPE_DB + 1e-9
    assert moves[round(1.1 / STEP) :].max() > 0.5 * SLOPE_DB
    assert np.abs(gains_db).max() <= MOST_DB


def test_bleed_alone_moves_no_fader():
    """A microphone whose own source rests after three seconds hears another, 16 dB down."""
    loud = noise(1)
    own = noise(2) * (np.arange(10 * RATE) < 3 * RATE)
    late = np.roll(loud, 150, axis=1) * 0.15
    gains_db = ridden({"own": own + late, "loud": loud}, ["own", "loud"])[:, 0]
    rest = gains_db[round(3.2 / STEP) :]
    assert np.ptp(rest) == 0.0


def test_a_channel_that_only_hears_the_others_is_not_raised():
    """Without the gate it would come to the loudness of all others."""
    swell = 0.2 + 0.8 * np.abs(np.sin(np.arange(10 * RATE) / RATE))
    loud, bass = noise(1) * swell, noise(5) * swell[::-1]
    only = np.roll(loud, 150, axis=1) * 0.15
    gains_db = ridden({"only": only, "loud": loud, "bass": bass}, ["only", "loud", "bass"])
    assert abs(gains_db[-1, 0]) < 2.0  # what it moves before anything is known


def test_silence_moves_nothing():
    quiet = noise(1, rms=10.0 ** ((FLOOR_LUFS - 10.0) / 20.0))
    gains_db = ridden({"a": np.zeros_like(quiet), "b": quiet}, ["a", "b"])
    assert not gains_db.any()


def test_what_comes_later_changes_nothing_before():
    names = ("a", "b")
    one = {name: noise(n) for n, name in enumerate(names)}
    other = {name: sound.copy() for name, sound in one.items()}
    middle = 100 * FRAME
    for sound in other.values():
        sound[:, middle:] = 0.9
    mixes = [
        performed_here(
            LiveBalance(),
            LiveBrief({name: Audio(s.astype(np.float32), RATE) for name, s in each.items()}),
        ).mix.samples
        for each in (one, other)
    ]
    assert np.array_equal(mixes[0][:, :middle], mixes[1][:, :middle])
    assert not np.array_equal(mixes[0], mixes[1])


def test_a_ride_has_no_clicks_and_no_latency():
    time = np.arange(6 * 44_100) / 44_100
    tones = {"a": 0.5 * np.sin(2 * np.pi * 220 * time), "b": 0.01 * np.sin(2 * np.pi * 331 * time)}
    brief = LiveBrief(
        {name: Audio(t[None].astype(np.float32), 44_100) for name, t in tones.items()}
    )
    performance = performed_here(LiveBalance(), brief)
    plain = performance.mix.with_samples(sum(stem.samples for stem in brief.stems.values()))
    assert clicks(reference=plain, estimate=performance.mix) == 0.0
    assert performance.latency_seconds == 0.0
