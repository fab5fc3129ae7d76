"""SoundFonts by name and hash, and the sampler that plays them."""

import importlib.util
import sys

import numpy as np
import pytest

from automix_bench.audio import peak_db, rms_db
from automix_bench.errors import MissingPart, UsageError
from automix_bench.music.synth import soundfont
from automix_bench.music.synth.play_part import BLOCK, Bend, Control, Note, Part, play
from automix_bench.music.synth.soundfont import find

FONT = find().path
RATE = 44_100


def part(*notes, program=0, is_drum=False, **more):
    return Part("keys", program, is_drum, tuple(notes), **more)


def pitch_hz(audio, start, seconds=0.5):
    """The strongest frequency of a part, by parabolic interpolation of its spectrum."""
    first, length = round(start * audio.rate), round(seconds * audio.rate)
    heard = audio.samples.mean(axis=0)[first : first + length] * np.hanning(length)
    spectrum = np.log(np.abs(np.fft.rfft(heard, 4 * length)) + 1e-12)
    top = int(spectrum.argmax())
    a, b, c = spectrum[top - 1 : top + 2]
    return (top + 0.5 * (a - c) / (a - 2 * b + c)) * audio.rate / (4 * length)


def test_the_default_is_the_one_inside_pretty_midi():
    font = find()
    assert font == find("timgm6mb")
    assert font.path.name == "TimGM6mb.sf2"
    assert font.sha256 == "82475b91a76de15cb28a104707d3247ba932e228bada3f47bba63c6b31aaf7a1"
    assert font.license == "GPL-2.0-only"
    assert "Brechbill" in font.attribution


def test_a_known_file_is_known_wherever_it_lies(tmp_path):
    copy = tmp_path / "größer als.sf2"
    copy.write_bytes(FONT.read_bytes())
    assert find(copy, license="MIT").license == "GPL-2.0-only"


def test_an_unknown_file_has_the_licence_that_is_given(tmp_path):
    path = tmp_path / "own.sf2"
    path.write_bytes(b"RIFF")
    assert find(path).license == "LicenseRef-unknown"
    assert find(path, license="CC0-1.0").license == "CC0-1.0"


def test_a_file_that_changes_changes_its_hash(tmp_path):
    path = tmp_path / "own.sf2"
    path.write_bytes(b"RIFF")
    before = find(path).sha256
    path.write_bytes(b"RIFF and more")
    assert find(path).sha256 != before


def test_what_is_missing_is_named_with_the_line_that_installs_it(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"no SoundFont at .*none\.sf2"):
        find(tmp_path / "none.sf2")
    monkeypatch.setattr(soundfont, "_FLUIDR3_PATHS", (tmp_path / "FluidR3_GM.sf2",))
    with pytest.raises(MissingPart, match="apt-get install fluid-soundfont-gm"):
        find("fluidr3")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPart, match="pip install pretty_midi"):
        find()


def test_without_the_synthesiser_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tinysoundfont", None)
    with pytest.raises(MissingPart, match="pip install --no-deps tinysoundfont"):
        play(part(Note(0.0, 0.5, 60, 100)), FONT, 1.0)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_note_sounds_at_its_pitch_and_time(rate):
    # An ocarina is nearly a sine; the A above middle C is 440 Hz.
    heard = play(part(Note(0.5, 1.0, 69, 100), program=79), FONT, 2.0, rate)
    assert heard.rate == rate
    assert heard.samples.shape == (2, 2 * rate)
    assert abs(pitch_hz(heard, 0.8) / 440.0 - 1.0) < 0.006
    start = round(0.5 * rate / BLOCK) * BLOCK
    assert not heard.samples[:, : start - 1].any()
    assert np.abs(heard.samples[:, start : start + round(0.05 * rate)]).max() > 1e-3
    assert peak_db(heard.excerpt(rate * 19 // 10, rate // 10)) < peak_db(heard) - 30.0


def test_playing_is_the_same_bit_for_bit():
    one = part(*(Note(0.1 * n, 0.2, 50 + n, 40 + n) for n in range(20)), program=30)
    first = play(one, FONT, 2.5)
    play(part(Note(0.0, 1.0, 40, 127), program=48), FONT, 1.0)
    assert play(one, FONT, 2.5).sha256 == first.sha256


def test_parts_add_up_to_what_they_give_together():
    low, high = Note(0.0, 1.0, 48, 90), Note(0.333, 0.8, 67, 70)
    together = play(part(low, high), FONT, 2.0)
    apart = play(part(low), FONT, 2.0) + play(part(high), FONT, 2.0)
    assert rms_db(together.with_samples(together.samples - apart.samples)) < -120.0


def test_velocity_is_loudness():
    soft, hard = (play(part(Note(0.0, 1.0, 60, v)), FONT, 1.0) for v in (40, 120))
    assert 6.0 < rms_db(hard) - rms_db(soft) < 40.0


def test_the_wheel_bends_two_semitones():
    bent = part(Note(0.0, 3.0, 69, 100), program=79, bends=(Bend(1.5, -8192),))
    heard = play(bent, FONT, 3.0)
    semitones = 12.0 * np.log2(pitch_hz(heard, 2.0) / pitch_hz(heard, 0.7))
    assert semitones == pytest.approx(-2.0, abs=0.1)


def test_controllers_are_obeyed_but_for_the_bank():
    note = Note(0.0, 1.0, 60, 100)
    plain = play(part(note), FONT, 1.0)
    softer = play(part(note, controls=(Control(0.0, 7, 50),)), FONT, 1.0)
    other_bank = play(part(note, controls=(Control(0.0, 0, 8), Control(0.0, 32, 1))), FONT, 1.0)
    assert rms_db(softer) < rms_db(plain) - 3.0
    assert other_bank.sha256 == plain.sha256


def test_a_mono_part_is_the_same_on_both_sides():
    # The kit of this SoundFont has its toms spread out.
    tom = Note(0.0, 0.5, 50, 100)
    stereo = play(part(tom, is_drum=True), FONT, 1.0)
    mono = play(part(tom, is_drum=True, mono=True), FONT, 1.0)
    assert not np.array_equal(stereo.samples[0], stereo.samples[1])
    assert np.array_equal(mono.samples[0], mono.samples[1])
    assert np.allclose(mono.samples[0], stereo.samples.mean(axis=0), atol=1e-6)


def test_a_kit_that_the_soundfont_lacks_is_the_standard_kit():
    hit = Note(0.0, 0.5, 38, 100)
    lacking = play(part(hit, program=77, is_drum=True), FONT, 1.0)
    assert lacking.sha256 == play(part(hit, is_drum=True), FONT, 1.0).sha256


def test_no_time_at_all_is_refused():
    with pytest.raises(ValueError, match="at least one sample"):
        play(part(), FONT, 0.0)
