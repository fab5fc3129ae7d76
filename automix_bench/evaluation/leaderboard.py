"""Rank the scorecards of one task and data set, between a floor and a ceiling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isnan
from typing import TYPE_CHECKING, Any

from automix_bench.charts.number_text import examples_text
from automix_bench.charts.picture import Picture
from automix_bench.errors import UsageError
from automix_bench.evaluation import board_forms
from automix_bench.evaluation.board_cells import Row, cells
from automix_bench.evaluation.board_forms import BoardText
from automix_bench.evaluation.board_rows import ranked_rows
from automix_bench.evaluation.common_items import CommonItems
from automix_bench.evaluation.labels import label_of
from automix_bench.evaluation.live_costs import lines_on_live_shows
from automix_bench.evaluation.model_code import UNKNOWN
from automix_bench.files.canonical_json import nulled
from automix_bench.isolation.box import IN_PROCESS, OWN_PROCESS
from automix_bench.metric import Ranged
from automix_bench.scorecard import Scorecard
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line

if TYPE_CHECKING:
    import pandas as pd

NO_INTERVAL = "One song: no interval."


_NOT_BOXED = {
    OWN_PROCESS: "Ran in a process of its own, not boxed",
    IN_PROCESS: "Ran in the harness's own process, where a model can find the targets",
}
_LEVEL = {
    True: "{first} ranks; the level of an answer counts in it.",
    False: "{first} ranks; it compares at one level, so that of an answer does not count in it.",
}


@dataclass(frozen=True, repr=False)
class Board:
    """The rows of one task on one data set, best first.

    Models that failed on some examples come last and have no rank. The floor and the ceiling stand
    where their values put them.

    Attributes:
        recipe, split, songs, note, examples: as in `Scorecard`.
        left_out: as in `Scorecard`; and how many examples the metric that ranks is undefined on,
            which are scored by the others.
        by: the name of the metric that ranks here; empty for the task's own, its first.
        common: how much is left, if items that overlap with training corpora were dropped from all
            cards (`common_items`); None if none were looked for.
    """

    task: Task
    dataset: str
    rows: tuple[Row, ...]
    recipe: str
    split: str
    songs: int
    note: str
    by: str
    examples: int
    left_out: Mapping[str, int]
    common: CommonItems | None = None

    @property
    def metrics(self) -> tuple[Ranged, ...]:
        """The metrics of the task, the one that ranks here first."""
        own = self.task.metrics
        by = _metric_named(self.task, self.by)
        return (by, *(metric for metric in own if metric is not by))

    @property
    def loud(self) -> str:
        """That the metric which ranks here is not the task's own; empty if it is."""
        own, by = self.task.metrics[0].name, self.metrics[0].name
        if own == by:
            return ""
        return f"Not the ranking of {self.task.name}: ranked by {by} here, the task ranks by {own}."

    def labelled(self, labels: Mapping[str, str]) -> Board:
        """The same board with other names for models: what they are called, by their names.

        Raises:
            UsageError: a label is of no model of the board, or two models would have one name.
        """
        shown = label_of([row.model for row in self.rows], labels)
        return replace(self, rows=tuple(replace(r, model=shown[r.model]) for r in self.rows))

    def about(self) -> list[str]:
        """What a reader must know: what the examples are of, whether the level of an answer counts,
        and which weights are unknown."""
        data = [
            f"Recipe {self.recipe}" if self.recipe else "Recipe not recorded",
            f"split {self.split}" if self.split else "split not recorded",
            f"{self.songs} song{'s' * (self.songs != 1)}",
            f"data {self.dataset[:12]}",
        ]
        unknown = [row.model for row in self.rows if row.weights == UNKNOWN]
        return [
            f"{', '.join(data)}.",
            *([f"{counted}."] if (counted := examples_text(self.examples, self.left_out)) else []),
            _LEVEL[self.level_counts].format(first=self.metrics[0].name),
            *([f"Common items: {self.common}."] if self.common else []),
            *([f"Note: {self.note}."] if self.note else []),
            *([f"Weights unknown: {', '.join(unknown)}."] if unknown else []),
            *self._not_boxed(),
            *lines_on_live_shows(self.rows),
            *self._samples(),
        ]

    def _samples(self) -> list[str]:
        """Which models were asked several times, and how far their answers differ."""
        return [
            f"Of {row.samples} answers of {row.model} to each example the best has "
            f"{row.best:.2f} in {self.metrics[0].name}, on average; standard deviation "
            f"{row.deviation:.2f}."
            for row in self.rows
            if row.samples > 1 and not isnan(row.best)
        ]

    def _not_boxed(self) -> list[str]:
        """Which models could have seen the targets."""
        models: dict[str, list[str]] = {}
        for row in self.rows:
            if row.part in ("entry", "floor") and row.isolation in _NOT_BOXED:
                models.setdefault(row.isolation, []).append(row.model)
        return [f"{_NOT_BOXED[state]}: {', '.join(names)}." for state, names in models.items()]

    @property
    def level_counts(self) -> bool:
        """Whether the first metric sees the level of an answer."""
        return "gain" not in getattr(self.metrics[0], "blind_to", ())

    def to_json(self) -> dict[str, Any]:
        """The whole board as JSON values; NaN is null."""
        return {
            "task": self.task.name,
            "task_version": self.task.version,
            "dataset": self.dataset,
            "recipe": self.recipe,
            "split": self.split,
            "songs": self.songs,
            "note": self.note,
            "examples": self.examples,
            "left_out": dict(self.left_out),
            "ranked_by": self.metrics[0].name,
            "level_counts": self.level_counts,
            **({"common_items": asdict(self.common)} if self.common else {}),
            "metrics": [
                {"name": m.name, "unit": m.unit, "better": m.better} for m in self.task.metrics
            ],
            "rows": [nulled(asdict(row)) for row in self.rows],
        }

    def to_frame(self) -> pd.DataFrame:
        """The board as a pandas table, one row for each model, in the board's order.

        The columns are `model`, `part`, `rank` (missing without a rank), `rank_low`, `rank_high`,
        `group`, `covered`, `gain`, `gain_low`, `gain_high`, `coverage`, `speed`, `relative_speed`,
        `relative_seconds`, `cpu_seconds`, `peak_memory`, `parameters`, `late_share`,
        `latency_seconds`, `isolation`, `samples`, `best`, `deviation` and `songs`; then `<metric>`,
        `<metric>_low` and `<metric>_high` for each metric; then what the board is of: `task`,
        `task_version`, `recipe`, `split`, `dataset` and `ranked_by`. `songs` counts those on which
        the metric that ranks is defined.

        >>> from automix_bench.scorecard import Score
        >>> from automix_bench.catalogue.tasks import task_named
        >>> def card(model, *values):
        ...     first = task.metrics[0].name
        ...     scores = tuple(Score(s, s, "mix", first, v) for s, v in zip("ab", values))
        ...     cost = {"audio_seconds": 20.0, "work_seconds": 0.5}
        ...     return Scorecard(task.name, task.version, "0" * 64, model, scores, cost, {})
        >>> task = task_named("mixing")
        >>> task = replace(task, metrics=task.metrics[:1])
        >>> cards = [card("plain_sum", 4.0, 6.0), card("oracle", 0.0, 0.0), card("mine", 3.0, 3.5)]
        >>> frame = board(task, cards).to_frame()
        >>> frame[["model", "part", "rank", "audible_distance", "gain"]].set_index("model")
                      part  rank  audible_distance  gain
        model
        oracle     ceiling  <NA>              0.00  5.00
        mine         entry     1              3.25  1.75
        plain_sum    floor  <NA>              5.00  0.00
        """
        import pandas as pd

        whole = ["rank", "rank_low", "rank_high", "peak_memory", "parameters"]
        return pd.DataFrame(self._cells()).astype(dict.fromkeys(whole, "Int64"))

    def to_markdown(self) -> str:
        """A table in Markdown: means over songs, with 95 % intervals; below it, `about`."""
        return self._text().to_markdown()

    def to_latex(self) -> str:
        """A table in LaTeX, for the package booktabs: means over songs, with 95 % intervals; above
        it, `about` as comments."""
        return self._text().to_latex()

    def to_csv(self) -> str:
        """The columns of `to_frame` as CSV; a text that a spreadsheet would calculate is quoted."""
        return board_forms.to_csv(self._cells())

    def to_html(self) -> str:
        """A page of its own: the table, `about`, and a picture of the metric that ranks."""
        return self._text().to_html()

    def plot(self, *metrics: str) -> Picture:
        """Each model's mean over songs with its 95 % interval, in the board's order.

        Args:
            metrics: their names; an axis for each. Default: the metric that ranks.

        Raises:
            UsageError: the board has no metric of that name.
        """
        chosen = [_metric_named(self.task, name) for name in metrics] or self.metrics[:1]
        return self._text().picture(chosen)

    @property
    def scored_songs(self) -> int:
        """The number of songs on which the metric that ranks is defined."""
        return max(row.estimates[self.metrics[0].name].songs for row in self.rows)

    def __repr__(self) -> str:
        first = next((row.model for row in self.rows if row.rank == 1), "")
        return (
            f"<Board of {self.task.name} version {self.task.version}: {len(self.rows)} models, "
            f"{self.songs} songs" + (f", first {one_line(first)}>" if first else ">")
        )

    def _repr_html_(self) -> str:
        return self._text().html_table()

    def _text(self) -> BoardText:
        notes = [NO_INTERVAL] if self.scored_songs == 1 else []
        title = f"{self.task.name}, version {self.task.version}"
        return BoardText(title, self.rows, self.metrics, self.loud, [*notes, *self.about()])

    def _cells(self) -> list[dict[str, object]]:
        board = {
            "task": self.task.name,
            "task_version": self.task.version,
            "recipe": self.recipe,
            "split": self.split,
            "dataset": self.dataset,
            "ranked_by": self.metrics[0].name,
        }
        return [{**cells(row, self.metrics), **board} for row in self.rows]


