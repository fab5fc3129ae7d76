"""A claim is written before the run, never changed, and tested alone."""

import json
import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli, plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError, UsageError
from automix_bench.evaluation.claim import Terms, claim_of, compare_as_claimed, write_claim
from automix_bench.evaluation.sample_size import sample_size
from automix_bench.files.canonical_json import canonical, fingerprint
from automix_bench.making.make import make
from automix_bench.scorecard import Score, Scorecard
from automix_bench.statistics.power import power
from automix_bench.statistics.significance import sign_flips
from automix_bench.untrusted.claim_record import read_claim, with_hash
from tests.support.tone_source import Tones

MRSTFT = plugin.load("metrics", "mrstft")
TASK = task_named("mixing_to_sum")
DATA = "d" * 64


def card(model, values, **changed):
    scores = tuple(Score(f"s{n}-0", f"s{n}", "mix", "mrstft", v) for n, v in enumerate(values))
    cost = {"audio_seconds": 1.0, "work_seconds": 1.0}
    made = Scorecard(TASK.name, TASK.version, DATA, model, scores, cost, {}, split="test")
    return replace(made, **changed)


GAINS = [0.9, 1.1, 1.3, 0.7, 1.0, 1.2, 0.8, 1.05]
"""By how much `new` is better than `old`, song by song; the mean is 1.00625."""
NEW = card("new", [3.0 - gain for gain in GAINS])
OLD = card("old", [3.0] * len(GAINS))


def claim(**changed):
    fields = {
        "format": 1,
        "task": TASK.name,
        "task_version": TASK.version,
        "dataset": DATA,
        "split": "test",
        "songs": len(GAINS),
        "metric": "mrstft",
        "better": "new",
        "than": "old",
        "margin": 0.0,
        "difference": 1.0,
        "alpha": 0.05,
        "sides": 1,
        "power": 0.9,
    }
    return with_hash({**fields, **changed})


def p_by_hand(margin, sides):
    """All 2^8 flips of the songs' differences from the margin."""
    above = [gain - margin for gain in GAINS]
    sums = [
        sum(s * d for s, d in zip(flip, above, strict=True)) for flip in product((1, -1), repeat=8)
    ]
    if sides == 1:
        return sum(s >= sum(above) - 1e-9 for s in sums) / 256
    return sum(abs(s) >= abs(sum(above)) - 1e-9 for s in sums) / 256


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize(
    ("margin", "confirmed"), [(0.0, True), (0.8, True), (1.0, False), (1.2, False), (-1.0, True)]
)
def test_the_margin_is_the_null_and_the_sides_are_those_claimed(margin, confirmed, sides):
    tested = compare_as_claimed(claim(margin=margin, sides=sides), [OLD, NEW], MRSTFT)
    assert tested.p == pytest.approx(p_by_hand(margin, sides))
    assert tested.confirmed == confirmed
    assert tested.difference.value == pytest.approx(np.mean(GAINS))
    assert tested.difference.low < np.mean(GAINS) < tested.difference.high


def test_the_other_way_round_is_not_confirmed_however_sure():
    for sides in (1, 2):
        tested = compare_as_claimed(
            claim(better="old", than="new", sides=sides), [OLD, NEW], MRSTFT
        )
        assert not tested.confirmed
        assert tested.difference.value < 0.0


def test_a_difference_in_a_range_about_zero_is_what_it_is():
    """The range of SI-SDR is about as far below 0 dB as above."""
    si_sdr = plugin.load("metrics", "si_sdr")
    assert si_sdr.low < 0.0 < si_sdr.high

    def of_ratio(made, offset):
        scores = [replace(s, metric="si_sdr", value=offset - s.value) for s in made.scores]
        return replace(made, scores=tuple(scores))

    cards = [of_ratio(OLD, 9.0), of_ratio(NEW, 9.0)]
    difference = compare_as_claimed(claim(metric="si_sdr"), cards, si_sdr).difference
    assert difference.value == pytest.approx(np.mean(GAINS))
    assert difference.low < difference.value < difference.high


