"""Files of multitracks by the names of the field: mixes, sub-mixes, previews, tracks."""

import shlex

import numpy as np
import pytest

from automix_bench.music.files.file_names import common_beginning, read
from automix_bench.music.files.song_parts import Patterns, SongFiles, parts_of
from automix_bench.sources.stems_folder import StemsFolder
from tests.support.data_set_folders import Writer, mixed

MIXES = """mix mixture Master Mixdown "Full Mix" song1_mix X_MIX mix_v2 "stereo mix" 2mix print
"Mix Print" FullMix final_mix_24bit_44.1k 2-Track "Stereo Out" bounce Mastered unmastered
"My Song - Master v3 FINAL" "rough mix 3" MixMaster "mixdown_final(2)" "vocal up mix" Premaster
MSTR full stereo "Final Version" Everything Remix "Full Preview" mix-down MIXTURE "The Mix"
A_Song_Mastered "two track" Reference LR "Output 1-2" "Album Version"
mono Original "rough v2" mixes "radio mix" "Mix L" stereomix premix""".replace("\n", " ")
SUB_MIXES = {
    "without": """accompaniment Instrumental "Instrumental Mix" "backing track" karaoke "minus one"
    minus_one no_vocals novox drumless "TV Mix" "mix no vocals" without_guitar "Off Vocal" inst
    nobass "no lead vocals" "vox minus"
    MinusOne backtrack non_vocals "vocals removed" accomp "No Drums" bgm""",
    "group": """"Drum Mix" "Drum Bus" drums_submix "Vox Group" submix "a cappella" acapella
    "Guitar Stem" "all vocals" DrumBuss "synth sum" "sub-mix" SubMix guitars_sub""",
    "sum": """linear_mixture "sum of stems" stem_sum "linear mix" "stems mix" plain_mixture""",
    "preview": """preview "song preview" """,
    "song": """song Song1""",
    "backing": """backing""",
}
TRACKS = """01_Kick "02 Snare Top" "Kick Sub" "Sub Bass" "Lead Vox" "Gtr 10" other "mixer noise"
"mixolydian lead" Голос S00 "piano accompaniment" "piano print" "Overheads L" room bass Nothing
"seamless pad" guitar_rhythm keys "track 01" "Inst 1" "backing vocals" "instrumental guitar"
mastodon "Lead Vocal (no fx)"
"noise free vocals" vocals_no_reverb "no reverb vox" "Bass Sub" full_moon_pad click "no man"
mixtape""".replace("\n", " ")


def words(text):
    return shlex.split(text.replace("\n", " "))


@pytest.mark.parametrize("name", words(MIXES))
def test_a_released_mix_is_known_by_the_names_of_the_field(name):
    for suffix in ("wav", "flac"):
        assert read(f"{name}.{suffix}").kind == "mix"
        assert read(f"{name.lower()}.{suffix}").kind == "mix"


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for kind, names in SUB_MIXES.items() for name in words(names)]
)
def test_a_sub_mix_is_known_by_the_names_of_the_field(name, kind):
    assert read(f"{name}.wav").kind == kind


@pytest.mark.parametrize("name", words(TRACKS))
def test_a_track_is_no_mix(name):
    assert read(f"{name}.wav").kind == "stem"


def test_a_title_at_either_end_of_a_name_says_nothing_of_the_file():
    titles = ("Mix Master Mike - Mixtape", "Mixtape")
    assert read("Mixtape_kick.wav", titles).kind == "stem"
    assert read("Mix Master Mike - Mixtape - drums.wav", titles).kind == "stem"
    assert read("Mixtape mix.wav", titles).kind == "mix"
    assert read("Mixtape.wav", titles).kind == "song"
    assert read("bass.wav", ("bass",)).kind == "stem"
    assert common_beginning(["Mix A - kick.wav", "Mix A - bass.wav", "Mix A - keys.wav"]) == "mix a"
    assert common_beginning(["kick.wav", "kick 2.wav"]) == ""
    assert common_beginning([]) == ""


