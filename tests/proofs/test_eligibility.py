"""A metric may stand first in a task only if it is shown to be fit to rank."""

from dataclasses import replace

import numpy as np
import pytest

from automix_bench import plugin
from automix_bench.audio import amplitude, rms_db
from automix_bench.catalogue.tasks import task_named
from automix_bench.errors import UsageError
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.mrstft import mrstft
from automix_bench.proofs import prove
from automix_bench.proofs.eligibility import eligibility, nearly, rounded, with_noise
from automix_bench.proofs.pairs import CHAINS, Pairs, pairs_of, proof_pairs
from automix_bench.sources.composed import Composed


@pytest.fixture(scope="module")
def few():
    """The stems of one composed song, each through two chains."""
    source = Composed(1, seconds=10.0)
    return pairs_of([source.load(source.catalogue().listings[0])])


def outcome(metric, pairs):
    return {one.name: one.holds for one in eligibility(metric, pairs)}


def test_the_metric_that_ranks_the_tasks_is_fit_to():
    """Real stems (a clip, separated) and recorded ones of two composed songs."""
    pairs = proof_pairs()
    assert len(pairs.effect_removal) >= 16
    assert len(pairs.mixing) >= 6
    assert all(outcome(audible_distance, pairs).values())


@pytest.mark.parametrize("name", plugin.names("tasks"))
def test_the_first_metric_of_every_task_claims_it(name):
    assert task_named(name).metrics[0].ranks


def test_the_metric_of_former_boards_was_not(few):
    found = outcome(mrstft, few)
    assert not found["noise at -80 dBFS costs under 2 %"]
    assert not found["16 bits costs under 2 %"]
    assert not found["near-perfect before effected in every pair"]
    assert found["grades in order in 98 % of pairs of each degradation"]
    assert found["not improved by silence"]


def blind(*, reference, estimate):
    return 1.0


def loud(*, reference, estimate):
    return float(np.abs(estimate.samples).mean())


def high(*, reference, estimate):
    return float(np.abs(np.diff(estimate.samples)).mean())


@pytest.mark.parametrize(
    ("value", "criterion"),
    [
        (blind, "near-perfect before effected in every pair"),
        (blind, "grades in order in 98 % of pairs of each degradation"),
        (loud, "not improved by silence"),
        (loud, "not improved by a gain"),
        (high, "not improved by a low-pass"),
    ],
)
def test_a_metric_that_can_be_tricked_is_refused(few, value, criterion):
    tricked = replace(audible_distance, measure=value, low=0.0, high=1e3, step=1e-6)
    assert not outcome(tricked, Pairs(few.effect_removal[:2], ()))[criterion]


def test_a_metric_that_sees_nothing_cannot_rank(few):
    name = "grades in order in 98 % of pairs of each degradation"
    assert not outcome(replace(audible_distance, sees=()), Pairs(few.effect_removal[:1], ()))[name]


def test_who_does_not_claim_to_rank_gets_a_report(few):
    one = Pairs(few.effect_removal[:1], ())
    reported = [proof.holds for proof in prove.eligible(mrstft, one)]
    claimed = [proof.holds for proof in prove.eligible(audible_distance, one)]
    assert set(reported) == {None}
    assert set(claimed) == {True}


def test_the_answers_are_what_they_are_called(few):
    target = few.effect_removal[0].target

    def off_db(answer):
        error = target.with_samples(answer.samples - target.samples)
        return rms_db(error)

    assert off_db(with_noise(target)) == pytest.approx(-80.0, abs=0.05)
    assert off_db(nearly(target)) == pytest.approx(rms_db(target) - 46.0, abs=0.05)
    # Rounding errors are even over a step of 2 / 65534, where the sound passes many steps.
    assert off_db(rounded(target)) == pytest.approx(-101.1, abs=1.0)


def test_every_pair_has_an_effect_that_changes_more_than_the_level(few):
    for pair in (*few.effect_removal, *few.mixing):
        gain = rms_db(pair.target) - rms_db(pair.effected)
        change = pair.effected.scaled(amplitude(gain)).samples - pair.target.samples
        assert rms_db(pair.target.with_samples(change)) > rms_db(pair.target) - 35.0
    assert {pair.name.rpartition(", ")[2] for pair in few.effect_removal} <= set(CHAINS)


def test_a_task_whose_first_metric_does_not_claim_to_rank_is_refused(tmp_path):
    path = tmp_path / "my_task.py"
    path.write_text(
        "from dataclasses import replace\n"
        "from automix_bench.metrics.peak_error import peak_error\n"
        "from automix_bench.tasks.mixing import mixing\n"
        '__all__ = ["my_task"]\n'
        'my_task = replace(mixing, name="my_task", metrics=(peak_error,))\n'
    )
    with pytest.raises(UsageError, match="peak_error does not claim to be fit to"):
        task_named(str(path))
