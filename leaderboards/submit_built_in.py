"""Submit the built-in models to the official benchmarks: the way that everybody's go.

    python leaderboards/submit_built_in.py FOLDER                              all that are pinned
    python leaderboards/submit_built_in.py FOLDER --benchmark drc-composed-1
    python leaderboards/submit_built_in.py FOLDER --model learned/drc_settings

Data, answers and archives lie in FOLDER. Each model is run in its box, packed with a system card,
scored again from the archive, and put on the board in `leaderboards/`. A run that was stopped goes
on where it was; entries that stand there with the same archive stay.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import yaml
from make_boards import GPL_MATCHERS, TASKS

from automix_bench.dataset.reader import Dataset
from automix_bench.errors import AutomixError
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.executor import Executor
from automix_bench.executors.local import Local
from automix_bench.scorecard import Scorecard, read_scorecard
from automix_bench.song import slug
from automix_bench.submissions.benchmark import (
    Benchmark,
    benchmark_named,
    benchmark_names,
    make_benchmark,
)
from automix_bench.submissions.board_folder import add
from automix_bench.submissions.board_tables import write_tables
from automix_bench.submissions.pack import pack
from automix_bench.submissions.record import system_fault
from automix_bench.task import Task
from automix_bench.weights import store as weights

HERE = Path(__file__).parent
SPLEETER = "Spleeter's two stems, by Deezer: trained on Deezer's own catalogue"
TRAINED = {
    name: [SPLEETER]
    for name in ("separate", "balance_by_separation", "remix_by_separation", "text_by_separation")
}
OF_COMPOSED = "composed songs, numbers below 5000"
RULES_OF_PAPERS = ("equal_loudness", "random_mix", "best_of_n_random", "rule_agent", "declip")
LEARNED = "learned/"
RANDOM = "draws at random from a seed, so it is deterministic"


def system_card(card: Scorecard) -> dict[str, Any]:
    """The system card of a built-in model."""
    trained = TRAINED.get(card.model, [])
    system: dict[str, Any] = {
        "name": card.model,
        "authors": ["the authors of automix_bench"],
        "code": f"automix_bench/models/{card.model}.py",
        "commit": "",
        "license": "Apache-2.0",
        "kind": "composite" if trained else "single",
        "parameters": None if trained else 0,
        "weights": {},
        "trained_on": trained,
        "tuned_on": [] if card.model in RULES_OF_PAPERS else [OF_COMPOSED],
        "selected_on": [],
        "deterministic": True,
        "open": True,
        "interpretable": not trained,
        "description": RANDOM if "random" in card.model else "",
    }
    if card.model.startswith(LEARNED):
        system |= learned(card.model.removeprefix(LEARNED))
    if fault := system_fault(system):
        raise AssertionError(f"{card.model}: {fault}")
    return system


def learned(name: str) -> dict[str, Any]:
    """What the card of a learned model's weights says of them."""
    path = weights.shipped(name)
    head = yaml.safe_load(path.with_suffix(".md").read_text(encoding="utf-8").split("---")[1])
    tensors, metadata = weights.read(path)
    data = f"composed songs, recipe plan {metadata['plan_root']}"
    return {
        "parameters": sum(tensor.numel() for tensor in tensors.values()),
        "weights": {path.name: head["sha256"]},
        "trained_on": [f"{data}, split train"],
        "tuned_on": [],
        "selected_on": [f"{data}, split valid"],
        "interpretable": "console" in name,
    }


def submitted(task: str) -> list[str]:
    """The models that are submitted to the boards of a task: all but those of a GPL extra, which
    not every machine has."""
    return [model for model in TASKS[task][2] if model not in GPL_MATCHERS]


def submit(
    benchmark: Benchmark,
    folder: Path,
    boards: Path,
    executor: Executor | None = None,
    only: Collection[str] = (),
) -> list[str]:
    """Submit the models of every task of a benchmark; returns a line for each entry.

    Args:
        only: the models that are submitted; empty for all.
    """
    chosen = {
        name: [one for one in submitted(name) if not only or one in only]
        for name in benchmark.tasks
    }
    if not any(chosen.values()):
        return []
    dataset = make_benchmark(benchmark, folder / benchmark.name, executor=executor, told=_told)
    return [
        line
        for name, models in chosen.items()
        if models
        for line in _submit(
            benchmark, benchmark.task(name), dataset, folder, boards, executor, models
        )
    ]


def _submit(
    benchmark: Benchmark,
    task: Task,
    dataset: Dataset,
    folder: Path,
    boards: Path,
    executor: Executor | None,
    models: Sequence[str],
) -> list[str]:
    runs = folder / "runs" / benchmark.name
    evaluated = evaluate(task, dataset, models, runs, executor=executor)
    cards = {card.model: card for card in map(read_scorecard, evaluated.cards)}
    lines = []
    for model in models:
        archive = pack(
            task,
            dataset,
            evaluated.runs[model],
            cards[model],
            system_card(cards[model]),
            runs / f"{task.name}-{slug(model)}.abench",
            benchmark=benchmark.name,
            floor=cards[task.floor],
        )
        entry, verified = add(
            archive, benchmark, dataset, boards, replace_entry=True, executor=executor
        )
        largest = max(verified.largest.values(), default=0.0)
        lines.append(
            f"{benchmark.name}, {entry.file_name}: {entry.badge}, differs by {largest:.2g}"
        )
        _told(lines[-1])
    return lines


def _told(line: str) -> None:
    print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit code: 1 if a benchmark could not be submitted to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--benchmark", action="append", choices=benchmark_names())
    models = sorted({model for task in TASKS for model in submitted(task)})
    parser.add_argument("--model", action="append", default=[], choices=models, metavar="MODEL")
    parser.add_argument("--boards", type=Path, default=HERE)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(arguments)
    executor = Local(given.workers) if given.workers > 1 else None
    pinned = [name for name in benchmark_names() if benchmark_named(name).fingerprint]
    exit_code = 0
    for name in given.benchmark or pinned:
        try:
            submit(benchmark_named(name), given.folder, given.boards, executor, given.model)
        except AutomixError as error:
            _told(f"{name}: {error}")
            exit_code = 1
        write_tables(given.boards)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
