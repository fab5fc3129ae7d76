"""CLAP: a network that was trained to match sounds with their descriptions in words."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from automix_bench.audio import Audio
from automix_bench.embedding import Vectors
from automix_bench.errors import MissingPart, UsageError
from automix_bench.files.atomic import file_sha256
from automix_bench.networks.checkpoints import fingerprint, path_from_user, torch_for
from automix_bench.networks.mel_input import in_mono

__all__ = ["Clap"]

VARIABLE = "AUTOMIX_BENCH_CLAP"
WHAT = (
    "a folder that holds the model laion/larger_clap_music, or another CLAP in that format: "
    "config.json, preprocessor_config.json, model.safetensors"
)
NAMED = "the embedding clap"


@dataclass(frozen=True)
class Clap:
    """512 numbers of length 1 for each 10 s.

    The audio half of LAION's CLAP (Y. Wu, K. Chen, T. Zhang et al., "Large-scale contrastive
    language-audio pretraining with feature fusion and keyword-to-caption augmentation", ICASSP
    2023, arXiv:2211.06687), by the package transformers: 64 mel bands up to 14 kHz of the mean of
    the channels. A sound under 10 s is repeated to fill them; what is left after the last whole 10
    s is not used. There is no stereo; level has an effect.

    Attributes:
        folder: the model's; the environment variable AUTOMIX_BENCH_CLAP if empty. Only safetensors
            are read, and nothing is downloaded.

    Raises:
        UsageError: when it is used, there are no weights.
        MissingPart: torch or transformers is not installed.
    """

    name: ClassVar[str] = "clap"
    rate: ClassVar[int] = 48_000
    dimensions: ClassVar[int] = 512
    license: ClassVar[str] = "Apache-2.0"
    block_seconds: ClassVar[float] = 10.0

    folder: str = ""

    def __call__(self, audio: Audio) -> Vectors:
        torch = torch_for(NAMED)
        extractor, network = _loaded(self._path())
        mono, length = in_mono(audio, self.rate), round(self.block_seconds * self.rate)
        starts = range(0, max(len(mono) - length, 0) + 1, length)
        features = extractor(
            [mono[start : start + length] for start in starts],
            sampling_rate=self.rate,
            return_tensors="pt",
        )
        with torch.inference_mode():
            vectors = network(**features).audio_embeds
            normalised: Vectors = torch.nn.functional.normalize(vectors, dim=-1).numpy()
        return normalised

    def fingerprint(self) -> Mapping[str, Any]:
        """The weights' sha256 and the versions of torch and transformers."""
        weights = self._path() / "model.safetensors"
        return fingerprint(self.name, file_sha256(weights), "transformers")

    def _path(self) -> Path:
        path = path_from_user(self.folder, VARIABLE, NAMED, WHAT)
        if not (path / "model.safetensors").is_file():
            raise UsageError(f"{NAMED}: no model.safetensors in {path}, wanted {WHAT}")
        return path


@functools.cache
def _loaded(path: Path) -> tuple[Any, Any]:
    try:
        from transformers import ClapAudioModelWithProjection, ClapFeatureExtractor
    except ImportError as error:
        raise MissingPart(NAMED, "transformers", "pip install transformers") from error
    extractor = ClapFeatureExtractor.from_pretrained(path, local_files_only=True)
    network: Any = ClapAudioModelWithProjection.from_pretrained(
        path, local_files_only=True, use_safetensors=True
    )
    return extractor, network.eval()
