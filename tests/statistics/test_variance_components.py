"""The mixed model: equal to statsmodels where that converges, in any unit, and never singular."""

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

from automix_bench.statistics.balanced_components import restricted_estimates
from automix_bench.statistics.variance_components import NotFitted, fit_variance_components

PARTS = {
    "rater": "0 + C(rater)",
    "song": "0 + C(song)",
    "rater_system": "0 + C(rater):C(system)",
    "song_system": "0 + C(song):C(system)",
}


def ratings(seed, raters=6, songs=5, systems=3):
    """A row of score, system, rater and song for every rating, of which some are missing."""
    rng = np.random.default_rng(seed)
    strict, hard = rng.normal(0.0, 8.0, raters), rng.normal(0.0, 8.0, songs)
    taste, suits = (rng.normal(0.0, 5.0, (n, systems)) for n in (raters, songs))
    return [
        (
            50 + 10 * k + strict[r] + hard[s] + taste[r, k] + suits[s, k] + rng.normal(0.0, 4.0),
            k,
            r,
            s,
        )
        for r in range(raters)
        for s in range(songs)
        for k in range(systems)
        if rng.random() < 0.9
    ]


def fitted(rows):
    return fit_variance_components(
        [row[0] for row in rows],
        [row[1] for row in rows],
        {
            "rater": [row[2] for row in rows],
            "song": [row[3] for row in rows],
            "rater_system": [(row[2], row[1]) for row in rows],
            "song_system": [(row[3], row[1]) for row in rows],
        },
    )


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_it_is_statsmodels(seed):
    from statsmodels.regression.mixed_linear_model import MixedLM

    rows = ratings(seed)
    frame = pd.DataFrame(rows, columns=["score", "system", "rater", "song"])
    peer = MixedLM.from_formula(
        "score ~ 0 + C(system)", frame, vc_formula=PARTS, groups=np.ones(len(frame))
    ).fit(reml=True, method=["lbfgs", "powell"])
    fit = fitted(rows)
    assert fit.means == pytest.approx(np.asarray(peer.fe_params), abs=1e-2)
    errors = np.sqrt(np.diag(np.asarray(peer.cov_params()))[:3])
    assert np.sqrt(np.diag(fit.covariances)) == pytest.approx(errors, rel=1e-2)
    deviations = dict(zip(peer.model.exog_vc.names, np.sqrt(peer.vcomp), strict=True))
    assert fit.deviations == pytest.approx(deviations, abs=0.05)
    assert fit.rest == pytest.approx(np.sqrt(peer.scale), rel=1e-2)


@pytest.mark.parametrize("unit", [0.01, 0.1, 1e6])
def test_the_unit_changes_the_unit_of_the_result_alone(unit):
    rows = ratings(2)
    fit, other = fitted(rows), fitted([(unit * score, *rest) for score, *rest in rows])
    assert other.means == pytest.approx(unit * fit.means, rel=1e-9)
    assert other.covariances == pytest.approx(unit**2 * fit.covariances, rel=1e-4)
    assert other.rest == pytest.approx(unit * fit.rest, rel=1e-4)


def test_of_a_balanced_one_way_layout_it_is_the_analysis_of_variance():
    # Searle, Casella & McCulloch, "Variance components", 1992, section 3.6: if the mean square
    # between groups is the larger one, the variance between them is (MSA - MSE) / n.
    rng = np.random.default_rng(0)
    values = rng.normal(0.0, 3.0, (12, 1)) + rng.normal(0.0, 1.0, (12, 5))
    means = values.mean(axis=1)
    between, within = 5 * means.var(ddof=1), values.var(axis=1, ddof=1).mean()
    labels = [group for group in range(12) for _ in range(5)]
    fit = fit_variance_components(values.ravel().tolist(), [0] * 60, {"group": labels})
    assert fit.deviations["group"] ** 2 == pytest.approx((between - within) / 5, rel=1e-4)
    assert fit.rest**2 == pytest.approx(within, rel=1e-4)
    assert fit.covariances[0, 0] == pytest.approx(between / 60, rel=1e-4)


scores = st.lists(st.sampled_from([0.0, 0.5, 1.0, 7.0]), min_size=12, max_size=12)


@settings(deadline=None, max_examples=40)
@given(scores)
def test_nothing_is_singular(values):
    fit = fitted(
        [(value, n % 3, n // 3 % 2, n // 6) for n, value in enumerate(values)]
    )  # two raters, two songs, three systems
    assert np.isfinite([*fit.means, *fit.covariances.ravel(), fit.rest]).all()
    assert np.linalg.eigvalsh(fit.covariances).min() >= -1e-9
    assert fit.means == pytest.approx([np.mean(values[k::3]) for k in range(3)], abs=1e-6)


def test_mean_squares_in_the_wrong_order_are_pooled_by_hand():
    """All five: 40 + 3 + 4 + 15 + 4 over 15 degrees of freedom. In order: none."""
    squares = np.array([[10.0, 1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0, 5.0]])
    found = restricted_estimates(squares, [4, 3, 2, 5, 1])
    assert found[0] == pytest.approx([66.0 / 15.0] * 3)
    assert found[1] == pytest.approx([1.0, 2.0, 4.0])


@pytest.mark.parametrize("told", [{"success": False}, {"fun": float("nan")}])
def test_variances_that_were_not_found_are_refused(told, monkeypatch):
    minimize = scipy.optimize.minimize

    def unlucky(*arguments, **settings):
        return scipy.optimize.OptimizeResult({**minimize(*arguments, **settings), **told})

    monkeypatch.setattr(scipy.optimize, "minimize", unlucky)
    with pytest.raises(NotFitted, match="do not converge"):
        fit_variance_components([1.0, 2.0, 4.0, 3.0], [0, 1, 0, 1], {"rater": [0, 0, 1, 1]})


def test_too_few_values_are_refused():
    with pytest.raises(NotFitted, match="2 values are too few for 2 means"):
        fit_variance_components([1.0, 2.0], [0, 1], {"rater": [0, 0]})
