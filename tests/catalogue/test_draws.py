"""The table of what a recipe draws."""

from dataclasses import dataclass

from automix_bench.audio import peak_db
from automix_bench.catalogue.draws import table, to_text
from automix_bench.consoles.random_chain import Drawn, RandomChain
from automix_bench.consoles.random_console import (
    DrawnConsole,
    RandomAux,
    RandomConsole,
    RandomGroup,
)
from automix_bench.distributions.joint import Correlated, Rows
from automix_bench.distributions.plain import Choice, Constant, LogUniform, Uniform
from automix_bench.distributions.shaped import Mixture, Normal
from automix_bench.effect import Chain
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_shelf import HighShelf
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.normaliser import Normaliser, knob
from automix_bench.recipe import BySplit

PEAK = PeakingEQ.random(
    chance=0.6,
    frequency_hz=LogUniform(150.0, 6_000.0),
    gain_db=Normal(0.0, 4.0, -12.0, 12.0),
    q=0.7,
)
SQUEEZE = Compressor.random(
    chance=0.5,
    threshold_db=Uniform(-50.0, -30.0),
    ratio=Choice((2.0, 4.0, 8.0), weights=(1.0, 2.0, 1.0)),
    knee_db=6.0,
    attack_ms=LogUniform(1.0, 50.0),
    release_ms=LogUniform(30.0, 500.0),
    makeup_db=Mixture((Constant(0.0), Uniform(0.0, 6.0)), (1.0, 3.0)),
)
FITTED = Rows(("frequency_hz", "gain_db", "q"), ((2_000.0, 3.0, 0.7), (8_000.0, -2.0, 0.9)))
TIED = Correlated(
    ("frequency_hz", "gain_db"),
    (1_000.0, 0.0),
    (300.0, 3.0),
    ((1.0, 0.5), (0.5, 1.0)),
    (200.0, -9.0),
    (3_000.0, 9.0),
)


@dataclass(frozen=True)
class Levelled(Normaliser):
    """Brings the peak to a level."""

    peak_db: float = knob(-40.0, 0.0, "dB")

    def fitted(self, audio, came_in, lowered_db):
        return Chain((Gain(self.peak_db - peak_db(audio)),))


@dataclass(frozen=True)
class Closed:
    """A desk of a recipe's own, which says nothing of chains.

    More of it.
    """

    profiles: int = 30

    def draw(self, stems, seed):
        return DrawnConsole({name: Drawn((Gain(-3.0),)) for name in stems})


FULL = RandomConsole(
    strips={"vocals": RandomChain((PEAK, RandomChain((SQUEEZE, Gain.random(gain_db=-1.0)))))},
    default=RandomChain(
        (PEAK, HighShelf.random(jointly=FITTED), SoftClip.random(chance=0.2, drive_db=3.0)),
        shuffled=True,
        count=Choice((0, 1, 2, 3)),
    ),
    bus=RandomChain((PeakingEQ.random(q=1.0, jointly=TIED),)),
    groups={"rhythm": RandomGroup(("drums", "bass"), RandomChain((SQUEEZE,)))},
    auxes={
        "side": RandomAux(
            RandomChain((Pan.random(pan=Uniform(-0.8, 0.8)),)), Uniform(-20.0, -6.0), chance=0.3
        )
    },
)


def cells(recipe):
    return {
        (line.place, line.step, line.setting): (line.effect, line.chance, line.draws, line.unit)
        for line in table(recipe)
    }


def test_every_place_effect_and_setting_is_in_the_table(recipe):
    lines = cells(recipe(console=FULL))
    assert lines["vocals", "", "order"][2] == "as listed"
    assert lines["vocals", "1", "frequency_hz"] == (
        "PeakingEQ",
        0.6,
        "150 to 6000, log-uniform",
        "Hz",
    )
    assert lines["vocals", "1", "gain_db"][2] == "-12 to 12, normal, mean 0, deviation 4"
    assert lines["vocals", "1", "q"][2] == "always 0.7"
    assert lines["vocals", "2", "order"][2] == "as listed"
    assert lines["vocals", "2.1", "ratio"][2] == "2 (25 %) | 4 (50 %) | 8 (25 %)"
    assert lines["vocals", "2.1", "makeup_db"][2] == "25 % always 0; 75 % 0 to 6, uniform"
    assert lines["vocals", "2.2", "gain_db"] == ("Gain", 1.0, "always -1", "dB")
    order = "shuffled; how many of the 3 are kept: 0 | 1 | 2 | 3, evenly"
    assert lines["every other stem", "", "order"][2] == order
    table_text = "2000 to 8000, from a table of 2, jointly"
    assert lines["every other stem", "2", "frequency_hz"][2] == table_text
    assert lines["bus", "1", "gain_db"][2] == "-9 to 9, normal, mean 0, deviation 3, jointly"
    assert lines["bus", "1", "q"][2] == "always 1"
    assert lines["group rhythm", "", "takes"][2] == "drums, bass"
    assert lines["group rhythm", "1", "attack_ms"][2] == "1 to 50, log-uniform"
    assert lines["aux side", "", "takes"][2] == "every stem but the residual"
    assert lines["aux side", "", "send_db"] == ("", 0.3, "-20 to -6, uniform", "dB")
    assert lines["prepared", "", "order"][2] == "nothing"
    settings = {f for kind in (Compressor, PeakingEQ, HighShelf, Pan) for f in kind.settings()}
    assert settings <= {setting for _, _, setting in lines}


def test_defaults_that_a_recipe_leaves_are_named(recipe):
    lines = cells(recipe(console=FULL))
    for name in Compressor.settings().keys() - Compressor.required():
        assert lines["group rhythm", "1", name][2].startswith("always ")


def test_the_text_groups_the_table_by_place_and_split(recipe):
    console = BySplit(RandomConsole(bus=RandomChain((PEAK,))), RandomConsole(), Closed())
    text = to_text(recipe(console=console, loudness_lufs=None))
    assert text.startswith("tones, version 1, seed 7\nTones through random strips.\n")
    assert "excerpts of 1 s as released; train 80 %, valid 10 %, test 10 %" in text
    first = text.index("train · bus\n")
    assert first < text.index("valid · bus\n") < text.index("test · Closed\n")
    lines = [" ".join(line.split()) for line in text[first:].splitlines()]
    assert lines[2] == "1 60 % PeakingEQ frequency_hz 150 to 6000, log-uniform Hz"
    assert lines[3] == "gain_db -12 to 12, normal, mean 0, deviation 4 dB"
    assert "desk A desk of a recipe's own, which says nothing of chains." in lines
    assert "profiles 30" in lines
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_a_normaliser_is_named_as_one(recipe):
    chain = RandomChain((Levelled.random(peak_db=Uniform(-12.0, -6.0)),))
    lines = cells(recipe(console=RandomConsole(bus=chain)))
    assert lines["bus", "1", "peak_db"] == (
        "Levelled (normaliser)",
        1.0,
        "-12 to -6, uniform",
        "dB",
    )
