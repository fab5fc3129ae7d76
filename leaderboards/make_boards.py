"""Make the boards of all tasks: data, answers, scores and tables.

    python leaderboards/make_boards.py FOLDER          20 composed songs, to leaderboards/composed/
    python leaderboards/make_boards.py FOLDER --task remix --task mastering
    python leaderboards/make_boards.py FOLDER --songs MUSIC --separator spleeter --out BOARDS

Data and answers lie in FOLDER. A run that was stopped goes on where it was. Each task is shown to
the built-in models that answer it; each runs in its box. With `--songs`, the music is yours: mixed
songs, which the separator takes apart. Tasks that want true multitracks are then left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from math import nan
from pathlib import Path
from typing import Any

from automix_bench import plugin
from automix_bench.catalogue.tasks import task_named
from automix_bench.charts.number_text import interval
from automix_bench.dataset.reader import Dataset
from automix_bench.errors import AutomixError
from automix_bench.evaluation.board_cells import Row, covered_text, ranked, titled
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.leaderboard import Board
from automix_bench.executors.local import Local
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from
from automix_bench.statistics import Estimate
from automix_bench.statistics.ranking import Standing

HERE = Path(__file__).parent
COMPOSED = ("count=20", "first=300", "song_seconds=16", "seconds=6", "per_song=1")
OF_OTHERS = ("seconds=6", "per_song=1")
MIXERS = ("equal_loudness", "knowledge_based", "random_mix", "best_of_n_random")
GPL_MATCHERS = ("matchering",) if find_spec("matchering") else ()
"""Of an extra of its own: not every machine has it."""
REMOVERS = ("declip", "delimit", "spectral_dereverb", "drc_inverse_blind")
TASKS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "mixing": ("wet_multitrack", (), (*MIXERS, "fx_normalised_mix", "rule_agent")),
    "mixing_raw": (
        "raw_multitrack",
        (),
        (*MIXERS, "fx_normalised_mix", "rule_agent", "learned/mixing_console"),
    ),
    "mixing_to_sum": ("pseudo_multitrack", (), MIXERS),
    "drum_mixing": (
        "drum_mix",
        (),
        (*MIXERS, "learned/drum_console", "learned/drum_wave_u_net"),
    ),
    "live_mixing": ("live_multitrack", (), ("live_balance",)),
    "style_transfer": (
        "style_pairs",
        (),
        (
            *MIXERS[:2],
            "spectrum_and_loudness_match",
            "search_mix",
            "learned/style_console",
            *GPL_MATCHERS,
        ),
    ),
    "stem_blending": ("raw_multitrack", (), ("blend_by_role",)),
    "mastering": ("mastering_degradations", (), ("mastering_rules",)),
    "remix": ("remix", (), ("remix_by_separation",)),
    "text_manipulation": (
        "text_manipulation",
        (),
        ("text_by_separation", "learned/text_manipulation_net"),
    ),
    "effect_removal": (
        "effect_removal_single",
        ("stems=2",),
        (*REMOVERS, "learned/effect_remover"),
    ),
    "effect_removal_multi": (
        "effect_removal_multi",
        ("stems=2",),
        (*REMOVERS, "learned/effect_remover"),
    ),
    "drc_inversion": ("drc_profiles", ("stems=2",), ("drc_inverse",)),
    "drc_inversion_blind": (
        "drc_profiles",
        ("stems=2",),
        ("drc_inverse_blind", "learned/drc_settings"),
    ),
    "delimiting": ("delimiting", (), ("delimit",)),
    "declipping": ("declipping", ("seconds=2",), ("declip",)),
    "dereverberation": (
        "dereverberation",
        ("stems=2", "seconds=3"),
        ("dereverb", "spectral_dereverb"),
    ),
    "distortion_removal": (
        "distortion_removal",
        ("stems=2",),
        ("declip", "distortion_inverse_blind"),
    ),
    "source_restoration": ("source_restoration", (), ("separate",)),
    "separation": ("remix", (), ("separate", "learned/small_separator")),
    "loudness_balance": (
        "loudness_balance",
        (),
        ("balance_by_separation", "learned/loudness_balance_net"),
    ),
    "console_recovery": (
        "style_pairs",
        (),
        (*MIXERS[:2], "spectrum_and_loudness_match", "search_mix"),
    ),
}
"""By task: its recipe, settings of the recipe, and the models beside floor and ceiling."""


HEAD = """# Boards of all tasks

