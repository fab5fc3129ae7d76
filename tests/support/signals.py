"""Sounds that tests of effects share, and how far apart two of them are."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from automix_bench.audio import Audio
from automix_bench.files.impulse_responses import EXAMPLE
from automix_bench.settings import Knob

RATES = (44_100, 48_000, 96_000)


def sounding(channels: int, length: int, rate: int, seed: int = 0, rms: float = 0.1) -> Audio:
    """Seeded noise."""
    samples = rms * np.random.default_rng(seed).standard_normal((channels, length))
    return Audio(samples.astype(np.float32), rate)


def impulse(length: int, rate: int, at: Sequence[float] = (1.0,)) -> Audio:
    samples = np.zeros((len(at), length), np.float32)
    samples[:, 0] = at
    return Audio(samples, rate)


def snr_db(reference: Audio, estimate: Audio) -> float:
    error = estimate.samples.astype(np.float64) - reference.samples
    power = np.sum(np.square(reference.samples, dtype=np.float64))
    return float(10.0 * np.log10(power / max(float(np.sum(np.square(error))), 1e-300)))


def response_db(
    effect: Callable[[Audio], Audio], rate: int, length: int = 1 << 16
) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz and the response there, from an impulse."""
    response = effect(impulse(length, rate)).samples[0].astype(np.float64)
    return np.fft.rfftfreq(length, 1.0 / rate), 20.0 * np.log10(np.abs(np.fft.rfft(response)))


def level_db(sound: Audio | np.ndarray) -> float:
    """The RMS level of audio or an array, in dB full scale."""
    samples = np.asarray(getattr(sound, "samples", sound), dtype=np.float64)
    return float(10.0 * np.log10(max(float(np.mean(np.square(samples))), 1e-300)))


# What tests put into the settings that hold a text: by effect's name, then by setting.
TEXTS: dict[str, dict[str, str]] = {
    "Convolution": {"response": EXAMPLE},
    # Debian 12's zam-plugins and invada-studio-plugins-lv2, on amd64; skipped where they are not.
    "Vst3": {
        "plugin": "ZamComp.vst3",
        "sha256": "06d33c129a1a2852097a8e4c847fbc4c5806317125b26215cd024b83f3e5b77c",
        "parameters": '{"ratio":4.0,"threshold_db":-30.0}',
    },
    "Lv2": {
        "uri": "http://invadarecords.com/plugins/lv2/compressor/mono",
        "sha256": "be5d052fd98659622892d5abeeb741fde6050c63b7c6fa7c6c40ce0f8065758c",
        "parameters": '{"ratio":4.0,"threshold":-30.0}',
    },
}


def _with(
    effect: Any,
    choose: Callable[[str, Knob], float],
    word: Callable[[str, Sequence[str]], str],
    fixed: dict[str, Any],
) -> Any:
    chosen: dict[str, Any] = {}
    for name, spec in effect.settings().items():
        if name in fixed:
            chosen[name] = fixed[name]
        elif hasattr(spec, "words"):
            known = TEXTS.get(effect.__name__, {})
            chosen[name] = word(name, spec.words) if spec.words else known[name]
        elif spec.count:
            chosen[name] = tuple(choose(f"{name} {i}", spec) for i in range(spec.count))
        else:
            chosen[name] = choose(name, spec)
    return effect(**chosen)


def drawn(effect: Any, data: Any, **fixed: Any) -> Any:
    """`effect` with settings that hypothesis chooses, the ends of their ranges among them."""
    return _with(
        effect,
        lambda name, k: data.draw(st.floats(k.low, k.high), label=name),
        lambda name, words: data.draw(st.sampled_from(words), label=name),
        fixed,
    )


def example_of(effect: Any, seed: int, **fixed: Any) -> Any:
    """`effect` with settings drawn evenly from all it may have."""
    rng = np.random.default_rng(seed)
    return _with(
        effect,
        lambda name, k: float(rng.uniform(k.low, k.high)),
        lambda name, words: words[int(rng.integers(len(words)))],
        fixed,
    )


def middle(effect: Any, **fixed: Any) -> Any:
    """`effect` with every knob in the middle of its range, and the first of its words."""
    return _with(
        effect, lambda name, k: (k.low + k.high) / 2.0, lambda name, words: words[0], fixed
    )
