"""Stems brought to the average effects of a corpus: what a mixing network is shown instead of dry.

FxNorm-Automix (Martinez Ramirez et al., "Automatic music mixing with deep learning and
out-of-domain data", ISMIR 2022): wet stems are made alike by five steps, so that a network learns
to mix from wet music; dry stems go through the same at test time. In the published order: reverb
(added, to vocals and others, never to drums and bass), equalisation, compression, panning,
loudness, each towards a mean over a corpus. `after` holds the normalised stems, `before.mix` the
mix as released.

The means are measured by a command, from any corpus: `automix-bench traits DATA > FILE`, then
`--set traits=FILE`. Those beside this file come from 40 composed songs (`wet_multitrack` as it
stands, `before`); published means of MUSDB18 would be in other definitions than ours and are not
used. Roles without a mean of their own get that of all stems.

Mended and named: every step ends in effects with knobs, which are stored (there, filters and gains
are applied and forgotten, through 16-bit files); features do not change with the rate; the impulse
responses, which were not published, are numbered rooms. Different: a graphic equaliser in thirds of
an octave for the smoothed curve, peaks of 50 ms blocks for onsets, one balance and width for a
panning by frequency and frame.

    automix-bench make recipes/fx_normalised.py OUT --set songs=~/musdb18 --set layout=musdb
"""

from pathlib import Path

from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.dataset.corpus_traits import EVERY, Traits, read
from automix_bench.distributions.plain import Uniform
from automix_bench.distributions.shaped import Normal
from automix_bench.normalisers.compression import Compression
from automix_bench.normalisers.equalisation import Equalisation
from automix_bench.normalisers.loudness import Loudness
from automix_bench.normalisers.panning import Panning
from automix_bench.normalisers.reverb import ReverbTail
from automix_bench.recipe import Recipe
from automix_bench.recipe_parts.material import Material

__all__ = ["fx_normalised"]

DRY = {"drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion", "bass"}

BALLISTICS = {
    "vocals": (4.0, 7.5, 400.0),
    "drums": (6.0, 10.0, 180.0),
    "bass": (5.0, 10.0, 500.0),
}
"""Ratio to begin with, attack and release in ms, as published; others have 4, 15 and 666."""


def strip(role: str, traits: Traits) -> RandomChain:
    """The five steps for the stems of a role."""
    kind = "drums" if role in DRY - {"bass"} else role
    ratio, attack_ms, release_ms = BALLISTICS.get(kind, (4.0, 15.0, 666.0))
    reverb = ReverbTail.random(
        tail_db=Normal(-9.0, 2.0, -15.0, -3.0),
        rt60_seconds=Uniform(2.0, 4.0),
        room=Uniform(0.0, 999_999.0),
    )
    steps = (
        Equalisation.random(spectrum_db=traits.spectrum_db),
        Compression.random(
            peaks_db=traits.peaks_db,
            deviation_db=traits.peaks_deviation_db,
            ratio=ratio,
            attack_ms=attack_ms,
            release_ms=release_ms,
        ),
        Panning.random(similarity=traits.similarity),
        Loudness.random(lufs=traits.loudness_lufs),
    )
    return RandomChain(steps if role in DRY else (reverb, *steps))


def fx_normalised(
    material: Material = Material(), traits: Path | None = None, seed: int = 20261122
) -> Recipe:
    """The recipe on any music with stems; `traits` is a file of the command of that name."""
    means = read(traits or Path(__file__).with_suffix(".json"))
    return Recipe(
        name="fx_normalised",
        version=1,
        seed=seed,
        description=(
            "Stems brought to the average reverb, spectrum, peaks, width and loudness of a corpus "
            "by effects that are found for each; to be mixed."
        ),
        console=RandomConsole(
            strips={role: strip(role, one) for role, one in means.items() if role != EVERY},
            default=strip(EVERY, means[EVERY]),
        ),
        **material.settings(),
    )
