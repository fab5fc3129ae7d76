"""Write the page on the metric that ranks: which metrics are fit to, measured on the same pairs.

    python docs/_build/ranking_page.py                      the built-in pairs, ten of them
    python docs/_build/ranking_page.py --songs MULTITRACKS  also the stems of a folder of multitracks

Metrics whose package is not installed are left out. Half an hour on one core, most of it ViSQOL and
Zimtohrli. The figures are kept in `ranking.json` beside the page, metric by metric: delete them to
measure anew, and give `--text` to write only the page.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from automix_bench.catalogue.metrics import metric_named, not_installed
from automix_bench.proofs.eligibility import eligibility
from automix_bench.proofs.pairs import Pairs, pairs_of, proof_pairs
from automix_bench.sources.stems_folder import StemsFolder

DOCS = Path(__file__).parent.parent
PAGE, FIGURES = DOCS / "ranking.md", DOCS / "ranking.json"
METRICS = (
    "audible_distance",
    "mrstft",
    "zimtohrli",
    "visqol",
    "third_octave_distance",
    "multi_mel_snr",
    "si_sdr",
)
SONGS = 8
TITLES = {
    "built_in": "The stems of a real clip (separated) and of two composed songs, and their mixes, 4 s each",
    "songs": "The stems and mixes of {count} real multitracks, 4 s each",
}
HEAD = """<!-- Written by docs/_build/ranking_page.py: change it there, not here. -->

# The metric that ranks

The first metric of a task ranks its board, so it must not misorder what people hear. It may stand first only if it passes these proofs, which
`automix-bench metric NAME` runs for any metric, also one of your own, and the tests run for ours (`automix_bench/proofs/eligibility.py`):

1. **What nobody hears costs nearly nothing.** Noise at −80 dBFS on a perfect answer, and rounding it to 16 bits, each cost under 2 % of the way from floor to ceiling.
2. **A near-perfect answer is better than one with effects**, in every pair: with that noise, with that rounding, and with an error 46 dB below the sound that has its spectrum.
3. **Grades are in order**: in at least 98 % of neighbouring grades of each degradation that the metric's card claims to see, on every stem and mix.
4. **No trick pays.** Silence, a low-pass (8 and 2 kHz) or a gain away from the level of the target (±6 dB) makes neither an answer with effects nor a near-perfect one better, beyond 2 % of its distance and a tenth of a step.

A task whose first metric does not claim this (`ranks=True` on its card) is refused.

`mrstft`, multi-resolution STFT distance as in auraloss, ranked our boards until version 2 of the tasks. It fails the first two. Its logarithm counts bands that are nearly
empty as much as those that sound. [`audible_distance`](metrics/spectrum.md#audible_distance) ranks now. `mrstft` stays as a column.

## Level

`audible_distance` brings each answer to the level of its target, so level does not count in the ranking. A model cannot know the level of the target: recipes aim at one
loudness, and the headroom then lowers whole examples. `loudness_error` has its own column. Every board says which holds.

## As a loss

`automix_bench.torch.AudibleDistance` is the same metric on tensors, with gradients everywhere; it agrees with the metric to 2 parts in 10,000 (a test).

```python
import torch
from automix_bench.torch import AudibleDistance

loss = AudibleDistance(44_100)
target = torch.randn(2, 2, 44_100) * 0.1  # batch, channels, samples
estimate = (0.5 * target).requires_grad_()
loss(estimate, target).mean().backward()
```

It does not see level: add a term for it where your model sets one.

## Measured

Each row is a metric on the same pairs. A cell has what was found; bold where the proof fails. The first two columns are the share of the way from floor to ceiling that is lost, the
larger of both tasks. The others count: pairs in the right order, the least share of grades in order among the degradations that the metric's card claims (`–`: it claims none), and
answers that a trick did not improve.
"""


def measure(pairs: Pairs, figures: dict[str, Any], key: str, songs: int) -> None:
    """Measure the criteria of every metric that is installed, and write them one by one; those that
    are there already stay."""
    count = len(pairs.effect_removal) + len(pairs.mixing)
    figures.setdefault(key, {"count": songs, "pairs": count, "metrics": {}})
    found = figures[key]["metrics"]
    for name in METRICS:
        metric = metric_named(name)
        if name in found:
            continue
        if not_installed(metric):
            print(f"{name}: not installed", file=sys.stderr)
            continue
        found[name] = [asdict(one) for one in eligibility(metric, pairs)]
        print(name, [one["cell"] for one in found[name]], file=sys.stderr, flush=True)
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n")


def fewer(pairs: Pairs, stems: int = 8, mixes: int = 2) -> Pairs:
    """Some of the pairs, spread over all songs."""
    steps = [max(len(every) // n, 1) for every, n in zip((pairs.effect_removal, pairs.mixing), (stems, mixes), strict=True)]
    return Pairs(pairs.effect_removal[:: steps[0]][:stems], pairs.mixing[:: steps[1]][:mixes])


def table(of_metrics: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table in Markdown."""
    heads = [one["name"] for one in next(iter(of_metrics.values()))]
    yield "| metric | " + " | ".join(heads) + " |"
    yield "| --- |" + " --- |" * len(heads)
    for name, criteria in of_metrics.items():
        cells = [one["cell"] if one["holds"] else f"**{one['cell']}**" for one in criteria]
        yield f"| `{name}` | " + " | ".join(cells) + " |"


def text(figures: Mapping[str, Any]) -> str:
    """The page."""
    parts = [HEAD]
    for key, title in TITLES.items():
        if key in figures:
            shown = title.format(count=figures[key]["count"])
            parts.append(f"**{shown}** ({figures[key]['pairs']} pairs).\n")
            of_metrics = {n: figures[key]["metrics"][n] for n in METRICS if n in figures[key]["metrics"]}
            parts.append("\n".join(table(of_metrics)) + "\n")
    return "\n".join(parts)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=Path, help="a folder of multitracks")
    parser.add_argument("--text", action="store_true", help="only write the page anew")
    args = parser.parse_args()
    figures = json.loads(FIGURES.read_text()) if FIGURES.is_file() else {}
    if not args.text:
        measure(fewer(proof_pairs()), figures, "built_in", 3)
    if args.songs:
        source = StemsFolder(args.songs)
        listings = source.catalogue().listings[:SONGS]
        pairs = fewer(pairs_of(source.load(one) for one in listings))
        measure(pairs, figures, "songs", len(listings))
    PAGE.write_text(text(figures), encoding="utf-8")


if __name__ == "__main__":
    main()
