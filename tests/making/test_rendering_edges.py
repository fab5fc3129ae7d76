"""How an excerpt is cut and how loud it is, tried at the edges with values found by hand."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from automix_bench import errors
from automix_bench.audio import Audio, peak_db
from automix_bench.console import Aux, Group
from automix_bench.consoles.random_chain import Drawn
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.dsp.loudness import integrated_lufs, true_peak_dbtp
from automix_bench.effect import Chain, Effect
from automix_bench.effects.gain import Gain
from automix_bench.effects.polarity import Polarity
from automix_bench.making.audible_draw import audible_draw
from automix_bench.making.cut import cut
from automix_bench.making.gain_search import render_with_headroom
from automix_bench.making.render import ChainTooLoud, headroom_peak_dbtp, render
from automix_bench.sampling import Seed
from automix_bench.song import Song
from tests.support.tone_source import Tones

RATE = 16_000


def square(level, seconds=2.0, channels=2):
    """A slow square wave: its RMS level is its peak."""
    length = round(seconds * RATE)
    wave = np.where(np.arange(length) // 40 % 2 == 0, level, -level)
    return Audio(np.tile(wave, (channels, 1)).astype(np.float32), RATE)


def sine(level, hz=250.0, seconds=1.0):
    wave = level * np.sin(2.0 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)
    return Audio(np.tile(wave, (2, 1)).astype(np.float32), RATE)


def song(mix, **stems):
    one = Tones().load(Tones().catalogue().listings[0])
    return replace(one, id="song", stems=stems, mix=mix)


def desk(bus=(), groups=None, auxes=None, **strips):
    drawn = {name: Drawn(tuple(effects)) for name, effects in strips.items()}
    return DrawnConsole(drawn, Drawn(tuple(bus)), groups or {}, auxes or {})


# Cutting.


@pytest.mark.parametrize(("missing", "fits"), [(0, True), (1, False)])
@pytest.mark.parametrize("number", [0, 1])
def test_the_last_excerpt_ends_with_the_song_and_not_a_sample_later(recipe, number, missing, fits):
    sound = square(0.1).excerpt(0, (number + 1) * RATE - missing)
    whole = song(sound, bass=sound)
    if fits:
        excerpt = cut(recipe(), whole, number)
        assert np.array_equal(excerpt.mix.samples, sound.samples[:, -RATE:])
        assert np.array_equal(excerpt.stems["bass"].samples, sound.samples[:, -RATE:])
    else:
        with pytest.raises(errors.Rejected, match="before the excerpt does"):
            cut(recipe(), whole, number)


@pytest.mark.parametrize(("level_db", "sounds"), [(-59.9, True), (-60.1, False)])
@pytest.mark.parametrize("what", ["mix", "stem"])
def test_an_excerpt_and_a_stem_sound_from_silence_db_on(recipe, what, level_db, sounds):
    loud, soft = square(0.1), square(10.0 ** (level_db / 20.0))
    if what == "mix":
        whole = song(soft, bass=loud)
    else:
        whole = song(loud, bass=loud, keys=soft, residual=soft)
    if what == "mix" and not sounds:
        with pytest.raises(errors.Rejected, match="silent: -60 dB, below silence_db"):
            cut(recipe(), whole, 0)
        return
    stems = cut(recipe(), whole, 0).stems
    assert list(stems) == (
        ["bass"] if what == "mix" else ["bass", *(["keys"] if sounds else []), "residual"]
    )


def test_a_residual_alone_is_no_excerpt(recipe):
    with pytest.raises(errors.Rejected, match="no stem reaches"):
        cut(recipe(), song(square(0.1), residual=square(0.1)), 0)


@pytest.mark.parametrize(
    ("plain_mix", "kept", "summed"), [(False, None, False), (True, None, True)]
)
def test_the_mix_is_the_sum_where_the_recipe_says_so(recipe, plain_mix, kept, summed):
    whole = song(square(0.3), bass=square(0.1), keys=square(0.05))
    mix = cut(recipe(plain_mix=plain_mix, stems_kept=kept), whole, 0).mix
    expected = 0.15 if summed else 0.3
    assert np.abs(mix.samples).max() == pytest.approx(expected)


@pytest.mark.parametrize(("kept", "level"), [(1, (0.1, 0.05)), (2, (0.15,)), (5, (0.15,))])
def test_stems_kept_are_of_that_number_without_the_residual(recipe, kept, level):
    parts = {"bass": square(0.1), "keys": square(0.05), "residual": square(0.2)}
    excerpt = cut(recipe(stems_kept=kept), song(square(0.3), **parts), 0)
    assert len(excerpt.stems) == min(kept, 2)
    assert "residual" not in excerpt.stems
    assert any(np.abs(excerpt.mix.samples).max() == pytest.approx(one) for one in level)


# The peak that headroom is compared with.


@pytest.mark.parametrize(("sample_db", "read_db"), [(-5.9, -2.89), (-6.1, -6.1)])
def test_from_6_db_below_full_scale_on_peaks_are_true_peaks(sample_db, read_db):
    """A tone at a quarter of the rate, begun at 45 degrees: crests 3.01 dB above the samples."""
    wave = np.sqrt(2.0) * np.sin(np.pi / 2.0 * np.arange(RATE) + np.pi / 4.0)
    fade = np.clip(np.minimum(np.arange(RATE), RATE - 1 - np.arange(RATE)) / 1_000.0, 0.0, 1.0)
    level = 10.0 ** (sample_db / 20.0)
    sound = Audio((level * fade * wave)[np.newaxis].astype(np.float32), RATE)
    assert peak_db(sound) == pytest.approx(sample_db, abs=0.01)
    assert headroom_peak_dbtp(sound) == pytest.approx(read_db, abs=0.02)


# The gain.


def excerpt_of(level=0.1, **levels):
    stems = {name: sine(of) for name, of in levels.items()}
    return song(sine(level), **stems)


def test_the_gain_gives_the_loudness_of_the_recipe(recipe):
    excerpt = excerpt_of(0.1, bass=0.1)
    made = render_with_headroom(recipe(loudness_lufs=-30.0), excerpt, desk(bass=[Gain(0.0)]))
    assert made.gain_db == round(-30.0 - integrated_lufs(excerpt.mix), 2)
    made = render_with_headroom(recipe(loudness_lufs=None), excerpt, desk(bass=[Gain(0.0)]))
    assert made.gain_db == 0.0


@pytest.mark.parametrize("loud", ["mix", "stem"])
def test_the_gain_is_lower_where_a_stem_or_the_mix_would_pass_the_headroom(recipe, loud):
    """At 16 kHz a sine of 250 Hz has 64 samples a turn, and its crest among them."""
    excerpt = excerpt_of(0.1, bass=0.4) if loud == "stem" else excerpt_of(0.4, bass=0.1)
    made = render_with_headroom(recipe(loudness_lufs=6.0), excerpt, desk(bass=[Gain(-20.0)]))
    assert -1.05 <= made.gain_db + 20.0 * np.log10(0.4) <= -1.0


@pytest.mark.parametrize(("strip", "bus", "spare_db"), [(20.0, -40.0, 0.5), (0.0, 20.0, 0.0)])
def test_a_stem_that_is_too_loud_is_lowered_by_its_excess_and_half_a_decibel(
    recipe, strip, bus, spare_db
):
    """The excess is that of 0.2 at 20 dB: 6.02 + 1 dB of headroom. Two hundredths for rounding."""
    excerpt = excerpt_of(0.2, bass=0.2)
    made = render_with_headroom(
        recipe(loudness_lufs=None, plain_mix=True), excerpt, desk([Gain(bus)], bass=[Gain(strip)])
    )
    assert made.gain_db == pytest.approx(-(6.02 + 1.0 + spare_db + 0.02), abs=0.015)


def test_crests_between_the_samples_lower_the_gain_too(recipe):
    """A tone at a quarter of the rate, its samples at -2 dB and its crests at 1.01 dB."""
    wave = np.sqrt(2.0) * np.sin(np.pi / 2.0 * np.arange(RATE) + np.pi / 4.0)
    fade = np.clip(np.minimum(np.arange(RATE), RATE - 1 - np.arange(RATE)) / 1_000.0, 0.0, 1.0)
    samples = np.tile(10.0 ** (-2.0 / 20.0) * fade * wave, (2, 1)).astype(np.float32)
    sound = Audio(samples, RATE)
    made = render_with_headroom(recipe(loudness_lufs=None), song(sound, bass=sound), desk(bass=()))
    assert made.gain_db == pytest.approx(-2.02, abs=0.03)


@dataclass(frozen=True)
class Counting(Effect):
    """Adds 20 dB, and a call to its list."""

    linear: ClassVar[bool] = True
    calls: list

    def __call__(self, audio):
        self.calls.append(audio)
        return audio.scaled(10.0)


def test_of_a_chain_without_dynamics_one_more_play_tells_the_relief(recipe):
    """Played too loud, played for its relief, played as it is kept."""
    calls = []
    drawn = desk([Gain(-40.0)], bass=[Counting(calls)])
    render_with_headroom(recipe(loudness_lufs=None), excerpt_of(0.2, bass=0.2), drawn)
    assert len(calls) == 3


@dataclass(frozen=True)
class SquareRoot(Effect):
    """A sound's root: a decibel less goes out as half a decibel less."""

    linear: ClassVar[bool] = False

    def __call__(self, audio):
        samples = np.sign(audio.samples) * np.sqrt(np.abs(audio.samples))
        return audio.with_samples(samples)


