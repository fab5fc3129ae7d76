"""Demucs: any model or bag of models that it knows, or your own from a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from automix_bench.audio import Samples
from automix_bench.errors import UsageError
from automix_bench.separation import demucs_models, demucs_patches
from automix_bench.separation.network import separated_by
from automix_bench.separation.torch_device import device, fixed_threads
from automix_bench.song import Song

__all__ = ["Demucs"]


@dataclass(frozen=True)
class Demucs:
    """The stems of a Demucs model (`drums`, `bass`, `other`, `vocals` for most) and `residual`.

    A. Défossez, "Hybrid spectrogram and waveform source separation", 2021; S. Rouard, F. Massa,
    A. Défossez, "Hybrid transformers for music source separation", ICASSP 2023. As in demucs's own
    interface, the mix is normalised by the mean and deviation of its mono sum, and cut into
    overlapping segments. A song whose rate or channels are not the model's is converted for it and
    back (see `separation.network.separated_by`).

    Equal songs give equal bits on one kind of processor (or GPU) with one version of torch. Weights
    are loaded at the first call or fingerprint, once a process. Threads may share one separator;
    they take turns.

    Attributes:
        model: a name that demucs knows (`htdemucs`, `htdemucs_ft`, `hdemucs_mmi`, …), downloaded at
            the first use; or the name of a bag or a model in `repo`.
        repo: a folder in demucs's own format: `NAME.yaml` for a bag, `SIGNATURE-SHA8.th` or
            `SIGNATURE.safetensors` for its models. A `.th` is a pickle and can run any code: use
            only files that you trust.
        shifts: how many separations are averaged, each of the mix shifted by a random time below
            0.5 s; 0: one separation, unshifted. Ten shifts gain up to 0.2 dB SDR for ten times the
            work.
        overlap: of neighbouring segments, as a part of their length, from 0 to below 1.
        segment: length of a segment in seconds; None for the model's own.
        batch: how many segments go through the network at once. With exact arithmetic, which is
            used here, more were no faster, on a CPU or an H100. The stems differ in the last bits
            (by less than 1e-6 of full scale), so it is part of the fingerprint.
        device: "cpu", "cuda", "mps", …; "auto" for a GPU if torch finds one. Devices differ in the
            last bits (1e-7 of full scale on an H100), so the device is part of the fingerprint.
        seed: of the shifts.
        threads: of the network, whatever the machine has.
        license: SPDX expression of the weights. Meta publishes its weights under MIT; state the
            licence of yours.

    Raises:
        UsageError: a setting is out of its range.
    """

    model: str = "htdemucs"
    repo: Path | None = None
    shifts: int = 0
    overlap: float = 0.25
    segment: float | None = None
    batch: int = 1
    device: str = "auto"
    seed: int = 0
    threads: int = 1
    license: str = "MIT"

    def __post_init__(self) -> None:
        conditions = (
            (self.shifts >= 0, "shifts of 0 or more", self.shifts),
            (0.0 <= self.overlap < 1.0, "an overlap from 0 to below 1", self.overlap),
            (self.segment is None or self.segment > 0.0, "a segment above 0 s", self.segment),
            (self.batch >= 1, "a batch of 1 segment or more", self.batch),
            (self.threads >= 1, "1 thread or more", self.threads),
        )
        for holds, what, got in conditions:
            if not holds:
                raise UsageError(f"demucs: wanted {what}, got {got}")

    def __call__(self, song: Song) -> Song:
        model = self._model()

        def network(samples: Samples) -> Mapping[str, np.ndarray]:
            return demucs_models.separate(
                model,
                samples,
                shifts=self.shifts,
                overlap=self.overlap,
                segment=self.segment,
                batch=self.batch,
                device=device(self.device, "demucs"),
                seed=self.seed,
            )

        with fixed_threads(self.threads):
            return separated_by(network, song, rate=model.samplerate, channels=model.audio_channels)

    def fingerprint(self) -> Mapping[str, Any]:
        """The settings, the weights' sha256, the kind of device, the versions of demucs and torch.

        The files of a `repo` are hashed, not loaded. A model that demucs downloads is loaded and
        hashed: one place has its weights as safetensors, another as a pickle, and both must give
        one fingerprint.
        """
        demucs_patches.demucs()
        kind = device(self.device, "demucs").partition(":")[0]
        if self.repo is None:
            weights = demucs_models.weights_sha256(self._model())
        else:
            weights = demucs_models.find_bag(self.model, self.repo).sha256
        return {
            "separator": "demucs",
            "model": self.model,
            "weights": weights,
            "shifts": self.shifts,
            "overlap": self.overlap,
            "segment": self.segment,
            "batch": self.batch,
            "device": kind,
            **({} if kind == "cpu" else {"inverse": "real at 0 Hz"}),
            "seed": self.seed if self.shifts else None,
            "threads": self.threads,
            "demucs": version("demucs"),
            "torch": version("torch").partition("+")[0],
        }

    def _model(self) -> Any:
        model = (
            demucs_models.fetch_bag(self.model)
            if self.repo is None
            else demucs_models.load_bag(demucs_models.find_bag(self.model, self.repo))
        )
        if self.segment is not None and self.segment > model.max_allowed_segment:
            raise UsageError(
                f"demucs: {self.model} was trained on segments of "
                f"{float(model.max_allowed_segment):g} s and takes no longer ones, "
                f"got {self.segment:g} s: give a shorter segment, or None"
            )
        return model
