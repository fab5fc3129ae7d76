"""The networks of effect removal: which effects are there, and what takes each away.

After M. Rice, C. J. Steinmetz, G. Fazekas and J. D. Reiss, "General purpose audio effect removal",
WASPAA 2023: a detector, and one network for each effect. Here the networks are small and say what
is to be done, so that little can be heard where they are wrong: a curve for the distortion, gains
in bands over time for the others.
"""

from __future__ import annotations

from jaxtyping import Float

from automix_bench.errors import MissingPart

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
except ImportError as error:
    raise MissingPart(__name__, "torch", 'pip install "automix-bench[separation]"') from error

__all__ = ["EffectRemoverNetwork", "log_powers", "straightened"]

KNOTS, TAPS = 32, 33
DROPOUT = 0.1
LOWEST_DB, RANGE_DB = -100.0, 80.0
MOST_GAIN_DB, LEAST_GAIN_DB = 12.0, -36.0
_STEEPEST = 5.0


class EffectRemoverNetwork(nn.Module):
    """The detector, the curve and the networks of gains, which share no weights.

    Args:
        effects: their names, `distortion` first.
        bands: of the mel spectra.
        features: of `curve_features`.
    """

    def __init__(self, effects: tuple[str, ...], bands: int, features: int) -> None:
        super().__init__()
        self.detector = Detector(bands, len(effects))
        self.curve = Curve(features)
        self.gains = nn.ModuleDict({name: BandGains(bands) for name in effects[1:]})


class Detector(nn.Module):
    """Convolutions over time, then the mean and the largest of what they found."""

    def __init__(self, bands: int, effects: int, width: int = 96, layers: int = 4) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        for number in range(layers):
            parts += [
                nn.Conv1d(width if number else 2 * bands, width, 5, 2 if number else 1, 2),
                nn.GroupNorm(8, width),
                nn.GELU(),
            ]
        self.convolutions = nn.Sequential(*parts)
        self.head = nn.Sequential(
            nn.Linear(2 * width, width), nn.GELU(), nn.Dropout(DROPOUT), nn.Linear(width, effects)
        )

    def forward(self, mels: Float[Tensor, "batch 2 frames bands"]) -> Tensor:
        """The logit of each effect, `(batch, effects)`; `mels` as `log_powers`."""
        batch, _, frames, bands = mels.shape
        rows = mels.permute(0, 1, 3, 2).reshape(batch, 2 * bands, frames)
        over_time = self.convolutions(rows)
        pooled = torch.cat([over_time.mean(dim=-1), over_time.amax(dim=-1)], dim=-1)
        logits: Tensor = self.head(pooled)
        return logits


class BandGains(nn.Module):
    """Gains in dB for every frame and band, from dilated convolutions that see 1.5 s to each side.
    Untrained, all are 0 dB."""

    def __init__(self, bands: int, width: int = 64) -> None:
        super().__init__()
        self.first = nn.Conv1d(bands, width, 5, padding=2)
        self.blocks = nn.ModuleList([_Block(width, 2**n) for n in range(6)])
        self.last = nn.Conv1d(width, bands, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(
        self, mels: Float[Tensor, "batch frames bands"]
    ) -> Float[Tensor, "batch frames bands"]:
        """`mels`: `log_powers` of the mean of the channels."""
        rows = self.first(mels.transpose(1, 2))
        for block in self.blocks:
            rows = block(rows)
        return (15.0 * self.last(rows)).clamp(LEAST_GAIN_DB, MOST_GAIN_DB).transpose(1, 2)


class _Block(nn.Module):
    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, width)
        self.over_time = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mixed = nn.Conv1d(width, width, 1)

    def forward(self, rows: Tensor) -> Tensor:
        moved: Tensor = rows + self.mixed(functional.gelu(self.over_time(self.norm(rows))))
        return moved


class Curve(nn.Module):
    """From `curve_features` to a filter and a rising curve for each half of the wave. Untrained,
    both change nothing."""

    def __init__(self, features: int, width: int = 128) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(features, width),
            nn.LayerNorm(width),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(width, width),
            nn.GELU(),
        )
        self.last = nn.Linear(width, 2 * KNOTS + TAPS)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, features: Float[Tensor, "batch features"]) -> tuple[Tensor, Tensor]:
        """The logarithms of the slopes, `(batch, 2, knots)`, and the taps, `(batch, taps)`."""
        raw = self.last(self.body(features))
        slopes = raw[:, : 2 * KNOTS].reshape(-1, 2, KNOTS).clamp(-_STEEPEST, _STEEPEST)
        impulse = functional.one_hot(torch.tensor(TAPS // 2), TAPS).to(raw)
        return slopes, impulse + 0.3 * raw[:, 2 * KNOTS :]


def straightened(
    samples: Float[Tensor, "batch channels samples"], slopes: Tensor, taps: Tensor
) -> Tensor:
    """Sounds through the filter and then the curve that a `Curve` says; their level is undefined.

    The knots of a curve lie closer to each other towards the peak of the sound.
    """
    batch, channels, length = samples.shape
    peaks = samples.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-9)
    rows = (samples / peaks).transpose(0, 1)
    filtered = functional.conv1d(rows, taps.unsqueeze(1), padding=TAPS // 2, groups=batch)
    filtered = filtered.transpose(0, 1)
    filtered = filtered / filtered.abs().amax(dim=(1, 2), keepdim=True).clamp(min=1e-9)
    knots = 1.0 - (1.0 - torch.linspace(0.0, 1.0, KNOTS + 1)).square()
    knots = knots.to(samples)
    steps = slopes.exp() * knots.diff()
    reached = functional.pad(steps.cumsum(dim=-1), (1, 0))
    flat = filtered.reshape(batch, channels * length)
    place = flat.abs().clamp(max=1.0)
    piece = (torch.bucketize(place.detach(), knots, right=True) - 1).clamp(0, KNOTS - 1)
    half = (flat < 0.0).long() * KNOTS + piece
    start = reached[:, :, :KNOTS].reshape(batch, -1).gather(1, half)
    slope = slopes.exp().reshape(batch, -1).gather(1, half)
    bent = flat.sign() * (start + slope * (place - knots[piece]))
    return bent.reshape(batch, channels, length)


def log_powers(powers: Float[Tensor, "*batch frames bands"]) -> Tensor:
    """Powers in bands, in decibels, scaled to about -1 to 1."""
    db = 10.0 * torch.log10(powers + 10.0 ** (LOWEST_DB / 10.0))
    return (db - LOWEST_DB) / (RANGE_DB / 2.0) - 1.0
