"""The report of the experiment: tables, curves, and the scores of every song."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from markupsafe import Markup

from automix_bench.charts.html_table import html_page, html_table
from automix_bench.charts.number_text import interval, p_text
from automix_bench.charts.picture import style_sheet
from automix_bench.charts.svg import Axis, Plot, series_class
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.metrics.audible_distance import audible_distance
from automix_bench.metrics.loudness_error import loudness_error
from automix_bench.metrics.third_octave_distance import third_octave_distance
from automix_bench.metrics.width_error import width_error
from experiments.separation_for_mixing.analysis import (
    Answers,
    Step,
    answers_of,
    csv_of,
    sizes_equivalent,
    table_of,
)
from experiments.separation_for_mixing.ladder import fixed, fixed_sha256
from experiments.separation_for_mixing.measured_separator import expected_loss, read_measured

METRICS = (audible_distance, third_octave_distance, width_error, loudness_error)
"""The first one decides."""
TESTS = {
    "test": "dry tracks",
    "test-groups": "dry tracks summed to four groups",
    "real": "music of others",
}
"""The data sets that arms are tested on."""
_HEADS = ("step", "from", "to", "difference, dB [95 %]", "p (Holm)", "seeds", "verdict")
_REAL = "On music of others"
QUESTION = "Does data made by separation train mixers as well as true multitracks?"
CAVEATS = (
    "All songs are composed by one program, played by a SoundFont and mixed by one engineer with "
    "fixed habits; there are no voices. What holds here need not hold for recorded music.",
    "Errors of separation are made from the truth: soft masks, scaled so that every group has the "
    "stated SDR. A real separator's errors differ between sources and songs: arm R4 is the check.",
    "The bootstrap redraws few seeds, so it tells too little of how seeds differ: with three, its "
    "variance over seeds is two thirds of the true one.",
)


def write_report(out: Path, folder: Path) -> str:
    """Write `index.html`, `report.md`, `results.json` and `scores.csv` from the scorecards in
    `out`. Returns the report as text."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = json.loads((out / "scale.json").read_text(encoding="utf-8"))
    tables = {m.name: table_of(out / "cards" / "test", m) for m in METRICS}
    table, size = tables[METRICS[0].name], int(scale["main"])
    answers = answers_of(table, fixed(), size)
    separator = read_measured(out / "cards")
    by_groups = _answers(out / "cards" / "test-groups", size)
    real = _answers(out / "cards" / "real", size, answers.margin)
    missing = [name for name in scale["cells"] if _is_missing(out, name)]
    written = {
        "fixed_sha256": fixed_sha256(),
        "trainings": len(scale["cells"]),
        "missing": missing,
        "margin_db": _number(answers.margin),
        "gain": _of_step(answers.gain),
        "ladder": [_of_step(step) for step in answers.ladder],
        "also": [_of_step(step) for step in answers.also],
        "separator": separator,
        "separator_expected_loss_db": _expected(answers, separator),
        "means": {arm: _of(one) for arm, one in answers.means.items()},
        "means_on_groups": {arm: _of(one) for arm, one in by_groups.means.items()},
        "real": {
            "gain": _of_step(real.gain),
            "ladder": [_of_step(step) for step in real.ladder],
            "means": {arm: _of(one) for arm, one in real.means.items()},
        },
        "curve": {f"{arm} {songs}": _of(one) for (arm, songs), one in answers.curve.items()},
        "songs_equivalent": {
            f"{of} as {to}": sizes_equivalent(answers.curve, of, to)
            for of, to in (("S4-6", "T"), ("W4", "T"), ("S4-6", "W4"))
        },
    }
    text = _markdown(answers, by_groups.means, real, size, written)
    write_whole(folder / "results.json", pretty(written).encode())
    write_whole(folder / "scores.csv", csv_of(tables).encode())
    write_whole(folder / "report.md", text.encode())
    write_whole(folder / "index.html", _page(answers, real, size, written).encode())
    return text


def _answers(cards: Path, size: int, margin: float | None = None) -> Answers:
    """Those of another data set; empty without scorecards."""
    table = table_of(cards, METRICS[0]) if cards.is_dir() else {}
    return answers_of(table, fixed(), size, margin)


def _is_missing(out: Path, cell: str) -> bool:
    return not any((out / "cards" / test / f"{cell}.json").is_file() for test in TESTS)


def _number(value: float) -> float | None:
    return round(value, 4) if isfinite(value) else None


