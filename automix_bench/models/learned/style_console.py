"""A network sets a mixing console after a reference mix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from automix_bench.dsp.loudness import integrated_lufs, or_nan
from automix_bench.model import Answer, Brief
from automix_bench.model_parts.console_knobs import knobs_of
from automix_bench.model_parts.console_mix import Parts, answer_of
from automix_bench.weights.store import file_of, sha256_of

__all__ = ["StyleConsole"]


@dataclass(frozen=True)
class StyleConsole:
    """Style transfer after Diff-MST (Vanka et al., ISMIR 2024), trained here: `automix-bench train
    style_console`.

    A network hears the tracks and a reference mix. It sets the console of `learned/mixing_console`,
    which the package's own effects play, so the answer's console is its mix. The mix has the
    loudness of the reference. Without a reference it refuses.

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
        if brief.reference is None:
            raise ValueError("style_console wants a brief with a reference mix")
        parts = Parts(self.compression, self.equaliser, self.panning, self.reverb)
        set_knobs = partial(knobs_of, file_of(self.weights), reference=brief.reference)
        loudness = or_nan(integrated_lufs, brief.reference)
        target = loudness if loudness > -70.0 else -23.0
        return answer_of(brief.stems, set_knobs, parts, target)
