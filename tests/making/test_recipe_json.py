"""A recipe as it stands in a plan."""

from dataclasses import fields
from typing import NotRequired, get_origin, get_type_hints

from automix_bench.dataset.plan import PlannedRecipe
from automix_bench.making.recipe_json import recipe_json
from automix_bench.recipe import OMITTED_AT_DEFAULT, Recipe


def test_a_planned_recipe_has_the_settings_of_a_recipe_and_its_type(recipe):
    hints = get_type_hints(PlannedRecipe, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is NotRequired}
    assert optional == {
        field.name for field in fields(Recipe) if OMITTED_AT_DEFAULT in field.metadata
    }
    assert list(hints) == ["type", *(field.name for field in fields(Recipe))]
    assert recipe_json(recipe()).keys() == hints.keys() - optional
    assert recipe_json(recipe(store="before", consoles=2, bits=16)).keys() == hints.keys()
