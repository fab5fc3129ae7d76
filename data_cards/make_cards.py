"""Write the data cards of the recipes.

    python data_cards/make_cards.py             all cards, a few minutes
    python data_cards/make_cards.py remix       one card

Each is of a small data set of composed songs, but that of `quickstart`: it is the card of the data
set that `automix-bench demo` makes.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from automix_bench import plugin
from automix_bench.dataset.finish import CARD
from automix_bench.making.make import make
from automix_bench.recipe_parts.settings_from_text import recipe_from

FOLDER = Path(__file__).parent
RECIPES = tuple(plugin.names("recipes"))
WHOLE = "quickstart"
"""The recipe whose card is of a whole data set, with no settings."""

SMALL = {"count": "5", "song_seconds": "10", "seconds": "1.5", "per_song": "2"}
SMALLER = {"dereverberation": {"stems": "2"}, "delimiting": {"per_song": "3"}}
"""By recipe. Rooms take long to compute; some excerpts cannot be made as loud as drawn."""

NOTE = """
> This is the card of a small data set, made to show what the recipe `{name}` gives:
> `automix-bench make {name} OUT {options}`.
> `python data_cards/make_cards.py {name}` writes this file.
"""


def settings(name: str) -> list[str]:
    """The settings of the data set whose card is shown."""
    if name == WHOLE:
        return []
    return [f"{key}={value}" for key, value in {**SMALL, **SMALLER.get(name, {})}.items()]


def card(name: str, data: Path) -> str:
    """The card of the data set in `data`, made with `settings(name)`.

    If it is a small data set, a note on how it was made stands after the YAML header.
    """
    text = (data / CARD).read_text(encoding="utf-8")
    if name == WHOLE:
        return text
    options = " ".join(f"--set {setting}" for setting in settings(name))
    return text.replace("---\n\n#", f"---\n{NOTE.format(name=name, options=options)}\n#", 1)


def main() -> None:
    """Write the cards of the recipes that are named, or of all."""
    for name in sys.argv[1:] or RECIPES:
        with tempfile.TemporaryDirectory() as folder:
            data = make(recipe_from(name, settings(name)), Path(folder) / "data").folder
            (FOLDER / f"{name}.md").write_text(card(name, data), encoding="utf-8")
        print(f"written: {FOLDER / name}.md")


if __name__ == "__main__":
    main()
