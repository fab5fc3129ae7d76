"""Tests of `recipe_parts`."""
