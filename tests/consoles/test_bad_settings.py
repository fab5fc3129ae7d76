"""Invalid settings, plug-ins and data sets."""

import sys
from dataclasses import dataclass

import pytest

from automix_bench.audio import Audio
from automix_bench.consoles.console_json import Unavailable, chain_from_json, console_from_json
from automix_bench.consoles.random_chain import Drawn
from automix_bench.consoles.random_console import DrawnConsole
from automix_bench.effect import Chain, Effect, Unsuitable
from automix_bench.effects.gain import Gain
from automix_bench.errors import BrokenPlugin, DatasetError, UsageError
from automix_bench.making.make import make
from automix_bench.normaliser import Normaliser
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.settings import knob

GAIN = {"effect": "gain", "gain_db": 3.0}
CONSOLE = {
    "strips": {"vocals": [GAIN]},
    "bus": [],
    "groups": {"voices": {"stems": ["vocals"], "chain": [GAIN]}},
    "auxes": {"room": {"sends_db": {"vocals": -6.0}, "chain": [GAIN]}},
}


def test_a_data_set_runs_no_code_of_its_choice(tmp_path):
    sign = tmp_path / "sign"
    called = {"effect": "os:system", "command": f"touch {sign}"}
    with pytest.raises(DatasetError, match="os:system is no effect"):
        chain_from_json([called])
    file = tmp_path / "evil.py"
    file.write_text(f"open({str(sign)!r}, 'w')\n__all__ = ['Evil']\nclass Evil: pass\n")
    (of_a_file,) = chain_from_json([{"effect": str(file)}]).effects
    assert isinstance(of_a_file, Unavailable)
    assert not sign.exists()


def test_a_data_set_imports_nothing_but_what_is_loaded_or_installed_as_a_plug_in(
    tmp_path, monkeypatch
):
    (tmp_path / "somebodys.py").write_text(
        "from dataclasses import dataclass\n"
        "from automix_bench.effects.gain import Gain\n"
        "@dataclass(frozen=True)\nclass Louder(Gain):\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    said = [{"effect": "somebodys:Louder", "gain_db": 3.0}]
    (effect,) = chain_from_json(said).effects
    assert isinstance(effect, Unavailable)
    assert "somebodys" not in sys.modules
    import somebodys

    try:
        assert chain_from_json(said).effects == (somebodys.Louder(3.0),)
    finally:
        del sys.modules["somebodys"]


@pytest.mark.parametrize(
    ("chain", "message"),
    [
        ([{**GAIN, "gain_db": "3"}], "gain refuses"),
        ([{**GAIN, "gain_db": None}], "gain refuses"),
        ([{**GAIN, "gain_db": float("nan")}], "gain refuses .*got nan"),
        ([{"effect": "gain"}], "gain refuses .*gain_db"),
        ([{**GAIN, "drive": 1.0}], "gain refuses .*drive"),
        ([{"gain_db": 3.0}], "named by text under `effect`"),
        ([{"effect": 3}], "named by text under `effect`"),
        (["gain"], "wanted settings by name, got 'gain'"),
        ({"effect": "gain"}, "strip vocals: wanted a list of effects"),
        ("gain", "strip vocals: wanted a list of effects"),
        (None, "strip vocals: wanted a list of effects"),
        ([{**GAIN, "fitted": {}}], "`by` must name a normaliser"),
        ([{**GAIN, "fitted": "x"}], "gain, fitted: wanted settings by name"),
    ],
)
def test_a_chain_that_was_tampered_with_is_named(chain, message):
    with pytest.raises(DatasetError, match=message):
        console_from_json({**CONSOLE, "strips": {"vocals": chain}})


@pytest.mark.parametrize(("value", "got"), [("3", "'3'"), (None, "None"), ((3.0,), r"\(3.0,\)")])
def test_a_knob_takes_numbers_alone(value, got):
    with pytest.raises(ValueError, match=rf"Gain.gain_db must lie in \[.*\] dB, got {got}"):
        Gain.knobs()["gain_db"].settled(Gain, "gain_db", value)


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("bus", None, "bus: wanted a list"),
        ("groups", [1], "group: wanted settings by name"),
        ("groups", {"voices": {"chain": []}}, "group voices: stems is missing"),
        ("groups", {"voices": {"stems": "vocals", "chain": []}}, "voices: wanted stems as a list"),
        ("groups", {n: {"stems": ["vocals"], "chain": []} for n in "ab"}, "vocals is in two"),
        ("auxes", {"room": {"sends_db": {"vocals": "x"}, "chain": []}}, "vocals in dB, got 'x'"),
        ("auxes", {"room": {"sends_db": 3, "chain": []}}, "room, sends_db: wanted settings"),
        ("labels", ["a"], "labels: wanted settings by name"),
        ("wheels", {}, "wheels is unknown"),
    ],
)
def test_a_console_that_was_tampered_with_is_named(part, value, message):
    with pytest.raises(DatasetError, match=message):
        console_from_json({**CONSOLE, part: value})


