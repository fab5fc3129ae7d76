"""The card of a plug-in, from its declarations, or of a data set, from its folder."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.answer_metrics.settings_metric import SettingsMetric
from automix_bench.answer_metrics.values_metric import ValuesMetric
from automix_bench.catalogue import entries
from automix_bench.errors import DatasetError, UsageError
from automix_bench.metric import Metric
from automix_bench.set_metric import SetMetric
from automix_bench.task import Task


@dataclass(frozen=True)
class CatalogueCard:
    """The same card twice.

    Attributes:
        facts: for a script; JSON.
        text: for a reader.
    """

    facts: dict[str, Any]
    text: str


def card(what: str, name: str | None = None) -> CatalogueCard:
    """The card of the plug-in `name` of the kind `what`, or of the data set in the folder `what`.

    Raises:
        UsageError: a kind is given without a name, or `what` is neither a kind nor a folder.
        UnknownPlugin: there is no such kind or plug-in.
        DatasetError: the folder holds no finished data set.
    """
    if what in plugin.KINDS:
        if name is None:
            raise UsageError(f"card {what}: say which: automix-bench list {what} lists all")
        return _plugin_card(what, name)
    if name is None and Path(what).is_dir():
        return _dataset_card(Path(what))
    raise UsageError(f"card {what}: no folder and no kind{plugin.did_you_mean(what, plugin.KINDS)}")


def _dataset_card(folder: Path) -> CatalogueCard:
    from automix_bench.dataset.plan import read_plan
    from automix_bench.dataset.reader import Dataset

    path = folder / "README.md"
    if not path.is_file():
        raise DatasetError(f"{folder}: no finished data set here, README.md is missing")
    planned, dataset = read_plan(folder), Dataset(folder)
    facts = {
        "recipe": planned.recipe,
        "separator": planned.separator,
        "plan_root": planned.root,
        "examples": len(dataset),
        "fingerprint": dataset.fingerprint,
        "licenses": sorted({row["license"] for row in dataset.rows}),
    }
    return CatalogueCard(facts, path.read_text(encoding="utf-8"))


def _plugin_card(kind: str, name: str) -> CatalogueCard:
    if kind in entries.KINDS:
        return _settings_card(kind, name)
    if kind == "recipes":
        return _recipe_card(name)
    if kind == "trainings":
        return _training_card(name)
    offered = plugin.load(kind, name)
    facts: dict[str, Any] = {"kind": kind, "name": name}
    description = inspect.getdoc(offered) or ""
    if isinstance(offered, Metric):
        return metric_card(offered)
    if isinstance(offered, SettingsMetric | SetMetric | ValuesMetric):
        known = ("unit", "better", "low", "high", "perfect", "worst", "symmetric", "source")
        facts |= {key: getattr(offered, key) for key in known if hasattr(offered, key)}
        return _card(facts, offered.description)
    if isinstance(offered, Task):
        description = offered.description
        facts |= {key: getattr(offered, key) for key in ("version", "floor", "ceiling")}
        facts["metrics"] = [metric.name for metric in offered.metrics]
        facts["recipes"] = list(offered.recipes)
    elif is_dataclass(offered):
        facts["settings"] = [field.name for field in fields(offered)]
    elif inspect.isfunction(offered):
        facts["settings"] = str(inspect.signature(offered))
    return _card(facts, description)


def metric_card(metric: Metric) -> CatalogueCard:
    """The card of a metric. The text leaves out what is empty."""
    facts: dict[str, Any] = {"kind": "metrics", "name": metric.name}
    plain = (
        "unit",
        "better",
        "low",
        "high",
        "perfect",
        "worst",
        "step",
        "symmetric",
        "source",
        "license",
        "cheap",
        "instead",
    )
    facts |= {key: getattr(metric, key) for key in plain}
    facts |= {key: list(getattr(metric, key)) for key in ("blind_to", "sees", "packages")}
    facts["known"] = [known.what for known in metric.known]
    facts["peers"] = [peer.name for peer in metric.peers]
    shown = {key.replace("_", " "): value for key, value in facts.items() if value not in ("", [])}
    shown["cost"] = "a minute of sound takes " + ("under 3 s" if shown.pop("cheap") else "longer")
    text = _card(shown, metric.description).text
    return CatalogueCard({**facts, "description": metric.description}, text)


def _settings_card(kind: str, name: str) -> CatalogueCard:
    """The card of an effect or a normaliser. In the facts each number stands alone."""
    entry = entries.entry(kind, name)
    lines: dict[str, Any] = {"kind": kind, "name": name}
    if entry.settings:
        lines["knobs"] = {setting: str(spec) for setting, spec in entry.settings.items()}
    if entry.defaults:
        lines["if not given"] = dict(entry.defaults)
    if entry.claims is not None:
        nothing = entry.claims.nothing_at
        lines |= {"changes nothing at": nothing} if nothing else {}
        lines |= {"adds up": entry.claims.takes, "inverse": entry.claims.inverse}
    facts = {"kind": kind, "name": name, **entry.to_json(), "description": entry.description}
    return CatalogueCard(facts, _card(lines, entry.description).text)


def _recipe_card(name: str) -> CatalogueCard:
    entry = entries.recipe(name)
    settings = {key: f"{one.kind}, {one.default}" for key, one in entry.settings.items()}
    shared = {"and": "the settings of `Material`"} if entry.takes_material else {}
    facts = {"kind": "recipes", "name": name, "settings": settings | shared}
    return _card(facts, entry.description)


def _training_card(name: str) -> CatalogueCard:
    entry = entries.training(name)
    facts = {"kind": "trainings", "name": name, **entry.to_json()}
    lines: dict[str, Any] = {"kind": "trainings", "name": name, "version": entry.version}
    lines["settings"] = {key: f"{one.kind}, {one.default}" for key, one in entry.settings.items()}
    lines |= {"computed on": "the CPU, unless --device names another"}
    lines |= {"not good for": entry.limits} if entry.limits else {}
    text = _card(lines, entry.description).text
    return CatalogueCard({**facts, "description": entry.description}, text)


def _card(facts: dict[str, Any], description: str) -> CatalogueCard:
    lines = [f"{key}: {_line(value)}" for key, value in facts.items()]
    return CatalogueCard(
        {**facts, "description": description}, "\n".join((*lines, "", description))
    )


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
