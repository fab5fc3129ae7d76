"""What the commands about metrics print: proofs, and what each metric sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from automix_bench.catalogue.cards import metric_card
from automix_bench.cli.output.terminal import print_json, terminal
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.prove import Proved
from automix_bench.proofs.sensitivity import Sensitivity

_WIDTH = 140
_MARKS = {True: "holds", False: "FAILS", None: "–"}
_STYLES = {True: "green", False: "bold red", None: "dim"}


def show_proofs(proved: Proved, as_json: bool) -> None:
    """The card of a metric, then every proof of it."""
    card = metric_card(proved.metric)
    if as_json:
        print_json({**card.facts, "proofs": [asdict(proof) for proof in proved.proofs]})
        return
    console = _console()
    console.print(card.text, markup=False)
    if proved.missing:
        console.print(f"\nnothing proved: not installed: {', '.join(proved.missing)}")
        return
    table = Table(box=box.SIMPLE, title="proofs", title_justify="left")
    for head in ("", "what", "found"):
        table.add_column(head)
    for proof in proved.proofs:
        table.add_row(
            Text(_MARKS[proof.holds], _STYLES[proof.holds]), Text(proof.claim), Text(proof.found)
        )
    console.print(table)


def show_all_proofs(found: Sequence[Proved], as_json: bool) -> None:
    """A line for each metric, and below it the proofs that fail."""
    if as_json:
        print_json({one.metric.name: _said(one) for one in found})
        return
    table = Table(box=box.SIMPLE)
    for head in ("metric", "proofs that hold", "fail", "peers beside it", "speed"):
        table.add_column(head)
    for one in found:
        held = sum(proof.holds is True for proof in one.proofs)
        peers = [p.claim for p in one.proofs if p.kind == "peer" and p.holds is not None]
        missing = f"not installed: {', '.join(one.missing)}"
        speed = next((p.found for p in one.proofs if p.kind == "cost"), missing)
        style = "bold red" if one.failed else ""
        table.add_row(
            one.metric.name, str(held), str(len(one.failed)), ", ".join(peers), speed, style=style
        )
    console = _console()
    console.print(table)
    for one in found:
        for proof in one.failed:
            console.print(f"{one.metric.name}: {proof.claim}: {proof.found}", markup=False)


def _said(proved: Proved) -> dict[str, Any]:
    proofs = [asdict(proof) for proof in proved.proofs]
    return {"missing": list(proved.missing), "proofs": proofs}


def show_sensitivity(found: Sensitivity, as_json: bool) -> None:
    """A row for each metric, a column for each degradation."""
    if as_json:
        print_json(found.to_json())
        return
    table = Table(box=box.SIMPLE, title="Spearman's rank correlation with the grade, five grades")
    table.add_column("metric")
    for name in DEGRADATIONS:
        table.add_column(name, justify="right")
    for name, sights in found.rows.items():
        cells = (Text(sight.cell, "bold" if sight.claimed else "dim") for sight in sights)
        table.add_row(name, *cells)
    console = _console()
    console.print(table)
    console.print(
        f"Means over {', '.join(found.songs)}. Bold: the card claims that it is seen. "
        "Blind: no grade moves the value by a step.",
        style="dim",
        markup=False,
    )


def _console() -> Console:
    return terminal(_WIDTH, highlight=False)
