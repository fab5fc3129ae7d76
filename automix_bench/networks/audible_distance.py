"""The metric `audible_distance` as a loss: the same equations on tensors, with gradients."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Complex, Float, Shaped

from automix_bench.dsp.spectra.audible import (
    HEARD_BESIDE,
    JUST_NOTICEABLE_DB,
    LONG_SECONDS,
    LOUDNESS_EXPONENT,
    PARTNERS,
    SHORT_SECONDS,
)
from automix_bench.dsp.spectra.excitation import Ear, ear
from automix_bench.dsp.spectra.short_time import hann
from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["AudibleDistance"]

_LEFT_OF_DECAY = 1e-6
_SILENT = 1e-20


class AudibleDistance(nn.Module):
    """The distance of two batches of sounds in dB, equal to the metric `audible_distance`.

        loss = AudibleDistance(44_100)
        loss(estimate, reference).mean().backward()

    It does not see level: add a term for loudness where level matters. A silent estimate has a
    large finite distance here, not the worst value. A reference that cannot be heard gives 0 and no
    gradient.

    Args:
        rate: of the sounds, in Hz.
    """

    def __init__(self, rate: int) -> None:
        super().__init__()
        self.resolutions = nn.ModuleList(
            [
                _Ear(ear(rate, LONG_SECONDS), forward_masking=False),
                _Ear(ear(rate, SHORT_SECONDS), forward_masking=True),
            ]
        )

    def forward(
        self,
        estimate: Tensor,
        reference: Tensor,
    ) -> Float[Tensor, " batch"]:
        """The distance of each pair.

        Args:
            estimate, reference: `(batch, channels, samples)`, full scale at 1.0.

        Raises:
            ValueError: the two differ in shape, or have not three dimensions.
        """
        if estimate.shape != reference.shape or estimate.ndim != 3:
            raise ValueError(
                "AudibleDistance: expected two tensors of one shape (batch, channels, samples), "
                f"got {tuple(estimate.shape)} and {tuple(reference.shape)}"
            )
        channels, means = reference.shape[1], []
        gain: Tensor | None = None
        for one in self.resolutions:
            expected, got = one(_signals(reference)), one(_signals(estimate))
            if gain is None:
                gain = _energy(expected[:, :channels]) / _energy(got[:, :channels]).clamp(_SILENT)
            means.append(_mean_difference_db(expected, got * gain, one.threshold))
        return torch.stack(means).mean(dim=0)

    def of_spectra(
        self,
        estimate: Complex[Tensor, "batch 2 frames bins"],
        reference: Complex[Tensor, "batch 2 frames bins"],
    ) -> Float[Tensor, " batch"]:
        """The part of the distance that is heard in long windows, over some frames of two stereo
        sounds. The level is matched over these frames.

        Args:
            estimate, reference: spectra of Hann windows, see `long_window`.
        """
        ear = self.resolutions[0]
        expected, got = (ear.excited(_signals(one)) for one in (reference, estimate))
        gain = _energy(expected[:, :2]) / _energy(got[:, :2]).clamp(_SILENT)
        return _mean_difference_db(expected, got * gain, ear.threshold)

    @property
    def long_window(self) -> tuple[int, int]:
        """The width of the long window and the points of its transform, in samples."""
        ear = self.resolutions[0]
        return ear.width, ear.fft_size


class _Ear(nn.Module):
    """From sounds to excitation, over the excitation that can just be heard."""

    window: Tensor
    bands: Tensor
    threshold: Tensor
    fading: Tensor

    def __init__(self, ear: Ear, *, forward_masking: bool) -> None:
        super().__init__()
        self.width, self.hop, self.fft_size = ear.width, ear.hop, ear.fft_size
        weights = (ear.spread @ ear.in_bands).toarray()
        self.register_buffer("window", torch.from_numpy(hann(ear.width)).float())
        self.register_buffer("bands", torch.from_numpy(weights).float().T)
        self.register_buffer("threshold", torch.from_numpy(ear.threshold).float())
        fading = _fading(ear.decay) if forward_masking else np.zeros((0, 0))
        self.register_buffer("fading", torch.from_numpy(fading).float())

    def forward(self, signals: Float[Tensor, "batch signals samples"]) -> Tensor:
        padded = functional.pad(signals, (self.width // 2, self.width // 2))
        frames = padded.unfold(-1, self.width, self.hop) * self.window
        excited = self.excited(torch.fft.rfft(frames, self.fft_size))
        return self._masked(excited) if self.fading.numel() else excited

    def excited(self, spectra: Complex[Tensor, "batch signals frames bins"]) -> Tensor:
        """The excitation of each frame, without masking in time."""
        return (spectra.real.square() + spectra.imag.square()) @ self.bands

    def _masked(self, excited: Float[Tensor, "batch signals frames bands"]) -> Tensor:
        """What lasts of earlier frames, where it is more; a sum over the past instead of the
        metric's recursion."""
        batch, signals, frames, bands = excited.shape
        by_band = excited.reshape(batch * signals, frames, bands).transpose(1, 2)
        past = functional.pad(by_band, (self.fading.shape[-1] - 1, 0))
        lasting = functional.conv1d(past, self.fading[:, None], groups=bands)
        return torch.maximum(excited, lasting.transpose(1, 2).reshape(excited.shape))


def _fading(decay: np.ndarray) -> np.ndarray:
    """The weight of every frame of the past, oldest first, `(bands, frames)`."""
    frames = math.ceil(math.log(_LEFT_OF_DECAY) / math.log(float(decay.max())))
    return (1.0 - decay)[:, np.newaxis] * decay[:, np.newaxis] ** np.arange(frames)[::-1]


def _signals(sounds: Shaped[Tensor, "batch channels ..."]) -> Tensor:
    if sounds.shape[1] > 2:
        return sounds
    left, right = sounds[:, 0], sounds[:, -1]
    root = math.sqrt(0.5)
    return torch.stack([left, right, root * (left + right), root * (left - right)], dim=1)


def _energy(excited: Tensor) -> Tensor:
    return excited.sum(dim=(1, 2, 3), keepdim=True)


def _mean_difference_db(expected: Tensor, got: Tensor, threshold: Tensor) -> Tensor:
    one, other = expected / threshold, got / threshold
    least = torch.ones_like(one)
    if one.shape[1] == len(PARTNERS):
        least = 1.0 + HEARD_BESIDE * torch.minimum(one, other)[:, PARTNERS]
    level_db = 10.0 * torch.log10((one + least) / (other + least))
    weights = _loudness(torch.maximum(one, other), threshold)
    differences = torch.sqrt(level_db.square() + JUST_NOTICEABLE_DB**2) - JUST_NOTICEABLE_DB
    over_all = (1, 2, 3)
    return (weights * differences).sum(over_all) / weights.sum(over_all).clamp(_SILENT)


def _loudness(over_threshold: Tensor, threshold: Tensor) -> Tensor:
    grown = (0.5 + 0.5 * over_threshold.clamp(1.0)) ** LOUDNESS_EXPONENT - 1.0
    return threshold**LOUDNESS_EXPONENT * grown
