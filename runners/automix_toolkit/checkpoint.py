"""What both models of automix-toolkit need: weights without its training code, rates, channels."""

from pathlib import Path

HERE = Path(__file__).parent


def state_of(name):
    """The weights of a network in a checkpoint of `automix.system.System`, by name.

    Only tensors and plain values are read, so a checkpoint cannot run code.
    """
    import torch

    path = HERE / "weights" / name
    if not path.is_file():
        raise FileNotFoundError(f"no weights at {path}: see fetch.sh")
    state = torch.load(str(path), map_location="cpu", weights_only=True)["state_dict"]
    return {key[len("model.") :]: one for key, one in state.items() if key.startswith("model.")}


def demand_rate(brief):
    """The published weights were trained at one rate."""
    if brief.rate != 44_100:
        raise ValueError(f"expected sounds at 44100 Hz, got {brief.rate} Hz")


def like_stems(mix, stems):
    """The mix, in one channel where all stems have one."""
    mono = all(len(sound) == 1 for sound in stems.values())
    return mix.mean(axis=0, keepdims=True) if mono else mix
