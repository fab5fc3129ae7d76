"""Runners of published systems, against stand-ins of their code.

A stand-in has the names, arguments and shapes that a runner uses of a system's code. It does
something simple with the sounds, so that what goes in and what comes out can be told.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from automix_bench.audio import Audio
from automix_bench.evaluation.entry import entry
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.privileges import Limits
from automix_bench.model import Brief

RUNNERS = Path(__file__).parents[2] / "runners"
RNG = np.random.default_rng(0)
RATE = 44_100
FOLDERS = sorted(path.name for path in RUNNERS.iterdir() if path.is_dir())


def sound(channels=2, samples=5_000, rate=RATE):
    return Audio((0.1 * RNG.standard_normal((channels, samples))).astype(np.float32), rate)


def runner(tmp_path, folder, code, weights=()):
    """A copy of a runner with a stand-in of its system's code, in this Python."""
    copy = tmp_path / folder
    shutil.copytree(RUNNERS / folder, copy)
    for name, text in code.items():
        path = copy / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (copy / "weights").mkdir()
    (copy / "responses").mkdir()
    for name in weights:
        (copy / "weights" / name).write_bytes(b"")
    for path in copy.glob("*.toml"):
        text = path.read_text()
        path.write_text(text.replace("environment/bin/python", sys.executable))
    return copy


def asked(path, brief, seed=0):
    with ModelProcess(entry(str(path)).place, limits=Limits()) as process:
        return process.ask(brief, seed=seed)


def answered(path, brief, seed=0):
    reply = asked(path, brief, seed)
    assert reply.failure == "", reply.failure
    return {name: one.samples for name, one in reply.answer.stems.items()}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_runner_is_whole(folder):
    """It says how its code is fetched, at one revision, and its models name files of its own."""
    fetch = (RUNNERS / folder / "fetch.sh").read_text()
    assert re.search(r"git -C code checkout [0-9a-f]{40}$", fetch, re.MULTILINE)
    assert subprocess.run(["sh", "-n", RUNNERS / folder / "fetch.sh"], check=False).returncode == 0
    models = list((RUNNERS / folder).glob("*.toml"))
    assert models
    for path in models:
        record = tomllib.loads(path.read_text())
        program = record.get("model") or record["command"][1]
        compile((RUNNERS / folder / program).read_text(), program, "exec")
        assert record["title"]
    assert f"| `{folder}` |" in (RUNNERS / "README.md").read_text()


AUTOMIX = {
    "automix/__init__.py": "",
    "automix/models/__init__.py": "",
    "automix/models/mixwaveunet.py": """
import torch

class MixWaveUNet(torch.nn.Module):
    '''Left: twice the first four places. Right: the last four. Halves its input twelve times.'''

    def __init__(self, ninputs, noutputs):
        super().__init__()
        assert (ninputs, noutputs) == (8, 2)
        self.gain = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x, track_mask=None):
        assert x.shape[:2] == (1, 8) and x.shape[2] % 4096 == 0, x.shape
        assert not self.training
        left, right = x[:, :4].sum(dim=1), x[:, 4:].sum(dim=1)
        return self.gain * torch.stack([left, right], dim=1), torch.zeros(1)
""",
    "automix/models/dmc.py": """
import torch

class DifferentiableMixingConsole(torch.nn.Module):
    '''The number of the track is its gain, on the left alone.'''

    def __init__(self, sample_rate):
        super().__init__()
        assert sample_rate == 44100
        self.gain = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x, track_mask=None):
        assert not self.training
        gains = torch.arange(1.0, x.shape[1] + 1.0).view(1, -1, 1)
        left = self.gain * (gains * x).sum(dim=1)
        return torch.stack([left, 0.0 * left], dim=1), None
""",
}


@pytest.fixture
def automix(tmp_path):
    import torch

    copy = runner(tmp_path, "automix_toolkit", AUTOMIX)
    for name in ("dmc", "mixwaveunet"):
        state = {"model.gain": torch.full((1,), 2.0), "sisdr.window": torch.zeros(3)}
        torch.save({"state_dict": state}, copy / "weights" / f"enst-drums-{name}.ckpt")
    return copy


def test_the_wave_unet_has_a_place_for_each_microphone(automix):
    stems = {
        "toms-2": sound(1),
        "kick": sound(2),
        "snare": sound(1),
        "hihat": sound(1),
        "overheads": sound(2),
        "toms-1": sound(1),
    }
    mix = answered(automix / "wave_unet.toml", Brief(stems))["mix"]
    given = {name: one.samples for name, one in stems.items()}
    kick, over = given["kick"].mean(axis=0), given["overheads"]
    left = kick + given["snare"][0] + given["hihat"][0] + over[0]
    right = over[1] + given["toms-1"][0] + given["toms-2"][0]
    assert np.allclose(mix, 2.0 * np.stack([left, right]), atol=1e-6)


