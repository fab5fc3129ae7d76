"""A local model repository in demucs's own format: small models with random, seeded weights."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
import yaml
from demucs.hdemucs import HDemucs
from demucs.htdemucs import HTDemucs
from demucs.states import get_state, save_with_checksum

SOURCES = ["drums", "bass", "other", "vocals"]


def save_th(model: Any, folder: Path, signature: str) -> None:
    args, kwargs = model._init_args_kwargs
    package = {
        "klass": type(model),
        "args": args,
        "kwargs": kwargs,
        "state": get_state(model, None),
        "training_args": {},
    }
    save_with_checksum(package, folder / f"{signature}.th")


def save_safetensors(model: Any, path: Path) -> None:
    from safetensors.torch import save_file

    def encoded(value: Any) -> Any:
        if isinstance(value, Fraction):
            return {
                "_type": "fraction",
                "numerator": value.numerator,
                "denominator": value.denominator,
            }
        return value

    args, kwargs = model._init_args_kwargs
    metadata = {
        "klass": f"{type(model).__module__}.{type(model).__qualname__}",
        "args": json.dumps(list(args), default=encoded),
        "kwargs": json.dumps(kwargs, default=encoded),
    }
    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, path, metadata)


def make_repository(folder: Path) -> Path:
    """`tiny`: a bag of a transformer and a hybrid model, in both formats; `mono`; `plain`."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        small = {"channels": 8, "depth": 4, "bottom_channels": 32, "t_layers": 1, "t_heads": 2}
        transformer = HTDemucs(SOURCES, **small, segment=Fraction(2))
        hybrid = HDemucs(SOURCES, channels=4, segment=2)
        mono = HDemucs(["low", "high"], channels=4, audio_channels=1, samplerate=22_050)
        badly_named = HDemucs(["Lead Vocals"], channels=4)
    save_th(transformer, folder, "aaaa")
    save_th(mono, folder, "mono")
    save_th(badly_named, folder, "named")
    save_safetensors(transformer, folder / "bbbb.safetensors")
    save_safetensors(hybrid, folder / "cccc.safetensors")
    weights = [[1.0, 0.0, 2.0, 1.0], [1.0, 1.0, 1.0, 0.5]]
    (folder / "tiny.yaml").write_text(
        yaml.safe_dump({"models": ["aaaa", "cccc"], "weights": weights})
    )
    (folder / "plain.yaml").write_text(yaml.safe_dump({"models": ["aaaa"]}))
    (folder / "short.yaml").write_text(yaml.safe_dump({"models": ["aaaa"], "segment": 1}))
    (folder / "lost.yaml").write_text(yaml.safe_dump({"models": ["zzzz"]}))
    (folder / "wrong.yaml").write_text("- a list\n")
    (folder / "broken.yaml").write_text("models: [\n")
    return folder
