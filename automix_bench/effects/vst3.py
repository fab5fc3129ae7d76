"""An installed VST3 plug-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.effect import Effect, text
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import canonical
from automix_bench.hosting import vst3
from automix_bench.hosting.parameters import Value, parsed, required_canonical

__all__ = ["Vst3"]


@dataclass(frozen=True)
class Vst3(Effect):
    """An effect plug-in in the format VST3, with some of its parameters set.

        y = plug-in(x; parameters)

    The format is Steinberg's VST 3 plug-in format (2008), hosted by pedalboard. A file name and the
    sha256 of the binary name the plug-in, because a path is valid on one machine only. It is looked
    for in the folders of the environment variable `AUTOMIX_BENCH_VST3`, then in the format's
    standard folders (`~/.vst3`, `/usr/lib/vst3`, ...). `parameters` is canonical JSON that maps
    pedalboard's parameter names to values, such as `{"ratio":4.0}`. They are set in alphabetical
    order; the others stay at the plug-in's own values. Plug-ins round values to their own steps.
    `Vst3.installed` fills all three fields.

    Latency: compensated, 0 samples if the plug-in reports its own latency correctly. Each call
    starts a new process with a new instance (some tenths of a second). A plug-in with one channel
    processes each channel by itself, so the stereo link of a compressor is lost there. Equal inputs
    give equal bits if the plug-in is deterministic; some plug-ins draw random numbers.

    Raises:
        Unsuitable: the plug-in does not take that many channels: some need stereo audio.
        UsageError: the plug-in has no such parameter, refuses a value, cannot be loaded, or
            crashes.
        MissingPart: pedalboard is not installed, or no such plug-in is installed.
        ValueError: `parameters` is not canonical JSON, or `plugin` is not a file name.
    """

    irreversible: ClassVar[str] = "a closed box: only its maker knows what it computes"

    plugin: str = text()
    sha256: str = text()
    parameters: str = text()

    def __post_init__(self) -> None:
        super().__post_init__()
        required_canonical(Vst3, self.parameters)
        if not self.plugin.endswith(".vst3") or {"/", "\\"} & set(self.plugin):
            raise ValueError(
                f"Vst3.plugin must be a file name such as Room.vst3, without a folder, "
                f"got {self.plugin!r}"
            )

    @classmethod
    def installed(cls, plugin: str, **parameters: Value) -> Vst3:
        """The plug-in with that file name as it is installed on this machine.

        Raises:
            MissingPart: there is none.
        """
        sha256 = file_sha256(vst3.binary_of(vst3.installed_plugin(plugin)))
        return cls(plugin, sha256, canonical(parameters))

    def __call__(self, audio: Audio) -> Audio:
        bundle = vst3.installed_plugin(self.plugin, self.sha256)
        return vst3.played(audio, bundle, parsed(self.parameters))

    def inverse(self) -> None:
        return None
