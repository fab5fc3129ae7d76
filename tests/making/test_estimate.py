"""What is said before a data set is made, held against the data set."""

from dataclasses import dataclass

import pytest

from automix_bench import errors
from automix_bench.making import estimate as estimating
from automix_bench.making import trial
from automix_bench.making.estimate import estimate, to_text
from automix_bench.making.make import make
from automix_bench.song import Song
from tests.support.tone_source import Tones


@dataclass(frozen=True)
class Halves:
    """A separator that explains half of the mix."""

    license: str = "MIT"

    def __call__(self, song):
        half = song.mix.scaled(0.5)
        stems = {"half": half, "residual": half}
        return Song(song.id, song.artist, stems, song.mix, song.license, song.origin)

    def fingerprint(self):
        return {"separator": "halves"}


def test_what_the_plan_tells_is_exact(recipe, tmp_path):
    wanted = recipe(source=Tones(count=6), splits=(0.5, 0.25, 0.25))
    found, made = estimate(wanted), make(wanted, tmp_path / "data")
    said = found.to_json()
    assert said["plan_root"] == made.plan.root
    assert (said["songs"], said["artists"], said["examples"]) == (6, 3, len(made.rows))
    assert said["song_hours"] == pytest.approx(6 * 3.0 / 3600.0, abs=1e-4)
    assert said["example_hours"] == pytest.approx(18.0 / 3600.0, abs=1e-4)
    assert said["shards"] == len(list(made.folder.glob("*.tar")))
    assert said["licenses"] == {"CC0-1.0": 6}
    for split, counts in said["splits"].items():
        rows = [row for row in made.rows if row["split"] == split]
        assert counts["examples"] == len(rows)
        assert counts["songs"] == len({row["song"] for row in rows})


def test_bytes_are_near_what_comes_out(recipe, tmp_path):
    for wanted in (recipe(), recipe(source=Tones(with_stems=False), separator=Halves())):
        found = estimate(wanted)
        folder = make(wanted, tmp_path / found.plan.root[:8]).folder
        real = sum(path.stat().st_size for path in folder.iterdir())
        assert found.bytes == pytest.approx(real, rel=0.25)


def test_nothing_is_written(recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTOMIX_BENCH_CACHE", str(tmp_path / "cache"))
    estimate(recipe(source=Tones(with_stems=False), separator=Halves()))
    assert list(tmp_path.iterdir()) == []


def test_time_adds_up(recipe, monkeypatch):
    fixed = trial.Trial(3, 1e6, 0.5, 2.0, 0.25)
    monkeypatch.setattr(estimating, "run_trial", lambda *_: fixed)
    found = estimate(recipe())
    assert found.work_seconds == pytest.approx(4 * 3.0 * 2.5 + 12 * 0.25)
    text = to_text(found, workers=3)
    assert "time       about 11.0 s with 3 workers" in text
    assert "× real time: loading 2, separating 0.5; 0.25 s an example" in text
    assert "space      about 12 MB (1 MB each" in text


def test_separation_is_part_of_the_time_where_there_is_one(recipe):
    separated = estimate(recipe(source=Tones(with_stems=False), separator=Halves()))
    assert separated.trial.separate_factor > 0.0
    assert separated.licenses == {"CC0-1.0 AND MIT": 4}
    assert estimate(recipe()).trial.separate_factor == 0.0


def test_licences_that_stand_in_the_way_and_songs_left_out_are_named(recipe):
    unknown = recipe(source=Tones(with_stems=False), separator=Halves("LicenseRef-weights"))
    text = to_text(estimate(unknown, trials=0))
    assert "CC0-1.0 AND LicenseRef-weights: 4 songs, unknown: not known to allow" in text
    assert "space" not in text

    class Short(Tones):
        def catalogue(self):
            whole = super().catalogue()
            return type(whole)(whole.listings, (errors.Rejected("x.wav", "cut short"),))

    text = to_text(estimate(recipe(source=Short()), trials=0))
    assert "4, 12.0 s; 1 left out" in text
    assert "left out   x.wav: cut short" in text


def test_a_trial_without_a_usable_excerpt_says_why(recipe):
    found = estimate(recipe(silence_db=0.0))
    assert (found.trial.examples, found.bytes, found.work_seconds) == (0, None, None)
    assert len(found.trial.rejected) == 4
    assert "no excerpt could be used; the first: tones-0" in to_text(found)


def test_the_trial_is_spread_over_the_plan(recipe, monkeypatch):
    tried = []
    measure = trial._measure
    monkeypatch.setattr(
        trial, "_measure", lambda r, song: (tried.append(song.listing.id), measure(r, song))[1]
    )
    estimate(recipe(source=Tones(count=30)))
    assert tried == ["tones-0", "tones-0", "tones-10", "tones-20"]
