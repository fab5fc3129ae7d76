"""A mix through the package matchering (S. Grishakov, GPL-3.0), which is called and never shipped.

Matchering finds an equaliser for mid and side and a level so that a target resembles a reference,
and limits the result to the reference's peak. It reads and writes files, so the sounds go through
a folder of their own, as 32-bit and 64-bit floats.
"""

from __future__ import annotations

import importlib.util
import tempfile
import warnings
from pathlib import Path

from automix_bench.audio import Audio
from automix_bench.dsp.resampled import converted
from automix_bench.effect import Unsuitable
from automix_bench.errors import MissingPart

INSTALL = "pip install 'matchering>=2.0.6'"
FFT_SAMPLES = 4_096
"""The length of matchering's filters. Sounds of no more samples are too short for it."""


def matched(target: Audio, reference: Audio, *, wanted_by: str, limit: bool = True) -> Audio:
    """The target, made to resemble the reference. A target in mono stays so: the mean of both
    channels that matchering returns.

    It runs at the rate of the target. Where target or reference is silent or too short, there is
    nothing to match, and the target comes back.

    Args:
        wanted_by: the model, for messages.
        limit: through matchering's limiter, as by its default.

    Raises:
        MissingPart: matchering is not installed.
        Unsuitable: one of the sounds has more than two channels.
    """
    if importlib.util.find_spec("matchering") is None:
        raise MissingPart(wanted_by, "matchering", INSTALL)
    for name, audio in (("target", target), ("reference", reference)):
        if audio.channels > 2:
            raise Unsuitable(
                f"{wanted_by} wants two channels at most, got {audio.channels} ({name})"
            )
    reference = converted(reference, target.rate)
    shortest = min(target.length, reference.length)
    if shortest <= FFT_SAMPLES or not (target.samples.any() and reference.samples.any()):
        return target
    import soundfile

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of scipy, for how it is imported
        import matchering

    with tempfile.TemporaryDirectory(prefix="matchering-") as folder:
        paths = {name: str(Path(folder) / f"{name}.wav") for name in ("target", "reference", "out")}
        for name, audio in (("target", target), ("reference", reference)):
            soundfile.write(paths[name], audio.samples.T, audio.rate, subtype="FLOAT")
        matchering.process(
            target=paths["target"],
            reference=paths["reference"],
            results=[
                matchering.Result(
                    paths["out"], subtype="DOUBLE", use_limiter=limit, normalize=False
                )
            ],
            config=matchering.Config(
                internal_sample_rate=target.rate,
                fft_size=FFT_SAMPLES,
                allow_equality=True,
                temp_folder=folder,
            ),
        )
        samples = soundfile.read(paths["out"], always_2d=True)[0].T
    if target.channels == 1:
        samples = samples.mean(axis=0, keepdims=True)
    return target.with_samples(samples)
