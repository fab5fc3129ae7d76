"""Read the JSON of a scorecard, which anybody may have written, and check every field of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from automix_bench import plugin
from automix_bench.errors import DatasetError
from automix_bench.metric import Ranged
from automix_bench.untrusted.fields import (
    Check,
    Schema,
    is_number,
    mapping,
    number,
    one_of,
    optional,
    record,
    sequence,
    shown,
    span,
    text,
    truth,
    whole,
)
from automix_bench.untrusted.json_file import read_json_object

STATUSES = ("ok", "undefined", "failed")
REMEDY = "score the run again, or ask for the card that `score` wrote"
MOST_SECONDS = 1e12

COST = Schema(
    {},
    {
        **dict.fromkeys(
            ("audio_seconds", "work_seconds", "cpu_seconds"), number(0.0, MOST_SECONDS)
        ),
        **dict.fromkeys(("peak_memory", "frames", "late_frames"), whole(0, 1 << 60)),
        "latency_seconds": number(0.0, MOST_SECONDS),
    },
)
_RANGE = Schema(
    {
        "unit": text(),
        "better": one_of(("higher", "lower")),
        "low": number(),
        "high": number(),
    }
)
_SPREAD = Schema(dict.fromkeys(("best", "deviation"), optional(number())))
_SCORE = Schema(
    {
        **dict.fromkeys(("example", "song", "stem", "metric"), text()),
        "value": optional(number()),
        "status": one_of(STATUSES),
        "reason": text(1_000_000, empty=True),
    }
)
_SCORE_TYPES = {
    name: (float, int, type(None)) if name == "value" else (str,) for name in _SCORE.required
}
_LONGEST_NAME = 1_000


class Cost(TypedDict):
    """What a model's answers took, over all of them.

    Attributes:
        audio_seconds: of sound that was answered.
        work_seconds: that it took.
        cpu_seconds: of the model's processes; 0 or missing if it is not known.
        peak_memory: the most bytes that they held; 0 or missing if it is not known.
        frames, late_frames: of live shows, and those that took longer to be mixed than they last;
            missing for other tasks.
        latency_seconds: the longest latency that the model states; missing for other tasks.
    """

    audio_seconds: float
    work_seconds: float
    cpu_seconds: NotRequired[float]
    peak_memory: NotRequired[int]
    frames: NotRequired[int]
    late_frames: NotRequired[int]
    latency_seconds: NotRequired[float]


def no_cost() -> Cost:
    """The cost of no answer."""
    return {"audio_seconds": 0.0, "work_seconds": 0.0, "cpu_seconds": 0.0, "peak_memory": 0}


class StatedRange(TypedDict):
    """What a card states of a metric, so that values of other people's metrics can be checked."""

    unit: str
    better: Literal["higher", "lower"]
    low: float
    high: float


def stated_range(metric: Ranged) -> StatedRange:
    """The unit and the range of a metric, as cards state them."""
    return {
        "unit": metric.unit,
        "better": metric.better,
        "low": float(metric.low),
        "high": float(metric.high),
    }


def read_scorecard_record(
    path: Path, version: int, further: Mapping[str, object]
) -> dict[str, Any]:
    """The fields of a scorecard, checked.

    A value must be a number within its metric's range where the status is `ok`, null where it is
    `undefined`, and the metric's worst where it is `failed`. The range is that of the built-in
    metric where the card's task is built in and has the metric; else the one that the card states.
    A card may leave its cost out. No code is loaded for what a card names.

    Args:
        version: of the format.
        further: fields that a card may lack, with their defaults; a text, a number or a truth.

    Raises:
        DatasetError: there is no such file, or a field is missing, unknown or wrong. The message
            names the file, the item, the field, what was expected and what came.
    """
    card = read_json_object(path, "scorecard", REMEDY)
    if card.get("format") != version or isinstance(card["format"], bool):
        got = shown(card.get("format"))
        raise DatasetError(
            f"{path}: a scorecard of another version: format: expected {version}, got {got}: "
            f"{REMEDY}"
        )
    _card_schema(further).demand(card, str(path), REMEDY)
    for name, stated in card.get("metrics", {}).items():
        if not stated["low"] < stated["high"]:
            raise DatasetError(
                f"{path}: metrics: {shown(name)}: expected low below high, got "
                f"{shown(stated['low'])} and {shown(stated['high'])}: {REMEDY}"
            )
    if sum(card.get("left_out", {}).values()) > card.get("examples", 0):
        raise DatasetError(
            f"{path}: left_out: expected {card.get('examples', 0)} examples or fewer, got "
            f"{sum(card['left_out'].values())}: {REMEDY}"
        )
    scores = card["scores"]
    names = {score["metric"] for score in scores if _names_a_metric(score)}
    _demand_scores(path, scores, ranges_of(card["task"], names, card.get("metrics", {})))
    card["cost"] = {"audio_seconds": 0.0, "work_seconds": 0.0, **card["cost"]}
    return {name: value for name, value in card.items() if name != "format"}


