"""How well the separator of arm R4 separates, so that it has a place on the curve of S4."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dsp.bss.distortion import distortion_ratio_db
from automix_bench.errors import Rejected
from automix_bench.example import Example
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from experiments.separation_for_mixing.ladder import by_separator, truth_of

FILE = Path("separator") / "R4.json"
"""In the folder of scorecards."""


def measured(examples: Iterable[Example]) -> dict[str, Any]:
    """The SDR of every group, in dB, the mean over examples: of the groups as they are in the mix,
    before random effects. A group that the separator does not give counts as silence, 0 dB.

    Returns:
        `by_group`; `sdr_db`, the mean over groups of each example, then over examples; `examples`.

    Raises:
        ValueError: no example can be used.
    """
    of_groups: dict[str, list[float]] = {}
    means: list[float] = []
    for example in examples:
        try:
            truth = truth_of(example)
        except Rejected:
            continue
        ratios = sdr_of(truth, by_separator(example))
        for group, ratio in ratios.items():
            of_groups.setdefault(group, []).append(ratio)
        means.append(float(np.mean(list(ratios.values()))))
    if not means:
        raise ValueError("the separator was measured on no example")
    return {
        "by_group": {group: float(np.mean(of)) for group, of in sorted(of_groups.items())},
        "sdr_db": float(np.mean(means)),
        "examples": len(means),
    }


def sdr_of(truth: Mapping[str, Audio], found: Mapping[str, Audio]) -> dict[str, float]:
    """The SDR of each true group in dB."""
    return {
        group: distortion_ratio_db(one, found[group]) if group in found else 0.0
        for group, one in truth.items()
    }


def measure(examples: Iterable[Example], cards: Path) -> None:
    """Measure the separator, unless that is done, and write what came."""
    path = cards / FILE
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, pretty(measured(examples)).encode())


def read_measured(cards: Path) -> dict[str, Any] | None:
    """What was measured; None if nothing was."""
    path = cards / FILE
    if not path.is_file():
        return None
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def expected_loss(sdr_db: float, losses: Mapping[float, float]) -> float | None:
    """What separation of this quality costs by the curve of S4, in dB: straight lines between the
    qualities that were trained; None outside of them.

    Args:
        losses: by SDR in dB, how much worse than W4.
    """
    places = sorted(losses)
    if not places or not places[0] <= sdr_db <= places[-1]:
        return None
    return float(np.interp(sdr_db, places, [losses[place] for place in places]))