@pytest.mark.parametrize("part", ["strips", "bus"])
def test_a_console_that_lacks_a_part_is_named(part):
    with pytest.raises(DatasetError, match=f"{part} is missing"):
        console_from_json({name: value for name, value in CONSOLE.items() if name != part})


@dataclass(frozen=True)
class Odd(Effect):
    """Returns an invalid result."""

    irreversible = "a test"
    how: float = knob(0.0, 9.0, "")

    def __call__(self, audio):
        match self.how:
            case 0.0:
                return audio.excerpt(0, audio.length - 1)
            case 1.0:
                return Audio(audio.samples, audio.rate // 2)
            case 2.0:
                raise SystemExit(0)
        return None

    def inverse(self):
        return None


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (0.0, r"effect Odd must return \(2, 1000\).*got \(2, 999\)"),
        (1.0, "at 44100 Hz, like its input, got .* at 22050 Hz"),
        (2.0, "effect Odd ended the program"),
        (3.0, "must return Audio, .* got None"),
    ],
)
def test_an_effect_that_breaks_its_contract_is_named(how, message, noise):
    audio = noise().excerpt(0, 1_000)
    for play in (Chain((Odd(how),)), Drawn((Odd(how),)).settled):
        with pytest.raises(BrokenPlugin, match=message):
            play(audio)


@dataclass(frozen=True)
class Nothing(Normaliser):
    """Returns None instead of a chain."""

    def fitted(self, audio, came_in, lowered_db):
        return None


def test_a_normaliser_that_breaks_its_contract_is_named(noise):
    with pytest.raises(BrokenPlugin, match="normaliser Nothing must return a Chain, got None"):
        Drawn((Nothing(),)).settled(noise())


@dataclass(frozen=True)
class Forgetful:
    """A desk without strips."""

    def draw(self, stems, seed):
        return DrawnConsole({})


def test_a_stem_that_a_desk_forgets_is_named(recipe, tmp_path):
    with pytest.raises(UsageError, match="a strip for every stem, got none for bass"):
        make(recipe(console=Forgetful()), tmp_path / "data")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "0", "1e308"])
@pytest.mark.parametrize("setting", ["seconds", "song_seconds"])
def test_lengths_of_zero_are_refused_at_once(setting, value):
    with pytest.raises(UsageError, match=f"{setting} must be above 0"):
        recipe_from("pseudo_multitrack", [f"{setting}={value}"])


def test_an_unknown_home_folder_is_named():
    with pytest.raises(UsageError, match="songs: no such user: '~no-such-user/x'"):
        recipe_from("pseudo_multitrack", ["songs=~no-such-user/x"])


@pytest.mark.parametrize("ends", ["sys.exit(0)", r"raise RuntimeError('two\nlines')"])
def test_a_failing_recipe_gives_one_line(ends, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(f"import sys\n__all__ = ['mine']\ndef mine():\n    {ends}\n")
    with pytest.raises(UsageError, match="cannot be made with these settings") as told:
        recipe_from(str(file))
    assert "\n" not in str(told.value)


def test_unsuitable_audio_stays_an_error_of_its_own(noise):
    @dataclass(frozen=True)
    class Shy(Gain):
        def __call__(self, audio):
            raise Unsuitable("not today")

    with pytest.raises(Unsuitable, match="not today"):
        Chain((Shy(0.0),))(noise())
