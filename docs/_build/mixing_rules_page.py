"""Write the page on the rules of the knowledge-based mixer: each with what it is worth, measured.

    python docs/_build/mixing_rules_page.py          makes the songs, measures, writes: half an hour
    python docs/_build/mixing_rules_page.py --text   writes the page from the figures beside it

The figures are kept in `mixing-rules.json`, model by model: delete them to measure anew.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automix_bench.audio import amplitude
from automix_bench.catalogue.tasks import task_named
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.memo import sharing
from automix_bench.example import Example
from automix_bench.making.make import make
from automix_bench.metric import Metric
from automix_bench.model import Model
from automix_bench.models.best_of_n_random import BestOfNRandom
from automix_bench.models.equal_loudness import EqualLoudness
from automix_bench.models.fx_normalised_mix import FxNormalisedMix
from automix_bench.models.knowledge_based import KnowledgeBased
from automix_bench.models.plain_sum import PlainSum
from automix_bench.models.random_mix import RandomMix
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.sampling import rng_for
from automix_bench.statistics.significance import Paired, holm, paired
from automix_bench.task_parts.sections import section

DOCS = Path(__file__).parent.parent
PAGE, FIGURES = DOCS / "mixing-rules.md", DOCS / "mixing-rules.json"
SETTINGS = ("count=64", "song_seconds=24", "seconds=10", "per_song=1")
SPREAD_DB = 18.0
MIXER = "knowledge_based"
FLOOR, FADERS = "plain_sum", "equal_loudness"
ORDER = ((MIXER, FADERS), (FADERS, FLOOR), (MIXER, FLOOR))
"""Pairs of models of which the first should be nearer."""


@dataclass(frozen=True)
class Rule:
    """A switch of `KnowledgeBased`: what it does, and whose rule it is."""

    what: str
    source: str


RULES = {
    "levels": Rule("every track equally loud", "Perez-Gonzalez & Reiss 2009"),
    "modified": Rule("loudness of tracks with more weight on highs", "Pestana, Reiss & Barbosa 2013"),
    "band_limited": Rule("loudness in the octaves where a track stands out, in its place", "after Ward, Reiss & Athwal 2012"),
    "bleed_aware": Rule("loudness of drums without what microphones hear of each other, in its place", "after Moffat & Sandler 2019"),
    "roles": Rule("some roles louder than others", "Wichern et al. 2015; Vanka et al. 2024"),
    "low_cut": Rule("a high pass under what a track plays", "Pestana & Reiss 2014"),
    "masking": Rule("a track cut where it masks others and has little to lose", "Hafezi & Reiss 2015"),
    "compression": Rule("compressors set from the signal", "Giannoulis, Massberg & Reiss 2013; Ma et al. 2015"),
    "panning": Rule("low tracks in the middle, others apart", "Perez-Gonzalez & Reiss 2010; Mansbridge, Finn & Reiss 2012"),
    "reverb": Rule("sends to a room by role, return at -14 LU", "De Man, McNally & Reiss 2017"),
    "balance": Rule("an equaliser on the bus towards the spectrum of released music", "Ma, Reiss & Black 2013; Pestana et al. 2013"),
    "glue": Rule("a compressor on the bus", "Giannoulis, Massberg & Reiss 2013"),
}

HEAD = """<!-- Written by docs/_build/mixing_rules_page.py: change it there, not here. -->

# The rules of the knowledge-based mixer

`knowledge_based` mixes by rules of the literature. Each is a file in [`automix_bench/mixing_rules/`](../automix_bench/mixing_rules/__init__.py), with its equation and source, and a switch:

```python
from automix_bench.models.knowledge_based import KnowledgeBased

without_room = KnowledgeBased(reverb=False)
```

The answer holds the console: every fader, pan, send and compressor. Rendered, it is the mix (a test). The numbers in the rules are those of the sources where those state any; where they are ours,
or quoted from memory, the rule says so.

