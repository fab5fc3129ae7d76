"""A mixing console whose knobs have gradients.

Its parts are effects of the package, in the same ranges and by the same equations, so a console
that was found by gradients is played by the effects themselves:

    strip   Gain to -30 LUFS · Compressor · LowShelf, four PeakingEQ, HighShelf · Gain · Pan
    aux     a Reverb, fed by every strip after its pan
    bus     LowShelf · PeakingEQ · HighShelf · Gain

It can be played in two ways. `play` is exact: samples in, samples out. `play_frames` is quick: the
short-time spectra of the tracks are weighted and summed. That is close as long as a filter's
response is shorter than a frame, and as the gain of a compressor changes little within one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jaxtyping import Complex64, Float, Inexact

from automix_bench.errors import MissingPart
from automix_bench.networks.ballistics import smoothed

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = [
    "BANDS",
    "BUS_BANDS",
    "BUS_KNOBS",
    "DETECTOR_MS",
    "STRIP_KNOBS",
    "Band",
    "Knob",
    "equaliser",
    "play",
    "play_frames",
    "reduction_db",
    "settings",
]

Settings = Mapping[str, Tensor]
"""A tensor for each knob, by its name; all of one shape."""

DETECTOR_MS = 10.0
"""The compressor's detector measures the RMS: its gain can then be sampled every few dozen samples,
which that of a detector of peaks cannot."""
SHELF_Q = math.sqrt(0.5)
HIGHEST_SHARE = 0.45
"""No filter is set higher than this share of the rate."""
_CEILING_DB = 40.0


@dataclass(frozen=True)
class Knob:
    """A knob, and how an unbounded number sets it.

        value = low + (high - low) sigmoid(raw + c)

    or the same of logarithms. c is such that a raw 0 gives `start`.
    """

    name: str
    low: float
    high: float
    start: float
    logarithmic: bool = False

    def __call__(self, raw: Tensor) -> Tensor:
        """The values of the knob for raw numbers, in its unit."""
        low, high, start = (
            (math.log(one) if self.logarithmic else one)
            for one in (self.low, self.high, self.start)
        )
        share = (start - low) / (high - low)
        value = low + (high - low) * torch.sigmoid(raw + math.log(share / (1.0 - share)))
        return value.exp() if self.logarithmic else value


@dataclass(frozen=True)
class Band:
    """A band of an equaliser: its knobs are `NAME_hz`, `NAME_db` and, of a bell, `NAME_q`."""

    kind: str
    name: str
    low_hz: float
    high_hz: float
    most_db: float

    def knobs(self) -> tuple[Knob, ...]:
        """Frequency, gain and, of a bell, quality."""
        middle = math.sqrt(self.low_hz * self.high_hz)
        return (
            Knob(f"{self.name}_hz", self.low_hz, self.high_hz, middle, logarithmic=True),
            Knob(f"{self.name}_db", -self.most_db, self.most_db, 0.0),
            *([Knob(f"{self.name}_q", 0.4, 3.0, 0.9, True)] if self.kind == "peaking" else []),
        )


BANDS = (
    Band("low_shelf", "low", 40.0, 400.0, 12.0),
    Band("peaking", "bell_1", 80.0, 500.0, 12.0),
    Band("peaking", "bell_2", 250.0, 1_500.0, 12.0),
    Band("peaking", "bell_3", 800.0, 4_500.0, 12.0),
    Band("peaking", "bell_4", 2_000.0, 9_000.0, 12.0),
    Band("high_shelf", "high", 3_000.0, 14_000.0, 12.0),
)
"""The equaliser of a strip."""
BUS_BANDS = (
    Band("low_shelf", "low", 60.0, 200.0, 6.0),
    Band("peaking", "bell", 200.0, 3_000.0, 6.0),
    Band("high_shelf", "high", 3_000.0, 12_000.0, 6.0),
)
COMPRESSOR_KNOBS = (
    Knob("threshold_db", -45.0, -5.0, -24.0),
    Knob("ratio", 1.0, 8.0, 1.02),
    Knob("knee_db", 1.0, 18.0, 6.0),
    Knob("attack_ms", 3.0, 60.0, 12.0, logarithmic=True),
    Knob("release_ms", 50.0, 400.0, 120.0, logarithmic=True),
    Knob("makeup_db", -6.0, 6.0, 0.0),
)
STRIP_KNOBS = (
    *COMPRESSOR_KNOBS,
    *(knob for band in BANDS for knob in band.knobs()),
    Knob("gain_db", -24.0, 24.0, 0.0),
    Knob("pan", -0.95, 0.95, 0.0),
    Knob("send_db", -40.0, 0.0, -30.0),
)
BUS_KNOBS = tuple(knob for band in BUS_BANDS for knob in band.knobs())


def settings(raw: Float[Tensor, "... knobs"], knobs: Sequence[Knob]) -> dict[str, Tensor]:
    """The settings that raw numbers, one for each knob along the last axis, stand for."""
    return {knob.name: knob(raw[..., n]) for n, knob in enumerate(knobs)}


def equaliser(
    bands: Iterable[Band], at: Settings, rate: int, fft_size: int
) -> Inexact[Tensor, "... bins"]:
    """The complex response of an equaliser at the bins of a real Fourier transform.

    The sections are those of `dsp/filters/biquad.py`, evaluated on the unit circle in a form that
    does not cancel at low frequencies: with C = 1 - cos theta, D = 1 - cos w and one common factor
    exp(j theta) left out,

        bell   numerator 2 (D - C) + 2 j alpha A sin theta,  denominator the same with 1 / A
        shelf  numerator A (2 (2 A D - 2 C - (A - 1) C D) + 4 j sqrt(A) alpha sin theta)
               denominator  2 (2 D - 2 A C + (A - 1) C D) + 4 j sqrt(A) alpha sin theta

    A high shelf is a low shelf mirrored about a quarter of the rate.
    """
    angle = 2.0 * math.pi * torch.arange(fft_size // 2 + 1, dtype=torch.float64) / fft_size
    response: Tensor | None = None
    for band in bands:
        one = _section(band, at, angle, rate)
        response = one if response is None else response * one
    if response is None:
        raise ValueError("an equaliser wants at least one band")
    return response


def _section(band: Band, at: Settings, angle: Tensor, rate: int) -> Tensor:
    hertz, gain_db = (at[f"{band.name}_{one}"].unsqueeze(-1) for one in ("hz", "db"))
    w = 2.0 * math.pi * hertz.clamp(max=HIGHEST_SHARE * rate) / rate
    mirrored = band.kind == "high_shelf"
    at_bins = (torch.cos if mirrored else torch.sin)(angle / 2.0)
    c, sine = (2.0 * at_bins.square()).to(w), (-angle.sin() if mirrored else angle.sin()).to(w)
    d = 2.0 * (torch.cos if mirrored else torch.sin)(w / 2.0).square()
    a = 10.0 ** (gain_db / 40.0)
    if band.kind == "peaking":
        alpha = torch.sin(w) / (2.0 * at[f"{band.name}_q"].unsqueeze(-1))
        real = 2.0 * (d - c)
        return torch.complex(real, 2.0 * alpha * a * sine) / torch.complex(
            real, 2.0 * alpha / a * sine
        )
    bump = 4.0 * torch.sqrt(a) * torch.sin(w) / (2.0 * SHELF_Q) * sine
    crossed = (a - 1.0) * (c * d)
    above = torch.complex(2.0 * (2.0 * a * d - 2.0 * c - crossed), bump)
    below = torch.complex(2.0 * (2.0 * d - 2.0 * a * c + crossed), bump)
    return a * above / below


def reduction_db(
    levels_db: Float[Tensor, "*rows steps"], at: Settings, step_seconds: float
) -> Float[Tensor, "*rows steps"]:
    """The gain reduction of the compressor, without its make-up.

    Args:
        levels_db: of the detector, one each `step_seconds`, in dB full scale.
        at: the knobs of the compressor, one for each row.
    """
    knee, slope = at["knee_db"].unsqueeze(-1), 1.0 - 1.0 / at["ratio"].unsqueeze(-1)
    over = levels_db.clamp(max=_CEILING_DB) - at["threshold_db"].unsqueeze(-1)
    inside = torch.minimum((over + 0.5 * knee).clamp(min=0.0), knee)
    target = slope * (inside.square() / (2.0 * knee) + (over - 0.5 * knee).clamp(min=0.0))
    poles = [
        torch.exp(-1_000.0 * step_seconds / at[one]).flatten()
        for one in ("attack_ms", "release_ms")
    ]
    flat: Tensor = smoothed(target.reshape(-1, target.shape[-1]), *poles)
    return flat.reshape(target.shape)


def _pans(pan: Tensor) -> Float[Tensor, "*tracks 2"]:
    """The gains of left and right: constant power, 0 dB at the centre."""
    angle = (pan + 1.0) * (math.pi / 4.0)
    return math.sqrt(2.0) * torch.stack([torch.cos(angle), torch.sin(angle)], dim=-1)


def _amplitude(level_db: Tensor) -> Tensor:
    return 10.0 ** (level_db / 20.0)


def play_frames(
    dry: Complex64[Tensor, "batch tracks 2 frames bins"],
    wet: Complex64[Tensor, "batch tracks 2 frames bins"],
    reduction: Float[Tensor, "batch tracks frames"],
    strips: Settings,
    bus: Settings,
    rate: int,
    fft_size: int,
) -> Complex64[Tensor, "batch 2 frames bins"]:
    """The short-time spectra of the mix.

    Args:
        dry: of the tracks at -30 LUFS; zeros where a batch has fewer tracks.
        wet: of the same, each played through the reverb of the aux alone.
        reduction: of the compressor, in dB, the mean over each frame.
        strips: the knobs of `STRIP_KNOBS`, each `(batch, tracks)`.
        bus: the knobs of `BUS_KNOBS`, each `(batch,)`.
    """
    level = _amplitude((strips["gain_db"] + strips["makeup_db"]).unsqueeze(-1) - reduction)
    response = equaliser(BANDS, strips, rate, fft_size)
    sides = level.unsqueeze(2) * _pans(strips["pan"]).unsqueeze(-1)
    sent = _amplitude(strips["send_db"])[..., None, None, None]
    played = (dry + sent * wet) * (sides.unsqueeze(-1) * response[:, :, None, None, :])
    master = equaliser(BUS_BANDS, bus, rate, fft_size)
    return played.sum(dim=1) * master[:, None, None, :]


def play(
    tracks: Float[Tensor, "tracks 2 samples"],
    levels_db: Float[Tensor, "tracks samples"],
    room: Float[Tensor, "2 2 taps"],
    strips: Settings,
    bus: Settings,
    rate: int,
) -> Float[Tensor, "2 samples"]:
    """The mix of one song, sample by sample.

    Args:
        tracks: at -30 LUFS.
        levels_db: of the compressors' detectors, for each sample.
        room: the impulse responses of the aux's reverb, from each side (first axis) to each.
        strips: the knobs of `STRIP_KNOBS`, each `(tracks,)`.
        bus: the knobs of `BUS_KNOBS`, scalars.
    """
    length = tracks.shape[-1]
    reduction = reduction_db(levels_db, strips, 1.0 / rate)
    gain = _amplitude(strips["makeup_db"].unsqueeze(-1) - reduction).unsqueeze(1)
    size = 2 ** math.ceil(math.log2(length + max(length, room.shape[-1])))
    spectra = torch.fft.rfft(tracks * gain, size)
    place = _pans(strips["pan"]) * _amplitude(strips["gain_db"]).unsqueeze(-1)
    spectra = spectra * equaliser(BANDS, strips, rate, size).unsqueeze(1) * place.unsqueeze(-1)
    sent = (spectra * _amplitude(strips["send_db"])[:, None, None]).sum(dim=0)
    wet = torch.einsum("ik,iok->ok", sent, torch.fft.rfft(room, size))
    mix = (spectra.sum(dim=0) + wet) * equaliser(BUS_BANDS, bus, rate, size)
    return torch.fft.irfft(mix, size)[..., :length]
