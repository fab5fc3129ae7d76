"""The data card: the content of a data set, its origin and its licences, as Markdown."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from automix_bench.dataset.left_out import LeftOut, left_out
from automix_bench.dataset.manifest import ManifestRow, knobs
from automix_bench.dataset.plan import Plan
from automix_bench.dataset.song_facts import MEANINGS, SongFacts
from automix_bench.errors import Rejected
from automix_bench.files.canonical_json import pretty
from automix_bench.licence import conflicts, terms
from automix_bench.untrusted.shown import for_json, for_markdown, for_yaml

_NOTES_SHOWN = 50
_PLAIN_SETTING = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*(?::[a-z0-9]+(?:_[a-z0-9]+)*)?(?:\[\d+\])?")
"""The name of an effect or of a setting, such as `equalisation:spectrum_db[3]`: nothing in it
formats."""


def data_card(plan: Plan, rows: Iterable[ManifestRow], rejected: Sequence[Rejected]) -> str:
    """The card as Markdown with the hub's YAML header.

    Nothing in it depends on the machine or the date, so equal data sets have equal cards.

    Args:
        rows: of the manifest; they are iterated once.
    """
    counts = _Counts.of(rows)
    parts = (
        _header(plan, counts),
        _title(plan, counts),
        _contents(counts),
        _licences(counts),
        _credits(counts),
        _making(plan, counts),
        _knobs(counts),
        _rejections(rejected, left_out(plan, counts.examples, rejected[len(plan.rejected) :])),
        reading(plan),
        LIMITS.format(SEPARATED if counts.separated else ""),
    )
    return "\n".join(part for part in parts if part)


def reading(plan: Plan) -> str:
    """The section of the card on how to read the shards."""
    return READING if plan.store == "both" else READING.replace(FILES, FILES_BEFORE)


@dataclass
class _Range:
    """The number of values of a knob, and the least and the greatest."""

    times: int
    least: float
    most: float


@dataclass(frozen=True)
class _Counts:
    """Totals over all examples, added up row by row.

    Their memory grows with the songs and the kinds of knobs, not with the examples.
    """

    splits: Counter[str] = field(default_factory=Counter)
    licences: Counter[str] = field(default_factory=Counter)
    stems: Counter[str] = field(default_factory=Counter)
    rates: Counter[int] = field(default_factory=Counter)
    samples: Counter[int] = field(default_factory=Counter)
    songs: dict[str, str] = field(default_factory=dict)
    artists: set[str] = field(default_factory=set)
    credits: set[tuple[str, str]] = field(default_factory=set)
    knobs: dict[tuple[str, str], _Range] = field(default_factory=dict)
    facts: SongFacts = field(default_factory=SongFacts)

    @classmethod
    def of(cls, rows: Iterable[ManifestRow]) -> _Counts:
        counts = cls()
        for row in rows:
            counts._add(row)
        return counts

    @property
    def separated(self) -> bool:
        return "residual" in self.stems

    @property
    def examples(self) -> int:
        return self.splits.total()

    @property
    def seconds(self) -> float:
        return sum(count / rate for rate, count in sorted(self.samples.items()))

    def _add(self, row: ManifestRow) -> None:
        self.splits[row["split"]] += 1
        self.licences[row["license"]] += 1
        self.stems.update(row["stems"])
        self.rates[row["rate"]] += 1
        self.samples[row["rate"]] += row["length"]
        self.songs[row["song"]] = sys.intern(row["license"])
        self.artists.add(row["artist"])
        self.facts.add(row)
        if row["attribution"]:
            self.credits.add((row["attribution"], row["license"]))
        for knob in knobs(row["console"]):
            if (value := knob["value"]) is not None:
                key = knob["effect"], knob["knob"]
                known = self.knobs.setdefault(key, _Range(0, value, value))
                known.times += 1
                known.least, known.most = min(known.least, value), max(known.most, value)


def _header(plan: Plan, counts: _Counts) -> str:
    licences = "".join(f"- {for_yaml(licence)}\n" for licence in sorted(counts.licences))
    return (
        "---\n"
        f"pretty_name: {for_yaml(plan.recipe['name'])}\n"
        "task_categories:\n- audio-to-audio\n"
        "tags:\n- music\n- automatic-mixing\n- audio-effect-removal\n- pseudo-multitrack\n"
        "annotations_creators:\n- machine-generated\n"
        f"license: other\nlicense_details:\n{licences}"
        "configs:\n- config_name: examples\n  data_files: manifest.parquet\n"
        "---\n"
    )


def _title(plan: Plan, counts: _Counts) -> str:
    recipe = plan.recipe
    return (
        f"# {for_markdown(recipe['name'])}, version {for_markdown(str(recipe['version']))}\n\n"
        f"{for_markdown(recipe['description'])}\n\n"
        f"{counts.examples} examples, {_duration(counts.seconds)}, of {len(counts.songs)} songs "
        f"by {len(counts.artists)} "
        f"artists. Made by {for_markdown(f'automix_bench {plan.code}')} from the plan "
        f"`{plan.root}`, seed {for_markdown(str(recipe['seed']))}.\n"
    )


def _contents(counts: _Counts) -> str:
    rates = ((f"{rate} Hz", count) for rate, count in counts.rates.items())
    return "\n".join(
        (
            "## What is in it\n",
            _table(("split", "examples"), _escaped(sorted(counts.splits.items()))),
            _table(("rate", "examples"), sorted(rates)),
            _table(("stem", "examples"), _escaped(sorted(counts.stems.items()))),
            _mixes(counts.facts),
        )
    )


def _mixes(facts: SongFacts) -> str:
    """Where the mixes come from, and how far they are from the sums of the stems."""
    lines = [
        (kind, meaning, sum(k == kind for k in facts.songs.values()), facts.examples[kind])
        for kind, meaning in MEANINGS.items()
        if facts.examples[kind]
    ]
    text = _table(("mix in `before`", "which is", "songs", "examples"), lines)
    if facts.stem_sum_db:
        levels = sorted(facts.stem_sum_db.values())
        text += (
            f"\nThe sum of a song's stems differs from its mix by {levels[0]:.1f} to "
            f"{levels[-1]:.1f} dB, in the\nmiddle {levels[len(levels) // 2]:.1f} dB, at the best "
            f"gain, sign and lag (songs measured: {len(levels)}).\n"
        )
    notes = [
        for_markdown(f"{song}: {note}")
        for song in sorted(facts.notes)
        for note in facts.notes[song]
    ]
    more = f"- and {len(notes) - _NOTES_SHOWN} more in the column `song_notes` of the manifest\n"
    shown = [f"- {note}\n" for note in notes[:_NOTES_SHOWN]] + [more] * (len(notes) > _NOTES_SHOWN)
    return text + ("\nNotes on songs:\n\n" + "".join(shown) if notes else "")


def _licences(counts: _Counts) -> str:
    examples, per_song = counts.licences, Counter(counts.songs.values())
    lines = [
        (for_markdown(name), terms(name), per_song[name], examples[name])
        for name in sorted(examples)
    ]
    text = (
        "The licence of an example joins the song's with that of the separator's weights. *Terms* "
        "is a\nrough class: open, non-commercial, no-derivatives (which forbids passing on a data "
        "set of changed\ncopies) or unknown. Only the licence itself says what is allowed.\n"
    )
    table = _table(("licence (SPDX)", "terms", "songs", "examples"), lines)
    notes = "".join(
        f"- {for_markdown(f'{name}: {note}')}\n"
        for name in sorted(examples)
        for note in conflicts(name)
    )
    return f"## Licences\n\n{text}\n{table}" + (f"\n{notes}" if notes else "")


def _credits(counts: _Counts) -> str:
    if not counts.credits:
        return ""
    lines = (f"- {for_markdown(f'{who} ({licence})')}\n" for who, licence in sorted(counts.credits))
    return "## Credits\n\n" + "".join(lines)


def _making(plan: Plan, counts: _Counts) -> str:
    recipe = plan.recipe
    loudness = recipe["loudness_lufs"]
    level = "as released" if loudness is None else f"brought to {loudness:g} LUFS"
    rate = recipe.get("rate")
    return (
        "## How it was made\n\n"
        + ("" if rate is None else RESAMPLED.format(rate))
        + f"Songs are cut into excerpts of {recipe['excerpt_seconds']:g} s. The mix of an excerpt\n"
        f"is {level}, lowered further where anything would peak above\n"
        f"{recipe['headroom_dbtp']:g} dBTP; the gain is stored. `before` holds the stems as they\n"
        f"entered the console and {_mix_text(counts.facts)}; `after` holds what left the\n"
        f"strips, and their sum through the bus. Everything is {plan.bits}-bit, and `after` is "
        "rendered from `before`\n"
        f"as stored.{SUMS_EXACTLY if counts.separated else ''}{_stored(plan)}\n\n"
        f"The separator:\n\n```json\n{for_json(pretty(plan.separator))}```\n\n"
        f"The recipe, without paths:\n\n```json\n{for_json(pretty(recipe))}```\n"
    )


def _mix_text(facts: SongFacts) -> str:
    """What `before` holds as the mix."""
    if not facts.examples["sum"]:
        return "the mix as released"
    return "their sum" if set(facts.examples) == {"sum"} else "the mix as released, or their sum"


def _stored(plan: Plan) -> str:
    text = "" if plan.store == "both" else STORED_BEFORE
    return text + (MANY_CONSOLES.format(plan.consoles) if plan.consoles > 1 else "")


def _knobs(counts: _Counts) -> str:
    if not counts.knobs:
        return ""
    lines = [
        (
            _setting(effect),
            _setting(knob),
            values.times,
            f"{values.least:.4g}",
            f"{values.most:.4g}",
        )
        for (effect, knob), values in sorted(counts.knobs.items(), key=lambda item: item[0])
    ]
    return "## Knobs as drawn\n\n" + _table(("effect", "knob", "times", "least", "most"), lines)


def _rejections(rejected: Sequence[Rejected], lacking: LeftOut) -> str:
    lines = "".join(f"- {line}\n" for line in lacking.lines())
    text = f"{lines}\n" if lines else ""
    if not rejected:
        return f"## Rejected\n\n{text}Nothing was rejected.\n"
    shown = [(for_markdown(r.item), for_markdown(r.reason)) for r in rejected[:50]]
    more = len(rejected) - len(shown)
    rest = f"\n… and {more} more in `rejected.parquet`.\n" if more else ""
    return f"## Rejected\n\n{text}" + _table(("item", "reason"), shown) + rest


def _table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join("| " + " | ".join(str(cell) for cell in row) + " |\n" for row in rows)


def _setting(name: str) -> str:
    return name if _PLAIN_SETTING.fullmatch(name) else for_markdown(name)


def _escaped(lines: Iterable[tuple[str, int]]) -> Iterable[tuple[str, int]]:
    """Lines of a table with a stranger's name each, and a count."""
    return ((for_markdown(name), count) for name, count in lines)