# Songs.


class Songs:
    """A folder of one song, `A - Song`, whose files are written by name."""

    def __init__(self, root):
        self.writer = Writer(root, seconds=0.2)
        self.root = root
        self.sounds = {}

    def add(self, *files, sound=None):
        for file in files:
            self.sounds[file] = self.writer.write(f"A - Song/{file}", sound)
        return self

    def read(self, **settings):
        """The stems' files, the mix's file, and the reasons of what is left out, by item."""
        source = StemsFolder(self.root, **settings)
        catalogue = source.catalogue()
        reasons = {one.item.removeprefix("A - Song/"): one.reason for one in catalogue.rejected}
        if not catalogue.listings:
            return None, None, reasons
        song = source.load(catalogue.listings[0])
        stems = {name: self._file(stem) for name, stem in song.stems.items()}
        return stems, self._file(song.mix), reasons

    def _file(self, audio):
        return next(
            (f for f, s in self.sounds.items() if np.array_equal(audio.samples.T, s)), "sum"
        )


@pytest.fixture
def songs(tmp_path):
    return Songs(tmp_path)


FOUR = ("vocals.wav", "bass.wav", "drums.wav", "other.wav")
STEMS = {name.removesuffix(".wav"): name for name in FOUR}


@pytest.mark.parametrize("name", ["Full Mix", "A - Song_mix", "Master", "mix_v2", "2mix", "Song"])
def test_a_mix_of_another_name_is_the_target_and_no_stem(songs, name):
    songs.add(*FOUR, f"{name}.wav")
    stems, mix, reasons = songs.read()
    if name == "Song":
        assert stems is None
        assert "Song.wav may be the released mix, or a stem" in reasons["A - Song"]
        assert songs.read(mixture=("Song",))[:2] == (STEMS, "Song.wav")
    else:
        assert (stems, mix, reasons) == (STEMS, f"{name}.wav", {})


@pytest.mark.parametrize(
    "name",
    words("""accompaniment Instrumental linear_mixture karaoke no_vocals "minus one" "Backing Track"
    drumless submix "stems mix" preview "TV mix" "Bass Bus" """),
)
@pytest.mark.parametrize("released", [True, False])
def test_a_sub_mix_is_left_out_with_its_reason(songs, name, released):
    songs.add(*FOUR, f"{name}.wav", *(["mixture.wav"] if released else []))
    stems, mix, reasons = songs.read()
    assert (stems, mix) == (STEMS, "mixture.wav" if released else "sum")
    assert reasons.keys() == {f"{name}.wav"}
    assert "by its name" in reasons[f"{name}.wav"]
    assert "the song is used" in reasons[f"{name}.wav"]


def test_a_sub_mix_with_no_other_stem_of_its_kind_is_a_stem(songs):
    songs.add("vocals.wav", "no_vocals.wav", "mix.wav")
    stems, mix, reasons = songs.read()
    assert stems == {"vocals": "vocals.wav", "no_vocals": "no_vocals.wav"}
    assert (mix, reasons) == ("mix.wav", {})


def test_a_bus_is_left_out_beside_its_tracks_and_a_stem_without_them(songs):
    songs.add("Drum Bus.wav", "bass.wav", "Lead Vox.wav")
    assert songs.read()[0].keys() == {"drum_bus", "bass", "lead_vox"}
    songs.add("Kick.wav", "Snare.wav")
    stems, _, reasons = songs.read()
    assert stems.keys() == {"kick", "snare", "bass", "lead_vox"}
    assert (
        "a sub-mix of drums by its name, and it holds Kick.wav and Snare"
        in (reasons["Drum Bus.wav"])
    )


