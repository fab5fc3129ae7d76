"""What comparisons, strata, sample sizes and ratings say to people. JSON is `report.print_json`."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isnan

from rich import box
from rich.console import Console
from rich.table import Table

from automix_bench.cli.output.terminal import terminal
from automix_bench.evaluation.compare import EVERYTHING, Comparison, ModelDifference
from automix_bench.evaluation.leaderboard import interval, percent
from automix_bench.evaluation.sample_size import SampleSize
from automix_bench.evaluation.strata import StratumScore
from automix_bench.listening_tests.agreement import Agreement
from automix_bench.listening_tests.analysis import Analysis
from automix_bench.statistics import Estimate

NAMED = 2
"""How many songs are named at each end."""


def print_comparison(found: Comparison) -> None:
    """Who is better, by how much, how sure, and on which songs."""
    console, parts = _console(), any(d.stratum != EVERYTHING for d in found.differences)
    console.print(f"{found.task}: {' against '.join(found.models)}")
    table = _table()
    for head in ("metric", "in") if parts else ("metric",):
        table.add_column(head)
    for head in ("ahead", "behind"):
        table.add_column(head)
    for head in ("by", "unit", "p (Holm)", "effect", "songs won", "most on", "least on"):
        table.add_column(head, justify="right" if head in ("by", "p (Holm)", "effect") else "left")
    for d in found.differences:
        names = (d.metric, d.stratum) if parts else (d.metric,)
        table.add_row(*names, *_cells(d), style="" if d.sure else "dim")
    console.print(table)
    for line in _verdict(found):
        console.print(line)


def _cells(d: ModelDifference) -> tuple[str, ...]:
    songs, paired = list(d.paired.songs.items()), d.paired
    ends = [songs[:NAMED], songs[::-1][:NAMED]]
    most, least = (", ".join(f"{song} {by:+.2f}" for song, by in end) for end in ends)
    effect = "–" if isnan(paired.effect) else f"{paired.effect:.2f}"
    won = f"{paired.won} of {len(songs)}"
    by = interval(paired.difference)
    return d.one, d.other, by, d.unit.removeprefix("1"), _p(d.p), effect, won, most, least


def _p(p: float) -> str:
    if isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _verdict(found: Comparison) -> list[str]:
    sure = [d for d in found.differences if d.sure]
    asked = f"{found.tests} question{'s' * (found.tests != 1)}"
    lines = [
        f"{d.one} is better than {d.other} in {d.metric}"
        f"{'' if d.stratum == EVERYTHING else f' ({d.stratum})'}, by "
        f"{interval(d.paired.difference)} {d.unit.removeprefix('1')}".rstrip()
        + f", p {_p(d.p)}"
        for d in sure
    ] or ["No difference is sure."]
    if found.hopeless:
        lines.append(
            f"{found.songs} songs cannot be sure of any of {asked}: ask fewer (--metric), or score "
            "on more songs."
        )
    lines.append(
        f"Over songs, {found.songs} at most; brackets: 95 % intervals; p: sign flips over songs, "
        f"corrected for {asked}. Data {found.dataset[:12]}."
    )
    return lines


def print_strata(model: str, scores: Sequence[StratumScore]) -> None:
    """A model's means on each part of the data, a line for each metric and part."""
    console, table = _console(), _table()
    console.print(f"{model}, by stratum")
    for head in ("metric", "unit", "stratum"):
        table.add_column(head)
    for head in ("mean", "songs", "scores", "failed"):
        table.add_column(head, justify="right")
    for s in scores:
        table.add_row(
            s.metric,
            s.unit.removeprefix("1"),
            s.stratum,
            interval(s.estimate),
            str(s.estimate.songs),
            str(s.cells),
            str(s.failed),
        )
    console.print(table)


def print_sample_size(found: SampleSize) -> None:
    """How many songs it takes, and what the present ones can tell."""
    c, whose = found.components, " and ".join(found.models)
    if len(found.models) == 1:
        whose += " (the other model taken for unrelated: more songs than it will take)"
    console, table = _console(), _table()
    wanted = _in(found.difference, found.unit)
    console.print(f"Songs to find a difference of {wanted} in {found.metric}")
    table.add_column("clips per song", justify="right")
    table.add_column("songs", justify="right")
    for clips, songs in found.needed.items():
        table.add_row(str(clips), "over a million" if songs == inf else f"{songs:.0f}")
    console.print(table)
    within = "not known (one clip a song)" if isnan(c.within) else _in(c.within**0.5, found.unit)
    console.print(
        f"In 80 % of the cases at 5 %, judged by {whose}. Standard deviation between songs "
        f"{_in(c.between**0.5, found.unit)}, within {within}.\n"
        f"The present {c.songs} songs of {c.clips:.3g} clips find it in {percent(found.power)}; "
        f"the smallest difference they find in 80 % is {_in(found.least, found.unit)}."
    )


def print_analysis(found: Analysis) -> None:
    """What people's ratings come to: who was left out, systems in order, pairs that differ."""
    console = _console()
    for rater, reason in found.excluded.items():
        console.print(f"left out: {rater}: {reason}")
    console.print(f"{found.method}: {found.ratings} ratings by {found.raters} raters")
    table = _table()
    table.add_column("system")
    table.add_column(found.unit, justify="right")
    table.add_column("group")
    for system in found.systems:
        table.add_row(
            system.system, _bracketed(system.value, system.low, system.high), system.group
        )
    console.print(table)
    pairs = _table()
    for head in ("ahead", "behind"):
        pairs.add_column(head)
    for head in ("by", "p (Holm)"):
        pairs.add_column(head, justify="right")
    for pair in found.pairs:
        style = "" if pair.sure else "dim"
        pairs.add_row(pair.one, pair.other, f"{pair.difference:.2f}", _p(pair.p), style=style)
    console.print(pairs)
    console.print(f"{found.said} Systems that share a letter are not told apart.".lstrip())


def print_agreement(found: Sequence[Agreement]) -> None:
    """How far each metric orders systems as people do, best first."""
    console, table = _console(), _table()
    console.print("Agreement with people, 1 is best")
    table.add_column("metric")
    heads = (
        "pairs right",
        "Kendall, by song",
        "Spearman, by song",
        "Kendall, of means",
        "Spearman, of means",
        "Spearman, pooled",
    )
    for head in heads:
        table.add_column(head, justify="right")
    for a in found:
        measured = (
            a.pairs,
            a.kendall,
            a.spearman,
            a.kendall_of_means,
            a.spearman_of_means,
            a.spearman_pooled,
        )
        table.add_row(a.metric, *(interval(e) for e in measured))
    console.print(table)
    if found:
        console.print(
            f"{found[0].systems} systems on {found[0].pairs.songs} songs; brackets: 95 % intervals "
            "over songs. Pairs right: 0.5 is chance."
        )


def _bracketed(value: float, low: float, high: float) -> str:
    return interval(Estimate(value, low, high, 0))


def _table() -> Table:
    return Table(box=box.SIMPLE)


def _in(value: float, unit: str) -> str:
    """A number with its unit; the unit 1 is not said."""
    return f"{value:.3g} {unit.removeprefix('1')}".rstrip()


def _console() -> Console:
    return terminal(highlight=False, markup=False)
