"""What can be counted and measured on a finished data set: from its manifest, its plan, and the
audio of some examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from automix_bench.audio import Audio, rms_db
from automix_bench.dataset.manifest import ManifestRow, knobs
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.traits import spectrum_db
from automix_bench.errors import UsageError
from automix_bench.example import Example
from automix_bench.executor import Progress, silent
from automix_bench.recipe import SPLITS
from automix_bench.sampling import Seed
from automix_bench.song import role

EXAMPLES_HEARD = 64


@dataclass(frozen=True)
class Knobs:
    """What was set in a data set.

    Attributes:
        effects: how often each effect comes, once for every chain it stands in.
        numbers: the values of each numeric setting, by effect and name.
        texts: how often each word of a setting that is no number comes.
        chain_lengths: how many effects each chain has that has any.
    """

    effects: Mapping[str, int]
    numbers: Mapping[tuple[str, str], tuple[float, ...]]
    texts: Mapping[tuple[str, str], Mapping[str, int]]
    chain_lengths: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Heard:
    """What was measured on the audio of some examples.

    Attributes:
        examples: how many they are.
        before, after: the mean of `traits.spectrum_db` by role, `mix` among them; without residual.
        level_db: of stems beside their mix, before effects, RMS, by role, one for each stem.
        residual_db: of residuals beside their mix, RMS, one for each example that has one.
        correlation: mean over examples of |r| between two stems, by the two roles in order.
    """

    examples: int
    before: Mapping[str, Float64[np.ndarray, " bands"]]
    after: Mapping[str, Float64[np.ndarray, " bands"]]
    level_db: Mapping[str, tuple[float, ...]]
    residual_db: tuple[float, ...]
    correlation: Mapping[tuple[str, str], float]


def by_split(rows: Sequence[ManifestRow]) -> dict[str, dict[str, float]]:
    """Examples, songs, artists and hours of each split that has any."""
    found: dict[str, dict[str, float]] = {}
    for split in SPLITS:
        inside = [row for row in rows if row["split"] == split]
        if inside:
            found[split] = {
                "examples": len(inside),
                "songs": len({row["song"] for row in inside}),
                "artists": len({row["artist"] for row in inside}),
                "hours": sum(row["length"] / row["rate"] for row in inside) / 3600.0,
            }
    return found


def knobs_of(rows: Sequence[ManifestRow]) -> Knobs:
    """Every setting of every console."""
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
    """How far the stems of each role, but the residual, were moved, in dB."""
    found: dict[str, list[float]] = {}
    for row in rows:
        for name, severity in zip(row["stems"], row["stem_severity_db"], strict=True):
            if severity is not None and name != "residual":
                found.setdefault(role(name), []).append(severity)
    return dict(sorted(found.items()))


def listened(
    dataset: Dataset, most: int = EXAMPLES_HEARD, progress: Progress = silent
) -> Heard | None:
    """Decode at most `most` examples, chosen by the data set's fingerprint, and measure them; None
    if `most` is 0.

    Raises:
        UsageError: `most` is less than 0.
        DatasetError: an example is damaged.
    """
    if most < 0:
        raise UsageError(f"wanted a number of examples to decode, got {most}")
    order = (Seed(0) / "stats" / dataset.fingerprint).rng().permutation(len(dataset))
    chosen = sorted(int(number) for number in order[:most])
    if not chosen:
        return None
    spectra: tuple[_Sums, _Sums] = {}, {}
    levels: dict[str, list[float]] = {}
    residuals: list[float] = []
    alike: dict[tuple[str, str], list[float]] = {}
    for done, number in enumerate(chosen, 1):
        example = dataset[number]
        for sums, song in zip(spectra, (example.before, example.after), strict=True):
            for name, sound in {**song.stems, "mix": song.mix}.items():
                if name != "residual" and sound.samples.any():
                    sums.setdefault(role(name), []).append(spectrum_db(sound))
        _levels(example, levels, residuals)
        for pair, value in _correlations(example.before.stems):
            alike.setdefault(pair, []).append(value)
        progress("listening", done, len(chosen), "examples")
    before, after = (
        {name: np.mean(lines, axis=0) for name, lines in sorted(sums.items())} for sums in spectra
    )
    return Heard(
        len(chosen),
        before,
        after,
        {name: tuple(of) for name, of in sorted(levels.items())},
        tuple(residuals),
        {pair: float(np.mean(values)) for pair, values in sorted(alike.items())},
    )


_Sums = dict[str, list[Float64[np.ndarray, " bands"]]]


def _levels(example: Example, levels: dict[str, list[float]], residuals: list[float]) -> None:
    mix_db = rms_db(example.before.mix)
    for name, stem in example.before.stems.items():
        if not np.isfinite(mix_db) or not stem.samples.any():
            continue
        if name == "residual":
            residuals.append(rms_db(stem) - mix_db)
        else:
            levels.setdefault(role(name), []).append(rms_db(stem) - mix_db)


def _correlations(stems: Mapping[str, Audio]) -> list[tuple[tuple[str, str], float]]:
    """|r| of every two stems: |<a, b>| / (|a| |b|), over all channels."""
    sounds = {name: stem.samples.ravel().astype(np.float64) for name, stem in stems.items()}
    norms = {name: float(np.sqrt(np.dot(s, s))) for name, s in sounds.items()}
    found = []
    for one, other in combinations(sorted(name for name in sounds if norms[name] > 0.0), 2):
        value = abs(float(np.dot(sounds[one], sounds[other]))) / (norms[one] * norms[other])
        first, second = sorted((role(one), role(other)))
        found.append(((first, second), value))
    return found


def rejected_of(folder: Path) -> list[tuple[str, str]]:
    """What was left out, item and reason."""
    from automix_bench.dataset.folder import read_rejected

    return [(rejected.item, rejected.reason) for rejected in read_rejected(folder)]
