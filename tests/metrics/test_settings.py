"""Metrics of settings: by hand, beside scipy and scikit-learn's definitions, and at the edges."""

import itertools
import math

import numpy as np
import pytest
import scipy.stats

from automix_bench import plugin
from automix_bench.answer_metrics.settings_metric import SettingsMetric, matched
from automix_bench.console import Aux, Console, Group
from automix_bench.consoles.console_json import Unavailable
from automix_bench.effect import Chain, Fitted
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.graphic_eq import GraphicEQ
from automix_bench.effects.high_pass import HighPass
from automix_bench.effects.low_pass import LowPass
from automix_bench.effects.mute import Mute
from automix_bench.effects.polarity import Polarity
from automix_bench.effects.stereo_width import StereoWidth
from automix_bench.errors import UnknownPlugin
from automix_bench.metrics.settings.effect_presence_f1 import effect_presence_f1
from automix_bench.metrics.settings.knob_error import knob_error
from automix_bench.metrics.settings.order_tau import order_tau
from automix_bench.metrics.settings.render_distance import render_distance

METRICS = [
    one
    for one in (plugin.load("metrics", name) for name in plugin.names("metrics"))
    if isinstance(one, SettingsMetric)
]
every = pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)

LOW, HIGH, WIDE, LOUD = (
    LowPass(frequency_hz=2_000.0, order="4"),
    HighPass(frequency_hz=100.0, order="2"),
    StereoWidth(width=0.5),
    Gain(gain_db=-6.0),
)
FULL = Chain((LOW, HIGH, WIDE, LOUD))


@every
def test_card_is_whole(metric, request):
    assert metric.name == request.node.callspec.id
    assert metric.name.startswith("settings/")
    assert metric.unit
    assert metric.source
    assert "NaN" in metric.description
    assert -math.inf < metric.low < metric.high < math.inf
    assert metric.perfect == (metric.high if metric.better == "higher" else metric.low)


@every
def test_perfect_on_itself_and_worst_on_nothing(metric):
    assert metric(reference=FULL, estimate=FULL) == metric.perfect
    nothing = metric(reference=FULL, estimate=Chain())
    if metric is render_distance:
        assert nothing > 0.1
    else:
        assert nothing == metric.worst


@every
def test_undefined_depends_on_the_reference_alone(metric):
    chains = (Chain(), Chain((Polarity(),)), Chain((LOUD,)), FULL)
    for reference in chains:
        undefined = {
            math.isnan(metric(reference=reference, estimate=estimate)) for estimate in chains
        }
        assert len(undefined) == 1


@every
def test_what_was_found_by_a_normaliser_is_what_was_found(metric):
    fitted = Chain(tuple(Fitted(one, "peak", ()) for one in FULL.effects))
    assert metric(reference=fitted, estimate=FULL) == metric.perfect
    assert metric(reference=FULL, estimate=fitted) == metric.perfect