def test_overheads_may_be_two_stems(automix):
    left, right = sound(2), sound(2)
    stems = {"overhead-right": right, "overhead-left": left}
    mix = answered(automix / "wave_unet.toml", Brief(stems))["mix"]
    wanted = np.stack([left.samples.mean(axis=0), right.samples.mean(axis=0)])
    assert np.allclose(mix, 2.0 * wanted, atol=1e-6)


def test_a_kit_of_the_recipe_is_mixed_with_its_overheads(automix):
    """Cymbals and percussion, in stereo as all of its tracks, must not take their places."""
    names = ("kick", "snare", "hihat", "toms", "cymbals", "percussion")
    stems = {name: sound(2) for name in (*names, "overhead-left", "overhead-right")}
    mix = answered(automix / "wave_unet.toml", Brief(stems))["mix"]
    given = {name: one.samples.mean(axis=0) for name, one in stems.items()}
    left = given["kick"] + given["snare"] + given["hihat"] + given["overhead-left"]
    right = given["overhead-right"] + given["toms"]
    assert np.allclose(mix, 2.0 * np.stack([left, right]), atol=1e-6)
    few = {name: stems[name] for name in ("kick", "cymbals", "percussion")}
    mix = answered(automix / "wave_unet.toml", Brief(few))["mix"]
    assert np.allclose(mix[0], 2.0 * (given["kick"] + given["cymbals"]), atol=1e-6)
    assert np.allclose(mix[1], 2.0 * given["percussion"], atol=1e-6)


def test_mono_stems_have_a_mono_mix(automix):
    for name in ("dmc", "wave_unet"):
        mix = answered(automix / f"{name}.toml", Brief({"kick": sound(1)}))["mix"]
        assert mix.shape == (1, 5_000)


@pytest.mark.parametrize(
    ("stems", "reason"),
    [
        ({"vocals": sound()}, "no place for stem vocals: expected at most kick, snare"),
        ({"kick-1": sound(), "kick-2": sound()}, "no place for stem kick-2"),
        ({"kick": sound(rate=48_000)}, "expected sounds at 44100 Hz, got 48000 Hz"),
    ],
)
def test_what_the_wave_unet_cannot_mix_is_refused(automix, stems, reason):
    assert reason in asked(automix / "wave_unet.toml", Brief(stems)).failure


def test_the_console_is_shown_mono_tracks_in_order(automix):
    stems = {"vocals": sound(1), "bass": sound(2)}
    mix = answered(automix / "dmc.toml", Brief(stems))["mix"]
    bass = stems["bass"].samples.mean(axis=0)
    assert np.allclose(mix[0], 2.0 * (bass + 2.0 * stems["vocals"].samples[0]), atol=1e-6)
    assert not mix[1].any()


def test_missing_weights_are_named(automix):
    (automix / "weights" / "enst-drums-dmc.ckpt").unlink()
    failure = asked(automix / "dmc.toml", Brief({"bass": sound()})).failure
    assert "no weights at" in failure
    assert "see fetch.sh" in failure


def test_a_checkpoint_with_code_is_not_run(automix, tmp_path):
    import pickle

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "evil"), "w"))

    import torch

    path = automix / "weights" / "enst-drums-dmc.ckpt"
    torch.save({"state_dict": {}, "hyper_parameters": Evil()}, path, pickle_module=pickle)
    assert "weights_only" in asked(automix / "dmc.toml", Brief({"bass": sound()})).failure
    assert not (tmp_path / "evil").exists()


DIFF_MST = {
    "mst/__init__.py": "",
    "mst/utils.py": """
import torch

def load_diffmst(config_path, ckpt_path, map_location="cpu"):
    open(config_path), open(ckpt_path)
    return "model", "console"

def run_diffmst(tracks, ref, model, mix_console, track_start_idx=0, ref_start_idx=0):
    print("it prints")
    assert (model, mix_console) == ("model", "console")
    assert tracks.shape[0] == 1 and ref.shape[:2] == (1, 2)
    tracks *= 0.5  # it writes into what it is given
    mix = tracks.sum(dim=1, keepdim=True) + torch.stack([ref[:, 0], -ref[:, 1]], dim=1)
    return mix, {}, {}, {}
""",
}


