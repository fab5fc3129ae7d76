"""Songs composed from a seed: the scores, the engineer, and the source that plays them."""

import ast
import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import automix_bench
from automix_bench.audio import Audio, peak_db, rms_db, total
from automix_bench.consoles.console_json import console_from_json
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.errors import UsageError
from automix_bench.music.composer import GENRES, VERSION, compose
from automix_bench.music.composer.drums import TRACKS as PIECES
from automix_bench.music.composer.form import sections
from automix_bench.music.composer.harmony import SCALES, chord, nearest, voiced
from automix_bench.music.engineer import engineer
from automix_bench.music.engineer.habits import HABITS
from automix_bench.sampling import Seed
from automix_bench.song import role
from automix_bench.source import Source
from automix_bench.sources.composed import Composed

ROLES = {*PIECES, "bass", "keys", "guitar", "strings", "brass", "lead", "pad"}
SONG = Composed(20, seconds=20.0)


@pytest.fixture(scope="module")
def songs():
    """Five songs of 20 s, all of different bands and genres."""
    return [SONG.load(listing) for listing in SONG.catalogue().listings[:10:2]]


def scores(seconds=40.0):
    return [compose(Seed(3) / n, seconds, genre) for n, genre in enumerate([*GENRES] * 3)]


# Harmony and form


@pytest.mark.parametrize(
    ("symbol", "tones"),
    [
        ("I", "C E G"),
        ("vi7", "A C E G"),
        ("bVII", "Bb D F"),
        ("V7", "G B D F"),
        ("i5", "C G"),
        ("ii7b5", "D F Ab C"),
        ("IVmaj9", "F A C E G"),
        ("Vsus4", "G C D"),
    ],
)
def test_roman_numerals_read_as_on_a_lead_sheet(symbol, tones):
    names = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    assert [names[tone] for tone in chord(symbol, 0).tones] == tones.split()
    assert chord(symbol, 5).tones == tuple((tone + 5) % 12 for tone in chord(symbol, 0).tones)


@pytest.mark.parametrize("symbol", ["", "H", "Imaj13", "VIII7"])
def test_what_is_no_roman_numeral_is_refused(symbol):
    with pytest.raises(ValueError, match=r"chord|numeral"):
        chord(symbol, 0)


def test_voices_move_little_and_keep_their_chord():
    line = [chord(symbol, 7) for symbol in ("I", "V", "vi", "IV", "ii7", "V7", "I")]
    moved = voiced(line, 52, 76, 3)
    for one, pitches in zip(line, moved, strict=True):
        assert {pitch % 12 for pitch in pitches} <= set(one.tones)
        assert 52 <= min(pitches) <= max(pitches) <= 76
    steps = [abs(a - b) for x, y in itertools.pairwise(moved) for a, b in zip(x, y, strict=True)]
    assert np.mean(steps) < 2.5
    assert max(steps) <= 7


def test_nearest_is_within_a_tritone():
    for pitch_class, pitch in itertools.product(range(12), range(50, 70)):
        assert nearest(pitch_class, pitch) % 12 == pitch_class
        assert abs(nearest(pitch_class, pitch) - pitch) <= 6


def test_forms_fill_the_bars():
    for bars in range(4, 202, 2):
        form = sections(bars)
        assert sum(section.bars for section in form) == bars
        assert all(section.bars >= 2 for section in form)
        assert {"verse", "chorus"} <= {section.kind for section in form}
    assert [s.kind for s in sections(48)].count("chorus") == 3


# Scores


def test_a_score_belongs_to_its_seed():
    first, again, other = (compose(Seed(n) / "a", 30.0) for n in (1, 1, 2))
    assert first == again
    assert first.sha256 == again.sha256
    assert first.sha256 != other.sha256


def test_scores_stay_as_they_are_within_a_version():
    """A change of the composed scores must increase `VERSION` and update this hash."""
    assert VERSION == "1"
    assert compose(Seed(1) / "a", 30.0, "pop").sha256.startswith("51ed00bc20d2da02")