def test_f1_by_hand():
    """Three wanted, two gains among them; given one gain, one filter and one that is not: two are
    right, 2 * 2 / (3 + 3)."""
    wanted = Chain((LOUD, LOUD, LOW))
    given = Chain((LOW, WIDE, LOUD))
    assert effect_presence_f1(reference=wanted, estimate=given) == pytest.approx(2 / 3)
    assert effect_presence_f1(reference=Chain(), estimate=Chain()) == 1.0
    assert effect_presence_f1(reference=Chain(), estimate=given) == 0.0


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    wanted, given = Chain((LOUD, LOW, WIDE)), Chain((LOUD, LOW, HIGH, HIGH, Polarity()))
    precision, recall = 2 / 5, 2 / 3
    assert effect_presence_f1(reference=wanted, estimate=given) == pytest.approx(
        2 * precision * recall / (precision + recall)
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_order_is_kendalls_tau_of_scipy(order):
    given = Chain(tuple(FULL.effects[place] for place in order))
    theirs = scipy.stats.kendalltau(np.arange(4), np.argsort(order)).statistic
    assert order_tau(reference=FULL, estimate=given) == pytest.approx(theirs)


def test_an_effect_left_out_counts_as_out_of_order_and_one_too_many_does_not():
    """Of six pairs three are left: (3 - 3) / 6."""
    assert order_tau(reference=FULL, estimate=Chain(FULL.effects[1:])) == 0.0
    more = Chain((Polarity(), LOW, HIGH, Polarity(), WIDE, LOUD))
    assert order_tau(reference=FULL, estimate=more) == 1.0
    assert math.isnan(order_tau(reference=Chain((LOW,)), estimate=FULL))


def test_the_first_of_a_kind_stands_for_the_first():
    soft, loud = Gain(gain_db=-12.0), Gain(gain_db=6.0)
    wanted, given = Chain((soft, LOW, loud)), Chain((loud, soft, LOW))
    pairs = matched(reference=wanted, estimate=given)
    assert [(one.turn, other.place) for one, other in pairs] == [(1, 0), (1, 2), (2, 1)]
    # first gain before the filter, first before second: right; filter before second gain: not.
    assert order_tau(reference=wanted, estimate=given) == pytest.approx(1 / 3)


def test_knob_error_by_hand():
    """A frequency goes by ratio, over the range of the effect; a level by difference."""
    reference, estimate = Chain((LOW, LOUD)), Chain((LowPass(4_000.0, "4"), Gain(-3.0)))
    hz, db = LowPass.knobs()["frequency_hz"], Gain.knobs()["gain_db"]
    wanted = (math.log(2) / math.log(hz.high / hz.low) + 0.0 + 3.0 / (db.high - db.low)) / 3
    assert knob_error(reference=reference, estimate=estimate) == pytest.approx(wanted)
    details = knob_error.details(reference=reference, estimate=estimate)
    assert details == {
        "low_pass-1.frequency_hz": 2_000.0,
        "low_pass-1.order": 0.0,
        "gain-1.gain_db": 3.0,
    }


def test_knobs_of_an_effect_that_is_not_there_are_all_wrong():
    assert knob_error(reference=FULL, estimate=Chain((WIDE,))) == pytest.approx(5 / 6)
    details = knob_error.details(reference=FULL, estimate=Chain((WIDE,)))
    assert math.isnan(details["gain-1.gain_db"])
    assert details["stereo_width-1.width"] == 0.0
    assert math.isnan(knob_error(reference=Chain((Polarity(),)), estimate=FULL))


def test_a_row_of_numbers_counts_once():
    spec = GraphicEQ.knobs()["gains_db"]
    flat, tilted = [0.0] * spec.count, [0.0] * spec.count
    tilted[0] = 6.0
    chains = [Chain((GraphicEQ(tuple(row)),)) for row in (flat, tilted)]
    wanted = 6.0 / spec.count / (spec.high - spec.low)
    assert knob_error(reference=chains[0], estimate=chains[1]) == pytest.approx(wanted)


def test_render_distance_hears_what_is_done_not_what_it_is_called():
    twice, once = Chain((Gain(-3.0), Gain(-3.0))), Chain((Gain(-6.0),))
    assert render_distance(reference=once, estimate=twice) < 1e-4
    nearer, farther = (
        render_distance(reference=once, estimate=Chain((Gain(db),))) for db in (-7.0, -12.0)
    )
    assert 0.0 < nearer < farther
    # A gain g: 1 - g of spectral convergence and ln(1 / g) of log magnitudes.
    gain = 10 ** (-6 / 20)
    assert farther == pytest.approx(1 - gain - math.log(gain), abs=0.01)


def test_render_distance_hears_every_sort_of_effect():
    for effect in (*FULL.effects, Compressor(-30.0, 4.0, 6.0, 5.0, 80.0, 0.0)):
        assert render_distance(reference=Chain(), estimate=Chain((effect,))) > 0.05, effect


def test_render_distance_of_silence():
    silent = Chain((Mute(),))
    assert math.isnan(render_distance(reference=silent, estimate=FULL))
    assert render_distance(reference=FULL, estimate=silent) == render_distance.worst


def test_an_effect_that_is_not_installed_has_a_name_and_no_sound():
    foreign = Chain((Unavailable("theirs:Effect", (("depth", 0.5),)), LOUD))
    assert effect_presence_f1(reference=foreign, estimate=foreign) == 1.0
    assert order_tau(reference=foreign, estimate=foreign) == 1.0
    assert knob_error(reference=foreign, estimate=foreign) == 0.0
    with pytest.raises(UnknownPlugin, match="theirs:Effect"):
        render_distance(reference=FULL, estimate=foreign)


def test_consoles_are_compared_place_by_place():
    reference = Console(
        {"vocals": FULL, "drums": Chain((LOUD,))},
        bus=Chain((LOW,)),
        groups={"all": Group(("vocals", "drums"), Chain((WIDE,)))},
        auxes={"room": Aux({"vocals": -6.0}, Chain((LOW,)))},
        prepared={"vocals": Chain((HIGH,))},
    )
    estimate = Console({"vocals": FULL, "bass": Chain((LOUD,))}, bus=Chain((HIGH,)))
    found = effect_presence_f1.of_consoles(reference=reference, estimate=estimate)
    assert found == {
        "vocals": 1.0,
        "drums": 0.0,
        "group all": 0.0,
        "aux room": 0.0,
        "bus": 0.0,
        "bass": 0.0,
    }