def test_diff_mst_is_shown_every_channel_and_the_reference(tmp_path):
    copy = runner(tmp_path, "diff_mst", DIFF_MST, ("config.yaml", "model.ckpt"))
    stems, reference = {"bass": sound(1), "keys": sound(2)}, sound(2)
    mix = answered(copy / "diff_mst.toml", Brief(stems, reference=reference))["mix"]
    tracks = stems["bass"].samples[0] + stems["keys"].samples.sum(axis=0)
    signs = np.array([[1.0], [-1.0]])
    assert np.allclose(mix, 0.5 * tracks + signs * reference.samples, atol=1e-6)
    failure = asked(copy / "diff_mst.toml", Brief(stems)).failure
    assert "expected a reference mix" in failure
    (copy / "weights" / "model.ckpt").unlink()
    failure = asked(copy / "diff_mst.toml", Brief(stems, reference=reference)).failure
    assert "see fetch.sh" in failure


REMFX = {
    "cfg/config.yaml": "",
    "torchaudio/__init__.py": "",
    "torchaudio/functional.py": """
import scipy.signal
import torch

def resample(audio, before, after):
    out = scipy.signal.resample_poly(audio.numpy(), after // 300, before // 300, axis=-1)
    return torch.from_numpy(out)
""",
    "hydra/__init__.py": """
from contextlib import contextmanager
from types import SimpleNamespace as Space
from pathlib import Path
from . import utils

@contextmanager
def initialize_config_dir(folder, version_base):
    assert Path(folder, "config.yaml").is_file()
    yield

def compose(name, overrides):
    assert (name, overrides) == ("config", ["+exp=remfx_detect"])
    ckpts = {n: Space(model=n, ckpt_path=f"ckpts/{n}.ckpt") for n in ("Reverb", "Chorus", "Delay")}
    order = ["Delay", "Reverb", "Chorus"]
    return Space(
        inference_effects_ordering=order, ckpts=ckpts, classifier="classifier",
        classifier_ckpt="ckpts/classifier.ckpt",
    )
""",
    "hydra/utils.py": """
import torch

class Network(torch.nn.Module):
    '''Delay: doubles. Reverb: adds 0.01, and loses the first 100 samples. Chorus: never runs.'''

    def __init__(self, name):
        super().__init__()
        self.name = name

    def load_state_dict(self, state):
        assert state == {"of": self.name}

    def sample(self, x):
        assert x.shape[1] == 1 and not self.training
        if self.name == "Chorus":
            raise RuntimeError("not detected")
        return 2.0 * x if self.name == "Delay" else x[..., 100:] + 0.01

    def forward(self, x):
        assert x.shape[:2] == (1, 1)
        on = float(x.abs().max() > 1e-3)
        return [torch.tensor([[0.9 * on]]), torch.tensor([[0.2]]), torch.tensor([[0.6 * on]])]

class Holder(torch.nn.Module):
    def __init__(self, name):
        super().__init__()
        self.name, self.model = name, Network(name)

    def load_state_dict(self, state):
        assert state == {"of": self.name}

def instantiate(config, _convert_):
    return Network(config) if config == "classifier" else Holder(config)
""",
    "remfx/__init__.py": "",
    "remfx/effects.py": """
class Reverb: pass
class Chorus: pass
class Delay: pass
Pedalboard_Effects = [Reverb, Chorus, Delay]
""",
}


def test_remfx_takes_away_what_it_detects_in_its_order(tmp_path):
    import torch

    copy = runner(tmp_path, "remfx", REMFX)
    for name in ("Reverb", "Chorus", "Delay", "classifier"):
        torch.save({"state_dict": {"of": name}}, copy / "weights" / f"{name}.ckpt")
    time = np.arange(RATE) / RATE
    tone = np.stack([0.2 * np.sin(2 * np.pi * 440 * time), 0.1 * np.sin(2 * np.pi * 880 * time)])
    stems = {"bass": Audio(tone.astype(np.float32), RATE), "keys": sound().scaled(0.0)}
    out = answered(copy / "remfx.toml", Brief(stems))
    inside = slice(2_000, -2_000)
    assert np.allclose(out["bass"][:, inside], 2.0 * tone[:, inside] + 0.01, atol=1e-3)
    assert out["bass"].shape == tone.shape
    assert not out["keys"].any()  # nothing is detected in silence


FXNORM = {
    "automix/__init__.py": "",
    "automix/inference.py": """
import sys
import numpy as np
import soundfile

given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
print("it prints", given)
assert given["--training-params"].endswith("configs/ISMIR/ours_S_Lb.py")
gains = {"--vocals": 1.0, "--bass": 10.0, "--drums": 100.0, "--other": 1000.0}
for name in gains:  # as its load_wav demands
    assert soundfile.info(given[name]).subtype in ("PCM_16", "PCM_32", "PCM_24"), given[name]
    assert soundfile.info(given[name]).frames <= 210 * 44100
mix = sum(gain * soundfile.read(given[name])[0] for name, gain in gains.items())
soundfile.write(given["--output"], mix, 44100, subtype="FLOAT")
""",
}