def test_a_compressor_is_given_the_relief_that_it_needs(recipe):
    """The root of 0.2 is 0.447, at 10 dB 3 dB above full scale: 3.01 + 1 dB of headroom are 8.02 dB
    of its input, found by the slope of the first step."""
    excerpt = excerpt_of(0.2, bass=0.2)
    made = render_with_headroom(
        recipe(loudness_lufs=None), excerpt, desk([Gain(-20.0)], bass=[SquareRoot(), Gain(10.0)])
    )
    excess_db = 2.0 * (10.0 * np.log10(0.2) + 10.0 + 1.0)
    assert made.gain_db == pytest.approx(-(excess_db + 0.5), abs=0.06)
    assert -1.3 < true_peak_dbtp(made.after.stems["bass"]) <= -1.0


@pytest.mark.parametrize(("strips", "twice"), [((Gain(0.0),), False), ((SquareRoot(),), True)])
def test_a_bus_behind_strips_that_compress_is_given_twice_the_relief(recipe, strips, twice):
    excerpt = excerpt_of(0.2, bass=0.2)
    level = np.sqrt(0.2) if twice else 0.2
    bus_db = 6.0 - 20.0 * np.log10(level)  # 6 dB above full scale, 7 above the headroom
    calls = []
    bus = [Counting(calls), Gain(bus_db - 20.0)]
    made = render_with_headroom(recipe(loudness_lufs=None), excerpt, desk(bus, bass=strips))
    assert made.gain_db == pytest.approx(-14.0 if twice else -7.0, abs=0.1)
    # Played too loud, played for its relief, played as it is kept: no fourth time.
    assert len(calls) == 3


