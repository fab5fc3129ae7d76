"""A network sets a mixing console after a reference mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from automix_bench.audio import Audio
from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.mixing_rules.equal_loudness import equal_loudness
from automix_bench.mixing_rules.session import opened
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.console_mix import Parts, answer_of
from automix_bench.model_parts.learned_console import Knobs
from automix_bench.model_parts.style_knobs import style_knobs
from automix_bench.song import Stems
from automix_bench.weights.store import file_of, sha256_of

__all__ = ["StyleConsole"]


@dataclass(frozen=True)
class StyleConsole:
    """Style transfer after Diff-MST (Vanka et al., ISMIR 2024), trained here: `automix-bench train
    style_console`.

    A network hears the tracks, their plain sum and a reference mix. It sets the console of
    `learned/mixing_console`, which the package's own effects play, so the answer's console is its
    mix. The mix has the loudness of the reference. Without a reference, or with a silent one, every
    track gets the same loudness.

    Attributes:
        weights: the name of shipped weights, or the path of a file that `train` wrote.
        compression: whether the compressors are used.
        equaliser: whether the equalisers of strips and bus are used.
        panning: whether tracks are panned.
        reverb: whether tracks are sent to the room.
    """

    weights: str = "style_console"
    compression: bool = True
    equaliser: bool = True
    panning: bool = True
    reverb: bool = True

    def fingerprint(self) -> str:
        """The sha256 of the weights."""
        return sha256_of(file_of(self.weights))

    def __call__(self, brief: Brief) -> Answer:
        reference = brief.reference
        loudness = float("nan") if reference is None else or_nan(integrated_lufs, reference)
        if reference is None or not isfinite(loudness):
            return equal_loudness(opened(brief.stems)).answer()
        parts = Parts(self.compression, self.equaliser, self.panning, self.reverb)

        def knobs(tracks: Stems) -> tuple[Mapping[str, Knobs], Knobs]:
            as_they_came: dict[str, Audio] = {name: brief.stems[name] for name in tracks}
            return style_knobs(file_of(self.weights), as_they_came, reference)

        return answer_of(brief.stems, knobs, parts, loudness)
