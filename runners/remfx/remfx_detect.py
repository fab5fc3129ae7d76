"""RemFX Detect: which of five effects a sound has, and a network for each to take it away.

Its networks take mono at 48 kHz. Effects are detected in the mean of the channels; each channel
then goes through the networks of those effects. A network whose output is shorter than its input is
taken to have lost the start, as in its own evaluation (`causal_crop`).
"""

import sys
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "code")]
RATE = 48_000
THRESHOLD = 0.5


def weights(path):
    """The weights that a configuration names by a path of its own checkout."""
    import torch

    own = HERE / "weights" / Path(path).name
    if not own.is_file():
        raise FileNotFoundError(f"no weights at {own}: see fetch.sh")
    return torch.load(str(own), map_location="cpu", weights_only=True)["state_dict"]


@lru_cache(maxsize=1)
def loaded():
    """The classifier, and the networks in the order of its configuration, by effect."""
    import hydra

    with hydra.initialize_config_dir(str(HERE / "code" / "cfg"), version_base=None):
        cfg = hydra.compose("config", overrides=["+exp=remfx_detect"])
    networks = {}
    for effect in cfg.inference_effects_ordering:
        made = hydra.utils.instantiate(cfg.ckpts[effect].model, _convert_="partial")
        made.load_state_dict(weights(cfg.ckpts[effect].ckpt_path))
        networks[effect] = made.eval()
    classifier = hydra.utils.instantiate(cfg.classifier, _convert_="partial")
    classifier.load_state_dict(weights(cfg.classifier_ckpt))
    return classifier.eval(), networks


def detected(classifier, mono):
    """The names of the effects in a sound `(1, samples)`, in the order of the classifier."""
    import torch
    from remfx.effects import Pedalboard_Effects

    labels = torch.hstack(classifier(mono[None]))[0]
    return {
        effect.__name__
        for effect, label in zip(Pedalboard_Effects, labels)
        if float(label) > THRESHOLD
    }


def cleaned(sound, rate):
    """A sound `(channels, samples)` without the effects that are detected in it."""
    import torch
    from torchaudio.functional import resample

    classifier, networks = loaded()
    audio = resample(torch.tensor(sound), rate, RATE)
    effects = detected(classifier, audio.mean(dim=0, keepdim=True))
    if not effects:
        return sound
    for effect, network in networks.items():
        if effect in effects:
            out = network.model.sample(audio[:, None])[:, 0]
            audio = torch.nn.functional.pad(out, (audio.shape[-1] - out.shape[-1], 0))
    return resample(audio, RATE, rate)[:, : sound.shape[-1]].numpy()


def answer(brief):
    import torch

    with torch.no_grad():
        return {name: cleaned(sound, brief.rate) for name, sound in brief.stems.items()}
