"""The console with gradients is the console of effects."""

import math

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from automix_bench.audio import Audio, total
from automix_bench.effect import Chain
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.model_parts import learned_console
from automix_bench.model_parts.learned_console import ROOM, console_of, room_response
from automix_bench.networks import console as networks
from automix_bench.networks.audible_distance import AudibleDistance
from automix_bench.networks.ballistics import smoothed
from automix_bench.networks.console import (
    BANDS,
    BUS_BANDS,
    BUS_KNOBS,
    STRIP_KNOBS,
    equaliser,
    play,
    play_frames,
    reduction_db,
    settings,
)
from automix_bench.training.mix_frames import (
    HOP,
    detector_levels_db,
    frame_reduction,
    mix_batch,
    prepared_mix,
)

RATE, SECONDS = 44_100, 3.0
EXACT_DB, LINEAR_DB, FRAMES_DB = -100.0, -100.0, -25.0
BY_BAND = {"low_shelf": LowShelf, "peaking": PeakingEQ, "high_shelf": HighShelf}


def decaying_noise(seed, rate=RATE, mono=False):
    """Bursts of noise, four a second, that die away."""
    rng = np.random.default_rng(seed)
    n = np.arange(int(SECONDS * rate))
    samples = 0.1 * rng.standard_normal((2, len(n))) * np.exp(-(n % (rate // 4)) / (0.09 * rate))
    return Audio((samples[:1].repeat(2, 0) if mono else samples).astype(np.float32), rate)


def drawn(knobs, shape, seed, spread=2.0):
    """Settings all over their ranges, in double precision."""
    generator = torch.Generator().manual_seed(seed)
    raw = spread * torch.randn(*shape, len(knobs), generator=generator, dtype=torch.float64)
    return settings(raw, knobs)


def neutral(shape=(1,)):
    """Settings with which a strip and a bus change nothing, but for the send."""
    strips = settings(torch.zeros(*shape, len(STRIP_KNOBS), dtype=torch.float64), STRIP_KNOBS)
    bus = settings(torch.zeros(len(BUS_KNOBS), dtype=torch.float64), BUS_KNOBS)
    strips["ratio"], strips["send_db"] = (torch.full(shape, v).double() for v in (1.0, -400.0))
    return strips, bus


def error_db(got, wanted):
    """The error below the sound."""
    got, wanted = np.asarray(got, float), np.asarray(wanted, float)
    return 10.0 * np.log10(np.sum((got - wanted) ** 2) / np.sum(wanted**2) + 1e-30)


def played(tracks, strips, bus):
    """What `play` makes of tracks."""
    rate = tracks[0].rate
    return play(
        torch.tensor(np.stack([one.samples for one in tracks]), dtype=torch.float64),
        torch.tensor(np.stack([detector_levels_db(one) for one in tracks]), dtype=torch.float64),
        torch.tensor(room_response(rate), dtype=torch.float64),
        strips,
        bus,
        rate,
    ).numpy()


def at(settings, n):
    """The settings of one strip, as numbers."""
    return {name: float(values[n]) for name, values in settings.items()}


# Derivatives.


def test_derivatives_of_the_smoother():
    generator = torch.Generator().manual_seed(1)
    target = 10.0 * torch.rand(3, 40, generator=generator, dtype=torch.float64)
    rising, falling = torch.tensor([[0.1, 0.5, 0.9], [0.95, 0.7, 0.3]], dtype=torch.float64)
    given = [one.requires_grad_() for one in (target, rising, falling)]
    assert gradcheck(smoothed, given)


@pytest.mark.parametrize("bands", [(band,) for band in BANDS] + [BANDS, BUS_BANDS])
def test_derivatives_of_the_equaliser(bands):
    knobs = [knob for band in bands for knob in band.knobs()]
    raw = torch.randn(len(knobs), generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def decibels(raw):
        return equaliser(bands, settings(raw, knobs), RATE, 64).abs().log()

    assert gradcheck(decibels, [raw.requires_grad_()])


def test_gradients_reach_every_knob():
    tracks = [decaying_noise(1), decaying_noise(2)]
    raw = torch.randn(2, len(STRIP_KNOBS), generator=torch.Generator().manual_seed(3))
    raw[:, 0] = -3.0  # a threshold that both tracks exceed
    raw_bus = torch.randn(len(BUS_KNOBS), generator=torch.Generator().manual_seed(4))
    raw, raw_bus = raw.double().requires_grad_(), raw_bus.double().requires_grad_()
    mix = play(
        torch.tensor(np.stack([one.samples for one in tracks]), dtype=torch.float64),
        torch.tensor(np.stack([detector_levels_db(one) for one in tracks]), dtype=torch.float64),
        torch.tensor(room_response(RATE), dtype=torch.float64),
        settings(raw, STRIP_KNOBS),
        settings(raw_bus, BUS_KNOBS),
        RATE,
    )
    mix.square().sum().backward()
    assert (raw.grad.abs() > 0.0).all()
    assert (raw_bus.grad.abs() > 0.0).all()


# Each part against its effect.


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("band", BANDS, ids=lambda band: band.name)
def test_a_band_is_its_effect(band, seed):
    sound, (strips, bus) = decaying_noise(seed), neutral()
    strips |= drawn(band.knobs(), (1,), seed)
    knobs = at(strips, 0)
    q = knobs.get(f"{band.name}_q", math.sqrt(0.5))
    effect = BY_BAND[band.kind](knobs[f"{band.name}_hz"], knobs[f"{band.name}_db"], q)
    assert error_db(played([sound], strips, bus), effect(sound).samples) < LINEAR_DB


@pytest.mark.parametrize("seed", range(5))
def test_gain_and_pan_are_their_effects(seed):
    sound, (strips, bus) = decaying_noise(seed), neutral()
    strips |= drawn([one for one in STRIP_KNOBS if one.name in ("gain_db", "pan")], (1,), seed)
    knobs = at(strips, 0)
    wanted = Chain((Gain(knobs["gain_db"]), Pan(knobs["pan"])))(sound)
    assert error_db(played([sound], strips, bus), wanted.samples) < LINEAR_DB


@pytest.mark.parametrize("seed", range(8))
def test_the_compressor_is_its_effect(seed):
    sound, (strips, bus) = decaying_noise(seed), neutral()
    knobs = drawn(networks.COMPRESSOR_KNOBS, (1,), seed)
    effect = Compressor(**at(knobs, 0), detector_ms=networks.DETECTOR_MS)
    wanted = effect(sound).samples
    assert error_db(played([sound], {**strips, **knobs}, bus), wanted) < EXACT_DB
    coarse = reduction_db(
        torch.tensor(detector_levels_db(sound)[None, ::HOP].copy()).double(), knobs, HOP / RATE
    )
    steps = np.arange(sound.length) / HOP
    gain_db = float(knobs["makeup_db"]) - np.interp(steps, np.arange(coarse.shape[1]), coarse[0])
    assert error_db(sound.samples * 10.0 ** (gain_db / 20.0), wanted) < -28.0


def test_the_send_is_the_reverb():
    sound, (strips, bus) = decaying_noise(5), neutral()
    strips["send_db"] = torch.tensor([-6.0]).double()
    wanted = total([sound, ROOM(sound).scaled(10.0 ** (-6.0 / 20.0))])
    assert error_db(played([sound], strips, bus), wanted.samples) < -60.0


# The whole console.


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("seed", range(3))
def test_the_console_is_that_of_the_effects(seed, rate):
    tracks = {f"t{n}": decaying_noise(10 * seed + n, rate, mono=n == 1) for n in range(3)}
    strips, bus = drawn(STRIP_KNOBS, (3,), seed), drawn(BUS_KNOBS, (), seed + 100)
    gains = dict.fromkeys(tracks, 3.0)
    by_name = {name: at(strips, n) for n, name in enumerate(tracks)}
    console = console_of(tracks, by_name, gains, {k: float(v) for k, v in bus.items()})
    _, mix = console.routed(tracks, lambda _, chain, audio: chain(audio), total)
    louder = [Gain(3.0)(one) for one in tracks.values()]
    assert error_db(played(louder, strips, bus), mix.samples) < -60.0


@pytest.mark.parametrize(("ratio", "limit_db"), [(None, FRAMES_DB), (6.0, -20.0)])
def test_frames_are_close_to_the_console(ratio, limit_db):
    """Also where every track is compressed."""
    tracks = {f"t{n}": decaying_noise(n, mono=n == 1) for n in range(3)}
    strips, bus = drawn(STRIP_KNOBS, (1, 3), 7, 0.7), drawn(BUS_KNOBS, (1,), 8, 0.7)
    if ratio:
        fixed = {"ratio": ratio, "threshold_db": -40.0, "release_ms": 300.0}
        strips |= {name: torch.full((1, 3), value).double() for name, value in fixed.items()}
    gains = {name: learned_console.gain_to_track_db(one) for name, one in tracks.items()}
    by_name = {name: at({k: v[0] for k, v in strips.items()}, n) for n, name in enumerate(tracks)}
    console = console_of(tracks, by_name, gains, at(bus, 0))
    _, mix = console.routed(tracks, lambda _, chain, audio: chain(audio), total)
    batch = mix_batch([prepared_mix("x", tracks, mix)], None, 0)
    single = {name: one.float() for name, one in strips.items()}
    levels = reduction_db(batch["levels"], single, HOP / RATE)
    width, fft_size = AudibleDistance(RATE).long_window
    frames = play_frames(
        batch["dry"],
        batch["wet"],
        frame_reduction(levels, batch["starts"], width),
        single,
        {name: one.float() for name, one in bus.items()},
        RATE,
        fft_size,
    )
    parts = [torch.view_as_real(one).numpy() for one in (frames, batch["mix"])]
    assert error_db(*parts) < limit_db


# What two files must agree on.


def test_both_consoles_have_the_same_constants():
    mine, theirs = networks, learned_console
    assert (mine.DETECTOR_MS, mine.HIGHEST_SHARE) == (theirs.DETECTOR_MS, theirs.HIGHEST_SHARE)
    assert mine.SHELF_Q == theirs.SHELF_Q


def test_knobs_start_where_they_say_and_stay_in_the_ranges_of_the_effects():
    for knobs in (STRIP_KNOBS, BUS_KNOBS):
        for name, value in settings(torch.zeros(len(knobs), dtype=torch.float64), knobs).items():
            start = next(knob.start for knob in knobs if knob.name == name)
            assert float(value) == pytest.approx(start, abs=1e-9)
    for raw in (-50.0, 50.0):  # building the console checks every range
        strip = settings(torch.full((len(STRIP_KNOBS),), raw).double(), STRIP_KNOBS)
        bus = settings(torch.full((len(BUS_KNOBS),), raw).double(), BUS_KNOBS)
        numbers, master = ({k: float(v) for k, v in one.items()} for one in (strip, bus))
        sounds = {"t": decaying_noise(1, rate=22_050)}
        assert console_of(sounds, {"t": numbers}, {"t": 0.0}, master)
