"""Other makers' effects: pedalboard's do what their docstrings say, and plug-ins are found, named,
set, played and refused as they should be, with real ones where this machine has them."""

import hashlib
import importlib.util
import json
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import Audio
from automix_bench.effect import Unsuitable
from automix_bench.effects.lv2 import Lv2
from automix_bench.effects.vst3 import Vst3
from automix_bench.errors import MissingPart, UsageError
from automix_bench.hosting import pedalboard_effects, vst3
from tests.support.signals import TEXTS, impulse, level_db, middle, sounding

RATE = 44_100
PEDALBOARD = [name for name in plugin.names("effects") if name.startswith("pedalboard_")]


def board(name, **settings):
    pytest.importorskip("pedalboard")
    return plugin.load("effects", f"pedalboard_{name}")(**settings)


def _sha(content):
    return hashlib.sha256(content).hexdigest()


def step(level, seconds=0.5, before=10_000):
    samples = np.zeros((1, before + round(seconds * RATE)), np.float32)
    samples[:, before:] = level
    return Audio(samples, RATE)


def sine(amplitude, hz=1_000.0, seconds=1.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return Audio((amplitude * np.sin(2.0 * np.pi * hz * time)).astype(np.float32)[None], RATE)


# ---------------------------------------------------------------- pedalboard


def test_the_settings_cover_the_ranges_of_remfx():
    """The ranges of RemFX (2023), in its own numbers."""
    ends = {
        "distortion": [{"drive_db": end} for end in (8.0, 25.0)],
        "compressor": [
            {"threshold_db": -42.0, "ratio": 1.5, "attack_ms": 1.0, "release_ms": 10.0},
            {"threshold_db": -20.0, "ratio": 6.0, "attack_ms": 50.0, "release_ms": 250.0},
        ],
        "chorus": [
            {"rate_hz": 0.25, "depth": 0.2, "centre_delay_ms": 5.0, "feedback": 0.1, "mix": 0.15},
            {"rate_hz": 1.5, "depth": 0.6, "centre_delay_ms": 10.0, "feedback": 0.4, "mix": 0.4},
        ],
        "delay": [
            {"delay_ms": 100.0, "feedback": 0.05, "mix": 0.1},
            {"delay_ms": 1_000.0, "feedback": 0.3, "mix": 0.35},
        ],
        "reverb": [
            {"room_size": 0.3, "damping": 0.2, "wet_level": 0.2, "dry_level": 0.8, "width": 0.2},
            {"room_size": 1.0, "damping": 1.0, "wet_level": 0.6, "dry_level": 0.4, "width": 1.0},
        ],
    }
    audio = sounding(1, 48_000, 48_000)
    for name, both in ends.items():
        for settings in both:
            assert level_db(board(name, **settings)(audio)) > -60.0


@pytest.mark.parametrize(("threshold_db", "ratio"), [(-20.0, 4.0), (-30.0, 2.0), (-12.0, 100.0)])
def test_the_compressor_has_its_static_curve_and_no_make_up(threshold_db, ratio):
    effect = board(
        "compressor", threshold_db=threshold_db, ratio=ratio, attack_ms=0.0, release_ms=5_000.0
    )
    output = effect(sine(0.5)).samples[0, RATE // 2 :]
    in_db = 20.0 * np.log10(0.5)
    expected = threshold_db + (in_db - threshold_db) / ratio
    assert 20.0 * np.log10(np.abs(output).max()) == pytest.approx(expected, abs=0.05)


def test_the_compressors_times_are_two_pi_time_constants():
    """The level covers 63 % of its way in `attack_ms / 2 pi`."""
    effect = board("compressor", threshold_db=-40.0, ratio=2.0, attack_ms=100.0, release_ms=100.0)
    output = effect(step(0.5)).samples[0, 10_000:].astype(np.float64)
    # gain = (e / T)^(-1/2), so e = T (x / y)^2
    level = 0.01 * np.square(0.5 / output)
    reached = np.flatnonzero(level >= 0.5 * (1.0 - np.exp(-1.0)))[0] / RATE
    assert reached * 1_000.0 == pytest.approx(100.0 / (2.0 * np.pi), rel=0.02)


def test_the_compressors_channels_are_not_linked_and_the_limiters_are():
    loud, quiet = np.full(20_000, 0.9, np.float32), np.full(20_000, 0.01, np.float32)
    audio = Audio(np.stack([loud, quiet]), RATE)
    apart = board("compressor", threshold_db=-20.0, ratio=10.0, attack_ms=1.0, release_ms=100.0)
    assert apart(audio).samples[1, -1] == pytest.approx(0.01, rel=1e-4)
    limiter = board("limiter", ceiling_db=-20.0, release_ms=100.0, lookahead_ms=5.0)
    assert limiter(audio).samples[:, -1] == pytest.approx([0.1, 0.1 / 90.0], rel=1e-3)


def test_the_limiter_holds_its_ceiling_without_delay_and_without_make_up():
    effect = board("limiter", ceiling_db=-6.0, release_ms=100.0, lookahead_ms=5.0)
    loud = effect(sounding(2, RATE, RATE, rms=0.3))
    assert np.abs(loud.samples).max() <= 10.0 ** (-6.0 / 20.0) * (1.0 + 1e-6)
    below = sounding(2, RATE, RATE, rms=0.05)
    assert np.array_equal(effect(below).samples, below.samples)


def test_the_gate_expands_by_its_ratio():
    effect = board("gate", threshold_db=-20.0, ratio=3.0, attack_ms=0.0, release_ms=5_000.0)
    output = effect(sine(0.05)).samples[0, RATE // 2 :]
    in_db = 20.0 * np.log10(0.05)
    expected = -20.0 + 3.0 * (in_db + 20.0)
    assert 20.0 * np.log10(np.abs(output).max()) == pytest.approx(expected, abs=0.3)


def test_the_reverbs_dry_level_of_one_half_is_unity_and_one_doubles():
    audio = sounding(2, 20_000, RATE)
    dry = {"room_size": 0.5, "damping": 0.5, "wet_level": 0.0, "width": 1.0}
    assert np.array_equal(board("reverb", dry_level=0.5, **dry)(audio).samples, audio.samples)
    doubled = board("reverb", dry_level=1.0, **dry)(audio).samples
    assert doubled == pytest.approx(2.0 * audio.samples, rel=1e-6)


def test_a_reverb_of_three_channels_is_refused_not_left_dry():
    effect = board("reverb", room_size=0.5, damping=0.5, wet_level=0.3, dry_level=0.5, width=1.0)
    with pytest.raises(Unsuitable, match=r"PedalboardReverb wants mono or stereo audio.*got 3"):
        effect(sounding(3, 1_000, RATE))


def test_delay_and_chorus_mix_and_repeat_as_their_equations_say():
    output = board("delay", delay_ms=10.0, feedback=0.5, mix=0.25)(impulse(2_000, RATE)).samples[0]
    places = np.flatnonzero(np.abs(output) > 1e-4)[:4]
    assert places.tolist() == [0, 440, 880, 1_320]
    assert output[places] == pytest.approx([0.75, 0.25, 0.125, 0.0625], abs=1e-6)
    still = board("chorus", rate_hz=1.0, depth=0.0, centre_delay_ms=10.0, feedback=0.3, mix=0.25)
    output = still(impulse(1_000, RATE)).samples[0]
    places = np.flatnonzero(np.abs(output) > 1e-4)
    assert places.tolist()[:3] == [0, 441, 883]
    assert output[places[:3]] == pytest.approx([0.75, 0.25, -0.075], abs=1e-6)


def test_the_choruss_delay_swings_ten_milliseconds_at_full_depth():
    """A click every 50 ms is delayed as the sine at that moment says."""
    effect = board("chorus", rate_hz=1.0, depth=0.5, centre_delay_ms=20.0, feedback=0.0, mix=1.0)
    samples = np.zeros((1, RATE), np.float32)
    clicks = np.arange(0, RATE, RATE // 20)
    samples[0, clicks] = 1.0
    output = np.abs(effect(Audio(samples, RATE)).samples[0])
    arrivals = [c + np.argmax(output[c : c + RATE // 20]) for c in clicks[:-1]]
    delays = 1_000.0 * (np.array(arrivals) - clicks[:-1]) / RATE
    assert delays.max() == pytest.approx(25.0, abs=0.4)
    assert delays.min() == pytest.approx(15.0, abs=0.4)


def test_distortion_clipping_and_bit_crusher_are_their_equations():
    audio = sounding(2, 5_000, RATE, rms=0.3)
    x = audio.samples.astype(np.float64)
    assert board("distortion", drive_db=20.0)(audio).samples == pytest.approx(
        np.tanh(10.0 * x), abs=1e-6
    )
    limit = 10.0 ** (-12.0 / 20.0)
    assert board("clipping", threshold_db=-12.0)(audio).samples == pytest.approx(
        np.clip(x, -limit, limit), abs=1e-6
    )
    assert board("bitcrush", bit_depth=4.0)(audio).samples == pytest.approx(
        np.rint(16.0 * x) / 16.0, abs=1e-6
    )


@pytest.mark.parametrize(("name", "sign"), [("low_pass", 1.0), ("high_pass", -1.0)])
def test_the_first_order_filters_have_the_response_they_say(name, sign):
    output = board(name, frequency_hz=1_000.0)(impulse(1 << 15, RATE)).samples[0].astype(np.float64)
    hz = np.fft.rfftfreq(1 << 15, 1.0 / RATE)[1:-1]
    # The bilinear transform maps the analogue frequency to a tangent.
    s = np.tan(np.pi * hz / RATE) / np.tan(np.pi * 1_000.0 / RATE)
    expected = 1.0 / np.sqrt(1.0 + s ** (2.0 * sign))
    assert np.abs(np.fft.rfft(output))[1:-1] == pytest.approx(expected, rel=5e-3, abs=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (2, 2), (3, 2), (6, 3)])
def test_fewer_samples_than_channels_are_not_taken_for_channels(shape):
    """pedalboard assumes that the shorter dimension is the channels."""
    audio = Audio(np.linspace(0.1, 0.6, shape[0] * shape[1], dtype=np.float32).reshape(shape), RATE)
    effect = board("delay", delay_ms=1.0, feedback=0.0, mix=0.5)
    assert effect(audio).samples == pytest.approx(0.5 * audio.samples)


@pytest.mark.parametrize("name", PEDALBOARD)
def test_without_pedalboard_the_message_says_how_to_install_it(name, monkeypatch):
    monkeypatch.setattr(pedalboard_effects.importlib.util, "find_spec", lambda name: None)
    effect = plugin.load("effects", name)
    halfway = {k: (spec.low + spec.high) / 2.0 for k, spec in effect.knobs().items()}
    with pytest.raises(MissingPart, match=f"{effect.__name__} needs pedalboard.*`pip install"):
        effect(**halfway)(sounding(2, 100, 96_000))


# ---------------------------------------------------------------- plug-ins, without any


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}', '{"a":null}', '{"b":1,"a":2}'])
@pytest.mark.parametrize("make", [lambda t: Vst3("A.vst3", "", t), lambda t: Lv2("a:b", "", t)])
def test_parameters_that_are_no_canonical_json_are_refused(make, text):
    with pytest.raises(ValueError, match=r'parameters must be JSON such as {"ratio":4.0}'):
        make(text)


@pytest.mark.parametrize("name", ["a/b.vst3", "..\\b.vst3", "room", "/usr/lib/vst3/room.vst3"])
def test_a_vst3_is_named_by_a_file_name_not_by_a_path(name):
    with pytest.raises(ValueError, match="must be a file name such as"):
        Vst3(name, "", "{}")


def test_a_vst3_is_found_by_its_name_and_its_binary(tmp_path, monkeypatch):
    first, second = tmp_path / "one", tmp_path / "two"
    for folder, code in ((first, b"old"), (second, b"new")):
        inside = folder / "Room.vst3" / "Contents" / "x86_64-linux"
        inside.mkdir(parents=True)
        (inside / "Room.so").write_bytes(code)
    monkeypatch.setattr(vst3.platform, "system", lambda: "Linux")
    monkeypatch.setattr(vst3.platform, "machine", lambda: "x86_64")
    monkeypatch.setenv(vst3.FOLDERS_VARIABLE, f"{first}{vst3.os.pathsep}{second}")
    assert vst3.installed_plugin("Room.vst3") == first / "Room.vst3"
    assert vst3.installed_plugin("Room.vst3", _sha(b"new")) == second / "Room.vst3"
    assert Vst3.installed("Room.vst3", size=2.0) == Vst3("Room.vst3", _sha(b"old"), '{"size":2.0}')
    told = f"Room.vst3 of sha256 {'0' * 64} .found only {_sha(b'old')}, {_sha(b'new')}"
    with pytest.raises(MissingPart, match=told):
        vst3.installed_plugin("Room.vst3", "0" * 64)
    with pytest.raises(MissingPart, match=r"plug-in Hall.vst3 .looked in .*AUTOMIX_BENCH_VST3="):
        vst3.installed_plugin("Hall.vst3")


def test_a_file_that_is_no_plug_in_gives_one_line(tmp_path, monkeypatch):
    pytest.importorskip("pedalboard")
    (tmp_path / "Room.vst3").write_bytes(b"no machine code")
    monkeypatch.setenv(vst3.FOLDERS_VARIABLE, str(tmp_path))
    with pytest.raises(UsageError, match=r"^Room.vst3: cannot be loaded: .+") as told:
        Vst3.installed("Room.vst3")(sounding(2, 100, RATE))
    assert "\n" not in str(told.value)


def test_a_plug_in_that_crashes_does_not_end_the_run(tmp_path, monkeypatch):
    pytest.importorskip("pedalboard")
    (tmp_path / "Room.vst3").write_bytes(b"")
    crashing = tmp_path / "crashing.py"
    crashing.write_text("import os\nos.abort()\n", encoding="utf-8")
    monkeypatch.setenv(vst3.FOLDERS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(vst3, "_PROCESS", crashing)
    with pytest.raises(UsageError, match=r"Room.vst3: crashed, with exit code -6"):
        Vst3.installed("Room.vst3")(sounding(2, 100, RATE))


INFO = """{uri}

\tName:              Stand-in
\tHas latency:       {latency}
\tBinary:            file://{binary}
{features}
\tPort 0:
\t\tType:        http://lv2plug.in/ns/lv2core#AudioPort
\t\t             http://lv2plug.in/ns/lv2core#InputPort
\t\tSymbol:      in

\tPort 1:
\t\tType:        http://lv2plug.in/ns/lv2core#AudioPort
\t\t             http://lv2plug.in/ns/lv2core#OutputPort
\t\tSymbol:      out

\tPort 2:
\t\tType:        http://lv2plug.in/ns/lv2core#ControlPort
\t\t             http://lv2plug.in/ns/lv2core#InputPort
\t\tSymbol:      gain
\t\tMinimum:     0.000000
\t\tMaximum:     4.000000

\tPort 3:
\t\tType:        http://lv2plug.in/ns/lv2core#ControlPort
\t\t             http://lv2plug.in/ns/lv2core#InputPort
\t\tSymbol:      cutoff
\t\tMinimum:     0.000000
\t\tMaximum:     0.500000
\t\tProperties:  http://lv2plug.in/ns/lv2core#sampleRate
"""

APPLY = """import sys
import soundfile
given = dict(zip(sys.argv[1:-1:1], sys.argv[2:]))
controls = {sys.argv[n + 1]: float(sys.argv[n + 2]) for n, a in enumerate(sys.argv) if a == "-c"}
samples, rate = soundfile.read(given["-i"], dtype="float32")
if samples.ndim > 1:
    sys.exit("error: Unable to map 2 inputs to 1 ports")
soundfile.write(given["-o"], controls.get("gain", 1.0) * samples, rate, subtype="FLOAT")
"""


@pytest.fixture
def lilv(tmp_path, monkeypatch):
    """Makes stand-ins for lilv's two programs, which play a gain with one channel."""

    def make(latency="no", features=""):
        binary = tmp_path / "gain.so"
        binary.write_bytes(b"machine code")
        info = INFO.format(uri="urn:gain", latency=latency, binary=binary, features=features)
        (tmp_path / "info.txt").write_text(info, encoding="utf-8")
        telling = (
            "import sys\n"
            "if sys.argv[1] != 'urn:gain':\n    sys.exit('Plugin not found.')\n"
            f"print(open({str(tmp_path / 'info.txt')!r}).read())\n"
        )
        for name, code in (("lv2info", telling), ("lv2apply", APPLY)):
            program = tmp_path / name
            program.write_text(f"#!{sys.executable}\n{code}", encoding="utf-8")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(tmp_path))

    return make


def test_an_lv2_plays_each_channel_and_keeps_every_bit(lilv):
    lilv()
    audio = sounding(3, 500, RATE)
    output = Lv2.installed("urn:gain", gain=2.0)(audio)
    assert np.array_equal(output.samples, 2.0 * audio.samples)
    assert np.array_equal(Lv2.installed("urn:gain")(audio).samples, audio.samples)


def test_an_lv2_is_named_by_its_binary(lilv):
    lilv()
    assert Lv2.installed("urn:gain", gain=2.0) == Lv2(
        "urn:gain", _sha(b"machine code"), '{"gain":2.0}'
    )
    with pytest.raises(MissingPart, match=f"sha256 0+ .found only {_sha(b'machine code')}"):
        Lv2("urn:gain", "0" * 64, "{}")(sounding(1, 10, RATE))


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"gian": 1.0}, "urn:gain has no 'gian', did you mean 'gain'.*cutoff"),
        ({"gain": 4.5}, r"gain must lie in \[0, 4\].*got 4.5"),
        ({"gain": "loud"}, "gain must be a number, got 'loud'"),
        ({"cutoff": 23_000.0}, r"cutoff must lie in \[0, 22050\] at 44100 Hz, got 23000"),
    ],
)
def test_an_lv2s_controls_are_checked_by_name_and_range(lilv, parameters, told):
    lilv()
    with pytest.raises(UsageError, match=told):
        Lv2.installed("urn:gain", **parameters)(sounding(1, 10, RATE))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"latency": "yes, latency port 3"}, "needs its latency compensated"),
        ({"features": "\tRequired Features: urn:map\n"}, "needs the host feature urn:map"),
    ],
)
def test_an_lv2_that_lv2apply_cannot_play_right_is_refused(lilv, given, told):
    lilv(**given)
    with pytest.raises(UsageError, match=f"urn:gain {told}, which lv2apply does not offer"):
        Lv2.installed("urn:gain")(sounding(1, 10, RATE))


