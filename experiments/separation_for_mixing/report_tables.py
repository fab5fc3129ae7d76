"""What the report says, as lines and tables that its text and its page share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Any

from automix_bench.charts.number_text import interval, p_text, percent
from automix_bench.statistics import Estimate
from experiments.separation_for_mixing.analysis import Answers, Step
from experiments.separation_for_mixing.ladder import fixed

SHOWN = {
    "T": "the tracks",
    "T4": "the tracks, summed to four groups",
    "W4": "wet groups, random effects",
    "S4-12": "wet groups with leakage at 12 dB SDR, random effects",
    "S4-9": "with leakage at 9 dB SDR, random effects",
    "S4-6": "with leakage at 6 dB SDR, random effects",
    "S4-3": "with leakage at 3 dB SDR, random effects",
    "S4-6-grain": "with musical noise at 6 dB SDR, random effects",
    "S4-6-plain": "with leakage at 6 dB SDR, no random effects",
    "S4-6-normalised": "with leakage at 6 dB SDR, one normalising strip",
    "M": "111 songs as T4, 89 as S4-6",
    "R4": "four groups by small_separator, random effects",
    "U": "vocals and accompaniment by Spleeter, random effects",
    "oracle": "the released mix itself",
    "plain_sum": "not trained: the sum of what it is given",
    "equal_loudness": "not trained: what the network does before its first step",
    "knowledge_based": "not trained: rules, which read what a track is from its name",
}
"""What each arm is shown in training, and what the others are."""
CAVEATS = (
    "All songs are composed by one program, played by a SoundFont and mixed by one engineer with "
    "fixed habits; there are no voices. No number of a test song was trained on, but songs of one "
    "style share patterns. What holds here need not hold for recorded music.",
    "Errors of separation are made from the truth: soft masks, scaled so that every group of every "
    "excerpt has the stated SDR. The network hears bands over tens of milliseconds, in which much "
    "of the musical noise is averaged away.",
    "The separator of R4 was trained on the true tracks of 390 other songs by the same program and "
    "SoundFont: a separator as good as one can have here, and no data without multitracks.",
    "Spleeter (arm U) takes voices from music, and no song here has a voice: so U is no test of "
    "Spleeter.",
    "The normalising strip is the one that fx_normalised has for tracks without a role, so it puts "
    "a reverb on every track, bass and drums too, which the paper does not: that arm says nothing "
    "of FxNorm. In training the reverb of a track changes with the excerpt, in the test it does "
    "not.",
    "A seed changes the first weights, the batches and the frames. The songs, their random "
    "effects and their errors, and the 118 songs on which the best step is chosen are the same for "
    "all seeds, so no interval is for other training songs.",
    "The bootstrap redraws few seeds, so it tells too little of how seeds differ: with three, its "
    "variance over seeds is two thirds of the true one. Its intervals are plain percentiles; those "
    "elsewhere in this package are a little wider.",
    "Only the p of the ladder are corrected for their number (Holm). Intervals and verdicts are "
    "not. A p says whether a difference is there, not whether it passes the margin. With 10,000 "
    "redraws no p is below 0.0002, or 0.0016 after the correction of eight.",
)
REAL = "On music of others"
_STEP_HEADS = ("step", "from", "to", "difference, dB [95 %]", "verdict")


@dataclass(frozen=True)
class TextTable:
    """A table of text; the columns from `left` on are numbers."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    left: int

    @property
    def markdown(self) -> str:
        lines = [self.heads, ["---"] * len(self.heads), *self.rows]
        return "\n".join([f"## {self.title}", "", *(f"| {' | '.join(line)} |" for line in lines)])


def lines_of(answers: Answers, size: int, written: Mapping[str, Any]) -> list[str]:
    """The answers in words."""
    lines = []
    if (gain := answers.gain) is not None:
        lines.append(
            f"Arm T, {size} songs, lies {interval(negative(gain.difference))} dB nearer to the "
            f"released mix than equal_loudness, on {gain.difference.songs} songs that no arm was "
            "trained on."
        )
    if answers.margin is not None:
        lines.append(
            f"The margin is a quarter of that, {answers.margin:.2f} dB. The share was fixed before "
            "the first run; the margin is redrawn with the rest, as it is as uncertain as the gain."
        )
    lines += _real_separator(answers, written)
    if missing := written["missing"]:
        lines.append(f"Not run yet: {len(missing)} trainings of {written['trainings']}.")
    for (of, to), sizes in answers.equivalent.items():
        tried = sorted(songs for arm, songs in answers.curve if arm == to)
        alike: dict[str, list[str]] = {}
        for songs, equal in sizes.items():
            alike.setdefault(songs_text(equal, tried), []).append(f"{songs}")
        lines += [
            f"{' or '.join(songs)} songs of arm {of} train as well as {equal} of arm {to}."
            for equal, songs in alike.items()
        ]
    return lines


