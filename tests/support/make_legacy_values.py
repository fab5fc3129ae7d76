"""Run the published code on the fixed signals, and write down what it gives.

    python tests/support/make_legacy_values.py CHECKOUTS

CHECKOUTS is a folder with checkouts `automix-toolkit`, `FxNorm-automix`, `Diff-MST`, `DeepAFx-ST`
and `st-ito`, at the commits below. Wants librosa, scikit-learn, pyloudnorm, torch, torchaudio and
auraloss. The code is run as it is; what its files import and none of the functions here uses
(aubio, sox, networks) is an empty stand-in.
"""

import importlib
import importlib.metadata
import json
import platform
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from automix_bench.audio import Audio  # noqa: E402
from tests.support.legacy_signals import RATE, signals  # noqa: E402

COMMITS = {
    "automix-toolkit": "csteinmetz1/automix-toolkit e4a6ecfcd3f07619e9a92abae849983715f53800",
    "FxNorm-automix": "sony/FxNorm-automix 916bf7e438b43f7f1dda24292dc3fd5d08e0f250",
    "Diff-MST": "sai-soum/Diff-MST 3b90ef838272b827c86610cf25b510a23a4147fd",
    "DeepAFx-ST": "adobe-research/DeepAFx-ST 49bd0c88f3a0ad8b9c45f88200b4caa74952c43d",
    "st-ito": "csteinmetz1/st-ito c34463a4bc94dcafe793c634cd9972768f0234dd",
    "RemFX": "mhrice/RemFx 85d503077ad2e6dc6dcb1aa1d4d8da800045a7dd, remfx/models.py: "
    "MultiResolutionSTFTLoss(), which is auraloss's",
    "msr": "no code of the organisers was found: the function that entrants quote, with torchaudio",
}
PACKAGES = (
    "auraloss",
    "librosa",
    "numpy",
    "pyloudnorm",
    "scikit-learn",
    "scipy",
    "torch",
    "torchaudio",
)
Values = dict[str, float]
Compute = Callable[[Audio, Audio], Values]
OUT = ROOT / "tests" / "metrics" / "legacy_values.json"


def main(checkouts: Path) -> None:
    values: dict[str, dict[str, float]] = {name: {} for name in signals()}
    for run in (_toolkit, _fxnorm, _diff_mst, _deepafx, _st_ito, _remfx, _msr):
        compute = run(checkouts)
        for name, (reference, estimate) in signals().items():
            values[name].update(compute(reference, estimate))
    written = {
        "obtained by": "python tests/support/make_legacy_values.py CHECKOUTS",
        "code": COMMITS,
        "with": {"python": platform.python_version(), **_versions()},
        "signals": "tests/support/legacy_signals.py",
        "values": values,
        "batch of two": _batch(),
    }
    OUT.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def _module(folder: Path, name: str, stand_ins: tuple[str, ...]) -> Any:
    """A module of a checkout, with stand-ins for what it imports and does not use here. None of
    them stays among the modules: two checkouts have a package of one name."""
    sys.modules.update({one: MagicMock() for one in stand_ins})
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))
        package = name.split(".")[0]
        for one in [key for key in sys.modules if key.split(".")[0] == package or key in stand_ins]:
            del sys.modules[one]


def _toolkit(checkouts: Path) -> Compute:
    import sklearn.metrics  # noqa: F401 - the file says `import sklearn` only

    folder = checkouts / "automix-toolkit"
    code = _module(folder, "automix.evaluation.utils_evaluation", ())

    def compute(reference: Audio, estimate: Audio) -> Values:
        got = code.get_features(reference.samples.copy(), estimate.samples.copy())
        names = {
            "peak": "peak_loudness",
            "lufs": "lufs_loudness",
            "centroid": "centroid",
            "bandwidth": "bandwidth",
            "contrast": "contrast",
            "rolloff": "rolloff",
            "flatness": "flatness",
            "panning": "mean_mape_panning",
            "rms": "rms_level",
            "dynamic_spread": "dynamic_spread",
            "crest": "crest_factor",
        }
        return {f"mape_t_{ours}": float(got[theirs]) for ours, theirs in names.items()}

    return compute


