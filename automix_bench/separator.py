"""The contract of a separator: a song with a mix gets stems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from automix_bench.song import Song


@runtime_checkable
class Separator(Protocol):
    """Give a song stems. The mix stays untouched; what no stem explains is a stem too, `residual`,
    so that all stems sum to the mix. (A song's own recorded stems need not: `as_recorded`.)

    Equal fingerprints and equal mixes give equal stems.
    """

    def __call__(self, song: Song) -> Song: ...

    def fingerprint(self) -> Mapping[str, Any]:
        """All that decides the stems, as JSON: the separator's name and settings, and the sha256
        of its weights, or of what else names them for good. It need not load them."""
        ...

    @property
    def license(self) -> str:
        """SPDX expression of the weights; empty where there are none."""
        ...