## How it was measured

By `python docs/_build/mixing_rules_page.py`, on {songs} composed songs (`raw_multitrack`, 10 s of each): dry tracks in, the mix of the songs' engineer wanted. The engineer's rules are other code that no model
may import. The measure is the first metric of `mixing_raw`, `audible_distance` in dB: lower is better, level does not count. Differences are paired by song, with 95 % intervals over songs; p is of sign flips,
after Holm's correction over all tests of a table.

Which rules are on, and four of their numbers, were chosen on 32 other songs (numbers 4000 to 4031 of the composer; here are 0 to {last}): the bus equaliser was weakened there from a half to a quarter, masking and compression
were weakened, and switched off as they still did not help. The bus equaliser (`balance`) helped there by 0.06 dB and not at all on these songs (0.00 dB), so it is off too; that one choice was made here. The composer and its engineer are one piece of software with one taste: that a rule helps here does not show that it helps on your music.
Songs are taken as independent, though two in a row are of one band. Composed drums have no bleed, so `bleed_aware` has nothing to win here.
"""


@dataclass(frozen=True)
class Part:
    """Models that are measured on each example, which is changed before."""

    key: str
    of: Callable[[Example], Example]
    models: Mapping[str, Model]


def measured_parts() -> tuple[Part, ...]:
    """Everything that is measured."""
    on = KnowledgeBased()
    switched = {f"{MIXER} {name}": replace(on, **{name: not getattr(on, name)}) for name in RULES if name != "levels"}
    main: dict[str, Model] = {FLOOR: PlainSum(), FADERS: EqualLoudness(), MIXER: on}
    others: dict[str, Model] = {
        "random_mix": RandomMix(),
        "best_of_n_random": BestOfNRandom(),
        "fx_normalised_mix": FxNormalisedMix(),
    }
    return (
        Part("recorded", as_recorded, {**main, **others}),
        Part("uneven", unevenly_recorded, main),
        Part("ablation", first_half, {MIXER: on, **switched}),
    )


def as_recorded(example: Example) -> Example:
    """The example as it is."""
    return example


def unevenly_recorded(example: Example) -> Example:
    """With a random gain for each track, as the setting `input_gain_db` of the recipe draws it."""
    rng = rng_for(0, "input gains", example.id)
    stems = {name: stem.scaled(amplitude(rng.uniform(-SPREAD_DB, SPREAD_DB))) for name, stem in sorted(example.after.stems.items())}
    return replace(example, after=replace(example.after, stems=stems))


def first_half(example: Example) -> Example:
    """The first half of the excerpt."""
    before, after = (section(song, 0, 2) for song in (example.before, example.after))
    return replace(example, before=before, after=after)


def measure(data: Dataset, parts: Sequence[Part], figures: dict[str, Any]) -> None:
    """The distance of each model's mix of each song, written song by song; what is there stays."""
    task = task_named("mixing_raw")
    metric = task.metrics[0]
    assert isinstance(metric, Metric)
    for number in range(len(data)):
        example = data[number]
        for part in parts:
            of_song = figures.setdefault(part.key, {}).setdefault(example.song, {})
            changed = part.of(example)
            brief, target = task.brief(changed), task.wanted(changed).stems
            with sharing():
                for name, model in part.models.items():
                    if name not in of_song:
                        mix = {"mix": model(brief).stems["mix"]}
                        of_song[name] = round(metric.of_stems(references=target, estimates=mix)["mix"], 4)
        FIGURES.write_text(json.dumps(figures, indent=0, sort_keys=True) + "\n")
        print(example.song, figures["recorded"][example.song], file=sys.stderr, flush=True)