def _fxnorm(checkouts: Path) -> Compute:
    stand_ins = (
        "aubio",
        "psutil",
        "sox",
        "automix.common_dataprocessing",
        "automix.common_audioeffects",
    )
    folder = checkouts / "FxNorm-automix"
    code = _module(folder, "automix.utils_data_normalization", stand_ins)

    def compute(reference: Audio, estimate: Audio) -> Values:
        pair = [one.samples.T.astype(np.float64) for one in (estimate, reference)]
        loudness = code.compute_loudness_features((*pair, 0, RATE))
        spectral = code.compute_spectral_features((*pair, 0, RATE, 4096, 1024, 2))
        panning = code.compute_panning_features((*pair, 0, RATE, 2048, 1024))
        dynamic = code.compute_dynamic_features((*pair, 0, RATE, 4096, 1024))
        found = {
            "lufs": loudness["d_lufs"],
            "peak": loudness["d_peak"],
            "spectral": spectral["mape_mean"],
            "panning": panning["mape_mean"],
            "dynamics": dynamic["mape_mean"],
            "low_ratio": dynamic["l_ratio_mean_mape"],
        }
        return {f"mape_f_{name}": float(np.squeeze(value)) for name, value in found.items()}

    return compute


def _batched(audio: Audio) -> Any:
    import torch

    return torch.from_numpy(audio.samples.copy())[None]


def _diff_mst(checkouts: Path) -> Compute:
    code = _module(checkouts / "Diff-MST", "mst.loss", ("mst.fx_encoder", "mst.modules", "yaml"))
    loss = code.AudioFeatureLoss([0.1, 0.001, 1.0, 1.0, 0.1], RATE)
    names = {
        "rms": "rms",
        "crest": "crest_factor",
        "width": "stereo_width",
        "imbalance": "stereo_imbalance",
        "bark": "barkspectrum",
    }

    def compute(reference: Audio, estimate: Audio) -> Values:
        got = loss(_batched(estimate), _batched(reference))
        parts = {f"diff_mst_{ours}": float(got[f"mix-{name}"]) for ours, name in names.items()}
        return {**parts, "diff_mst_af": float(sum(got.values()))}

    return compute


def _deepafx(checkouts: Path) -> Compute:
    folder = checkouts / "DeepAFx-ST" / "deepafx_st"
    code = _module(folder, "metrics", ("resampy", "pesq"))
    error = code.CrestFactorError()
    return lambda reference, estimate: {
        "deepafx_crest": error(_batched(estimate), _batched(reference))
    }


def _st_ito(checkouts: Path) -> Compute:
    code = _module(checkouts / "st-ito" / "st_ito", "features", ("laion_clap", "transformers"))

    def compute(reference: Audio, estimate: Audio) -> Values:
        crests = [code.compute_crest_factor(_batched(one)) for one in (reference, estimate)]
        return {"st_ito_crest": float((crests[1] - crests[0]).abs().mean())}

    return compute


def _remfx(checkouts: Path) -> Compute:
    from auraloss.freq import MultiResolutionSTFTLoss

    loss = MultiResolutionSTFTLoss()
    return lambda reference, estimate: {
        "remfx_mrstft": float(loss(_batched(estimate), _batched(reference)))
    }


def _batch() -> Values:
    """Of two items, a loud one and a soft one: together, and the mean of each alone."""
    import torch
    from auraloss.freq import MultiResolutionSTFTLoss

    pairs = [signals()[name] for name in ("-0.9 dB near full scale", "noise")]
    batches = [torch.cat([_batched(one) for one in side]) for side in zip(*pairs, strict=True)]
    return {"remfx_mrstft": float(MultiResolutionSTFTLoss()(batches[1], batches[0]))}


def _msr(checkouts: Path) -> Compute:
    import torch
    from torchaudio.transforms import MelSpectrogram

    def snrs(wanted: Any, got: Any) -> Iterator[float]:
        got = got * (torch.dot(wanted, got) / (torch.dot(got, got) + 1e-8))
        for points, mels in ((512, 80), (1024, 128), (2048, 192)):
            mel = MelSpectrogram(
                RATE, points, hop_length=points // 2, n_mels=mels, f_min=0, f_max=24_000, power=2.0
            )
            error = (mel(wanted) - mel(got)).pow(2).sum() + 1e-8
            yield float(10 * torch.log10(mel(wanted).pow(2).sum() / error))

    def compute(reference: Audio, estimate: Audio) -> Values:
        pairs = zip(_batched(reference)[0], _batched(estimate)[0], strict=True)
        values = [value for pair in pairs for value in snrs(*pair)]
        return {"msr_multi_mel_snr": sum(values) / len(values)}

    return compute


if __name__ == "__main__":
    main(Path(sys.argv[1]))
