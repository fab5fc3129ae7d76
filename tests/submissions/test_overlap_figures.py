"""How many excerpts are found in whole songs, and how many in songs that they are not of.

    pytest -m slow -s tests/submissions/test_overlap_figures.py
    OVERLAP_SONGS=FOLDER pytest -m slow -s tests/submissions/test_overlap_figures.py

prints the tables of docs/honesty.md: the first on composed songs, the second on a folder with a
folder per song, which holds its stems.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from automix_bench.audio import total
from automix_bench.effects.chorus import Chorus
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.delay import Delay
from automix_bench.effects.mp3 import Mp3
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.effects.reverb import Reverb
from automix_bench.effects.soft_clip import SoftClip
from automix_bench.music.excerpt_search import closest, is_excerpt, is_searchable
from automix_bench.music.fingerprint import fingerprint
from automix_bench.sources.composed import Composed
from automix_bench.sources.stems_folder import StemsFolder

pytestmark = pytest.mark.slow

SONGS, SECONDS = 24, 40.0
OWN = os.environ.get("OVERLAP_SONGS")
LEAST_FOUND = {
    "as it is": 1.0,
    "12 dB softer, MP3 at 64 kbit/s": 1.0,
    "MP3 at 32 kbit/s": 1.0,
    "equaliser": 1.0,
    "compressor": 1.0,
    "chorus": 1.0,
    "delay": 0.95,
    "distortion": 0.9,
    "reverb": 0.9,
    "plain sum of its stems": 0.95,
    "stems mixed again, ±6 dB": 0.9,
    "stems mixed again, ±12 dB": 0.85,
    "stems with effects, mixed again": 0.7,
}


@pytest.fixture(scope="module")
def songs():
    source = StemsFolder(Path(OWN)) if OWN else Composed(SONGS, seconds=SECONDS)
    return [source.load(listing) for listing in source.catalogue().listings]


class Changes:
    """Changes of a sound in the ranges of RemFX, and gains, drawn from a seed."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def gain(self, audio, most_db):
        return audio.scaled(10.0 ** (self.rng.uniform(-most_db, most_db) / 20.0))

    def any(self, audio):
        kinds = ("distortion", "compressor", "chorus", "delay", "reverb", "equaliser")
        return getattr(self, str(self.rng.choice(kinds)))(audio)

    def distortion(self, audio):
        return SoftClip(drive_db=self.rng.uniform(8.0, 25.0))(audio)

    def compressor(self, audio):
        return Compressor(
            threshold_db=self.rng.uniform(-42.0, -20.0),
            ratio=self.rng.uniform(1.5, 6.0),
            knee_db=0.0,
            attack_ms=self.rng.uniform(1.0, 50.0),
            release_ms=self.rng.uniform(10.0, 250.0),
            makeup_db=0.0,
        )(audio)

    def chorus(self, audio):
        return Chorus(
            speed_hz=self.rng.uniform(0.25, 1.5),
            depth_ms=self.rng.uniform(2.0, 6.0),
            delay_ms=self.rng.uniform(6.0, 10.0),
            feedback=self.rng.uniform(-0.4, -0.1),
            wet=self.rng.uniform(0.18, 0.67),
            phase_degrees=self.rng.uniform(0.0, 360.0),
            spread_degrees=0.0,
        )(audio)

    def delay(self, audio):
        return Delay(
            delay_ms=self.rng.uniform(100.0, 1_000.0),
            feedback=self.rng.uniform(0.05, 0.3),
            wet=self.rng.uniform(0.11, 0.54),
        )(audio)

    def reverb(self, audio):
        return Reverb(
            rt60_seconds=self.rng.uniform(0.85, 8.0),
            pre_delay_ms=0.0,
            damping_hz=self.rng.uniform(2_000.0, 12_000.0),
            wet=self.rng.uniform(0.2, 0.6),
        )(audio)

    def equaliser(self, audio):
        for low in (200.0, 800.0, 2_400.0):
            hz, gain_db = low * 2.0 ** self.rng.uniform(0.0, 1.5), self.rng.choice([-9.0, 9.0])
            audio = PeakingEQ(frequency_hz=hz, gain_db=float(gain_db), q=1.0)(audio)
        return audio


