"""Artists by tag, by folder and by pattern; all artists of a file in its credits."""

import struct
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.errors import UsageError
from automix_bench.music.files import tags
from automix_bench.music.files.common_folder import one_artist_line
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.sources.by_artist import ByArtist
from automix_bench.sources.folder import Folder
from automix_bench.sources.stems_folder import StemsFolder


def write(path, *comments, seed=0, seconds=0.2):
    """A FLAC file with these Vorbis comments, such as `ARTIST=Ana`, in this order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 0.1 * np.random.default_rng(seed).standard_normal((round(seconds * 44_100), 2))
    with soundfile.SoundFile(path, "w", 44_100, 2, format="FLAC") as file:
        file.comment = "any"
        file.write(sound)
    content, place, blocks, last = path.read_bytes(), 4, [], False
    while not last:
        kind, last = content[place] & 127, bool(content[place] & 128)
        size = int.from_bytes(content[place + 1 : place + 4], "big")
        body = content[place + 4 : place + 4 + size]
        if kind == 4:
            texts = [comment.encode() for comment in comments]
            packed = (struct.pack("<I", len(text)) + text for text in texts)
            body = struct.pack("<I", 4) + b"test" + struct.pack("<I", len(texts)) + b"".join(packed)
        blocks.append(bytes([kind | 128 * last]) + len(body).to_bytes(3, "big") + body)
        place += 4 + size
    path.write_bytes(content[:4] + b"".join(blocks) + content[place:])


def id3(path, *artists):
    """An MP3 file with one ID3v2.4 artist frame of several values."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 0.1 * np.random.default_rng(1).standard_normal((44_100, 2))
    soundfile.write(path, sound, 44_100, format="MP3")
    text = b"\x03" + b"\x00".join(artist.encode() for artist in artists)
    frame = b"TPE1" + len(text).to_bytes(4, "big") + b"\x00\x00" + text
    head = b"ID3\x04\x00\x00" + len(frame).to_bytes(4, "big")
    path.write_bytes(head + frame + path.read_bytes())


def test_every_artist_of_a_file_is_credited(tmp_path):
    write(tmp_path / "a.flac", "ARTIST=Ana", "TITLE=One", "artist=Ona & Co", "ARTIST=Ana", seed=1)
    id3(tmp_path / "b.mp3", "Ana", "Una")
    write(tmp_path / "c.flac", "TITLE=Alone", seed=2)
    listings = {one.id: one for one in Folder(tmp_path, attribution="CD").catalogue().listings}
    assert listings["a"].origin.attribution == "Ana, Ona & Co - One; CD"
    assert listings["b"].origin.attribution == "Ana, Una; CD"
    assert listings["c"].origin.attribution == "Alone; CD"
    assert [listings[id].artist for id in "abc"] == ["ana", "ana", "c"]


def test_tags_of_a_stranger_stay_on_one_line(tmp_path):
    write(tmp_path / "a.flac", "ARTIST=A\n# Licence\x1b[31m: CC0", "TITLE=x\r\ny")
    (listing,) = Folder(tmp_path).catalogue().listings
    assert listing.origin.attribution == "A # Licence [31m: CC0 - x y"


