"""FxNorm-Automix: vocals, bass, drums and the rest, mixed.

    python fxnorm_automix.py IN OUT

Stems are summed to the four that it takes, by their roles, in stereo. All four are made softer
where one passes -6 dBFS. Its own program for inference does the rest; it is called for each song,
of 210 s at most. Its impulse responses must be files of integers too.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).parent
NET = "ours_S_Lb"
WEIGHTS = "current_model_for_mixture.params"
DRUMS = {
    "drums",
    "kick",
    "snare",
    "hihat",
    "toms",
    "cymbals",
    "percussion",
    "overhead",
    "overheads",
}
VOICES = {"vocals", "vocal", "vox", "backing", "voice", "choir"}
VOICES |= {"lead_vox", "lead_vocals", "backing_vocals"}
RATE = 44_100
LONGEST = 210 * RATE
"""Its program puts 30 s before a song and cuts what is longer than 240 s."""
HEADROOM = 0.5
"""Sums are written as integers, which its program demands; of a peak of -6 dBFS if it is higher."""


def class_of(stem):
    """Which of the four a stem belongs to."""
    role = stem.split("-")[0]
    if role in DRUMS:
        return "drums"
    return "vocals" if role in VOICES else "bass" if role == "bass" else "other"


def summed(folder):
    """The sums of the stems of each class, in stereo: `(samples, 2)` by class; and whether all
    stems are mono."""
    sums, mono = {}, True
    for path in sorted(Path(folder, "stems").glob("*.wav")):
        sound, rate = soundfile.read(path, always_2d=True)
        if rate != RATE:
            raise SystemExit(f"{path.name}: expected {RATE} Hz, got {rate} Hz")
        if sound.shape[1] == 1:
            sound = np.repeat(sound, 2, axis=1)
        else:
            mono = False
        name = class_of(path.stem)
        sums[name] = sums.get(name, 0.0) + sound
    return sums, mono


def main(given, out):
    sums, mono = summed(given)
    length = max(len(one) for one in sums.values())
    if length > LONGEST:
        raise SystemExit(f"expected at most {LONGEST} samples (210 s), got {length}")
    highest = max(float(np.abs(one).max()) for one in sums.values())
    gain = min(1.0, HEADROOM / highest) if highest else 1.0
    code, out = HERE / "code", Path(out).absolute()
    work = out / "work"
    work.mkdir()
    command = [sys.executable, "-m", "automix.inference"]
    for name in ("vocals", "bass", "drums", "other"):
        path = work / f"{name}.wav"
        sound = gain * sums.get(name, np.zeros((length, 2)))
        soundfile.write(path, sound, RATE, subtype="PCM_24")
        command += [f"--{name}", str(path)]
    results = code / "trainings" / "results" / NET
    command += ["--output", str(out / "mix.wav")]
    command += ["--training-params", str(code / "configs" / "ISMIR" / f"{NET}.py")]
    command += ["--impulse-responses", str(HERE / "responses")]
    command += ["--pre-impulse-responses", str(HERE / "responses")]
    command += ["--nets", str(results / "net_mixture.dump")]
    command += ["--weights", str(results / WEIGHTS)]
    command += ["--features", str(code / "trainings" / "features" / "features_MUSDB18.npy")]
    subprocess.run(command, cwd=str(code), stdout=sys.stderr, check=True)
    if mono:
        mix, _ = soundfile.read(out / "mix.wav", always_2d=True)
        soundfile.write(out / "mix.wav", mix.mean(axis=1), RATE, subtype="FLOAT")
    for path in work.iterdir():
        path.unlink()
    work.rmdir()


if __name__ == "__main__":
    main(*sys.argv[1:3])
