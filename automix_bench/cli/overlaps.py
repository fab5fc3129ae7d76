"""The command `overlap`: which items of a data set a training corpus holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from automix_bench.cli.options import Data, Effects, Json, ScoredSplit, bars, load_effects

if TYPE_CHECKING:
    from automix_bench.submissions.overlap import Overlap


def overlap(
    corpus: Annotated[
        Path,
        typer.Argument(
            help="What a model was trained on: a folder of sound files, or a data set made by "
            "`make`."
        ),
    ],
    data: Data,
    split: ScoredSplit = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("overlap.json"),
    effect: Effects = None,
    workers: Annotated[
        int, typer.Option(min=1, help="How many recordings are read at a time.")
    ] = 1,
    as_json: Json = False,
) -> None:
    """Look for the items of a data set in a training corpus.

    They are found by audio fingerprint. The record names the items, and no recording of the corpus.
    Boards drop these items for all models. An interrupted search goes on where it was. Files that
    cannot be read are named, counted and left out.
    """
    from automix_bench.cli.output.terminal import message
    from automix_bench.errors import UsageError
    from automix_bench.evaluation.scored_data import examples_to_score
    from automix_bench.files.atomic import write_whole
    from automix_bench.files.canonical_json import pretty
    from automix_bench.submissions.overlap import overlap as look_for

    if not out.resolve().parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.resolve().parent}")
    load_effects(effect)
    with bars() as progress:
        result = look_for(
            corpus, examples_to_score(data, split), workers=workers, progress=progress
        )
    write_whole(out, pretty(result.record).encode())
    _show(result, as_json)
    message(f"the record: {out}")


def _show(result: Overlap, as_json: bool) -> None:
    from automix_bench.cli.output.terminal import (
        console,
        count_text,
        print_json,
        print_line,
        table,
        warning,
    )
    from automix_bench.untrusted.shown import for_terminal

    for reason in result.unreadable:
        warning(f"skipped: {reason}")
    record = result.record
    if as_json:
        unreadable = [{"file": one.item, "reason": one.reason} for one in result.unreadable]
        print_json({**record, "recordings": dict(result.recordings), "unreadable": unreadable})
        return
    if rows := record["overlapping"]:
        shown = table("item", "by", "sound", "bits that differ", "in", right=("bits that differ",))
        for one in rows:
            share = "–" if one["differing"] is None else f"{100.0 * one['differing']:.1f} %"
            place = result.recordings.get(one["item"], "")
            cells = one["item"], one["by"], one["sound"], share, place
            shown.add_row(*map(for_terminal, cells))
        console().print(shown)
    corpus = record["corpus"]
    print_line(
        f"{len(rows)} of {count_text(record['items'], 'item')} overlap with "
        f"{count_text(corpus['recordings'], 'recording')}"
    )
    if corpus["unreadable"]:
        print_line(f"{count_text(corpus['unreadable'], 'file')} could not be read")
    if record["unsearchable"]:
        print_line(
            f"{count_text(record['unsearchable'], 'item')}: too short or too quiet to be looked for"
        )
