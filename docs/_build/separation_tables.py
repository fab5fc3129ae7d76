"""Print the tables of docs/separation-for-mixing.md from the results of the experiment.

python docs/_build/separation_tables.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from markdown_tables import table_head, table_row

RESULTS = (
    Path(__file__).parents[2] / "experiments" / "separation_for_mixing" / "report" / "results.json"
)
STEPS = {
    "T → T4": "four true groups in place of true tracks",
    "T4 → W4": "wet groups with random effects in place of dry ones",
    "W4 → S4-12": "separated with 12 dB SDR, leakage",
    "W4 → S4-9": "with 9 dB",
    "W4 → S4-6": "with 6 dB",
    "W4 → S4-3": "with 3 dB",
    "S4-6 → S4-6-grain": "at 6 dB, musical noise in place of leakage",
    "S4-6 → S4-6-plain": "at 6 dB, no random effects",
    "S4-6 → S4-6-normalised": "at 6 dB, one normalising strip in place of random effects",
    "T4 → M": "89 of 200 songs separated with 6 dB, in place of true groups",
    "W4 → R4": "`small_separator`, 3.8 dB SDR, in place of wet groups",
    "W4 → U": "Spleeter's two stems in place of wet groups",
}
ARMS = {
    "T": "true tracks",
    "T4": "true groups",
    "M": "111 songs as true groups, 89 separated with 6 dB",
    "knowledge_based": "– `knowledge_based`, which reads names",
    "W4": "wet groups, random effects",
    "R4": "by `small_separator`, random effects",
    "S4-12": "leakage at 12 dB, random effects",
    "S4-6-grain": "musical noise at 6 dB, random effects",
    "equal_loudness": "– `equal_loudness`: the network before its first step",
    "S4-9": "leakage at 9 dB, random effects",
    "S4-6-plain": "leakage at 6 dB, no effects",
    "plain_sum": "– `plain_sum`",
    "S4-6": "leakage at 6 dB, random effects",
    "S4-6-normalised": "leakage at 6 dB, one normalising strip",
    "S4-3": "leakage at 3 dB, random effects",
    "U": "Spleeter's two stems, random effects",
}
AFTERWARDS = {
    ("T4", "T4"): "true groups of 200 songs in place of 100",
    ("T4", "M"): "100 true songs → 111 true and 89 separated ones",
    ("W4", "S4-6-grain"): "musical noise at 6 dB in place of no errors",
}


def shown(one: Mapping[str, Any]) -> str:
    """A value and its interval; the difference of a step with its sign."""
    value, low, high = (f"{one[name]:.2f}" for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]".replace("-", "\N{MINUS SIGN}")


def share(one: Mapping[str, Any]) -> str:
    """A share and its interval in per cent."""
    value, low, high = (f"{100.0 * one[name]:.0f}" for name in ("value", "low", "high"))
    return f"{value} % [{low}, {high}]".replace("-", "\N{MINUS SIGN}")


def tables(results: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the tables."""
    of = {
        f"{step['before']} → {step['after']}": step
        for step in [*results["ladder"], *results["also"]]
    }
    yield from table_head("step", "what changes", "dB worse", "")
    for name, what in STEPS.items():
        yield table_row(name, what, shown(of[name]), of[name]["verdict"])
    yield ""
    yield from table_head("asked for after the first results", "dB worse", "")
    for step in results["afterwards"]:
        yield table_row(AFTERWARDS[step["before"], step["after"]], shown(step), step["verdict"])
    yield ""
    kept, on_groups = results["kept_of_gain"], results["means_on_groups"]
    yield from table_head("shown in training", "on tracks", "of the gain of T", "on four groups")
    for arm, mean in sorted(results["means"].items(), key=lambda item: item[1]["value"]):
        if arm != "oracle":
            own = share(kept[arm]) if arm in kept else ""
            yield table_row(ARMS[arm], shown(mean), own, shown(on_groups[arm]))
    yield ""
    yield from table_head("on music of others", "dB")
    for arm, mean in sorted(results["real"]["means"].items(), key=lambda item: item[1]["value"]):
        if arm != "oracle":
            yield table_row(ARMS[arm], shown(mean))
    curve = results["curve"]
    sizes = sorted({int(name.split()[1]) for name in curve})
    if len(sizes) > 1:
        yield ""
        yield from table_head("songs", *(f"{size}" for size in sizes))
        for arm in ("T", "W4", "S4-6"):
            cells = [curve.get(f"{arm} {size}") for size in sizes]
            yield table_row(ARMS[arm], *(shown(one) if one else "–" for one in cells))


if __name__ == "__main__":
    print("\n".join(tables(json.loads(RESULTS.read_text(encoding="utf-8")))))
