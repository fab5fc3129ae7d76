"""What a model is shown and what it returns, by its task: which trials apply follows from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from automix_bench.answer_metrics.settings_metric import SettingsMetric
from automix_bench.answer_metrics.values_metric import ValuesMetric
from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.effect import Chain
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.hard_clip import HardClip
from automix_bench.effects.limiter import Limiter
from automix_bench.effects.low_shelf import LowShelf
from automix_bench.effects.noise_reverb import NoiseReverb
from automix_bench.effects.overdrive import Overdrive
from automix_bench.errors import UsageError
from automix_bench.model import Brief
from automix_bench.song import Stems
from automix_bench.task import Task
from automix_bench.task_parts.four_stems import FOUR_STEMS

SOUNDS, NUMBERS, CONSOLE = "sounds", "numbers", "console"
"""What models return."""
SUB_MIX = "submix"
MOST_STEMS = 2
"""How many stems a removal model is shown at a time: each takes as long as all tracks of a mix."""


@dataclass(frozen=True)
class ModelKind:
    """What a model of a task is shown, and what it returns.

    Attributes:
        task: its name.
        shown: `tracks`; `track and sub-mix`; `mix`; or `stems`, of which each is returned.
        returned: the names of what it returns; empty: those that it was shown, or any numbers.
        returns: `sounds`, `numbers`, or a `console`, which is compared by the sound that it makes.
        unit: of the numbers.
        relative: the numbers are levels relative to what is shown, so they do not move with it.
        with_reference: a mix of another song is shown too; of models that return a console, the mix
            of the same tracks through `effects`, which is to be found.
        text: the request that is shown too.
        no_request: the text that asks for no change.
        effects: what stems that are shown went through.
        tells_effects: the brief tells the settings of `effects`.
    """

    task: str
    shown: str
    returned: tuple[str, ...] = ("mix",)
    with_reference: bool = False
    text: str | None = None
    no_request: str | None = None
    effects: Chain = field(default_factory=Chain)
    tells_effects: bool = False
    returns: str = SOUNDS
    unit: str = ""
    relative: bool = False

    @property
    def has_tracks(self) -> bool:
        """Whether any number of tracks is shown, to be mixed."""
        return self.shown == "tracks" and self.returns != NUMBERS

    @property
    def removes(self) -> bool:
        """Whether each stem that is shown is returned."""
        return self.shown == "stems"

    @property
    def several(self) -> bool:
        """Whether any number of sounds can be shown."""
        return self.shown in ("tracks", "stems")

    def brief(self, tracks: Stems, reference: Audio | None = None, clean: bool = False) -> Brief:
        """What a model of this kind is shown of some tracks.

        Args:
            reference: the mix of another song, for kinds with such a reference.
            clean: the stems went through no effects.
        """
        stems, console = tracks, None
        if self.shown == "mix":
            stems = {"mix": total(tracks.values())}
        elif self.shown == "track and sub-mix" and len(tracks) > 1:
            first, *others = tracks
            rest = total(tracks[name] for name in others)
            stems = {first: tracks[first], SUB_MIX: rest}
        elif self.removes and not clean:
            stems = {name: self.effects(track) for name, track in tracks.items()}
            console = Console(dict.fromkeys(stems, self.effects)) if self.tells_effects else None
        shown = reference if self.with_reference else None
        if self.with_reference and self.returns == CONSOLE:
            shown = self.effects(total(tracks[name] for name in sorted(tracks)))
        return Brief(stems, shown, self.text, console)

    def names(self, brief: Brief) -> tuple[str, ...]:
        """The names of what is wanted for a brief."""
        return self.returned or tuple(brief.stems)


_COMPRESSED = Chain((Compressor(-24.0, 4.0, 6.0, 5.0, 100.0, 0.0),))
_EFFECTS: Mapping[str, Callable[[], Chain]] = {
    "declipping": lambda: Chain((HardClip(-8.0),)),
    "delimiting": lambda: Chain((Limiter(6.0, -3.0, 5.0, 100.0),)),
    "dereverberation": lambda: Chain((NoiseReverb(0.6, 0.6, 0.4, 10.0, 0.4, 1.0),)),
    "distortion_removal": lambda: Chain((Overdrive(18.0, 3_000.0),)),
    "drc_inversion": lambda: _COMPRESSED,
    "drc_inversion_blind": lambda: _COMPRESSED,
}
"""What a removal model is shown by its task; of others, a compressor and a shelf."""
_FLOORS = ("plain_sum", "do_nothing", "mix_as_stems")
_REQUESTS = {
    "remix": ("bass +3.0 dB, kick -3.0 dB", "nothing"),
    "text_manipulation": ("make the bass louder", "do nothing"),
}
"""By task: a request, and the one for no change."""
_WITH_REFERENCE = ("style_transfer",)
_BUS = Chain((LowShelf(200.0, -3.0, 0.7), Gain(-2.0)))
"""What made the mix of which a model is to find the console."""


def model_kind(task: Task) -> ModelKind:
    """The kind of the models of a task. A task that is not built in is known by its metrics, which
    tell numbers and consoles from sounds, and by its floor. Models of numbers are shown tracks
    then.

    Raises:
        UsageError: its models return sounds, and its floor is of no kind that is known.
    """
    name = task.name
    if all(isinstance(one, ValuesMetric) for one in task.metrics):
        return _kind_of_numbers(task)
    if any(isinstance(one, SettingsMetric) for one in task.metrics):
        return ModelKind(name, "tracks", with_reference=True, effects=_BUS, returns=CONSOLE)
    if task.floor not in _FLOORS:
        raise UsageError(
            f"task {name}: the check-up knows what a model is shown by the task's floor: "
            f"expected {', '.join(_FLOORS)}, got {task.floor}"
        )
    if name == "stem_blending":
        return ModelKind(name, "track and sub-mix")
    if task.floor == "mix_as_stems":
        return ModelKind(name, "mix", FOUR_STEMS)
    if name in _REQUESTS:
        request, nothing = _REQUESTS[name]
        return ModelKind(name, "mix", text=request, no_request=nothing)
    if name == "mastering":
        return ModelKind(name, "mix")
    if task.floor == "do_nothing":
        effects = _EFFECTS.get(
            name, lambda: Chain((*_COMPRESSED.effects, LowShelf(200.0, -6.0, 0.7)))
        )
        return ModelKind(
            name, "stems", (), effects=effects(), tells_effects=name == "drc_inversion"
        )
    return ModelKind(name, "tracks", with_reference=name in _WITH_REFERENCE)


def _kind_of_numbers(task: Task) -> ModelKind:
    unit = task.metrics[0].unit
    if task.name == "loudness_balance":
        return ModelKind(task.name, "mix", FOUR_STEMS, returns=NUMBERS, unit=unit, relative=True)
    return ModelKind(task.name, "tracks", (), returns=NUMBERS, unit=unit)


_TASKS = {
    "balance_by_separation": "loudness_balance",
    "learned/loudness_balance_net": "loudness_balance",
    "balance_constant": "loudness_balance",
    "blend_by_role": "stem_blending",
    "declip": "declipping",
    "delimit": "delimiting",
    "dereverb": "dereverberation",
    "distortion_inverse_blind": "distortion_removal",
    "spectral_dereverb": "dereverberation",
    "do_nothing": "effect_removal",
    "drc_inverse": "drc_inversion",
    "drc_inverse_blind": "drc_inversion_blind",
    "learned/drc_settings": "drc_inversion_blind",
    "learned/drum_console": "drum_mixing",
    "learned/drum_wave_u_net": "drum_mixing",
    "learned/effect_remover": "effect_removal",
    "learned/small_separator": "separation",
    "learned/style_console": "style_transfer",
    "learned/text_manipulation_net": "text_manipulation",
    "mastering_rules": "mastering",
    "matchering": "style_transfer",
    "mix_as_stems": "separation",
    "remix_by_separation": "remix",
    "separate": "separation",
    "search_mix": "style_transfer",
    "spectrum_and_loudness_match": "style_transfer",
    "text_by_separation": "text_manipulation",
}


def task_of_model(name: str) -> str:
    """The task that a model is checked for unless another is asked for."""
    return _TASKS.get(name, "mixing")
