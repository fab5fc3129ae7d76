"""What one model scored on one task, and how sure the means over songs are."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

from automix_bench.errors import DatasetError
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import nulled, pretty
from automix_bench.metric import Metric
from automix_bench.statistics import Estimate, estimate

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
Status = Literal["ok", "undefined", "failed"]
Environment: TypeAlias = Mapping[str, str]
"""Versions, by package name, of what can change a number; also `python`, `system` and `cores`."""


class Cost(TypedDict):
    """Seconds of audio that a model answered, and seconds that it took, over all answers."""

    audio_seconds: float
    work_seconds: float


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


@dataclass(frozen=True)
class Scorecard:
    """Every score of one model on one task, in the order of the examples.

    Attributes:
        dataset: the fingerprint of the examples. Cards with different ones do not compare.
        environment: the versions and the machine on which the answers were made.
        told_the_answer: the model is a `TruthReader`, and never competes.
        note: how many examples the task leaves out, and why; empty if none.
    """

    task: str
    task_version: int
    dataset: str
    model: str
    scores: tuple[Score, ...]
    cost: Cost
    environment: Environment
    told_the_answer: bool = False
    note: str = ""

    def of(self, metric: Metric) -> tuple[Score, ...]:
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

    def estimate(self, metric: Metric) -> Estimate:
        """The metric's mean over songs, and its 95 % interval, cut to the metric's range.

        See `statistics.estimate` for the method.
        """
        mean = estimate(by_song(self.of(metric)), seed=self.dataset)
        return Estimate(mean.value, metric.held(mean.low), metric.held(mean.high), mean.songs)

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

    def write(self, path: Path) -> None:
        """Write the card as JSON; make the folder of the file if there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, pretty({"format": FORMAT, **nulled(asdict(self))}).encode())


def read_scorecard(path: Path) -> Scorecard:
    """Read a card from a JSON file.

    Raises:
        DatasetError: there is no such file, or it is damaged.
    """
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        if card.pop("format") != FORMAT:
            raise DatasetError(f"{path}: a scorecard of another version: score the run again")
        scores = tuple(
            Score(**{**score, "value": nan if score["value"] is None else float(score["value"])})
            for score in card.pop("scores")
        )
        return Scorecard(**card, scores=scores)
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: no scorecard there; run `score` first") from error
    except (ValueError, KeyError, TypeError, AttributeError, IsADirectoryError) as error:
        raise DatasetError(f"{path}: not a scorecard: {type(error).__name__} {error}") from error


def by_song(scores: Sequence[Score]) -> dict[str, list[float]]:
    """The values of each song."""
    values: dict[str, list[float]] = {}
    for score in scores:
        values.setdefault(score.song, []).append(score.value)
    return values