@pytest.mark.parametrize(
    ("files", "named"),
    [
        (("mix.wav", "Master.wav"), ("Master.wav", "mix.wav")),
        (("mix_v1.wav", "mix_v2.wav"), ("mix_v1.wav", "mix_v2.wav")),
        (("mix.wav", "song.wav"), ("mix.wav", "song.wav")),
        (("drums.wav", "Kick.wav"), ("drums.wav", "Kick.wav")),
        (("Full Drums.wav", "Snare.wav"), ("Full Drums.wav", "Snare.wav")),
        (("drumkit.wav", "Overheads.wav"), ("drumkit.wav", "Overheads.wav")),
        (("vocals.wav", "lead vocals.wav"), ("vocals.wav", "lead vocals.wav")),
        (("backing.wav", "keys.wav"), ("backing.wav",)),
        (("song.wav", "keys.wav"), ("song.wav",)),
        (("A - Song.wav", "keys.wav"), ("A - Song.wav",)),
        (("vocals.wav", "karaoke.wav", "instrumental.wav"), ("instrumental.wav", "karaoke.wav")),
        (("Drum Bus.wav", "Drum Mix.wav"), ("Drum Bus.wav", "Drum Mix.wav")),
        (("bass.flac", "bass.wav"), ("bass.flac", "bass.wav")),
    ],
)
def test_a_song_of_two_readings_is_refused_with_both_files(songs, files, named):
    songs.add(*files, "strings.wav") if "karaoke.wav" not in files else songs.add(*files)
    stems, _, reasons = songs.read()
    assert stems is None
    assert reasons.keys() == {"A - Song"}
    for file in named:
        assert file in reasons["A - Song"]
    assert "--set" in reasons["A - Song"]


def test_what_a_refusal_advises_resolves_it(songs):
    songs.add("drums.wav", "Kick.wav", "Snare.wav", "mix.wav", "Master.wav")
    left = (("drums", ""),)
    assert songs.read(stems=left, mixture=("Master",))[:2] == (
        {"kick": "Kick.wav", "snare": "Snare.wav"},
        "Master.wav",
    )
    stems, mix, reasons = songs.read(stems=(("drums", "loop"), ("Master.wav", "")))
    assert stems == {"kick": "Kick.wav", "snare": "Snare.wav", "loop": "drums.wav"}
    assert (mix, reasons) == ("mix.wav", {})


def test_one_track_in_two_files_is_taken_once_if_the_samples_are_equal(songs):
    songs.add("vocals.flac", "bass.wav", "mix.wav")
    songs.add("vocals.wav", sound=songs.sounds["vocals.flac"])
    songs.add("mix.flac", sound=songs.sounds["mix.wav"])
    stems, mix, reasons = songs.read()
    assert stems == {"bass": "bass.wav", "vocals": "vocals.flac"}
    assert mix == "mix.wav"
    assert "the samples of vocals.flac, which is used" in reasons["vocals.wav"]
    assert reasons.keys() == {"vocals.wav", "mix.wav"}
    songs.add("vocals.wav")
    stems, _, reasons = songs.read()
    assert stems is None
    assert (
        "vocals.flac and vocals.wav are one track in two files that differ" in (reasons["A - Song"])
    )
    assert songs.read(stems=(("*.flac", ""),))[0] == {"bass": "bass.wav", "vocals": "vocals.wav"}


def test_patterns_of_the_mix_go_before_names_and_in_their_order(songs):
    songs.add("bass.wav", "keys.wav", "mix.wav", "loud_print_2.wav")
    two = {"bass": "bass.wav", "keys": "keys.wav"}
    stems, mix, reasons = songs.read(mixture=("*_print_*",))
    assert (stems, mix) == (two, "loud_print_2.wav")
    assert reasons == {
        "mix.wav": "another mix by its name; the mix is loud_print_2.wav; the song is used"
    }
    assert songs.read(mixture=("gone*", "mix.wav"))[1] == "mix.wav"
    assert "no file matches mixture=gone*" in songs.read(mixture=("gone*",))[2]["A - Song"]
    several = songs.read(mixture=("*.wav",))[2]["A - Song"]
    assert "several released mixes, bass.wav, keys.wav" in several


