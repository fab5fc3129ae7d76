"""Take a mix apart by separators, one after another."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.audio import total
from automix_bench.model import Answer, Brief
from automix_bench.task_parts.one_after_another import separated

__all__ = ["Separate"]


@dataclass(frozen=True)
class Separate:
    """Separate the mix by the first separator, and its `accompaniment` by the next.

    Where several stems are shown, their sum is the mix. A `residual` is added to the accompaniment,
    else to `other`, else left out. By default Spleeter takes the voice out (Hennequin et al., JOSS
    5 (50), 2020), and `harmonic_percussive` makes drums, bass and other of the rest (Fitzgerald,
    DAFx 2010): what comes with the package and runs on a CPU. Another choice, in a file of yours:

        demucs = Separate(("demucs",))

    Attributes:
        separators: names of separators or paths of their files.
    """

    separators: tuple[str, ...] = ("spleeter", "harmonic_percussive")

    def __call__(self, brief: Brief) -> Answer:
        mix = total(brief.stems[name] for name in sorted(brief.stems))
        return Answer(stems=separated(mix, self.separators))