Written by `python leaderboards/make_boards.py FOLDER`. The built-in models that answer a task,
between its floor and its ceiling; means over songs with 95 % intervals. The gain is that over the
floor, paired by song; a model whose interval holds no zero is in **bold**."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit code: 1 if a task has no board."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--task", action="append", choices=list(TASKS), help="only this task")
    parser.add_argument("--songs", type=Path, help="a folder of mixed songs, not composed ones")
    parser.add_argument("--separator", default="spleeter", help="for --songs")
    parser.add_argument("--out", type=Path, help="where the boards go")
    parser.add_argument("--count", type=int, help="so many songs")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    if given.songs and not given.out:
        parser.error("--songs wants --out, a folder for the boards")
    out = given.out or HERE / "composed"
    out.mkdir(parents=True, exist_ok=True)
    exit_code = 0
    for name in given.task or TASKS:
        try:
            board = _board(name, given)
        except AutomixError as error:
            print(f"{name}: no board: {error}", flush=True)
            exit_code = 1
            continue
        text = json.dumps(board.to_json(), indent=2, ensure_ascii=False, sort_keys=True)
        (out / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
        print(f"{name}: {_verdict(board)}", flush=True)
    write_page(out)
    return exit_code


def _board(name: str, given: argparse.Namespace) -> Board:
    """The board of a task; data and answers that are there are used again."""
    recipe, settings, models = TASKS[name]
    songs = [one for one in COMPOSED if not (given.count and one.startswith("count="))]
    songs += [f"count={given.count}"] if given.count else []
    if given.songs:
        songs = [f"songs={given.songs}", f"separator={given.separator}", *OF_OTHERS]
    executor = Local(given.workers) if given.workers > 1 else None
    path = HERE.parent / "recipes" / f"{recipe}.py"
    set_here = {one.partition("=")[0] for one in settings}
    songs = [one for one in songs if one.partition("=")[0] not in set_here]
    chosen = recipe_from(str(path) if path.is_file() else recipe, (*songs, *settings))
    folder = given.folder / "-".join((recipe, *(s.replace("=", "-") for s in settings)))
    made = make(chosen, folder, executor=executor)
    task = task_named(name)
    evaluated = evaluate(
        task, Dataset(made.folder), models, given.folder / "runs", executor=executor
    )
    return evaluated.board


def _verdict(board: Board) -> str:
    above = ", ".join(row.model for row in board.rows if _is_above(row))
    return f"{board.songs} songs, " + (f"above the floor: {above}" if above else "none above it")


def write_page(out: Path) -> None:
    """Write the page of all boards that are in a folder."""
    (out / "README.md").write_text("\n".join(_page(out)) + "\n", encoding="utf-8")


def _page(out: Path) -> Iterator[str]:
    yield HEAD
    lacking = []
    for name in TASKS:
        path = out / f"{name}.json"
        if not path.is_file():
            continue
        board = json.loads(path.read_text(encoding="utf-8"))
        rows, first = [_row(row) for row in board["rows"]], board["metrics"][0]
        yield f"\n## {name}\n\n{task_named(name).description}\n"
        yield f"Recipe {board['recipe']}, {board['songs']} songs, data {board['dataset'][:12]}."
        yield f"\n| rank | model | {first['name']} ({first['unit']}) | gain | covered |"
        yield "| --- | --- | --- | --- | --- |"
        for row in rows:
            title = f"**{row.model}**" if _is_above(row) else titled(row)
            gain = interval(row.gain) if row.part == "entry" else "–"
            mean = interval(row.estimates[first["name"]])
            yield f"| {ranked(row)} | {title} | {mean} | {gain} | {covered_text(row)} |"
        if not any(map(_is_above, rows)):
            lacking.append(name)
    if lacking:
        yield f"\nNo built-in model is above the floor by its interval in: {', '.join(lacking)}."


def _is_above(row: Row) -> bool:
    """Whether a model is better than the floor by an interval that holds no zero."""
    return row.part == "entry" and row.gain.low > 0.0


def _row(stored: Mapping[str, Any]) -> Row:
    """A row of a board as it was written: null is NaN, or nothing."""
    standing = stored["standing"]
    numbers = _numbers(stored)
    return Row(
        **{
            **numbers,
            "rank": stored["rank"],
            "parameters": stored.get("parameters"),
            "standing": None if standing is None else Standing(**standing),
            "estimates": {name: _estimate(one) for name, one in stored["estimates"].items()},
            "gain": _estimate(stored["gain"]),
        }
    )


def _estimate(stored: Mapping[str, Any]) -> Estimate:
    return Estimate(**_numbers(stored))


def _numbers(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: nan if value is None else value for name, value in stored.items()}


if __name__ == "__main__":
    assert set(TASKS) <= set(plugin.names("tasks"))
    sys.exit(main())
