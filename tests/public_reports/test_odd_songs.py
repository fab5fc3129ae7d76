"""One odd file among the songs is rejected with its reason, and the rest goes on."""

import struct
from dataclasses import dataclass, replace

import numpy as np
import pytest
import soundfile

from automix_bench.dataset.verify import verify
from automix_bench.errors import Changed, Rejected
from automix_bench.files import containers
from automix_bench.files import decode as decoding
from automix_bench.files.decode import decode, probe
from automix_bench.making.make import make
from automix_bench.separators.whole import Whole
from automix_bench.sources.folder import Folder
from tests.making.test_make import small_recipe
from tests.support.container_sounds import music, write
from tests.support.tone_source import Tones


def at_rate(path, rate, channels=2, length=4000):
    wave = np.random.default_rng(rate).uniform(-0.1, 0.1, (length, channels))
    soundfile.write(path, wave, rate, subtype="PCM_16")


def test_odd_files_among_songs_are_rejected_one_by_one(tmp_path):
    songs = tmp_path / "songs"
    songs.mkdir()
    for number in range(3):
        samples = music(3.0, seed=number)
        soundfile.write(songs / f"good {number}.wav", samples, 44_100)
    at_rate(songs / "fast.wav", 768_000)
    at_rate(songs / "faster.wav", 2_000_000_000)
    at_rate(songs / "slow.wav", 1)
    at_rate(songs / "surround.wav", 48_000, channels=6)
    wav = write(tmp_path / "a.wav", "wav").read_bytes()
    odd = {
        "no rate.wav": wav[:24] + bytes(4) + wav[28:],
        "no channels.wav": wav[:22] + bytes(2) + wav[24:],
        "no format.wav": wav[:20] + b"\x34\x12" + wav[22:],
        "many channels.wav": wav[:22] + struct.pack("<H", 1500) + wav[24:],
        "only a head.wav": wav[:44],
        "text.mp3": b"These are words.",
        "zeros.flac": bytes(4000),
        "head.flac": b"fLaC",
        "tag.mp3": b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
        "head.ogg": b"OggS\0\2" + bytes(21),
        "head.m4a": b"\0\0\0\1ftyp",
        "head.wma": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
        "head.wv": b"wvpk" + bytes(8),
        "head.tta": b"TTA1" + b"\xff" * 18,
        "head.mka": b"\x1a\x45\xdf\xa3\x01",
        "head.caf": b"caff\0\1\0\0data",
        "head.w64": b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000") + bytes(30),
        "head.aiff": b"FORM\0\0\0\0AIFFSSND",
    }
    for name, content in odd.items():
        (songs / name).write_bytes(content)
    (songs / "nowhere.wav").symlink_to(tmp_path / "nowhere.wav")
    (songs / "folder.wav").mkdir()
    recipe = replace(small_recipe(), source=Folder(songs), separator=Whole())
    made = make(recipe, tmp_path / "data")
    rejected = {refusal.item: refusal.reason for refusal in made.rejected}
    expected = {*odd, "fast.wav", "faster.wav", "slow.wav", "surround.wav"}
    assert expected <= set(rejected)
    assert "768000 Hz, expected at most 655350 Hz" in rejected["fast.wav"]
    assert all(reason and "\n" not in reason for reason in rejected.values())
    assert not [name for name in rejected if name.startswith("good")]
    assert verify(tmp_path / "data") == []


@pytest.mark.parametrize(
    "error",
    [
        *(ValueError("odd"), OverflowError("large"), struct.error("short"), EOFError()),
        *(RuntimeError("decoder"), OSError(5, "Input/output error"), IndexError("none")),
        *(
            MemoryError(),
            ZeroDivisionError("rate"),
            UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"),
        ),
        TypeError("a bug"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_reading_a_file_raises_is_a_refusal_of_it(tmp_path, monkeypatch, error):
    def raising(*arguments, **keywords):
        raise error

    path = write(tmp_path / "song.wav", "wav")
    for owner, name in ((containers, "layout"), (decoding.soundfile, "SoundFile")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, raising)
            for read in (probe, decode):
                with pytest.raises(Rejected, match=r"^here: ") as refusal:
                    read(path, name="here")
                assert "\n" not in str(refusal.value)


READING = (ValueError, OSError, RuntimeError, EOFError, ArithmeticError, IndexError)


@dataclass(frozen=True)
class Breaking(Tones):
    """The second of three songs raises an error when it is loaded."""

    count: int = 3
    error: str = "ValueError"

    def load(self, listing):
        if listing.id == "tones-1":
            kinds = {kind.__name__: kind for kind in (*READING, Changed, TypeError)}
            raise kinds[self.error]("line one\nline two")
        return super().load(listing)


@pytest.mark.parametrize("error", [kind.__name__ for kind in READING])
def test_a_song_whose_source_raises_an_error_is_rejected(tmp_path, error):
    made = make(replace(small_recipe(), source=Breaking(error=error)), tmp_path / "data")
    assert [refusal.item for refusal in made.rejected] == ["tones/1"]
    assert f"{error}: line one line two" in made.rejected[0].reason


@pytest.mark.parametrize(("error", "kind"), [("Changed", Changed), ("TypeError", TypeError)])
def test_a_changed_song_and_a_bug_in_a_source_end_the_work(tmp_path, error, kind):
    with pytest.raises(kind):
        make(replace(small_recipe(), source=Breaking(error=error)), tmp_path / "data")


def test_a_header_that_promises_memory_gets_none(tmp_path):
    """Sound is read in blocks, as far as it goes."""
    path = write(tmp_path / "a.flac", "flac")
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F
    content[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    for read in (probe, decode):
        with pytest.raises(Rejected, match=r"damaged|cut short"):
            read(path)
