"""The parts of a report without a browser: sounds as files, which items are heard, which runs."""

import base64
import re
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli, errors
from automix_bench.audio import Audio, peak
from automix_bench.catalogue.tasks import task_named
from automix_bench.console import Aux, Console
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.dsp.stereo import in_two_channels
from automix_bench.effect import Chain
from automix_bench.effects.gain import Gain
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.limiter import Limiter
from automix_bench.effects.mute import Mute
from automix_bench.effects.pan import Pan
from automix_bench.evaluation.entry import as_entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.run import run
from automix_bench.evaluation.stored_runs import stored_runs
from automix_bench.files import flac
from automix_bench.making.make import make
from automix_bench.pages.mixing_desk import desk
from automix_bench.pages.report_scores import heard_items
from automix_bench.pages.sound_files import (
    common_gain,
    excerpt_of,
    loudest_start,
    matching_gains,
    sound_file,
)
from tests.support.tone_source import Tones


def played(file):
    return flac.decode(base64.b64decode(file.text)).scaled(file.scale)


@pytest.mark.parametrize("level", [1e-4, 0.3, 1.0, 7.0])
def test_a_sound_keeps_its_level_and_15_bits_at_least(noise, level):
    sound = noise().scaled(level)
    error = played(sound_file(sound)).samples - sound.samples
    assert np.max(np.abs(error)) <= 2.0**-15 * peak(sound)


def test_silence_is_a_sound_too(noise):
    file = sound_file(noise().scaled(0.0))
    assert not played(file).samples.any()
    assert matching_gains([file, sound_file(noise())])[0] == 1.0
    short = sound_file(noise(seconds=0.1))
    assert (file.loudness, short.loudness) == ("silent", "–")
    assert matching_gains([short, file]) == [1.0, 1.0]


def test_gains_match_loudness_below_full_scale(noise, tone):
    sounds = [tone(), noise(seed=1).scaled(0.5), noise(channels=1).scaled(9.0)]
    files = [sound_file(sound) for sound in sounds]

    def levels(anchor):
        gains = matching_gains(files, anchor)
        out = [in_two_channels(played(f).scaled(g)) for f, g in zip(files, gains, strict=True)]
        assert max(map(peak, out)) <= 1.0 + 2.0**-14
        return [integrated_lufs(sound) for sound in out]

    own = integrated_lufs(sounds[1])
    assert levels(1) == pytest.approx([own] * 3, abs=0.05)  # all at the level of the second
    common = levels(0)  # the noise cannot be as loud as the tone
    assert common == pytest.approx([common[0]] * 3, abs=0.05)
    assert common[0] < integrated_lufs(sounds[0]) - 1.0
    assert common_gain(files) * max(map(peak, sounds)) == pytest.approx(1.0)
    assert common_gain(files[:2]) == 1.0


def test_near_silence_is_raised_by_24_db_at_most(noise):
    files = [sound_file(noise()), sound_file(noise().scaled(5e-3))]
    assert matching_gains(files)[1] == pytest.approx(10 ** (24 / 20))


def test_the_excerpt_is_where_it_is_loudest():
    samples = np.full((2, 80_000), 0.01, np.float32)
    samples[:, 40_000:56_000] = 0.5
    sound = Audio(samples, 8_000)
    start = loudest_start([sound], 2.0)
    assert start == 40_000
    assert excerpt_of(sound, start, 2.0).samples.min() == np.float32(0.5)
    assert loudest_start([sound], 10.0) == 0
    assert excerpt_of(sound, 0, 99.0).length == sound.length


def test_the_worst_half_is_heard_and_others_evenly_spaced():
    items = list("abcdefghij")
    assert heard_items(items, 4) == ["a", "b", "f", "j"]
    assert heard_items(items, 1) == ["a"]
    assert heard_items(items, 9) == list("abcdefgij")
    assert heard_items(items, 10) == heard_items(items, 99) == items