def test_the_highest_gain_allowed_is_not_passed_but_a_lower_one_is_kept(recipe):
    excerpt, flat = excerpt_of(0.1, bass=0.1), desk(bass=[Gain(0.0)])
    assert render_with_headroom(recipe(loudness_lufs=None), excerpt, flat, -3.0).gain_db == -3.0
    assert render_with_headroom(recipe(loudness_lufs=None), excerpt, flat, 3.0).gain_db == 0.0


@pytest.mark.parametrize(("bus_db", "fits"), [(57.0, True), (59.5, False)])
def test_gains_down_to_60_db_are_tried(recipe, bus_db, fits):
    """The peak of 0.5 leaves the bus at `bus_db`, which is 1 dB more above the headroom."""
    excerpt = excerpt_of(0.5, bass=0.5)
    lower = desk([Gain(6.02), Gain(bus_db)], bass=[Gain(0.0)])
    if fits:
        made = render_with_headroom(recipe(loudness_lufs=None), excerpt, lower)
        assert made.gain_db == pytest.approx(-bus_db - 1.0, abs=0.06)
    else:
        with pytest.raises(errors.Rejected, match="even at -60 dB"):
            render_with_headroom(recipe(loudness_lufs=None), excerpt, lower)


# Rendering.


@pytest.mark.parametrize("place", ["bass", "group all", "aux room", "bus"])
@pytest.mark.parametrize(("over_db", "fits"), [(-0.3, True), (0.05, False), (0.3, False)])
def test_what_is_stored_keeps_the_headroom_and_what_is_not_full_scale(recipe, place, over_db, fits):
    """Stems and mix are stored; what leaves groups and auxes is added to the bus."""
    limit_db = -1.0 if place in ("bass", "bus") else 0.0
    loud = Gain(20.0 + limit_db + over_db)  # the sine is at -20 dB
    gains = {p: loud if p == place else Gain(0.0) for p in ("bass", "group all", "aux room", "bus")}
    if place != "bus":
        gains["bus"] = Gain(-40.0)
    drawn = desk(
        [gains["bus"]],
        {"all": Group(("bass",), Drawn((gains["group all"],)))},
        {"room": Aux({"bass": -60.0 if place != "aux room" else 0.0}, Drawn((gains["aux room"],)))},
        bass=[gains["bass"]],
    )
    if fits:
        rendering = render(recipe(), excerpt_of(0.1, bass=0.1), drawn, 0.0, 0.0)
        assert rendering.gain_db == 0.0
    else:
        with pytest.raises(ChainTooLoud) as caught:
            render(recipe(), excerpt_of(0.1, bass=0.1), drawn, 0.0, 0.0)
        assert caught.value.place == place
        # A bus has the aux on top of its stems: a thousandth.
        assert caught.value.excess_db == pytest.approx(over_db + limit_db + 1.0, abs=0.02)


