"""Draws of each distribution, compared with its declaration and with other implementations."""

import numpy as np
import pytest
import scipy.stats

from automix_bench.distributions.joint import Correlated, Rows
from automix_bench.distributions.plain import Choice, Constant, LogUniform, Uniform
from automix_bench.distributions.shaped import Each, Empirical, Mixture, Normal, Triangular
from automix_bench.effects.gain import Gain
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.making.recipe_json import value_json
from automix_bench.sampling import Bounded, Distribution, Joint, Sampler, Seed

DRAWS = 10_000
TABLE = (3.0, -2.0, 7.5, 7.5, 0.25, 11.0)
CONTINUOUS = [
    (Uniform(-3.0, 5.0), scipy.stats.uniform(-3.0, 8.0)),
    (LogUniform(200.0, 5_000.0), scipy.stats.loguniform(200.0, 5_000.0)),
    (Normal(1.0, 4.0, -3.0, 12.0), scipy.stats.truncnorm(-1.0, 2.75, 1.0, 4.0)),
    (Normal(0.0, 1.0, 5.0, 10.0), scipy.stats.truncnorm(5.0, 10.0)),
    (Normal(0.0, 1.0, -10.0, -5.0), scipy.stats.truncnorm(-10.0, -5.0)),
    (Triangular(2.0, 3.0, 10.0), scipy.stats.triang(0.125, 2.0, 8.0)),
    (Triangular(2.0, 2.0, 10.0), scipy.stats.triang(0.0, 2.0, 8.0)),
    (Triangular(2.0, 10.0, 10.0), scipy.stats.triang(1.0, 2.0, 8.0)),
]
STEPPED = [
    Constant(2.5),
    Uniform(4.0, 4.0),
    LogUniform(4.0, 4.0),
    Choice((1.0, 2.0, 4.0)),
    Choice((1.0, 2.0, 4.0, 8.0), weights=(1.0, 0.0, 6.0, 0.0)),
    Empirical(TABLE),
    Mixture((Constant(0.0), Uniform(-1.0, 3.0), Empirical((5.0,))), (2.0, 5.0, 3.0)),
    Empirical(TABLE, smooth=True),
    Empirical((4.0,), smooth=True),
]
ALL = [one for one, _ in CONTINUOUS] + STEPPED


def drawn(sampler, count=DRAWS, seed=7):
    rng = np.random.default_rng(seed)
    return np.array([sampler.sample(rng) for _ in range(count)])


def departure(draws, cdf):
    """Kolmogorov's distance, also valid where the distribution jumps."""
    numbers, counts = np.unique(draws, return_counts=True)
    upto = np.cumsum(counts) / len(draws)
    at, before = cdf(numbers), cdf(np.nextafter(numbers, -np.inf))
    return max(abs(upto - at).max(), abs(upto - counts / len(draws) - before).max())


def test_the_plain_ones_draw_the_bits_they_always_drew():
    rngs = [(Seed(7) / "bits").rng() for _ in range(3)]
    first = [Uniform(-3.0, 5.0).sample(rngs[0]) for _ in range(3)]
    assert first == [0.24142158554278303, -2.6382416385351855, -0.27667930695868037]
    second = [LogUniform(200.0, 5_000.0).sample(rngs[1]) for _ in range(3)]
    assert second == [736.9603297192341, 231.33671087779814, 598.287411258048]
    third = [Choice(("a", "b", "c", "d", "e")).sample(rngs[2]) for _ in range(6)]
    assert third == ["e", "c", "c", "a", "a", "b"]


@pytest.mark.parametrize("sampler", ALL, ids=repr)
def test_draws_follow_the_cdf_declared(sampler):
    # One sample in 10,000 exceeds this distance (Kolmogorov's distribution).
    assert departure(drawn(sampler), sampler.cdf) < scipy.stats.kstwobign.isf(1e-4) / DRAWS**0.5


@pytest.mark.parametrize(("sampler", "known"), CONTINUOUS, ids=lambda one: repr(one)[:40])
def test_the_cdf_is_that_of_scipy(sampler, known):
    low, high = sampler.ends()
    points = np.linspace(low - 1.0, high + 1.0, 501)
    assert np.allclose(sampler.cdf(points), known.cdf(points), rtol=0.0, atol=1e-9)
    assert scipy.stats.kstest(drawn(sampler), known.cdf).pvalue > 1e-4


