"""A recipe as it stands in a plan."""

from dataclasses import fields
from pathlib import Path
from typing import NotRequired, get_origin, get_type_hints

from automix_bench.dataset.plan import PlannedRecipe
from automix_bench.making.recipe_json import recipe_json
from automix_bench.recipe import OMITTED_AT_DEFAULT, Recipe
from automix_bench.recipe_parts.settings_from_text import recipe_from

RECIPES = Path(__file__).parent.parent.parent / "recipes"


def test_a_planned_recipe_has_the_settings_of_a_recipe_and_its_type(recipe):
    hints = get_type_hints(PlannedRecipe, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    assert optional == {
        field.name for field in fields(Recipe) if OMITTED_AT_DEFAULT in field.metadata
    }
    assert list(hints) == ["type", *(field.name for field in fields(Recipe))]
    assert recipe_json(recipe()).keys() == hints.keys() - optional
    assert (
        recipe_json(
            recipe(store="before", consoles=2, bits=16, tasks=("mixing",), rate=44_100)
        ).keys()
        == hints.keys()
    )


def test_only_a_recipe_of_ours_may_state_the_name_that_plans_know_its_class_by(tmp_path):
    text = (RECIPES / "remix.py").read_text(encoding="utf-8")
    theirs = tmp_path / "remix.py"
    theirs.write_text(text + "\n# An edit that the name it states says nothing of.\n")
    stated = recipe_json(recipe_from("remix"))["console"]["type"]
    assert f'name_in_plans: ClassVar[str] = "{stated}"' in text
    copied = recipe_json(recipe_from(str(theirs)))["console"]["type"]
    assert copied.startswith("remix@")
    assert copied != stated
