"""Print the tables of docs/separation-for-mixing.md from the results of the experiment.

PYTHONPATH=. python docs/_build/separation_tables.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markdown_tables import table_head, table_row

from automix_bench.charts.number_text import interval
from automix_bench.statistics import Estimate
from experiments.separation_for_mixing.report_tables import SHOWN, share_text

RESULTS = (
    Path(__file__).parents[2] / "experiments" / "separation_for_mixing" / "report" / "results.json"
)


def shown(one: Mapping[str, Any]) -> str:
    """A value and its interval."""
    return interval(_estimate(one)).replace("-", "\N{MINUS SIGN}")


def share(one: Mapping[str, Any]) -> str:
    """A share and its interval in per cent."""
    return share_text(_estimate(one)).replace("-", "\N{MINUS SIGN}")


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the tables."""
    yield from _steps("what changes", [*results["ladder"], *results["also"]])
    yield ""
    yield from _steps("asked for after the first results", results["afterwards"])
    yield ""
    kept, on_groups = results["kept_of_gain"], results["means_on_groups"]
    yield from table_head("arm", "is shown", "on tracks", "of the gain of T", "on four groups")
    for arm, mean in sorted(results["means"].items(), key=lambda item: item[1]["value"]):
        if arm != "oracle":
            own = share(kept[arm]) if arm in kept else ""
            yield table_row(arm, SHOWN[arm], shown(mean), own, shown(on_groups[arm]))
    yield ""
    yield from table_head("arm", "is shown", "on music of others")
    for arm, mean in sorted(results["real"]["means"].items(), key=lambda item: item[1]["value"]):
        if arm != "oracle":
            yield table_row(arm, SHOWN[arm], shown(mean))
    curve = results["curve"]
    sizes = sorted({int(name.split()[1]) for name in curve})
    if len(sizes) > 1:
        yield ""
        yield from table_head("arm", *(f"{size} songs" for size in sizes))
        for arm in ("T", "W4", "S4-6"):
            cells = [curve.get(f"{arm} {size}") for size in sizes]
            yield table_row(arm, *(shown(one) if one else "–" for one in cells))


def _steps(head: str, steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from table_head(head, "from", "to", "dB worse", "")
    for one in steps:
        yield table_row(one["what"], one["before"], one["after"], shown(one), one["verdict"])


def _estimate(one: Mapping[str, Any]) -> Estimate:
    return Estimate(one["value"], one["low"], one["high"], one["songs"])


if __name__ == "__main__":
    print("\n".join(tables(json.loads(RESULTS.read_text(encoding="utf-8")))))