def compared(figures: Mapping[str, Any], pairs: Sequence[tuple[str, str]]) -> list[tuple[Paired, float]]:
    """For each pair: by how much the first is nearer to the target, and p after Holm's correction."""
    results = [
        paired({song: [of[other] - of[one]] for song, of in figures.items()}, seed="mixing rules", tests=len(pairs))
        for one, other in pairs
    ]
    return list(zip(results, holm([result.p for result in results]), strict=True))


def mean(figures: Mapping[str, Any], name: str) -> float:
    """The mean distance of a model over songs."""
    values = [float(of[name]) for of in figures.values()]
    return sum(values) / len(values)


def cells(result: Paired, p: float) -> str:
    """A difference with its interval, p, and the songs won."""
    difference = result.difference
    return f"{difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f}) | {p_text(p)} | {result.won} of {len(result.songs)}"


def p_text(p: float) -> str:
    """p, to two digits."""
    return f"{p:.2g}" if p >= 0.001 else "< 0.001"


def boards(figures: Mapping[str, Any]) -> Iterator[str]:
    """The models, and the two tests that matter, on both kinds of songs."""
    for title, key in (("As recorded", "recorded"), ("With random input gains", "uneven")):
        of_songs = figures[key]
        yield f"\n### {title}\n"
        yield "| model | `audible_distance`, dB |"
        yield "| --- | ---: |"
        names = next(iter(of_songs.values()))
        for name in sorted((n for n in names if " " not in n), key=lambda name: mean(of_songs, name)):
            yield f"| `{name}` | {mean(of_songs, name):.3f} |"
        yield "\n| nearer by, dB | | p (Holm) | songs won |"
        yield "| --- | --- | --- | --- |"
        for (one, other), (result, p) in zip(ORDER, compared(of_songs, ORDER), strict=True):
            yield f"| `{one}` than `{other}` | {cells(result, p)} |"


def switches(figures: Mapping[str, Any]) -> list[tuple[str, tuple[Paired, float]]]:
    """For each rule: by how much a mix is nearer with it, all others at their default, and p."""
    names, on = [name for name in RULES if name != "levels"], KnowledgeBased()
    pairs = [(MIXER, f"{MIXER} {name}") if getattr(on, name) else (f"{MIXER} {name}", MIXER) for name in names]
    return list(zip(names, compared(figures["ablation"], pairs), strict=True))


def ablation(figures: Mapping[str, Any]) -> Iterator[str]:
    """What each rule is worth, as a table."""
    yield "| switch | what it does | after | default | nearer with it by, dB | p (Holm) | songs won |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for name, (result, p) in switches(figures):
        rule = RULES[name]
        default = "on" if getattr(KnowledgeBased(), name) else "off"
        yield f"| `{name}` | {rule.what} | {rule.source} | {default} | {cells(result, p)} |"


def text(figures: Mapping[str, Any]) -> str:
    """The page."""
    songs = len(figures["recorded"])
    return "\n".join(
        [
            HEAD.format(songs=songs, last=songs - 1),
            "## Against other models",
            *boards(figures),
            "\nComposed tracks peak between -12 and -3 dBFS, so their levels are nearly a balance, and a plain sum is a good mix of them. Random input gains within 18 dB either way (as the",
            "setting `input_gain_db=18` of the recipe gives them) take that help away from it, and leave the others where they were.\n",
            "## What each rule is worth\n",
            "One switch is turned at a time, all others stay at their default; on the first half of each excerpt. Positive: the mix is nearer to the engineer's with the rule.\n",
            *ablation(figures),
            "",
        ]
    )


def main() -> None:
    """Make the songs, measure, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", action="store_true", help="only write the page anew")
    parser.add_argument("--data", type=Path, help="a folder that keeps the songs")
    args = parser.parse_args()
    figures = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    if not args.text:
        with tempfile.TemporaryDirectory() as folder:
            root = args.data or Path(folder)
            made = make(recipe_from("raw_multitrack", list(SETTINGS)), root / "recorded")
            measure(Dataset(made.folder), measured_parts(), figures)
    PAGE.write_text(text(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