def _of(estimate: Any) -> dict[str, Any]:
    ends = {"low": _number(estimate.low), "high": _number(estimate.high)}
    return {"value": _number(estimate.value), **ends, "songs": estimate.songs}


def _of_step(step: Step | None) -> dict[str, Any] | None:
    if step is None:
        return None
    names = {"before": step.before, "after": step.after, "what": step.what}
    told = {"p": _number(step.p), "seeds": list(step.seeds), "verdict": step.verdict}
    return {**names, **_of(step.difference), **told}


def _rows(steps: Sequence[Step]) -> list[list[str]]:
    return [
        [
            step.what,
            step.before,
            step.after,
            interval(step.difference),
            p_text(step.p),
            f"{step.seeds[0]} and {step.seeds[1]}",
            step.verdict,
        ]
        for step in steps
    ]


def _lines(answers: Answers, size: int, written: Mapping[str, Any]) -> list[str]:
    lines = []
    if answers.gain is not None:
        songs = answers.gain.difference.songs
        lines.append(
            f"Arm T, {size} songs, lies {interval(_negative(answers.gain))} dB nearer to the "
            f"released mix than equal_loudness, on {songs} songs that no arm was trained on. "
            f"A quarter of that, {answers.margin:.2f} dB, is the margin that was fixed."
        )
    lines += _real_separator(answers, written)
    if missing := written["missing"]:
        lines.append(f"Not run yet: {len(missing)} trainings of {written['trainings']}.")
    for pair, sizes in written["songs_equivalent"].items():
        of, to = pair.split(" as ")
        lines += [
            f"{songs} songs of arm {of} train as well as {round(equal)} of arm {to}."
            for songs, equal in sizes.items()
        ]
    return lines


def _losses(answers: Answers) -> dict[float, Step]:
    """What separation costs, by its SDR in dB: the steps from W4 to S4, of leakage."""
    arms = fixed()["arms"]
    return {
        float(arms[step.after]["sdr_db"]): step
        for step in answers.ladder
        if step.before == "W4" and "sdr_db" in arms[step.after]
    }


def _expected(answers: Answers, separator: Mapping[str, Any] | None) -> float | None:
    if separator is None:
        return None
    losses = {sdr: step.difference.value for sdr, step in _losses(answers).items()}
    return expected_loss(separator["sdr_db"], losses)


def _real_separator(answers: Answers, written: Mapping[str, Any]) -> list[str]:
    """Where the real separator lies beside the curve of the simulated ones."""
    real = next((step for step in answers.also if step.after == "R4"), None)
    separator, expected = written["separator"], written["separator_expected_loss_db"]
    if separator is None:
        return []
    line = (
        f"The separator of arm R4 has an SDR of {separator['sdr_db']:.1f} dB, the mean over groups "
        f"and {separator['examples']} excerpts that it was not trained on."
    )
    if real is not None and expected is not None:
        line += (
            f" Separation of that quality costs {expected:.2f} dB by the curve of S4; R4 loses "
            f"{interval(real.difference)} dB."
        )
    return [line]


def _negative(step: Step) -> Any:
    one = step.difference
    return type(one)(-one.value, -one.high, -one.low, one.songs)


def _markdown(
    answers: Answers,
    by_groups: Mapping[str, Any],
    real: Answers,
    size: int,
    written: Mapping[str, Any],
) -> str:
    parts = [f"# {QUESTION}", "", *_lines(answers, size, written), ""]
    for title, steps in (("The ladder", answers.ladder), ("Also", answers.also)):
        if steps:
            parts += [f"## {title}", "", _table(_HEADS, _rows(steps)), ""]
    heads = ("arm", "shown dry tracks", "shown four groups")
    rows = [
        [arm, interval(one), interval(by_groups[arm]) if arm in by_groups else "–"]
        for arm, one in sorted(answers.means.items(), key=lambda item: item[1].value)
    ]
    first = METRICS[0]
    parts += [f"## {first.name} in {first.unit}, {size} songs", "", _table(heads, rows), ""]
    if len({songs for _, songs in answers.curve}) > 1:
        rows = [
            [arm, str(songs), interval(one)] for (arm, songs), one in sorted(answers.curve.items())
        ]
        parts += ["## Learning curves", "", _table(("arm", "songs", "distance"), rows), ""]
    if real.means:
        parts += [f"## {_REAL}", ""]
        if rows := _real_steps(real):
            parts += [_table(_HEADS, rows), ""]
        parts += [_table(("arm", "distance"), _sorted(real)), ""]
    parts += ["## Caveats", "", *(f"* {line}" for line in CAVEATS), ""]
    parts += [f"`fixed.json`: sha256 {written['fixed_sha256']}", ""]
    return "\n".join(parts)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sorted(answers: Answers) -> list[list[str]]:
    """The arms, the nearest to the released mix first."""
    means = sorted(answers.means.items(), key=lambda item: item[1].value)
    return [[arm, interval(one)] for arm, one in means]


