"""A page to hear what a board says: the mix as released beside each model's, stems before and
after their effects, switched without a gap and, if wanted, at equal loudness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from pathlib import Path

from automix_bench.audio import Audio
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effect import Chain
from automix_bench.errors import naming_a_full_disk
from automix_bench.evaluation.run_folder import read_answer
from automix_bench.example import Example
from automix_bench.files import flac
from automix_bench.files.atomic import write_whole

STEMS_SHOWN = 3


@dataclass(frozen=True)
class Sound:
    """One line of the page: what it is, a word about it, and the audio."""

    title: str
    detail: str
    audio: Audio


def listening_page(
    folder: Path,
    examples: Dataset | Sequence[Example],
    runs: Mapping[str, Path],
    numbers: Sequence[int],
) -> Path:
    """Write `index.html` and the FLAC files it plays into `folder`.

    Args:
        runs: the answers of mixing models, by the name they have on the board.
        numbers: which of the examples.

    Raises:
        DiskFull: there is no room.
    """
    with naming_a_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    sections = [_section(folder, examples[number], runs) for number in numbers]
    page = PAGE.replace("{{sections}}", "\n".join(sections))
    write_whole(folder / "index.html", page.encode())
    # By this, sources of songs know that the sounds here are none.
    write_whole(folder / ".automix_bench", b"a page to listen to\n")
    return folder / "index.html"


def _section(folder: Path, example: Example, runs: Mapping[str, Path]) -> str:
    before = example.before
    credit = before.origin.attribution or before.artist
    parts = [
        f"<section><h2>{escape(example.id)}</h2>",
        f"<p>{escape(credit)} · {escape(before.license)} · {escape(before.origin.name)}</p>",
        _group(folder, example.id, "the mix", list(_mixes(example, runs))),
    ]
    for name in _stems_with_effects(example)[:STEMS_SHOWN]:
        chain = example.console.strips[name]
        pair = [
            Sound("before", "as it entered its strip", before.stems[name]),
            Sound("after", _said(chain), example.after.stems[name]),
        ]
        parts.append(_group(folder, f"{example.id}.{name}", name, pair))
    return "\n".join((*parts, "</section>"))


def _mixes(example: Example, runs: Mapping[str, Path]) -> Iterator[Sound]:
    yield Sound("as released", "what a mixing model is asked for", example.before.mix)
    for model, run in runs.items():
        answer = read_answer(run, example.id)
        if "mix" in answer.stems:
            mix = answer.stems["mix"]
            down = flac.exponent_for(mix)
            beyond = f", {6.02 * down:.0f} dB down to fit" if down else ""
            yield Sound(model, f"the model's answer{beyond}", mix.scaled(2.0**-down))


def _stems_with_effects(example: Example) -> list[str]:
    """Those with the most effects first."""
    strips = example.console.strips
    chosen = [name for name in strips if strips[name].effects and name != "residual"]
    return sorted(chosen, key=lambda name: (-len(strips[name].effects), name))


def _said(chain: Chain) -> str:
    return " → ".join(type(effect).__name__ for effect in chain.effects)


def _group(folder: Path, key: str, title: str, sounds: Sequence[Sound]) -> str:
    levels = [integrated_lufs(sound.audio) for sound in sounds]
    quietest = min((level for level in levels if isfinite(level)), default=0.0)
    lines = [f'<div class="group"><h3>{escape(title)}</h3>']
    for number, (sound, level) in enumerate(zip(sounds, levels, strict=True)):
        name = f"{key}.{number}.flac"
        write_whole(folder / name, flac.encode(sound.audio))
        volume = 10.0 ** ((quietest - level) / 20.0) if isfinite(level) else 1.0
        shown = f"{level:.1f} LUFS" if isfinite(level) else "silent"
        lines.append(
            f'<label><input type="radio" name="{escape(key)}"{" checked" if number == 0 else ""}>'
            f'<audio preload="none" src="{escape(name)}" data-volume="{volume:.4f}"></audio>'
            f"<b>{escape(sound.title)}</b> <span>{escape(sound.detail)} · {shown}</span></label>"
        )
    return "\n".join((*lines, "<button>play</button></div>"))


PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>automix_bench: listen</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
       color: #222; background: #fff; }
h2 { margin-bottom: 0; font-size: 1.2rem; }
h2 + p { margin-top: 0; color: #666; font-size: .85rem; }
h3 { margin: 0 0 .3rem; font-size: 1rem; }
.group { border: 1px solid #ccc; border-radius: .4rem; padding: .7rem 1rem; margin: .6rem 0; }
label { display: block; } span { color: #666; font-size: .85rem; }
button { margin-top: .5rem; padding: .2rem 1.2rem; font: inherit; }
#matched { position: sticky; top: 0; background: #fff; padding: .5rem 0; }
</style>
<h1>Listen</h1>
<label id="matched"><input type="checkbox" checked> play at equal loudness, so that louder is not
taken for better</label>
{{sections}}
<script>
const matched = document.querySelector("#matched input");
let playing = null;
const chosen = group => group.querySelector("input:checked").parentNode.querySelector("audio");
const level = audio => { audio.volume = matched.checked ? Number(audio.dataset.volume) : 1; };
const stop = () => {
  if (!playing) return;
  playing.audio.pause();
  playing.group.querySelector("button").textContent = "play";
  playing = null;
};
const start = (group, at) => {
  const audio = chosen(group);
  level(audio);
  audio.currentTime = at;
  audio.play();
  audio.onended = stop;
  group.querySelector("button").textContent = "stop";
  playing = { group, audio };
};
for (const group of document.querySelectorAll(".group")) {
  group.querySelector("button").onclick = () => {
    const mine = playing && playing.group === group;
    stop();
    if (!mine) start(group, 0);
  };
  for (const choice of group.querySelectorAll("input")) choice.onchange = () => {
    if (!playing || playing.group !== group) return;
    const at = playing.audio.currentTime;
    stop();
    start(group, at);
  };
}
matched.onchange = () => { if (playing) level(playing.audio); };
</script>
</html>
"""
