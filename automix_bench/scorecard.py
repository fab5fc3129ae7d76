"""What one model scored on one task, and how sure the means over songs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from automix_bench.charts.metric_means import MetricMean, MetricMeans
from automix_bench.charts.number_text import examples_text, percent
from automix_bench.charts.picture import Picture
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import nulled, pretty
from automix_bench.metric import Ranged
from automix_bench.statistics import Estimate, estimate
from automix_bench.statistics.intervals import song_means
from automix_bench.untrusted.scorecard_record import (
    Cost,
    StatedRange,
    ranges_of,
    read_scorecard_record,
)
from automix_bench.untrusted.shown import one_line

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
Status = Literal["ok", "undefined", "failed"]
Environment: TypeAlias = Mapping[str, str]
"""Versions, by package name, of what can change a number; also `python`, `system` and `cores`."""


@dataclass(frozen=True)
class Score:
    """The value of one metric on one stem of one example.

    Attributes:
        value: the metric's worst where the status is `failed`. NaN where it is `undefined`: the
            reference lacks the property that is measured (silence has no loudness), whatever the
            model did.
        reason: why it failed; else empty.
    """

    example: str
    song: str
    stem: str
    metric: str
    value: float
    status: Status = "ok"
    reason: str = ""


class Spread(TypedDict):
    """How far several answers to one example differ in a metric, as means over scores: the best of
    them, and their standard deviation. None where no score is defined."""

    best: float | None
    deviation: float | None


@dataclass(frozen=True, repr=False)
class Scorecard:
    """Every score of one model on one task, in the order of the examples.

    Attributes:
        dataset: the fingerprint of the examples. Cards with different ones do not compare.
        environment: the versions and the machine on which the answers were made.
        told_the_answer: the model is a `TruthReader`, and never competes.
        recipe, split: of the examples; the split may be `all`. Cards of earlier versions lack them,
            and `songs`, the number of songs.
        weights: as in `Entry`.
        note: what a reader of the scores must know about the data; empty if nothing.
        examples: how many the split has; 0 in cards of earlier versions.
        left_out: how many of those are not scored, by reason.
        metrics: what is stated of the metrics, by name.
        isolation: how the model was kept apart from the targets: `boxed`, `own process` or `in
            process`; see `isolation.box.STATES`. Empty in cards of earlier versions.
        samples: how many answers to each example a score is the mean of.
        spread: how far they differ, by metric; empty for one sample.
    """

    task: str
    task_version: int
    dataset: str
    model: str
    scores: tuple[Score, ...]
    cost: Cost
    environment: Environment
    told_the_answer: bool = False
    recipe: str = ""
    split: str = ""
    songs: int = 0
    weights: str = "unknown"
    note: str = ""
    metrics: Mapping[str, StatedRange] = field(default_factory=dict)
    isolation: str = ""
    samples: int = 1
    spread: Mapping[str, Spread] = field(default_factory=dict)
    examples: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    def of(self, metric: Ranged) -> tuple[Score, ...]:
        """The scores of one metric."""
        return tuple(score for score in self.scores if score.metric == metric.name)

    @property
    def coverage(self) -> float:
        """The share of scores that did not fail, from 0 to 1; 0 without scores."""
        failed = sum(score.status == "failed" for score in self.scores)
        return 1.0 - failed / len(self.scores) if self.scores else 0.0

    @property
    def speed(self) -> float:
        """Seconds of audio per second of work; NaN if no work was measured."""
        work = self.cost["work_seconds"]
        return self.cost["audio_seconds"] / work if work > 0.0 else nan

    def estimate(self, metric: Ranged) -> Estimate:
        """The metric's mean over songs, and its 95 % interval, cut to the metric's range.

        See `statistics.estimate` for the method.
        """
        mean = estimate(by_song(self.of(metric)), seed=self.dataset)
        return mean.within(metric.low, metric.high)

    def to_frame(self) -> pd.DataFrame:
        """The scores as a pandas table, one row each.

        The columns are `example`, `song`, `stem`, `metric`, `value`, `status` and `reason`.

        >>> scores = (
        ...     Score("a-1", "a", "mix", "mrstft", 1.5),
        ...     Score("b-1", "b", "mix", "mrstft", 50.0, "failed", "no answer"),
        ... )
        >>> cost = Cost(audio_seconds=20.0, work_seconds=0.5)
        >>> card = Scorecard("mixing", 2, "0" * 64, "my_model", scores, cost, {})
        >>> print(card.to_frame().to_string(index=False))
        example song stem metric  value status    reason
            a-1    a  mix mrstft    1.5     ok
            b-1    b  mix mrstft   50.0 failed no answer
        >>> card.to_frame().groupby("song")["value"].mean().to_dict()
        {'a': 1.5, 'b': 50.0}
        """
        import pandas as pd

        columns = [field.name for field in fields(Score)]
        rows = [[getattr(score, name) for name in columns] for score in self.scores]
        return pd.DataFrame(rows, columns=columns).astype({"value": float})

    def plot(self) -> Picture:
        """Each metric's mean over songs with its 95 % interval, and a dot for each song."""
        return self._means().picture()

    def _means(self) -> MetricMeans:
        """What is shown of the card. Metrics whose range nobody states are named below."""
        names = dict.fromkeys(score.metric for score in self.scores)
        known = ranges_of(self.task, names, self.metrics)
        means = []
        for name, of in ((name, known[name]) for name in names if name in known):
            perfect = of["high"] if of["better"] == "higher" else of["low"]
            metric = Ranged(name, **of, perfect=perfect)
            scores = self.of(metric)
            failed = sum(score.status == "failed" for score in scores)
            dots = song_means(by_song(scores))
            means.append(MetricMean(metric, self.estimate(metric), dots, len(scores), failed))
        unknown = ", ".join(name for name in names if name not in known)
        counted = examples_text(self.examples, self.left_out)
        unknown = unknown and f"Not shown, range not known: {unknown}"
        notes = [self._counts(), counted, unknown, self.note]
        return MetricMeans(self._title(), means, list(filter(None, notes)))

    def _title(self) -> str:
        return f"{one_line(self.model)} on {one_line(self.task)} version {self.task_version}"

    def _counts(self) -> str:
        songs = len({score.song for score in self.scores})
        return f"{len(self.scores)} scores, {songs} songs, coverage {percent(self.coverage)}"

    def __repr__(self) -> str:
        return f"<Scorecard {self._title()}: {self._counts()}>"

    def _repr_html_(self) -> str:
        return self._means().table()

    def to_json(self) -> dict[str, Any]:
        """The card as JSON values; NaN is null."""
        return {"format": FORMAT, **nulled(asdict(self))}

    def write(self, path: Path) -> None:
        """Write the card as JSON; make the folder of the file if there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, pretty(self.to_json()).encode())


def read_scorecard(path: Path | str) -> Scorecard:
    """Read a card from a JSON file. Every field is checked; see `untrusted.scorecard_record`.

    Raises:
        DatasetError: there is no such file, or a field is wrong. The message names the item.
    """
    further = {f.name: f.default for f in fields(Scorecard) if f.default is not MISSING}
    mappings: dict[str, object] = {name: {} for name in ("metrics", "spread", "left_out")}
    card = read_scorecard_record(Path(path), FORMAT, {**further, **mappings})
    values = (nan if s["value"] is None else float(s["value"]) for s in card["scores"])
    pairs = zip(card.pop("scores"), values, strict=True)
    scores = tuple(Score(**{**score, "value": value}) for score, value in pairs)
    return Scorecard(**card, scores=scores)


def by_song(scores: Sequence[Score]) -> dict[str, list[float]]:
    """The values of each song."""
    values: dict[str, list[float]] = {}
    for score in scores:
        values.setdefault(score.song, []).append(score.value)
    return values
