"""Several answers of one model to each example: means, spread, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.live_costs import late_share
from automix_bench.evaluation.run_costs import ItemCost, total_cost
from automix_bench.evaluation.run_folder import identity
from automix_bench.evaluation.samples import of_samples
from automix_bench.evaluation.score import score
from automix_bench.making.make import make
from automix_bench.metric import Ranged
from automix_bench.scorecard import Score, Scorecard, read_scorecard
from automix_bench.untrusted.scorecard_record import no_cost
from tests.support.tone_source import Tones

LOUDNESS = plugin.load("metrics", "loudness_error")
MIXING = replace(
    task_named("mixing"), metrics=(plugin.load("metrics", "audible_distance"), LOUDNESS)
)
DRAWN = """
__all__ = ["drawn"]
import numpy as np
from automix_bench.models.plain_sum import PlainSum
from automix_bench import Answer

def drawn(brief):
    mix = PlainSum()(brief).stems["mix"]
    return Answer({"mix": mix.scaled(float(np.random.uniform(0.05, 0.9)))})
"""


@pytest.fixture
def data(recipe, tmp_path):
    return Dataset(make(recipe(source=Tones(count=2)), tmp_path / "data").folder)


@pytest.fixture
def drawn(tmp_path):
    path = tmp_path / "drawn.py"
    path.write_text(DRAWN)
    return path


def test_a_score_is_the_mean_of_samples_that_differ(data, drawn, tmp_path):
    evaluated = evaluate(MIXING, data, [drawn], tmp_path / "runs", samples=3)
    runs = tmp_path / "runs" / "mixing"
    folders = sorted(path for path in runs.iterdir() if path.is_dir() and "drawn" in path.name)
    assert len(folders) == 3
    cards = [score(MIXING, data, folder) for folder in folders]
    values = np.array([[s.value for s in card.of(LOUDNESS)] for card in cards])
    assert np.all(values.std(axis=0) > 0.0)
    path = next(path for path in evaluated.cards if "drawn" in path.name)
    card = read_scorecard(path)
    assert card.samples == 3
    assert [s.value for s in card.of(LOUDNESS)] == pytest.approx(values.mean(axis=0))
    spread = card.spread["loudness_error"]
    assert spread["best"] == pytest.approx(values.min(axis=0).mean())
    assert spread["deviation"] == pytest.approx(values.std(axis=0, ddof=1).mean())
    assert card.cost["audio_seconds"] == pytest.approx(3 * cards[0].cost["audio_seconds"])
    row = next(row for row in evaluated.board.rows if "drawn" in row.model)
    assert (row.samples, row.part) == (3, "entry")
    assert any("Of 3 answers of drawn.py" in note for note in evaluated.board.about())
    assert {row.samples for row in evaluated.board.rows if row.part != "entry"} == {1}
    frame = evaluated.board.to_frame().set_index("model")
    assert frame.loc["drawn.py", "samples"] == 3


def test_samples_are_kept_apart_and_used_again(data, drawn, tmp_path):
    evaluate(MIXING, data, [drawn], tmp_path / "runs")
    two = evaluate(MIXING, data, [drawn], tmp_path / "runs", samples=2)
    assert two.reused == {"drawn.py": len(data)}
    again = evaluate(MIXING, data, [drawn], tmp_path / "runs", samples=2)
    assert again.reused == {"drawn.py": 2 * len(data)}
    first = two.runs["drawn.py"]
    other = first.with_name(f"{first.name}-sample-1")
    assert "sample" not in identity(first)
    assert identity(other)["sample"] == 1
    one = evaluate(MIXING, data, [drawn], tmp_path / "one").cards
    other_card = read_scorecard(next(path for path in one if "drawn" in path.name))
    assert other_card.scores == score(MIXING, data, first).scores  # a seed gives its answer again


def test_a_run_of_one_sample_is_not_taken_for_another(data, drawn, tmp_path):
    from automix_bench.evaluation.entry import entry
    from automix_bench.evaluation.run import run

    one = entry(str(drawn))
    run(one, MIXING, data, tmp_path / "run")
    with pytest.raises(DatasetError, match="another sample"):
        run(one, MIXING, data, tmp_path / "run", sample=1)


def card(*values, status="ok"):
    metric = Ranged("m", "1", "higher", 0.0, 10.0, 10.0)
    scores = tuple(Score(f"e{n}", "s", "mix", "m", v, status) for n, v in enumerate(values))
    stated = {"unit": "1", "better": metric.better, "low": 0.0, "high": 10.0}
    cost = {"audio_seconds": 1.0, "work_seconds": 1.0}
    return Scorecard("t", 1, "d", "x", scores, cost, {}, metrics={"m": stated}, isolation="boxed")


def test_by_hand():
    both = of_samples([card(1.0, 4.0), card(3.0, 8.0)])
    assert [score.value for score in both.scores] == [2.0, 6.0]
    assert both.spread["m"]["best"] == 5.5
    assert both.spread["m"]["deviation"] == pytest.approx((2**0.5 + 8**0.5) / 2)
    assert of_samples([card(1.0)]) == card(1.0)


def test_costs_add_up_by_hand():
    one = ItemCost(2.0, 3.0, 100, 10, 1, 0.01).of(6.0)
    other = ItemCost(1.0, 0.5, 80, 20, 0, 0.03).of(4.0)
    total = {
        "audio_seconds": 10.0,
        "work_seconds": 3.0,
        "cpu_seconds": 3.5,
        "peak_memory": 100,
        "frames": 30,
        "late_frames": 1,
        "latency_seconds": 0.03,
    }
    assert total_cost([one, other]) == total == total_cost([other, one])
    plain = total_cost([ItemCost(2.0).of(6.0)])
    assert plain == {**no_cost(), "audio_seconds": 6.0, "work_seconds": 2.0}


@pytest.mark.parametrize(
    ("cost", "share"),
    [
        ({"frames": 10, "late_frames": 3}, 0.3),
        ({"frames": 10}, 0.0),
        ({"frames": 10, "late_frames": 30}, 1.0),
        ({}, float("nan")),
    ],
)
def test_the_share_of_late_frames(cost, share):
    assert late_share(cost) == pytest.approx(share, nan_ok=True)


def test_one_failure_fails_the_item_and_an_undefined_one_stays_so():
    failed = of_samples([card(5.0), card(0.0, status="failed")])
    assert failed.scores[0].status == "failed"
    assert failed.spread["m"] == {"best": None, "deviation": None}
    undefined = of_samples([card(float("nan"), status="undefined")] * 2)
    assert undefined.scores[0].status == "undefined"
    weaker = of_samples([card(5.0), replace(card(5.0), isolation="in process")])
    assert weaker.isolation == "in process"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("samples", 0),
        ("samples", "3"),
        ("spread", []),
        ("spread", {"m": {"best": 1.0}}),
        ("spread", {"m": {"best": "x", "deviation": 0.0}}),
    ],
)
def test_what_a_stranger_writes_of_samples_is_checked(tmp_path, field, value):
    of_samples([card(1.0), card(2.0)]).write(tmp_path / "card.json")
    assert read_scorecard(tmp_path / "card.json").samples == 2
    record = json.loads((tmp_path / "card.json").read_text())
    (tmp_path / "card.json").write_text(json.dumps({**record, field: value}))
    with pytest.raises(DatasetError, match=field):
        read_scorecard(tmp_path / "card.json")


def test_no_sample_is_refused(data, tmp_path):
    with pytest.raises(ValueError, match="samples: expected 1 or more, got 0"):
        evaluate(MIXING, data, [], tmp_path, samples=0)
