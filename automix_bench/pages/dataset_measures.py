"""Counts and measurements of a finished data set, from its manifest and the audio of examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio, rms_db
from automix_bench.dataset.folder import read_rejected
from automix_bench.dataset.manifest import ManifestRow, knobs
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.traits import spectrum_db
from automix_bench.errors import UsageError
from automix_bench.example import Example
from automix_bench.executor import Progress, silent
from automix_bench.recipe import SPLITS
from automix_bench.sampling import Seed
from automix_bench.song import role

EXAMPLES_DECODED = 64


@dataclass(frozen=True)
class Knobs:
    """The effects and settings of all consoles of a data set.

    Attributes:
        effects: the number of times each effect stands in a chain, the most frequent effect first.
        numbers: the values of each numeric setting, by effect and setting.
        texts: the number of times each word of another setting comes, by effect and setting.
        chain_lengths: the number of effects of each chain that is not empty.
    """

    effects: Mapping[str, int]
    numbers: Mapping[tuple[str, str], tuple[float, ...]]
    texts: Mapping[tuple[str, str], Mapping[str, int]]
    chain_lengths: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class AudioMeasures:
    """Measurements on the audio of some examples.

    Attributes:
        examples: the number of examples.
        before, after: the mean of `traits.spectrum_db` by role, without residuals; `mix` is a role.
        level_db: the RMS level of each stem relative to its mix, before effects, by role.
        residual_db: the RMS level of each residual relative to its mix.
        correlation: the mean over examples of |r| between two stems, by their roles in alphabetical
            order.
    """

    examples: int
    before: Mapping[str, Float64[np.ndarray, " bands"]]
    after: Mapping[str, Float64[np.ndarray, " bands"]]
    level_db: Mapping[str, tuple[float, ...]]
    residual_db: tuple[float, ...]
    correlation: Mapping[tuple[str, str], float]


def by_split(rows: Sequence[ManifestRow]) -> dict[str, dict[str, float]]:
    """The numbers of examples, songs, artists and hours of each split that is not empty."""
    counts: dict[str, dict[str, float]] = {}
    for split in SPLITS:
        inside = [row for row in rows if row["split"] == split]
        if inside:
            counts[split] = {
                "examples": len(inside),
                "songs": len({row["song"] for row in inside}),
                "artists": len({row["artist"] for row in inside}),
                "hours": sum(row["length"] / row["rate"] for row in inside) / 3600.0,
            }
    return counts


def knobs_of(rows: Sequence[ManifestRow]) -> Knobs:
    """The effects and settings of every console."""
    places: Counter[str] = Counter()
    numbers: dict[tuple[str, str], list[float]] = {}
    texts: dict[tuple[str, str], Counter[str]] = {}
    lengths: list[int] = []
    for row in rows:
        chains: dict[str, set[tuple[int, str]]] = {}
        for one in knobs(row["console"]):
            chains.setdefault(one["strip"], set()).add((one["place"], one["effect"]))
            key = one["effect"], one["knob"]
            if one["value"] is not None:
                numbers.setdefault(key, []).append(float(one["value"]))
            else:
                texts.setdefault(key, Counter())[str(one["text"])] += 1
        places.update(effect for chain in chains.values() for _, effect in chain)
        lengths += [len(chain) for chain in chains.values()]
    return Knobs(
        dict(sorted(places.items(), key=lambda each: (-each[1], each[0]))),
        {key: tuple(values) for key, values in sorted(numbers.items())},
        {key: dict(sorted(words.items())) for key, words in sorted(texts.items())},
        tuple(lengths),
    )


def stem_severities(rows: Sequence[ManifestRow]) -> dict[str, list[float]]:
    """The severities of all stems except residuals, in dB, by role."""
    severities: dict[str, list[float]] = {}
    for row in rows:
        for name, severity in zip(row["stems"], row["stem_severity_db"], strict=True):
            if severity is not None and name != "residual":
                severities.setdefault(role(name), []).append(severity)
    return dict(sorted(severities.items()))


def measure_audio(
    dataset: Dataset, most: int = EXAMPLES_DECODED, progress: Progress = silent
) -> AudioMeasures | None:
    """Decode and measure at most `most` examples; None if `most` is 0. The fingerprint of the data
    set decides which.

    Raises:
        UsageError: `most` is less than 0.
        DatasetError: an example is damaged.
    """
    if most < 0:
        raise UsageError(f"the number of examples to decode must be 0 or more, got {most}")
    order = (Seed(0) / "stats" / dataset.fingerprint).rng().permutation(len(dataset))
    chosen = sorted(int(number) for number in order[:most])
    if not chosen:
        return None
    spectra: tuple[_Sums, _Sums] = {}, {}
    levels: dict[str, list[float]] = {}
    residuals: list[float] = []
    alike: dict[tuple[str, str], list[float]] = {}
    progress("decoding and measuring", 0, len(chosen), "examples")
    for done, number in enumerate(chosen, 1):
        example = dataset[number]
        for sums, song in zip(spectra, (example.before, example.after), strict=True):
            for name, sound in {**song.stems, "mix": song.mix}.items():
                if name != "residual" and sound.samples.any():
                    sums.setdefault(role(name), []).append(spectrum_db(sound))
        _levels(example, levels, residuals)
        for pair, value in _correlations(example.before.stems):
            alike.setdefault(pair, []).append(value)
        progress("decoding and measuring", done, len(chosen), "examples")
    before, after = (
        {name: np.mean(lines, axis=0) for name, lines in sorted(sums.items())} for sums in spectra
    )
    return AudioMeasures(
        len(chosen),
        before,
        after,
        {name: tuple(of) for name, of in sorted(levels.items())},
        tuple(residuals),
        {pair: float(np.mean(values)) for pair, values in sorted(alike.items())},
    )


_Sums = dict[str, list[Float64[np.ndarray, " bands"]]]


def _levels(example: Example, levels: dict[str, list[float]], residuals: list[float]) -> None:
    """Add the levels of an example's stems and residual. Silent ones have none."""
    mix_db = rms_db(example.before.mix)
    for name, stem in example.before.stems.items():
        if not np.isfinite(mix_db) or not stem.samples.any():
            continue
        if name == "residual":
            residuals.append(rms_db(stem) - mix_db)
        else:
            levels.setdefault(role(name), []).append(rms_db(stem) - mix_db)


def _correlations(stems: Mapping[str, Audio]) -> list[tuple[tuple[str, str], float]]:
    """|r| of every two stems that are not silent: |<a, b>| / (|a| |b|), over all channels."""
    sounds = {name: stem.samples.ravel().astype(np.float64) for name, stem in stems.items()}
    norms = {name: float(np.sqrt(np.dot(s, s))) for name, s in sounds.items()}
    correlations = []
    for one, other in combinations(sorted(name for name in sounds if norms[name] > 0.0), 2):
        value = abs(float(np.dot(sounds[one], sounds[other]))) / (norms[one] * norms[other])
        first, second = sorted((role(one), role(other)))
        correlations.append(((first, second), value))
    return correlations


def rejected_of(folder: Path) -> list[tuple[str, str]]:
    """The items that were left out, each with the reason."""
    return [(rejected.item, rejected.reason) for rejected in read_rejected(folder)]
