"""A page about a data set: what is in it, in pictures. One HTML file that needs no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.plan import Plan, read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.severity import BINS
from automix_bench.dsp.traits import CENTRES_HZ
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import write_whole
from automix_bench.licence import terms
from automix_bench.pages import svg
from automix_bench.pages.dataset_measures import (
    EXAMPLES_HEARD,
    Heard,
    Knobs,
    by_split,
    knobs_of,
    listened,
    rejected_of,
    stem_severities,
)
from automix_bench.pages.svg import Axis

_MOST_ROLES = svg.COLOURS
_REJECTED_SHOWN = 30
_LOG = ("_hz", "_ms", "_seconds", "ratio", "q")


def dataset_report(
    folder: Path, path: Path, *, heard: int = EXAMPLES_HEARD, progress: Progress = silent
) -> None:
    """Write the page about the data set in `folder` to `path`.

    Counts, levels, severities and settings are of all examples; spectra, residuals and correlations
    of `heard` of them at most, which are decoded. Equal data sets give equal pages.

    Args:
        heard: how many examples are decoded; 0 leaves out what needs their audio.

    Raises:
        UsageError: `heard` is less than 0.
        DatasetError: there is no finished data set in the folder, or it is damaged.
        DiskFull: there is no room.
    """
    dataset, plan = Dataset(folder), read_plan(folder)
    rows = dataset.rows
    sections = [
        _contents(plan, rows),
        _levels(rows),
        _severities(rows),
        *_audio(listened(dataset, heard, progress), len(rows)),
        _settings(knobs_of(rows)),
        _licences(rows),
        _rejected(rejected_of(folder)),
    ]
    page = PAGE.replace("{{style}}", svg.STYLE).replace("{{name}}", escape(plan.recipe["name"]))
    page = page.replace("{{head}}", _head(plan, rows, dataset.fingerprint))
    write_whole(path, page.replace("{{sections}}", "\n".join(sections)).encode())


def _head(plan: Plan, rows: Sequence[ManifestRow], fingerprint: str) -> str:
    seconds = sum(row["length"] / row["rate"] for row in rows)
    tiles = {
        "examples": f"{len(rows)}",
        "hours of mixes": f"{seconds / 3600.0:.2f}",
        "songs": f"{len({row['song'] for row in rows})}",
        "artists": f"{len({row['artist'] for row in rows})}",
        "stems an example": f"{sum(len(row['stems']) for row in rows) / len(rows):.1f}",
    }
    shown = "".join(f"<div><b>{n}</b>{escape(what)}</div>" for what, n in tiles.items())
    recipe = plan.recipe
    return (
        f"<h1>{escape(recipe['name'])} <small>version {recipe['version']}, seed {recipe['seed']}"
        f"</small></h1><p>{escape(recipe['description'])}</p><div class='tiles'>{shown}</div>"
        f"<p class='fine'>automix_bench {escape(plan.code)} · plan {plan.root[:16]} · data set "
        f"{fingerprint[:16]}</p>"
    )


def _contents(plan: Plan, rows: Sequence[ManifestRow]) -> str:
    songs = {row["song"] for row in rows}
    lengths = [
        song.listing.length / song.listing.rate for song in plan.songs if song.listing.id in songs
    ]
    stems = Counter(stem for row in rows for stem in row["stems"])
    per_song = Counter(row["song"] for row in rows)
    head = ("split", "examples", "songs", "artists", "hours")
    lines = [
        (split, *(f"{counts[key]:.3g}" if key == "hours" else counts[key] for key in head[1:]))
        for split, counts in by_split(rows).items()
    ]
    return _section(
        "What is in it",
        ("Splits, by artist", _table(head, lines)),
        ("Length of the songs", svg.histogram({"": lengths}, "seconds", count="songs")),
        ("Examples of a song, in how many songs", svg.bars(_counted(per_song.values()))),
        ("Stems, in how many examples", svg.bars(dict(stems.most_common(20)))),
        (
            "Stems in an example, in how many examples",
            svg.bars(_counted(len(row["stems"]) for row in rows)),
        ),
        ("Rate", svg.bars(_counted(f"{row['rate']} Hz" for row in rows))),
    )


def _levels(rows: Sequence[ManifestRow]) -> str:
    untyped: Sequence[Mapping[str, Any]] = rows

    def both(what: str) -> dict[str, list[float]]:
        return {
            side: [row[name] for row in untyped if row[name] is not None]
            for side, name in (("before", f"before_{what}"), ("after", f"after_{what}"))
        }

    pairs = [
        (row["before_lufs"], row["after_lufs"], row["id"])
        for row in rows
        if row["before_lufs"] is not None and row["after_lufs"] is not None
    ]
    ends = [value for pair in pairs for value in pair[:2]]
    low, high = (min(ends) - 1.0, max(ends) + 1.0) if ends else (-60.0, 0.0)
    return _section(
        "Levels of the mixes",
        ("Integrated loudness", svg.histogram(both("lufs"), "LUFS")),
        ("True peak", svg.histogram(both("true_peak_dbtp"), "dBTP")),
        (
            "Loudness, before against after",
            svg.points(pairs, Axis("before, LUFS", low, high), Axis("after, LUFS", low, high)),
        ),
        (
            "Gain from the song to the example",
            svg.histogram({"": [row["gain_db"] for row in rows]}, "dB"),
        ),
    )


def _severities(rows: Sequence[ManifestRow]) -> str:
    bins = Counter(row["mix_severity"] for row in rows)
    stems = stem_severities(rows)
    every = [severity for of in stems.values() for severity in of]
    medians = {name: round(sorted(of)[len(of) // 2], 2) for name, of in stems.items()}
    return _section(
        "How much the consoles changed",
        (
            "Mixes",
            svg.histogram({"": [row["mix_severity_db"] for row in rows]}, "severity, dB"),
        ),
        ("Mixes, by bin", svg.bars({name: bins[name] for name, _ in BINS})),
        (
            "Stems",
            svg.histogram({"": every}, "severity, dB", count="stems"),
        ),
        ("Stems, the median of each role", svg.bars(medians, " dB")),
    )


def _audio(heard: Heard | None, of: int) -> list[str]:
    if heard is None:
        return []
    said = f"Of {heard.examples} of {of} examples"
    across, up = (
        Axis("Hz", 20.0, 20_000.0, log=True),
        Axis("dB of the whole, third octaves", -50, 0),
    )
    often = sorted(heard.level_db, key=lambda name: (-len(heard.level_db[name]), name))
    roles = ["mix", *often][:_MOST_ROLES]

    def drawn(spectra: Mapping[str, Any]) -> str:
        shown = {name: list(spectra[name]) for name in roles if name in spectra}
        return svg.lines(shown, list(CENTRES_HZ), across, up)

    levels = {name: round(sum(v) / len(v), 1) for name, v in heard.level_db.items()}
    spectra = _section(
        "Long-term spectra",
        ("Before the console", drawn(heard.before)),
        ("After it", drawn(heard.after)),
        note=f"{said}: the mean over the stems of a role, of the {_MOST_ROLES - 1} that come most "
        "often.",
    )
    residual = svg.histogram({"": list(heard.residual_db)}, "residual beside the mix, dB")
    separation = _section(
        "Stems beside each other",
        ("Residual: what no stem explains", residual if heard.residual_db else NO_RESIDUAL),
        ("Correlation of stems, mean |r|", _matrix(heard.correlation)),
        ("Level below the mix, mean", svg.bars({n: -of for n, of in levels.items()}, " dB")),
        note=f"{said}, before the console. Stems of a good separation have little in common: a "
        "high correlation says that one sound is in both, as it is in two microphones on a drum.",
    )
    return [spectra, separation]


def _matrix(values: Mapping[tuple[str, str], float]) -> str:
    if not values:
        return '<p class="none">no two stems</p>'
    names = sorted({name for pair in values for name in pair})
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    body = ""
    for one in names:
        cells = ""
        for other in names:
            value = values.get((min(one, other), max(one, other)))
            cells += (
                "<td></td>"
                if value is None
                else f'<td style="--v:{min(value, 1.0):.2f}" class="heat">{value:.2f}</td>'
            )
        body += f"<tr><th>{escape(one)}</th>{cells}</tr>"
    return f'<div class="wide"><table><tr><th></th>{head}</tr>{body}</table></div>'


def _settings(found: Knobs) -> str:
    overview = _section(
        "Effects",
        ("In how many chains", svg.bars(found.effects)),
        (
            "Effects in a chain that has any, in how many",
            svg.bars(_counted(found.chain_lengths)),
        ),
    )
    parts = []
    for effect in sorted(found.effects):
        panels = [
            (knob, svg.histogram({"": values}, knob, log=_log(knob, values), count="times"))
            for (name, knob), values in found.numbers.items()
            if name == effect
        ]
        panels += [
            (knob, svg.bars(words)) for (name, knob), words in found.texts.items() if name == effect
        ]
        inside = "".join(_panel(title, chart) for title, chart in panels)
        parts.append(
            f"<details><summary>{escape(effect)} <small>{found.effects[effect]} times</small>"
            f"</summary><div class='grid'>{inside or 'no settings'}</div></details>"
        )
    return overview + "<section><h2>Settings as drawn</h2>" + "".join(parts) + "</section>"


def _log(knob: str, values: Sequence[float]) -> bool:
    return knob.endswith(_LOG) and min(values) > 0.0 and max(values) > 4.0 * min(values)


def _licences(rows: Sequence[ManifestRow]) -> str:
    songs = Counter({row["song"]: row["license"] for row in rows}.values())
    examples = Counter(row["license"] for row in rows)
    lines = [
        (name or "none asked for", terms(name), songs[name], examples[name])
        for name in sorted(examples)
    ]
    return _section(
        "Licences", ("", _table(("licence (SPDX)", "terms", "songs", "examples"), lines))
    )


def _rejected(found: Sequence[tuple[str, str]]) -> str:
    shown = _table(("item", "reason"), found[:_REJECTED_SHOWN]) if found else "<p>Nothing was.</p>"
    more = len(found) - _REJECTED_SHOWN
    rest = f"<p>… and {more} more in rejected.parquet.</p>" if more > 0 else ""
    return f"<section><h2>Left out</h2>{shown}{rest}</section>"


def _counted(values: Iterable[Any]) -> dict[str, float]:
    return {str(value): count for value, count in sorted(Counter(values).items())}


def _section(title: str, *panels: tuple[str, str], note: str = "") -> str:
    inside = "".join(_panel(name, chart) for name, chart in panels)
    said = f"<p class='fine'>{escape(note)}</p>" if note else ""
    return f"<section><h2>{escape(title)}</h2>{said}<div class='grid'>{inside}</div></section>"


def _panel(title: str, chart: str) -> str:
    broad = ' class="broad"' if "<table" in chart else ""
    return f"<figure{broad}><figcaption>{escape(title)}</figcaption>{chart}</figure>"


def _table(head: Sequence[str], lines: Sequence[Sequence[Any]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in line) + "</tr>"
        for line in lines
    )
    return f'<div class="wide"><table><tr>{top}</tr>{body}</table></div>'


NO_RESIDUAL = '<p class="none">these songs have stems of their own: nothing was separated</p>'

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{name}}: a data set</title><style>
{{style}}</style></head><body>
{{head}}
{{sections}}
</body></html>
"""
