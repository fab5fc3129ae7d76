"""What a training leaves: the weights, their card, and the page with the curves."""

from __future__ import annotations

import hashlib
import inspect
import math
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automix_bench import plugin
from automix_bench.dataset.reader import Dataset
from automix_bench.files.atomic import write_whole
from automix_bench.files.canonical_json import canonical, nulled, pretty
from automix_bench.recipe_parts.settings_from_text import setting_text
from automix_bench.training.curves import Curves, curve_page, curve_picture
from automix_bench.training.prepared_examples import PreparedExamples
from automix_bench.training.training import Training, limits
from automix_bench.training.training_identity import SPLITS, TrainingIdentity
from automix_bench.training.training_log import LOG, curve_sha256
from automix_bench.untrusted.shown import for_markdown, for_yaml
from automix_bench.weights.store import packed, tensors_sha256

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS, CARD = "weights.safetensors", "weights.md"
CURVE, PAGE = "curve.svg", "index.html"
_CURVE_ROWS = 12


@dataclass(frozen=True)
class TrainingResult:
    """How far a training is.

    Attributes:
        folder: of the training.
        step, steps: those done, and those of its schedule.
        ended: why it has ended; empty if it has not.
        best: the best validation, the mean over songs; NaN before the first.
        best_step: its step; -1 before the first.
        skipped: the number of steps whose loss or gradient was not finite.
        seconds: of training, over all runs.
    """

    folder: Path
    step: int
    steps: int
    ended: str = ""
    best: float = math.nan
    best_step: int = -1
    skipped: int = 0
    seconds: float = 0.0

    @property
    def weights(self) -> Path | None:
        """The file of the best weights; None if it has not ended."""
        return self.folder / WEIGHTS if self.ended else None

    def to_json(self) -> dict[str, Any]:
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        weights = None if self.weights is None else str(self.weights)
        return {**nulled(own), "folder": str(self.folder), "weights": weights}


def write_page(training: Training, identity: TrainingIdentity, out: Path) -> None:
    """Write `curve.svg` and `index.html` from the log as it is now."""
    curves = Curves.of(out / LOG)
    write_whole(out / CURVE, curve_picture(curves).encode())
    title = f"{training.name}, version {training.version}"
    facts = {
        "what": _summary(training),
        "steps": f"{curves.steps[-1] if curves.steps else 0} of {training.schedule.steps}",
        "best validation": _best(curves),
        "data": f"{identity.data.recipe}, plan {identity.data.plan_root[:16]}…",
        **{key: str(value) for key, value in identity.machine.items()},
        "fingerprint": identity.fingerprint,
    }
    own = {name: value for name, value in identity.settings.items() if name != "schedule"}
    settings = {k: str(v) for k, v in {**own, **identity.settings["schedule"]}.items()}
    page = curve_page(title, facts, settings, curves, limits(training))
    write_whole(out / PAGE, page.encode())


def write_results(
    result: TrainingResult,
    training: Training,
    identity: TrainingIdentity,
    weights: Mapping[str, Tensor],
    data: Path,
    examples: Mapping[str, PreparedExamples],
) -> None:
    """Write the weights and their card. Equal weights give equal bytes."""
    floats = {
        name: tensor.float() if tensor.is_floating_point() else tensor
        for name, tensor in weights.items()
    }
    metadata = {
        "format": "pt",
        "name": training.name,
        "version": str(training.version),
        "settings": canonical(identity.settings),
        "training": identity.fingerprint,
        "plan_root": identity.data.plan_root,
        **{f"data_{split}": sha256 for split, sha256 in identity.data.fingerprints.items()},
        "step": str(result.best_step),
        "validation": repr(result.best),
        "curve_sha256": curve_sha256(result.folder / LOG),
    }
    content = packed(floats, metadata)
    write_whole(result.folder / WEIGHTS, content)
    card = _card(result, training, identity, content, floats, data, examples)
    write_whole(result.folder / CARD, card.encode())


