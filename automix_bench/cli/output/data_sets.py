"""Print what the commands about data sets did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from automix_bench.cli.output.terminal import (
    count_text,
    message,
    messages,
    print_json,
    print_line,
    print_lines,
)
from automix_bench.dataset.plan import Plan
from automix_bench.dataset.verify import Problem
from automix_bench.making.estimate import MakeEstimate, to_text
from automix_bench.making.make import Made
from automix_bench.making.rebuild import Rebuilt
from automix_bench.music.files.common_folder import one_artist_line
from automix_bench.untrusted.shown import for_terminal


def show_made(made: Made) -> None:
    """Print on standard error what a data set holds, and which songs and excerpts it does not."""
    messages("left out", [str(rejected) for rejected in made.rejected])
    _say_common_folder(made.plan)
    message(
        f"{made.folder}: {len(made.rows)} examples in {len(list(made.plan.shards()))} shards "
        f"({made.rendered} rendered now), plan {made.plan.root[:12]}"
    )


def _say_common_folder(plan: Plan) -> None:
    """Print that all songs are taken for one artist, if their common folder is the reason."""
    line = one_artist_line([song.listing for song in plan.songs])
    if line is not None:
        message(line)


def made_to_json(made: Made, folder: Path) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "folder": str(folder),
        "plan_root": made.plan.root,
        "examples": len(made.rows),
        "planned": made.left_out.planned,
        "left_out": {
            "examples": dict(made.left_out.examples),
            "songs": dict(made.left_out.songs),
            "too_short_for_per_song": made.left_out.fewer,
        },
        "rejected": [{"item": r.item, "reason": r.reason} for r in made.rejected],
        "shards_rendered": made.rendered,
    }


def show_estimate(estimate: MakeEstimate, workers: int, as_json: bool) -> None:
    """Print what a recipe would make, and the time it takes with so many workers."""
    _say_common_folder(estimate.plan)
    if as_json:
        print_json(estimate.to_json())
    else:
        print_lines(to_text(estimate, workers))


def show_problems(data: Path, problems: Sequence[Problem], as_json: bool) -> None:
    """Print the problems of a data set, one a line, and their number."""
    if as_json:
        print_json([{"item": p.item, "what": p.what} for p in problems])
        return
    for problem in problems:
        print_line(f"{problem.item}: {problem.what}")
    print_line(f"{data}: {count_text(len(problems), 'problem')}")


def show_rebuilt(id: str, rebuilt: Rebuilt, as_json: bool) -> None:
    """Print how an example that was made again differs from the stored one, and why."""
    causes = [str(cause) for cause in rebuilt.causes]
    differences = [str(difference) for difference in rebuilt.differences]
    if as_json:
        print_json({"id": id, "equal": rebuilt.equal, "causes": causes, "differences": differences})
        return
    for line in (*causes, *differences):
        print_line(line)
    print_line(f"{id}: {'equal to the stored example' if rebuilt.equal else 'differs'}")


def show_next_steps(out: Path, page: Path) -> None:
    """Print where the demo put its files, and commands to try next."""
    folder = for_terminal(str(out))
    print_lines(
        f"\nThe data set: {folder}/data (README.md is its card). Answers and scorecards: "
        f"{folder}/runs.\n"
        f"To listen: open {for_terminal(str(page))} in a browser.\n"
        "Next:\n"
        "  automix-bench demo ~/music --out my_demo          the same with your songs\n"
        f"  automix-bench evaluate mixing {folder}/data my_model.py --split all\n"
        "  automix-bench make pseudo_multitrack OUT --set songs=~/music --set separator=spleeter\n"
        f"  automix-bench verify {folder}/data --rerender"
    )
