"""Diff-MST: the tracks, mixed in the style of a reference mix.

As in its own programs, every channel is a track of its own, and the settings come from the first
262,144 samples. Tracks whose loudness there is below -80 LUFS are left out by its code.
"""

import sys
from contextlib import redirect_stdout
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "code")]
RATE = 44_100


@lru_cache(maxsize=1)
def loaded():
    from mst.utils import load_diffmst

    places = [HERE / "weights" / name for name in ("config.yaml", "model.ckpt")]
    for path in places:
        if not path.is_file():
            raise FileNotFoundError(f"no file at {path}: see fetch.sh")
    return load_diffmst(*map(str, places))


def answer(brief):
    import numpy as np
    import torch
    from mst.utils import run_diffmst

    if brief.rate != RATE:
        raise ValueError(f"expected sounds at {RATE} Hz, got {brief.rate} Hz")
    if brief.reference is None:
        raise ValueError("expected a reference mix, got none: its task is style_transfer")
    tracks = np.concatenate([brief.stems[name] for name in sorted(brief.stems)])
    reference = brief.reference
    if len(reference) == 1:
        reference = np.repeat(reference, 2, axis=0)
    model, console = loaded()
    with torch.no_grad(), redirect_stdout(sys.stderr):
        mix = run_diffmst(
            torch.tensor(tracks)[None], torch.tensor(reference)[None], model, console
        )[0]
    mix = mix[0].numpy()
    if all(len(sound) == 1 for sound in brief.stems.values()):
        mix = mix.mean(axis=0, keepdims=True)
    return {"mix": mix}