def test_every_score_is_a_playable_arrangement():
    for score in scores():
        names = [part.name for part in score.tracks]
        assert 2 <= len(names) <= 16
        assert len(set(names)) == len(names)
        assert {role(name) for name in names} <= ROLES
        assert score.duration_seconds == 40.0
        for part in score.tracks:
            assert part.notes
            starts = [note.start_seconds for note in part.notes]
            assert starts == sorted(starts)
            assert all(0.0 <= start < 40.0 for start in starts)
            assert all(note.duration_seconds > 0.0 for note in part.notes)
            assert all(1 <= note.velocity <= 127 and 20 <= note.pitch <= 100 for note in part.notes)
            assert part.is_drum == (part.name in PIECES)


def test_genres_are_in_their_tempo_and_key():
    for score in scores(60.0):
        genre = GENRES[score.genre]
        assert 0.9 * genre.slowest_bpm < score.tempo_bpm < 1.1 * genre.fastest_bpm
        tonic, mode = score.key.split()
        assert mode in genre.modes
        keys = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
        scale = {(keys.index(tonic) + step) % 12 for step in SCALES[mode]}
        pitched = [n.pitch for part in score.tracks if not part.is_drum for n in part.notes]
        inside = np.mean([pitch % 12 in scale for pitch in pitched])
        assert inside > (0.6 if score.genre in ("jazz", "latin", "funk") else 0.8), score.genre


def test_choruses_are_denser_and_louder_than_verses():
    """The sum of velocities per second in the chorus, relative to the verse."""
    ratios = {}
    for score in scores(60.0):
        spans = {}
        for section, after in itertools.pairwise([*score.sections, None]):
            end = after.start_seconds if after else score.duration_seconds
            spans.setdefault(section.kind, []).append((section.start_seconds, end))
        work = {}
        for kind in ("verse", "chorus"):
            notes = [
                note.velocity
                for part in score.tracks
                for note in part.notes
                for start, end in spans[kind]
                if start - 0.02 <= note.start_seconds < end - 0.02
            ]
            work[kind] = sum(notes) / sum(end - start for start, end in spans[kind])
        ratios[score.title, score.genre] = work["chorus"] / work["verse"]
    assert min(ratios.values()) > 0.9, ratios
    assert np.median(list(ratios.values())) > 1.3, ratios


def test_the_tune_comes_back():
    """Both verses of a long song have the same rhythm."""
    score = compose(Seed(5), 90.0, "pop")
    beat = 60.0 / score.tempo_bpm
    lead = next(part for part in score.tracks if part.name == "lead")
    rhythms = []
    for section in [section for section in score.sections if section.kind == "verse"][:2]:
        sixteenths = {
            round((note.start_seconds - section.start_seconds) / beat * 4)
            for note in lead.notes
            if -0.05 < note.start_seconds - section.start_seconds < 16 * beat - 0.05
        }
        rhythms.append(sixteenths)
    assert len(rhythms) == 2
    assert len(rhythms[0]) >= 8
    assert len(rhythms[0] & rhythms[1]) >= 0.8 * len(rhythms[0] | rhythms[1])


def test_only_human_players_have_timing_errors():
    """Distance of hi-hats from the sixteenths of a steady clock."""

    def spread(genre):
        score = compose(Seed(8), 40.0, genre)
        sixteenth = 15.0 / score.tempo_bpm
        hats = next(part for part in score.tracks if part.name == "hihat")
        times = np.array([note.start_seconds for note in hats.notes]) / sixteenth
        return float(np.std((times - np.round(times)) * sixteenth))

    assert spread("house") < 1e-5
    assert 0.002 < spread("rock") < 0.03


def test_strums_are_staggered():
    score = compose(Seed(8), 20.0, "folk")
    guitar = next(part for part in score.tracks if part.name == "guitar-1")
    gaps = np.diff([note.start_seconds for note in guitar.notes])
    assert np.mean((gaps > 0.002) & (gaps < 0.02)) > 0.4


