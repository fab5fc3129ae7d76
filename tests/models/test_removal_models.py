"""The models that remove effects and take mixes apart, as tasks call them."""

import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.audio import Audio, amplitude, total
from automix_bench.console import Console
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Choice
from automix_bench.effect import Chain
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.drc import Drc
from automix_bench.effects.gain import Gain
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.errors import MissingPart
from automix_bench.evaluation.entry import instance
from automix_bench.making.make import make
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.model import Brief
from automix_bench.scorecard import read_scorecard
from tests.support.tone_source import Tones

REMOVING = (
    "declip",
    "delimit",
    "dereverb",
    "distortion_inverse_blind",
    "drc_inverse",
    "drc_inverse_blind",
    "spectral_dereverb",
)


def model(name):
    return instance(name, plugin.load("models", name))


def difference_db(estimate, target):
    """The power of the error, in dB below that of the target."""
    error = np.square(estimate.samples - target.samples, dtype=np.float64).mean()
    return 10.0 * np.log10(error / np.square(target.samples, dtype=np.float64).mean())


@pytest.fixture
def dry():
    """A maker of strokes 0.75 s apart, which are silent in between, with a peak at -3 dBFS."""

    def make(channels=2, rate=44_100, seconds=3.0):
        rng = np.random.default_rng(3)
        time = np.arange(round(seconds * rate)) / rate
        wave = rng.standard_normal(len(time)) * np.exp(-40.0 * (time % 0.75))
        both = np.stack([wave, np.roll(wave, 3)])[:channels]
        return Audio((amplitude(-3.0) * both / np.abs(both).max()).astype(np.float32), rate)

    return make


@pytest.mark.parametrize(
    "effect",
    [
        Drc(-40.0, 4.5, 12.0, 40.0, 60.0, 300.0),
        Drc(-30.0, 10.0, 5.0, 20.0, 25.0, 1_000.0, detector="peak"),
        Compressor(-30.0, 4.0, 6.0, 5.0, 100.0, 3.0, 5.0),
    ],
    ids=lambda effect: type(effect).__name__,
)
@pytest.mark.parametrize(("channels", "rate"), [(1, 8_000), (2, 44_100), (2, 96_000)])
def test_a_known_compressor_is_inverted(noise, effect, channels, rate):
    whole = noise(channels=channels, rate=rate, rms=0.2)
    strip = Chain((effect, Gain(-3.0)))
    brief = Brief({"bass": strip(whole)}, console=Console({"bass": strip}))
    assert difference_db(brief.stems["bass"], whole) > -20.0
    assert difference_db(model("drc_inverse")(brief).stems["bass"], whole) < -80.0


def test_what_has_no_settings_or_no_inverse_is_left_alone(noise):
    stems = {"bass": noise(rms=0.3), "keys": noise(seed=1)}
    assert model("drc_inverse")(Brief(stems)).stems == stems
    strips = {"bass": Chain((HardClip(-3.0), Gain(-6.0)))}
    answer = model("drc_inverse")(Brief(stems, console=Console(strips))).stems
    assert answer["keys"] is stems["keys"]
    np.testing.assert_allclose(
        answer["bass"].samples, stems["bass"].samples * amplitude(6.0), rtol=1e-5
    )


@pytest.mark.parametrize("name", REMOVING)
@pytest.mark.parametrize(("channels", "rate"), [(1, 8_000), (2, 44_100)])
def test_what_is_silent_or_undamaged_comes_back_unchanged(name, dry, channels, rate):
    if name == "dereverb":
        pytest.importorskip("nara_wpe")
    stems = {"bass": dry(channels, rate), "keys": dry(channels, rate).scaled(0.0)}
    assert model(name)(Brief(stems)).stems == stems


@pytest.mark.parametrize(("channels", "rate"), [(1, 16_000), (2, 44_100)])
def test_weighted_prediction_removes_a_room(dry, channels, rate):
    pytest.importorskip("nara_wpe")
    whole = dry(channels, rate)
    room = NoiseReverb(0.8, 0.6, 0.4, 0.0, 0.4, 7.0)(whole)
    answer = model("dereverb")(Brief({"bass": room})).stems["bass"]
    before, after = (
        audible_distance.measure(reference=whole, estimate=one) for one in (room, answer)
    )
    assert after < 0.9 * before


def test_a_missing_package_is_named(monkeypatch, dry):
    monkeypatch.setitem(sys.modules, "nara_wpe.wpe", None)
    line = r"dereverb needs nara_wpe, .*: run `pip install .*\[dereverberation\]"
    with pytest.raises(MissingPart, match=line):
        model("dereverb")(Brief({"bass": dry()}))


def test_separators_take_turns_and_their_stems_sum_to_the_mix(noise, tone, tmp_path):
    halves = tmp_path / "halves.py"
    halves.write_text(
        "from dataclasses import replace\n\n"
        '__all__ = ["Halves"]\n\n\n'
        "class Halves:\n"
        '    license = ""\n\n'
        "    def __call__(self, song):\n"
        "        third = song.mix.scaled(1 / 3)\n"
        '        stems = {"vocals": third, "accompaniment": third, "residual": third}\n'
        "        return replace(song, stems=stems)\n\n"
        "    def fingerprint(self):\n"
        '        return {"separator": "halves"}\n'
    )
    from automix_bench.models.separate import Separate

    brief = Brief({"a": noise(rms=0.05), "b": tone()})
    mix = total(brief.stems.values())
    answer = Separate((str(halves), "harmonic_percussive"))(brief).stems
    assert set(answer) == {"vocals", "drums", "bass", "other"}
    np.testing.assert_allclose(answer["vocals"].samples, mix.samples / 3.0, atol=1e-6)
    np.testing.assert_allclose(total(answer.values()).samples, mix.samples, atol=1e-5)
    assert set(Separate((str(halves),))(brief).stems) == {"vocals", "accompaniment"}
    assert set(Separate(("harmonic_percussive", str(halves)))(brief).stems) == {
        "drums",
        "bass",
        "other",
    }


def test_the_floor_of_separation_is_the_mix(noise):
    brief = Brief({"a": noise(seed=1), "b": noise(seed=2)})
    answer = model("mix_as_stems")(brief).stems
    assert set(answer) == {"vocals", "drums", "bass", "other"}
    mix = total(brief.stems.values())
    assert all(np.array_equal(stem.samples, mix.samples) for stem in answer.values())


def test_a_removal_model_runs_from_the_command_line(recipe, tmp_path):
    console = RandomConsole(
        default=RandomChain((HardClip.random(threshold_db=Choice((-24.0, -21.0))),))
    )
    made = make(
        recipe(name="declipping", source=Tones(count=4), console=console), tmp_path / "data"
    )
    arguments = ["evaluate", "declipping", str(made.folder), "declip", "--split", "all"]
    result = CliRunner().invoke(cli.app, [*arguments, "--runs", str(tmp_path / "runs")])
    assert result.exit_code == 0, (result.output, result.exception)
    cards = {
        card.model: card
        for card in map(read_scorecard, (tmp_path / "runs" / "declipping").glob("*.json"))
    }
    means = {name: card.estimate(audible_distance).value for name, card in cards.items()}
    assert means["oracle"] == 0.0 < means["declip"] < means["do_nothing"]
