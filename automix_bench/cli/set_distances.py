"""The command that compares all answers of a run with all targets, as sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from automix_bench.cli.options import Data, Json, bars


def distance(
    answers: Annotated[Path, typer.Argument(help="What `run` wrote.")],
    data: Data,
    metric: Annotated[str, typer.Option(help="fad, fad_inf, kad, or a .py file.")] = "kad",
    embedding: Annotated[
        str, typer.Option(help="aisfx (works offline), clap, fx_encoder_plus_plus, afx_rep, …")
    ] = "aisfx",
    task: Annotated[str | None, typer.Option(help="The task, if it is in a .py file.")] = None,
    resamples: Annotated[
        int, typer.Option(min=2, help="How often songs are drawn anew for the interval.")
    ] = 200,
    as_json: Json = False,
) -> None:
    """Measure how far the answers of a run are from the targets, as sets of sounds."""
    from automix_bench.cli.output.set_distances import show_set_distances
    from automix_bench.dataset.reader import Dataset
    from automix_bench.embedding import embedding_named
    from automix_bench.evaluation.run_folder import identity
    from automix_bench.evaluation.set_distances import set_distances
    from automix_bench.set_metric import set_metric_named
    from automix_bench.task import task_named

    said = identity(answers)
    chosen, network = set_metric_named(metric), embedding_named(embedding)
    with bars() as progress:
        found = set_distances(
            task_named(task or said["task"]),
            Dataset(data, said["split"]),
            answers,
            chosen,
            network,
            resamples=resamples,
            progress=progress,
        )
    show_set_distances(found, chosen, network, as_json)
    if any(one.answered < one.wanted for one in found):
        raise typer.Exit(5)
