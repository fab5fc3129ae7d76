"""Fixed and random consoles: strips, groups, sends, their JSON, and severity."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from automix_bench.audio import amplitude, total
from automix_bench.console import Aux, Console, Desk, Group
from automix_bench.consoles.console_json import (
    Unavailable,
    chain_from_json,
    chain_to_json,
    console_from_json,
    console_to_json,
)
from automix_bench.consoles.random_chain import Drawn, RandomChain
from automix_bench.consoles.random_console import RandomAux, RandomConsole, RandomGroup
from automix_bench.dataset.manifest import knobs
from automix_bench.distributions.joint import Rows
from automix_bench.distributions.plain import Choice, Constant, Uniform
from automix_bench.dsp.severity import BINS, severity_bin, severity_db
from automix_bench.effect import Chain, Effect, Fitted
from automix_bench.effects.delay import Delay
from automix_bench.effects.gain import Gain
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.polarity import Polarity
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.errors import UnknownPlugin, UsageError
from automix_bench.example import integer_sum, played
from automix_bench.files.quantise import integers, quantised
from automix_bench.normalisers.loudness import Loudness
from automix_bench.normalisers.peak import Peak
from automix_bench.recipe import BySplit, desks
from automix_bench.sampling import Seed
from automix_bench.settings import Knob, Option, Random, Settings, knob, option, text
from automix_bench.song import Origin, Song

SEED = Seed(5) / "consoles"


@pytest.fixture
def song(noise):
    names = ("bass", "drums", "snare-1", "vocals", "residual")
    stems = {name: quantised(noise(seed=n, seconds=0.5)) for n, name in enumerate(names)}
    mix = quantised(total(stems.values()).scaled(0.2))
    return Song("song", "artist", stems, mix, "CC0-1.0", Origin("song", "0" * 64))


STRIPS = {
    "bass": Chain((Gain(-3.0), SoftClip(6.0))),
    "drums": Chain((Gain(-6.0),)),
    "snare-1": Chain((Pan(0.3),)),
    "vocals": Chain(),
    "residual": Chain(),
}
DESK = Console(
    STRIPS,
    Chain((Gain(-12.0),)),
    {"kit": Group(("drums", "snare-1"), Chain((SoftClip(3.0),)))},
    {"echo": Aux({"vocals": -6.0, "drums": -12.0}, Chain((Delay(50.0, 0.2, 1.0),)))},
)


# Consoles.


def test_a_console_sums_as_its_routing_says(song):
    def q(chain, audio):
        return quantised(chain(audio))

    out = {name: q(STRIPS[name], stem) for name, stem in song.stems.items()}
    group = q(DESK.groups["kit"].chain, integer_sum((out["drums"], out["snare-1"])))
    sent = out["drums"].scaled(amplitude(-12.0)) + out["vocals"].scaled(amplitude(-6.0))
    returned = q(DESK.auxes["echo"].chain, sent)
    met = integer_sum((out["bass"], out["vocals"], out["residual"], group, returned))
    after = played(DESK, song)
    assert np.array_equal(integers(after.mix), integers(q(DESK.bus, met)))
    for name, stem in out.items():
        assert np.array_equal(after.stems[name].samples, stem.samples)
    called = DESK(song)
    assert np.abs(called.mix.samples - after.mix.samples).max() < 1e-6


def test_sends_in_another_order_and_to_stems_that_are_not_there_give_the_same(song):
    sends = {"vocals": -6.0, "drums": -12.0, "bass": -3.3}
    echo = DESK.auxes["echo"].chain
    one, two = (
        replace(DESK, auxes={"echo": Aux(dict(order), echo)})
        for order in (sends.items(), [("keys", 0.0), *reversed(sends.items())])
    )
    assert np.array_equal(played(one, song).mix.samples, played(two, song).mix.samples)


def test_an_empty_group_or_aux_is_silent_and_a_stem_without_a_strip_is_named(song):
    alone = replace(song, stems={"vocals": song.stems["vocals"]})
    dry = replace(DESK, groups={}, auxes={"echo": Aux({"drums": 0.0}, Chain((Gain(60.0),)))})
    assert np.array_equal(
        played(dry, alone).mix.samples, quantised(DESK.bus(song.stems["vocals"])).samples
    )
    with pytest.raises(KeyError, match="flute"):
        DESK(replace(song, stems={"flute": song.mix}))
    with pytest.raises(ValueError, match="one group at most, drums is in two"):
        Desk({}, Chain(), {"a": Group(("drums",), Chain()), "b": Group(("drums",), Chain())})


def test_a_console_is_something_only_where_it_may_change_a_sound():
    assert not Console({"bass": Chain()}, prepared={"bass": Chain((Gain(1.0),))})
    assert Console({"bass": Chain()}, auxes={"room": Aux({}, Chain((Gain(1.0),)))})
    assert [name for name, _ in DESK.places()] == [*STRIPS, "group kit", "aux echo", "bus"]


def everything():
    fitted = Fitted(Gain(2.5), "loudness", (("lufs", -20.0),))
    row = Fitted(
        GraphicEQ(tuple(float(n % 5) for n in range(31))),
        "equalisation",
        (("spectrum_db", tuple(-float(n) for n in range(31))),),
    )
    gone = Unavailable("other_makers", (("drive", 3.0), ("mode", "hot"), ("row", (1.0, 2.0))))
    return replace(
        DESK,
        strips={**STRIPS, "vocals": Chain((fitted, row, gone, Polarity()))},
        prepared={"bass": Chain((Fitted(Gain(-1.0), "peak", (("when", "fixed"),)),))},
        labels={"text": "louder, Ärger", "stems": ["bass"], "by": {"bass": 1.5}, "none": None},
    )


def test_everything_comes_back_from_json():
    console = everything()
    again = console_from_json(json.loads(json.dumps(console_to_json(console))))
    assert again == console
    assert console_to_json(again) == console_to_json(console)
    plain = console_to_json(Console({}))
    assert plain == {"strips": {}, "bus": []}
    assert console_from_json(plain) == Console({})


def test_a_missing_effect_is_kept_but_not_played(noise):
    (gone,) = chain_from_json([{"effect": "other_makers", "drive": 3.0}]).effects
    assert chain_to_json(Chain((gone,))) == [{"effect": "other_makers", "drive": 3.0}]
    assert gone.inverse() is None
    with pytest.raises(UnknownPlugin, match="no effect other_makers here"):
        gone(noise())


def test_json_has_rows_texts_and_the_settings_of_normalisers():
    told = {
        (k["strip"], k["place"], k["knob"]): k["text"] if k["value"] is None else k["value"]
        for k in knobs(console_to_json(everything()))
    }
    assert told["vocals", 0, "gain_db"] == 2.5
    assert told["vocals", 0, "loudness:lufs"] == -20.0
    assert [told["vocals", 1, f"gains_db[{n}]"] for n in range(31)] == [n % 5 for n in range(31)]
    assert told["vocals", 2, "mode"] == "hot"
    assert told["vocals", 2, "row[1]"] == 2.0
    assert told["prepared bass", 0, "peak:when"] == "fixed"
    assert told["group kit", 0, "drive_db"] == 3.0
    assert told["aux echo", 0, "delay_ms"] == 50.0
    assert told["bus", 0, "gain_db"] == -12.0
    assert told["snare-1", 0, "law"] == "constant_power"


# Random consoles.


GAIN = Gain.random(gain_db=Uniform(-6.0, 6.0))
PAN = Pan.random(pan=Uniform(-1.0, 1.0))
CLIP = SoftClip.random(drive_db=Uniform(0.0, 9.0))


def chains(chain, count=10_000):
    return [chain.draw(SEED / number).places for number in range(count)]


def likely(counts, shares=None):
    total_count = sum(counts)
    shares = shares or [1.0 / len(counts)] * len(counts)
    return stats.chisquare(counts, [total_count * share for share in shares]).pvalue > 1e-4


def order_of(places):
    return "".join(type(place).__name__[0] for place in places)


def test_a_class_that_was_renamed_draws_what_it_drew_under_its_name_in_plans():
    class Louder(Gain):
        name_in_plans: ClassVar[str] = "Gain"

    class Other(Gain):
        pass

    drawn = [
        RandomChain((kind.random(gain_db=Uniform(-12.0, 12.0)),)).draw(Seed(7)).places[0].gain_db
        for kind in (Gain, Louder, Other)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_shuffled_chain_comes_in_every_order_equally_often():
    found = Counter(map(order_of, chains(RandomChain((GAIN, PAN, CLIP), shuffled=True), 3_000)))
    assert set(found) == {"GPS", "GSP", "PGS", "PSG", "SGP", "SPG"}
    assert likely(list(found.values()))
    assert {order_of(p) for p in chains(RandomChain((GAIN, PAN, CLIP)), 50)} == {"GPS"}


def test_an_inner_chain_keeps_together_and_has_a_chance():
    inner = RandomChain((GAIN, PAN), chance=0.25)
    found = Counter(map(order_of, chains(RandomChain((inner, CLIP), shuffled=True), 3_000)))
    assert set(found) == {"S", "GPS", "SGP"}
    assert likely([found["S"], found["GPS"], found["SGP"]], [0.75, 0.125, 0.125])


def test_some_places_of_a_chain_are_kept_evenly_and_in_order():
    one = RandomChain((GAIN, PAN, CLIP), count=Choice((1, 2), (0.7, 0.3)))
    found = Counter(map(order_of, chains(one, 3_000)))
    assert likely(
        [found[order] for order in ("G", "P", "S", "GP", "GS", "PS")], [0.7 / 3] * 3 + [0.1] * 3
    )
    assert {order_of(places) for places in chains(replace(one, count=Constant(0)), 20)} == {""}


def test_a_draw_depends_on_its_seed_and_place_alone():
    short, long = RandomChain((GAIN, PAN)), RandomChain((GAIN, PAN, CLIP))
    seldom = RandomChain((replace(GAIN, chance=0.5), PAN))
    for number in range(50):
        seed = SEED / number
        assert short.draw(seed) == short.draw(seed)
        assert long.draw(seed).places[:2] == short.draw(seed).places
        kept = seldom.draw(seed).places
        assert kept in (short.draw(seed).places, short.draw(seed).places[1:])
    assert list(RandomChain((long, CLIP)).everything()) == [GAIN, PAN, CLIP, CLIP]


def test_a_strip_with_a_normaliser_waits_for_its_sound(noise):
    level = RandomChain((GAIN, Loudness.random(lufs=-20.0))).draw(SEED)
    assert not level.fixed
    with pytest.raises(TypeError, match="a chain only after it was fitted to a sound"):
        _ = level.chain
    chain, after = level.settled(noise(), lowered_db=-2.0)
    assert chain.effects[1].normaliser_settings == (("lufs", -20.0),)
    assert np.array_equal(chain(noise()).samples, after.samples)
    assert Drawn((Gain(1.0),)).chain == Chain((Gain(1.0),))


CONSOLE = RandomConsole(
    strips={"bass": RandomChain((CLIP,)), "drums": RandomChain((GAIN,))},
    default=RandomChain((PAN,)),
    groups={"kit": RandomGroup(("drums", "snare"), RandomChain((GAIN,)))},
    auxes={
        "room": RandomAux(RandomChain((replace(CLIP, chance=0.5),)), Uniform(-20.0, -10.0), 0.5),
        "only": RandomAux(RandomChain((CLIP,)), Constant(-3.0), roles=("vocals",)),
    },
    bus=RandomChain((GAIN,)),
)


def test_strips_go_by_role_and_the_residual_has_none():
    drawn = CONSOLE.draw(("bass-2", "drums", "flute", "residual"), SEED)
    assert [order_of(strip.places) for strip in drawn.strips.values()] == ["S", "G", "P", ""]
    assert not drawn.auxes.get("only")
    named = replace(CONSOLE, strips={"residual": RandomChain((GAIN,))})
    assert order_of(named.draw(("residual",), SEED).strips["residual"].places) == "G"
    labels = [name for name, _ in CONSOLE.everything()]
    assert labels == [
        "bass",
        "drums",
        "every other stem",
        "group kit",
        "aux room",
        "aux only",
        "bus",
        "prepared",
    ]


def test_sends_and_strips_do_not_depend_on_the_other_stems():
    for number in range(30):
        few = CONSOLE.draw(("bass", "vocals"), SEED / number)
        many = CONSOLE.draw(("vocals", "drums", "snare-1", "bass", "residual"), SEED / number)
        for name in ("bass", "vocals"):
            assert few.strips[name] == many.strips[name]
            for aux in few.auxes.keys() & many.auxes.keys():
                sends = few.auxes[aux].sends_db, many.auxes[aux].sends_db
                assert sends[0].get(name) == sends[1].get(name)
        assert few.bus == many.bus


def test_auxes_and_groups_without_input_are_left_out():
    counts, levels = Counter(), []
    for number in range(2_000):
        drawn = CONSOLE.draw(("bass", "drums", "residual"), SEED / number)
        assert "only" not in drawn.auxes
        assert drawn.groups["kit"].stems == ("drums",)
        room = drawn.auxes.get("room")
        counts[tuple(sorted(room.sends_db)) if room else None] += 1
        levels += room.sends_db.values() if room else ()
    assert set(counts) == {None, ("bass",), ("drums",), ("bass", "drums")}
    order = [None, ("bass",), ("drums",), ("bass", "drums")]
    assert likely([counts[key] for key in order], [0.625, 0.125, 0.125, 0.125])
    assert stats.kstest(levels, stats.uniform(-20.0, 10.0).cdf).pvalue > 1e-4
    assert "kit" not in CONSOLE.draw(("bass",), SEED).groups
    assert CONSOLE.draw(("vocals",), SEED).auxes["only"].sends_db == {"vocals": -3.0}


def test_a_drawn_console_settles_every_place_on_the_sound_that_comes_there(song):
    peak = RandomChain((Peak.random(peak_dbfs=Uniform(-30.0, -12.0)),))
    console = RandomConsole(
        default=peak,
        bus=peak,
        prepared=RandomChain((Loudness.random(lufs=-30.0),)),
        groups={"kit": RandomGroup(("drums", "snare"), peak)},
        auxes={"room": RandomAux(peak, Constant(-6.0))},
    )
    drawn = console.draw(song.stems, SEED)
    chains, stems = drawn.prepare(song.stems, -2.0)
    assert set(chains) == song.stems.keys() - {"residual"}
    stems = {name: quantised(stem) for name, stem in stems.items()}
    before = replace(song, stems=stems, mix=quantised(integer_sum(stems.values())))

    def through(_, strip, audio):
        chain, out = strip.settled(audio, -2.0)
        return chain, quantised(out)

    settled, out, mix = drawn.settled(before.stems, chains, through, integer_sum)
    assert settled.prepared == chains
    after = played(settled, before)
    assert np.array_equal(mix.samples, after.mix.samples)
    assert all(np.array_equal(out[n].samples, stem.samples) for n, stem in after.stems.items())
    for name, stem in after.stems.items():
        if name != "residual":
            (effect,) = settled.strips[name].effects
            wanted_db = dict(effect.normaliser_settings)["peak_dbfs"] - 2.0
            assert 20.0 * np.log10(np.abs(stem.samples).max()) == pytest.approx(wanted_db, abs=0.01)
    (last,) = settled.bus.effects
    wanted_db = dict(last.normaliser_settings)["peak_dbfs"] - 2.0
    peak_db = 20.0 * np.log10(np.abs(after.mix.samples).max())
    assert peak_db == pytest.approx(wanted_db, abs=0.01)
    assert settled == console_from_json(json.loads(json.dumps(console_to_json(settled))))


def test_another_desk_for_each_split():
    split = BySplit(CONSOLE, replace(CONSOLE, bus=RandomChain()), CONSOLE)
    assert split.of("valid") == split.valid
    assert desks(split) == {"train": CONSOLE, "valid": split.valid, "test": CONSOLE}
    assert desks(CONSOLE) == {"": CONSOLE}
    with pytest.raises(UsageError, match="train, valid or test, got 'dev'"):
        split.of("dev")


# Settings.


@dataclass(frozen=True)
class Everything(Settings):
    level_db: float = knob(-6.0, 6.0, "dB")
    bands: tuple[float, ...] = knob(0.0, 1.0, "(linear)", count=3)
    name: str = text()
    mode: str = option("fast", "slow")
    rest: float = knob(0.0, 1.0, "(linear)", default=0.5)


def test_settings_are_held_to_what_they_declare():
    one = Everything(3, [0, 1, 0.5], "a", "slow")
    assert (one.level_db, one.bands, one.rest) == (3.0, (0.0, 1.0, 0.5), 0.5)
    assert Everything.required() == {"level_db", "bands", "name"}
    assert list(Everything.knobs()) == ["level_db", "bands", "rest"]
    assert Everything.options() == {"name": Option(()), "mode": Option(("fast", "slow"))}
    assert [str(spec) for spec in Everything.settings().values()] == [
        "-6 to 6 dB",
        "3 of 0 to 1 (linear)",
        "text",
        "fast | slow",
        "0 to 1 (linear)",
    ]
    for wrong, said in (
        ({"level_db": 6.1}, r"Everything.level_db must lie in \[-6.0, 6.0\] dB, got 6.1"),
        ({"level_db": float("nan")}, "got nan"),
        ({"bands": (0.0, 1.0)}, "Everything.bands must be 3 numbers"),
        ({"bands": (0.0, 1.0, 2.0)}, r"Everything.bands must lie in \[0.0, 1.0\]"),
        ({"mode": "medium"}, "Everything.mode must be one of: fast, slow, got 'medium'"),
    ):
        with pytest.raises(ValueError, match=said):
            replace(one, **wrong)
    with pytest.raises(ValueError, match=r"Everything.name must be one of: text, got 3"):
        Option(()).settled(Everything, "name", 3)
    assert Knob(0.0, 1.0, "s").settled(Everything, "rest", 1) == 1.0


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"gain": 1.0}, TypeError, r"Gain has the knobs \['gain_db'\], got \['gain'\]"),
        ({}, TypeError, r"Gain has the knobs"),
        ({"gain_db": Uniform(-61.0, 0.0)}, ValueError, "got -61.0"),
        ({"gain_db": 61.0}, ValueError, "got 61.0"),
        ({"gain_db": 0.0, "chance": 1.5}, ValueError, "a chance lies from 0 to 1, got 1.5"),
        ({"jointly": Rows(("gain_db",), ((99.0,),))}, ValueError, "got 99.0"),
        ({"gain_db": 1.0, "jointly": Rows(("gain_db",), ((9.0,),))}, TypeError, "has the knobs"),
        ({"gain_db": 1.0, "jointly": Rows(("other",), ((9.0,),))}, TypeError, "has the knobs"),
    ],
)
def test_impossible_settings_are_refused_before_drawing(given, error, said):
    with pytest.raises(error, match=said):
        Gain.random(**given)


def test_joint_settings_are_drawn_together():
    rows = Rows(("level_db", "rest"), ((1.0, 0.1), (2.0, 0.2)))
    chance = Everything.random(jointly=rows, bands=(0.0, 0.0, 0.0), name="a", mode=Choice(["slow"]))
    drawn = [chance.sample((SEED / n).rng()) for n in range(60)]
    assert {(one.level_db, one.rest, one.mode) for one in drawn} == {
        (1.0, 0.1, "slow"),
        (2.0, 0.2, "slow"),
    }


def test_a_skipped_effect_leaves_later_draws_as_they_were():
    always, never = (Gain.random(chance=c, gain_db=Uniform(0.0, 9.0)) for c in (1.0, 0.0))
    one, two = SEED.rng(), SEED.rng()
    assert isinstance(always.sample(one), Effect)
    assert never.sample(two) is None
    assert one.random() == two.random()
    wild = Random(Gain, {"gain_db": Constant(99.0)})
    with pytest.raises(
        UsageError, match=r"a recipe drew settings that its effect refuses: Gain.gain_db"
    ):
        wild.sample(one)


# Severity.


def test_severity_of_a_gain_is_the_gain(noise):
    sound = noise(seconds=1.0)
    for gain_db in (6.0, -6.0, 1.5):
        assert severity_db(sound, Gain(gain_db)(sound)) == pytest.approx(abs(gain_db), abs=0.01)
    assert severity_db(sound, Polarity()(sound)) == 0.0
    assert severity_db(sound, sound) == 0.0


def test_severity_is_symmetric_and_grows(noise):
    sound, found = noise(seconds=1.0), []
    for drive_db in (3.0, 9.0, 18.0):
        other = SoftClip(drive_db)(sound)
        found.append(severity_db(sound, other))
        assert found[-1] == severity_db(other, sound)
    assert found == sorted(found)
    assert found[0] > 0.5


def test_severity_of_silence_and_of_very_short_sounds(noise):
    sound = noise(seconds=0.5)
    silence = sound.scaled(0.0)
    assert severity_db(silence, silence) == 0.0
    assert severity_db(sound, silence) == severity_db(silence, sound) > 40.0
    one = sound.excerpt(0, 1)
    assert severity_db(one, one.scaled(2.0)) == pytest.approx(6.02, abs=0.02)
    for rate in (8_000, 96_000):
        slow = noise(seconds=0.5, rate=rate, channels=1)
        assert severity_db(slow, slow.scaled(2.0)) == pytest.approx(6.02, abs=0.02)


@pytest.mark.parametrize("gaps", [0, 1, 7])
def test_silence_around_and_between_does_not_move_a_severity(noise, gaps):
    """Silent frames are ignored, as the docstring says."""
    sound = noise(seconds=1.0)
    pauses = (np.arange(sound.length) * (2 * gaps + 1) // sound.length) % 2 == 1
    before = sound.with_samples(np.where(pauses, 0.0, sound.samples))
    after = quantised(LowShelf(200.0, -9.0, 0.7)(before))
    levels = []
    for audio in (before, after):
        padded = np.pad(audio.samples.astype(float), ((0, 0), (1_024, 2_048)))
        frames = np.lib.stride_tricks.sliding_window_view(padded, 2_048, axis=1)[:, ::1_024]
        window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(2_048) / 2_048)
        powers = np.abs(np.fft.rfft(frames * window)) ** 2
        edges = 1_000.0 * 10.0 ** ((np.arange(-13, 14) - 0.5) / 10.0) * 2_048 / sound.rate
        bins = np.unique(np.minimum(np.round(edges), 1_024).astype(int))
        levels.append(np.add.reduceat(powers, bins, axis=2)[..., :-1])
    floor = max(level.max() for level in levels) * 1e-6
    heard = (levels[0] > floor) | (levels[1] > floor)
    one, other = (10.0 * np.log10(np.maximum(level[heard], floor)) for level in levels)
    assert severity_db(before, after) == pytest.approx(np.mean(np.abs(one - other)), abs=6e-4)


def test_severity_falls_into_four_bins():
    found = [severity_bin(db) for db in (0.0, 0.499, 0.5, 1.999, 2.0, 4.999, 5.0, 80.0)]
    assert found == ["none"] * 2 + ["mild"] * 2 + ["medium"] * 2 + ["strong"] * 2
    assert [name for name, _ in BINS] == ["none", "mild", "medium", "strong"]