def _card_schema(further: Mapping[str, object]) -> Schema:
    required: dict[str, Check] = {
        "format": whole(),
        "task": text(),
        "task_version": whole(),
        "dataset": text(),
        "model": text(),
        "scores": sequence,
        "cost": record(COST),
        "environment": mapping(text(empty=True)),
    }
    by_type: dict[type, Check] = {
        bool: truth,
        int: whole(),
        str: text(100_000, empty=True),
        dict: mapping(record(_RANGE)),
    }
    checks = {name: by_type[type(default)] for name, default in further.items()}
    checks["left_out"] = mapping(whole(1))
    return Schema(required, {**checks, "spread": mapping(record(_SPREAD)), "samples": whole(1)})


def ranges_of(
    task: str, names: Iterable[str], stated: Mapping[str, StatedRange]
) -> dict[str, StatedRange]:
    """The ranges of those metrics of a card that are known: the task's own, if it is built in; then
    what the card states; then metrics that are built in."""
    tasks, metrics = plugin.names("tasks"), set(plugin.names("metrics"))
    own = plugin.load("tasks", task).metrics if task in tasks else ()
    built_in = [plugin.load("metrics", name) for name in sorted(metrics & set(names))]
    return {
        **{m.name: stated_range(m) for m in built_in if isinstance(m, Ranged)},
        **stated,
        **{metric.name: stated_range(metric) for metric in own},
    }


def _names_a_metric(score: object) -> bool:
    return isinstance(score, dict) and isinstance(score.get("metric"), str)


def _demand_scores(path: Path, scores: Sequence[object], ranges: Mapping[str, StatedRange]) -> None:
    """Refuse a score with a fault, an item that is there twice, and an example of two songs."""
    items: set[tuple[str, str, str]] = set()
    songs: dict[str, str] = {}
    for place, raw in enumerate(scores):
        if not _is_plain(raw):
            _SCORE.demand(raw, f"{path}: score {place}{_item(raw)}", REMEDY)
        score = cast("dict[str, Any]", raw)
        item = score["example"], score["stem"], score["metric"]
        fault = _value_fault(score, ranges.get(score["metric"]))
        if not fault and item in items:
            fault = "item: expected once, got twice"
        song = songs.setdefault(score["example"], score["song"])
        if not fault and song != score["song"]:
            fault = (
                f"song: expected {shown(song)} as in its other scores, got {shown(score['song'])}"
            )
        if fault:
            raise DatasetError(f"{path}: score {place}{_item(score)}: {fault}: {REMEDY}")
        items.add(item)


def _is_plain(score: object) -> bool:
    """Whether a score is right in all but its value: a quick check for files with many."""
    return (
        isinstance(score, dict)
        and score.keys() == _SCORE_TYPES.keys()
        and all(type(score[name]) in types for name, types in _SCORE_TYPES.items())
        and score["status"] in STATUSES
        and all(
            0 < len(score[name]) <= _LONGEST_NAME and score[name].isascii() and score[name].strip()
            for name in ("example", "song", "stem", "metric")
        )
        and not score["reason"]
    )


def _item(score: object) -> str:
    """The item of a score, for a message."""
    if not isinstance(score, dict):
        return ""
    parts = [
        f"{name} {shown(score[name])}" for name in ("example", "stem", "metric") if name in score
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _value_fault(score: Mapping[str, Any], known: StatedRange | None) -> str:
    """What is wrong with a value of this status and metric; empty if nothing."""
    value, status = score["value"], score["status"]
    if status == "undefined":
        return "" if value is None else f"value: expected null where undefined, got {shown(value)}"
    low, high = (known["low"], known["high"]) if known else (-1e300, 1e300)
    if not is_number(value) or not low <= value <= high:
        expected = f"a number {span(low, high)}" if known else "a finite number"
        return f"value: expected {expected} where the status is {status}, got {shown(value)}"
    if status == "failed" and known:
        worst = low if known["better"] == "higher" else high
        if value != worst:
            return f"value: expected the worst, {worst:g}, where failed, got {shown(value)}"
    return ""
