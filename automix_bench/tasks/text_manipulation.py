"""Given a mixture and an instruction in words, carry it out and leave the other sources alone.

The task of AMSS-Net: W. Choi et al., ACM Multimedia 2021; the instructions are those of
`task_parts/instructions.py`. Three sounds are scored: the mix, and the wanted mix with only that
part of the answer's error that the touched sources explain, or the untouched ones. So `touched`
tells whether the instruction was carried out, and `untouched` whether anything else was changed.
"""

from __future__ import annotations

from collections.abc import Iterable

from automix_bench.audio import Audio, total
from automix_bench.dsp.bss.error_parts import error_parts
from automix_bench.example import Example
from automix_bench.model import Answer, Brief
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.task_parts.instructions import source_of
from automix_bench.task_parts.mixes import MIX_METRICS

__all__ = ["text_manipulation"]

TOUCHED, UNTOUCHED = "touched", "untouched"


def _shows_after(example: Example) -> bool:
    """Whether the mix with the effects is shown, and the one without is wanted: to remove them."""
    return example.console.labels.get("shown") == "after"


def _mix_and_instruction(example: Example) -> Brief:
    """The mixture, and in `text` what is asked for. The stems are not shown."""
    shown = example.after if _shows_after(example) else example.before
    text = str(example.console.labels.get("text", ""))
    return Brief(stems={"mix": shown.mix}, text=text)


def _mix_as_asked(example: Example) -> Answer:
    target = example.before if _shows_after(example) else example.after
    return Answer({"mix": target.mix})


def _mix_and_parts(example: Example, answer: Answer) -> Stems:
    """The mix, and the wanted mix with the error of the touched sources alone, and of the others.

    A source is touched if one of its stems went through an effect. Its sounds are those before and
    after: what is left of the one and what lacks of the other are both its errors.
    """
    target, mix = _mix_as_asked(example).stems["mix"], answer.stems["mix"]
    strips = example.console.strips
    changed = [name for name in example.before.stems if strips[name].effects]
    same = [name for name in example.before.stems if name not in changed]
    before, after = example.before.stems, example.after.stems
    groups = {
        TOUCHED: [*_by_source(before, changed), *_by_source(after, changed)],
        UNTOUCHED: _by_source(before, same),
    }
    error = mix + target.scaled(-1.0)
    parts = error_parts(error, {name: sounds for name, sounds in groups.items() if sounds})
    return {"mix": mix, **{name: target + part for name, part in parts.items()}}


def _by_source(stems: Stems, names: Iterable[str]) -> list[Audio]:
    """The sum of these stems of each source."""
    sources: dict[str, list[Audio]] = {}
    for name in sorted(names):
        sources.setdefault(source_of(name), []).append(stems[name])
    return [total(sounds) for sounds in sources.values()]


text_manipulation = Task(
    "text_manipulation",
    version=1,
    description="Shown: a mixture and an instruction in words. Wanted: it carried out, no more.",
    brief=_mix_and_instruction,
    wanted=_mix_as_asked,
    sounds=_mix_and_parts,
    metrics=MIX_METRICS,
    floor="do_nothing",
    ceiling="oracle",
    recipes=("text_manipulation",),
)
