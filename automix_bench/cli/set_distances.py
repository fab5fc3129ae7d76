"""The command that compares all answers of a run with all targets, as two sets."""

from __future__ import annotations

from typing import Annotated

import typer

from automix_bench.cli import completion
from automix_bench.cli.options import Answers, Data, Json, TaskFile, bars


def distance(
    answers: Answers,
    data: Data,
    metric: Annotated[str, typer.Option(help="fad, fad_inf, kad, or a .py file.")] = "kad",
    embedding: Annotated[
        str,
        typer.Option(
            help="aisfx (nothing to download), clap, fx_encoder_plus_plus, afx_rep, …, or a .py "
            "file.",
            autocompletion=completion.plugins("embeddings"),
        ),
    ] = "aisfx",
    task: TaskFile = None,
    resamples: Annotated[
        int, typer.Option(min=2, help="Number of resamples of the songs for the 95 % interval.")
    ] = 200,
    as_json: Json = False,
) -> None:
    """Measure how far answers are from targets, as sets.

    An embedding turns sounds into vectors; the metric compares the vectors of all answers with
    those of all targets, stem by stem. Exit code 5 if answers are missing.
    """
    from automix_bench.catalogue.tasks import task_named
    from automix_bench.cli.output.set_distances import show_set_distances
    from automix_bench.dataset.reader import Dataset
    from automix_bench.embedding import embedding_named
    from automix_bench.evaluation.run_folder import identity
    from automix_bench.evaluation.set_distances import set_distances
    from automix_bench.set_metric import set_metric_named

    record = identity(answers)
    chosen, network = set_metric_named(metric), embedding_named(embedding)
    with bars() as progress:
        distances = set_distances(
            task_named(task or record["task"]),
            Dataset(data, record["split"]),
            answers,
            chosen,
            network,
            resamples=resamples,
            progress=progress,
        )
    show_set_distances(distances, chosen, network, as_json)
    if any(one.answered < one.wanted for one in distances):
        raise typer.Exit(5)