def _real_steps(real: Answers) -> list[list[str]]:
    """The steps on music of others, with the margin of composed songs."""
    return _rows([*([real.gain] if real.gain else []), *real.ladder, *real.also])


def _page(answers: Answers, real: Answers, size: int, written: Mapping[str, Any]) -> str:
    heads = list(_HEADS)
    parts = [Markup("<h1>{}</h1>").format(QUESTION)]
    parts += [Markup("<p>{}</p>").format(line) for line in _lines(answers, size, written)]
    for title, steps in (("The ladder", answers.ladder), ("Also", answers.also)):
        if steps:
            parts.append(html_table(heads, _rows(steps), title=title, left=3))
    distance = ["arm", "distance, dB [95 %]"]
    parts.append(html_table(distance, _sorted(answers), title=f"Arms, {size} songs"))
    parts += [_quality(answers, written), _curves(answers)]
    if real.means:
        if rows := _real_steps(real):
            parts.append(html_table(heads, rows, title=_REAL, left=3))
        parts.append(html_table(distance, _sorted(real), title=f"Arms, {_REAL.lower()}"))
    parts += [Markup("<p>{}</p>").format(line) for line in CAVEATS]
    return html_page(QUESTION, *parts)


def _quality(answers: Answers, written: Mapping[str, Any]) -> Markup:
    """The loss by separation, over its quality; and that of the real separator."""
    at = sorted(_losses(answers).items())
    if len(at) < 2:
        return Markup("")
    separator = written["separator"]
    real = [step for step in answers.also if step.after == "R4" and separator is not None]
    shown = [step for _, step in at] + real
    low = min(0.0, *(step.difference.low for step in shown))
    high = max(answers.margin, *(step.difference.high for step in shown))
    room = 0.1 * (high - low)
    across = Axis("SDR of the separation, dB", at[0][0] - 0.5, at[-1][0] + 0.5)
    plot = Plot(across, Axis("worse than W4, dB", low - room, high + room))
    places = [sdr for sdr, _ in at]
    margin = [answers.margin, answers.margin]
    marks = [
        plot.line([across.low, across.high], margin, "rule", "margin"),
        plot.line(places, [step.difference.value for _, step in at], series_class(0), "S4"),
        *(plot.dot(sdr, step.difference.value, interval(step.difference)) for sdr, step in at),
    ]
    marks += [
        plot.line([sdr, sdr], [step.difference.low, step.difference.high], series_class(0), "95 %")
        for sdr, step in at
    ]
    for step in real:
        sdr, one = min(max(separator["sdr_db"], across.low), across.high), step.difference
        marks.append(plot.line([sdr, sdr], [one.low, one.high], series_class(1), "R4"))
        marks.append(plot.dot(sdr, one.value, f"R4: {interval(one)}"))
    return _figure(plot, marks, "What separation costs, by its quality; the line is the margin.")


def _curves(answers: Answers) -> Markup:
    sizes = sorted({songs for _, songs in answers.curve})
    if len(sizes) < 2:
        return Markup("")
    values = [one for one in answers.curve.values() if not isnan(one.value)]
    low, high = min(one.low for one in values), max(one.high for one in values)
    across = Axis("songs trained on", sizes[0] * 0.9, sizes[-1] * 1.1, log=True)
    plot = Plot(across, Axis("distance, dB", low, high))
    marks, names = [], []
    for number, arm in enumerate(fixed()["curves"]):
        own = sorted((songs, one) for (name, songs), one in answers.curve.items() if name == arm)
        if own:
            style = series_class(number)
            marks.append(plot.line([s for s, _ in own], [o.value for _, o in own], style, arm))
            marks += [plot.line([s, s], [o.low, o.high], style, interval(o)) for s, o in own]
            names.append(arm)
    return _figure(plot, marks, f"Learning curves: {', '.join(names)}.")


def _figure(plot: Plot, marks: Sequence[Markup], caption: str) -> Markup:
    return Markup(
        '<figure class="charts"><style>{}</style>'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
        "<figcaption>{}</figcaption></figure>"
    ).format(
        style_sheet("picture.css", "series.css"),
        plot.width,
        plot.height,
        caption,
        plot.drawn(marks),
        caption,
    )
