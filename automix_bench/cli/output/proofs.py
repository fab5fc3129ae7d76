"""Print the tests of metrics: proofs of their claims, and what each metric responds to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from automix_bench.catalogue.cards import metric_card
from automix_bench.cli.output.tables import TableRow, columns, print_blocks, print_table
from automix_bench.cli.output.terminal import console, print_json, styled, table
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.prove import Proved
from automix_bench.proofs.sensitivity import Sensitivity

_WIDTH = 140
_MARKS = {True: "holds", False: "FAILS", None: "–"}
_STYLES = {True: "green", False: "bold red", None: "dim"}


def show_proofs(proved: Proved, as_json: bool) -> None:
    """Print the card of a metric, then every proof of it."""
    card = metric_card(proved.metric)
    if as_json:
        print_json({**card.facts, "proofs": [asdict(proof) for proof in proved.proofs]})
        return
    terminal = console(_WIDTH)
    terminal.print(styled(card.text))
    if proved.missing:
        terminal.print()
        terminal.print(f"not tested: not installed: {', '.join(proved.missing)}")
        return
    proofs = table("", "what", "found", title="proofs")
    for proof in proved.proofs:
        mark = styled(_MARKS[proof.holds], _STYLES[proof.holds])
        proofs.add_row(mark, proof.claim, proof.found)
    terminal.print(proofs)


def show_all_proofs(metrics: Sequence[Proved], as_json: bool) -> None:
    """Print a line for each metric, and below them the proofs that fail."""
    if as_json:
        print_json({proved.metric.name: _to_json(proved) for proved in metrics})
        return
    heads = columns(
        *("metric", "proofs that hold", "fail", "peers beside it", "speed"),
        spare=("peers beside it", "speed"),
    )
    rows = []
    for proved in metrics:
        holding = sum(proof.holds is True for proof in proved.proofs)
        peers = [p.claim for p in proved.proofs if p.kind == "peer" and p.holds is not None]
        missing = f"not installed: {', '.join(proved.missing)}"
        speed = next((p.found for p in proved.proofs if p.kind == "cost"), missing)
        counts = (str(holding), str(len(proved.failed)))
        style = "bold red" if proved.failed else ""
        rows.append(TableRow((proved.metric.name, *counts, ", ".join(peers), speed), style))
    terminal = console(_WIDTH)
    print_table(heads, rows)
    for proved in metrics:
        for proof in proved.failed:
            terminal.print(f"{proved.metric.name}: {proof.claim}: {proof.found}")


def _to_json(proved: Proved) -> dict[str, Any]:
    proofs = [asdict(proof) for proof in proved.proofs]
    return {"missing": list(proved.missing), "proofs": proofs}


def show_sensitivity(sensitivity: Sensitivity, as_json: bool) -> None:
    """Print a row for each metric, a column for each degradation."""
    if as_json:
        print_json(sensitivity.to_json())
        return
    rows = []
    for name, sights in sensitivity.rows.items():
        cells = (styled(sight.cell, "bold" if sight.claimed else "dim") for sight in sights)
        rows.append(TableRow((name, *cells)))
    terminal = console(_WIDTH)
    terminal.print("Spearman's rank correlation with the grade, five grades", style="italic")
    print_blocks(columns("metric", *DEGRADATIONS, right=[*DEGRADATIONS]), rows, repeated=1)
    terminal.print(
        f"Means over {', '.join(sensitivity.songs)}. Bold: the card claims that it is seen. "
        "Blind: no grade moves the value by a step.",
        style="dim",
    )