def test_a_file_that_has_no_tags_names_no_artist(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF of nothing")
    assert tags.artists(tmp_path / "a.wav") == ()
    assert tags.artists(tmp_path / "a.wav", "Said") == ("Said",)
    assert tags.artists(tmp_path / "gone.wav") == ()


@pytest.fixture
def library(tmp_path):
    """`library/<artist>/<album>/<artist> - <title>.flac`, with other artists in the tags."""
    root = tmp_path / "music"
    for seed, (artist, title) in enumerate((("Ana", "One"), ("Ana", "Two"), ("Ona", "Three"))):
        path = root / "library" / artist / "First" / f"{artist} - {title}.flac"
        write(path, f"ARTIST=Tag {seed // 2}", seed=seed)
    write(root / "library" / "Una" / "First" / "Una - Four.flac", seed=9)
    return root


@pytest.mark.parametrize(
    ("rule", "artists"),
    [
        ("tag", ["tag-0", "tag-0", "tag-1", "library-una-first-una-four"]),
        ("folder", ["library"] * 4),
        ("folder-1", ["library"] * 4),
        ("folder-2", ["ana", "ana", "ona", "una"]),
        ("folder2", ["ana", "ana", "ona", "una"]),
        ("2", ["ana", "ana", "ona", "una"]),
        ("folder-3", ["first"] * 4),
        ("song", None),
        ("folder-9", None),
        ("{artist} - *", ["ana", "ana", "ona", "una"]),
        ("*/{artist}/*/*", ["ana", "ana", "ona", "una"]),
        ("library/{artist}/First/*", ["ana", "ana", "ona", "una"]),
    ],
)
def test_the_artist_stands_where_the_setting_says(library, rule, artists):
    recipe = recipe_from("remix", [f"songs={library}", f"artist={rule}", "license=CC0-1.0"])
    listings = recipe.source.catalogue().listings
    assert [each.artist for each in listings] == (artists or [each.id for each in listings])
    song = recipe.source.load(listings[0])
    assert (song.artist, song.origin) == (listings[0].artist, listings[0].origin)
    if rule.startswith("{"):
        assert listings[0].origin.attribution == "Ana; Tag 0"


def test_a_song_that_the_pattern_does_not_match_is_left_out(library):
    write(library / "library" / "Una" / "odd.flac", seed=20)
    catalogue = ByArtist(Folder(library), library, "*/{artist}/First/*").catalogue()
    assert len(catalogue.listings) == 4
    assert [str(one) for one in catalogue.rejected] == [
        "library/Una/odd.flac: does not match artist=*/{artist}/First/*; mend the pattern"
    ]


@pytest.mark.parametrize("rule", ["artist", "Ana", "{artist}{artist}", "folder-x", "*", ""])
def test_a_rule_that_says_nothing_is_refused(library, rule):
    with pytest.raises(UsageError, match="expected tag, song, folder, folder-2, or a pattern"):
        ByArtist(Folder(library), library, rule)


def test_folders_of_songs_have_artists_by_tag_level_and_pattern_too(tmp_path):
    for number, (split, band) in enumerate((("train", "Ana"), ("train", "Ona"), ("test", "Ana"))):
        for stem in ("bass", "keys"):
            path = tmp_path / split / "x" / band / f"{band}_{number}" / f"{stem}.flac"
            write(path, f"ARTIST=The {band}s", seed=10 * number + len(stem))
    plain = StemsFolder(tmp_path)
    assert {each.artist for each in plain.catalogue().listings} == {"x"}
    for rule, artists in (
        ("tag", ["the-anas", "the-anas", "the-onas"]),
        ("folder-2", ["ana", "ana", "ona"]),
        ("{artist}_*", ["ana", "ana", "ona"]),
    ):
        listings = ByArtist(plain, tmp_path, rule).catalogue().listings
        assert sorted(each.artist for each in listings) == artists, rule
        assert {each.split for each in listings} == {"train", "test"}


def test_make_says_that_one_common_folder_is_taken_for_one_artist(tmp_path):
    for number in range(3):
        write(tmp_path / "music" / "all" / f"b{number}" / "s.flac", seed=number, seconds=1.2)
    command = ["make", "declipping", "", "--set", f"songs={tmp_path / 'music'}"]
    command += ["--set", "seconds=1", "--set", "license=CC0-1.0"]

    def lines(out, *more):
        result = CliRunner().invoke(
            cli.app, [*command[:2], str(tmp_path / out), *command[3:], *more]
        )
        assert result.exit_code == 0, result.output
        return [line for line in result.output.splitlines() if "artist:" in line]

    (line,) = lines("one")
    assert "all 3 songs are taken for one artist, all, the folder that they lie in" in line
    assert "--set artist=tag, folder-2, song" in line
    assert lines("no", "--dry-run") == [line]
    assert lines("two", "--set", "artist=folder-2") == []


def test_one_artist_is_told_only_where_a_folder_is_the_reason(library):
    listings = Folder(library).catalogue().listings
    assert one_artist_line(listings) is None
    one = [replace(each, artist="library") for each in listings]
    assert one_artist_line(one) is not None
    assert one_artist_line(one[:1]) is None
    assert one_artist_line([replace(each, artist="tag") for each in listings]) is None
    assert one_artist_line([replace(each, split="train") for each in one]) is None
    assert one_artist_line([]) is None
