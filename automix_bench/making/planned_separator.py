"""A separator that is held to the fingerprint in a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from automix_bench.errors import UsageError
from automix_bench.files.canonical_json import fingerprint
from automix_bench.recipe import Recipe
from automix_bench.separation.separate import KeepsStems
from automix_bench.separator import Separator, SeparatorFingerprint
from automix_bench.song import Song


@dataclass(frozen=True)
class PlannedSeparator:
    """A separator under the fingerprint in the plan.

    The cache finds stems by the fingerprint. So a machine without a GPU finds the stems that one
    with a GPU left there, and need not load the model.

    Raises:
        UsageError: on separation, if this machine would give other stems than planned.
    """

    separator: Separator
    planned: SeparatorFingerprint

    def __call__(self, song: Song) -> Song:
        if not self.keeps(song):
            here = self.separator.fingerprint()
            if fingerprint(dict(here)) != fingerprint(dict(self.planned)):
                raise UsageError(_difference(self.planned, here))
        return self.separator(song)

    def keeps(self, song: Song) -> bool:
        """Whether the song's own stems are used unchanged."""
        return isinstance(self.separator, KeepsStems) and self.separator.keeps(song)

    def fingerprint(self) -> SeparatorFingerprint:
        """The one in the plan."""
        return self.planned

    @property
    def license(self) -> str:
        """The separator's."""
        return self.separator.license


def with_planned_separator(recipe: Recipe, planned: SeparatorFingerprint) -> Recipe:
    """The recipe, with its separator held to the fingerprint `planned`."""
    return replace(recipe, separator=PlannedSeparator(recipe.separator, planned))


def uses_a_device(separator: SeparatorFingerprint) -> bool:
    """Whether the separator of this fingerprint, or one within it, computes on a GPU or the like:
    its `device` is not the CPU."""
    inner = [value for value in separator.values() if isinstance(value, Mapping)]
    return separator.get("device", "cpu") != "cpu" or any(map(uses_a_device, inner))


def _difference(planned: SeparatorFingerprint, here: SeparatorFingerprint) -> str:
    names = [name for name in {**planned, **here} if planned.get(name) != here.get(name)]
    there_values = ", ".join(f"{name} {planned.get(name)!r}" for name in names)
    here_values = ", ".join(f"{name} {here.get(name)!r}" for name in names)
    return (
        f"separation was planned with {there_values}, but where it is done there is {here_values}: "
        "give the separator settings that hold on every machine (a device by name, not 'auto'), "
        "or the machines the same versions"
    )