@pytest.mark.parametrize(("seconds", "genre"), [(5.0, None), (30.0, "polka")])
def test_songs_that_cannot_be_composed_are_refused(seconds, genre):
    with pytest.raises(UsageError, match=r"10 s or more|no genre 'polka', did .* there are rock"):
        compose(Seed(1), seconds, genre)


# The engineer


def test_no_model_imports_the_engineer():
    for path in (Path(automix_bench.__file__).parent / "models").glob("*.py"):
        tree = ast.parse(path.read_text())
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
        assert not [m for m in modules if "engineer" in m], path.name


def test_the_engineer_balances_whatever_the_recording_levels(noise):
    """Preamps differ by 30 dB; the mix does not."""
    tracks = {name: noise(seconds=3.0, seed=n) for n, name in enumerate(("bass", "lead", "pad"))}
    uneven = {**tracks, "pad": tracks["pad"].scaled(3.0), "lead": tracks["lead"].scaled(0.03)}
    one, other = (engineer.mix(t, "pop", Seed(1)) for t in (tracks, uneven))
    assert integrated_lufs(one.audio) == pytest.approx(integrated_lufs(other.audio), abs=0.5)
    difference = one.audio.with_samples(one.audio.samples - other.audio.samples)
    assert rms_db(difference) < rms_db(one.audio) - 20.0
    assert engineer.mix(tracks, "pop", Seed(2)).console != one.console


def test_the_engineer_takes_silence_and_unknown_roles_and_genres(noise):
    silence = Audio(np.zeros((2, 44_100), dtype=np.float32), 44_100)
    tracks = {"theremin": noise(), "lead": silence}
    mixdown = engineer.mix(tracks, "polka", Seed(1))
    assert peak_db(mixdown.audio) <= engineer.CEILING_DB
    assert engineer.mix({"lead": silence}, "rock", Seed(1)).audio.samples.any() == np.False_


def test_levels_of_playing_leave_out_the_rests(tone):
    loud = tone(hz=200.0, seconds=1.0)
    rests = Audio(np.concatenate([loud.samples, np.zeros((2, 88_200), np.float32)], 1), 44_100)
    assert engineer.active_level_db(rests) == pytest.approx(engineer.active_level_db(loud), abs=0.1)
    assert engineer.active_level_db(loud) == pytest.approx(rms_db(loud), abs=0.2)


# The source


def test_songs_do_not_depend_on_how_many_there_are():
    assert isinstance(SONG, Source)
    listings = SONG.catalogue().listings
    assert Composed(3, seconds=20.0).catalogue().listings == listings[:3]
    assert Composed(3, seconds=20.0, first=7).catalogue().listings == listings[7:10]
    assert Composed(20, seconds=20.0, seed=1).catalogue().listings != listings
    assert len({listing.origin.sha256 for listing in listings}) == 20


def test_bands_have_two_songs_of_one_genre_and_genres_come_equally_often():
    listings = SONG.catalogue().listings
    assert [one.artist for one in listings[::2]] == [one.artist for one in listings[1::2]]
    assert len({one.artist for one in listings}) == 10
    genres = [one.id.split("-")[2] for one in listings]
    assert genres[::2] == genres[1::2]
    assert set(genres) == set(GENRES)
    few = Composed(8, genres=("jazz", "metal"), seconds=20.0).catalogue().listings
    assert sorted(one.id.split("-")[2] for one in few) == ["jazz"] * 4 + ["metal"] * 4


def test_the_released_mix_is_the_console_on_the_dry_stems(songs):
    for song in songs:
        settings = json.loads(json.dumps(song.origin.settings))
        console = console_from_json(settings["console"])
        assert np.array_equal(console(song).mix.samples, song.mix.samples), song.id
        assert not np.allclose(total(song.stems.values()).samples, song.mix.samples, atol=0.05)