def _card(
    result: TrainingResult,
    training: Training,
    identity: TrainingIdentity,
    content: bytes,
    weights: Mapping[str, Tensor],
    data: Path,
    examples: Mapping[str, PreparedExamples],
) -> str:
    """The card of the weights, as Markdown with a YAML header."""
    songs = {split: len(set(examples[split].songs)) for split in SPLITS}
    licences = _licences(data)
    curves = Curves.of(result.folder / LOG)
    about, machine = identity.data, identity.machine
    rows = {
        "numbers": f"{sum(tensor.numel() for tensor in weights.values())}, "
        f"{len(content)} bytes in float32",
        "best validation": _best(curves),
        "steps": f"{result.step} of {result.steps}: {result.ended}"
        + (f"; {result.skipped} skipped" if result.skipped else ""),
        "trained": f"{result.seconds:.0f} s, 1 thread, seed {training.schedule.seed}",
        "songs": f"{songs['train']} trained on, {songs['valid']} validated on",
        "examples": f"{len(examples['train'])} and {len(examples['valid'])}",
        "machine": f"{machine['processor']}, {machine['vectors']}; {machine['device']}; "
        f"torch {machine['torch']}",
        "automix_bench": str(machine["automix_bench"]),
    }
    table = "".join(f"| {key} | {for_markdown(value)} |\n" for key, value in rows.items())
    listed = "".join(f"- {for_yaml(licence)}\n" for licence in licences)
    counted = "".join(
        f"* {for_markdown(licence)}: {count} song{'s' * (count != 1)}\n"
        for licence, count in licences.items()
    )
    reasons = "".join(
        f"* {count} of split {split} left out: {for_markdown(reason)}\n"
        for split in SPLITS
        for reason, count in examples[split].reasons.items()
    )
    return (
        f"---\nname: {training.name}\nversion: {training.version}\n"
        f"sha256: {hashlib.sha256(content).hexdigest()}\n"
        f"tensors: {tensors_sha256(weights)}\ntraining: {identity.fingerprint}\n"
        f"data: {about.plan_root}\nlicense: other\nlicense_details:\n{listed}---\n"
        f"# {training.name}, version {training.version}\n\n{for_markdown(_summary(training))}\n\n"
        f"| | |\n| --- | --- |\n{table}\n"
        "## Data\n\n"
        f"Recipe `{about.recipe}`, version {about.version}, plan `{about.plan_root}`. Fingerprints "
        f"of the examples: train `{about.fingerprints['train']}`, valid "
        f"`{about.fingerprints['valid']}`. No song is in both.\n\n"
        f"Licences of the songs, as the data set states them:\n\n{counted}{reasons}\n"
        f"## Made again\n\n```sh\n{_command(training)}\n```\n\n"
        "On one machine, with one version of torch, it gives equal tensors (`tensors` above is "
        "their sha256), and equal bytes as long as no file of its code is edited. Settings:\n\n"
        f"```json\n{pretty(identity.settings)}```\n\n"
        f"## Curve\n\n{_curve_table(curves)}\n"
        "## What it is not good for\n\n"
        f"{limits(training) or 'Its author states nothing.'}\n"
    )


def _summary(training: Training) -> str:
    return " ".join((inspect.getdoc(type(training)) or "").partition("\n\n")[0].split())


def _best(curves: Curves) -> str:
    if curves.best is None:
        return "none yet"
    step, value = curves.best
    start = dict(curves.validations).get(0)
    before = "" if start is None else f"; {start:.4g} before the first step"
    return f"{value:.4g} at step {step}, mean over {len(curves.songs)} songs{before}"


def _curve_table(curves: Curves) -> str:
    """Some of the validations, evenly spread, with the best among them."""
    every = list(curves.validations)
    stride = max(1, math.ceil(len(every) / _CURVE_ROWS))
    shown = [one for number, one in enumerate(every) if number % stride == 0 or one == curves.best]
    losses = dict(zip(curves.steps, curves.losses, strict=True))
    lines = "".join(
        f"| {step} | {value:.4g} | {f'{losses[step]:.4g}' if step in losses else ''} |\n"
        for step, value in shown
    )
    return f"| step | validation | loss of the batch |\n| --- | --- | --- |\n{lines}"


def _licences(data: Path) -> dict[str, int]:
    """The number of songs of train and valid under each licence."""
    frame = Dataset(data).to_frame()
    used = frame[frame["split"].isin(SPLITS)].drop_duplicates("song")
    return dict(sorted(Counter(map(str, used["license"])).items()))


def _command(training: Training) -> str:
    """The command that trains it, with the settings that are not the defaults."""
    name = plugin.name_of("trainings", type(training))
    source = plugin.source_of(type(training))
    if "@" in name and source is not None:
        name = source.name
    words = ["automix-bench", "train", name, "DATA", "OUT"]
    for one in fields(training):  # type: ignore[arg-type]
        value = getattr(training, one.name)
        if one.name == "schedule":
            default = one.default
            for part in fields(value):
                its = getattr(value, part.name)
                if default is MISSING or its != getattr(default, part.name):
                    words += ["--set", f"{part.name}={setting_text(its)}"]
        elif value != one.default:
            words += ["--set", f"{one.name}={setting_text(value)}"]
    return shlex.join(words)
