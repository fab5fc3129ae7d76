"""An agent of thirty lines: it reads a brief as JSON, and answers with a console as JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from automix_bench.agents.brief_json import brief_to_json
from automix_bench.agents.console_answer import answer_to
from automix_bench.model import Answer, Brief

__all__ = ["rule_agent"]


def console_for(brief: dict[str, Any]) -> dict[str, Any]:
    """A level by role, a low cut where there are no low notes, and the mix at -23 LUFS."""
    offsets_lu = {"vocals": 3.0, "lead": 3.0, "bass": 1.0, "pad": -2.0, "percussion": -3.0}
    strips: dict[str, list[dict[str, Any]]] = {}
    power = 0.0
    for name, stem in brief["stems"].items():
        loudness, centroid = (stem["measurements"][one] for one in ("loudness", "centroid"))
        strips[name] = []
        if loudness is None or name == "residual":  # silence, or what a separator left over
            continue
        level = -26.0 + offsets_lu.get(stem["role"], 0.0)
        gain_db = max(-40.0, min(40.0, level - loudness))
        strips[name].append({"effect": "gain", "gain_db": gain_db})
        if centroid > 500.0:
            strips[name].append({"effect": "high_pass", "frequency_hz": 60.0})
        power += 10.0 ** (level / 10.0)
    bus_db = -23.0 - 10.0 * math.log10(power) if power else 0.0
    return {"strips": strips, "bus": [{"effect": "gain", "gain_db": bus_db}]}


def rule_agent(brief: Brief) -> Answer:
    """A level by role, a low cut where there are no low notes, and the mix at -23 LUFS.

    It never hears a sound: it is shown what `automix-bench brief` prints, and answers with a
    console in JSON, as an agent does (`docs/agents.md`).
    """
    return answer_to(brief, json.dumps(console_for(brief_to_json(brief))).encode())