def test_alpha_decides():
    p = p_by_hand(0.8, 1)
    assert compare_as_claimed(claim(margin=0.8, alpha=p), [OLD, NEW], MRSTFT).confirmed
    below = claim(margin=0.8, alpha=0.99 * p)
    assert not compare_as_claimed(below, [OLD, NEW], MRSTFT).confirmed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "remix"}, "task: the claim is of remix, got mixing_to_sum on the card of new"),
        ({"task_version": 99}, "task version: the claim is of 99, got"),
        ({"dataset": "e" * 64}, f"data: the claim is of {'e' * 64}, got {DATA}"),
        ({"split": "train"}, "split: the claim is of train, got test"),
        ({"songs": 9}, "number of songs: the claim is of 9, got 8"),
        ({"metric": "si_sdr"}, "metric: the claim is of si_sdr, got mrstft"),
        ({"better": "newer"}, "models: the claim is of newer and old, got new and old"),
    ],
)
def test_what_differs_from_the_claim_is_named(changes, message):
    with pytest.raises(DatasetError, match=message):
        compare_as_claimed(claim(**changes), [NEW, OLD], MRSTFT)


def test_a_claim_is_of_two_cards():
    with pytest.raises(UsageError, match="expected two scorecards, got 3"):
        compare_as_claimed(claim(), [NEW, OLD, replace(OLD, model="third")], MRSTFT)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c | {"margin": -9.0}, "sha256: expected .* the claim was changed after"),
        (lambda c: c | {"sha256": "0" * 64}, "sha256: expected .* the hash of its other fields"),
        (lambda c: c | {"sha256": "x"}, "sha256: expected a sha256"),
        (lambda c: c | {"odd": 1}, "odd: expected one of the fields"),
        (lambda c: with_hash(c | {"songs": 1}), "songs: expected a whole number from 2"),
        (lambda c: with_hash(c | {"alpha": 0.9}), "alpha: expected a number in"),
        (lambda c: with_hash(c | {"sides": 3}), "sides: expected a whole number from 1 to 2"),
        (lambda c: with_hash(c | {"format": 2}), "format: expected 1, got 2"),
        (lambda c: {k: v for k, v in c.items() if k != "than"}, "than: expected"),
        (lambda c: [c], "expected a JSON object"),
    ],
)
def test_a_changed_or_foreign_claim_is_refused_in_one_line(tmp_path, change, message):
    path = tmp_path / "claim.json"
    path.write_text(json.dumps(change(dict(claim()))))
    with pytest.raises(DatasetError, match=message) as raised:
        read_claim(path)
    assert "\n" not in str(raised.value)


def test_the_hash_is_that_of_the_canonical_json_of_the_other_fields(tmp_path):
    write_claim(claim(), tmp_path / "claim.json")
    content = json.loads((tmp_path / "claim.json").read_text())
    hash = content.pop("sha256")
    assert hash == fingerprint(content)
    assert canonical(content).startswith('{"alpha":0.05,"better":"new","dataset":"dddd')
    assert read_claim(tmp_path / "claim.json") == claim()
    with pytest.raises(UsageError, match="is there already, and a claim is never changed"):
        write_claim(claim(), tmp_path / "claim.json")


def test_one_sided_flips_are_those_of_the_positive_mean():
    rows = np.array([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0], [0.0, 0.0, 0.0]])
    assert sign_flips(rows, seed="x", sides=1).tolist() == [1 / 8, 1.0, 1.0]
    assert sign_flips(rows, seed="x").tolist() == [2 / 8, 2 / 8, 1.0]
    many = np.random.default_rng(0).normal(0.3, 1.0, (1, 40))
    one, two = (float(sign_flips(many, seed="x", sides=n)[0]) for n in (1, 2))
    assert one == pytest.approx(two / 2, abs=0.005)


def test_the_power_of_a_one_sided_test_is_what_a_simulation_confirms():
    """Student's one-sided test: 12 songs, a true difference of half a standard deviation."""
    from scipy.stats import ttest_1samp

    rng = np.random.default_rng(0)
    draws = rng.normal(0.5, 1.0, (4_000, 12))
    share = np.mean(ttest_1samp(draws, 0.0, axis=1, alternative="greater").pvalue <= 0.05)
    assert power(0.5, 1.0, 12, 0.05, 1) == pytest.approx(share, abs=0.02)
    assert power(-0.5, 1.0, 12, 0.05, 1) < 0.01
    assert power(0.5, 1.0, 12, 0.025, 1) == pytest.approx(power(0.5, 1.0, 12, 0.05), abs=1e-3)
    assert [power(d, 0.0, 12, 0.05, 1) for d in (1.0, 0.0, -1.0)] == [1.0, 0.05, 0.0]
    assert math.isnan(power(0.5, 1.0, 1, 0.05, 1))


@pytest.fixture
def data(recipe, tmp_path):
    return Dataset(make(recipe(source=Tones(count=4)), tmp_path / "data").folder)


