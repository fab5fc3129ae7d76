"""Write the page on the literature's own metrics: where they and the corrected ones part, measured.

python docs/_build/legacy_pages.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from automix_bench import plugin
from automix_bench.audio import Audio, amplitude, peak
from automix_bench.metric import Metric
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.songs import proof_songs

PAGE = Path(__file__).parent.parent / "legacy.md"
GRADE = 2
PARTS = {
    "mape_f_peak": "a fraction of decibels: without bound where the reference is near 0 dB",
    "mape_f_lufs": "a fraction of decibels: less than 0.1 for a whole LU",
    "mape_t_crest": "a quotient of decibels is no crest factor",
    "deepafx_crest": "a natural logarithm: 2.303 times the decibels",
    "st_ito_crest": "each sample is divided by the louder channel: what is left is panning",
    "mape_t_dynamic_spread": "a sample that is 0 counts as -600 dB",
    "mape_t_flatness": "decibels twice over, in per cent of themselves",
    "mape_t_contrast": "decibels of half the size, in per cent of themselves",
    "mape_t_centroid": "a fraction of the reference's, frame means over pauses",
    "mape_t_panning": "squares: which side is not seen; nearly mono references inflate it",
    "diff_mst_width": "a linear ratio, squared: without bound near opposite polarity",
    "diff_mst_bark": "the side of what is nearly mono is compared at -184 dB",
    "msr_multi_mel_snr": "powers squared again; silence has 0 dB",
    "remfx_mrstft": "one norm over the batch: the loud items decide",
}
HEAD = """<!-- Written by docs/_build/legacy_pages.py: change it there, not here. -->

# Where published metrics and corrected ones part

What papers report is kept under `legacy/`, bit for bit where their code could be run
(`tests/metrics/legacy_values.json` names the commits and the packages), so that their numbers
can be compared with; on no board should they rank anything. Each names the metric to use instead.
Below both are measured on one real song (5 s; the level of the rows that say so is set), beside the
reason. Values are in the units of the two: the legacy one's, then the corrected one's.
"""


def page() -> str:
    """The text of the page."""
    found = pairs()
    lines = [HEAD]
    for name, why in PARTS.items():
        legacy: Metric = plugin.load("metrics", f"legacy/{name}")
        corrected: Metric = plugin.load("metrics", legacy.instead)
        lines += [f"## `legacy/{name}` and `{corrected.name}`\n", f"Why they part: {why}.\n"]
        lines.append(f"| what was done | legacy, {legacy.unit} | corrected, {corrected.unit} |")
        lines.append("| --- | --- | --- |")
        for what, pair in found.items():
            values = [one(reference=pair[0], estimate=pair[1]) for one in (legacy, corrected)]
            lines.append(f"| {what} | {values[0]:.4g} | {values[1]:.4g} |")
        lines.append("")
    return "\n".join((*lines, *_batch(found)))


def pairs() -> dict[str, tuple[Audio, Audio]]:
    """A reference and an estimate by what was done: each degradation in its middle grade, a gain
    near full scale, and the end of the sound silent."""
    song = proof_songs()[0]
    found = {
        f"{name}, {one.amounts[GRADE]:g} {one.unit}": (song.sound, song.graded(name)[GRADE])
        for name, one in DEGRADATIONS.items()
    }
    loud = song.sound.scaled(amplitude(-0.1) / peak(song.sound))
    found["-0.9 dB, of a peak at -0.1 dB"] = (loud, loud.scaled(amplitude(-0.9)))
    before_end = np.arange(song.sound.length) < song.sound.length - song.sound.rate
    ended = song.sound.with_samples(song.sound.samples * before_end)
    found["the last second silent"] = (song.sound, ended)
    return found


def _batch(found: dict[str, tuple[Audio, Audio]]) -> Iterator[str]:
    """The same two pairs alone and in a batch."""
    legacy: Metric = plugin.load("metrics", "legacy/remfx_mrstft")
    corrected: Metric = plugin.load("metrics", legacy.instead)
    both = list(found.values())
    soft = tuple(one.scaled(0.01) for one in both[0])
    references = {"soft, noise": soft[0], "loud, low-passed": both[1][0]}
    estimates = {"soft, noise": soft[1], "loud, low-passed": both[1][1]}
    yield "## A batch of two\n"
    yield "RemFX's value hangs on what lies in the batch with a sound: one 40 dB softer with noise,"
    yield "and one with a low-pass.\n"
    yield "| sound | legacy, alone | legacy, in the batch | corrected, alone | in the batch |"
    yield "| --- | --- | --- | --- | --- |"
    together = [
        one.of_stems(references=references, estimates=estimates) for one in (legacy, corrected)
    ]
    for name, reference in references.items():
        alone = [one(reference=reference, estimate=estimates[name]) for one in (legacy, corrected)]
        cells = (alone[0], together[0][name], alone[1], together[1][name])
        yield f"| {name} | " + " | ".join(f"{value:.4g}" for value in cells) + " |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
