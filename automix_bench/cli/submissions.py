"""The commands of `submit`: pack the answers of a run, and score such an archive again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli.options import Answers, Data, Json, ScoredSplit, bars, with_executor
from automix_bench.executor import Executor

if TYPE_CHECKING:
    from automix_bench.scorecard import Scorecard
    from automix_bench.submissions.verify import Verified


def card(
    out: Annotated[Path, typer.Argument(help="The file to write.")] = Path("system.toml"),
    as_json: Json = False,
) -> None:
    """Write an empty system card to fill in."""
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.errors import UsageError
    from automix_bench.files.atomic import write_whole
    from automix_bench.submissions.record import TEMPLATE

    if out.exists():
        raise UsageError(f"{out}: is there already; name another file")
    write_whole(out, TEMPLATE.encode())
    if as_json:
        print_json({"system": str(out)})
    message(f"{out}: fill it in, then `automix-bench submit pack`")


def pack(
    answers: Answers,
    data: Data,
    system: Annotated[Path, typer.Argument(help="The system card, see `submit card`.")],
    out: Annotated[
        Path | None, typer.Option(help="The archive to write. Default: ANSWERS.abench.")
    ] = None,
    benchmark: Annotated[
        str | None,
        typer.Option(help="The benchmark that the data is: its name, or its .toml file."),
    ] = None,
    overlap: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The record of `overlap`: which items the training corpus holds.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Pack the answers of a run, its scorecard and a system card as one archive.

    The scorecard is the file beside the folder of the answers, as `evaluate` and `score` write it.
    """
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.dataset.reader import Dataset
    from automix_bench.evaluation.run_folder import identity
    from automix_bench.files.atomic import file_sha256
    from automix_bench.scorecard import read_scorecard
    from automix_bench.submissions.benchmark import benchmark_named
    from automix_bench.submissions.pack import demand_packed_for
    from automix_bench.submissions.pack import pack as pack_run
    from automix_bench.submissions.record import read_system_card

    about = read_system_card(system)
    record = identity(answers)
    folder = answers.resolve()
    task, dataset = task_named(record["task"]), Dataset(data, record["split"])
    of = benchmark_named(benchmark) if benchmark is not None else None
    if of is not None:
        demand_packed_for(of, task, dataset)
    path = pack_run(
        task,
        dataset,
        folder,
        read_scorecard(folder.with_name(f"{folder.name}.json")),
        about,
        out or folder.with_name(f"{folder.name}.abench"),
        benchmark=of.name if of else "",
        floor=_floor_beside(folder, task.floor),
        overlap=overlap,
    )
    if as_json:
        print_json({"archive": str(path), "sha256": file_sha256(path)})
    message(f"{path}: {path.stat().st_size} bytes, sha256 {file_sha256(path)}")


def _floor_beside(folder: Path, floor: str) -> Scorecard | None:
    """The card of the floor that was evaluated with a run, for the relative speed."""
    from automix_bench.scorecard import read_scorecard
    from automix_bench.song import slug

    of_data = folder.name.rpartition("-")[2]
    paths = sorted(folder.parent.glob(f"{slug(floor)}-*-{of_data}.json"))
    return read_scorecard(paths[0]) if paths else None


@with_executor
def verify(
    archive: Annotated[Path, typer.Argument(help="The archive of a submission.")],
    data: Data,
    split: ScoredSplit = None,
    out: Annotated[
        Path | None, typer.Option(help="The file for the scorecard that we measured.")
    ] = None,
    as_json: Json = False,
    executor: Executor | None = None,
) -> None:
    """Score a submission again from your own data, and refuse it if it does not agree.

    Nothing in the archive is run. Exit code 3 if it is refused; the line names the item.
    """
    from automix_bench.cli.output.terminal import message
    from automix_bench.evaluation.scored_data import examples_to_score
    from automix_bench.submissions.verify import verify as verify_archive

    with bars() as progress:
        verified = verify_archive(
            archive, examples_to_score(data, split), executor=executor, progress=progress
        )
    if out is not None:
        verified.card.write(out)
        message(f"the scorecard: {out}")
    _show(verified, as_json)


def rerun(
    archive: Annotated[Path, typer.Argument(help="The archive of a submission.")],
    data: Data,
    model: Annotated[str, typer.Argument(help="The system: a model's name, or its file.")],
    number: Annotated[
        str, typer.Option(help="A public number that nobody knew when the archive was made.")
    ],
    items: Annotated[int, typer.Option(help="How many items to draw.")] = 5,
    split: ScoredSplit = None,
    as_json: Json = False,
) -> None:
    """Score a submission again, run its system on drawn items, and compare.

    The items depend on the archive and on the number. Exit code 3 if an answer scores otherwise.
    """
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.cli.output.terminal import message, print_json
    from automix_bench.evaluation.entry import entry
    from automix_bench.evaluation.scored_data import examples_to_score
    from automix_bench.submissions.rerun import rerun as run_again
    from automix_bench.submissions.verify import verify as verify_archive

    dataset = examples_to_score(data, split)
    with bars() as progress:
        verified = verify_archive(archive, dataset, progress=progress)
        task = task_named(verified.record["task"])
        system = entry(model, (data.resolve(),))
        again = run_again(
            archive, verified, dataset, task, system, number, items, progress=progress
        )
    largest = max(again.largest.values(), default=0.0)
    if as_json:
        print_json({"items": list(again.items), "largest_differences": again.largest})
    message(f"re-run: {', '.join(again.items)}; largest difference {largest:.2g}")


def _show(verified: Verified, as_json: bool) -> None:
    from automix_bench.cli.output.terminal import count_text, print_json, print_line
    from automix_bench.submissions.verify import as_json as json_of
    from automix_bench.untrusted.shown import for_terminal

    if as_json:
        print_json(json_of(verified))
        return
    card, system = verified.card, verified.record["system"]
    title = f"{verified.record['model']} ({system['name']}, {system['kind']})"
    print_line(for_terminal(f"{title}: {verified.badge} on {card.task}, {card.songs} songs"))
    largest = max(verified.largest.values(), default=0.0)
    print_line(f"largest difference from the stated scores: {largest:.2g}")
    if "overlap.json" in verified.record["files"]:
        count = len(verified.overlap)
        print_line(f"stated overlap with the training corpus: {count_text(count, 'item')}")
    else:
        print_line("no record of an overlap with the training corpus")
