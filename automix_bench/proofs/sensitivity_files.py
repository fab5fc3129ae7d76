"""What each metric sees, as files: JSON, a table and a picture."""

from __future__ import annotations

from math import nan
from pathlib import Path

from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import pretty
from automix_bench.pages.sensitivity_map import MapCell, sensitivity_map
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.sensitivity import Sensitivity


def picture(sensitivity: Sensitivity) -> str:
    """The table as SVG: blue in order, orange in the opposite order, grey blind. A frame marks what
    the metric's card claims to see."""
    rows = {
        name: [
            MapCell(nan if sight.blind else sight.order, sight.cell, sight.claimed)
            for sight in sights
        ]
        for name, sights in sensitivity.rows.items()
    }
    return sensitivity_map(rows, [name.replace("_", " ") for name in DEGRADATIONS])


def write(sensitivity: Sensitivity, folder: Path) -> tuple[Path, ...]:
    """Write `sensitivity.json`, `sensitivity.md` and `sensitivity.svg` into a folder, which is made
    if it is not there. Returns the three paths.

    Raises:
        DiskFull: there is no room.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        ".json": pretty(sensitivity.to_json()),
        ".md": sensitivity.to_markdown(),
        ".svg": picture(sensitivity),
    }
    for suffix, text in texts.items():
        write_whole(folder / f"sensitivity{suffix}", text.encode())
    return tuple(folder / f"sensitivity{suffix}" for suffix in texts)
