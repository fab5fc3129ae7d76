"""Every recipe plans what it planned when its version was published: equal roots, equal data sets.

Where a recipe's examples change on purpose, raise its `version` and write its roots anew:

    python -m tests.recipes.test_plan_roots
"""

import json
from pathlib import Path

import pytest

from automix_bench import plugin
from automix_bench.making.planning import plan
from automix_bench.recipe_parts.settings_from_text import recipe_from

STORED = Path(__file__).with_name("plan_roots.json")
SETTINGS = ((), ("seed=3",))


def roots(name):
    """The roots of a recipe on composed songs, by its settings."""
    return {" ".join(given): plan(recipe_from(name, list(given))).root for given in SETTINGS}


@pytest.mark.parametrize("name", plugin.names("recipes"))
def test_a_recipe_plans_what_it_always_planned(name):
    assert roots(name) == json.loads(STORED.read_text(encoding="utf-8"))[name]


if __name__ == "__main__":
    text = json.dumps({name: roots(name) for name in plugin.names("recipes")}, indent=1)
    STORED.write_text(f"{text}\n", encoding="utf-8")
