"""Audiobox Aesthetics: four grades that a network gives a sound, without a reference.

A. Tjandra, Y.-C. Wu, B. Guo et al., "Meta Audiobox Aesthetics: unified automatic quality assessment
for speech, music, and sound", arXiv:2502.05139, 2025. A WavLM encoder works on 10 s of mono at 16
kHz. For each axis, a weighted sum of its layers is averaged over time, and a small network maps it
to a grade from 1 to 10. Longer sounds get the mean over blocks of 10 s, weighted by their length.

The network's code is the package's; its weights are a file that the user provides.
"""

from __future__ import annotations

import functools
import importlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.memo import shared
from automix_bench.dsp.plain_sounds import faint_noise
from automix_bench.dsp.resampled import resampled
from automix_bench.errors import MissingPart, UsageError
from automix_bench.metric import Known, Metric, error_metric, of_file
from automix_bench.networks.checkpoints import path_from_user, torch_for

RATE = 16_000
BLOCK = 10 * RATE
SHORTEST = RATE // 10
VARIABLE = "AUTOMIX_BENCH_AUDIOBOX_AESTHETICS"
WHAT = "a folder that holds the model facebook/audiobox-aesthetics: config.json, model.safetensors"
NAMED = "the metrics audiobox/…"


def _noise_and_silence() -> tuple[Audio, Audio]:
    sound = faint_noise(RATE, RATE)
    return sound, sound.scaled(0.0)


def grade_metric(module: str, doc: str | None, axis: str) -> Metric:
    """The metric of one axis: the absolute difference of the grades. `module` and `doc` are
    `__name__` and `__doc__` of the plug-in file."""
    return error_metric(
        **of_file(module, doc),
        unit="grade",
        better="lower",
        low=0.0,
        high=9.0,
        perfect=0.0,
        step=0.2,
        blind_to=("channel swap",),
        source="A. Tjandra, Y.-C. Wu, B. Guo et al., 'Meta Audiobox Aesthetics', arXiv:2502.05139, "
        "2025; the package audiobox_aesthetics",
        known=(Known("a silent estimate is as far off as can be", _noise_and_silence, 9.0, 0.0),),
        license="CC-BY-4.0",
        packages=("audiobox_aesthetics", "torch"),
        cheap=False,
    )(partial(grade, axis=axis))


@shared
def grades(audio: Audio) -> tuple[tuple[str, float], ...] | None:
    """The grades on the four axes `CE`, `CU`, `PC`, `PQ`; None for silence and for less than 0.1 s.

    Raises:
        MissingPart: torch or the package audiobox_aesthetics is not installed.
        UsageError: there are no weights.
    """
    if audio.seconds * RATE < SHORTEST or not audio.samples.mean(axis=0).any():
        return None
    torch = torch_for(NAMED)
    network = _network(path_from_user("", VARIABLE, NAMED, WHAT))
    mono = resampled(audio, RATE).samples.mean(axis=0)
    parts = [mono[start : start + BLOCK] for start in range(0, len(mono), BLOCK)]
    weights = np.array([len(part) for part in parts], dtype=np.float64)
    by_axis: dict[str, list[float]] = {}
    for part in parts:
        padded = torch.from_numpy(np.pad(part, (0, BLOCK - len(part))))[None, None]
        mask = (torch.arange(BLOCK) < len(part))[None, None]
        for axis, value in network({"wav": padded, "mask": mask}).items():
            scale = network.target_transform[axis]
            by_axis.setdefault(axis, []).append(float(value) * scale["std"] + scale["mean"])
    return tuple((axis, float(np.average(of, weights=weights))) for axis, of in by_axis.items())


def grade(audio: Audio, axis: str) -> float:
    """The grade on one axis; NaN for silence and for less than 0.1 s."""
    return dict(grades(audio) or ()).get(axis, float("nan"))


@functools.cache
def _network(folder: Path) -> Any:
    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            raise UsageError(f"{NAMED}: no {name} in {folder}, wanted {WHAT}")
    try:
        model = importlib.import_module("audiobox_aesthetics.model.aes").AesMultiOutput
    except ImportError as error:
        install = "pip install --no-deps audiobox_aesthetics"
        raise MissingPart(NAMED, "audiobox_aesthetics", install) from error
    return model.from_pretrained(folder, local_files_only=True).eval()
