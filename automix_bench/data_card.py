"""The data card: what a data set holds, where it comes from, and under which licences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from automix_bench.canonical import pretty
from automix_bench.dataset import knobs
from automix_bench.errors import Rejected
from automix_bench.licence import conflicts, terms
from automix_bench.plan import Plan


def data_card(plan: Plan, rows: Sequence[Mapping[str, Any]], rejected: Sequence[Rejected]) -> str:
    """The card as Markdown with the hub's YAML header. It says nothing that depends on the
    machine or the day, so equal data sets have equal cards."""
    parts = (
        _header(plan, rows),
        _title(plan, rows),
        _contents(rows),
        _licences(rows),
        _credits(rows),
        _making(plan, any("residual" in row["stems"] for row in rows)),
        _knobs(rows),
        _rejections(rejected),
        READING,
        LIMITS.format(SEPARATED if any("residual" in row["stems"] for row in rows) else ""),
    )
    return "\n".join(part for part in parts if part)


def _header(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> str:
    licences = sorted({row["license"] for row in rows})
    listed = "".join(f"- {licence}\n" for licence in licences)
    return (
        "---\n"
        f"pretty_name: {plan.recipe['name']}\n"
        "task_categories:\n- audio-to-audio\n"
        "tags:\n- music\n- automatic-mixing\n- audio-effect-removal\n- pseudo-multitrack\n"
        "annotations_creators:\n- machine-generated\n"
        f"license: other\nlicense_details:\n{listed}"
        "configs:\n- config_name: examples\n  data_files: manifest.parquet\n"
        "---\n"
    )


def _title(plan: Plan, rows: Sequence[Mapping[str, Any]]) -> str:
    recipe = plan.recipe
    seconds = sum(row["length"] / row["rate"] for row in rows)
    songs, artists = ({row[key] for row in rows} for key in ("song", "artist"))
    return (
        f"# {recipe['name']}, version {recipe['version']}\n\n"
        f"{recipe['description']}\n\n"
        f"{len(rows)} examples, {_duration(seconds)}, of {len(songs)} songs by {len(artists)} "
        f"artists. Made by automix_bench {plan.code} from the plan `{plan.root}`, seed "
        f"{recipe['seed']}.\n"
    )


def _contents(rows: Sequence[Mapping[str, Any]]) -> str:
    splits = Counter(row["split"] for row in rows)
    rates = Counter(f"{row['rate']} Hz" for row in rows)
    stems = Counter(stem for row in rows for stem in row["stems"])
    return "\n".join(
        (
            "## What is in it\n",
            _table(("split", "examples"), sorted(splits.items())),
            _table(("rate", "examples"), sorted(rates.items())),
            _table(("stem", "examples"), sorted(stems.items())),
        )
    )


def _licences(rows: Sequence[Mapping[str, Any]]) -> str:
    songs = {row["song"]: row["license"] for row in rows}
    examples = Counter(row["license"] for row in rows)
    per_song = Counter(songs.values())
    lines = [(name, terms(name), per_song[name], examples[name]) for name in sorted(examples)]
    said = (
        "Of each example: the song's licence joined with the separator weights'. *Terms* sorts\n"
        "them roughly: open, non-commercial, no-derivatives (which forbids passing on a data set\n"
        "of changed copies) or unknown. What may be done is for the licence to say, not for this\n"
        "table.\n"
    )
    table = _table(("licence (SPDX)", "terms", "songs", "examples"), lines)
    notes = "".join(f"- {name}: {note}\n" for name in sorted(examples) for note in conflicts(name))
    return f"## Licences\n\n{said}\n{table}" + (f"\n{notes}" if notes else "")


def _credits(rows: Sequence[Mapping[str, Any]]) -> str:
    credits = sorted({(row["attribution"], row["license"]) for row in rows if row["attribution"]})
    if not credits:
        return ""
    return "## Credits\n\n" + "".join(f"- {who} ({licence})\n" for who, licence in credits)


def _making(plan: Plan, separated: bool) -> str:
    recipe = plan.recipe
    loudness = recipe["loudness_lufs"]
    level = "as released" if loudness is None else f"brought to {loudness:g} LUFS"
    return (
        "## How it was made\n\n"
        f"Songs are cut into excerpts of {recipe['excerpt_seconds']:g} s. The mix of an excerpt\n"
        f"is {level}, lowered further where anything would peak above\n"
        f"{recipe['headroom_dbtp']:g} dBTP; the gain is stored. `before` holds the stems as they\n"
        "entered the console and the mix as released; `after` holds what left the strips, and\n"
        "their sum through the bus. Everything is 24-bit, and `after` is rendered from `before`\n"
        f"as stored.{SUMS_EXACTLY if separated else ''}\n\n"
        f"The separator:\n\n```json\n{pretty(plan.separator)}```\n\n"
        f"The recipe, without paths:\n\n```json\n{pretty(recipe)}```\n"
    )


def _knobs(rows: Sequence[Mapping[str, Any]]) -> str:
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        for knob in knobs(row["console"]):
            if knob["value"] is not None:
                found.setdefault((knob["effect"], knob["knob"]), []).append(knob["value"])
    if not found:
        return ""
    lines = [
        (effect, knob, len(values), f"{min(values):.4g}", f"{max(values):.4g}")
        for (effect, knob), values in sorted(found.items())
    ]
    return "## Knobs as drawn\n\n" + _table(("effect", "knob", "times", "least", "most"), lines)


def _rejections(rejected: Sequence[Rejected]) -> str:
    if not rejected:
        return "## Rejected\n\nNothing was.\n"
    shown = [(r.item.replace("|", "/"), r.reason.replace("|", "/")) for r in rejected[:50]]
    more = len(rejected) - len(shown)
    rest = f"\n… and {more} more in `rejected.parquet`.\n" if more else ""
    return "## Rejected\n\n" + _table(("item", "reason"), shown) + rest


def _table(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(str(cell) for cell in row) + " |\n" for row in rows)


def _duration(seconds: float) -> str:
    minutes = seconds / 60.0
    return f"{minutes / 60.0:.2f} hours" if minutes >= 90.0 else f"{minutes:.1f} minutes"


READING = """## How to read it

```python
from pathlib import Path
from automix_bench.dataset import Dataset

example = Dataset(Path("."))[0]
example.before.stems, example.console, example.after.mix
```

The shards are plain tar files in the WebDataset layout: `<id>.json` with every setting and
`<id>.<before|after>.<stem>.flac`; stems differ between examples. `manifest.parquet` has a row per
example, all splits together, with a column `split`; `rejected.parquet` says what was left out and
why; `automix-bench verify` checks all of it.
"""

SUMS_EXACTLY = " Stems of separated songs, `residual` among them,\nsum to the stored mix exactly."

SEPARATED = "Separated stems carry the separator's errors: a model may learn them. "

LIMITS = """## What it cannot tell

{}Source files that were lossy stay lossy. Effects are the ones named above and no others.
Splits keep an artist on one side as far as artists are named: a song without an artist's tag and
outside an artist's folder counts as an artist of its own. A stem that rests in an excerpt is not
among its stems.
"""
