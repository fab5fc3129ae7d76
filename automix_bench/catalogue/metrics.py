"""Metrics by name, and which packages they need."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from automix_bench import plugin
from automix_bench.errors import UsageError
from automix_bench.metric import Metric


def metrics_named(names: str) -> tuple[Metric, ...]:
    """The metrics whose plug-ins' names stand in a text, with commas between them. `cheap` stands
    for every one that is built in, cheap and not only kept for what was published with it, and that
    needs no further package.

    Raises:
        UnknownPlugin: there is no such plug-in.
        UsageError: what one stands for is no metric of a pair of sounds.
    """
    found: dict[str, Metric] = {}
    for name in filter(None, (part.strip() for part in names.split(","))):
        for one in built_in() if name == "cheap" else [metric_named(name)]:
            if name != "cheap" or (one.cheap and not one.instead and not one.packages):
                found.setdefault(one.name, one)
    return tuple(found.values())


def built_in() -> list[Metric]:
    """Every metric of a pair of sounds that has a name, in alphabetical order; those of sets of
    sounds and of settings are others."""
    loaded = (plugin.load("metrics", name) for name in plugin.names("metrics"))
    return [one for one in loaded if isinstance(one, Metric)]


def metric_named(name: str) -> Metric:
    """The metric of a pair of sounds that a name, or the path of a file, stands for.

        ab.metric("si_sdr")(reference=one, estimate=other)

    Raises:
        UnknownPlugin: there is no such metric.
        UsageError: what the name stands for measures something else, or is no metric.
    """
    offered = plugin.load("metrics", name)
    if not isinstance(offered, Metric):
        got = type(offered).__name__
        raise UsageError(f"metric {name}: wanted a metric of a pair of sounds, got a {got}")
    return offered


def missing(packages: Iterable[str]) -> list[str]:
    """Those that cannot be imported here, by the names they are imported by."""
    return [name for name in packages if importlib.util.find_spec(name.split(".")[0]) is None]


def not_installed(metric: Metric) -> list[str]:
    """The packages that it needs and that are not here, by the names they are installed by."""
    return [name for name in metric.packages if not _is_installed(name)]


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