def test_the_loudest_stem_is_tried_first(recipe):
    excerpt = excerpt_of(0.1, bass=0.1, keys=0.3, drums=0.2)
    strips = {name: [Gain(40.0)] for name in excerpt.stems}
    with pytest.raises(ChainTooLoud) as caught:
        render(recipe(), excerpt, desk(**strips), 0.0, 0.0)
    assert caught.value.place == "keys"


def test_what_enters_the_console_is_the_excerpt_at_the_gain(recipe):
    excerpt = excerpt_of(0.3, bass=0.1, keys=0.05)
    for plain_mix, mix in ((False, 0.15), (True, 0.075)):
        made = render(recipe(plain_mix=plain_mix), excerpt, desk(bass=(), keys=()), -6.0206, 0.0)
        assert np.abs(made.before.mix.samples).max() == pytest.approx(mix, abs=1e-6)
        assert np.abs(made.before.stems["bass"].samples).max() == pytest.approx(0.05, abs=1e-6)
        assert np.abs(made.after.mix.samples).max() == pytest.approx(0.075, abs=1e-6)


def test_a_prepared_stem_enters_the_console_as_it_was_prepared(recipe):
    """The mix is then the sum of what was prepared, whatever mix was released."""
    excerpt = excerpt_of(0.3, bass=0.2, keys=0.05)
    drawn = replace(desk(bass=(), keys=()), prepared={"bass": Drawn((Gain(-6.0206),))})
    made = render(recipe(), excerpt, drawn, -6.0206, 0.0)
    levels = {name: np.abs(stem.samples).max() for name, stem in made.before.stems.items()}
    assert levels == pytest.approx({"bass": 0.05, "keys": 0.025}, abs=1e-6)
    assert np.abs(made.before.mix.samples).max() == pytest.approx(0.075, abs=1e-6)
    assert made.console.prepared == {"bass": Chain((Gain(-6.0206),))}


