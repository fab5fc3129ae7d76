"""The report of the experiment: tables, curves, and the scores of every song."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.metrics.width_error import width_error
from automix_bench.statistics import Estimate
from experiments.separation_for_mixing.analysis import Answers, Step, answers_of
from experiments.separation_for_mixing.ladder import fixed, fixed_sha256
from experiments.separation_for_mixing.measured_separator import expected_loss, read_measured
from experiments.separation_for_mixing.redraws import csv_of, table_of
from experiments.separation_for_mixing.report_page import page_of
from experiments.separation_for_mixing.report_tables import (
    CAVEATS,
    lines_of,
    losses,
    songs_text,
    tables_of,
)

METRICS = (audible_distance, third_octave_distance, width_error, loudness_error)
"""The first one decides."""
TESTS = {
    "test": "dry tracks",
    "test-groups": "dry tracks summed to four groups",
    "real": "music of others",
}
"""The data sets that arms are tested on."""
QUESTION = "Does data made by separation train mixers as well as true multitracks?"


def write_report(out: Path, folder: Path) -> str:
    """Write `index.html`, `report.md`, `results.json` and `scores.csv` from the scorecards in
    `out`. Returns the report as text.

    Raises:
        DatasetError: scorecards of one folder are of different data sets.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scale = json.loads((out / "scale.json").read_text(encoding="utf-8"))
    tables = {metric.name: table_of(out / "cards" / "test", metric) for metric in METRICS}
    size = int(scale["main"])
    answers = answers_of(tables[METRICS[0].name], fixed(), size)
    on_groups, real = (_answers(out / "cards" / data, size) for data in ("test-groups", "real"))
    separator = read_measured(out / "cards")
    written = _written(answers, on_groups, real, separator)
    written["trainings"] = len(scale["cells"])
    written["missing"] = [name for name in scale["cells"] if not _is_tested(out, name)]
    lines = lines_of(answers, size, written)
    shown = list(tables_of(answers, on_groups, real, size, METRICS[0].name))
    parts = [f"# {QUESTION}", *lines, *(table.markdown for table in shown)]
    parts += ["## Caveats", "\n".join(f"* {line}" for line in CAVEATS)]
    parts.append(f"`fixed.json`: sha256 {written['fixed_sha256']}")
    text = "\n\n".join(parts) + "\n"
    page = page_of(QUESTION, lines, shown, answers, separator)
    write_whole(folder / "results.json", pretty(written).encode())
    write_whole(folder / "scores.csv", csv_of(tables).encode())
    write_whole(folder / "report.md", text.encode())
    write_whole(folder / "index.html", page.encode())
    return text


def _written(
    answers: Answers, on_groups: Answers, real: Answers, separator: Mapping[str, Any] | None
) -> dict[str, Any]:
    costs = {sdr: step.difference.value for sdr, step in losses(answers).items()}
    return {
        "fixed_sha256": fixed_sha256(),
        "separator": separator,
        "separator_expected_loss_db": (
            None if separator is None else expected_loss(separator["sdr_db"], costs)
        ),
        **_stated(answers),
        "curve": {f"{arm} {songs}": _of(one) for (arm, songs), one in answers.curve.items()},
        "songs_equivalent": {
            f"{of} as {to}": {
                f"{songs}": songs_text(one, sorted(n for arm, n in answers.curve if arm == to))
                for songs, one in sizes.items()
            }
            for (of, to), sizes in answers.equivalent.items()
        },
        "means_on_groups": _stated(on_groups)["means"],
        "real": _stated(real),
    }


def _stated(answers: Answers) -> dict[str, Any]:
    margin = answers.margin
    return {
        "margin_db": None if margin is None else _number(margin),
        "gain": _steps([answers.gain])[0] if answers.gain else None,
        "ladder": _steps(answers.ladder),
        "also": _steps(answers.also),
        "afterwards": _steps(answers.afterwards),
        "beside_equal_loudness": _steps(answers.beside),
        "kept_of_gain": {arm: _of(one) for arm, one in answers.kept.items()},
        "means": {arm: _of(one) for arm, one in answers.means.items()},
    }


def _answers(cards: Path, size: int) -> Answers:
    """Those of another data set; empty without scorecards."""
    table = table_of(cards, METRICS[0]) if cards.is_dir() else {}
    return answers_of(table, fixed(), size)


def _is_tested(out: Path, cell: str) -> bool:
    return (out / "cards" / "test" / f"{cell}.json").is_file()


def _number(value: float) -> float | None:
    return round(value, 7) if isfinite(value) else None


def _of(estimate: Estimate) -> dict[str, Any]:
    ends = {"low": _number(estimate.low), "high": _number(estimate.high)}
    return {"value": _number(estimate.value), **ends, "songs": estimate.songs}


def _steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {
            **{"before": step.before, "after": step.after, "what": step.what},
            **_of(step.difference),
            **{"p": _number(step.p), "seeds": list(step.seeds), "verdict": step.verdict},
            "beyond_margin": None if step.beyond is None else _of(step.beyond),
        }
        for step in steps
    ]
