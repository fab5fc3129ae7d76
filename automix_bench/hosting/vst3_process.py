"""The process in which a VST3 plug-in runs: `python vst3_process.py FOLDER`.

Reads `asked.json` and `in.npy` in the folder and writes `out.npy` and `answer.json` there. It needs
no more than pedalboard and numpy, so that it starts fast.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(folder: Path) -> dict[str, Any]:
    """Play the sound in the folder; what is to be said of it."""
    import pedalboard

    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    samples = np.load(folder / "in.npy")
    try:
        plugin = pedalboard.load_plugin(asked["path"])
    except (ImportError, RuntimeError, ValueError) as error:
        return {"what": "load", "told": " ".join(str(error).split())}
    known = list(plugin.parameters)
    for name in asked["parameters"]:
        if name not in known:
            return {"what": "unknown", "told": name, "known": known}
    try:
        _set(plugin, asked["parameters"])
    except (TypeError, ValueError) as error:
        return {"what": "value", "told": " ".join(str(error).split())}
    del plugin
    try:
        np.save(folder / "out.npy", _played(asked, samples))
    except ValueError as error:  # pedalboard's one word for a layout that the plug-in lacks
        return {"what": "channels", "told": " ".join(str(error).split())}
    return {"what": "played", "told": ""}


def _played(asked: dict[str, Any], samples: np.ndarray) -> np.ndarray:
    """All channels together, or each by itself where the plug-in has but one."""
    try:
        return _once(asked, samples)
    except ValueError:
        if len(samples) == 1:
            raise
    return np.concatenate([_once(asked, row[np.newaxis]) for row in samples])


def _once(asked: dict[str, Any], samples: np.ndarray) -> np.ndarray:
    """Through a new instance. There are always more samples than channels, as pedalboard takes the
    shorter side for the channels."""
    import pedalboard

    plugin = pedalboard.load_plugin(asked["path"])
    _set(plugin, asked["parameters"])
    channels, length = samples.shape
    padded = np.pad(samples, ((0, 0), (0, max(0, channels + 1 - length))))
    return np.asarray(plugin(padded, float(asked["rate"])))[:, :length]


def _set(plugin: Any, parameters: dict[str, Any]) -> None:
    for name, value in parameters.items():
        setattr(plugin, name, value)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "answer.json").write_text(json.dumps(main(place)), encoding="utf-8")