def test_a_residual_makes_up_for_what_rounding_took(recipe):
    rng = np.random.default_rng(0)
    parts = {
        name: Audio(0.05 * rng.standard_normal((2, RATE)).astype(np.float32), RATE)
        for name in ("bass", "keys", "residual")
    }
    mix = parts["bass"] + parts["keys"] + parts["residual"]
    made = render(recipe(), song(mix, **parts), desk(bass=(), keys=(), residual=()), -0.7, 0.0)
    integers = {n: np.round(s.samples * 2.0**23) for n, s in made.before.stems.items()}
    assert np.array_equal(sum(integers.values()), np.round(made.before.mix.samples * 2.0**23))


def test_the_licence_of_what_was_rendered_is_of_the_song_and_its_effects(recipe):
    @dataclass(frozen=True)
    class Licensed(Effect):
        license: ClassVar[str] = "MIT"

        def __call__(self, audio):
            return audio

    excerpt = replace(excerpt_of(0.1, bass=0.1), license="CC-BY-4.0")
    made = render(recipe(), excerpt, desk(bass=[Licensed()]), 0.0, 0.0)
    assert made.before.license == made.after.license == "CC-BY-4.0 AND MIT"


# Audible draws.


@dataclass(frozen=True)
class Desks:
    """Gives one desk a draw, and counts the draws."""

    desks: tuple
    seeds: list

    def draw(self, stems, seed):
        self.seeds.append(seed)
        return self.desks[len(self.seeds) - 1]


def drawn_number(recipe, excerpt, *desks, audible_db):
    chance = Desks(desks, [])
    number, rendering = audible_draw(
        recipe(loudness_lufs=None, audible_db=audible_db, draws=len(desks)),
        excerpt,
        chance,
        Seed(5),
    )
    assert isinstance(rendering.before, Song)
    assert chance.seeds == [Seed(5), *(Seed(5) / "draw" / n for n in range(1, number + 1))]
    return number


TURNED, QUIETER = Polarity(), Gain(-3.0)  # changes of 0 dB and of 3 dB


@pytest.mark.parametrize(("audible_db", "number"), [(None, 0), (2.9, 1), (3.1, 2)])
def test_consoles_are_drawn_until_the_change_is_large_enough(recipe, audible_db, number):
    excerpt = excerpt_of(0.1, bass=0.1)
    desks = [desk(bass=[one]) for one in (Gain(-1.0), QUIETER, Gain(-9.0))]
    assert drawn_number(recipe, excerpt, *desks, audible_db=audible_db) == number


def test_each_stem_with_effects_must_change_and_those_without_need_not(recipe):
    excerpt = excerpt_of(0.1, bass=0.1, keys=0.1)
    one_is_not = desk(bass=[QUIETER], keys=[TURNED])
    one_has_none = desk(bass=[QUIETER], keys=())
    assert drawn_number(recipe, excerpt, one_is_not, one_has_none, audible_db=1.0) == 1
    assert drawn_number(recipe, excerpt, desk(bass=(), keys=()), audible_db=1.0) == 0


@pytest.mark.parametrize("place", ["bus", "group", "aux"])
def test_what_stems_share_must_change_the_mix(recipe, place):
    excerpt = excerpt_of(0.1, bass=0.1, keys=0.1)
    excerpt = replace(excerpt, mix=excerpt.stems["bass"] + excerpt.stems["keys"])

    def shared(effect, send_db=0.0):
        chain = Drawn((effect,))
        return desk(
            [effect] if place == "bus" else (),
            {"all": Group(("bass", "keys"), chain)} if place == "group" else {},
            {"room": Aux({"bass": send_db}, chain)} if place == "aux" else {},
            bass=(),
            keys=(),
        )

    # An aux at -60 dB adds next to nothing, one at 0 dB makes the mix 3.5 dB louder.
    unheard = shared(QUIETER, -60.0) if place == "aux" else shared(TURNED)
    heard = shared(Gain(0.0)) if place == "aux" else shared(QUIETER)
    assert drawn_number(recipe, excerpt, unheard, heard, audible_db=1.0) == 1


def test_where_no_draw_is_audible_the_excerpt_is_rejected(recipe):
    desks = [desk(bass=[TURNED])] * 3
    with pytest.raises(errors.Rejected, match="changed it by 1 dB in 3 draws"):
        drawn_number(recipe, excerpt_of(0.1, bass=0.1), *desks, audible_db=1.0)
