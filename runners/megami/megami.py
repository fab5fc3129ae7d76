"""MEGAMI: one sample of its mixes of any number of tracks.

    python megami.py IN OUT

Its own class for inference does the work, with the settings of its `run_inference.sh`. The seed of
the brief is torch's, so `--samples` gives different mixes. Its answer is 16 bit, with a peak at
full scale. It takes tracks of 525,312 samples (11.9 s) or more.
"""

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
CODE = HERE / "code"
SETTINGS = {
    "FxGenerator_code": "public",
    "FxProcessor_code": "public",
    "T": 100,
    "Schurn": 10,
    "cfg_scale": 1.0,
}
LEAST = 525_312
RATE = 44_100


def main(given, out):
    import os

    import soundfile

    given, out = Path(given).absolute(), Path(out).absolute()
    brief = json.loads((given / "brief.json").read_text(encoding="utf-8"))
    if brief["rate"] != RATE:
        raise SystemExit(f"expected sounds at {RATE} Hz, got {brief['rate']} Hz")
    tracks = sorted((given / "stems").glob("*.wav"))
    length = min(soundfile.info(str(path)).frames for path in tracks)
    if length < LEAST:
        raise SystemExit(f"expected tracks of {LEAST} samples or more, got {length}")
    work = out / "work"
    shutil.copytree(str(given / "stems"), str(work))
    os.chdir(str(CODE))  # its configuration and checkpoints are relative to it
    sys.path[:0] = [str(CODE)]
    import omegaconf
    import torch
    from inference.inference import Inference

    torch.manual_seed(int(brief.get("seed", 0)))
    system = Inference(method_args=omegaconf.OmegaConf.create(SETTINGS))
    system.run_inference_single_song(directory=str(work), num_samples=1, exp_name="answer")
    (mix,) = sorted((work / "answer").glob("*.wav"))
    if all(soundfile.info(str(path)).channels == 1 for path in tracks):
        sound, _ = soundfile.read(str(mix), always_2d=True)
        soundfile.write(str(mix), sound.mean(axis=1), RATE, subtype="FLOAT")
    shutil.move(str(mix), str(out / "mix.wav"))
    shutil.rmtree(str(work))


if __name__ == "__main__":
    main(*sys.argv[1:3])