@pytest.mark.parametrize("sampler", ALL, ids=repr)
def test_a_cdf_rises_from_0_to_1_over_the_ends_and_takes_a_number_too(sampler):
    shares = sampler.cdf(np.linspace(-20.0, 6_000.0, 100_001))
    assert (np.diff(shares) >= 0.0).all()
    if isinstance(sampler, Bounded):
        low, high = sampler.ends()
        assert float(sampler.cdf(high)) == 1.0
        assert float(sampler.cdf(np.nextafter(low, -np.inf))) == 0.0
        draws = drawn(sampler)
        assert low <= draws.min() <= draws.max() <= high


@pytest.mark.parametrize("sampler", ALL, ids=repr)
def test_each_is_a_sampler_with_a_text_and_a_place_in_a_plan(sampler):
    assert isinstance(sampler, Sampler)
    assert str(sampler) != repr(sampler)
    assert value_json(sampler)["type"] == type(sampler).__name__
    assert (drawn(sampler, 20) == drawn(sampler, 20)).all()
    hash(sampler)


def test_texts():
    assert str(LogUniform(200.0, 5_000.0)) == "200 to 5000, log-uniform"
    assert str(Constant((1.0, 2.5))) == "always (1, 2.5)"
    assert str(Choice(("peak", "rms"))) == "peak | rms, evenly"
    assert str(Choice((1, 2), weights=(1.0, 3.0))) == "1 (25 %) | 2 (75 %)"
    assert str(Normal(0.0, 4.0, -9.0, 9.0)) == "-9 to 9, normal, mean 0, deviation 4"
    assert str(Triangular(0.0, 3.0, 9.0)) == "0 to 9, triangular, mode 3"
    mixture = Mixture((Constant(0.0), Uniform(0.0, 1.0)), (0.3, 0.7))
    assert str(mixture) == "30 % always 0; 70 % 0 to 1, uniform"
    assert str(Empirical(TABLE, smooth=True)) == "-2 to 11, from a table of 6, smoothed"
    assert str(Each(Uniform(0.0, 1.0), 3)) == "3 times 0 to 1, uniform"
    assert str(Rows(("a", "b"), ((1.0, 2.0),))) == "a row of a table of 1: a, b"