def test_a_missing_lv2_and_missing_programs_are_named(lilv, tmp_path):
    lilv()
    with pytest.raises(MissingPart, match=r"needs the plug-in urn:hall.*LV2_PATH"):
        Lv2.installed("urn:hall")
    (tmp_path / "lv2info").unlink()
    with pytest.raises(MissingPart, match=r"lv2info.*apt-get install lilv-utils"):
        Lv2.installed("urn:gain")


# ---------------------------------------------------------------- plug-ins, real ones


def real(effect, **parameters):
    """The plug-in of the shared tests as it is on this machine, whichever its version."""
    named = dict(TEXTS[effect.__name__])
    if importlib.util.find_spec("pedalboard") is None or not shutil.which("lv2info"):
        pytest.skip("pedalboard or lilv-utils is not installed")
    try:
        return effect.installed(named.get("plugin") or named["uri"], **parameters)
    except MissingPart as error:
        pytest.skip(str(error))


@pytest.mark.parametrize(
    ("effect", "loud"),
    [
        (Vst3, {"ratio": 4.0, "threshold_db": -30.0}),
        (Lv2, {"ratio": 4.0, "threshold": -30.0}),
    ],
)
def test_a_real_compressor_compresses_alike_in_every_thread(effect, loud):
    audio = sounding(2, 20_000, RATE, rms=0.3)
    one = real(effect, **loud)
    assert json.loads(one.parameters) == loud
    output = one(audio)
    assert level_db(output) < level_db(audio) - 5.0
    left = Audio(audio.samples[:1], RATE)
    assert np.array_equal(one(left).samples[0], output.samples[0])
    with ThreadPoolExecutor(2) as pool:
        for together in pool.map(one, [audio] * 2):
            assert np.array_equal(together.samples, output.samples)