def test_the_claim_is_of_the_songs_of_the_data(data):
    size = sample_size([NEW, OLD], MRSTFT, 1.0)
    made = claim_of(Terms("new", "old", margin=0.5), size, [NEW, OLD], TASK, data)
    songs = {row["song"] for row in data.rows}
    assert (made["songs"], made["dataset"], made["split"]) == (len(songs), data.fingerprint, "all")
    deviation = float(np.std(GAINS, ddof=1))
    assert made["power"] == pytest.approx(power(0.5, deviation, len(songs), 0.05, 1), abs=1e-6)
    larger = claim_of(Terms("new", "old", margin=0.9), size, [NEW, OLD], TASK, data)
    assert larger["power"] < made["power"]


def test_what_was_run_cannot_be_claimed_any_more(data):
    size = sample_size([NEW, OLD], MRSTFT, 1.0)
    done = replace(NEW, dataset=data.fingerprint)
    with pytest.raises(DatasetError, match="new was scored on this data already"):
        claim_of(Terms("new", "old"), size, [done, OLD], TASK, data)
    floor = replace(OLD, dataset=data.fingerprint)
    assert claim_of(Terms("new", "old"), size, [floor], TASK, data)["than"] == "old"


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (Terms("new", "new"), "expected --better MODEL and --than another"),
        (Terms("new", ""), "expected --better MODEL and --than another"),
        (Terms("new", "old", margin=1.0), "--margin: expected a number below the difference"),
        (Terms("new", "old", margin=math.nan), "--margin: expected a number"),
        (Terms("new", "old", alpha=0.0), "--alpha: expected a level"),
        (Terms("new", "old", sides=3), "--sides: expected 1 or 2"),
    ],
)
def test_terms_out_of_range_are_named(data, terms, message):
    with pytest.raises(UsageError, match=message):
        claim_of(terms, sample_size([NEW, OLD], MRSTFT, 1.0), [], TASK, data)


def invoke(*words):
    return CliRunner().invoke(cli.app, [*map(str, words)])


def test_from_a_claim_to_its_test(data, tmp_path):
    for one in (NEW, OLD):
        one.write(tmp_path / f"pilot-{one.model}.json")
    pilot = [tmp_path / f"pilot-{one.model}.json" for one in (NEW, OLD)]
    size = ("power", *pilot, "--metric", "mrstft", "--difference", 1)
    words = ("--claim", tmp_path / "c.json", "--better", "new", "--than", "old")
    lacking = invoke(*size, *words)
    assert "name the data set of the comparison: --data" in str(lacking.exception)
    assert not (tmp_path / "c.json").exists()
    alone = invoke(*size, "--better", "new")
    assert "belong to a claim: add --claim" in str(alone.exception)
    written = invoke(*size, *words, "--data", data.folder, "--margin", 0.5)
    assert written.exit_code == 0, written.output
    made = read_claim(tmp_path / "c.json")
    assert made["sha256"] in written.output
    assert "publish this hash before the run" in written.output
    again = invoke(*size, *words, "--data", data.folder)
    assert "a claim is never changed" in str(again.exception)

    songs = sorted({row["song"] for row in data.rows})
    cards = []
    for model, by in (("old", 0.0), ("new", 0.9)):
        scores = tuple(Score(f"{s}-0", s, "mix", "mrstft", 2.0 - by) for s in songs)
        run = replace(NEW, model=model, scores=scores, dataset=data.fingerprint, split="all")
        run.write(tmp_path / f"{model}.json")
        cards.append(tmp_path / f"{model}.json")
    tested = invoke("compare", *cards, "--claim", tmp_path / "c.json")
    assert tested.exit_code == 0, tested.output
    assert "new is better than old by more than 0.5 in mrstft" in tested.output
    assert "not confirmed" in tested.output  # four songs: p is 1/16 at least
    facts = json.loads(invoke("compare", *cards, "--claim", tmp_path / "c.json", "--json").stdout)
    assert (facts["p"], facts["confirmed"]) == (1 / 16, False)
    other = invoke("compare", *cards, "--claim", tmp_path / "c.json", "--metric", "si_sdr")
    assert "tests mrstft on all of the data and nothing else" in str(other.exception)
    by = invoke("compare", *cards, "--claim", tmp_path / "c.json", "--by", "stem")
    assert "leave out --by" in str(by.exception)
    refused = invoke("compare", *pilot, "--claim", tmp_path / "c.json")
    assert "data: the claim is of" in str(refused.exception)
