"""The contract of a separator: it gives stems to a song that has a mix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

from automix_bench.song import Song

SeparatorFingerprint: TypeAlias = Mapping[str, Any]
"""All that decides a separator's stems, as a JSON object: by custom its name under `separator`,
its settings, the sha256 of its weights, and under `device` the kind of machine it computes on
(`cpu` if it is not named). What else is in it is for each separator to choose."""


@runtime_checkable
class Separator(Protocol):
    """Give a song stems.

    The mix stays as it is. What no stem explains is a stem too, `residual`, so that all stems sum
    to the mix. (A song's own recorded stems need not sum to it: see `as_recorded`.)

    Equal fingerprints and equal mixes give equal stems.
    """

    def __call__(self, song: Song) -> Song: ...

    def fingerprint(self) -> SeparatorFingerprint:
        """All that decides the stems. It need not load the weights: their sha256, or anything else
        that names them for good, is enough."""

    @property
    def license(self) -> str:
        """SPDX expression of the weights; empty where there are none."""