def test_a_real_plug_in_refuses_wrong_names_and_values():
    audio = sounding(2, 100, RATE)
    with pytest.raises(UsageError, match="has no 'ratoi', did you mean 'ratio'"):
        real(Vst3, ratoi=4.0)(audio)
    with pytest.raises(UsageError, match=r"refuses a value: .*ratio.*out of range"):
        real(Vst3, ratio=400.0)(audio)


def test_the_latency_a_real_plug_in_reports_is_compensated():
    real(Vst3)
    output = Vst3.installed("ZaMaximX2.vst3")(
        Audio(np.eye(1, 4_000, 3_000, dtype=np.float32).repeat(2, 0) / 10.0, RATE)
    )
    assert np.abs(output.samples).argmax(axis=1).tolist() == [3_000, 3_000]


def test_a_plug_in_of_two_channels_refuses_mono():
    real(Vst3)
    with pytest.raises(Unsuitable, match=r"Vst3 wants stereo audio for ZamCompX2.vst3, got 1"):
        Vst3.installed("ZamCompX2.vst3")(sounding(1, 100, RATE))


@pytest.mark.parametrize("name", ["low_pass", "high_pass", "phaser"])
def test_a_frequency_above_half_the_rate_is_refused_before_pedalboard_gets_it(name):
    effect = plugin.load("effects", f"pedalboard_{name}")
    (knob,) = (one for one in effect.knobs() if one.endswith("frequency_hz"))
    with pytest.raises(Unsuitable, match=rf"{effect.__name__}\.{knob}"):
        middle(effect, **{knob: 5_000.0})(sounding(2, 800, 8_000))
