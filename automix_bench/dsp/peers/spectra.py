"""Measurements by auraloss, librosa, scikit-image and scipy, as proofs of ours. No result depends
on them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from automix_bench.audio import Audio
from automix_bench.dsp.spectra.spectral_features import frame_length
from automix_bench.dsp.spectra.stft_distance import Resolution, Weights
from automix_bench.metric import Peer

Spectrogram = Float[np.ndarray, "channels bins frames"]


def auraloss_peer(
    resolutions: Sequence[Resolution], weights: Weights, *, of_sum_and_difference: bool = False
) -> Peer:
    """auraloss's loss with the same sizes and weights, for one item."""

    def compare(*, reference: Audio, estimate: Audio) -> float:
        import auraloss.freq
        import torch

        kind = "SumAndDifferenceSTFTLoss" if of_sum_and_difference else "MultiResolutionSTFTLoss"
        loss = getattr(auraloss.freq, kind)(
            fft_sizes=[one.fft_size for one in resolutions],
            hop_sizes=[one.hop for one in resolutions],
            win_lengths=[one.width for one in resolutions],
            w_sc=weights.convergence,
            w_log_mag=weights.logarithmic,
            w_lin_mag=weights.linear,
        )
        pair = (torch.tensor(audio.samples)[None] for audio in (estimate, reference))
        return float(loss(*pair))

    return Peer("auraloss", ("torch", "auraloss"), compare, within=1e-4)


def librosa_peer(
    compare: Callable[[Spectrogram, Spectrogram, int], float],
    *,
    within: float,
    fft_size: int | Callable[[int], int],
    hop: int | None = None,
) -> Peer:
    """A comparison of librosa's magnitudes: Hann frames centred on every `hop` (a quarter of the
    transform by default), with silence beyond the ends. `compare` takes the reference's magnitudes,
    the estimate's and the rate."""

    def measure(*, reference: Audio, estimate: Audio) -> float:
        import librosa

        size = fft_size if isinstance(fft_size, int) else fft_size(reference.rate)

        def magnitudes(audio: Audio) -> Any:
            samples = audio.samples.astype(np.float64)
            return np.abs(librosa.stft(samples, n_fft=size, hop_length=hop or size // 4))

        return float(compare(magnitudes(reference), magnitudes(estimate), reference.rate))

    return Peer("librosa", ("librosa",), measure, within=within)


def librosa_feature_peer(
    feature: Callable[[Float[np.ndarray, "bins frames"], int], Any], *, within: float
) -> Peer:
    """The mean absolute difference of a feature of librosa's magnitudes (root of the power summed
    over channels), over the frames within 60 dB of the loudest."""

    def measure(*, reference: Audio, estimate: Audio) -> float:
        import librosa

        def of(audio: Audio) -> Any:
            size = frame_length(audio.rate)
            samples = audio.samples.astype(np.float64)
            spectra = librosa.stft(samples, n_fft=size, hop_length=size // 4)
            powers = np.square(np.abs(spectra)).sum(axis=0)
            level = powers.sum(axis=0)
            return feature(np.sqrt(powers[:, level >= 1e-6 * level.max()]), audio.rate)

        return float(np.mean(np.abs(of(estimate) - of(reference))))

    return Peer("librosa", ("librosa",), measure, within=within)


def librosa_mel_peer(
    ratio_db: Callable[[np.ndarray, np.ndarray], float],
    resolutions: Sequence[tuple[int, int, int]],
    *,
    within: float,
) -> Peer:
    """The mean of `ratio_db` over librosa's mel spectrograms; a resolution is points, hop and
    bands."""

    def measure(*, reference: Audio, estimate: Audio) -> float:
        import librosa.feature

        def mel(audio: Audio, fft_size: int, hop: int, bands: int) -> np.ndarray:
            spectrogram: np.ndarray = librosa.feature.melspectrogram(
                y=audio.samples.astype(np.float64),
                sr=audio.rate,
                n_fft=fft_size,
                hop_length=hop,
                n_mels=bands,
                htk=True,
                norm=None,
            )
            return spectrogram

        with warnings.catch_warnings():
            # librosa warns where bands are narrower than bins; they are empty in ours too.
            warnings.simplefilter("ignore", UserWarning)
            pairs = [(mel(reference, *sizes), mel(estimate, *sizes)) for sizes in resolutions]
        return float(np.mean([ratio_db(*pair) for pair in pairs]))

    return Peer("librosa", ("librosa",), measure, within=within)


def image_peer(
    pictures: Callable[[Audio, Audio], Sequence[tuple[np.ndarray, np.ndarray]]], *, within: float
) -> Peer:
    """scikit-image's structural similarity, averaged over pairs of pictures."""

    def measure(*, reference: Audio, estimate: Audio) -> float:
        import skimage.metrics

        similarities = [
            skimage.metrics.structural_similarity(expected, got, data_range=1.0)
            for expected, got in pictures(reference, estimate)
        ]
        return float(np.mean(similarities))

    return Peer("scikit-image", ("skimage",), measure, within=within)


def welch(samples: Float[np.ndarray, "channels samples"], rate: int) -> tuple[Any, Any]:
    """Frequencies, 1 Hz apart, and power densities, by scipy."""
    import scipy.signal

    hz, density = scipy.signal.welch(
        samples, rate, nperseg=rate, noverlap=3 * rate // 4, detrend=False
    )
    return hz, density


def welch_third_octaves(audio: Audio) -> np.ndarray:
    """Powers by scipy in the bands from 25 Hz to 20 kHz, for a rate that contains all of them."""
    edges = 1000.0 * 10.0 ** (np.arange(-16.5, 14.0) / 10.0)
    hz, density = welch(audio.samples.astype(np.float64), audio.rate)
    first = np.searchsorted(hz, edges)
    bands: np.ndarray = np.add.reduceat(density.sum(axis=0), first[first < len(hz)])[:30]
    return bands