def test_patterns_without_a_name_choose_the_stems(songs):
    songs.add("bass_dry.wav", "bass_wet.wav", "keys_dry.wav", "mix.wav")
    stems, mix, reasons = songs.read(stems=(("*_dry*", None),))
    assert stems == {"bass_dry": "bass_dry.wav", "keys_dry": "keys_dry.wav"}
    assert (mix, reasons) == ("mix.wav", {})


def test_a_folder_of_tracks_belongs_to_the_song_around_it(tmp_path):
    writer = Writer(tmp_path, seconds=0.2)
    stems = [writer.write(f"A - Song/Stems/{name}.wav") for name in ("bass", "drums")]
    mix = writer.write("A - Song/Master.wav", mixed(stems))
    source = StemsFolder(tmp_path)
    (listing,) = source.catalogue().listings
    song = source.load(listing)
    assert (listing.origin.name, listing.artist) == ("A - Song", "a")
    assert list(song.stems) == ["bass", "drums"]
    assert np.array_equal(song.mix.samples.T, mix)
    writer.write("A - Song/A - Song_RAW/bass.wav")
    catalogue = StemsFolder(tmp_path).catalogue()
    assert catalogue.listings == ()
    (reason,) = catalogue.rejected
    assert "A - Song_RAW and Stems may hold the same music twice" in reason.reason
    assert "layout=medleydb" in reason.reason
    assert StemsFolder(tmp_path, stems=(("A - Song_RAW/*", ""),)).catalogue().listings


def test_songs_of_games_have_a_backing_track(songs):
    songs.add("guitar.wav", "rhythm.wav", "song.wav", "preview.wav")
    stems, mix, reasons = songs.read()
    assert stems.keys() == {"guitar", "rhythm", "song"}
    assert (mix, reasons.keys()) == ("sum", {"preview.wav"})
    songs.add("keys.wav", "backing.wav")
    (songs.root / "A - Song" / "song.ini").write_text("[song]\nname = S\nartist = B\n")
    assert songs.read()[0].keys() == {"guitar", "rhythm", "keys", "backing-1", "backing-2"}


@pytest.mark.parametrize("inner", ["Mix/take.wav", "master/A - Song.wav", "Mixdown/mix.wav"])
@pytest.mark.parametrize("tracks", ["stems/", ""])
def test_a_mix_in_a_folder_beside_the_tracks_is_the_mix(songs, inner, tracks):
    songs.add(f"{tracks}bass.wav", f"{tracks}keys.wav", inner)
    stems, mix, reasons = songs.read()
    assert stems == {"bass": f"{tracks}bass.wav", "keys": f"{tracks}keys.wav"}
    assert (mix, reasons) == (inner, {})


@pytest.mark.parametrize("copy", ["bass copy.wav", "bass (1).wav", "bass - Copy.wav", "BASS.flac"])
def test_a_copy_of_a_track_is_taken_once(songs, copy):
    songs.add("bass.wav", "keys.wav")
    songs.add(copy, sound=songs.sounds["bass.wav"])
    stems, _, reasons = songs.read()
    assert len(stems) == 2
    (left,) = reasons
    assert left.lower().startswith("bass")
    assert "which is used; the song is used" in reasons[left]


def test_a_second_take_is_no_copy(songs):
    songs.add("bass.wav", "bass (1).wav")
    stems, _, reasons = songs.read()
    assert (len(stems), reasons) == (2, {})


def test_files_that_the_user_names_are_told_from_those_that_names_decide(tmp_path):
    files = {file: read(file) for file in ("bass.wav", "Drum Bus.wav", "mix.wav", "old.wav")}
    patterns = Patterns(stems=(("Drum*", "drums"), ("old*", "")))
    parts, left_out = parts_of(tmp_path, SongFiles("s", files), patterns)
    assert parts.stems == {"bass": "bass.wav", "drums": "Drum Bus.wav"}
    assert (parts.mix, parts.stated, left_out) == ("mix.wav", {"Drum Bus.wav"}, ())
