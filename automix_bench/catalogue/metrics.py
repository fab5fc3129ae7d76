"""Metrics by name, and the packages that they need."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from automix_bench import plugin
from automix_bench.errors import UsageError
from automix_bench.metric import Metric


def metrics_named(names: str) -> tuple[Metric, ...]:
    """The metrics of a text of plug-in names with commas between them.

    The name `cheap` stands for every built-in metric that is cheap, is not kept only to reproduce
    published values, and needs no further package.

    Raises:
        UnknownPlugin: there is no plug-in of a name.
        UsageError: a name stands for something other than a metric of a pair of sounds.
    """
    metrics: dict[str, Metric] = {}
    for name in filter(None, (part.strip() for part in names.split(","))):
        for one in built_in() if name == "cheap" else [metric_named(name)]:
            if name != "cheap" or (one.cheap and not one.instead and not one.packages):
                metrics.setdefault(one.name, one)
    return tuple(metrics.values())


def built_in() -> list[Metric]:
    """Every metric of a pair of sounds, in alphabetical order. Metrics of settings and of sets of
    sounds are not among them."""
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
    """The packages that cannot be imported here, of those given by the names used in `import`."""
    return [name for name in packages if importlib.util.find_spec(name.split(".")[0]) is None]


def not_installed(metric: Metric) -> list[str]:
    """The packages that a metric needs and that are missing, by the names used in `pip install`."""
    return [name for name in metric.packages if not _is_installed(name)]


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.distribution(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