def excerpt(audio, start, length):
    return audio.with_samples(np.ascontiguousarray(audio.samples[:, start : start + length]))


def changed_mixes(mix, stems, draw):
    """The excerpt of a mix by the name of a change; `stems` are its parts."""
    yield "as it is", mix
    yield "12 dB softer, MP3 at 64 kbit/s", Mp3(bitrate_kbps=64.0)(mix.scaled(0.25))
    yield "MP3 at 32 kbit/s", Mp3(bitrate_kbps=32.0)(mix)
    for name in ("equaliser", "compressor", "chorus", "delay", "distortion", "reverb"):
        yield name, getattr(draw, name)(mix)
    if len(stems) < 2:
        return
    yield "plain sum of its stems", total(stems)
    for most in (6, 12):
        yield f"stems mixed again, ±{most} dB", total([draw.gain(one, most) for one in stems])
    yield "stems with effects, mixed again", total([draw.any(draw.gain(s, 6)) for s in stems])


@pytest.mark.parametrize("seconds", [3.0, 6.0, 10.0])
def test_excerpts_are_found_in_their_songs_and_in_no_other(songs, seconds):
    draw = Changes(1)
    mixes = [fingerprint(song.mix) for song in songs]
    stem_prints = [[fingerprint(stem) for stem in song.stems.values()] for song in songs]
    hits, closeness = {}, {}
    false = {
        "mixes in mixes of others": [],
        "stems in mixes of others": [],
        "stems in stems of others": [],
    }

    def look(name, sound, recordings, *, stem):
        """Whether a sound is found in any of the recordings, and its least share of other bits."""
        words = fingerprint(sound)
        if not is_searchable(words):
            return
        places = list(filter(None, (closest(words, recording) for recording in recordings)))
        found = any(is_excerpt(place, words, stem=stem) for place in places)
        least = min((place.differing for place in places), default=0.5)
        if name in false:
            false[name].append((found, least))
        else:
            hits.setdefault(name, []).append(found)
            closeness.setdefault(name, []).append(least)

    for number, song in enumerate(songs):
        length = round(seconds * song.mix.rate)
        start = int(draw.rng.integers(0, song.mix.length - length))
        parts = [excerpt(stem, start, length) for stem in song.stems.values()]
        mix = excerpt(song.mix, start, length)
        others = [one for n, one in enumerate(mixes) if n != number]
        other_stems = [one for n, of in enumerate(stem_prints) if n != number for one in of]
        for name, sound in changed_mixes(mix, parts, draw):
            look(name, sound, [mixes[number]], stem=False)
            look("mixes in mixes of others", sound, others, stem=False)
        for part, own in zip(parts, stem_prints[number], strict=True):
            look("a stem with an effect, in its stem", draw.any(part), [own], stem=True)
            look("a stem, in its mix", part, [mixes[number]], stem=True)
            look("stems in mixes of others", part, others, stem=True)
            look("stems in stems of others", part, other_stems, stem=True)
    print(f"\n{len(songs)} songs, excerpts of {seconds:g} s")
    for name, found in hits.items():
        middle = np.median(closeness[name])
        print(f"| {name} | {sum(found)} of {len(found)} | {100.0 * middle:.0f} % |")
    for name, rows in false.items():
        least = min(value for _, value in rows)
        wrong = sum(found for found, _ in rows)
        print(f"| {name} | {wrong} of {len(rows)} | closest {100.0 * least:.0f} % |")
    assert not any(found for found, _ in false["mixes in mixes of others"])
    assert not any(found for found, _ in false["stems in mixes of others"])
    wrong = [found for found, _ in false["stems in stems of others"]]
    assert sum(wrong) <= 0.02 * len(wrong)
    if not OWN and seconds >= 6.0:
        for name, least in LEAST_FOUND.items():
            assert sum(hits[name]) >= least * len(hits[name]), name