def test_weights_count_and_a_weight_of_nothing_is_never_drawn():
    draws = drawn(Choice(("a", "b", "c", "d"), weights=(0, 1, 3, 0)))
    assert set(draws) == {"b", "c"}
    assert (draws == "c").mean() == pytest.approx(0.75, abs=0.02)
    with pytest.raises(ValueError, match=r"Choice\.weights must be 2 finite numbers of 0 or more"):
        Choice((1.0, 2.0), weights=(1.0,))
    for weights in ((0.0, 0.0), (1.0, -1.0), (1.0, float("nan"))):
        with pytest.raises(ValueError, match=r"Choice\.weights must be"):
            Choice((1.0, 2.0), weights=weights)
    with pytest.raises(ValueError, match=r"Choice\.options must be one or more"):
        Choice(())
    with pytest.raises(TypeError, match=r"Choice\.options must be a number to have a cdf"):
        Choice(("peak", "rms")).cdf(0.0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Uniform(1.0, 0.0), "Uniform: low 1.0 lies above high 0.0"),
        (lambda: Uniform(0.0, float("inf")), r"Uniform\.high must be a finite number, got inf"),
        (lambda: Normal(0.0, 0.0, -1.0, 1.0), r"Normal\.deviation must lie above 0, got 0"),
        (lambda: Normal(0.0, 1.0, 1.0, 1.0), "Normal: low 1.0 must lie below high 1.0"),
        (lambda: Normal(0.0, 1.0, 50.0, 60.0), "Normal: low 50.0 to high 60.0 must hold 1e-"),
        (lambda: Normal(float("nan"), 1.0, 0.0, 1.0), r"Normal\.mean must be a finite number"),
        (lambda: Triangular(0.0, 2.0, 1.0), "Triangular: low, mode and high must rise"),
        (lambda: Triangular(1.0, 1.0, 1.0), "Triangular: low, mode and high must rise"),
        (lambda: Mixture((Uniform(0.0, 1.0),), (1.0, 1.0)), r"Mixture\.weights must be 1 finite"),
        (lambda: Empirical(()), r"Empirical\.values must be one number or more, got none"),
        (lambda: Empirical((1.0, float("nan"))), r"Empirical\.values, number 2, must be a finite"),
        (lambda: Each(Uniform(0.0, 1.0), 0), r"Each\.count must be 1 or more, got 0"),
        (lambda: Rows((), ()), r"Rows\.names must be one or more, none twice"),
        (lambda: Rows(("a", "a"), ((1.0, 1.0),)), r"Rows\.names must be one or more, none twice"),
        (lambda: Rows(("a",), ()), r"Rows\.rows must be one row or more, got none"),
        (
            lambda: Rows(("a", "b"), ((1.0, 2.0), (3.0,))),
            r"Rows\.rows: row 2 must have 2 numbers \(a, b\), got 1",
        ),
        (
            lambda: Rows(("a", "b"), ((1.0, 2.0), (3.0, float("nan")))),
            r"Rows\.rows: row 2, b, must be a finite number, got nan",
        ),
    ],
)
def test_invalid_distributions_are_refused_by_name(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_a_row_of_settings_is_drawn_whole():
    rows = tuple((float(n), float(n * n)) for n in range(40))
    table = Rows(("a", "b"), rows)
    rng = np.random.default_rng(3)
    draws = [table.sample(rng) for _ in range(DRAWS)]
    assert isinstance(table, Joint)
    assert all(draw["b"] == draw["a"] ** 2 for draw in draws)
    for name in table.names:
        marginal = table.marginal(name)
        numbers = np.array([draw[name] for draw in draws])
        assert departure(numbers, marginal.cdf) < 0.0223
    with pytest.raises(ValueError, match="Rows draws a, b, got 'c'"):
        table.marginal("c")


def test_a_table_comes_from_a_csv_file(tmp_path):
    path = tmp_path / "fitted.csv"
    path.write_text('song,gain,freq\nx,1.5,200\n"y, z",-3,4e3\n', "utf-8")
    wanted = {"frequency_hz": "freq", "gain_db": "gain"}
    table = Rows.from_csv(path, wanted)
    assert table == Rows(("frequency_hz", "gain_db"), ((200.0, 1.5), (4_000.0, -3.0)))
    assert value_json(table) == {
        "type": "Rows",
        "names": ["frequency_hz", "gain_db"],
        "rows": [[200.0, 1.5], [4000.0, -3.0]],
    }
    with pytest.raises(ValueError, match=r"fitted\.csv: wanted a column 'q', has: song, gain"):
        Rows.from_csv(path, {"q": "q"})
    for line, said in (
        ("x,nan,200", r"line 2, gain: wanted a finite number, got 'nan'"),
        ("x,,200", r"line 2, gain: wanted a finite number, got ''"),
        ("x,1", r"line 2: wanted 3 columns, got 2"),
        ("x,1,2,3", r"line 2: wanted 3 columns, got 4"),
    ):
        path.write_text(f"song,gain,freq\n{line}\n", "utf-8")
        with pytest.raises(ValueError, match=rf"fitted\.csv, {said}"):
            Rows.from_csv(path, wanted)


def correlated(low, high):
    matrix = ((1.0, 0.7, -0.4), (0.7, 1.0, 0.0), (-0.4, 0.0, 1.0))
    return Correlated(("a", "b", "c"), (0.0, 10.0, -5.0), (1.0, 3.0, 2.0), matrix, low, high)


def test_correlated_settings_have_the_correlation_and_the_marginals_declared():
    wide = correlated((-9.0, -20.0, -25.0), (9.0, 40.0, 15.0))
    assert isinstance(wide, Joint)
    draws = draws_of(wide)
    assert np.abs(np.corrcoef(draws) - np.array(wide.correlation)).max() < 0.03
    assert np.abs(draws.mean(1) - wide.means).max() < 0.1
    assert np.abs(draws.std(1) / wide.deviations - 1.0).max() < 0.03
    narrow = correlated((-0.5, 9.0, -9.0), (2.0, 20.0, -4.0))
    draws = draws_of(narrow)
    for name, numbers in zip(narrow.names, draws, strict=True):
        assert departure(numbers, narrow.marginal(name).cdf) < 0.0223
    # Truncation changes the numbers but not their order, so the correlation of ranks stays,
    # 6 / pi asin(r / 2) for a normal copula.
    ranks = scipy.stats.spearmanr(draws.T).statistic
    wanted = 6.0 / np.pi * np.arcsin(np.array(narrow.correlation) / 2.0)
    assert np.abs(ranks - wanted).max() < 0.03


def draws_of(joint):
    rng = np.random.default_rng(11)
    draws = [joint.sample(rng) for _ in range(DRAWS)]
    return np.array([[draw[name] for draw in draws] for name in joint.names])


def test_a_mirrored_marginal_keeps_the_sign_of_the_correlation():
    both = Correlated(
        ("a", "b"), (0.0, 0.0), (1.0, 1.0), ((1.0, 0.8), (0.8, 1.0)), (1.0, -3.0), (3.0, -1.0)
    )
    assert np.corrcoef(draws_of(both))[0, 1] > 0.6


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"means": (0.0,)}, r"Correlated\.means must have one for each of a, b, got 1"),
        ({"deviations": (1.0, 0.0)}, r"Correlated: Normal\.deviation must lie above 0"),
        ({"correlation": ((1.0, 0.5), (0.4, 1.0))}, "must be symmetric and positive definite"),
        ({"correlation": ((1.0, 1.5), (1.5, 1.0))}, "got one with the eigenvalue -0.5"),
        ({"correlation": ((2.0, 0.0), (0.0, 1.0))}, "with 1 on its diagonal"),
        ({"correlation": ((1.0,), (0.0, 1.0))}, "rows of other lengths than 2"),
    ],
)
def test_what_is_no_correlation_is_refused(changed, said):
    fields = {
        "names": ("a", "b"),
        "means": (0.0, 0.0),
        "deviations": (1.0, 1.0),
        "correlation": ((1.0, 0.5), (0.5, 1.0)),
        "low": (-3.0, -3.0),
        "high": (3.0, 3.0),
    }
    Correlated(**fields)
    with pytest.raises(ValueError, match=said):
        Correlated(**{**fields, **changed})


