"""Print the tables of docs/learned.md that no board has: removal of effects by effect and
severity, what the detector hears, what clean stems lose, how near imitated effects come, and how
well the separator separates.

    python docs/_build/learned_tables.py clean DATA
    python docs/_build/learned_tables.py imitation DATA
    python docs/_build/learned_tables.py overdrive DATA
    python docs/_build/learned_tables.py rooms DATA
    python docs/_build/learned_tables.py separators DATA
    python docs/_build/learned_tables.py removal EFFECTS FLOOR_CARD CARD
    python docs/_build/learned_tables.py detector EFFECTS

DATA is a data set of `loudness_balance`, of which the split test is used; EFFECTS is one of
`effect_removal_single`, that of the cards.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from markdown_tables import table_head, table_row

from automix_bench.audio import Audio, amplitude, peak_db, rms_db, total
from automix_bench.charts.number_text import interval
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.bss.distortion import distortion_ratio_db
from automix_bench.dsp.traits import gain_to_db
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.neural_compressor import KNEE_DB, NeuralCompressor
from automix_bench.effects.neural_overdrive import NeuralOverdrive
from automix_bench.effects.neural_reverb import NeuralReverb
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.effects.overdrive import Overdrive
from automix_bench.effects.reverb import Reverb
from automix_bench.evaluation.strata import stratum_of
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.model_parts.removal_sounds import EFFECTS
from automix_bench.models.learned.effect_remover import LUFS, EffectRemover, _network
from automix_bench.sampling import Seed
from automix_bench.scorecard import Scorecard, read_scorecard
from automix_bench.separators.harmonic_percussive import HarmonicPercussive
from automix_bench.separators.small_separator import SmallSeparator
from automix_bench.statistics import estimate
from automix_bench.trainings.neural_compressor import (
    SOUNDING_DB,
    drawn,
    full_reduction_db,
)
from automix_bench.trainings.neural_overdrive import drawn as overdrive_drawn
from automix_bench.trainings.neural_reverb import drawn as room_drawn
from automix_bench.trainings.neural_reverb import room_levels_db
from automix_bench.trainings.small_separator import sources_of
from automix_bench.weights.store import network_with

STEMS = 2


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


def clean(data: Path) -> Iterator[str]:
    """What the remover does to stems without an effect, at several levels."""
    remover = EffectRemover()
    names = ("returned as they are", "audible_distance dB", "error below the sound dB")
    yield from table_head("level", "stems", *names, "largest audible_distance dB")
    for lufs in (-20.0, -40.0):
        same: dict[str, list[float]] = defaultdict(list)
        distances: dict[str, list[float]] = defaultdict(list)
        errors: dict[str, list[float]] = defaultdict(list)
        for example in Dataset(data, "test"):
            stems = example.before.stems
            audible = [name for name, stem in sorted(stems.items()) if peak_db(stem) > -50.0]
            rng = (Seed(0) / "clean" / example.id).rng()
            for place in rng.permutation(len(audible))[:STEMS]:
                stem = stems[audible[int(place)]]
                stem = stem.scaled(amplitude(gain_to_db(stem, lufs)))
                got = remover.cleaned(stem)
                song = example.before.id
                same[song].append(float(np.array_equal(got.samples, stem.samples)))
                distances[song].append(audible_distance(reference=stem, estimate=got))
                errors[song].append(_error_db(got, stem))
        shown = [interval(estimate(one, seed=str(lufs))) for one in (same, distances, errors)]
        largest = f"{max(map(max, distances.values())):.2f}"
        yield table_row(f"{lufs:g} LUFS", str(sum(map(len, same.values()))), *shown, largest)


def detector(data: Path) -> Iterator[str]:
    """In what share of the stems of each effect which effects are heard."""
    remover, network = EffectRemover(), network_with(_network, "effect_remover")
    heard: dict[str, list[list[str]]] = defaultdict(list)
    for example in Dataset(data):
        for name, chain in sorted(example.console.strips.items()):
            if name == "residual" or not chain.effects:
                continue
            there = next(type(one).__name__ for one in chain.effects if not isinstance(one, Gain))
            stem = example.after.stems[name]
            level = stem.scaled(amplitude(gain_to_db(stem, LUFS)))
            heard[there].append(remover.detected(network, level))
    yield from table_head("effect", "stems", *EFFECTS, "none")
    for there, answers in sorted(heard.items()):
        shares = [sum(name in one for one in answers) / len(answers) for name in EFFECTS]
        none = sum(not one for one in answers) / len(answers)
        yield table_row(there, str(len(answers)), *(f"{share:.0%}" for share in (*shares, none)))


def imitation(data: Path) -> Iterator[str]:
    """How near the effect `neural_compressor` comes to the real one, by how much that reduces."""
    rows: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for song, stem, rng in _test_stems(data, "imitation"):
        level_db, threshold, attack, release = drawn(rng)
        stem = stem.scaled(amplitude(level_db - 3.0 - peak_db(stem)))
        ratio = float(np.exp(rng.uniform(np.log(1.5), np.log(20.0))))
        real = Compressor(threshold, ratio, KNEE_DB, attack, release, 0.0)(stem)
        imitated = NeuralCompressor(threshold, ratio, attack, release)
        key = np.abs(stem.samples).max(axis=0)
        true = full_reduction_db(key, stem.rate, (0.0, threshold, attack, release))
        true *= 1.0 - 1.0 / ratio
        sounding = key > amplitude(SOUNDING_DB)
        mean = float(true[sounding].mean())
        part = "up to 1 dB" if mean < 1.0 else "1 to 6 dB" if mean < 6.0 else "more than 6 dB"
        off = np.abs(imitated.reduction_db(stem) - true)[sounding].mean()
        for name, value in (
            ("gain off by", float(off)),
            ("error", _error_db(imitated(stem), real)),
            ("without", _error_db(stem, real)),
        ):
            rows[part][name][song].append(value)
    names = ("gain off by dB", "error below the sound dB", "the same without a compressor dB")
    yield from table_head("mean reduction", "stems", *names)
    for part in ("up to 1 dB", "1 to 6 dB", "more than 6 dB"):
        parts = [rows[part][name] for name in ("gain off by", "error", "without")]
        shown = [interval(estimate(one, seed=part)) for one in parts]
        yield table_row(part, str(sum(map(len, parts[0].values()))), *shown)


def overdrive(data: Path) -> Iterator[str]:
    """How near the effect `neural_overdrive` comes to the real one, by the drive."""
    parts = {"up to 10 dB": 10.0, "10 to 20 dB": 20.0, "20 to 40 dB": 40.0}
    names = ("error below the sound dB", "the same without an overdrive dB", "audible_distance dB")
    rows: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for song, stem, rng in _test_stems(data, "overdrive"):
        level_db, drive, tone, bias = overdrive_drawn(rng)
        stem = stem.scaled(amplitude(level_db - peak_db(stem)))
        real = Overdrive(drive, tone, bias)(stem)
        imitated = NeuralOverdrive(drive, tone, bias)(stem)
        part = next(name for name, most in parts.items() if drive <= most)
        distance = audible_distance(reference=real, estimate=imitated)
        values = (_error_db(imitated, real), _error_db(stem, real), distance)
        for name, value in zip(names, values, strict=True):
            rows[part][name][song].append(value)
    yield from table_head("drive", "stems", *names)
    for part in parts:
        shown = [interval(estimate(rows[part][name], seed=part)) for name in names]
        yield table_row(part, str(sum(map(len, rows[part][names[0]].values()))), *shown)


def rooms(data: Path) -> Iterator[str]:
    """How near the effect `neural_reverb` comes to the real one, by the decay. Beside it, a room of
    noise with the same decay, and the real one 1 ms later: what a change of nothing but the single
    echoes makes."""
    parts = {"0.1 to 0.5 s": 0.5, "0.5 to 2 s": 2.0, "2 to 10 s": 10.0}
    names = ("levels off by dB", "no reverb", "`neural_reverb`", "`noise_reverb`", "1 ms later")
    rows: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for song, stem, rng in _test_stems(data, "rooms"):
        (rt60, damping), wet = room_drawn(rng), float(rng.uniform(0.1, 0.5))
        real = Reverb(rt60, 10.0, damping, wet)(stem)
        imitated = NeuralReverb(rt60, 10.0, damping, wet)
        noise = NoiseReverb(rt60, rt60, max(0.1, rt60 / 2.0), 10.0, wet, 1.0)
        later = Reverb(rt60, 11.0, damping, wet)
        true = room_levels_db((rt60, damping))
        loud = true > true.max() - 60.0
        off = float(np.abs(imitated.levels_db() - true)[loud].mean())
        sounds = (stem, imitated(stem), noise(stem), later(stem))
        distances = [audible_distance(reference=real, estimate=one) for one in sounds]
        part = next(name for name, most in parts.items() if rt60 <= most)
        for name, value in zip(names, (off, *distances), strict=True):
            rows[part][name][song].append(value)
    yield from table_head("decay", "stems", *names)
    for part in parts:
        shown = [interval(estimate(rows[part][name], seed=part)) for name in names]
        yield table_row(part, str(sum(map(len, rows[part][names[0]].values()))), *shown)


def separators(data: Path) -> Iterator[str]:
    """The signal-to-distortion ratio of each source in plain sums of dry stems."""
    kinds = {
        "the mix itself": None,
        "harmonic_percussive": HarmonicPercussive(),
        "small_separator": SmallSeparator(),
    }
    ratios: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for example in Dataset(data, "test"):
        sources = dict(sources_of(example.before.stems))
        rest = [sources.pop(name) for name in ("lead", "other") if name in sources]
        if not sources or not rest:
            continue
        sources["other"] = total(rest)
        mix = total(sources.values())
        song = replace(example.before, stems={}, mix=mix)
        for name, kind in kinds.items():
            stems = kind(song).stems if kind else dict.fromkeys(sources, mix)
            for source, wanted in sources.items():
                if rms_db(wanted) > rms_db(mix) - 30.0:
                    ratio = distortion_ratio_db(wanted, stems[source])
                    ratios[name][source][example.before.id].append(ratio)
    sources_shown = ("drums", "bass", "other")
    counts = [str(len(ratios["the mix itself"][source])) for source in sources_shown]
    heads = [f"{s} ({n} songs)" for s, n in zip(sources_shown, counts, strict=True)]
    yield from table_head("SDR dB", *heads)
    for name in kinds:
        shown = [interval(estimate(ratios[name][source], seed=source)) for source in sources_shown]
        yield table_row(name if name == "the mix itself" else f"`{name}`", *shown)


def _test_stems(data: Path, purpose: str) -> Iterator[tuple[str, Audio, np.random.Generator]]:
    """Some audible stems of each song of the split test: the song's id, the stem, and the generator
    of its settings, which the purpose and the example decide."""
    for example in Dataset(data, "test"):
        stems = example.before.stems
        audible = [name for name, stem in sorted(stems.items()) if peak_db(stem) > -50.0]
        rng = (Seed(0) / purpose / example.id).rng()
        for place in rng.permutation(len(audible))[:STEMS]:
            yield example.before.id, stems[audible[int(place)]], rng


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
    tables: dict[str, Callable[..., Iterator[str]]] = {
        "removal": removal,
        "clean": clean,
        "detector": detector,
        "imitation": imitation,
        "overdrive": overdrive,
        "rooms": rooms,
        "separators": separators,
    }
    if len(sys.argv) < 3 or sys.argv[1] not in tables:
        sys.exit(f"usage: python docs/_build/learned_tables.py {' | '.join(tables)} DATA …")
    print("\n".join(tables[sys.argv[1]](*map(Path, sys.argv[2:]))))
