"""Write docs/check-tables.md: every built-in model through `automix-bench check`.

    python docs/_build/check_page.py            checks the models that have changed, writes: half an hour
    python docs/_build/check_page.py MODEL …    checks these anew
    python docs/_build/check_page.py --text     writes the page from the figures beside it

The figures are kept in `check-tables.json`, model by model.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markdown_tables import table_head, table_row
from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.checkup import check
from automix_bench.checkup.check_report import CheckReport
from automix_bench.checkup.check_tracks import composed_tracks
from automix_bench.checkup.check_trial import DOES_NOT_APPLY, FAIL, all_trials
from automix_bench.checkup.model_kinds import model_kind
from automix_bench.errors import UsageError
from automix_bench.evaluation.entry import entry
from automix_bench.isolation.privileges import Limits

DOCS = Path(__file__).parent.parent
PAGE, FIGURES = DOCS / "check-tables.md", DOCS / "check-tables.json"
TOLD_THE_ANSWER = "oracle"
TABLES = {
    "Models that mix tracks": ("sounds of tracks",),
    "Models of one track and a sub-mix, or of a mix": ("sounds of track and sub-mix", "sounds of mix"),
    "Models that remove effects": ("sounds of stems",),
    "Models that return numbers": ("numbers of mix",),
    "Models that return a console": ("console of tracks",),
}
"""Heads of the tables, and what the models of each return and are shown."""
FOR_ANOTHER_TASK = {
    f"{model} for {task}": (model, task)
    for task in ("console_recovery",)
    for model in ("equal_loudness", "knowledge_based", "search_mix", "spectrum_and_loudness_match")
}
"""Checks of models for a task that is not their own, by name."""
LIMITS = Limits(item_seconds=600.0)
INTRODUCTION = """# Every built-in model, checked

Written by `python docs/_build/check_page.py`: `automix-bench check` on each model, with the composed songs that it uses by default. [What each line means](check.md). A figure in **bold**
fails, one of a dash does not apply. -150 dB stands for that or less. What fails is listed below each table. Not checked: `oracle`, which is told the answers. Models that
answer several tasks are checked for one; those that can return a console are checked for `console_recovery` too, by the mix that their console makes.
"""

Figures = dict[str, Any]


def record_of(report: CheckReport) -> Figures:
    """What is kept of a report: nothing of the machine."""
    lines = {
        line.trial.name: {
            "verdict": line.verdict,
            "figure": None if line.figure is None else round(line.figure, 2),
            "text": line.figure_text,
            "reason": line.reason,
        }
        for line in report.lines
    }
    return {"task": report.task, "code": report.code, "isolation": report.isolation, "lines": lines}


def measure(figures: Figures, anew: Sequence[str]) -> None:
    """Check the models that are not among the figures, or are of other code, and keep each."""
    music = composed_tracks()
    checks: dict[str, tuple[str, str | None]] = {
        name: (name, None) for name in plugin.names("models") if name != TOLD_THE_ANSWER
    }
    trials = {trial.name for trial in all_trials()}
    for name, (model, task) in (checks | FOR_ANOTHER_TASK).items():
        kept = figures.get(name, {})
        same = kept.get("code") == entry(model).code and set(kept.get("lines", ())) == trials
        if same and name not in anew:
            continue
        try:
            figures[name] = record_of(check(model, task=task, music=music, limits=LIMITS))
        except UsageError as error:  # a package is missing
            print(f"{name}: left out: {error}", file=sys.stderr)
            continue
        FIGURES.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        failed = [one for one, line in figures[name]["lines"].items() if line["verdict"] == FAIL]
        PAGE.write_text(text(figures), encoding="utf-8")
        print(f"{name}: fails {', '.join(failed) or 'none'}", file=sys.stderr, flush=True)


def text(figures: Mapping[str, Any]) -> str:
    """The page."""
    return "\n".join([INTRODUCTION, *_tables(figures)])


def _tables(figures: Mapping[str, Any]) -> Iterator[str]:
    for head, shown in TABLES.items():
        models = [
            name
            for name in sorted(figures)
            if _returned_and_shown(figures[name]["task"]) in shown
        ]
        yield f"## {head}\n"
        yield from table_head("line", *(f"`{name.split(' ')[0]}`" for name in models))
        yield table_row("checked for", *(figures[name]["task"] for name in models))
        for trial in all_trials():
            yield table_row(
                f"[`{trial.name}`](check.md)",
                *(_cell(figures[name]["lines"][trial.name]) for name in models),
            )
        yield ""
        for name in models:
            for trial in all_trials():
                line = figures[name]["lines"][trial.name]
                if line["verdict"] == FAIL:
                    why = line["reason"] or f"{line['text']}; {trial.expects}"
                    yield f"* `{name.split(' ')[0]}`, `{trial.name}`: {why}"
        yield ""


def _returned_and_shown(task: str) -> str:
    kind = model_kind(task_named(task))
    return f"{kind.returns} of {kind.shown}"


def _cell(line: Mapping[str, Any]) -> str:
    if line["verdict"] == DOES_NOT_APPLY:
        return "–"
    number = line["text"] or "no answer"
    return f"**{number}**" if line["verdict"] == FAIL else number



def main() -> None:
    parser = argparse.ArgumentParser(description="Write docs/check-tables.md.")
    parser.add_argument("models", nargs="*", help="models to check anew")
    parser.add_argument("--text", action="store_true", help="only write the page")
    given = parser.parse_args()
    kept = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
    if not given.text:
        measure(kept, given.models)
    PAGE.write_text(text(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