def test_a_song_is_what_its_listing_says_and_the_same_again(songs):
    listing, song = SONG.catalogue().listings[4], songs[2]
    assert (song.id, song.artist, song.license) == (listing.id, listing.artist, listing.license)
    assert song.license == "CC0-1.0 AND GPL-2.0-only"
    assert song.mix.length == listing.length == 20 * 44_100
    assert "Brechbill" in song.origin.attribution
    again = SONG.load(listing)
    assert again.mix.sha256 == song.mix.sha256
    assert {n: s.sha256 for n, s in again.stems.items()} == {
        n: s.sha256 for n, s in song.stems.items()
    }


def test_a_listing_of_other_settings_is_refused():
    listing = Composed(1, seconds=20.0, seed=7).catalogue().listings[0]
    with pytest.raises(UsageError, match="other settings"):
        SONG.load(replace(listing, id=SONG.catalogue().listings[0].id))


@pytest.mark.parametrize("settings", [{"count": 0}, {"count": 1, "first": -1}])
def test_settings_that_make_no_songs_are_refused(settings):
    with pytest.raises(UsageError, match="one song or more"):
        Composed(**settings)
    with pytest.raises(UsageError, match="no genre 'polka'"):
        Composed(1, genres=("polka",))


def octaves_db(audio):
    """Level of each octave from 63 Hz to 8 kHz relative to the whole, in dB."""
    power = np.square(np.abs(np.fft.rfft(audio.samples.mean(axis=0))))
    hz = np.fft.rfftfreq(audio.length, 1.0 / audio.rate)
    centres = 62.5 * 2.0 ** np.arange(8)
    bands = [power[(hz >= c / 2**0.5) & (hz < c * 2**0.5)].sum() for c in centres]
    return 10.0 * np.log10(np.array(bands) / power.sum())


def test_mixes_have_the_spectrum_of_released_music(songs):
    """Bounds from 26 released songs of free games: 10th to 90th percentile, with some slack."""
    for song in songs:
        mix = song.mix
        assert -18.5 < integrated_lufs(mix) < -9.0, song.id
        assert peak_db(mix) <= engineer.CEILING_DB, song.id
        assert 10.0 < peak_db(mix) - rms_db(mix) < 20.0, song.id
        middle, side = (mix.samples[0] + mix.samples[1]) / 2, (mix.samples[0] - mix.samples[1]) / 2
        width_db = 10.0 * np.log10(np.mean(side**2) / np.mean(middle**2))
        assert -22.0 < width_db < 0.0, song.id
        low = np.array([-16.0, -14.0, -16.0, -17.0, -18.0, -24.0, -30.0, -42.0])
        high = np.array([-1.0, -2.0, -2.0, -2.0, -3.0, -5.0, -8.0, -10.0])
        spectrum = octaves_db(mix)
        assert ((low < spectrum) & (spectrum < high)).all(), (song.id, spectrum)


def test_stems_are_recorded_at_sane_levels(songs):
    for song in songs:
        for name, stem in song.stems.items():
            assert -12.01 <= peak_db(stem) <= -2.99, (song.id, name)
            assert -45.0 < integrated_lufs(stem) < -9.0, (song.id, name)
        assert set(HABITS) >= {role(name) for name in song.stems}


def test_drums_have_plausible_spectra(songs):
    """Centre of gravity of the spectrum: a kick is low, a hi-hat high, a bass low."""

    def centre_hz(audio):
        power = np.square(np.abs(np.fft.rfft(audio.samples.mean(axis=0))))
        return float((power * np.fft.rfftfreq(audio.length, 1.0 / audio.rate)).sum() / power.sum())

    for song in songs:
        centres = {name: centre_hz(stem) for name, stem in song.stems.items()}
        if "kick" in centres and "hihat" in centres:
            assert centres["kick"] < 400.0 < 2_500.0 < centres["hihat"], song.id
        if "bass" in centres:
            assert centres["bass"] < 500.0, song.id