def test_fxnorm_is_shown_four_sums(tmp_path):
    copy = runner(tmp_path, "fxnorm_automix", FXNORM)
    soundfile.write(copy / "responses" / "impulse_response.wav", np.ones(4), RATE)
    stems = {"kick": sound(1), "snare-1": sound(2), "vocals": sound(2), "strings": sound(2)}
    mix = answered(copy / "fxnorm_automix.toml", Brief(stems))["mix"]
    given = {name: one.samples for name, one in stems.items()}
    drums = given["kick"] + given["snare-1"]
    wanted = given["vocals"] + 100.0 * drums + 1_000.0 * given["strings"]
    highest = max(np.abs(one).max() for one in (drums, given["vocals"], given["strings"]))
    assert np.allclose(mix, min(1.0, 0.5 / highest) * wanted, rtol=1e-4, atol=1e-3)
    loud = {name: one.scaled(40.0) for name, one in stems.items()}
    again = answered(copy / "fxnorm_automix.toml", Brief(loud))["mix"]
    assert np.allclose(again / again.std(), mix / mix.std(), rtol=1e-3, atol=1e-3)  # no clipping
    slow = Brief({"kick": sound(rate=48_000)})
    assert "expected 44100 Hz, got 48000 Hz" in asked(copy / "fxnorm_automix.toml", slow).failure
    mono = answered(copy / "fxnorm_automix.toml", Brief({"kick": sound(1)}))["mix"]
    assert mono.shape == (1, 5_000)


def test_fxnorm_knows_the_roles_of_our_data():
    module = loaded(RUNNERS / "fxnorm_automix" / "fxnorm_automix.py")
    classes = {
        "drums": ("kick", "overhead-left", "overheads", "toms-2"),
        "vocals": ("vocals-1", "choir", "backing", "lead_vocals", "vox"),
        "bass": ("bass-1",),
        "other": ("brass", "keys-2"),
    }
    for name, stems in classes.items():
        assert {module.class_of(stem) for stem in stems} == {name}


def loaded(path):
    """The module of a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MEGAMI = {
    "checkpoints/settings.txt": "3.0",
    "omegaconf.py": """
from types import SimpleNamespace

class OmegaConf:
    @staticmethod
    def create(settings):
        return SimpleNamespace(**settings)
""",
    "inference/__init__.py": "",
    "inference/inference.py": """
import glob
import os
import soundfile
import torch

class Inference:
    def __init__(self, method_args):
        assert (method_args.FxGenerator_code, method_args.T) == ("public", 100)
        self.gain = float(open("checkpoints/settings.txt").read())  # beside the code, as there

    def run_inference_single_song(self, exp_name="x", directory=None, num_samples=1):
        sounds = [soundfile.read(p)[0] for p in sorted(glob.glob(os.path.join(directory, "*.wav")))]
        mix = self.gain * sum(sounds) * float(torch.rand(1))
        os.makedirs(f"{directory}/{exp_name}", exist_ok=True)
        path = f"{directory}/{exp_name}/MEGAMI_inference_sample0.wav"
        soundfile.write(path, mix, 44100, subtype="PCM_16")
""",
}


def test_megami_mixes_with_the_seed_of_the_brief(tmp_path):
    import torch

    copy = runner(tmp_path, "megami", MEGAMI)
    stems = {name: sound(2, 525_312) for name in ("bass", "keys")}
    mix = answered(copy / "megami.toml", Brief(stems), seed=7)["mix"]
    torch.manual_seed(7)
    wanted = 3.0 * float(torch.rand(1)) * sum(one.samples for one in stems.values())
    assert np.allclose(mix, np.clip(wanted, -1.0, 1.0), atol=1e-4)
    mono = answered(copy / "megami.toml", Brief({"bass": sound(1, 525_312)}), seed=7)["mix"]
    assert mono.shape == (1, 525_312)
    slow = asked(copy / "megami.toml", Brief({"bass": sound(2, 525_312, rate=48_000)}))
    assert "expected sounds at 44100 Hz, got 48000 Hz" in slow.failure
    short = asked(copy / "megami.toml", Brief({"bass": sound()}))
    assert "expected tracks of 525312 samples or more, got 5000" in short.failure


def test_what_was_fetched_is_not_committed():
    ignored = (RUNNERS / ".gitignore").read_text().split()
    assert set(ignored) == {"*/code/", "*/weights/", "*/environment/", "*/responses/"}
