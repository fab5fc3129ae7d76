"""The process in which a VST3 plug-in runs: `python vst3_process.py FOLDER`.

It reads `request.json` and `in.npy` in the folder, and writes `out.npy` and `answer.json` there. It
imports only pedalboard and numpy, so that it starts fast.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(folder: Path) -> dict[str, Any]:
    """Process the sound in the folder. Returns the answer: `what` happened ("played", or what went
    wrong), a `message`, and for an unknown parameter those that are `known`."""
    import pedalboard

    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    samples = np.load(folder / "in.npy")
    try:
        plugin = pedalboard.load_plugin(request["path"])
    except (ImportError, RuntimeError, ValueError) as error:
        return {"what": "load", "message": " ".join(str(error).split())}
    known = list(plugin.parameters)
    for name in request["parameters"]:
        if name not in known:
            return {"what": "unknown", "message": name, "known": known}
    try:
        _set(plugin, request["parameters"])
    except (TypeError, ValueError) as error:
        return {"what": "value", "message": " ".join(str(error).split())}
    del plugin
    try:
        np.save(folder / "out.npy", _played(request, samples))
    except ValueError as error:  # pedalboard raises it for a layout that the plug-in lacks
        return {"what": "channels", "message": " ".join(str(error).split())}
    return {"what": "played", "message": ""}


def _played(request: dict[str, Any], samples: np.ndarray) -> np.ndarray:
    """All channels together, or each by itself if the plug-in has only one channel."""
    try:
        return _once(request, samples)
    except ValueError:
        if len(samples) == 1:
            raise
    return np.concatenate([_once(request, row[np.newaxis]) for row in samples])


def _once(request: dict[str, Any], samples: np.ndarray) -> np.ndarray:
    """The samples through a new instance, padded to more samples than channels: pedalboard takes
    the shorter axis as the channels."""
    import pedalboard

    plugin = pedalboard.load_plugin(request["path"])
    _set(plugin, request["parameters"])
    channels, length = samples.shape
    padded = np.pad(samples, ((0, 0), (0, max(0, channels + 1 - length))))
    return np.asarray(plugin(padded, float(request["rate"])))[:, :length]


def _set(plugin: Any, parameters: dict[str, Any]) -> None:
    for name, value in parameters.items():
        setattr(plugin, name, value)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    (place / "answer.json").write_text(json.dumps(main(place)), encoding="utf-8")