def test_a_desk_has_the_settings_of_its_console():
    chain = Chain((Gain(3.0), HighPass(1_000.0, "2"), Gain(3.0), Pan(0.25)))
    strips = {"a": chain, "b": Chain((Mute(),)), "c": Chain((Limiter(0.0, -20.0, 5.0, 50.0),))}
    a, b, c, room = desk(Console(strips, auxes={"room": Aux({"a": -12.0}, Chain())}))
    assert (a.fader_db, a.fader_text, a.pan_text) == (6.0, "+6.0 dB", "R 25")
    assert a.sends == ("room -12.0 dB",)
    assert a.chain == "4 effects"
    assert [effect.name for effect in a.effects] == ["gain", "high_pass", "gain", "pan"]
    height = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", a.eq)]
    assert height[0] == 56.0  # far below -18 dB at 20 Hz
    assert height[-1] == pytest.approx(28.0, abs=0.2)  # 0 dB at 20 kHz
    assert (b.fader_text, b.eq, b.curve) == ("muted", "", "")
    level = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", c.curve)]
    assert level[0] == pytest.approx(56.0, abs=0.5)  # -60 dB goes out as it is
    assert level[-1] == pytest.approx(56.0 / 3.0, abs=0.5)  # 0 dB goes out at -20 dB
    assert room.name == "aux room"


@pytest.fixture(scope="module")
def runs(recipe, tmp_path_factory):
    """A data set, another one, and the run of one model on the first without a scorecard."""
    folder = tmp_path_factory.mktemp("runs")
    tones = recipe(source=Tones(count=2, seconds=1.0), excerpt_seconds=0.5)
    make(tones, folder / "data")
    make(replace(tones, seed=8), folder / "other")
    dataset = Dataset(folder / "data")
    equal = as_entry("equal_loudness")
    run(equal, task_named("mixing"), dataset, folder / "runs" / "one", any_data=True)
    return folder


@pytest.fixture(scope="module")
def evaluated(runs):
    """The same model, evaluated with its floor and ceiling."""
    data = Dataset(runs / "data")
    return evaluate("mixing", data, ["equal_loudness"], runs / "evaluated", any_data=True)


def test_a_run_alone_is_scored_and_gets_its_floor_and_ceiling(runs, evaluated, tmp_path):
    before = sorted(runs.rglob("*"))
    (one,) = stored_runs([runs / "runs"], runs / "data", tmp_path)
    assert {row.part for row in one.board.rows} == {"entry", "floor", "ceiling"}
    assert one.folders.keys() == one.cards.keys() == {"equal_loudness", "plain_sum", "oracle"}
    assert sorted(one.notes) == [
        f"{model} was run for this page; its run is not stored."
        for model in ("oracle", "plain_sum")
    ]
    assert sorted(runs.rglob("*")) == before  # nothing was written there
    assert [row.estimates for row in one.board.rows] == [
        row.estimates for row in evaluated.board.rows
    ]


def test_what_is_no_run_of_the_data_is_refused(runs, tmp_path):
    with pytest.raises(errors.DatasetError, match=r"expected runs on .*other, got 1 runs on other"):
        stored_runs([runs / "runs"], runs / "other", tmp_path)
    with pytest.raises(errors.DatasetError, match="no run here; `evaluate` and `run` make some"):
        stored_runs([runs / "data"], runs / "data", tmp_path)
    with pytest.raises(errors.DatasetError, match="expected runs of remix, got runs of mixing"):
        stored_runs([runs / "runs"], runs / "data", tmp_path, tasks=["remix"])


def test_the_command_writes_only_into_a_folder_of_its_own(runs, evaluated, tmp_path):
    command = ["report", str(runs / "evaluated"), str(runs / "data"), "--out"]
    (tmp_path / "mine.txt").write_text("x")
    error = CliRunner().invoke(cli.app, [*command, str(tmp_path)]).exception
    assert isinstance(error, errors.UsageError)
    assert "holds something else" in str(error)
    for items in ("2", "1"):
        page = tmp_path / "page"
        done = CliRunner().invoke(cli.app, [*command, str(page), "--items", items])
        assert done.exit_code == 0, done.output
        assert "open it in a browser" in done.output
        assert len({p.stem[:11] for p in (page / "sounds").iterdir()}) == int(items)
    error = CliRunner().invoke(cli.app, [*command, str(runs / "data" / "page")]).exception
    assert isinstance(error, errors.UsageError | errors.DatasetError)
