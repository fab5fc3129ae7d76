"""Write the picture of the front page: the demo's mixing board above a player of its report.

    automix-bench demo
    python docs/_build/demo_picture.py automix_demo

Wants Chromium on the PATH, playwright and Pillow.
"""

from __future__ import annotations

import io
import shutil
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
            _player(demo / "listen" / "index.html"),
        ]
        picture = Image.new("RGB", (WIDTH, BOARD_HEIGHT + PAGE_HEIGHT), "white")
        picture.paste(parts[0], (0, 0))
        picture.paste(parts[1], (0, BOARD_HEIGHT))
    PICTURE.parent.mkdir(exist_ok=True)
    picture.quantize(64).save(PICTURE, optimize=True)


def _player(page: Path) -> Image.Image:
    """The player of the first item of a report, as much of it as fits."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        shown = browser.new_page(viewport={"width": WIDTH, "height": PAGE_HEIGHT})
        shown.goto(page.resolve().as_uri() + "#item-0")
        shown.wait_for_selector(".player[data-ready]")
        content = shown.screenshot()
        browser.close()
    return Image.open(io.BytesIO(content)).convert("RGB")


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
