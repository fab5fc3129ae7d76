"""Write the picture of the front page: the demo's mixing board above its listening page.

    automix-bench demo
    python docs/_build/demo_picture.py automix_demo

Wants Chromium on the PATH, and Pillow.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console

from automix_bench.cli.output.boards import ranking
from automix_bench.cli.output.tables import whole_table
from automix_bench.evaluation.leaderboard import board
from automix_bench.scorecard import read_scorecard
from automix_bench.catalogue.tasks import task_named

PICTURE = Path(__file__).parent.parent / "pictures" / "demo.png"
WIDTH, BOARD_HEIGHT, PAGE_HEIGHT = 1_040, 200, 560


def main(demo: Path) -> None:
    """Write the picture of the demo in a folder."""
    task = task_named("mixing")
    cards = [read_scorecard(path) for path in sorted((demo / "runs" / "mixing").glob("*.json"))]
    console = Console(record=True, width=106, file=tempfile.TemporaryFile("w"))
    console.print(whole_table(*ranking(board(task, cards))))
    with tempfile.TemporaryDirectory() as scratch:
        text = Path(scratch, "board.html")
        text.write_text(console.export_html(inline_styles=True), encoding="utf-8")
        parts = [
            _screenshot(text, BOARD_HEIGHT, Path(scratch, "board.png")),
            _screenshot(demo / "listen" / "index.html", PAGE_HEIGHT, Path(scratch, "page.png")),
        ]
        picture = Image.new("RGB", (WIDTH, BOARD_HEIGHT + PAGE_HEIGHT), "white")
        picture.paste(parts[0], (0, 0))
        picture.paste(parts[1], (0, BOARD_HEIGHT))
    PICTURE.parent.mkdir(exist_ok=True)
    picture.quantize(64).save(PICTURE, optimize=True)


def _screenshot(page: Path, height: int, to: Path) -> Image.Image:
    """A page as Chromium shows it, `WIDTH` pixels wide."""
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *("--disable-background-networking", "--disable-component-update"),
                f"--user-data-dir={profile}",
                f"--window-size={WIDTH},{height}",
                f"--screenshot={to}",
                page.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
        )
    return Image.open(to).convert("RGB").crop((0, 0, WIDTH, height))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