def board(
    task: Task,
    cards: Sequence[Scorecard],
    by: str = "",
    parameters: Mapping[str, int] | None = None,
) -> Board:
    """Rank scorecards by the task's first metric.

    Args:
        by: the name of another metric of the task to rank by. The board then says that this is not
            the task's ranking.
        parameters: how many each model has learned, by its name, where that is known.

    Raises:
        UsageError: the task has no such metric.
        DatasetError: there is no card; the cards are of other tasks, versions or data sets; two
            are of one model; the floor or the ceiling has no card; or a score cannot be
            (`demand_sound`).
    """
    first = _metric_named(task, by)
    rows = ranked_rows(task, cards, first, parameters or {})
    counted = next((card for card in cards if card.examples), cards[0])
    return Board(
        task,
        cards[0].dataset,
        tuple(rows),
        recipe=_stated(card.recipe for card in cards),
        split=_stated(card.split for card in cards),
        songs=len({score.song for card in cards for score in card.scores}),
        note=_stated(card.note for card in cards),
        by=by,
        examples=counted.examples,
        left_out={**counted.left_out, **_undefined(counted, first)} if counted.examples else {},
    )


def _undefined(card: Scorecard, metric: Ranged) -> dict[str, int]:
    """How many examples have no score by a metric that is defined."""
    scores = card.of(metric)
    every = {score.example for score in card.scores}
    count = len(every - {score.example for score in scores if score.status != "undefined"})
    return {f"{metric.name} is undefined on them": count} if count else {}


def _metric_named(task: Task, name: str) -> Ranged:
    """A metric of the task by its name; the first if the name is empty."""
    for metric in task.metrics:
        if name in ("", metric.name):
            return metric
    names = ", ".join(metric.name for metric in task.metrics)
    raise UsageError(f"board of {task.name}: no metric {one_line(name)}; it has {names}")


def _stated(texts: Iterable[str]) -> str:
    """The first text that is not empty: some cards may be of a version that did not record it."""
    return next(filter(None, texts), "")