def tables_of(
    answers: Answers, on_groups: Answers, real: Answers, size: int, unit: str
) -> Iterator[TextTable]:
    """The tables of the report, in order."""
    yield from _steps("The ladder", answers.ladder, "p (Holm)")
    yield from _steps("Also", answers.also)
    yield from _steps("Asked for after the first results", answers.afterwards)
    title = f"Arms, {size} songs: {unit} from the released mix"
    yield _arms(title, answers, on_groups)
    if len({songs for _, songs in answers.curve}) > 1:
        rows = [
            [arm, str(songs), interval(one)] for (arm, songs), one in sorted(answers.curve.items())
        ]
        yield TextTable("Learning curves", ("arm", "songs", "distance, dB [95 %]"), rows, 1)
    if real.means:
        yield from _steps(f"{REAL}: the ladder", real.ladder, "p (Holm)")
        yield from _steps(f"{REAL}: also", [*([real.gain] if real.gain else []), *real.also])
        yield _arms(f"Arms, {REAL.lower()}", real, None)


def losses(answers: Answers) -> dict[float, Step]:
    """What separation costs, by its SDR in dB: the steps from W4 to S4, of leakage."""
    arms = fixed()["arms"]
    return {
        float(arms[step.after]["sdr_db"]): step
        for step in answers.ladder
        if step.before == "W4" and "sdr_db" in arms[step.after]
    }


def negative(one: Estimate) -> Estimate:
    """With the opposite sign."""
    return Estimate(-one.value, -one.high, -one.low, one.songs)


def _real_separator(answers: Answers, written: Mapping[str, Any]) -> list[str]:
    """Where a trained separator lies beside the curve of the simulated ones."""
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


def songs_text(equal: Estimate, tried: Sequence[int]) -> str:
    """How many songs, with the interval; those beyond what was tried as such."""

    def text(number: float) -> str:
        if number == 0.0:
            return f"fewer than {tried[0]}"
        return f"more than {tried[-1]}" if isinf(number) else f"{round(number)}"

    value, low, high = (text(one) for one in (equal.value, equal.low, equal.high))
    return value if low == high == value else f"{value} [{low}, {high}]"


def _steps(title: str, steps: Sequence[Step], p: str = "p") -> Iterator[TextTable]:
    if not steps:
        return
    seeds = {step.seeds for step in steps}
    several = len(seeds) > 1
    heads = (*_STEP_HEADS, p, *(("seeds",) if several else ()))
    rows = [
        [
            *(step.what, step.before, step.after, interval(step.difference), step.verdict),
            p_text(step.p),
            *([f"{step.seeds[0]} and {step.seeds[1]}"] if several else []),
        ]
        for step in steps
    ]
    if not several:
        one, other = next(iter(seeds))
        title += f", seeds: {one}" if one == other else f", seeds: {one} and {other}"
    yield TextTable(title, heads, rows, 3)


def _arms(title: str, answers: Answers, on_groups: Answers | None) -> TextTable:
    beside = {step.after: step for step in answers.beside}
    heads = ["arm", "is shown", "distance, dB [95 %]", "nearer than equal_loudness, dB"]
    if answers.kept:
        heads.append("of the gain of T")
    if on_groups is not None and on_groups.means:
        heads.append("tested on groups, first seed, dB")
    rows = []
    for arm, one in sorted(answers.means.items(), key=lambda item: item[1].value):
        row = [arm, SHOWN.get(arm, ""), interval(one)]
        row.append(interval(negative(beside[arm].difference)) if arm in beside else "–")
        if answers.kept:
            row.append(share_text(answers.kept[arm]) if arm in answers.kept else "–")
        if on_groups is not None and on_groups.means:
            row.append(interval(on_groups.means[arm]) if arm in on_groups.means else "–")
        rows.append(row)
    return TextTable(title, tuple(heads), rows, 2)


def share_text(one: Estimate) -> str:
    """A share with its interval, in per cent."""
    return f"{percent(one.value)} [{percent(one.low)}, {percent(one.high)}]"
