"""Write a page about a data set: charts and tables in one HTML file that needs no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from automix_bench.charts import svg
from automix_bench.charts.svg import Axis
from automix_bench.dataset.manifest import ManifestRow
from automix_bench.dataset.plan import Plan, read_plan
from automix_bench.dataset.reader import Dataset
from automix_bench.dataset.song_facts import MEANINGS, SongFacts
from automix_bench.dsp.severity import BINS
from automix_bench.dsp.traits import CENTRES_HZ
from automix_bench.executor import Progress, silent
from automix_bench.files.atomic import write_whole
from automix_bench.licence import terms
from automix_bench.pages.dataset_measures import (
    EXAMPLES_DECODED,
    AudioMeasures,
    Knobs,
    by_split,
    knobs_of,
    measure_audio,
    rejected_of,
    stem_severities,
)
from automix_bench.pages.dataset_sounds import HEARD, SECONDS, heard_examples
from automix_bench.pages.mixing_desk import FADER_DB
from automix_bench.pages.template import filled

_ROLES_SHOWN = svg.COLOURS
_REJECTED_SHOWN = 30
_NOTES_SHOWN = 50
_HEARD = (
    f"Examples from the one that its console changes least to the one that it changes most, up to "
    f"{SECONDS:g} s of each where it is loudest: the mix, and the stems with most effects. Sounds "
    "are switched without a gap and at equal loudness; 1 and 2 choose, space plays."
)
_LOGARITHMIC = ("_hz", "_ms", "_seconds", "ratio", "q")


@dataclass(frozen=True)
class PagePanel:
    """A chart or a table with its title. A broad one takes two columns of the page."""

    title: str
    content: Markup
    broad: bool = False


@dataclass(frozen=True)
class PageSection:
    """A heading, an optional note, and panels."""

    title: str
    panels: tuple[PagePanel, ...]
    note: str = ""


@dataclass(frozen=True)
class EffectPanels:
    """An effect, the number of times it is used, and a panel for each of its settings."""

    name: str
    count: int
    panels: tuple[PagePanel, ...]


def dataset_report(
    folder: Path,
    path: Path,
    *,
    examples_decoded: int = EXAMPLES_DECODED,
    examples_heard: int = HEARD,
    progress: Progress = silent,
) -> None:
    """Write the page about the data set in `folder` to `path`.

    Counts, levels, severities and settings cover all examples. Spectra, residuals and correlations
    need the audio of examples; they cover at most `examples_decoded`. Equal data sets give equal
    pages.

    Args:
        examples_decoded: the number of examples that are decoded; 0 leaves out what needs audio.
        examples_heard: the number of examples whose sounds are on the page.

    Raises:
        UsageError: `examples_decoded` or `examples_heard` is less than 0.
        DatasetError: the folder holds no finished data set, or the data set is damaged.
        DiskFull: there is no room.
    """
    dataset, plan = Dataset(folder), read_plan(folder)
    rows = dataset.rows
    measures = measure_audio(dataset, examples_decoded, progress)
    knobs, rejected = knobs_of(rows), rejected_of(folder)
    page = filled(
        "dataset.html",
        **{key: plan.recipe[key] for key in ("name", "version", "seed", "description")},
        tiles=_tiles(rows),
        code=plan.code,
        plan_root=plan.root,
        fingerprint=dataset.fingerprint,
        sections=[
            _contents(plan, rows),
            _mixes(rows),
            _levels(rows),
            _severities(rows),
            *(_audio(measures, len(rows)) if measures is not None else ()),
            _effects(knobs),
        ],
        effects=[_settings(knobs, effect) for effect in sorted(knobs.effects)],
        licences=_licences(rows),
        rejected=_table(("item", "reason"), rejected[:_REJECTED_SHOWN]) if rejected else "",
        rejected_unlisted=len(rejected) - _REJECTED_SHOWN,
        heard=heard_examples(dataset, examples_heard),
        heard_note=_HEARD,
        marks=FADER_DB,
    )
    write_whole(path, page.encode())


def _tiles(rows: Sequence[ManifestRow]) -> dict[str, str]:
    """The numbers at the top of the page, by label."""
    seconds = sum(row["length"] / row["rate"] for row in rows)
    return {
        "examples": f"{len(rows)}",
        "hours of mixes": f"{seconds / 3600.0:.2f}",
        "songs": f"{len({row['song'] for row in rows})}",
        "artists": f"{len({row['artist'] for row in rows})}",
        "stems per example": f"{sum(len(row['stems']) for row in rows) / len(rows):.1f}",
    }


def _contents(plan: Plan, rows: Sequence[ManifestRow]) -> PageSection:
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
        "Contents",
        ("Splits", _table(head, lines)),
        ("Length of the songs", svg.histogram({"": lengths}, "seconds", count="songs")),
        ("Songs by number of examples", svg.bars(_counted(per_song.values()))),
        ("Examples that have each stem", svg.bars(dict(stems.most_common(20)))),
        (
            "Examples by number of stems",
            svg.bars(_counted(len(row["stems"]) for row in rows)),
        ),
        ("Examples by sample rate", svg.bars(_counted(f"{row['rate']} Hz" for row in rows))),
    )


def _mixes(rows: Sequence[ManifestRow]) -> PageSection:
    """Where the mixes come from, and how far they are from the sums of the stems."""
    facts = SongFacts.of(rows)
    lines = [
        (kind, MEANINGS[kind], count, facts.examples[kind])
        for kind, count in facts.song_counts.items()
    ]
    notes = [(song, note) for song in sorted(facts.notes) for note in facts.notes[song]]
    panels = [("Kinds of mixes", _table(("mix", "which is", "songs", "examples"), lines))]
    if facts.stem_sum_db:
        levels = {"": list(facts.stem_sum_db.values())}
        chart = svg.histogram(levels, "difference relative to the mix, dB", count="songs")
        panels.append(("Sum of the stems against the mix", chart))
    if notes:
        panels.append(("Notes on songs", _table(("song", "note"), notes[:_NOTES_SHOWN])))
    unlisted = f" {len(notes) - _NOTES_SHOWN} more notes are in manifest.parquet."
    return _section(
        "Mixes",
        *panels,
        note="The mix that entered the console: released, or the plain sum of the stems. The "
        "difference is taken at the best gain, sign and lag; -120 dB stands for that or less."
        + unlisted
        * (len(notes) > _NOTES_SHOWN),
    )


def _levels(rows: Sequence[ManifestRow]) -> PageSection:
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
            "Loudness before and after",
            svg.points(pairs, Axis("before, LUFS", low, high), Axis("after, LUFS", low, high)),
        ),
        (
            "Gain from song to example",
            svg.histogram({"": [row["gain_db"] for row in rows]}, "dB"),
        ),
    )


def _severities(rows: Sequence[ManifestRow]) -> PageSection:
    bins = Counter(row["mix_severity"] for row in rows)
    stems = stem_severities(rows)
    every = [severity for of in stems.values() for severity in of]
    medians = {name: round(sorted(of)[len(of) // 2], 2) for name, of in stems.items()}
    return _section(
        "How much the consoles change the sound",
        (
            "Severity of the mixes",
            svg.histogram({"": [row["mix_severity_db"] for row in rows]}, "severity, dB"),
        ),
        ("Mixes by severity", svg.bars({name: bins[name] for name, _ in BINS})),
        (
            "Severity of the stems",
            svg.histogram({"": every}, "severity, dB", count="stems"),
        ),
        ("Median severity of each role", svg.bars(medians, " dB")),
    )


def _audio(measures: AudioMeasures, examples: int) -> tuple[PageSection, PageSection]:
    """What needs the audio of examples."""
    share = f"Measured on {measures.examples} of {examples} examples"
    across = Axis("Hz", 20.0, 20_000.0, log=True)
    up = Axis("dB re the whole, third octaves", -50, 0)
    by_count = sorted(measures.level_db, key=lambda name: (-len(measures.level_db[name]), name))
    roles = ["mix", *by_count][:_ROLES_SHOWN]

    def spectra(of: Mapping[str, Any]) -> Markup:
        shown = {name: list(of[name]) for name in roles if name in of}
        return svg.lines(shown, list(CENTRES_HZ), across, up)

    below = {
        name: -round(sum(levels) / len(levels), 1) for name, levels in measures.level_db.items()
    }
    residual = (
        svg.histogram({"": list(measures.residual_db)}, "residual relative to the mix, dB")
        if measures.residual_db
        else svg.text_instead("These songs have stems of their own; nothing was separated.")
    )
    return (
        _section(
            "Long-term spectra",
            ("Before the console", spectra(measures.before)),
            ("After the console", spectra(measures.after)),
            note=f"{share}. A line is the mean over the mixes, or over the stems of a role. Of the "
            f"roles, the {_ROLES_SHOWN - 1} most frequent are shown.",
        ),
        _section(
            "Stems compared with each other",
            ("Residual: the part of the mix that is in no stem", residual),
            ("Mean correlation |r| of two stems", _matrix(measures.correlation)),
            ("Mean level below the mix", svg.bars(below, " dB")),
            note=f"{share}, before the console. The stems of a good separation have little in "
            "common. A high correlation means that one sound is in both stems, as with two "
            "microphones on one drum.",
        ),
    )


def _effects(knobs: Knobs) -> PageSection:
    return _section(
        "Effects",
        ("Uses of each effect", svg.bars(knobs.effects)),
        (
            "Chains by number of effects, without empty chains",
            svg.bars(_counted(knobs.chain_lengths)),
        ),
    )


def _settings(knobs: Knobs, effect: str) -> EffectPanels:
    numbers = [
        PagePanel(knob, svg.histogram({"": values}, knob, log=_log(knob, values), count="times"))
        for (name, knob), values in knobs.numbers.items()
        if name == effect
    ]
    texts = [
        PagePanel(knob, svg.bars(words))
        for (name, knob), words in knobs.texts.items()
        if name == effect
    ]
    return EffectPanels(effect, knobs.effects[effect], (*numbers, *texts))


def _log(knob: str, values: Sequence[float]) -> bool:
    return knob.endswith(_LOGARITHMIC) and min(values) > 0.0 and max(values) > 4.0 * min(values)


def _licences(rows: Sequence[ManifestRow]) -> PagePanel:
    songs = Counter({row["song"]: row["license"] for row in rows}.values())
    examples = Counter(row["license"] for row in rows)
    lines = [
        (name or "no licence was required", terms(name), songs[name], examples[name])
        for name in sorted(examples)
    ]
    return PagePanel(
        "Licences of songs and examples",
        _table(("licence (SPDX)", "terms", "songs", "examples"), lines),
        True,
    )


def _counted(values: Iterable[Any]) -> dict[str, float]:
    return {str(value): count for value, count in sorted(Counter(values).items())}


def _section(title: str, *panels: tuple[str, Markup], note: str = "") -> PageSection:
    return PageSection(
        title,
        tuple(PagePanel(name, content, "<table" in content) for name, content in panels),
        note,
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Markup:
    return Markup(filled("table.html", head=head, rows=rows))


def _matrix(values: Mapping[tuple[str, str], float]) -> Markup:
    """A square table of values that belong to two names in either order."""
    if not values:
        return svg.text_instead("No example has two stems.")
    both_ways = {**values, **{(second, first): v for (first, second), v in values.items()}}
    names = sorted({name for pair in values for name in pair})
    return Markup(filled("matrix.html", names=names, values=both_ways))
