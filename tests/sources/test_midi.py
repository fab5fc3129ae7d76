"""Folders of MIDI files as multitracks."""

import sys

import numpy as np
import pretty_midi
import pytest

from automix_bench.audio import peak_db, total
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.errors import Changed, MissingPart, UsageError
from automix_bench.source import Source
from automix_bench.sources.midi import Midi


def write(path, *instruments, seconds=2.0):
    """A MIDI file: each instrument is (program, pitches, is_drum), playing eighths in turn."""
    midi = pretty_midi.PrettyMIDI()
    for program, pitches, is_drum in instruments:
        player = pretty_midi.Instrument(program, is_drum=is_drum)
        for count in range(int(seconds / 0.25)):
            start, pitch = 0.25 * count, pitches[count % len(pitches)]
            player.notes.append(pretty_midi.Note(90, pitch, start, start + 0.24))
        midi.instruments.append(player)
    path.parent.mkdir(parents=True, exist_ok=True)
    midi.write(str(path))
    return path


BAND = ((33, (40, 43), False), (30, (52, 55, 59), False), (0, (36, 42, 38, 42), True))


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "The Band" / "Erstes Stück.mid", *BAND)
    write(tmp_path / "The Band" / "two.MIDI", (0, (60, 64, 67), False))
    write(tmp_path / "alone.mid", *BAND[:2])
    return tmp_path


def test_every_file_is_listed_in_the_order_of_its_path(folder):
    source = Midi(folder, license="CC0-1.0", attribution="Ada")
    assert isinstance(source, Source)
    listings = source.catalogue().listings
    names = ["The Band/Erstes Stück.mid", "The Band/two.MIDI", "alone.mid"]
    assert [one.origin.name for one in listings] == names
    assert [one.id for one in listings] == ["the-band-erstes-stuck", "the-band-two", "alone"]
    assert [one.artist for one in listings] == ["The Band", "The Band", "alone"]
    assert {one.license for one in listings} == {"CC0-1.0 AND GPL-2.0-only"}
    assert listings[0].origin.attribution.startswith("Ada; ")
    assert listings[0].length == pytest.approx((2.0 + 2.0) * 44_100, abs=0.05 * 44_100)
    assert source.catalogue() == source.catalogue()


def test_a_song_has_a_stem_for_each_program_and_their_sum_for_a_mix(folder):
    source = Midi(folder)
    listing = source.catalogue().listings[0]
    song = source.load(listing)
    assert list(song.stems) == ["bass-033", "drums", "guitar-030"]
    assert np.array_equal(song.mix.samples, total(song.stems.values()).samples)
    assert (listing.mix_kind, song.mix_kind) == ("sum", "sum")
    assert all(peak_db(stem) > -50.0 for stem in song.stems.values())
    assert song.mix.length == listing.length
    assert peak_db(song.mix) <= -1.0 + 1e-4
    lufs = integrated_lufs(song.mix)
    assert lufs <= -16.0 + 0.01
    assert lufs > -16.01 or peak_db(song.mix) > -1.001
    settings = song.origin.settings
    assert lufs == pytest.approx(settings["played_lufs"] + settings["gain_db"], abs=0.01)
    assert source.load(listing).mix.sha256 == song.mix.sha256


def test_drums_come_by_piece_where_asked(folder):
    source = Midi(folder, by_piece=True)
    whole = Midi(folder).load(Midi(folder).catalogue().listings[0])
    song = source.load(source.catalogue().listings[0])
    assert list(song.stems) == ["bass-033", "guitar-030", "hihat", "kick", "snare"]
    pieces = song.stems["hihat"] + song.stems["kick"] + song.stems["snare"]
    # A kit is the sum of its pieces, except that one hi-hat chokes another.
    drums = whole.stems["drums"].scaled(
        10.0 ** ((song.origin.settings["gain_db"] - whole.origin.settings["gain_db"]) / 20.0)
    )
    assert np.abs(pieces.samples - drums.samples).max() < 1e-3


def test_two_instruments_of_one_program_share_a_stem(tmp_path):
    write(tmp_path / "a.mid", (24, (60,), False), (24, (64,), False))
    source = Midi(tmp_path)
    song = source.load(source.catalogue().listings[0])
    assert list(song.stems) == ["guitar-024"]
    spectrum = np.abs(np.fft.rfft(song.mix.samples[0]))
    hz = np.fft.rfftfreq(song.mix.length, 1.0 / song.mix.rate)
    # Middle C, the E above it, and the D between, which is not played.
    c, d, e = (spectrum[(hz > f * 0.98) & (hz < f * 1.02)].max() for f in (261.6, 293.7, 329.6))
    assert min(c, e) > 5.0 * d


def test_a_program_that_is_turned_off_is_no_stem_and_is_named(tmp_path):
    path = write(tmp_path / "a.mid", *BAND[:2])
    midi = pretty_midi.PrettyMIDI(str(path))
    midi.instruments[0].control_changes.append(pretty_midi.ControlChange(7, 0, 0.0))
    midi.write(str(path))
    source = Midi(tmp_path)
    song = source.load(source.catalogue().listings[0])
    assert list(song.stems) == ["guitar-030"]
    assert song.origin.settings["silent_stems"] == ["bass-033"]


def test_unusable_files_are_rejected_and_the_others_stay(folder):
    (folder / "broken.mid").write_bytes(b"MThd\0\0\0\6no more")
    (folder / "empty.mid").write_bytes(b"")
    (folder / "text.mid").write_text("not music")
    whole = (folder / "alone.mid").read_bytes()
    (folder / "truncated.mid").write_bytes(whole[: len(whole) // 2])
    write(folder / "no notes.mid")
    write(folder / "long.mid", (0, (60,), False), seconds=12.0)
    catalogue = Midi(folder, longest_seconds=10.0).catalogue()
    assert len(catalogue.listings) == 3
    reasons = {one.item: one.reason for one in catalogue.rejected}
    bad = {"broken.mid", "empty.mid", "text.mid", "truncated.mid", "no notes.mid", "long.mid"}
    assert reasons.keys() == bad
    assert "no notes" in reasons["no notes.mid"]
    assert "12 s" in reasons["long.mid"]
    assert all("\n" not in reason for reason in reasons.values())
    unreadable = bad - {"no notes.mid", "long.mid"}
    assert all("not readable as MIDI" in reasons[name] for name in unreadable)


def test_equal_slugs_get_different_ids(tmp_path):
    for name in ("a b.mid", "a-b.mid", "日本.mid", "韓国.mid"):
        write(tmp_path / name, BAND[0])
    ids = [one.id for one in Midi(tmp_path).catalogue().listings]
    assert len(set(ids)) == 4
    assert all(one.startswith(("a-b-", "midi-")) for one in ids)


def test_a_file_that_changed_since_it_was_listed_is_refused(folder):
    source = Midi(folder)
    listing = source.catalogue().listings[2]
    write(folder / "alone.mid", BAND[1])
    with pytest.raises(Changed, match="changed since it was listed"):
        source.load(listing)


def test_no_folder_and_no_parser_are_named(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="no folder at"):
        Midi(tmp_path / "none").catalogue()
    write(tmp_path / "a.mid", BAND[0])
    monkeypatch.setitem(sys.modules, "pretty_midi", None)
    with pytest.raises(MissingPart, match="pip install pretty_midi"):
        Midi(tmp_path).catalogue()
