"""The contract of a task: what a model is shown of an example, and how its answer is scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from automix_bench.example import Example
from automix_bench.metric import Ranged
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems


@dataclass(frozen=True)
class Task:
    """A task: two functions of an example, and the metrics that compare an answer with its target.

    Attributes:
        version: raised whenever scores change. Scores of different versions do not compare.
        description: what the model is shown and what it should return, in one line.
        brief: what the model is shown of an example.
        wanted: what the model should return: stems, values or settings. Each stem, each value and
            each place of the console is scored. Nothing wanted: the example is left out.
        metrics: of sounds, of values (`values_metric`) or of settings (`settings_metric`). All are
            measured; the first one ranks the board, so it must be one that `ranks`.
        sounds: the sounds by which an answer is compared with the wanted one, where they are not
            its stems: what a console makes of the tracks, or parts of a mix. Both go through it.
        floor, ceiling: names of two models that run with every board: one without skill, and one
            that returns the targets.
        recipes: whose data it reads: for these, `brief` and `targets` are what `description` says.
            Data of other built-in recipes is refused. Empty: data of any recipe.
        released_mix: whether examples whose mix is a plain sum of stems are left out.
    """

    name: str
    version: int
    description: str
    brief: Callable[[Example], Brief]
    wanted: Callable[[Example], Answer]
    metrics: tuple[Ranged, ...]
    floor: str
    ceiling: str
    recipes: tuple[str, ...] = ()
    released_mix: bool = False
    sounds: Callable[[Example, Answer], Stems] | None = None

    def measured_by(self, also: Sequence[Ranged]) -> Task:
        """The task with further metrics after its own; a metric that it has is not repeated."""
        own = {metric.name for metric in self.metrics}
        further = {metric.name: metric for metric in also if metric.name not in own}
        return replace(self, metrics=(*self.metrics, *further.values()))
