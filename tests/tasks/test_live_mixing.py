"""The task `live_mixing` from data to board."""

import json

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import total
from automix_bench.dataset.reader import Dataset
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.isolation.box import IN_PROCESS, why_no_box
from automix_bench.isolation.live import NOT_LIVE, LiveBrief
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.scorecard import read_scorecard

TASK = plugin.load("tasks", "live_mixing")
LATE = """
import time
import numpy as np
from automix_bench.audio import Audio, total

__all__ = ["Late"]


class Delayed:
    latency_samples = 441

    def __init__(self, show):
        self.rest = np.zeros((show.channels, 441), np.float32)
        self.count = 0

    def __call__(self, frame):
        self.count += 1
        if self.count == 3:
            time.sleep(0.1)
        mix = total(frame.values())
        joined = np.concatenate([self.rest, mix.samples], axis=1)
        self.rest = joined[:, -441:]
        return Audio(joined[:, :-441].copy(), mix.rate)


class Late:
    def live(self, show):
        return Delayed(show)
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two songs of one band, a few seconds of each."""
    folder = tmp_path_factory.mktemp("live") / "data"
    settings = ["count=2", "song_seconds=10", "seconds=4", "per_song=1"]
    return Dataset(make(recipe_from("live_multitrack", settings), folder).folder)


def test_it_shows_the_microphones_and_wants_the_released_mix(data):
    example = data[0]
    brief = TASK.brief(example)
    assert isinstance(brief, LiveBrief)
    assert brief.stems is example.after.stems
    assert brief.show.frame_samples == 2_205
    assert TASK.wanted(example).stems["mix"] is example.before.mix


def test_a_board_of_live_models_and_one_that_is_not(data, tmp_path):
    late = tmp_path / "late.py"
    late.write_text(LATE)
    evaluated = evaluate(TASK, data, ["live_balance", late, "equal_loudness"], tmp_path / "runs")
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    rows = {row.model: row for row in evaluated.board.rows}
    assert {str(f).partition(": ")[2] for f in evaluated.failed["equal_loudness"]} == {NOT_LIVE}
    assert set(evaluated.failed) == {"equal_loudness"}
    first = TASK.metrics[0].name
    assert rows["oracle"].estimates[first].value == 0.0
    assert rows["oracle"].covered == 1.0
    assert rows["late.py"].estimates[first].value == pytest.approx(
        rows["plain_sum"].estimates[first].value, abs=1e-6
    )
    assert rows["late.py"].estimates["latency"].value == pytest.approx(
        rows["plain_sum"].estimates["latency"].value
    )
    frames = {name: card.cost.get("frames") for name, card in cards.items()}
    assert frames == {
        "plain_sum": 160,
        "live_balance": 160,
        "late.py": 162,
        "equal_loudness": None,
        "oracle": None,
    }
    assert cards["late.py"].cost["latency_seconds"] == 0.01
    assert cards["late.py"].cost["late_frames"] >= 2
    if not why_no_box():
        assert cards["live_balance"].isolation == "boxed"
    about = " ".join(evaluated.board.about())
    assert "Latency, as the models state it: late.py 10.0 ms." in about
    assert "Frames that took longer than they last: " in about
    (row,) = [
        row
        for row in json.loads(json.dumps(evaluated.board.to_json()))["rows"]
        if row["model"] == "late.py"
    ]
    assert row["latency_seconds"] == 0.01
    assert row["late_share"] >= 2 / 162
    again = evaluate(TASK, data, [late], tmp_path / "runs")
    assert {card.model: card.cost for card in map(read_scorecard, again.cards)}["late.py"] == cards[
        "late.py"
    ].cost


def test_a_class_of_a_notebook_mixes_live(data, tmp_path):
    class Half:
        def live(self, show):
            return lambda frame: total(frame.values()).scaled(0.5)

    evaluated = evaluate(TASK, data, [Half()], tmp_path / "runs")
    assert evaluated.failed == {}
    card = {card.model: card for card in map(read_scorecard, evaluated.cards)}["Half"]
    assert card.isolation == IN_PROCESS
    assert card.cost["frames"] == 160


def test_several_answers_add_up_their_frames(data, tmp_path):
    evaluated = evaluate(TASK, data, ["live_balance"], tmp_path / "runs", samples=2)
    card = {card.model: card for card in map(read_scorecard, evaluated.cards)}["live_balance"]
    assert card.samples == 2
    assert card.cost["frames"] == 2 * 160
    assert card.cost["latency_seconds"] == 0.0


def test_a_fault_in_a_notebook_s_frame_fails_its_item(data, tmp_path):
    class Broken:
        def live(self, show):
            return lambda frame: frame[sorted(frame)[0]].excerpt(0, 5)

    evaluated = evaluate(TASK, data, [Broken()], tmp_path / "runs")
    assert len(evaluated.failed["Broken"]) == 2
    for failure in evaluated.failed["Broken"]:
        assert "frame 0, at 0.000 s: expected a frame of shape (2, 2205)" in str(failure)


def test_a_gain_that_jumps_is_counted(data):
    """The mix as released, and the same with a fader that jumps by 6 dB every second."""
    gain_jumps = plugin.load("metrics", "gain_jumps")
    mix = data[0].before.mix
    steps = np.where(np.arange(mix.length) // mix.rate % 2, 2.0, 1.0)
    jumping = mix.with_samples(mix.samples * steps)
    assert gain_jumps(reference=mix, estimate=mix.scaled(0.3)) == 0.0
    assert gain_jumps(reference=mix, estimate=jumping) == pytest.approx(60.0 * 3 / 4)
    ridden = mix.with_samples(mix.samples * 10.0 ** (0.3 * np.arange(mix.length) / mix.rate))
    assert gain_jumps(reference=mix, estimate=ridden) == 0.0  # 6 dB a second
