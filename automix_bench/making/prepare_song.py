"""A planned song with its stems: what rendering begins with, or what is done ahead of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Audio
from automix_bench.dataset.plan import PlannedSong
from automix_bench.errors import Rejected, UsageError
from automix_bench.executor import Tell
from automix_bench.files.canonical_json import fingerprint
from automix_bench.licence import join
from automix_bench.recipe import Recipe
from automix_bench.separation.separate import KeepsStems, SeparationCache, separated
from automix_bench.separator import Separator
from automix_bench.song import Song


def prepared(recipe: Recipe, planned: PlannedSong, cache: SeparationCache | Path | None) -> Song:
    """A planned song, decoded, made stereo if the recipe says so, with its stems.

    Raises:
        Rejected: the file is not what its header promised.
    """
    song = recipe.source.load(planned.listing)
    if recipe.stereo:
        stems = {name: _stereo(stem) for name, stem in song.stems.items()}
        song = replace(song, stems=stems, mix=_stereo(song.mix))
    song = separated(song, recipe.separator, cache)
    weights = recipe.separator.license if "residual" in song.stems else ""
    return replace(song, license=join(song.license, weights))


def _stereo(audio: Audio) -> Audio:
    if audio.channels != 1:
        return audio
    return audio.with_samples(np.repeat(audio.samples, 2, axis=0))


@dataclass(frozen=True)
class SeparateSong:
    """Work that leaves a song's stems in the cache."""

    recipe: Recipe
    cache: SeparationCache | Path

    def __call__(self, planned: PlannedSong, tell: Tell) -> None:
        try:
            prepared(self.recipe, planned, self.cache)
        except Rejected:
            return  # rendering meets it again, and writes it down


@dataclass(frozen=True)
class AsPlanned:
    """A separator that goes by the fingerprint in the plan, so that a machine without the GPU finds
    in the cache what one with it has left there, and need not load a model to do so.

    Raises:
        UsageError: on separation, if this machine would give other stems than planned.
    """

    separator: Separator
    planned: Mapping[str, Any]

    def __call__(self, song: Song) -> Song:
        if not self.keeps(song):
            here = self.separator.fingerprint()
            if fingerprint(dict(here)) != fingerprint(dict(self.planned)):
                raise UsageError(_differing(self.planned, here))
        return self.separator(song)

    def keeps(self, song: Song) -> bool:
        """As the separator itself says."""
        return isinstance(self.separator, KeepsStems) and self.separator.keeps(song)

    def fingerprint(self) -> Mapping[str, Any]:
        """The one in the plan."""
        return self.planned

    @property
    def license(self) -> str:
        """The separator's."""
        return self.separator.license


def as_planned(recipe: Recipe, separator: Mapping[str, Any]) -> Recipe:
    """The recipe, with its separator going by a plan's fingerprint."""
    return replace(recipe, separator=AsPlanned(recipe.separator, separator))


def on_a_device(separator: Mapping[str, Any]) -> bool:
    """Whether the separator of this fingerprint, or one within it, computes on a GPU or the like:
    its `device` is not the CPU."""
    within = [value for value in separator.values() if isinstance(value, Mapping)]
    return separator.get("device", "cpu") != "cpu" or any(map(on_a_device, within))


def _differing(planned: Mapping[str, Any], here: Mapping[str, Any]) -> str:
    names = [name for name in {**planned, **here} if planned.get(name) != here.get(name)]
    wanted = ", ".join(f"{name} {planned.get(name)!r}" for name in names)
    got = ", ".join(f"{name} {here.get(name)!r}" for name in names)
    return (
        f"separation was planned with {wanted}, but where it is done there is {got}: give the "
        "separator settings that hold on every machine (a device by name, not 'auto'), or the "
        "machines the same versions"
    )
