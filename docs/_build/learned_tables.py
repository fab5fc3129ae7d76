"""Print the tables of docs/learned.md that no board has: an imitated effect against the real one,
and removal of effects by effect and severity.

    python docs/_build/learned_tables.py imitation DATA
    python docs/_build/learned_tables.py removal DATA FLOOR_CARD CARD

DATA is a data set of `loudness_balance`, of which the split test is used, or that of the cards.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from markdown_tables import table_head, table_row

from automix_bench.audio import Audio, amplitude, peak_db
from automix_bench.charts.number_text import interval
from automix_bench.dataset.reader import Dataset
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.neural_compressor import NeuralCompressor
from automix_bench.evaluation.strata import stratum_of
from automix_bench.sampling import Seed
from automix_bench.scorecard import Scorecard, read_scorecard
from automix_bench.statistics import estimate
from automix_bench.trainings.neural_compressor import drawn

STEMS, DRAWS = 2, 6
REGIONS: dict[str, Callable[[NeuralCompressor], bool]] = {
    "all": lambda one: True,
    "ratio up to 2": lambda one: one.ratio <= 2.0,
    "ratio 2 to 4": lambda one: 2.0 < one.ratio <= 4.0,
    "ratio above 4": lambda one: one.ratio > 4.0,
    "threshold below -30 dB": lambda one: one.threshold_db < -30.0,
    "threshold above -30 dB": lambda one: one.threshold_db >= -30.0,
    "attack up to 7 ms": lambda one: one.attack_ms <= 7.0,
    "attack above 7 ms": lambda one: one.attack_ms > 7.0,
    "release up to 90 ms": lambda one: one.release_ms <= 90.0,
    "release above 90 ms": lambda one: one.release_ms > 90.0,
}
MIDDLE = NeuralCompressor(-27.5, 2.5, 7.0, 90.0)
HEARD_DB = -40.0
"""Where the real compressor changes the sound by less, there is nothing to imitate."""


def imitation(data: Path) -> Iterator[str]:
    """The error below the real effect's sound, in dB, by region of the knobs."""
    names = ("network", "no compressor", "compressor, knobs in the middle")
    errors: dict[str, dict[str, dict[str, list[float]]]] = {
        region: {name: defaultdict(list) for name in names} for region in REGIONS
    }
    for example in Dataset(data, "test"):
        stems = example.before.stems
        audible = [name for name, stem in sorted(stems.items()) if peak_db(stem) > -50.0]
        rng = (Seed(0) / "imitation" / example.id).rng()
        for place in rng.permutation(len(audible))[:STEMS]:
            stem = stems[audible[int(place)]]
            for _ in range(DRAWS):
                sound = stem.scaled(amplitude(float(rng.uniform(-24.0, 0.0)) - peak_db(stem)))
                effect = drawn(rng)
                real = _real(effect)(sound)
                if _error_db(sound, real) < HEARD_DB:
                    continue
                answers = (effect(sound), sound, _real(MIDDLE)(sound))
                for region, within in REGIONS.items():
                    if within(effect):
                        for name, answer in zip(names, answers, strict=True):
                            errors[region][name][example.before.id].append(_error_db(answer, real))
    yield from table_head("knobs", "sounds", *names)
    for region, by_name in errors.items():
        count = sum(map(len, by_name["network"].values()))
        cells = [interval(estimate(values, seed=region)) for values in by_name.values()]
        yield table_row(region, str(count), *cells)


def removal(data: Path, floor: Path, card: Path) -> Iterator[str]:
    """The gain over the floor in the first metric, by effect and severity, paired by example."""
    dataset = Dataset(data)
    cards = [read_scorecard(one) for one in (floor, card)]
    by_effect, by_severity = (stratum_of(by, cards[0], dataset) for by in ("effect", "severity"))
    values = [_first(one) for one in cards]
    parts: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    floors: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for score in cards[0].scores:
        key = (score.example, score.stem)
        if score.metric != _metric(cards[0]) or key not in values[1]:
            continue
        for severity in ("all", by_severity(score)):
            part = (by_effect(score), severity)
            parts[part][score.song].append(values[0][key] - values[1][key])
            floors[part][score.song].append(values[0][key])
    yield from table_head("effect", "severity", "songs", cards[0].model, "gain")
    for (effect, severity), gains in sorted(parts.items()):
        before = estimate(floors[effect, severity], seed=effect)
        gain = estimate(gains, seed=effect)
        yield table_row(effect, severity, str(gain.songs), interval(before), interval(gain))


def _real(effect: NeuralCompressor) -> Compressor:
    return Compressor(
        effect.threshold_db, effect.ratio, 0.0, effect.attack_ms, effect.release_ms, 0.0
    )


def _error_db(answer: Audio, real: Audio) -> float:
    """The error of an answer below the real sound, at the gain that fits best."""
    one, other = (sound.samples.astype(np.float64) for sound in (answer, real))
    gain = float(np.sum(one * other) / max(float(np.sum(one * one)), 1e-12))
    error = float(np.sum(np.square(gain * one - other)))
    return 10.0 * float(np.log10(error / max(float(np.sum(other * other)), 1e-12) + 1e-12))


def _metric(card: Scorecard) -> str:
    return str(card.scores[0].metric)


def _first(card: Scorecard) -> dict[tuple[str, str], float]:
    return {
        (score.example, score.stem): score.value
        for score in card.scores
        if score.metric == _metric(card)
    }


if __name__ == "__main__":
    tables = {"imitation": imitation, "removal": removal}
    if len(sys.argv) < 3 or sys.argv[1] not in tables:
        sys.exit("usage: python docs/_build/learned_tables.py imitation DATA | removal DATA CARDS")
    print("\n".join(tables[sys.argv[1]](*map(Path, sys.argv[2:]))))