def _duration(seconds: float) -> str:
    minutes = seconds / 60.0
    return f"{minutes / 60.0:.2f} hours" if minutes >= 90.0 else f"{minutes:.1f} minutes"


FILES = """`<id>.json` with every setting and
`<id>.<before|after>.<stem>.flac`; stems differ between examples."""

FILES_BEFORE = """`<id>.json` with every setting and
`<id>.before.<stem>.flac`; stems differ between examples. Where one excerpt has several examples,
the first one has the sounds of all; the JSON of the others names it as `before_of`."""

READING = f"""## How to read it

```python
from pathlib import Path
from automix_bench.dataset import Dataset

example = Dataset(Path("."))[0]
example.before.stems, example.console, example.after.mix
```

The shards are plain tar files in the WebDataset layout: {FILES} `manifest.parquet` has a row per
example, all splits together, with a column `split`; `rejected.parquet` says what was left out and
why; `automix-bench verify` checks all of it.
"""

RESAMPLED = """Songs of other rates were first resampled to {} Hz (soxr, VHQ), mix and
stems alike; the column `song_notes` names the rate that a song had.
"""

STORED_BEFORE = """
The shards hold `before` alone. `after` is rendered when an example is read; the hash of its samples
is `after_sha256` in the settings of the example."""

MANY_CONSOLES = """
Every excerpt is played through {} consoles, all at one gain; each makes an example."""

SUMS_EXACTLY = " Stems of separated songs, `residual` among them,\nsum to the stored mix exactly."

SEPARATED = "Separated stems carry the separator's errors: a model may learn them. "

LIMITS = """## Limits

{}Songs from lossy files keep the errors of lossy coding.
No effects occur but those named above. All songs of an artist are in one split, as far as artists
are named: a song without an artist's tag and outside an artist's folder counts as an artist of its
own. A stem that is silent in an excerpt is not among its stems.
"""
