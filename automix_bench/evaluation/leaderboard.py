"""Rank the scorecards of one task and data set, between a floor and a ceiling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import inf, isnan, nan
from typing import TYPE_CHECKING, Any

from automix_bench.errors import DatasetError
from automix_bench.evaluation.board_cells import Part, Row, cells, csv_cell
from automix_bench.evaluation.card_checks import demand_scores, demand_sound
from automix_bench.evaluation.common_items import CommonItems
from automix_bench.evaluation.compare import improvement
from automix_bench.evaluation.live_costs import (
    late_share,
    lines_on_live_shows,
    stated_latency,
)
from automix_bench.evaluation.model_code import UNKNOWN
from automix_bench.evaluation.number_text import interval, percent
from automix_bench.files.canonical_json import nulled
from automix_bench.isolation.box import IN_PROCESS, OWN_PROCESS
from automix_bench.metric import Ranged
from automix_bench.scorecard import Scorecard, by_song
from automix_bench.statistics.ranking import Standing, standings
from automix_bench.task import Task
from automix_bench.untrusted.shown import for_csv, for_latex, for_markdown, one_line

if TYPE_CHECKING:
    import pandas as pd

ARROWS = {"higher": "↑", "lower": "↓"}
NO_INTERVAL = "One song: no interval."


_NOT_BOXED = {
    OWN_PROCESS: "Ran in a process of its own, not boxed",
    IN_PROCESS: "Ran in the harness's own process, where a model can find the targets",
}
_LEVEL = {
    True: "{first} ranks; the level of an answer counts in it.",
    False: "{first} ranks; it compares at one level, so that of an answer does not count in it.",
}


@dataclass(frozen=True)
class Board:
    """The rows of one task on one data set, best first.

    Models that failed on some examples come last and have no rank. The floor and the ceiling stand
    where their values put them.

    Attributes:
        recipe, split, songs, note: as in `Scorecard`.
        common: how much is left, if items that overlap with training corpora were dropped from all
            cards (`common_items`); None if none were looked for.
    """

    task: Task
    dataset: str
    rows: tuple[Row, ...]
    recipe: str = ""
    split: str = ""
    songs: int = 0
    note: str = ""
    common: CommonItems | None = None

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
            _LEVEL[self.level_counts].format(first=self.task.metrics[0].name),
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
            f"{row.best:.2f} in {self.task.metrics[0].name}, on average; standard deviation "
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
        return "gain" not in getattr(self.task.metrics[0], "blind_to", ())

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
        `peak_memory`, `late_share`, `latency_seconds`, `isolation`, `samples`, `best`, `deviation`
        and `songs`; then `<metric>`, `<metric>_low` and `<metric>_high` for each metric. `songs`
        counts those on which the first metric is defined.

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

        frame = pd.DataFrame([cells(row, self.task.metrics) for row in self.rows])
        ranks = ["rank", "rank_low", "rank_high", "peak_memory"]
        return frame.astype(dict.fromkeys(ranks, "Int64"))

    def to_markdown(self) -> str:
        """A table in Markdown: means over songs, with 95 % intervals; below it, `about`."""
        heads, *rows = self._text_rows(for_markdown)
        lines = [heads, ["---"] * len(heads), *rows]
        notes = [
            *([NO_INTERVAL] if self.scored_songs == 1 else []),
            *map(for_markdown, self.about()),
        ]
        table = "".join("| " + " | ".join(line) + " |\n" for line in lines)
        return table + "".join(f"\n{note}\n" for note in notes)

    def to_latex(self) -> str:
        """A table in LaTeX, for the package booktabs: means over songs, with 95 % intervals."""
        heads, *rows = (" & ".join(map(for_latex, line)) + r" \\" for line in self._text_rows(str))
        columns = "rl" + "r" * (2 + len(self.task.metrics))
        note = [f"% {NO_INTERVAL}"] if self.scored_songs == 1 else []
        top = [f"\\begin{{tabular}}{{{columns}}}", r"\toprule", heads, r"\midrule"]
        return "\n".join([*note, *top, *rows, r"\bottomrule", r"\end{tabular}"]) + "\n"

    def to_csv(self) -> str:
        """The columns of `to_frame` as CSV; a text that a spreadsheet would calculate is quoted."""
        import csv
        import io

        rows = [cells(row, self.task.metrics) for row in self.rows]
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(map(for_csv, rows[0]))
        writer.writerows([csv_cell(value) for value in row.values()] for row in rows)
        return file.getvalue()

    @property
    def scored_songs(self) -> int:
        """The number of songs on which the first metric is defined."""
        return max(row.estimates[self.task.metrics[0].name].songs for row in self.rows)

    def _text_rows(self, show: Callable[[str], str]) -> list[list[str]]:
        """The heads of the board as a table of text, then its rows; `show` is of the medium."""
        metrics = self.task.metrics
        heads = (f"{show(m.name)} ({show(m.unit)}) {ARROWS[m.better]}" for m in metrics)
        lines = [["rank", "model", *heads, "covered", "coverage"]]
        for row in self.rows:
            means = (interval(row.estimates[m.name]) for m in metrics)
            shares = covered_text(row), percent(row.coverage)
            lines.append([ranked(row), show(titled(row)), *means, *shares])
        return lines


def board(task: Task, cards: Sequence[Scorecard]) -> Board:
    """Rank scorecards by the task's first metric.

    Raises:
        DatasetError: there is no card; the cards are of other tasks, versions or data sets; two
            are of one model; the floor or the ceiling has no card; or a score cannot be
            (`demand_sound`).
    """
    _demand_rankable(task, cards)
    card_of = {card.model: card for card in cards}
    for part, model in (("floor", task.floor), ("ceiling", task.ceiling)):
        if model not in card_of:
            raise DatasetError(f"board of {task.name}: the {part}, {model}, has no scorecard")
    first = task.metrics[0]
    demand_scores(cards, first)
    demand_sound([card_of[task.floor], *cards], task.metrics)
    floor = card_of[task.floor]
    low, high = floor.estimate(first).value, card_of[task.ceiling].estimate(first).value
    rows = [_row(task, card, floor, low, high) for card in cards]

    def order(row: Row) -> tuple[bool, float, str]:
        value = row.estimates[first.name].value
        return row.coverage < 1.0, inf if isnan(value) else -first.sign * value, row.model

    rows.sort(key=order)
    standing_of = _standings(first, [card_of[row.model] for row in rows if _competes(row)])
    return Board(
        task,
        cards[0].dataset,
        tuple(_with_ranks(rows, first.name, standing_of)),
        recipe=_stated(card.recipe for card in cards),
        split=_stated(card.split for card in cards),
        songs=len({score.song for card in cards for score in card.scores}),
        note=_stated(card.note for card in cards),
    )


def _stated(texts: Iterable[str]) -> str:
    """The first text that is not empty: some cards may be of a version that did not record it."""
    return next(filter(None, texts), "")


def _demand_rankable(task: Task, cards: Sequence[Scorecard]) -> None:
    if not cards:
        raise DatasetError(f"board of {task.name}: no scorecard of this task")
    for card in cards:
        if (card.task, card.task_version) != (task.name, task.version):
            remedy = "score it again"
            if card.task != task.name:
                remedy += ", or make the board of its own task: by name, or by its .py FILE"
            raise DatasetError(
                f"board of {task.name} version {task.version}: the card of {one_line(card.model)} "
                f"is of {one_line(card.task)} version {card.task_version}; {remedy}"
            )
        if card.dataset != cards[0].dataset:
            models = f"{one_line(card.model)} and {one_line(cards[0].model)}"
            raise DatasetError(
                f"board of {task.name}: {models} were scored on different data sets, which do not "
                "compare"
            )
    names = [card.model for card in cards]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DatasetError(f"board of {task.name}: two cards of {', '.join(map(one_line, twice))}")


def _row(task: Task, card: Scorecard, floor: Scorecard, low: float, high: float) -> Row:
    """A card's row, without its rank.

    Args:
        low, high: the first metric's mean of the floor and of the ceiling.
    """
    first = task.metrics[0]
    estimates = {metric.name: card.estimate(metric) for metric in task.metrics}
    comparable = card.coverage == 1.0 and high != low
    spread: Mapping[str, Any] = card.spread.get(first.name, {})
    return Row(
        rank=None,
        standing=None,
        model=card.model,
        part=_part(task, card),
        estimates=estimates,
        covered=(estimates[first.name].value - low) / (high - low) if comparable else nan,
        gain=improvement(card, floor, first),
        coverage=card.coverage,
        speed=card.speed,
        weights=card.weights,
        isolation=card.isolation,
        relative_speed=_relative_speed(card, floor),
        peak_memory=card.cost.get("peak_memory", 0),
        late_share=late_share(card.cost),
        latency_seconds=stated_latency(card.cost),
        samples=card.samples,
        best=_or_nan(spread.get("best")),
        deviation=_or_nan(spread.get("deviation")),
    )


def _or_nan(value: float | None) -> float:
    return nan if value is None else value


def _relative_speed(card: Scorecard, floor: Scorecard) -> float:
    """How many times as fast as the floor a model is, if both ran in the same kind of process."""
    same = card.isolation == floor.isolation and floor.speed > 0.0
    return card.speed / floor.speed if same else nan


def _part(task: Task, card: Scorecard) -> Part:
    if card.model == task.ceiling:
        return "ceiling"
    if card.model == task.floor:
        return "floor"
    return "told the answer" if card.told_the_answer else "entry"


def _competes(row: Row) -> bool:
    return row.part == "entry" and row.coverage == 1.0


def _standings(metric: Ranged, cards: Sequence[Scorecard]) -> dict[str, Standing]:
    """How sure the ranks of the competing models are, by model."""
    values = {
        card.model: {
            song: [metric.sign * value for value in values]
            for song, values in by_song(card.of(metric)).items()
        }
        for card in cards
    }
    return standings(values, seed=cards[0].dataset if cards else "")


def _with_ranks(rows: Sequence[Row], first: str, standing_of: Mapping[str, Standing]) -> list[Row]:
    """Rank the competing models from 1. Equal values share a rank; the next rank counts them all
    (1, 1, 3)."""
    ranked_rows: list[Row] = []
    place, rank, last = 0, 0, None
    for row in rows:
        if not _competes(row):
            ranked_rows.append(row)
            continue
        place += 1
        value = row.estimates[first].value
        rank, last = (rank if value == last else place), value
        ranked_rows.append(replace(row, rank=rank, standing=standing_of[row.model]))
    return ranked_rows


def ranked(row: Row) -> str:
    """A rank as text, as in `2 [1–3] ab`: its interval where that is wider than the rank, and the
    letters that it shares with models that cannot be told apart from it."""
    if row.rank is None or row.standing is None:
        return "–"
    standing = row.standing
    wide = f" [{standing.low}–{standing.high}]" if standing.low < standing.high else ""
    return f"{row.rank}{wide} {standing.group}".strip()


def titled(row: Row) -> str:
    """A model's name, and its part where it is not an entry."""
    return row.model if row.part == "entry" else f"{row.model} ({row.part})"


def covered_text(row: Row) -> str:
    """How far a model has come from the floor to the ceiling, or that it failed."""
    return "failed" if row.coverage < 1.0 else percent(row.covered)
