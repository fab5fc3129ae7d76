"""Pack a run as a submission."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from automix_bench.dataset.reader import Dataset
from automix_bench.errors import DatasetError
from automix_bench.evaluation.released_mixes import scored_examples
from automix_bench.evaluation.run_costs import SECONDS
from automix_bench.evaluation.run_folder import demand_run_of, read_answer
from automix_bench.evaluation.scored_data import ALL, facts_of
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import pretty
from automix_bench.scorecard import Scorecard
from automix_bench.submissions.archive import write_archive
from automix_bench.submissions.benchmark import SPLIT, Benchmark, demand_benchmark
from automix_bench.submissions.record import FORMAT, demand_submission, overlapping_items
from automix_bench.task import Task
from automix_bench.untrusted.shown import one_line


def pack(
    task: Task,
    dataset: Dataset,
    run: Path,
    card: Scorecard,
    system: Mapping[str, Any],
    out: Path,
    *,
    benchmark: str = "",
    floor: Scorecard | None = None,
    overlap: Path | None = None,
) -> Path:
    """Pack the answers of a run, its scorecard and a system card as one archive.

    Equal runs and cards give equal bytes.

    Args:
        run: the folder of the run.
        card: what the submitter's scores are; for information.
        system: a system card, see `record.SystemCard`.
        out: the file to write.
        benchmark: the name of the official benchmark that the data set is; empty for other data.
        floor: the card of the task's floor from the same machine, for the relative speed.
        overlap: the record of the items that the training corpus holds (`submissions.overlap`).

    Raises:
        DatasetError: the run is of another task or data set, or of a model that is told the answer;
            an answer is missing or failed; the card holds the means of several answers; or the
            record of the overlap is damaged or of other data.
    """
    record = demand_run_of(run, task, dataset)
    if card.samples > 1:
        raise DatasetError(
            f"{run}: expected a card of one answer to each example, got the means of "
            f"{card.samples}: score this run alone (automix-bench score)"
        )
    if record["told_the_answer"]:
        raise DatasetError(
            f"{run}: expected a model that is asked, got {one_line(record['model'])[:100]}, which "
            "is told the answer: it stands on no board"
        )
    ids = [dataset.rows[number]["id"] for number in scored_examples(task, dataset).numbers]
    members: dict[str, bytes | Path] = {"run/run.json": run / "run.json"}
    for example in ids:
        if fault := read_answer(run, example).failure:
            raise DatasetError(f"{run}: {example}: {fault}: a submission answers every example")
        members[f"run/{example}.json"] = run / f"{example}.json"
        for path in sorted(run.glob(f"{glob.escape(example)}.*.flac")):
            members[f"run/{path.name}"] = path
    if (run / SECONDS).is_file():  # what each answer cost
        members[f"run/{SECONDS}"] = run / SECONDS
    members["card.json"] = pretty(card.to_json()).encode()
    if overlap is not None:
        overlapping_items(overlap, str(overlap), dataset)
        members["overlap.json"] = overlap
    hashes = {name: _sha256(content) for name, content in members.items()}
    submission = {
        "format": FORMAT,
        "benchmark": benchmark,
        "task": task.name,
        "task_version": task.version,
        "dataset": dataset.fingerprint,
        "recipe": record.get("recipe", "") or "unknown",
        "split": dataset.split or ALL,
        "model": record["model"],
        "system": dict(system),
        "environment": dict(record["environment"]),
        "files": hashes,
        **({"floor_cost": dict(floor.cost)} if floor else {}),
    }
    demand_submission(submission, str(out))
    write_archive(out, {**members, "submission.json": pretty(submission).encode()})
    return out


def demand_packed_for(benchmark: Benchmark, task: Task, dataset: Dataset) -> None:
    """Refuse to pack a run as one of a benchmark that its data or its task is not of.

    Raises:
        DatasetError: the data are another's.
        UsageError: the benchmark does not have the task.
    """
    benchmark.task(task.name)
    if dataset.split != SPLIT:
        raise DatasetError(
            f"{dataset.folder}: split: benchmark {benchmark.name} is scored on {SPLIT}, this run "
            f"on {dataset.split or ALL}"
        )
    demand_benchmark(benchmark, dataset.folder)
    recipe, expected = facts_of(task, dataset).recipe, Path(benchmark.recipe).stem
    if recipe and recipe != expected:
        raise DatasetError(
            f"{dataset.folder}: recipe: benchmark {benchmark.name} has {expected}, this data set "
            f"has {one_line(recipe)[:100]}: it is another one"
        )


def _sha256(content: bytes | Path) -> str:
    return sha256(content).hexdigest() if isinstance(content, bytes) else file_sha256(content)