def test_a_row_knob_takes_as_many_draws_as_it_has_places():
    each = Each(Normal(0.0, 2.0, -6.0, 6.0), 4)
    draws = drawn(each, DRAWS // 4)
    assert draws.shape == (DRAWS // 4, 4)
    assert departure(draws.ravel(), each.part.cdf) < 0.0223
    assert each.ends() == ((-6.0,) * 4, (6.0,) * 4)
    assert np.abs(np.corrcoef(draws.T) - np.eye(4)).max() < 0.08


def test_the_ends_are_held_against_the_knob_and_a_table_against_its_effect():
    with pytest.raises(ValueError, match=r"Gain\.gain_db must lie in"):
        Gain.random(gain_db=Normal(0.0, 20.0, -99.0, 0.0))
    with pytest.raises(ValueError, match=r"Gain\.gain_db must lie in"):
        Gain.random(gain_db=Mixture((Constant(99.0), Uniform(0.0, 1.0)), (0.1, 0.9)))
    with pytest.raises(ValueError, match=r"Gain\.gain_db must lie in"):
        Gain.random(gain_db=Empirical((0.0, 99.0)))
    table = Rows(("frequency_hz", "gain_db", "q"), ((200.0, 3.0, 1.0), (400.0, -3.0, 2.0)))
    rng = np.random.default_rng(0)
    effects = {PeakingEQ.random(jointly=table).sample(rng) for _ in range(50)}
    assert effects == {PeakingEQ(200.0, 3.0, 1.0), PeakingEQ(400.0, -3.0, 2.0)}


def test_distributions_of_a_number_say_so():
    for sampler in ALL:
        assert isinstance(sampler, Distribution) != isinstance(sampler, Choice)
