"""The Wave-U-Net of automix-toolkit: eight microphones of a drum kit to a stereo mix.

Its weights belong to eight places: kick, snare, hi-hat, two overheads, three toms. A stem takes the
first free place of its role, in the order of the names. Both channels of stereo overheads take a
place each; a stem whose name ends with `-left` or `-right` is one microphone. Cymbals and
percussion have no microphone of their own in that kit: an overhead place that is left takes them,
or they are left out, and a line says so. Any other stem without a place is refused.
"""

import sys
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "code")]

from checkpoint import demand_rate, like_stems, state_of

PLACES = ("kick", "snare", "hihat", "overhead", "overhead", "tom", "tom", "tom")
ROLES = {"toms": "tom", "overheads": "overhead"}
SPARE = ("cymbals", "percussion")
LAYERS = 12


@lru_cache(maxsize=1)
def network():
    from automix.models.mixwaveunet import MixWaveUNet

    made = MixWaveUNet(len(PLACES), 2)
    made.load_state_dict(state_of("enst-drums-mixwaveunet.ckpt"))
    return made.eval()


def placed(stems):
    """The sounds in their places: `(places, samples)`; silence where there is none."""
    import numpy as np

    length = next(iter(stems.values())).shape[-1]
    rows, free = np.zeros((len(PLACES), length), np.float32), list(range(len(PLACES)))
    for name in sorted(stems, key=lambda one: (one.split("-")[0] in SPARE, one)):
        role = name.split("-")[0]
        is_spare, role = role in SPARE, "overhead" if role in SPARE else ROLES.get(role, role)
        sound = stems[name]
        is_pair = role == "overhead" and not name.endswith(("-left", "-right"))
        is_stereo = is_pair and not is_spare
        channels = sound if is_stereo else sound.mean(axis=0, keepdims=True)
        for channel in channels:
            place = next((one for one in free if PLACES[one] == role), None)
            if place is None and is_spare:
                print(f"{name}: left out, as no overhead place is free", file=sys.stderr)
                continue
            if place is None:
                wanted = ", ".join(PLACES)
                raise ValueError(f"no place for stem {name}: expected at most {wanted}")
            rows[place] = channel
            free.remove(place)
    return rows


def answer(brief):
    import torch

    demand_rate(brief)
    tracks = torch.from_numpy(placed(brief.stems))
    length = tracks.shape[-1]
    whole = -(-length // 2**LAYERS) * 2**LAYERS  # halved by each layer
    tracks = torch.nn.functional.pad(tracks, (0, whole - length))
    with torch.no_grad():
        mix, _ = network()(tracks[None])
    return {"mix": like_stems(mix[0, :, :length].numpy(), brief.stems)}
