"""FxNorm-Automix: vocals, bass, drums and the rest, mixed.

    python fxnorm_automix.py IN OUT

Stems are summed to the four that it takes, by their roles. Its own program for inference does the
rest; it is called for each song.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).parent
NET = "ours_S_Lb"
WEIGHTS = "current_model_for_mixture.params"
DRUMS = {"drums", "kick", "snare", "hihat", "toms", "cymbals", "percussion", "overheads"}
RATE = 44_100


def class_of(stem):
    """Which of the four a stem belongs to."""
    role = stem.split("-")[0]
    if role in DRUMS:
        return "drums"
    return {"vocals": "vocals", "backing": "vocals", "bass": "bass"}.get(role, "other")


def summed(folder):
    """The sums of the stems of each class, in stereo: `(samples, 2)` by class."""
    sums = {}
    for path in sorted(Path(folder, "stems").glob("*.wav")):
        sound, rate = soundfile.read(path, always_2d=True)
        if rate != RATE:
            raise SystemExit(f"{path.name}: expected {RATE} Hz, got {rate} Hz")
        if sound.shape[1] == 1:
            sound = np.repeat(sound, 2, axis=1)
        name = class_of(path.stem)
        sums[name] = sums.get(name, 0.0) + sound
    return sums


def main(given, out):
    sums = summed(given)
    length = max(len(one) for one in sums.values())
    code, work = HERE / "code", Path(out, "work")
    work.mkdir()
    command = [sys.executable, "-m", "automix.inference"]
    for name in ("vocals", "bass", "drums", "other"):
        path = work / f"{name}.wav"
        soundfile.write(path, sums.get(name, np.zeros((length, 2))), RATE, subtype="FLOAT")
        command += [f"--{name}", str(path)]
    results = code / "trainings" / "results" / NET
    command += ["--output", str(Path(out, "mix.wav"))]
    command += ["--training-params", str(code / "configs" / "ISMIR" / f"{NET}.py")]
    command += ["--impulse-responses", str(HERE / "responses")]
    command += ["--pre-impulse-responses", str(HERE / "responses")]
    command += ["--nets", str(results / "net_mixture.dump")]
    command += ["--weights", str(results / WEIGHTS)]
    command += ["--features", str(code / "trainings" / "features" / "features_MUSDB18.npy")]
    subprocess.run(command, cwd=str(code), stdout=sys.stderr, check=True)
    for path in work.iterdir():
        path.unlink()
    work.rmdir()


if __name__ == "__main__":
    main(*sys.argv[1:3])
