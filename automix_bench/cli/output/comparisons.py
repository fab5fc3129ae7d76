"""Print comparisons of models, scores by stratum, and sample sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import inf, isnan

from automix_bench.charts.number_text import interval, p_text, percent
from automix_bench.cli.output.tables import TableRow, columns, print_table
from automix_bench.cli.output.terminal import (
    console,
    count_text,
    message,
    no_interval,
    print_json,
    print_line,
    unit_text,
)
from automix_bench.evaluation.claim import ClaimTest
from automix_bench.evaluation.compare import EVERYTHING, Comparison, ModelDifference
from automix_bench.evaluation.sample_size import SampleSize
from automix_bench.evaluation.strata import StratumScore
from automix_bench.untrusted.claim_record import Claim
from automix_bench.untrusted.shown import for_terminal

NAMED = 2
"""How many songs are named at each end of a difference."""


def show_comparison(comparison: Comparison, as_json: bool) -> None:
    """Print which model is better, by how much, how surely, and on which songs."""
    if as_json:
        print_json(comparison.to_json())
        return
    by_part = any(d.stratum != EVERYTHING for d in comparison.differences)
    deducible = ("behind",) if len(comparison.models) == 2 else ()
    heads = columns(
        *(("metric", "in") if by_part else ("metric",)),
        *("ahead", "behind", "by", "unit", "p (Holm)", "effect"),
        *("songs won", "most on", "least on"),
        right=("by", "p (Holm)", "effect"),
        spare=("least on", "most on", "songs won", "effect", "unit", "p (Holm)", *deducible),
    )
    rows = []
    for d in comparison.differences:
        names = (d.metric, d.stratum) if by_part else (d.metric,)
        rows.append(TableRow((*names, *_cells(d)), "" if d.sure else "dim"))
    terminal = console()
    title = f"{comparison.task}: {' against '.join(comparison.models)}"
    terminal.print(title)
    print_table(heads, rows)
    for line in _verdict(comparison):
        terminal.print(line)


def _cells(d: ModelDifference) -> tuple[str, ...]:
    paired, songs = d.paired, list(d.paired.songs.items())
    ends = [songs[:NAMED], songs[::-1][:NAMED]]
    most, least = (", ".join(f"{song} {by:+.2f}" for song, by in end) for end in ends)
    effect = "–" if isnan(paired.effect) else f"{paired.effect:.2f}"
    won = f"{paired.won} of {len(songs)}"
    by = interval(paired.difference)
    return d.one, d.other, by, unit_text(d.unit), p_text(d.p), effect, won, most, least


def _verdict(comparison: Comparison) -> list[str]:
    sure = [d for d in comparison.differences if d.sure]
    questions = count_text(comparison.tests, "comparison")
    lines = [
        f"{d.one} is better than {d.other} in {d.metric}"
        f"{'' if d.stratum == EVERYTHING else f' ({d.stratum})'}, by "
        f"{interval(d.paired.difference)} {unit_text(d.unit)}".rstrip()
        + f", p {p_text(d.p)}"
        for d in sure
    ] or ["No difference is sure."]
    if comparison.hopeless:
        lines.append(
            f"{comparison.songs} songs are too few for a sure difference in {questions}: compare "
            "fewer metrics (--metric), or use more songs."
        )
    lines += [
        f"Not compared: {metric}, of which {' and '.join(models)} "
        f"{'has' if len(models) == 1 else 'have'} no scores."
        for metric, models in comparison.lacking.items()
    ]
    lines.append(comparison.about())
    return lines


def show_strata(model: str, by: str, scores: Sequence[StratumScore], as_json: bool) -> None:
    """Print a model's means on each part of the data, a line for each metric and part."""
    if as_json:
        print_json({"model": model, "by": by, "strata": [asdict(score) for score in scores]})
        return
    heads = columns(
        *("metric", "unit", "stratum", "mean", "songs", "scores", "failed"),
        right=("mean", "songs", "scores", "failed"),
        spare=("scores", "songs", "unit", "failed"),
    )
    rows = []
    for s in scores:
        counts = (str(s.estimate.songs), str(s.cells), str(s.failed))
        cells = (s.metric, unit_text(s.unit), s.stratum, interval(s.estimate), *counts)
        rows.append(TableRow(cells))
    terminal = console()
    terminal.print(f"{model}, by stratum")
    print_table(heads, rows)
    if any(s.estimate.songs < 2 for s in scores):
        terminal.print(f"{no_interval(1).capitalize()}.")


def show_sample_size(size: SampleSize, as_json: bool, claim: Claim | None = None) -> None:
    """Print how many songs it takes to find a difference, and what the present songs can find.

    Args:
        claim: what was claimed with it; for JSON alone.
    """
    if as_json:
        print_json(size.to_json() | ({} if claim is None else {"claim": claim}))
        return
    c, models = size.components, " and ".join(size.models)
    if len(size.models) == 1:
        models += " (as if the other model were unrelated to it, which overestimates the songs)"
    rows = [
        TableRow((str(clips), "over a million" if songs == inf else f"{songs:.0f}"))
        for clips, songs in size.needed.items()
    ]
    within = "not known (one clip a song)" if isnan(c.within) else _in(c.within**0.5, size.unit)
    terminal = console()
    difference = _in(size.difference, size.unit)
    terminal.print(f"Songs to find a difference of {difference} in {size.metric}")
    print_table(columns("clips per song", "songs", right=("clips per song", "songs")), rows)
    terminal.print(
        f"For a power of 80 % at a level of 5 %, from the scores of {models}. Standard deviation "
        f"between songs {_in(c.between**0.5, size.unit)}, within {within}."
    )
    terminal.print(
        f"The present {c.songs} songs of {c.clips:.3g} clips find it with a power of "
        f"{percent(size.power)}; the smallest difference they find with 80 % is "
        f"{_in(size.least, size.unit)}."
    )


def show_claim(claim: Claim, path: str) -> None:
    """Print what was claimed, and what to do with its hash."""
    message(f"{path}: {_claimed(claim)}, on {count_text(claim['songs'], 'song')}")
    message(
        f"if it is better by {claim['difference']:.3g}, the test confirms the claim with a "
        f"probability of {percent(claim['power'])}"
    )
    message(f"publish this hash before the run: {claim['sha256']}")


def show_tested_claim(tested: ClaimTest, as_json: bool) -> None:
    """Print whether a claim is confirmed, with the interval."""
    if as_json:
        print_json(tested.to_json())
        return
    claim, unit = tested.claim, unit_text(tested.unit)
    print_line(for_terminal(f"{claim['task']}: {_claimed(claim)}"))
    print_line("confirmed" if tested.confirmed else "not confirmed")
    sides = "one-sided" if claim["sides"] == 1 else "two-sided"
    p = p_text(tested.p)
    print_line(
        f"Better by {interval(tested.difference)} {unit}".rstrip()
        + f", over {count_text(claim['songs'], 'song')}; {sides} sign-flip test: p "
        + (p if p.startswith("<") else f"= {p}")
        + f", level {claim['alpha']:g}."
    )
    print_line(
        f"Claimed with the hash {claim['sha256']}: it means something if that was published "
        "before the run."
    )


def _claimed(claim: Claim) -> str:
    more = f" by more than {claim['margin']:g}" if claim["margin"] else ""
    return for_terminal(
        f"{claim['better']} is better than {claim['than']}{more} in {claim['metric']}"
    )


def _in(value: float, unit: str) -> str:
    """A number with its unit."""
    return f"{value:.3g} {unit_text(unit)}".rstrip()
